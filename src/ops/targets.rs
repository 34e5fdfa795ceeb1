//! What ops do to what is known of a picture besides its pixels: semantic masks, boxes and key points.

use super::Family;

/// What an op does to masks, boxes and key points.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Targets {
    /// Pixels change where they are: all stay.
    Keeps,
    /// Pixels move: all follow them.
    Moves,
    /// Parts are painted over: boxes shrink to what is left, hidden key points are lost.
    Hides,
    /// Pixels here and there are painted over: boxes count as less visible.
    Thins,
}

impl Targets {
    /// What happens to masks.
    pub const fn masks(self) -> &'static str {
        match self {
            Self::Moves => "move as the picture does, each pixel the nearest one",
            Self::Keeps | Self::Hides | Self::Thins => "stay as they are",
        }
    }

    /// What happens to boxes.
    pub const fn boxes(self) -> &'static str {
        match self {
            Self::Keeps => "stay as they are",
            Self::Moves => "move as the picture does, and end where it ends",
            Self::Hides => "shrink to what is not hidden of them",
            Self::Thins => "stay where they are; what is hidden of them counts against their visibility",
        }
    }

    /// What happens to key points.
    pub const fn key_points(self) -> &'static str {
        match self {
            Self::Keeps | Self::Thins => "stay as they are",
            Self::Moves => "move as the picture does, and are lost beyond its border",
            Self::Hides => "are lost where they are hidden",
        }
    }
}

impl Family {
    /// What its ops do to masks, boxes and key points, unless they say otherwise.
    pub const fn targets(self) -> Targets {
        match self {
            Self::Geometry => Targets::Moves,
            Self::Dropout => Targets::Hides,
            Self::Color | Self::Blur | Self::Noise | Self::Weather | Self::Quality => Targets::Keeps,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::Size;
    use crate::ops::{Lowered, Op};
    use crate::rng::Key;
    use crate::spec::{Overrides, Spec};

    /// What the example of an op comes down to, for some seeds.
    fn lowered(example: &str) -> Vec<Lowered> {
        let text = format!(r#"{{"version": 1, "pipeline": [{example}]}}"#);
        let pipeline = Spec::parse("s.json", &text, &Overrides::default()).unwrap().pipeline;
        let crate::pipeline::Action::Op(op) = &pipeline.steps[0].action else { panic!("{example}") };
        let (size, mut all) = (Size::new(256, 256), Vec::new());
        for seed in 0..40 {
            op.at(0).sample(&mut Key::new(seed).rng(), size).lower(size, &mut all);
        }
        all
    }

    /// What follows a picture goes by what its steps come down to: whatever moves pixels must be geometry as data, and
    /// nothing that says otherwise may be.
    #[test]
    fn what_moves_pixels_says_so_and_is_data() {
        for op in Op::ALL {
            let still = |step: &Lowered| matches!(step, Lowered::Tone(_) | Lowered::Apply(_));
            let steps = lowered(op.example);
            let moves = op.targets == Targets::Moves;
            assert!(!steps.is_empty() && steps.iter().all(|step| still(step) != moves), "{}", op.name);
            assert_eq!(moves, op.family == Family::Geometry, "{}", op.name);
        }
    }

    #[test]
    fn hidden_pixels_show_the_same_whatever_the_picture() {
        use crate::image::Image;
        let size = Size::new(256, 256);
        for op in Op::ALL.iter().filter(|op| matches!(op.targets, Targets::Hides | Targets::Thins)) {
            assert!(lowered(op.example).iter().all(|step| *step == Lowered::Apply(size)), "{}", op.name);
            let text = format!(r#"{{"version": 1, "pipeline": [{}]}}"#, op.example);
            let pipeline = Spec::parse("s.json", &text, &Overrides::default()).unwrap().pipeline;
            let crate::pipeline::Action::Op(op) = &pipeline.steps[0].action else { panic!() };
            let drawn = op.at(0).sample(&mut Key::new(1).rng(), size);
            let shown = [0, 120, 255].map(|level| {
                let mut made = vec![1; size.bytes() as usize];
                let source = Image::from_bytes(size, vec![level; size.bytes() as usize]);
                drawn.apply(&source, &mut crate::kernels::Tools::default(), &mut made);
                made
            });
            let hidden = |i: usize| shown[0][i] == shown[2][i];
            assert!((0..shown[0].len()).all(|i| if hidden(i) { shown[1][i] == shown[0][i] } else { shown[1][i] == 120 }));
            assert!((0..shown[0].len()).any(hidden));
        }
    }
}

//! Enlarges or shrinks the picture about its centre; the canvas keeps its size.

use super::pose::Pose;
use crate::image::Size;
use crate::ops::{Lowered, Resampling, Transform};
use crate::rng::Rng;
use crate::spec::fields::{About, Choice, Fields, Interval};
use serde::{Deserialize, Serialize};

/// Enlarges or shrinks the picture about its centre; the canvas keeps its size.
#[derive(Clone, Debug)]
pub struct Zoom {
    scales: Scales,
    law: Law,
    resampling: Resampling,
}

/// What scales are drawn from.
#[derive(Clone, Copy, Debug)]
enum Scales {
    /// One for both directions.
    Alike(Interval),
    /// One across and one down.
    Apart(Interval, Interval),
}

/// What is drawn evenly.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Law {
    Uniform,
    Reciprocal,
}

impl Choice for Law {
    const ALL: &'static [(&'static str, Self)] = &[("uniform", Self::Uniform), ("reciprocal", Self::Reciprocal)];
}

impl Law {
    fn draw(self, scale: Interval, rng: &mut Rng) -> f64 {
        match self {
            Self::Uniform => scale.draw(rng),
            Self::Reciprocal => 1.0 / Interval::new(1.0 / scale.high, 1.0 / scale.low).draw(rng),
        }
    }
}

/// What one `zoom` drew.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Params {
    #[serde(flatten)]
    scale: Scale,
    #[serde(flatten)]
    resampling: Resampling,
}

/// How much larger the picture is shown.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
enum Scale {
    /// Alike in both directions.
    Alike {
        /// Above 1 enlarges.
        scale: f64,
    },
    /// Differently.
    Apart {
        /// Across.
        scale_x: f64,
        /// Down.
        scale_y: f64,
    },
}

impl Transform for Zoom {
    const NAME: &'static str = "zoom";
    const SUMMARY: &'static str = "Enlarges or shrinks the picture about its centre; the canvas keeps its size.";
    const EXAMPLE: &'static str = r#"{"op": "zoom", "scale": [0.8, 1.2], "p": 0.5}"#;
    const REFERENCE: &'static str = "`cv2.warpAffine` of OpenCV 5 about ((w-1)/2, (h-1)/2); fixed point, rounded to nearest.";
    type Params = Params;

    fn read(fields: &mut Fields<'_>) -> Self {
        let mut factor = |name, text| {
            let read = fields.optional_interval(name, (0.01, 100.0), About("factor", text));
            fields.keep_untraced(name);
            read
        };
        let scale = factor("scale", "above 1 enlarges, below 1 shrinks (give this, or `scale_x` and `scale_y`)");
        let x = factor("scale_x", "the same, across only");
        let y = factor("scale_y", "the same, down only");
        let text = "what is drawn evenly: the scale, or one over it, as Keras's zoom factors are";
        let law = fields.choice("law", Law::Uniform, About("", text));
        fields.keep_untraced("law");
        let one = Interval::at(1.0);
        let scales = match (scale, x, y) {
            (Some(scale), None, None) => Scales::Alike(scale),
            (None, None, None) => {
                fields.complain("scale", "missing (give `scale`, or `scale_x` and `scale_y`)");
                Scales::Alike(one)
            }
            (None, ..) => Scales::Apart(x.unwrap_or(one), y.unwrap_or(one)),
            (Some(scale), ..) => {
                fields.complain("scale", "given besides `scale_x` or `scale_y` (keep one or the others)");
                Scales::Alike(scale)
            }
        };
        Self { scales, law, resampling: Resampling::read(fields) }
    }

    fn is_fixed(&self) -> bool {
        match self.scales {
            Scales::Alike(scale) => scale.is_fixed(),
            Scales::Apart(x, y) => x.is_fixed() && y.is_fixed(),
        }
    }

    fn sample(&self, rng: &mut Rng, _input: Size) -> Params {
        let mut draw = |scale| self.law.draw(scale, rng);
        let scale = match self.scales {
            Scales::Alike(scale) => Scale::Alike { scale: draw(scale) },
            Scales::Apart(x, y) => Scale::Apart { scale_x: draw(x), scale_y: draw(y) },
        };
        Params { scale, resampling: self.resampling }
    }

    fn lower(params: &Params, input: Size, lowered: &mut Vec<Lowered>) {
        let (scale, scale_y) = match params.scale {
            Scale::Alike { scale } => (scale, scale),
            Scale::Apart { scale_x, scale_y } => (scale_x, scale_y),
        };
        Pose { scale, scale_y, ..Pose::default() }.warp(input, params.resampling, lowered);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Key;
    use crate::units::{Border, FillMode, Interpolation};

    #[test]
    fn each_direction_has_its_own_scale() {
        let border = Border { fill_mode: FillMode::Nearest, fill_value: [0; 3] };
        let resampling = Resampling { interpolation: Interpolation::Bilinear, border };
        let params = Params { scale: Scale::Apart { scale_x: 2.0, scale_y: 0.5 }, resampling };
        let mut lowered = Vec::new();
        Zoom::lower(&params, Size::new(5, 5), &mut lowered);
        let [Lowered::Warp { map, .. }] = lowered[..] else { panic!("a zoom is one warp") };
        assert_eq!(map.map(0.0, 1.0), (1.0, 0.0));
    }

    #[test]
    fn the_reciprocal_law_draws_one_over_the_scale_evenly() {
        let mut rng = Key::new(7).rng();
        let drawn: Vec<f64> = (0..4000).map(|_| 1.0 / Law::Reciprocal.draw(Interval::new(0.5, 2.0), &mut rng)).collect();
        assert!(drawn.iter().all(|x| (0.5..=2.0).contains(x)));
        let mean = drawn.iter().sum::<f64>() / 4000.0;
        assert!((mean - 1.25).abs() < 0.03, "{mean}");
    }
}

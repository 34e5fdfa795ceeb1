//! A row's drawn steps, joined into as few passes over the pixels as they allow.
//!
//! The rule, part of the format's version:
//! - neighbouring geometric steps become one map and one resampling, if those that resample agree on
//!   interpolation and border; crops, flips and quarter turns join either side, but what is warped after a
//!   crop does not see beyond the crop;
//! - neighbouring steps that change levels become one table per channel, rounded once;
//! - a resize stands alone, and of what a crop left it reads just that; a remap stands alone, and so do tiles that change places.

use super::follow::Following;
use super::geometry::{Geometry, View};
use super::inner::Inner;
use super::recipe::Taken;
use crate::image::{Deep, Image, Size};
use crate::kernels::{
    Tools,
    field::Field,
    reference::Library,
    remap::remap,
    resize::Scaling,
    tiles::{Tile, lay_tiles},
    tone::{Tone, apply_tones},
};
use crate::ops::{Lowered, Resampling};
use std::ops::Range;
use std::sync::Arc;

/// What to do to one picture, pass by pass. Keeps its memory from one picture to the next.
#[derive(Clone, Debug, Default)]
pub struct Program {
    pub(super) passes: Vec<Pass>,
    pub(super) tones: Vec<Tone>,
    lowered: Vec<Lowered>,
    pub(super) input: Size,
    pub(super) output: Size,
    fuse: bool,
}

/// Pictures between the passes. Keeps its memory from one picture to the next.
#[derive(Debug, Default)]
pub struct Canvas {
    images: [Image; 2],
    pub(super) tools: Tools,
    /// The same for pictures of other channels and depths.
    pub(super) deep: [Deep; 2],
    /// For recipes within the recipe.
    inner: Option<Box<Inner>>,
    /// For masks, boxes and key points.
    pub(super) following: Following,
}

impl Canvas {
    /// A canvas for recipes that refer to pictures.
    pub fn new(references: Arc<Library>) -> Self {
        Self { tools: Tools { references, ..Tools::default() }, ..Self::default() }
    }
}

#[derive(Clone, Debug)]
pub(super) enum Pass {
    Resize {
        /// The part of the source that is brought to another size.
        view: View,
        scaling: Scaling,
    },
    Geometry(Geometry),
    Remap {
        field: Field,
        size: Size,
        resampling: Resampling,
    },
    Tiles {
        tiles: Vec<Tile>,
        size: Size,
    },
    /// The tones of the program in this range.
    Tones {
        range: Range<usize>,
        size: Size,
    },
    /// What the recipe holds at this place, which is a pass of its own.
    Apply {
        at: usize,
        size: Size,
    },
}

impl Program {
    /// Lowers `recipe` for a picture of size `input`, and joins steps if `fuse`.
    pub fn lower(&mut self, recipe: &[Taken], input: Size, fuse: bool) {
        self.passes.clear();
        self.tones.clear();
        (self.input, self.output) = (input, input);
        self.fuse = fuse;
        let mut lowered = std::mem::take(&mut self.lowered);
        for (at, taken) in recipe.iter().enumerate() {
            match taken {
                Taken::Op(drawn) => drawn.lower(self.output, &mut lowered),
                Taken::Within(_) => lowered.push(Lowered::Apply(taken.output_size(self.output))),
            }
            for step in lowered.drain(..) {
                self.push(step, at);
            }
        }
        self.lowered = lowered;
    }

    /// Becomes one step for a picture of size `input`, which needs no recipe.
    ///
    /// # Panics
    /// If the step is a pass of an op.
    pub fn single(&mut self, step: Lowered, input: Size) {
        assert!(!matches!(step, Lowered::Apply(_)), "invariant: a step without a recipe");
        self.lower(&[], input, true);
        self.push(step, 0);
    }

    /// The size of the picture that the program makes.
    pub fn output_size(&self) -> Size {
        self.output
    }

    /// Runs the program, which was lowered from `recipe`, on `source`, which has the size that it was lowered
    /// for; the last pass fills `target`.
    ///
    /// # Panics
    /// If `target` is not [`Program::output_size`] in bytes.
    pub fn run(&self, recipe: &[Taken], source: &Image, canvas: &mut Canvas, target: &mut [u8]) {
        let Some((last, before)) = self.passes.split_last() else { return target.copy_from_slice(source.bytes()) };
        let Canvas { images, tools, inner, .. } = canvas;
        let [mut from, mut to] = images.each_mut();
        for (i, pass) in before.iter().enumerate() {
            to.reshape(pass.size());
            self.apply(pass, recipe, if i == 0 { source } else { from }, (tools, inner), to.bytes_mut());
            std::mem::swap(&mut from, &mut to);
        }
        self.apply(last, recipe, if before.is_empty() { source } else { from }, (tools, inner), target);
    }

    fn apply(
        &self,
        pass: &Pass,
        recipe: &[Taken],
        source: &Image,
        (tools, inner): (&mut Tools, &mut Option<Box<Inner>>),
        target: &mut [u8],
    ) {
        match pass {
            Pass::Resize { view, scaling } => tools.resizer.resize_part(view.of(source), scaling, target),
            Pass::Geometry(geometry) => geometry.run(source, tools, target),
            Pass::Remap { field, size, resampling: Resampling { interpolation, border } } => {
                remap(source.window(), field, (*interpolation, *border), *size, &mut tools.remap, target);
            }
            Pass::Tiles { tiles, .. } => lay_tiles(source, tiles, target),
            Pass::Tones { range, .. } => apply_tones(source.bytes(), &self.tones[range.clone()], target),
            Pass::Apply { at, .. } => match &recipe[*at] {
                Taken::Op(drawn) => drawn.apply(source, tools, target),
                Taken::Within(within) => {
                    let new = || Box::new(Inner::new(Arc::clone(&tools.references)));
                    inner.get_or_insert_with(new).run(within, source, self.fuse, target);
                }
            },
        }
    }

    /// Adds what the recipe's place `at` was lowered to.
    fn push(&mut self, lowered: Lowered, at: usize) {
        let (input, fuse) = (self.output, self.fuse);
        match lowered {
            Lowered::Resize(scaling) => {
                let crop = match self.passes.last() {
                    Some(Pass::Geometry(last)) if fuse => last.cropped(),
                    _ => None,
                };
                if crop.is_some() {
                    self.passes.pop();
                }
                self.passes.push(Pass::Resize { view: crop.unwrap_or(View::whole(input)), scaling });
                self.output = scaling.size;
            }
            Lowered::Apply(size) => {
                self.passes.push(Pass::Apply { at, size });
                self.output = size;
            }
            Lowered::Remap { field, size, resampling } => {
                self.passes.push(Pass::Remap { field, size, resampling });
                self.output = size;
            }
            Lowered::Tiles(tiles) => self.passes.push(Pass::Tiles { tiles, size: input }),
            Lowered::Tone(tone) => {
                self.tones.push(tone);
                let end = self.tones.len();
                match self.passes.last_mut() {
                    Some(Pass::Tones { range, .. }) if fuse => range.end = end,
                    _ => self.passes.push(Pass::Tones { range: end - 1..end, size: input }),
                }
            }
            geometric => {
                let mut next = Geometry::from_lowered(&geometric, input);
                if let Some(Pass::Geometry(last)) = self.passes.last_mut()
                    && fuse
                    && let Some(joined) = last.join(&next)
                {
                    next = joined;
                    self.passes.pop();
                }
                self.output = next.size;
                self.passes.push(Pass::Geometry(next));
            }
        }
    }
}

impl Pass {
    /// The size of what it makes.
    pub(super) fn size(&self) -> Size {
        match self {
            Self::Resize { scaling, .. } => scaling.size,
            Self::Remap { size, .. } | Self::Tiles { size, .. } | Self::Tones { size, .. } | Self::Apply { size, .. } => *size,
            Self::Geometry(geometry) => geometry.size,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::{Overrides, Spec};

    /// The passes of a fixed pipeline on a 40x30 picture, fused or not, and what they make.
    fn passes(steps: &str, fuse: bool) -> (usize, Vec<u8>) {
        let text = format!(r#"{{"version": 1, "pipeline": [{steps}]}}"#);
        let pipeline = Spec::parse("s.json", &text, &Overrides::default()).unwrap().pipeline;
        let size = Size::new(40, 30);
        let bytes = (0..size.bytes()).map(|i| ((i * i / 7 + i) % 251) as u8).collect();
        let mut recipe = crate::pipeline::Recipe::new();
        crate::pipeline::draw_all(&pipeline.steps, crate::rng::Key::new(1), &crate::pipeline::Row::ANY, size, &mut recipe);
        let mut program = Program::default();
        program.lower(&recipe, size, fuse);
        let mut made = vec![0; program.output_size().bytes() as usize];
        program.run(&recipe, &Image::from_bytes(size, bytes), &mut Canvas::default(), &mut made);
        (program.passes.len(), made)
    }

    #[test]
    fn neighbouring_geometry_is_one_pass() {
        let steps = r#"{"op": "rotate", "degrees": 10}, {"op": "zoom", "scale": 1.1}, {"op": "shift", "x": 0.1}, {"op": "horizontal_flip"}"#;
        assert_eq!(passes(steps, true).0, 1);
        assert_eq!(passes(steps, false).0, 4);
    }

    #[test]
    fn other_borders_or_a_crop_between_part_the_passes() {
        assert_eq!(passes(r#"{"op": "rotate", "degrees": 10}, {"op": "zoom", "scale": 1.1, "fill_mode": "wrap"}"#, true).0, 2);
        let crop =
            r#"{"op": "rotate", "degrees": 10}, {"op": "center_crop", "width": 20, "height": 20}, {"op": "zoom", "scale": 0.5}"#;
        assert_eq!(passes(crop, true).0, 2);
    }

    #[test]
    fn a_crop_and_a_resize_are_one_pass_and_so_are_turns() {
        let crop = r#"{"op": "random_crop", "width": 21, "height": 17}, {"op": "resize", "width": 30, "height": 9}"#;
        assert_eq!(passes(crop, true).0, 1);
        assert_eq!(passes(crop, false).0, 2);
        let turns =
            r#"{"op": "transpose"}, {"op": "vertical_flip"}, {"op": "random_crop", "width": 20, "height": 20}, {"op": "d4"}"#;
        assert_eq!(passes(turns, true).0, 1);
    }

    #[test]
    fn copies_give_the_same_bytes_fused_or_not() {
        for steps in [
            r#"{"op": "random_crop", "width": 21, "height": 17}, {"op": "horizontal_flip"}, {"op": "center_crop", "width": 9, "height": 9}"#,
            r#"{"op": "vertical_flip"}, {"op": "random_crop", "width": 21, "height": 17}, {"op": "rotate", "degrees": 30, "fill_mode": "mirror"}"#,
            r#"{"op": "rotate", "degrees": 30}, {"op": "horizontal_flip"}, {"op": "brightness", "delta": 0.1}"#,
            r#"{"op": "random_crop", "width": 21, "height": 17}, {"op": "transpose"}, {"op": "rotate90", "turns": [1, 3]}, {"op": "horizontal_flip"}"#,
            r#"{"op": "random_crop", "width": 21, "height": 17}, {"op": "resize", "width": 30, "height": 9}"#,
            r#"{"op": "vertical_flip"}, {"op": "pad", "left": 3, "bottom": 4, "fill_mode": "reflect"}, {"op": "d4"}, {"op": "random_crop", "width": 25, "height": 20}"#,
        ] {
            assert_eq!(passes(steps, true).1, passes(steps, false).1, "{steps}");
        }
    }
}

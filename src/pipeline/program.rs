//! A row's drawn steps, joined into as few passes over the pixels as they allow.
//!
//! The rule, part of the format's version:
//! - neighbouring geometric steps become one map and one resampling, if those that resample agree on
//!   interpolation and border; crops, flips and quarter turns join either side, but what is warped after a
//!   crop does not see beyond the crop;
//! - neighbouring steps that change levels become one table per channel, rounded once;
//! - a resize stands alone, and of what a crop left it reads just that; a remap stands alone.

use super::inner::Inner;
use super::recipe::Taken;
use crate::image::{Image, Size, Window};
use crate::kernels::matrix::Matrix;
use crate::kernels::{
    Tools,
    copy::copy_pixels,
    field::Field,
    remap::remap,
    resize::Scaling,
    tone::{Tone, apply_tones},
    warp::warp,
};
use crate::ops::{Lowered, Resampling};
use crate::units::{Border, FillMode, Interpolation};
use std::ops::Range;

/// What to do to one picture, pass by pass. Keeps its memory from one picture to the next.
#[derive(Clone, Debug, Default)]
pub struct Program {
    passes: Vec<Pass>,
    tones: Vec<Tone>,
    lowered: Vec<Lowered>,
    output: Size,
    fuse: bool,
}

/// Pictures between the passes. Keeps its memory from one picture to the next.
#[derive(Debug, Default)]
pub struct Canvas {
    images: [Image; 2],
    tools: Tools,
    /// For recipes within the recipe.
    inner: Option<Box<Inner>>,
}

#[derive(Clone, Debug)]
enum Pass {
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

/// One resampling, or an exact copy: `map` reads from the part `view` of the source.
#[derive(Clone, Debug)]
struct Geometry {
    view: View,
    map: Matrix,
    size: Size,
    resampling: Option<Resampling>,
    cropped_after: bool,
}

/// A part of a picture.
#[derive(Clone, Copy, Debug, PartialEq)]
struct View {
    x: u32,
    y: u32,
    size: Size,
}

impl Program {
    /// Lowers `recipe` for a picture of size `input`, and joins steps if `fuse`.
    pub fn lower(&mut self, recipe: &[Taken], input: Size, fuse: bool) {
        self.passes.clear();
        self.tones.clear();
        self.output = input;
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
        let Canvas { images, tools, inner } = canvas;
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
            Pass::Tones { range, .. } => apply_tones(source.bytes(), &self.tones[range.clone()], target),
            Pass::Apply { at, .. } => match &recipe[*at] {
                Taken::Op(drawn) => drawn.apply(source, tools, target),
                Taken::Within(within) => inner.get_or_insert_default().run(within, source, self.fuse, target),
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
    fn size(&self) -> Size {
        match self {
            Self::Resize { scaling, .. } => scaling.size,
            Self::Remap { size, .. } | Self::Tones { size, .. } | Self::Apply { size, .. } => *size,
            Self::Geometry(geometry) => geometry.size,
        }
    }
}

impl Geometry {
    fn from_lowered(lowered: &Lowered, input: Size) -> Self {
        let whole = View::whole(input);
        let exact = |map, size, cropped_after| Self { view: whole, map, size, resampling: None, cropped_after };
        match *lowered {
            Lowered::Crop { x, y, size } => exact(Matrix::translation(f64::from(x), f64::from(y)), size, true),
            Lowered::Flip { horizontal, vertical } => {
                let axis = |mirrored, side: u32| if mirrored { (-1.0, f64::from(side) - 1.0) } else { (1.0, 0.0) };
                let ((a, c), (e, f)) = (axis(horizontal, input.width), axis(vertical, input.height));
                exact(Matrix([a, 0.0, c, 0.0, e, f]), input, false)
            }
            Lowered::Transpose => exact(Matrix([0.0, 1.0, 0.0, 1.0, 0.0, 0.0]), Size::new(input.height, input.width), false),
            Lowered::Warp { map, size, resampling } => {
                Self { view: whole, map, size, resampling: Some(resampling), cropped_after: false }
            }
            Lowered::Resize(_) | Lowered::Remap { .. } | Lowered::Tone(_) | Lowered::Apply(_) => {
                unreachable!("invariant: not a geometric step")
            }
        }
    }

    /// `self` and then `next` as one, if one pass can show the same.
    fn join(&self, next: &Self) -> Option<Self> {
        match (self.resampling, next.resampling) {
            // A copy after anything: the map goes on, the border is as it was.
            (_, None) => Some(Self {
                map: self.map.after(&next.map),
                size: next.size,
                cropped_after: self.cropped_after || next.cropped_after,
                ..self.clone()
            }),
            // A warp after copies: it sees what they left, and no more.
            (None, Some(resampling)) => {
                let view = self.seen();
                let local = Matrix::translation(-f64::from(view.x), -f64::from(view.y)).after(&self.map);
                Some(Self {
                    view,
                    map: local.after(&next.map),
                    size: next.size,
                    resampling: Some(resampling),
                    cropped_after: false,
                })
            }
            (Some(a), Some(b)) if a == b && !self.cropped_after && self.size == self.view.size => {
                Some(Self { map: self.map.after(&next.map), size: next.size, ..self.clone() })
            }
            _ => None,
        }
    }

    /// The part of the source that an exact copy shows.
    fn seen(&self) -> View {
        let (x0, y0) = self.map.map(0.0, 0.0);
        let (x1, y1) = self.map.map(f64::from(self.size.width) - 1.0, f64::from(self.size.height) - 1.0);
        let side = |from: f64, to: f64| (from - to).abs() as u32 + 1;
        let size = Size::new(side(x0, x1), side(y0, y1));
        View { x: self.view.x + x0.min(x1) as u32, y: self.view.y + y0.min(y1) as u32, size }
    }

    /// The part of the source that is shown as it is, if that is all.
    fn cropped(&self) -> Option<View> {
        let Matrix([a, b, _, d, e, _]) = self.map;
        (self.resampling.is_none() && [a, b, d, e] == [1.0, 0.0, 0.0, 1.0]).then(|| self.seen())
    }

    fn run(&self, source: &Image, tools: &mut Tools, target: &mut [u8]) {
        let border = Border { fill_mode: FillMode::Nearest, fill_value: [0; 3] };
        // A copy reads whole pixels, where bilinear reading copies.
        let copy = Resampling { interpolation: Interpolation::Bilinear, border };
        let Resampling { interpolation, border } = self.resampling.unwrap_or(copy);
        let seen = self.view.of(source);
        if !copy_pixels(seen, &self.map, border, self.size, &mut tools.copy, target) {
            warp(seen, &self.map, (interpolation, border), self.size, &mut tools.warp, target);
        }
    }
}

impl View {
    fn whole(size: Size) -> Self {
        Self { x: 0, y: 0, size }
    }

    fn of(self, source: &Image) -> Window<'_> {
        source.window().part(self.x, self.y, self.size)
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

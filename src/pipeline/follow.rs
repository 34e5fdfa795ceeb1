//! How boxes and key points follow a row's pixels: pass by pass, so that they agree with the pixels whether steps were joined or
//! not.

use super::geometry::View;
use super::program::{Canvas, Pass, Program};
use super::trace::Tracing;
use super::{Taken, recipe::Within};
use crate::image::{Image, Size};
use crate::kernels::Tools;
use crate::kernels::field::{Field, Inverse, Projective};
use crate::kernels::matrix::Matrix;
use crate::kernels::resize::Scaling;
use crate::kernels::tiles::Tile;
use crate::ops::{Drawn, Targets};
use crate::targets::{BoundingBox, Carried, Hiding, Motion, Outline, Point};

/// What following keeps from one row to the next.
#[derive(Debug, Default)]
pub(super) struct Following {
    inverse: Inverse,
    /// A picture of one level.
    flat: Image,
    /// What an op makes of black, and of white.
    shown: [Image; 2],
    pub(super) tracing: Tracing,
}

impl Program {
    /// Takes boxes and key points where the program, which was lowered from `recipe`, takes the pixels.
    ///
    /// Each pass moves outlines by the inverse of what it reads by, and cuts them where the part of the picture that it reads
    /// ends, and where the picture that it makes ends. Whether left and right change sides is a matter of affine and
    /// projective maps alone: the other fields are bends of the picture as it is, and where they fold it, that is no mirroring.
    pub fn follow(&self, recipe: &[Taken], carried: &mut Carried, canvas: &mut Canvas) {
        if carried.is_empty() {
            return;
        }
        let Canvas { tools, following, .. } = canvas;
        let mut input = self.input;
        for pass in &self.passes {
            let size = pass.size();
            match pass {
                Pass::Resize { view, scaling } => carried.moves(&view.edges(), &mut resized(*view, scaling), size),
                Pass::Geometry(geometry) => {
                    let View { x, y, .. } = geometry.view;
                    let map = Matrix::translation(f64::from(x), f64::from(y)).after(&geometry.map);
                    carried.moves(&geometry.view.edges(), &mut Affine::back(&map), size);
                }
                Pass::Remap { field: Field::Projective(map), .. } => {
                    carried.moves(&BoundingBox::of(input), &mut Perspective::back(map, size), size);
                }
                Pass::Remap { field, .. } => {
                    following.inverse.prepare(field, size, input);
                    carried.moves(&BoundingBox::of(input), &mut Bent(&mut following.inverse), size);
                }
                Pass::Tiles { tiles, .. } => carried.lays(tiles.iter().map(piece)),
                Pass::Tones { .. } => {}
                Pass::Apply { at, .. } => hide(&recipe[*at], size, carried, (tools, following)),
            }
            input = size;
        }
    }
}

impl View {
    fn edges(self) -> BoundingBox {
        let (x_min, y_min) = (f64::from(self.x), f64::from(self.y));
        let (x_max, y_max) = (x_min + f64::from(self.size.width), y_min + f64::from(self.size.height));
        BoundingBox { x_min, y_min, x_max, y_max }
    }
}

/// Where a tile is cut out, and how far it goes.
fn piece(tile: &Tile) -> (BoundingBox, Point) {
    let (from, to) = (View { x: tile.from.0, y: tile.from.1, size: tile.size }.edges(), tile.to);
    (from, Point { x: f64::from(to.0) - from.x_min, y: f64::from(to.1) - from.y_min })
}

/// Pixel centres keep their relative place, as the resize has it.
fn resized(view: View, scaling: &Scaling) -> Affine {
    let axis = |to: u32, from: u32, skipped: u32, part: u32| {
        let scale = f64::from(to) / f64::from(from);
        (scale, (0.5 - f64::from(skipped)) * scale - 0.5 - f64::from(part))
    };
    let (across, right) = axis(scaling.to.width, view.size.width, view.x, scaling.x);
    let (down, below) = axis(scaling.to.height, view.size.height, view.y, scaling.y);
    Affine(Matrix([across, 0.0, right, 0.0, down, below]))
}

/// Looks at what the op of an own pass hides. Such a pass moves nothing; what is done to some channels, or laid over the
/// picture, hides nothing either.
fn hide(taken: &Taken, size: Size, carried: &mut Carried, (tools, following): (&mut Tools, &mut Following)) {
    let drawn = match taken {
        Taken::Op(drawn) => drawn,
        Taken::Within(Within::Channels { .. } | Within::Augmix { .. }) => return,
    };
    let hiding = match drawn.targets() {
        Targets::Hides => Hiding::Parts,
        Targets::Thins => Hiding::Pixels,
        Targets::Keeps | Targets::Moves => return,
    };
    following.show(drawn, size, tools);
    let [black, white] = following.shown.each_ref().map(Image::bytes);
    let hidden = |x: u32, y: u32| {
        let at = (y as usize * size.width as usize + x as usize) * 3;
        black[at..at + 3] == white[at..at + 3]
    };
    carried.hides(|x, y| x < size.width && y < size.height && hidden(x, y), hiding);
}

impl Following {
    /// Lets the op make a picture of black and one of white: what is hidden is what both show.
    fn show(&mut self, drawn: &Drawn, size: Size, tools: &mut Tools) {
        let Self { flat, shown, .. } = self;
        flat.reshape(size);
        for (made, level) in shown.iter_mut().zip([0, u8::MAX]) {
            flat.bytes_mut().fill(level);
            made.reshape(size);
            drawn.apply(flat, tools, made.bytes_mut());
        }
    }
}

/// Straight, and parallels stay parallel: from source to output.
struct Affine(Matrix);

impl Affine {
    /// The way back of what is read by `map`. One that shows a line only shows no area, and has no way back.
    fn back(map: &Matrix) -> Self {
        Self(map.inverse().unwrap_or(Matrix([f64::NAN; 6])))
    }
}

impl Motion for Affine {
    fn outline(&mut self, from: &Outline, made: &mut Outline, _spare: &mut Vec<Point>) {
        made.0.clear();
        made.0.extend(from.0.iter().map(|p| point(self.0.map(p.x, p.y))));
    }

    fn point(&mut self, from: Point) -> Option<Point> {
        Some(point(self.0.map(from.x, from.y)))
    }

    fn reverses(&self) -> bool {
        self.0.determinant() < 0.0
    }
}

/// Straight, and only what lies before the horizon is shown.
struct Perspective {
    back: Projective,
    /// What the way back divides by at the centre of the output, and so its sign wherever something is shown.
    middle: f64,
    reverses: bool,
}

/// What is so many times as far away as the centre of the output is too far to be seen.
const FARTHEST: f64 = 1e3;

impl Perspective {
    fn back(map: &Projective, size: Size) -> Self {
        let [x, y] = [size.width, size.height].map(|side| (f64::from(side) - 1.0) / 2.0);
        let (whole, divisor) = (map.determinant(), map.divisor(x, y));
        Self { back: map.adjugate(), middle: whole / divisor, reverses: whole * divisor < 0.0 }
    }

    /// How much of the way from the farthest to the centre; below 0 for what is not shown.
    fn nearness(&self, p: Point) -> f64 {
        self.back.divisor(p.x, p.y) / self.middle - 1.0 / FARTHEST
    }
}

impl Motion for Perspective {
    fn outline(&mut self, from: &Outline, made: &mut Outline, spare: &mut Vec<Point>) {
        made.0.clone_from(&from.0);
        made.clip_half(spare, |p| self.nearness(p));
        made.0.iter_mut().for_each(|p| *p = point(self.back.at(p.x, p.y)));
    }

    fn point(&mut self, from: Point) -> Option<Point> {
        (self.nearness(from) >= 0.0).then(|| point(self.back.at(from.x, from.y)))
    }

    fn reverses(&self) -> bool {
        self.reverses
    }
}

/// Bent: straight lines are taken apart.
struct Bent<'a>(&'a mut Inverse);

/// So long, in pixels, are the pieces of a line that is bent, at most.
const PIECE: f64 = 2.0;

impl Motion for Bent<'_> {
    fn outline(&mut self, from: &Outline, made: &mut Outline, _spare: &mut Vec<Point>) {
        made.0.clear();
        for (a, b) in from.sides() {
            let (x, y) = (b.x - a.x, b.y - a.y);
            let pieces = (x.abs().max(y.abs()) / PIECE).ceil().max(1.0);
            for n in 0..pieces as u32 {
                let share = f64::from(n) / pieces;
                made.0.extend(self.point(Point { x: a.x + share * x, y: a.y + share * y }));
            }
        }
    }

    fn point(&mut self, from: Point) -> Option<Point> {
        self.0.at(from.x, from.y).map(point)
    }

    fn reverses(&self) -> bool {
        false
    }
}

fn point((x, y): (f64, f64)) -> Point {
    Point { x, y }
}

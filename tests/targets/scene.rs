//! A picture of shapes and marks at known places.
//!
//! Edges are ramps, not steps: a level says how far inside a pixel is, so that an edge lies where the level is half, within a
//! fraction of a pixel, and stays there when pictures are resampled again and again, which takes its corners from a hard edge.

use prebake::image::{Image, Size};
use prebake::targets::{BoundingBox, Instance, KeyPoint, Outline, Point, mask};

/// Three shapes, each in a colour of its own, and a point in each.
pub(crate) struct Scene {
    pub(crate) size: Size,
    pub(crate) instances: Vec<Instance>,
    /// The shapes without the outermost pixel: how sharply edges are seen, and so how far the tip of what a border cuts.
    pub(crate) inner: Vec<Instance>,
    /// The shapes: the first in red, then green, then blue, on black. At their edges the level is [`EDGE`].
    pub(crate) shapes: Image,
    /// The same with hard edges.
    pub(crate) hard: Image,
    /// The same as ids 1, 2 and 3, on 0.
    pub(crate) mask: Image,
    /// A square about each point, on black: red rises to the right and green downwards, both are [`EDGE`] at the point, and
    /// blue says which one it is: [`NAMES`].
    pub(crate) marks: Image,
    /// The squares, which have no points.
    pub(crate) around: Vec<Instance>,
}

/// The level at an edge.
pub(crate) const EDGE: f64 = 128.0;

/// Levels from one pixel to the next, across an edge.
const STEEP: f64 = 12.0;

/// How far a mark reaches to all sides: so far its levels rise.
const REACH: f64 = 10.0;

/// The levels of blue by which marks are told apart. No blend with black of one is another where red and green are those of
/// its point.
pub(crate) const NAMES: [u8; 3] = [250, 225, 200];

impl Scene {
    /// Two boxes and an ellipse.
    pub(crate) fn new() -> Self {
        let edges = |x_min, y_min, x_max, y_max| BoundingBox { x_min, y_min, x_max, y_max };
        let (first, second) = (edges(60.0, 40.0, 220.0, 170.0), edges(272.0, 28.0, 472.0, 148.0));
        let ellipse = Ellipse { centre: Point { x: 300.3, y: 271.6 }, across: 120.0, down: 84.0 };
        let points = [(120.0, 80.0), (380.0, 100.0), (260.0, 300.0)].map(|(x, y)| Point { x, y });
        let outlines = |less| [shrunk(&first, less).outline(), shrunk(&second, less).outline(), ellipse.outline(less)];
        Self::of(
            Size::new(512, 384),
            [outlines(0.0), outlines(2.0)],
            [&|at| depth(&first, at), &|at| depth(&second, at), &|at| ellipse.depth(at)],
            points,
        )
    }

    /// `depths` say how far inside the shapes a point is, in pixels.
    fn of(size: Size, [shapes, inner]: [[Outline; 3]; 2], depths: [&dyn Fn(Point) -> f64; 3], points: [Point; 3]) -> Self {
        let instance = |(shape, at): (&Outline, Point)| Instance {
            parts: vec![shape.clone()],
            key_points: vec![KeyPoint { at, visibility: 2 }],
        };
        let squares = points.map(|at| square(at, REACH));
        let drawn = painted(size, |at| depths.map(|depth| level(depth(at))));
        let hard = drawn.bytes().iter().map(|level| if f64::from(*level) >= EDGE { u8::MAX } else { 0 }).collect();
        let ids = drawn.bytes().chunks_exact(3).flat_map(|pixel| mask::pixel(shape_of(pixel).map_or(0, |k| k as u32 + 1)));
        let marks = painted(size, |at| {
            let own = (0..3).find(|k| depth(&squares[*k], at) > 0.0);
            own.map_or([0; 3], |k| [level(at.x - points[k].x), level(at.y - points[k].y), NAMES[k]])
        });
        Self {
            size,
            instances: shapes.iter().zip(points).map(instance).collect(),
            inner: inner.iter().zip(points).map(instance).collect(),
            mask: Image::from_bytes(size, ids.collect()),
            hard: Image::from_bytes(size, hard),
            marks,
            around: squares.iter().map(Instance::of_box).collect(),
            shapes: drawn,
        }
    }
}

/// The level so far inside of an edge.
fn level(depth: f64) -> u8 {
    (EDGE + STEEP * depth).round().clamp(0.0, 255.0) as u8
}

/// How far inside of a box a point is; below 0 outside.
fn depth(edges: &BoundingBox, at: Point) -> f64 {
    let (x, y) = (at.x + 0.5, at.y + 0.5);
    (x - edges.x_min).min(edges.x_max - x).min(y - edges.y_min).min(edges.y_max - y)
}

/// The box with each edge so much further inside.
fn shrunk(edges: &BoundingBox, less: f64) -> BoundingBox {
    let BoundingBox { x_min, y_min, x_max, y_max } = *edges;
    BoundingBox { x_min: x_min + less, y_min: y_min + less, x_max: x_max - less, y_max: y_max - less }
}

fn square(at: Point, reach: f64) -> BoundingBox {
    let (x, y) = (at.x + 0.5, at.y + 0.5);
    BoundingBox { x_min: x - reach, y_min: y - reach, x_max: x + reach, y_max: y + reach }
}

struct Ellipse {
    centre: Point,
    across: f64,
    down: f64,
}

impl Ellipse {
    fn outline(&self, less: f64) -> Outline {
        let angles = (0..360).map(|i| f64::from(i).to_radians());
        let (across, down) = (self.across - less, self.down - less);
        let at = |a: f64| Point { x: self.centre.x + across * a.cos(), y: self.centre.y + down * a.sin() };
        Outline(angles.map(at).collect())
    }

    /// How far inside a point near the edge is: how far the equation is from 1, over how fast it changes.
    fn depth(&self, at: Point) -> f64 {
        let (x, y) = ((at.x - self.centre.x) / self.across, (at.y - self.centre.y) / self.down);
        let slope = 2.0 * (x / self.across).hypot(y / self.down);
        (1.0 - x * x - y * y) / slope.max(1e-9)
    }
}

fn painted(size: Size, pixel: impl Fn(Point) -> [u8; 3]) -> Image {
    let points = (0..size.height).flat_map(|y| (0..size.width).map(move |x| Point { x: x.into(), y: y.into() }));
    Image::from_bytes(size, points.flat_map(pixel).collect())
}

/// The shape that a pixel shows, if its centre is inside of one.
pub(crate) fn shape_of(pixel: &[u8]) -> Option<usize> {
    (0..3).find(|k| f64::from(pixel[*k]) >= EDGE)
}

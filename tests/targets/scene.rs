//! A picture of shapes at known places, and what is seen of them again.

use prebake::image::{Image, Size};
use prebake::targets::{BoundingBox, Instance, KeyPoint, Outline, Point, mask};

/// Three shapes, each in a colour of its own, and a point in each.
pub(crate) struct Scene {
    pub(crate) size: Size,
    pub(crate) instances: Vec<Instance>,
    /// The shapes: the first in red, then green, then blue, on black.
    pub(crate) shapes: Image,
    /// The same as ids 1, 2 and 3, on 0.
    pub(crate) mask: Image,
    /// A disc at each point, likewise coloured.
    pub(crate) discs: Image,
    /// The discs, which have no points.
    pub(crate) around: Vec<Instance>,
}

/// How far the discs reach from their points.
const RADIUS: f64 = 3.0;

/// Points within and between pixels along each side of a pixel that are looked at to see how much of it is covered.
const FINE: u32 = 8;

impl Scene {
    /// Two boxes and an ellipse.
    pub(crate) fn new() -> Self {
        let edges = |x_min, y_min, x_max, y_max| BoundingBox { x_min, y_min, x_max, y_max };
        let ellipse = circle(Point { x: 150.0, y: 136.0 }, 60.0, 42.0);
        let shapes = [edges(30.0, 20.0, 110.0, 85.0).outline(), edges(136.0, 14.0, 236.0, 74.0).outline(), Outline(ellipse)];
        let points = [(60.0, 40.0), (190.0, 50.0), (130.0, 150.0)].map(|(x, y)| Point { x, y });
        Self::of(Size::new(256, 192), &shapes, &points)
    }

    fn of(size: Size, shapes: &[Outline; 3], points: &[Point; 3]) -> Self {
        let instance = |(shape, at): (&Outline, &Point)| Instance {
            parts: vec![shape.clone()],
            key_points: vec![KeyPoint { at: *at, visibility: 2 }],
        };
        let disc = |at: &Point| Outline(circle(*at, RADIUS, RADIUS));
        let discs = [0, 1, 2].map(|k| disc(&points[k]));
        let drawn = painted(size, |k, at| shapes[k].holds(at));
        let ids = drawn.bytes().chunks_exact(3).flat_map(|pixel| mask::pixel(shape_of(pixel).map_or(0, |k| k as u32 + 1)));
        Self {
            size,
            instances: shapes.iter().zip(points).map(instance).collect(),
            mask: Image::from_bytes(size, ids.collect()),
            discs: painted(size, |k, at| discs[k].holds(at)),
            around: discs.iter().map(|disc| Instance { parts: vec![disc.clone()], key_points: Vec::new() }).collect(),
            shapes: drawn,
        }
    }
}

/// Points around a centre, so far to both sides and up and down.
fn circle(centre: Point, across: f64, down: f64) -> Vec<Point> {
    let angles = (0..120).map(|i| (f64::from(i) * 3.0).to_radians());
    angles.map(|a| Point { x: centre.x + across * a.cos(), y: centre.y + down * a.sin() }).collect()
}

/// A picture whose channel `k` shows how much of each pixel `covers(k, _)`.
fn painted(size: Size, covers: impl Fn(usize, Point) -> bool) -> Image {
    let offsets = || (0..FINE).map(|i| (f64::from(i) + 0.5) / f64::from(FINE) - 0.5);
    let level = |x: u32, y: u32, k: usize| {
        let fine = offsets().flat_map(|dy| offsets().map(move |dx| Point { x: f64::from(x) + dx, y: f64::from(y) + dy }));
        (fine.filter(|at| covers(k, *at)).count() as u32 * 255 / (FINE * FINE)) as u8
    };
    let pixels = (0..size.height).flat_map(|y| (0..size.width).map(move |x| (x, y)));
    Image::from_bytes(size, pixels.flat_map(|(x, y)| [0, 1, 2].map(|k| level(x, y, k))).collect())
}

/// The shape that a pixel shows, if one covers half of it.
pub(crate) fn shape_of(pixel: &[u8]) -> Option<usize> {
    (0..3).find(|k| pixel[*k] >= 128)
}

/// The box around the pixels of shape `k`, and how many there are.
pub(crate) fn seen(picture: &Image, k: usize) -> Option<(BoundingBox, u32)> {
    around(picture, |pixel| shape_of(pixel) == Some(k))
}

/// The box around the pixels of a mask that have the id of shape `k`.
pub(crate) fn seen_mask(masked: &Image, k: usize) -> BoundingBox {
    around(masked, |id| mask::id([id[0], id[1], id[2]]) == k as u32 + 1).unwrap().0
}

fn around(picture: &Image, of: impl Fn(&[u8]) -> bool) -> Option<(BoundingBox, u32)> {
    let width = picture.size().width as usize;
    let shown = picture.bytes().chunks_exact(3).enumerate().filter(|(_, pixel)| of(pixel));
    let pixel = |i: usize| {
        let (x_min, y_min) = ((i % width) as f64, (i / width) as f64);
        (BoundingBox { x_min, y_min, x_max: x_min + 1.0, y_max: y_min + 1.0 }, 1)
    };
    shown.map(|(i, _)| pixel(i)).reduce(|(a, n), (b, m)| (a.joined(&b), n + m))
}

/// The centre of disc `k`, and its area; levels near black are none of it.
pub(crate) fn centre(picture: &Image, k: usize) -> (Point, f64) {
    let width = picture.size().width as usize;
    let (mut x, mut y, mut all) = (0.0, 0.0, 0.0);
    for (i, pixel) in picture.bytes().chunks_exact(3).enumerate() {
        let level = f64::from(pixel[k].saturating_sub(64)) / 191.0;
        (x, y, all) = (x + level * (i % width) as f64, y + level * (i / width) as f64, all + level);
    }
    (Point { x: x / all, y: y / all }, all)
}

/// How much of what either shows as shape `k` both do, of a picture and a mask.
pub(crate) fn overlap(picture: &Image, masked: &Image, k: usize) -> f64 {
    let (mut both, mut either) = (0u32, 0u32);
    for (pixel, id) in picture.bytes().chunks_exact(3).zip(masked.bytes().chunks_exact(3)) {
        let (a, b) = (shape_of(pixel) == Some(k), mask::id([id[0], id[1], id[2]]) == k as u32 + 1);
        both += u32::from(a && b);
        either += u32::from(a || b);
    }
    f64::from(both) / f64::from(either.max(1))
}

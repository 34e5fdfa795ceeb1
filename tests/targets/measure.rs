//! What is seen of a scene's shapes and marks in a picture that was made of it.

use crate::scene::{EDGE, NAMES, shape_of};
use prebake::image::Image;
use prebake::targets::{BoundingBox, Point, mask};

/// Pieces into which the way from one pixel to the next is cut to find where an edge lies between them.
const FINE: u32 = 8;

/// The box around shape `k`, between pixels too, and how many pixels it has.
pub(crate) fn seen(picture: &Image, k: usize) -> Option<(BoundingBox, u32)> {
    let count = picture.bytes().chunks_exact(3).filter(|pixel| shape_of(pixel) == Some(k)).count() as u32;
    let (width, height) = (f64::from(picture.size().width), f64::from(picture.size().height));
    let mut hull: Option<BoundingBox> = None;
    for (at, corners) in cells(picture) {
        let levels = corners.map(|pixel| f64::from(pixel[k]));
        if levels.iter().all(|level| *level < EDGE) {
            continue;
        }
        // Of a cell that is all inside, its corners say as much.
        let pieces = if levels.iter().all(|level| *level >= EDGE) { 1 } else { FINE };
        for n in 0..(pieces + 1) * (pieces + 1) {
            let [u, v] = [n % (pieces + 1), n / (pieces + 1)].map(|n| f64::from(n) / f64::from(pieces));
            let [upper, lower] = [0, 2].map(|left| levels[left] + u * (levels[left + 1] - levels[left]));
            if upper + v * (lower - upper) >= EDGE {
                // Cells at the border reach half a pixel beyond the centres of its pixels.
                let (x, y) = ((at.x + u + 0.5).clamp(0.0, width), (at.y + v + 0.5).clamp(0.0, height));
                let point = BoundingBox { x_min: x, y_min: y, x_max: x, y_max: y };
                hull = Some(hull.map_or(point, |hull| hull.joined(&point)));
            }
        }
    }
    hull.map(|hull| (hull, count))
}

/// The squares between the centres of four pixels: the upper left centre, and the pixels. Beyond the border its pixels go on.
fn cells(picture: &Image) -> impl Iterator<Item = (Point, [&[u8]; 4])> {
    let (width, height) = (picture.size().width as i32, picture.size().height as i32);
    let pixel = move |x: i32, y: i32| &picture.row(y.clamp(0, height - 1) as u32)[x.clamp(0, width - 1) as usize * 3..][..3];
    (-1..height).flat_map(move |y| {
        (-1..width).map(move |x| {
            let corners = [pixel(x, y), pixel(x + 1, y), pixel(x, y + 1), pixel(x + 1, y + 1)];
            (Point { x: x.into(), y: y.into() }, corners)
        })
    })
}

/// The places at which the point of mark `k` is shown; more than one where the picture is folded.
pub(crate) fn marked(picture: &Image, k: usize) -> Vec<Point> {
    let named = |pixel: &&[u8]| pixel[2].abs_diff(NAMES[k]) <= 10;
    let cells = cells(picture).filter(|(_, corners)| corners.iter().all(named));
    cells.filter_map(|(at, corners)| Some(at.plus(crossing(corners)?))).collect()
}

/// Where between four pixels both red and green are half, if they are: in one of two triangles.
fn crossing(corners: [&[u8]; 4]) -> Option<Point> {
    /// What rounding may leave between two triangles.
    const SLACK: f64 = 1e-9;
    let [a, b, c, d] = corners.map(|pixel| [0, 1].map(|k| f64::from(pixel[k]) - EDGE));
    let solved = |right: [f64; 2], down: [f64; 2], from: [f64; 2]| {
        let whole = right[0] * down[1] - right[1] * down[0];
        let x = (down[0] * from[1] - down[1] * from[0]) / whole;
        let y = (right[1] * from[0] - right[0] * from[1]) / whole;
        (x >= -SLACK && y >= -SLACK && x + y <= 1.0 + SLACK).then_some(Point { x, y })
    };
    let way = |from: [f64; 2], to: [f64; 2]| [to[0] - from[0], to[1] - from[1]];
    let turned = |p: Point| Point { x: 1.0 - p.x, y: 1.0 - p.y };
    solved(way(a, b), way(a, c), a).or_else(|| solved(way(d, c), way(d, b), d).map(turned))
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

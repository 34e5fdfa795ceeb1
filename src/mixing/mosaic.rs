//! Four rows around a point (Bochkovskiy et al., "YOLOv4", 2020).

use super::{Drawn, Fit, Made, Room, Rules};
use crate::image::Size;
use crate::kernels::mix::lay_part;
use crate::kernels::resize::Scaling;
use crate::ops::Lowered;
use crate::pipeline::Canvas;
use crate::rng::Rng;
use crate::targets::{BoundingBox, Motion, Outline, Point};
use crate::units::Interpolation;

/// The point lies where `center` lets it, at least a pixel inside where there is room; the row's own cell is any.
pub(super) fn draw(center: (f64, f64), fit: Fit, size: Size, rng: &mut Rng) -> Drawn {
    let mut place = |side: u32| {
        let at = libm::round(rng.uniform(center.0, center.1) * f64::from(side)) as u32;
        at.max(1).min(side.saturating_sub(1))
    };
    let (x, y) = (place(size.width), place(size.height));
    Drawn::Mosaic { x, y, own: rng.below(4) as usize, fit }
}

/// The cells of a row of `size` around a point: left top corner and size of each.
pub(super) fn cells((x, y): (u32, u32), size: Size) -> [((u32, u32), Size); 4] {
    let (right, below) = (size.width - x, size.height - y);
    [((0, 0), Size::new(x, y)), ((x, 0), Size::new(right, y)), ((0, y), Size::new(x, below)), ((x, y), Size::new(right, below))]
}

/// Each row's share is that of its cell.
#[expect(clippy::too_many_arguments, reason = "what was drawn, the rows, and room")]
pub(super) fn apply(
    point: (u32, u32),
    own: usize,
    fit: Fit,
    row: &mut Made,
    others: &mut [Made],
    rules: Rules<'_>,
    room: &mut Room,
    canvas: &mut Canvas,
) {
    let size = row.image.size();
    let Room { program, cell, mosaic, .. } = room;
    mosaic.begin(size, row.has_mask());
    let mut others = others.iter_mut();
    for (place, (corner, part)) in cells(point, size).into_iter().enumerate() {
        let from = if place == own { &mut *row } else { others.next().expect("invariant: three partners") };
        let (right, below) = (place % 2 == 1, place / 2 == 1);
        if part.pixels() == 0 {
            continue;
        }
        program.single(into_cell(fit, size, part, (right, below)), size);
        cell.image.reshape(part);
        program.run(&[], &from.image, canvas, cell.image.bytes_mut());
        lay_part(cell.image.window(), corner, size, mosaic.image.bytes_mut());
        if from.has_mask() {
            cell.mask.reshape(part);
            program.run_mask(&from.mask, rules.ignore_index, canvas, cell.mask.bytes_mut());
            lay_part(cell.mask.window(), corner, size, mosaic.mask.bytes_mut());
        }
        program.follow(&[], &mut from.carried, canvas);
        let by = Point { x: f64::from(corner.0), y: f64::from(corner.1) };
        from.carried.moves(&BoundingBox::of(part), &mut Shift(by), size);
        mosaic.take_carried(from, rules);
        let share = part.pixels() as f64 / size.pixels() as f64;
        mosaic.shares.extend(from.shares.iter().map(|(item, own)| (*item, own * share)));
    }
    std::mem::swap(row, mosaic);
    row.join_shares();
}

/// From a row of `size` to a cell of size `part`, which lies right of the point, and below it, or not.
fn into_cell(fit: Fit, size: Size, part: Size, (right, below): (bool, bool)) -> Lowered {
    match fit {
        Fit::Crop => {
            let edge = |far: bool, side: u32, part: u32| if far { 0 } else { side - part };
            let (x, y) = (edge(right, size.width, part.width), edge(below, size.height, part.height));
            Lowered::Crop { x, y, size: part }
        }
        Fit::Cover => {
            let to = covering(size, part);
            let (x, y) = ((to.width - part.width) / 2, (to.height - part.height) / 2);
            Lowered::Resize(Scaling { to, x, y, size: part, interpolation: Interpolation::Bilinear, antialias: true })
        }
    }
}

/// `size` scaled alike in both directions until it just covers `part`, rounded up.
fn covering(size: Size, part: Size) -> Size {
    let (width, height) = (u64::from(size.width), u64::from(size.height));
    let (across, down) = (u64::from(part.width), u64::from(part.height));
    let side = |n: u64| u32::try_from(n).expect("invariant: no larger than the row");
    if across * height >= down * width {
        Size::new(part.width, side((across * height).div_ceil(width)))
    } else {
        Size::new(side((down * width).div_ceil(height)), part.height)
    }
}

/// So far to the right and down.
struct Shift(Point);

impl Motion for Shift {
    fn outline(&mut self, from: &Outline, made: &mut Outline, _spare: &mut Vec<Point>) {
        made.0.clear();
        made.0.extend(from.0.iter().map(|point| self.0.plus(*point)));
    }

    fn point(&mut self, from: Point) -> Option<Point> {
        Some(self.0.plus(from))
    }

    fn reverses(&self) -> bool {
        false
    }
}

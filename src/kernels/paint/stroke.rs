//! Lines of any width, in OpenCV's fixed point.

use super::{disc, line};
use crate::image::Size;

/// Places have 16 bits behind the point.
const SHIFT: u32 = 16;
const ONE: i64 = 1 << SHIFT;
const HALF: i64 = ONE / 2;

/// A place, in fixed point unless it is a pixel.
type Point = (i64, i64);

/// Calls `span` with (y, first pixel, last pixel) of every row of a line of `width` pixels, at least two; rows lie in a
/// picture of `size`, pixels may lie outside, and some are named more than once.
///
/// # Algorithm
/// As OpenCV 5's `cv2.line`: the line is cut where it is farther from the picture than its width; then a rectangle along
/// it is filled, whose corners are rounded to 2^-16 pixels, and a disc at either end.
pub(in crate::kernels) fn stroke(
    from: Point,
    to: Point,
    width: u32,
    size: Size,
    halves: &mut Vec<u32>,
    mut span: impl FnMut(i64, i64, i64),
) {
    let reach = i64::from(width);
    let moved = |(x, y): Point, by: i64| (x + by, y + by);
    let grown = (i64::from(size.width) + 2 * reach, i64::from(size.height) + 2 * reach);
    let Some((from, to)) = line::clipped(moved(from, reach), moved(to, reach), grown) else { return };
    let (from, to) = (moved(from, -reach), moved(to, -reach));
    if from != to {
        let (dx, dy) = ((from.0 - to.0) as f64, (to.1 - from.1) as f64);
        // An odd width is taken as half a pixel more on either side.
        let half = i64::from(width.next_multiple_of(2)) * HALF;
        let share = half as f64 / (dx * dx + dy * dy).sqrt();
        let (x, y) = (libm::rint(dy * share) as i64, libm::rint(dx * share) as i64);
        let corner = |(cx, cy): Point, x, y| ((cx << SHIFT) + x, (cy << SHIFT) + y);
        let corners = [corner(from, x, y), corner(from, -x, -y), corner(to, -x, -y), corner(to, x, y)];
        outline(&corners, size, |x, y| span(y, x, x));
        inside(&corners, size, &mut span);
    }
    disc::halves(width.div_ceil(2), halves);
    for end in [from, to] {
        disc::rows(end, halves, (size.width, size.height), |y, first, behind| span(y as i64, first as i64, behind as i64 - 1));
    }
}

/// The pixels along the sides of a polygon that lie in the picture.
fn outline(corners: &[Point; 4], size: Size, mut pixel: impl FnMut(i64, i64)) {
    let fixed = (i64::from(size.width) << SHIFT, i64::from(size.height) << SHIFT);
    let rounded = |at: i64| (at + HALF) >> SHIFT;
    for k in 0..4 {
        let Some((from, to)) = line::clipped(corners[(k + 3) % 4], corners[k], fixed) else { continue };
        let flat = (to.0 - from.0).abs() > (to.1 - from.1).abs();
        let turned = |(x, y): Point| if flat { (x, y) } else { (y, x) };
        let (from, to) = (turned(from), turned(to));
        let (from, to) = if to.0 < from.0 { (to, from) } else { (from, to) };
        let slope = ((to.1 - from.1) << SHIFT) / ((to.0 - from.0) | 1);
        let steps = (to.0 - from.0) >> SHIFT;
        let along = (0..=steps).map(|step| (rounded(from.0) + step, (from.1 + HALF + step * slope) >> SHIFT));
        for at in along.chain([(rounded(to.0), rounded(to.1))]) {
            let (x, y) = turned(at);
            if (0..i64::from(size.width)).contains(&x) && (0..i64::from(size.height)).contains(&y) {
                pixel(x, y);
            }
        }
    }
}

/// A side of a polygon that is walked down row by row.
struct Side {
    /// The corner that it comes from, and how far it is to the one that it goes to.
    corner: usize,
    step: usize,
    /// Where it is, and how far it moves from row to row.
    x: i64,
    slope: i64,
    /// The row of the corner that it goes to.
    until: i64,
}

/// The rows of a convex polygon, from the left side to the right one.
fn inside(corners: &[Point; 4], size: Size, mut span: impl FnMut(i64, i64, i64)) {
    let row = |corner: usize| (corners[corner].1 + HALF) >> SHIFT;
    let column = |corner: &Point| (corner.0 + HALF) >> SHIFT;
    let top = (0..4).min_by_key(|k| corners[*k].1).unwrap_or(0);
    let last = (0..4).map(row).max().unwrap_or(0).min(i64::from(size.height) - 1);
    if corners.iter().all(|c| column(c) < 0) || corners.iter().all(|c| column(c) >= i64::from(size.width)) {
        return;
    }
    let side = |step| Side { corner: top, step, x: -ONE, slope: 0, until: row(top) };
    let mut sides = [side(1), side(3)];
    let mut corners_left = 4;
    for y in row(top)..=last {
        for side in sides.iter_mut().filter(|side| y >= side.until) {
            // Past all corners that are not below.
            let mut from = side.corner;
            loop {
                if corners_left == 0 {
                    return;
                }
                corners_left -= 1;
                let to = (from + side.step) % 4;
                let rows = row(to) - y;
                if rows > 0 {
                    let slope = (2 * (corners[to].0 - corners[from].0) + rows) / (2 * rows);
                    *side = Side { corner: to, x: corners[from].0, slope, until: row(to), ..*side };
                    break;
                }
                from = to;
            }
        }
        let [a, b] = [sides[0].x, sides[1].x];
        if y >= 0 {
            span(y, (a.min(b) + HALF) >> SHIFT, (a.max(b) + HALF) >> SHIFT);
        }
        sides.iter_mut().for_each(|side| side.x += side.slope);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows of `#` and `.`.
    fn drawn(size: Size, from: Point, to: Point, width: u32) -> Vec<String> {
        let mut rows = vec![vec!['.'; size.width as usize]; size.height as usize];
        stroke(from, to, width, size, &mut Vec::new(), |y, first, last| {
            for x in first.max(0)..=last.min(i64::from(size.width) - 1) {
                rows[y as usize][x as usize] = '#';
            }
        });
        rows.into_iter().map(String::from_iter).collect()
    }
    /// As `cv2.line` of OpenCV 5 draws them.
    #[test]
    fn lines_are_those_of_opencv() {
        let slanted = drawn(Size::new(12, 7), (2, 1), (8, 4), 2);
        let wanted =
            ["..#.........", ".####.......", "..#####.....", "....#####...", "......####..", "........#...", "............"];
        assert_eq!(slanted, wanted);
        let point = drawn(Size::new(7, 5), (3, 2), (3, 2), 5);
        assert_eq!(point, [".#####.", ".#####.", "#######", ".#####.", ".#####."]);
    }

    #[test]
    fn lines_that_leave_the_picture_are_cut_as_in_opencv() {
        let cut = drawn(Size::new(9, 6), (-4, 7), (6, 1), 3);
        assert_eq!(cut, ["...#####.", "..#######", "########.", "########.", "#######..", "#####...."]);
        let cut = drawn(Size::new(9, 7), (7, -5), (-2, 9), 3);
        let wanted = ["..#####..", ".######..", "######...", "#####....", "#####....", "####.....", "###......"];
        assert_eq!(cut, wanted);
        assert_eq!(drawn(Size::new(2, 1), (40, 40), (50, 90), 20), [".."]);
    }
}

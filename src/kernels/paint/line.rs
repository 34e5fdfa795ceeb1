//! Straight lines, pixel by pixel.

/// The part of a line that lies in a picture of `size` (width, height), its new ends cut towards the old ones.
///
/// # Algorithm
/// Cohen and Sutherland's, as OpenCV's `clipLine`: first by the rows, then by the columns. A line that was cut has another
/// slope than the whole one, and so have OpenCV's.
pub fn clipped(from: (i64, i64), to: (i64, i64), size: (i64, i64)) -> Option<((i64, i64), (i64, i64))> {
    let (right, bottom) = (size.0 - 1, size.1 - 1);
    let turned = |(x, y): (i64, i64)| (y, x);
    // Both ends beyond the same side are cut to nothing.
    let (from, to) = cut(turned(from), turned(to), bottom)?;
    cut(turned(from), turned(to), right)
}

/// The part of a line whose first coordinates lie from 0 to `last`.
fn cut(from: (i64, i64), to: (i64, i64), last: i64) -> Option<((i64, i64), (i64, i64))> {
    if from.0.max(to.0) < 0 || from.0.min(to.0) > last {
        return None;
    }
    let moved = |end: (i64, i64), from: (i64, i64), to: (i64, i64)| {
        let at = end.0.clamp(0, last);
        let aside = (at - end.0) as f64 * (to.1 - from.1) as f64 / (to.0 - from.0) as f64;
        if at == end.0 { end } else { (at, end.1 + aside as i64) }
    };
    let from = moved(from, from, to);
    Some((from, moved(to, from, to)))
}

/// Calls `pixel` with every pixel of a line, its ends included, in steps along either side but never both.
///
/// # Algorithm
/// Bresenham's, from left to right, as OpenCV's `LINE_4` of what [`clipped`] leaves.
pub fn four_connected(from: (i64, i64), to: (i64, i64), pixel: impl FnMut(i64, i64)) {
    walk(from, to, true, pixel);
}

/// As [`four_connected`], diagonal steps too: OpenCV's `LINE_8`.
pub fn eight_connected(from: (i64, i64), to: (i64, i64), pixel: impl FnMut(i64, i64)) {
    walk(from, to, false, pixel);
}

fn walk(from: (i64, i64), to: (i64, i64), four: bool, mut pixel: impl FnMut(i64, i64)) {
    let (from, to) = if to.0 < from.0 { (to, from) } else { (from, to) };
    let (dx, dy) = (to.0 - from.0, (to.1 - from.1).abs());
    let down = if to.1 < from.1 { -1 } else { 1 };
    let steep = dy > dx;
    let (long, short) = if steep { (dy, dx) } else { (dx, dy) };
    let (along, aside) = if steep { ((0, down), (1, 0)) } else { ((1, 0), (0, down)) };
    let mut error = if four { 0 } else { long - 2 * short };
    let (mut x, mut y) = from;
    for _ in 0..=if four { long + short } else { long } {
        pixel(x, y);
        let turn = error < 0;
        error -= 2 * short;
        if turn {
            error += if four { 2 * long + 2 * short } else { 2 * long };
            (x, y) = (x + aside.0, y + aside.1);
        }
        if !(four && turn) {
            (x, y) = (x + along.0, y + along.1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_cut_to_the_picture() {
        assert_eq!(clipped((1, 1), (3, 2), (5, 4)), Some(((1, 1), (3, 2))));
        assert_eq!(clipped((-4, 0), (4, 8), (5, 4)), None);
        assert_eq!(clipped((2, -3), (2, 9), (5, 4)), Some(((2, 0), (2, 3))));
        // 7 columns in 28 rows make 2.25 in the first 9, cut to 2; then 5 in 19 make 2.1 in the last 8.
        assert_eq!(clipped((0, -9), (7, 19), (16, 12)), Some(((2, 0), (5, 11))));
    }

    #[test]
    fn both_kinds_reach_their_ends() {
        let mut seen = Vec::new();
        eight_connected((4, 2), (0, 0), |x, y| seen.push((x, y)));
        assert_eq!(seen, [(0, 0), (1, 0), (2, 1), (3, 1), (4, 2)]);
        seen.clear();
        four_connected((0, 0), (1, 3), |x, y| seen.push((x, y)));
        assert_eq!(seen, [(0, 0), (0, 1), (1, 1), (1, 2), (1, 3)]);
    }
}

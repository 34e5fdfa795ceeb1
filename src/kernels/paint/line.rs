//! Straight lines, pixel by pixel.

/// Calls `pixel` with every pixel of a line, its ends included, in steps along either side but never both.
///
/// # Algorithm
/// Bresenham's, from left to right, as OpenCV's `LINE_4`; nothing is cut, so that a line that leaves the picture keeps
/// its slope.
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
    fn both_kinds_reach_their_ends() {
        let mut seen = Vec::new();
        eight_connected((4, 2), (0, 0), |x, y| seen.push((x, y)));
        assert_eq!(seen, [(0, 0), (1, 0), (2, 1), (3, 1), (4, 2)]);
        seen.clear();
        four_connected((0, 0), (1, 3), |x, y| seen.push((x, y)));
        assert_eq!(seen, [(0, 0), (0, 1), (1, 1), (1, 2), (1, 3)]);
    }
}

//! Filled circles.

/// Half the width of each row of a disc, by its distance from the centre: row `d` covers the pixels from
/// `-halves[d]` to `halves[d]`, for `d` up to the radius.
///
/// # Algorithm
/// The midpoint rule of `cv2.circle`: the outline of the octant steps inwards, by one pixel at most, as soon as it
/// lies outside; the other octants mirror it.
pub fn halves(radius: u32, halves: &mut Vec<u32>) {
    halves.clear();
    halves.resize(radius as usize + 1, 0);
    let (mut far, mut near) = (i64::from(radius), 0i64);
    while far >= near {
        // A row near the centre is `far` wide on either side; the last row that is `far` away is the widest.
        halves[near as usize] = far as u32;
        halves[far as usize] = halves[far as usize].max(near as u32);
        near += 1;
        if far * far + near * near > i64::from(radius) * i64::from(radius) {
            far -= 1;
        }
    }
}

/// The part of a disc's row that lies in a picture of `width` pixels: first pixel, and the one behind the last.
pub fn span(centre: i64, half: u32, width: u32) -> (usize, usize) {
    let inside = |x: i64| x.clamp(0, i64::from(width)) as usize;
    (inside(centre - i64::from(half)), inside(centre + i64::from(half) + 1))
}

/// Calls `row` with (y, first pixel, pixel behind the last) of every row of a disc that lies in the picture.
pub fn rows(centre: (i64, i64), halves: &[u32], size: (u32, u32), mut row: impl FnMut(usize, usize, usize)) {
    let radius = halves.len() as i64 - 1;
    let first = (centre.1 - radius).max(0);
    let last = (centre.1 + radius).min(i64::from(size.1) - 1);
    for y in first..=last {
        let half = halves[(y - centre.1).unsigned_abs() as usize];
        let (from, to) = span(centre.0, half, size.0);
        if from < to {
            row(y as usize, from, to);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(radius: u32) -> Vec<u32> {
        let mut made = vec![9];
        halves(radius, &mut made);
        made
    }

    /// As `cv2.circle(.., radius, 255, -1)` of OpenCV 5 draws them.
    #[test]
    fn small_discs_are_those_of_opencv() {
        assert_eq!(of(0), [0]);
        assert_eq!(of(1), [1, 0]);
        assert_eq!(of(2), [2, 1, 0]);
        assert_eq!(of(3), [3, 2, 2, 0]);
        assert_eq!(of(5), [5, 4, 4, 4, 3, 0]);
    }

    #[test]
    fn discs_are_cut_at_the_edge() {
        let mut seen = Vec::new();
        rows((0, 1), &of(1), (4, 2), |y, from, to| seen.push((y, from, to)));
        assert_eq!(seen, [(0, 0, 1), (1, 0, 2)]);
        rows((-7, 90), &of(1), (4, 2), |_, _, _| panic!("outside"));
    }
}

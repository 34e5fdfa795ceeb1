//! What VP8 guesses of a block from what stands above and left of it: RFC 6386, section 12.

use super::planes::Plane;

/// Four rows of four levels.
pub(super) type Levels = [[u8; 4]; 4];

/// Guesses of a whole block of 16x16 or 8x8: the mean, both differences, the rows above and left.
pub(super) const WHOLE: [Whole; 4] = [Whole::Mean, Whole::Both, Whole::Above, Whole::Left];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Whole {
    Mean,
    Both,
    Above,
    Left,
}

/// What a whole block is guessed from.
pub(super) struct Sides<const N: usize> {
    above: [u8; N],
    left: [u8; N],
    corner: u8,
    mean: u8,
}

impl<const N: usize> Sides<N> {
    /// Of the block `(column, row)` of a plane.
    #[inline(always)]
    pub(super) fn of(plane: &Plane, column: usize, row: usize) -> Self {
        let at = plane.at(N * column, N * row);
        let above: [u8; N] = std::array::from_fn(|x| plane.bytes[at - plane.stride + x]);
        let left: [u8; N] = std::array::from_fn(|y| plane.bytes[at + y * plane.stride - 1]);
        let sum = |levels: [u8; N]| levels.iter().map(|level| u32::from(*level)).sum::<u32>();
        let count = N as u32;
        // The mean is of what lies in the picture.
        let mean = match (row > 0, column > 0) {
            (true, true) => (sum(above) + sum(left) + count) / (2 * count),
            (true, false) => (sum(above) + count / 2) / count,
            (false, true) => (sum(left) + count / 2) / count,
            (false, false) => 128,
        };
        Self { above, left, corner: plane.bytes[at - plane.stride - 1], mean: mean as u8 }
    }

    /// The guess of the part of 4x4 at (x, y).
    #[inline(always)]
    pub(super) fn guess(&self, mode: Whole, x: usize, y: usize) -> Levels {
        let (above, left) = (&self.above[x..x + 4], &self.left[y..y + 4]);
        match mode {
            Whole::Mean => [[self.mean; 4]; 4],
            Whole::Above => [[above[0], above[1], above[2], above[3]]; 4],
            Whole::Left => std::array::from_fn(|y| [left[y]; 4]),
            Whole::Both => std::array::from_fn(|y| std::array::from_fn(|x| both(above[x], left[y], self.corner))),
        }
    }
}

/// As far from the left as what is above is from the corner.
#[inline(always)]
fn both(above: u8, left: u8, corner: u8) -> u8 {
    (i16::from(above) + i16::from(left) - i16::from(corner)).clamp(0, 255) as u8
}

/// Guesses of a block of 4x4: the mean, both differences, then those of [`PATTERNS`].
pub(super) const PARTS: usize = 10;

/// What each guess costs in 256ths of a bit, by VP8's default probabilities.
pub(super) const PART_COSTS: [u32; PARTS] = [280, 620, 828, 1170, 1333, 1075, 1231, 1249, 1345, 1479];

/// For every level the place of its mean: of two neighbours on the edge from 16 on, of three below.
///
/// The edge goes from the left below to the right above: three times the lowest level on the left, the three above it,
/// the corner, eight above, the last of them twice.
const PATTERNS: [[u8; 16]; 8] = [
    [6, 7, 8, 9, 6, 7, 8, 9, 6, 7, 8, 9, 6, 7, 8, 9],
    [4, 4, 4, 4, 3, 3, 3, 3, 2, 2, 2, 2, 1, 1, 1, 1],
    [5, 6, 7, 8, 4, 5, 6, 7, 3, 4, 5, 6, 2, 3, 4, 5],
    [22, 23, 24, 25, 5, 6, 7, 8, 4, 22, 23, 24, 3, 5, 6, 7],
    [7, 8, 9, 10, 8, 9, 10, 11, 9, 10, 11, 12, 10, 11, 12, 13],
    [23, 24, 25, 26, 7, 8, 9, 10, 24, 25, 26, 11, 8, 9, 10, 12],
    [21, 5, 6, 7, 20, 4, 21, 5, 19, 3, 20, 4, 18, 2, 19, 3],
    [20, 3, 19, 2, 19, 2, 18, 1, 18, 1, 0, 0, 0, 0, 0, 0],
];

/// Every guess of the block of 4x4 at index `at`, whose last four levels above are `beyond`.
#[inline(always)]
pub(super) fn parts(plane: &Plane, at: usize, beyond: [u8; 4]) -> [Levels; PARTS] {
    let above = &plane.bytes[at - plane.stride - 1..][..5];
    let left: [u8; 4] = std::array::from_fn(|y| plane.bytes[at + y * plane.stride - 1]);
    let mut edge = [0u16; 16];
    for (to, from) in
        edge.iter_mut().zip([left[3], left[3], left[3], left[2], left[1], left[0]].iter().chain(above).chain(&beyond))
    {
        *to = u16::from(*from);
    }
    edge[15] = edge[14];
    let mut means = [0u8; 32];
    for i in 0..14 {
        means[i] = ((edge[i] + 2 * edge[i + 1] + edge[i + 2] + 2) >> 2) as u8;
    }
    for i in 0..15 {
        means[16 + i] = ((edge[i] + edge[i + 1] + 1) >> 1) as u8;
    }
    let sum: u16 = edge[2..6].iter().chain(&edge[7..11]).sum();
    let mut made = [[[((sum + 4) >> 3) as u8; 4]; 4]; PARTS];
    made[1] = std::array::from_fn(|y| std::array::from_fn(|x| both(above[1 + x], left[y], above[0])));
    for (made, pattern) in made[2..].iter_mut().zip(&PATTERNS) {
        for (level, place) in made.as_flattened_mut().iter_mut().zip(pattern) {
            *level = means[usize::from(*place)];
        }
    }
    made
}

#[cfg(test)]
mod tests {
    use super::super::planes::Planes;
    use super::*;

    fn ramp() -> Planes {
        let mut planes = Planes::default();
        planes.reshape(2, 2);
        for y in 0..32 {
            for x in 0..32 {
                let at = planes.luma.at(x, y);
                planes.luma.bytes[at] = (x + 4 * y) as u8;
            }
        }
        planes
    }

    #[test]
    fn a_slope_is_guessed_from_both_sides() {
        let luma = ramp().luma;
        let sides = Sides::<16>::of(&luma, 1, 1);
        assert_eq!(sides.guess(Whole::Both, 4, 8), luma.block(luma.at(20, 24)));
        assert_eq!(parts(&luma, luma.at(20, 24), [0; 4])[1], luma.block(luma.at(20, 24)));
    }

    #[test]
    fn nothing_around_is_gray() {
        let luma = ramp().luma;
        let sides = Sides::<16>::of(&luma, 0, 0);
        assert_eq!(WHOLE.map(|mode| sides.guess(mode, 0, 0)), [[[128; 4]; 4], [[129; 4]; 4], [[127; 4]; 4], [[129; 4]; 4]]);
    }

    #[test]
    fn slanted_guesses_follow_their_slant() {
        let mut luma = ramp().luma;
        // An edge of 40 50 60 70 (upwards), 80, 90 100 110 120 130 140 150 160.
        let at = luma.at(16, 16);
        for (y, level) in [70, 60, 50, 40].into_iter().enumerate() {
            let left = at + y * luma.stride - 1;
            luma.bytes[left] = level;
        }
        for x in 0..5 {
            let above = at - luma.stride - 1;
            luma.bytes[above + x] = 80 + 10 * x as u8;
        }
        let made = parts(&luma, at, [130, 140, 150, 160]);
        assert_eq!(made[0], [[80; 4]; 4]);
        assert_eq!(made[2], [[90, 100, 110, 120]; 4]);
        assert_eq!(made[3], [[70; 4], [60; 4], [50; 4], [43; 4]]);
        assert_eq!(made[4], [[80, 90, 100, 110], [70, 80, 90, 100], [60, 70, 80, 90], [50, 60, 70, 80]]);
        assert_eq!(made[5], [[85, 95, 105, 115], [80, 90, 100, 110], [70, 85, 95, 105], [60, 80, 90, 100]]);
        assert_eq!(made[6], [[100, 110, 120, 130], [110, 120, 130, 140], [120, 130, 140, 150], [130, 140, 150, 158]]);
        assert_eq!(made[7], [[95, 105, 115, 125], [100, 110, 120, 130], [105, 115, 125, 140], [110, 120, 130, 150]]);
        assert_eq!(made[8], [[75, 80, 90, 100], [65, 70, 75, 80], [55, 60, 65, 70], [45, 50, 55, 60]]);
        assert_eq!(made[9], [[65, 60, 55, 50], [55, 50, 45, 43], [45, 43, 40, 40], [40; 4]]);
    }
}

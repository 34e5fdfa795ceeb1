//! The squares of a turned grid painted over.

use super::{Paint, fill, level};
use crate::image::Size;
use crate::kernels::random::Noise;
use crate::kernels::{Work, widened};

/// A grid of squares.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Grid {
    /// From one square to the next, in pixels; not zero.
    pub cell: u32,
    /// Side of a square, in pixels: at least one, at most a cell.
    pub square: u32,
    /// Where a square begins from the left and from the top, in pixels, before the grid is turned.
    pub offset: [u32; 2],
    /// How far it is turned about the middle of the picture, counter-clockwise.
    pub degrees: f64,
}

/// Paints over the squares of `grid`, or with `around` over all that lies between them.
///
/// # Algorithm
/// ```text
/// u = (x - cx) cos a - (y - cy) sin a + cx - offset_x          (cx, cy) the middle of the picture
/// v = (x - cx) sin a + (y - cy) cos a + cy - offset_y
/// in a square:  u mod cell < square  and  v mod cell < square
/// ```
/// in cells with 32 bits behind the point. What a pixel adds is rounded up, so that at right angles, where pixels lie on
/// the edges of squares, sums are a little too large and never too small: so they belong to the right cell.
///
/// The colour of the square in column `i` and row `j` is that of hole `i + 2^32 j` in [`super::paint`], and what lies
/// between the squares has that of hole 0.
///
/// # Panics
/// If `target` has another length than the picture.
pub fn paint_grid(size: Size, grid: &Grid, around: bool, paint: Paint, target: &mut [u8]) {
    assert_eq!(target.len() as u64, size.bytes(), "invariant: pixel for pixel");
    let per = 4_294_967_296.0 / f64::from(grid.cell);
    let fixed = |pixels: f64| libm::ceil(pixels * per) as i64;
    let angle = grid.degrees * (std::f64::consts::PI / 180.0);
    let (sin, cos) = right_angles_exact(grid.degrees, libm::sin(angle), libm::cos(angle));
    let (cx, cy) = (f64::from(size.width - 1) / 2.0, f64::from(size.height - 1) / 2.0);
    let limit = ((u64::from(grid.square) << 32) / u64::from(grid.cell)) - 1;
    widened(Rows {
        width: size.width as usize,
        start: [
            fixed(cx - (cx * cos - cy * sin) - f64::from(grid.offset[0])),
            fixed(cy - (cx * sin + cy * cos) - f64::from(grid.offset[1])),
        ],
        right: [fixed(cos), fixed(sin)],
        down: [fixed(-sin), fixed(cos)],
        limit: limit as u32,
        around,
        paint,
        target,
    });
}

/// The sine and the cosine, without the error of pi where they are whole.
fn right_angles_exact(degrees: f64, sin: f64, cos: f64) -> (f64, f64) {
    if degrees % 90.0 == 0.0 { (libm::rint(sin), libm::rint(cos)) } else { (sin, cos) }
}

/// Pixels that are decided at once: as many as a word has bits.
const BLOCK: usize = 64;

struct Rows<'a> {
    width: usize,
    /// Of the first pixel, and what one to the right and one below add: cells with 32 bits behind the point, along both
    /// axes of the grid.
    start: [i64; 2],
    right: [i64; 2],
    down: [i64; 2],
    /// The last part of a cell that is a square.
    limit: u32,
    around: bool,
    paint: Paint,
    target: &'a mut [u8],
}

impl Work for Rows<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Self { width, start, right, down, limit, around, paint, target } = self;
        let mut colours = Colours { cell: None, colour: [0; 3] };
        let at = |from: [i64; 2], step: [i64; 2], n: usize| [0, 1].map(|k| from[k].wrapping_add(step[k].wrapping_mul(n as i64)));
        for (y, row) in target.chunks_exact_mut(3 * width).enumerate() {
            let begin = at(start, down, y);
            for (block, pixels) in row.chunks_mut(3 * BLOCK).enumerate() {
                let from = at(begin, right, block * BLOCK);
                let mut covered = [0u8; BLOCK];
                for (k, covered) in covered.iter_mut().enumerate() {
                    let part = |axis: usize| (from[axis] as u32).wrapping_add((right[axis] as u32).wrapping_mul(k as u32));
                    *covered = u8::from(((part(0) <= limit) & (part(1) <= limit)) != around);
                }
                let mut left = bits(&covered) & u64::MAX >> (BLOCK - pixels.len() / 3);
                while left != 0 {
                    let first = left.trailing_zeros() as usize;
                    let count = (left >> first).trailing_ones() as usize;
                    left &= u64::MAX.checked_shl((first + count) as u32).unwrap_or(0);
                    let run = &mut pixels[3 * first..3 * (first + count)];
                    match paint {
                        Paint::Flat(colour) => fill(run, colour),
                        Paint::Levels(noise) => {
                            let place = 3 * (y * width + block * BLOCK + first);
                            run.iter_mut().zip(place as u64..).for_each(|(to, place)| *to = level(noise, place));
                        }
                        Paint::Colours(noise) if around => fill(run, colours.of(noise, [0; 2])),
                        Paint::Colours(noise) => {
                            for (k, pixel) in run.chunks_exact_mut(3).enumerate() {
                                let cell = at(from, right, first + k).map(|place| (place >> 32) as u32);
                                pixel.copy_from_slice(&colours.of(noise, cell));
                            }
                        }
                    }
                }
            }
        }
    }
}

/// The last bits of 64 bytes that are 0 or 1.
#[inline(always)]
fn bits(bytes: &[u8; BLOCK]) -> u64 {
    /// Times this, the last bit of byte `i` of a word comes to bit `56 + i`, and no others come there.
    const GATHER: u64 = 0x0102_0408_1020_4080;
    let (words, _) = bytes.as_chunks::<8>();
    words.iter().rev().fold(0, |all, word| all << 8 | u64::from_le_bytes(*word).wrapping_mul(GATHER) >> 56)
}

/// The colour of the cell that was asked for last.
struct Colours {
    cell: Option<[u32; 2]>,
    colour: [u8; 3],
}

impl Colours {
    fn of(&mut self, noise: Noise, cell: [u32; 2]) -> [u8; 3] {
        if self.cell != Some(cell) {
            self.cell = Some(cell);
            let hole = u64::from(cell[0]) | u64::from(cell[1]) << 32;
            self.colour = [0, 1, 2].map(|c| level(noise, hole.wrapping_mul(3).wrapping_add(c)));
        }
        self.colour
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows of `#` and `.`.
    fn drawn(size: Size, grid: &Grid, around: bool) -> Vec<String> {
        let mut target = vec![0; size.bytes() as usize];
        paint_grid(size, grid, around, Paint::Flat([9; 3]), &mut target);
        let rows = target.chunks_exact(size.width as usize * 3);
        rows.map(|row| row.chunks_exact(3).map(|p| if p == [9; 3] { '#' } else { '.' }).collect()).collect()
    }

    #[test]
    fn bits_keep_their_places() {
        let mut rng = crate::rng::Key::new(2).rng();
        for word in [0, 1, u64::MAX, rng.bits(), rng.bits()] {
            assert_eq!(bits(&std::array::from_fn(|i| (word >> i & 1) as u8)), word);
        }
    }

    #[test]
    fn squares_lie_on_the_grid() {
        let grid = Grid { cell: 3, square: 2, offset: [1, 0], degrees: 0.0 };
        assert_eq!(drawn(Size::new(7, 4), &grid, false), [".##.##.", ".##.##.", ".......", ".##.##."]);
        assert_eq!(drawn(Size::new(7, 4), &grid, true), ["#..#..#", "#..#..#", "#######", "#..#..#"]);
        assert_eq!(drawn(Size::new(2, 1), &Grid { square: 3, ..grid }, false), ["##"]);
    }

    /// A quarter turn counter-clockwise brings the right side to the top.
    #[test]
    fn a_quarter_turn_turns_the_pixels() {
        for cell in [3, 5, 7, 24] {
            let grid = Grid { cell, square: cell / 2, offset: [1, 2], degrees: 0.0 };
            let (upright, side) = (drawn(Size::new(50, 50), &grid, false), 50);
            let turned = drawn(Size::new(50, 50), &Grid { degrees: 90.0, ..grid }, false);
            for (y, row) in turned.iter().enumerate() {
                let from: String = (0..side).map(|x| upright[x].as_bytes()[side - 1 - y] as char).collect();
                assert_eq!(*row, from, "{cell}");
            }
        }
    }

    /// Squares keep their share of a wide picture, whatever the angle.
    #[test]
    fn a_turned_grid_covers_as_much() {
        let grid = Grid { cell: 16, square: 8, offset: [3, 5], degrees: 31.0 };
        let covered: usize = drawn(Size::new(320, 320), &grid, false).iter().map(|row| row.matches('#').count()).sum();
        assert!((covered as f64 / (320.0 * 320.0) - 0.25).abs() < 0.005, "{covered}");
    }

    #[test]
    fn squares_have_colours_of_their_own_and_what_is_between_has_one() {
        let grid = Grid { cell: 2, square: 1, offset: [0, 0], degrees: 0.0 };
        let made = |around| {
            let mut target = vec![0; 12];
            paint_grid(Size::new(4, 1), &grid, around, Paint::Colours(Noise::new(3)), &mut target);
            target
        };
        let (squares, between) = (made(false), made(true));
        assert!(squares[..3] != squares[6..9] && squares[3..6] == [0; 3]);
        assert!(between[3..6] == between[9..12] && between[..3] == [0; 3]);
    }
}

//! Plasma: a random field that is made from coarse to fine.

use super::super::super::random::Noise;
use super::super::super::{Work, widened};
use std::mem::swap;

/// Memory for the grids.
#[derive(Clone, Debug, Default)]
pub struct Scratch {
    grid: Vec<f32>,
    finer: Vec<f32>,
    lines: Lines,
}

/// A field as it was made, a number for each pixel, and the range of its numbers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Field<'a> {
    pub(super) numbers: &'a [f32],
    pub(super) range: Range,
}

/// What brings a grid's numbers to 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Range {
    scale: f32,
    shift: f32,
}

impl Range {
    const NONE: Self = Self { scale: 1.0, shift: 0.0 };

    /// From the least of the numbers and the greatest; if they are one, all become 0.
    fn of(least: f32, greatest: f32) -> Self {
        let (least, span) = (f64::from(least), f64::from(greatest) - f64::from(least));
        let scale = if span > f64::EPSILON { (1.0 / span) as f32 } else { 0.0 };
        Self { scale, shift: -(least * f64::from(scale)) as f32 }
    }

    #[inline(always)]
    fn bring(self, number: f32) -> f32 {
        number * self.scale + self.shift
    }

    /// The number as a part of the range, 0 to 1 whatever was rounded.
    #[inline(always)]
    pub(super) fn unit(self, number: f32) -> f32 {
        self.bring(number).clamp(0.0, 1.0)
    }
}

/// Streams of the noise for each step: one for each kind of cell of a finer grid.
const KINDS: u32 = 4;
/// In even rows and columns.
const OLD: u32 = 0;
/// In odd rows and columns.
const MIDDLE: u32 = 1;
/// In even rows and odd columns.
const BESIDE: u32 = 2;
/// In odd rows and even columns.
const BELOW: u32 = 3;

impl Scratch {
    /// Makes a field of `width` x `height` numbers.
    ///
    /// # Algorithm
    /// The diamond-square algorithm of Fournier, Fussell and Carpenter ("Computer rendering of stochastic models",
    /// 1982), as Albumentations 2.0.8's `generate_plasma_pattern` has it:
    /// ```text
    /// 3 x 3 numbers from -1 to 1, then for i = 0, 1, ... until the grid is as wide as the longer side:
    ///     the cells of twice the grid, less one; n uniform from -roughness^i to roughness^i for each
    ///     even, even:  the old one + n
    ///     odd, odd:    m + n with the mean m of the four at the corners, if m is above 0; else 0
    ///     others:      m + n with the mean m of the four at the sides, likewise; what is outside counts as 0
    ///     brought to 0 to 1
    /// ```
    /// Grids are square. Of each only as much is made as the picture needs of it, in its upper left corner, and the
    /// numbers are brought to 0 to 1 by the least and the greatest of that part, where the reference takes those of
    /// the whole; for a square picture of 2^k + 1 pixels a side they are the same.
    pub(super) fn make(&mut self, (width, height): (usize, usize), roughness: f64, noise: Noise) -> Field<'_> {
        let steps = steps(width.max(height));
        let part = |step: u32| (needed(width, step, steps), needed(height, step, steps));
        let (columns, rows) = part(0);
        self.grid.resize(columns * rows, 0.0);
        for (row, numbers) in self.grid.chunks_exact_mut(columns).enumerate() {
            draw(noise, row, 1.0, numbers);
        }
        let mut range = Range::NONE;
        for step in 0..steps {
            let (old, new) = (part(step), part(step + 1));
            self.lines.make_room(old.0);
            self.finer.resize(new.0 * new.1, 0.0);
            let spread = libm::pow(roughness, f64::from(step)) as f32;
            let Self { grid, finer, lines } = self;
            let noises = [OLD, MIDDLE, BESIDE, BELOW].map(|kind| noise.stream(KINDS * (step + 1) + kind));
            range = widened(Refine { grid, old, range, noises, spread, lines, finer, new });
            swap(grid, finer);
        }
        if steps == 0 {
            let mut extremes = Extremes::default();
            extremes.take(&self.grid);
            range = extremes.range();
        }
        Field { numbers: &self.grid, range }
    }
}

/// How many times a grid of 3 x 3 is made finer until it covers a side.
fn steps(side: usize) -> u32 {
    let cells = side.max(3) - 1;
    cells.next_power_of_two().trailing_zeros() - 1
}

/// How many cells of a grid's side are needed at `step`, if the last of `steps` needs `side`: the cells between which
/// those of the next grid lie, and one more for the middles beside them.
fn needed(side: usize, step: u32, steps: u32) -> usize {
    (step..steps).rev().fold(side, |finer, step| (finer.div_ceil(2) + 1).min((2 << step) + 1))
}

/// Fills `numbers` with the noise of a row: uniform from `-spread` to `spread`.
#[inline(always)]
fn draw(noise: Noise, row: usize, spread: f32, numbers: &mut [f32]) {
    // Rows have places of their own, however wide they are.
    noise.units((row as u64) << 32, numbers);
    for number in numbers {
        *number = (2.0 * *number - 1.0) * spread;
    }
}

/// The least and the greatest of many numbers, in lanes.
struct Extremes {
    least: [f32; LANES],
    greatest: [f32; LANES],
}

/// Numbers that are compared at once.
const LANES: usize = 16;

impl Default for Extremes {
    fn default() -> Self {
        Self { least: [f32::INFINITY; LANES], greatest: [f32::NEG_INFINITY; LANES] }
    }
}

impl Extremes {
    #[inline(always)]
    fn take(&mut self, numbers: &[f32]) {
        let (blocks, last) = numbers.as_chunks::<LANES>();
        for block in blocks {
            for (lane, number) in block.iter().enumerate() {
                self.take_one(lane, *number);
            }
        }
        for number in last {
            self.take_one(0, *number);
        }
    }

    #[inline(always)]
    fn take_one(&mut self, lane: usize, number: f32) {
        let (least, greatest) = (&mut self.least[lane], &mut self.greatest[lane]);
        *least = if number < *least { number } else { *least };
        *greatest = if number > *greatest { number } else { *greatest };
    }

    fn range(&self) -> Range {
        let least = self.least.iter().copied().fold(f32::INFINITY, f32::min);
        Range::of(least, self.greatest.iter().copied().fold(f32::NEG_INFINITY, f32::max))
    }
}

/// Rows of one kind of cells each, as long as a row of the old grid.
#[derive(Clone, Debug, Default)]
struct Lines {
    /// Old cells with their noise: the row at hand, and the next one.
    upper: Vec<f32>,
    lower: Vec<f32>,
    /// Middles between the row before and the one at hand, and between that and the next; with a 0 at either end.
    above: Vec<f32>,
    below: Vec<f32>,
    /// Cells between those of a row, or of a column.
    beside: Vec<f32>,
    noise: Vec<f32>,
}

impl Lines {
    fn make_room(&mut self, columns: usize) {
        let Self { upper, lower, above, below, beside, noise } = self;
        for line in [upper, lower, beside, noise] {
            line.resize(columns, 0.0);
        }
        for line in [above, below] {
            line.clear();
            line.resize(columns + 1, 0.0);
        }
    }
}

/// One step: fills the part `new` (columns, rows) of the finer grid, and gives its range.
struct Refine<'a> {
    grid: &'a [f32],
    old: (usize, usize),
    range: Range,
    noises: [Noise; KINDS as usize],
    spread: f32,
    lines: &'a mut Lines,
    finer: &'a mut [f32],
    new: (usize, usize),
}

impl Work for Refine<'_> {
    type Output = Range;

    #[inline(always)]
    fn run(self) -> Range {
        let Self { grid, old: (columns, rows), range, noises, spread, lines, finer, new: (width, _) } = self;
        let Lines { upper, lower, above, below, beside, noise } = lines;
        let mut extremes = Extremes::default();
        draw(noises[OLD as usize], 0, spread, upper);
        add(&grid[..columns], range, upper);
        for (row, pair) in finer.chunks_mut(2 * width).enumerate() {
            let (even, odd) = pair.split_at_mut(width);
            let inner = 1..columns;
            below.fill(0.0);
            if row + 1 < rows {
                draw(noises[OLD as usize], row + 1, spread, lower);
                add(&grid[(row + 1) * columns..][..columns], range, lower);
                draw(noises[MIDDLE as usize], row, spread, &mut noise[..columns - 1]);
                around([&upper[..], &upper[1..], &lower[..], &lower[1..]], noise, &mut below[inner.clone()]);
            }
            let between = width / 2;
            draw(noises[BESIDE as usize], row, spread, &mut noise[..between]);
            around([&above[1..], &upper[..], &upper[1..], &below[1..]], noise, &mut beside[..between]);
            interleave(upper, beside, even);
            extremes.take(even);
            if !odd.is_empty() {
                let between = width.div_ceil(2);
                draw(noises[BELOW as usize], row, spread, &mut noise[..between]);
                around([&upper[..], &below[..], &below[1..], &lower[..]], noise, &mut beside[..between]);
                interleave(beside, &below[inner], odd);
                extremes.take(odd);
            }
            swap(upper, lower);
            swap(above, below);
        }
        extremes.range()
    }
}

/// Adds the cells of an old row to their noise.
#[inline(always)]
fn add(old: &[f32], range: Range, noise: &mut [f32]) {
    for (cell, old) in noise.iter_mut().zip(old) {
        *cell += range.bring(*old);
    }
}

/// Fills `cells` with the means of four neighbours and noise, or with 0 where the mean is not above it.
#[inline(always)]
fn around(neighbours: [&[f32]; 4], noise: &[f32], cells: &mut [f32]) {
    let count = cells.len();
    let [a, b, c, d] = neighbours.map(|line| &line[..count]);
    let noise = &noise[..count];
    for i in 0..count {
        let mean = 0.25 * (a[i] + b[i] + c[i] + d[i]);
        cells[i] = if mean > 0.0 { mean + noise[i] } else { 0.0 };
    }
}

/// Fills a row with even cells and odd ones in turn.
#[inline(always)]
fn interleave(even: &[f32], odd: &[f32], row: &mut [f32]) {
    let (pairs, last) = row.as_chunks_mut::<2>();
    for ((pair, even), odd) in pairs.iter_mut().zip(even).zip(odd) {
        *pair = [*even, *odd];
    }
    if let [cell] = last {
        *cell = even[pairs.len()];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(width: usize, height: usize, roughness: f64) -> Vec<f32> {
        let mut scratch = Scratch::default();
        let field = scratch.make((width, height), roughness, Noise::new(11));
        field.numbers.iter().map(|number| field.range.unit(*number)).collect()
    }

    #[test]
    fn grids_cover_the_longer_side_and_no_more() {
        let of = [(1, 0), (3, 0), (4, 1), (5, 1), (6, 2), (9, 2), (256, 7), (257, 7), (258, 8), (65_535, 15)];
        for (side, number) in of {
            assert_eq!(steps(side), number, "{side}");
        }
        assert_eq!([0, 1, 2, 3].map(|step| needed(17, step, 3)), [3, 5, 9, 17]);
        assert_eq!([0, 1, 2, 3].map(|step| needed(12, step, 3)), [3, 5, 7, 12]);
        assert_eq!([0, 1, 2, 3].map(|step| needed(1, step, 3)), [2, 2, 2, 1]);
    }

    /// A part that is made of parts holds what the part of the whole holds, but for the range.
    #[test]
    fn a_part_is_made_as_it_is_in_the_whole() {
        // One step from 3 x 3 cells, each of which is needed for 4 x 4.
        let (whole, part) = (made(5, 5, 0.5), made(4, 4, 0.5));
        let of_whole: Vec<f32> = (0..16).map(|i| whole[i / 4 * 5 + i % 4]).collect();
        let mut extremes = Extremes::default();
        extremes.take(&of_whole);
        let range = extremes.range();
        for (part, whole) in part.iter().zip(of_whole) {
            assert!((part - range.unit(whole)).abs() < 1e-6, "{part} {}", range.unit(whole));
        }
    }

    #[test]
    fn fields_reach_from_0_to_1_on_any_size() {
        for (width, height) in [(2, 1), (1, 9), (3, 3), (4, 200), (33, 31), (65, 65), (1000, 2)] {
            for roughness in [0.01, 0.5, 3.0, 10.0] {
                let numbers = made(width, height, roughness);
                assert_eq!(numbers.len(), width * height);
                let ends = numbers.iter().fold((1.0f32, 0.0f32), |(a, b), x| (a.min(*x), b.max(*x)));
                assert!(ends.0 < 1e-6 && ends.1 > 1.0 - 1e-6, "{width}x{height} {roughness}: {ends:?}");
            }
        }
        assert_eq!(made(1, 1, 0.5), [0.0]);
    }

    #[test]
    fn every_vector_gives_the_same() {
        let noise = Noise::new(4);
        let make = |plain: bool| {
            let (mut lines, mut finer) = (Lines::default(), vec![0.0; 33 * 31]);
            lines.make_room(17);
            let grid: Vec<f32> = (0..17 * 17).map(|i| noise.unit(i) as f32).collect();
            let (old, new, noises) = ((17, 17), (33, 31), [1, 2, 3, 4].map(|kind| noise.stream(kind)));
            let (lines, cells) = (&mut lines, &mut finer[..]);
            let work = Refine { grid: &grid, old, range: Range::NONE, noises, spread: 0.3, lines, finer: cells, new };
            let range = if plain { work.run() } else { widened(work) };
            (finer, range)
        };
        assert_eq!(make(true), make(false));
    }

    #[test]
    fn old_memory_does_not_show() {
        let mut scratch = Scratch::default();
        let mut numbers = |size| scratch.make(size, 0.5, Noise::new(1)).numbers.to_vec();
        let first = numbers((40, 30));
        numbers((70, 90));
        assert_eq!(numbers((40, 30)), first);
    }
}

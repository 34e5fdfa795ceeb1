//! Products of matrices in tiles.

use super::super::{Work, widened};

/// Columns of a panel.
pub const LANES: usize = 16;
/// Rows of a tile, whose sums fit the registers.
const ROWS: usize = 4;
/// Numbers that are added up in 32 bits before their sum is added to the others.
const RUN: usize = 256;

/// A matrix cut into panels of [`LANES`] columns, each of which lies row after row; columns that are none hold zeros.
#[derive(Clone, Debug, Default)]
pub struct Panels {
    rows: usize,
    numbers: Vec<[f32; LANES]>,
}

impl Panels {
    /// Zeros.
    pub fn new(rows: usize, columns: usize) -> Self {
        Self { rows, numbers: vec![[0.0; LANES]; rows * columns.div_ceil(LANES)] }
    }

    /// Sets a row.
    pub fn set(&mut self, row: usize, numbers: impl Iterator<Item = f32>) {
        for (column, number) in numbers.enumerate() {
            self.numbers[column / LANES * self.rows + row][column % LANES] = number;
        }
    }

    /// How many panels there are.
    pub fn count(&self) -> usize {
        self.numbers.len().checked_div(self.rows).unwrap_or(0)
    }

    fn panel(&self, at: usize) -> &[[f32; LANES]] {
        &self.numbers[at * self.rows..][..self.rows]
    }
}

/// A tile of `left^T right`: `left` gives its columns from `first` on, [`ROWS`] of them.
struct Tile<'a, const LEFT: usize> {
    left: &'a [[f32; LEFT]],
    first: usize,
    right: &'a [[f32; LANES]],
}

impl<const LEFT: usize> Work for Tile<'_, LEFT> {
    type Output = [[f32; LANES]; ROWS];

    #[inline(always)]
    fn run(self) -> Self::Output {
        let mut total = [[0.0; LANES]; ROWS];
        for (left, right) in self.left.chunks(RUN).zip(self.right.chunks(RUN)) {
            let mut sums = [[0.0; LANES]; ROWS];
            for (left, right) in left.iter().zip(right) {
                let left: [f32; ROWS] = std::array::from_fn(|r| left[self.first + r]);
                for (sums, x) in sums.iter_mut().zip(left) {
                    for k in 0..LANES {
                        sums[k] += x * right[k];
                    }
                }
            }
            for (total, sums) in total.as_flattened_mut().iter_mut().zip(sums.as_flattened()) {
                *total += sums;
            }
        }
        total
    }
}

/// Some rows of a matrix of exact sums of products, left of and on its diagonal.
#[derive(Clone, Debug)]
pub struct Band {
    at: usize,
    sums: Vec<[[i64; LANES]; LANES]>,
}

impl Band {
    /// Rows `at` times [`LANES`] and following, all zeros.
    pub fn new(at: usize) -> Self {
        Self { at, sums: vec![[[0; LANES]; LANES]; at + 1] }
    }

    /// Adds its rows of `x^T x`. Exact if x holds at most 1024 rows of whole numbers from -128 to 127, whose sums of
    /// products fit the 24 bits of a float.
    pub fn add(&mut self, x: &Panels) {
        let left = x.panel(self.at);
        for (panel, sums) in self.sums.iter_mut().enumerate() {
            for (part, rows) in sums.chunks_exact_mut(ROWS).enumerate() {
                let tile = widened(Tile { left, first: part * ROWS, right: x.panel(panel) });
                for (sum, more) in rows.as_flattened_mut().iter_mut().zip(tile.as_flattened()) {
                    *sum += *more as i64;
                }
            }
        }
    }

    /// The number at `row` and `column` of the matrix.
    ///
    /// # Panics
    /// If it is not one of the band's.
    pub fn get(&self, row: usize, column: usize) -> i64 {
        self.sums[column / LANES][row - self.at * LANES][column % LANES]
    }
}

/// A square matrix, ready to be multiplied with from the left.
#[derive(Clone, Debug)]
pub struct Square {
    side: usize,
    panels: Panels,
}

impl Square {
    /// The matrix of these rows, one after the other.
    pub fn new(side: usize, numbers: &[f32]) -> Self {
        let mut panels = Panels::new(side, side);
        for (at, row) in numbers.chunks_exact(side.max(1)).enumerate() {
            panels.set(at, row.iter().copied());
        }
        Self { side, panels }
    }

    /// How many rows and columns it has.
    pub fn side(&self) -> usize {
        self.side
    }
}

/// What [`whiten`] keeps from one call to the next.
#[derive(Debug, Default)]
pub struct Scratch {
    /// Rows in groups, number after number.
    grouped: Vec<[f32; ROWS]>,
}

/// Replaces `rows`, a multiple of `matrix`'s side, each by its product with `matrix`.
///
/// A sum is made in runs of 256 numbers, each added to what the ones before it gave; how many rows there are plays no part.
/// The matrix is read once for all rows.
pub fn whiten(matrix: &Square, rows: &mut [f32], scratch: &mut Scratch) {
    let side = matrix.side;
    let groups = (rows.len() / side).div_ceil(ROWS);
    scratch.grouped.clear();
    scratch.grouped.resize(groups * side, [0.0; ROWS]);
    for (at, row) in rows.chunks_exact(side).enumerate() {
        let group = &mut scratch.grouped[at / ROWS * side..][..side];
        group.iter_mut().zip(row).for_each(|(numbers, x)| numbers[at % ROWS] = *x);
    }
    for panel in 0..matrix.panels.count() {
        let right = matrix.panels.panel(panel);
        let width = LANES.min(side - panel * LANES);
        for (left, rows) in scratch.grouped.chunks_exact(side).zip(rows.chunks_mut(side * ROWS)) {
            let tile = widened(Tile { left, first: 0, right });
            for (numbers, row) in tile.iter().zip(rows.chunks_exact_mut(side)) {
                row[panel * LANES..][..width].copy_from_slice(&numbers[..width]);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bands_hold_exact_sums_of_products() {
        let (rows, columns) = (1024, 37);
        let level = |row: usize, column: usize| ((row * 31 + column * 57) % 256) as i64 - 128;
        let mut panels = Panels::new(rows, columns);
        for row in 0..rows {
            panels.set(row, (0..columns).map(|column| level(row, column) as f32));
        }
        assert_eq!(panels.count(), 3);
        for at in 0..3 {
            let mut band = Band::new(at);
            band.add(&panels);
            band.add(&panels);
            for row in at * LANES..columns.min((at + 1) * LANES) {
                for column in 0..=row {
                    let sum: i64 = (0..rows).map(|k| level(k, row) * level(k, column)).sum();
                    assert_eq!(band.get(row, column), 2 * sum);
                }
            }
        }
    }

    #[test]
    fn the_greatest_sums_are_exact() {
        let mut panels = Panels::new(1024, 1);
        (0..1024).for_each(|row| panels.set(row, std::iter::once(-128.0)));
        let mut band = Band::new(0);
        band.add(&panels);
        assert_eq!(band.get(0, 0), 1024 * 16_384);
    }

    #[test]
    fn rows_are_multiplied_alike_however_many_there_are() {
        let side = 37;
        let numbers: Vec<f32> = (0..side * side).map(|i| ((i * 7919) % 1000) as f32 / 500.0 - 1.0).collect();
        let matrix = Square::new(side, &numbers);
        let rows: Vec<f32> = (0..side * 7).map(|i| ((i * 104_729) % 1000) as f32 / 500.0 - 1.0).collect();
        let mut scratch = Scratch::default();
        let mut together = rows.clone();
        whiten(&matrix, &mut together, &mut scratch);
        let mut alone = rows.clone();
        alone.chunks_exact_mut(side).for_each(|row| whiten(&matrix, row, &mut scratch));
        assert_eq!(together, alone);
        for (row, made) in rows.chunks_exact(side).zip(together.chunks_exact(side)) {
            for (column, made) in made.iter().enumerate() {
                let sum: f64 = (0..side).map(|k| f64::from(row[k]) * f64::from(numbers[k * side + column])).sum();
                assert!((f64::from(*made) - sum).abs() < 1e-5);
            }
        }
    }
}

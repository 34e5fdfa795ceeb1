//! Sums of waves: a matrix product in a fixed order, whatever the vectors.

use crate::kernels::Work;

/// Columns that are summed side by side. Matrices have a whole number of such blocks.
pub(super) const BLOCK: usize = 32;

/// Rows that are summed side by side.
const ROWS: usize = 4;

/// `columns` rounded up to whole blocks.
pub(super) fn padded(columns: usize) -> usize {
    columns.next_multiple_of(BLOCK)
}

/// `target[m] = sum over k of weights[m steps.0 + k steps.1] source[k]`, row by row.
#[derive(Debug)]
pub(super) struct Product<'a> {
    pub(super) weights: &'a [f32],
    pub(super) steps: (usize, usize),
    /// Rows to be summed, `from_stride` apart.
    pub(super) source: &'a [f32],
    pub(super) from_stride: usize,
    /// How many rows are summed.
    pub(super) inner: usize,
    /// Rows of sums, `to_stride` apart.
    pub(super) target: &'a mut [f32],
    pub(super) to_stride: usize,
    /// How many sums.
    pub(super) rows: usize,
    /// Columns, a whole number of blocks.
    pub(super) columns: usize,
}

impl Work for Product<'_> {
    type Output = ();

    #[inline(always)]
    fn run(mut self) {
        for column in (0..self.columns).step_by(BLOCK) {
            let mut row = 0;
            while row + ROWS <= self.rows {
                self.sum::<ROWS>(row, column);
                row += ROWS;
            }
            while row < self.rows {
                self.sum::<1>(row, column);
                row += 1;
            }
        }
    }
}

impl Product<'_> {
    /// The sums of `N` rows in a block of columns.
    #[inline(always)]
    fn sum<const N: usize>(&mut self, row: usize, column: usize) {
        let mut sums = [[0.0f32; BLOCK]; N];
        for k in 0..self.inner {
            let from: &[f32; BLOCK] =
                self.source[k * self.from_stride + column..].first_chunk().expect("invariant: whole blocks");
            for (i, sums) in sums.iter_mut().enumerate() {
                let weight = self.weights[(row + i) * self.steps.0 + k * self.steps.1];
                for (sum, level) in sums.iter_mut().zip(from) {
                    *sum += weight * level;
                }
            }
        }
        for (i, sums) in sums.iter().enumerate() {
            self.target[(row + i) * self.to_stride + column..][..BLOCK].copy_from_slice(sums);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::widened;

    #[test]
    fn every_vector_sums_alike() {
        let number = |i: usize| ((i * i * 31 + i * 7) % 1013) as f32 / 64.0 - 7.0;
        let (inner, rows, columns) = (9, 7, 64);
        let weights: Vec<f32> = (0..inner * rows).map(number).collect();
        let source: Vec<f32> = (0..inner * columns).map(number).collect();
        let made = |run: fn(Product<'_>)| {
            let mut target = vec![0.0; rows * columns];
            run(Product {
                weights: &weights,
                steps: (1, rows),
                source: &source,
                from_stride: columns,
                inner,
                target: &mut target,
                to_stride: columns,
                rows,
                columns,
            });
            target
        };
        let plain = made(|product| product.run());
        assert_eq!(made(|product| widened(product)), plain);
        for row in 0..rows {
            for column in 0..columns {
                let sum = (0..inner).fold(0.0, |sum, k| sum + weights[row + k * rows] * source[k * columns + column]);
                assert_eq!(plain[row * columns + column], sum);
            }
        }
    }
}

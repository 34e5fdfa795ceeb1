//! Functions of symmetric matrices, by their eigenvalues.

use super::super::{Work, widened};
use super::tridiagonal::{Tridiagonal, tridiagonal};

/// Rows of the eigenvectors' matrix that are turned together: they stay in a core's cache, column after column.
const ROWS: usize = 16;
/// Turns that are kept until they are applied to all rows.
const TURNS: usize = 1 << 16;
/// Steps for one eigenvalue at most; two are usual.
const STEPS: usize = 100;

/// Some rows of a matrix, column after column.
type Strip = Vec<[f64; ROWS]>;

/// A turn of columns `at` and `at + 1` by an angle of this cosine and sine.
#[derive(Clone, Copy)]
struct Turn {
    at: usize,
    cos: f64,
    sin: f64,
}

/// For the symmetric `matrix = E diag(l) E^T` of `side` rows, `E diag(change(l)) E^T`; only what is left of and on
/// its diagonal is read. The eigenvalues come in no order.
///
/// # Algorithm
/// Householder's tridiagonal form, then the QL algorithm with implicit shifts (Dubrulle, Martin and Wilkinson
/// 1968). Eigenvalues are right to some 1e-15 of the greatest, whatever their own size.
pub fn with_eigenvalues(matrix: Vec<f64>, side: usize, change: impl FnOnce(&[f64]) -> Vec<f64>) -> Vec<f64> {
    let form = tridiagonal(matrix, side);
    let mut strips: Vec<Strip> = (0..side.div_ceil(ROWS)).map(|strip| rows_of(&form, strip * ROWS)).collect();
    let values = turned(form, &mut strips);
    let changed = change(&values);
    let mut made = vec![0.0; side * side];
    for (i, left) in strips.iter().enumerate() {
        for (j, right) in strips[..=i].iter().enumerate() {
            let tile = widened(Product { left, right, weights: &changed });
            for (row, numbers) in tile.iter().enumerate().take(side - (i * ROWS).min(side)) {
                for (column, x) in numbers.iter().enumerate().take(side - j * ROWS) {
                    let (row, column) = (i * ROWS + row, j * ROWS + column);
                    made[row * side + column] = *x;
                    made[column * side + row] = *x;
                }
            }
        }
    }
    made
}

/// Rows `first` and following of Q: a unit's row times the last reflection, times the one before, and so on.
fn rows_of(form: &Tridiagonal, first: usize) -> Strip {
    let side = form.diagonal.len();
    let mut strip = vec![[0.0; ROWS]; side];
    for (k, column) in strip[first..].iter_mut().enumerate().take(ROWS) {
        column[k] = 1.0;
    }
    for i in (1..side).rev() {
        if form.halves[i] != 0.0 {
            let v = &form.reflections[i * side..i * side + i];
            widened(Reflect { strip: &mut strip[..i], v, h: form.halves[i] });
        }
    }
    strip
}

struct Reflect<'a> {
    strip: &'a mut [[f64; ROWS]],
    v: &'a [f64],
    h: f64,
}

impl Work for Reflect<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let mut sums = [0.0; ROWS];
        for (column, v) in self.strip.iter().zip(self.v) {
            for k in 0..ROWS {
                sums[k] += column[k] * v;
            }
        }
        sums.iter_mut().for_each(|sum| *sum /= self.h);
        for (column, v) in self.strip.iter_mut().zip(self.v) {
            for k in 0..ROWS {
                column[k] -= sums[k] * v;
            }
        }
    }
}

/// The eigenvalues of T; `strips`, which held Q, then hold the eigenvectors as columns.
fn turned(form: Tridiagonal, strips: &mut [Strip]) -> Vec<f64> {
    let (mut d, mut e) = (form.diagonal, form.beside);
    drop(form.reflections);
    let largest = d.iter().zip(&e).fold(0.0f64, |most, (d, e)| most.max(d.abs() + e.abs()));
    let nothing = f64::EPSILON * largest;
    let mut turns = Vec::with_capacity(TURNS);
    for first in 0..d.len() {
        for _ in 0..STEPS {
            let last = (first..d.len() - 1).find(|&m| e[m].abs() <= nothing).unwrap_or(d.len() - 1);
            if last == first {
                break;
            }
            step(&mut d, &mut e, first, last, &mut turns);
            if turns.len() >= TURNS {
                apply(&mut turns, strips);
            }
        }
    }
    apply(&mut turns, strips);
    d
}

/// One step of QL on the rows `first..=last` of T, whose turns are added to `turns`.
fn step(d: &mut [f64], e: &mut [f64], first: usize, last: usize, turns: &mut Vec<Turn>) {
    let half = (d[first + 1] - d[first]) / (2.0 * e[first]);
    let root = (half * half + 1.0).sqrt();
    let mut g = d[last] - d[first] + e[first] / (half + root.copysign(half));
    let (mut sin, mut cos, mut p) = (1.0, 1.0, 0.0);
    for i in (first..last).rev() {
        let (f, b) = (sin * e[i], cos * e[i]);
        let r = (f * f + g * g).sqrt();
        e[i + 1] = r;
        if r == 0.0 {
            d[i + 1] -= p;
            e[last] = 0.0;
            return;
        }
        (sin, cos) = (f / r, g / r);
        g = d[i + 1] - p;
        let r = (d[i] - g) * sin + 2.0 * cos * b;
        p = sin * r;
        d[i + 1] = g + p;
        g = cos * r - b;
        turns.push(Turn { at: i, cos, sin });
    }
    d[first] -= p;
    e[first] = g;
    e[last] = 0.0;
}

fn apply(turns: &mut Vec<Turn>, strips: &mut [Strip]) {
    for strip in strips {
        widened(Apply { turns, strip });
    }
    turns.clear();
}

struct Apply<'a> {
    turns: &'a [Turn],
    strip: &'a mut [[f64; ROWS]],
}

impl Work for Apply<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        for turn in self.turns {
            let (low, high) = (self.strip[turn.at], self.strip[turn.at + 1]);
            let (mut turned_low, mut turned_high) = ([0.0; ROWS], [0.0; ROWS]);
            for k in 0..ROWS {
                turned_high[k] = turn.sin * low[k] + turn.cos * high[k];
                turned_low[k] = turn.cos * low[k] - turn.sin * high[k];
            }
            self.strip[turn.at] = turned_low;
            self.strip[turn.at + 1] = turned_high;
        }
    }
}

/// A tile of `left diag(weights) right^T`.
struct Product<'a> {
    left: &'a [[f64; ROWS]],
    right: &'a [[f64; ROWS]],
    weights: &'a [f64],
}

impl Work for Product<'_> {
    type Output = [[f64; ROWS]; ROWS];

    #[inline(always)]
    fn run(self) -> Self::Output {
        /// Rows whose sums fit the registers.
        const TOGETHER: usize = 4;
        let mut tile = [[0.0; ROWS]; ROWS];
        for (part, rows) in tile.chunks_exact_mut(TOGETHER).enumerate() {
            let mut sums = [[0.0; ROWS]; TOGETHER];
            for ((left, right), weight) in self.left.iter().zip(self.right).zip(self.weights) {
                for (r, sums) in sums.iter_mut().enumerate() {
                    let x = left[part * TOGETHER + r] * weight;
                    for k in 0..ROWS {
                        sums[k] += x * right[k];
                    }
                }
            }
            rows.copy_from_slice(&sums);
        }
        tile
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A symmetric matrix whose numbers are anything.
    fn matrix(side: usize) -> Vec<f64> {
        let any = |i: usize, j: usize| ((i * 37 + j * 101) % 64) as f64 - 31.5;
        (0..side * side).map(|at| any(at / side, at % side) + any(at % side, at / side)).collect()
    }

    fn product(a: &[f64], b: &[f64], side: usize) -> Vec<f64> {
        let at = |i: usize, j: usize| (0..side).map(|k| a[i * side + k] * b[k * side + j]).sum();
        (0..side * side).map(|place| at(place / side, place % side)).collect()
    }

    fn apart(a: &[f64], b: &[f64]) -> f64 {
        a.iter().zip(b).fold(0.0, |most, (a, b)| most.max((a - b).abs()))
    }

    #[test]
    fn unchanged_eigenvalues_give_the_matrix_and_their_squares_its_square() {
        for side in [1, 2, 3, 5, 16, 17, 70] {
            let whole = matrix(side);
            let same = with_eigenvalues(whole.clone(), side, <[f64]>::to_vec);
            assert!(apart(&same, &whole) < 1e-11 * side as f64, "{side}");
            let squared = with_eigenvalues(whole.clone(), side, |l| l.iter().map(|l| l * l).collect());
            assert!(apart(&squared, &product(&whole, &whole, side)) < 1e-8 * side as f64, "{side}");
        }
    }

    #[test]
    fn a_matrix_of_low_rank_or_of_nothing_comes_to_an_end() {
        let side = 40;
        for rank in [0, 1, 3] {
            let any = |i: usize, r: usize| ((i * (r + 3) * 29) % 17) as f64;
            let low: Vec<f64> =
                (0..side * side).map(|at| (0..rank).map(|r| any(at / side, r) * any(at % side, r)).sum()).collect();
            let mut above = 0;
            let same = with_eigenvalues(low.clone(), side, |l| {
                above = l.iter().filter(|l| l.abs() > 1e-9).count();
                l.to_vec()
            });
            assert_eq!(above, rank);
            assert!(apart(&same, &low) < 1e-10);
        }
    }

    #[test]
    fn a_diagonal_matrix_keeps_its_axes() {
        let roots = with_eigenvalues(vec![4.0, 0.0, 0.0, 9.0], 2, |l| l.iter().map(|l| l.sqrt()).collect());
        assert_eq!(roots, [2.0, 0.0, 0.0, 3.0]);
    }
}

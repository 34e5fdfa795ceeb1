//! A symmetric matrix brought to three diagonals.

use super::super::{Work, widened};

/// Sums that a dot product keeps side by side, so that it can be made by vectors.
const SIDE: usize = 8;

/// A symmetric matrix `Q T Q^T`: T has three diagonals, Q is a product of reflections.
pub(super) struct Tridiagonal {
    /// The diagonal of T.
    pub(super) diagonal: Vec<f64>,
    /// Beside the diagonal: number i stands between i and i + 1; the last is 0.
    pub(super) beside: Vec<f64>,
    /// Row i holds in its first i numbers the vector v of the reflection `I - v v^T / h`; Q is the reflection of
    /// the last row times that of the one before, and so on.
    pub(super) reflections: Vec<f64>,
    /// h of each row; 0: no reflection.
    pub(super) halves: Vec<f64>,
}

/// Brings `matrix`, of `side` rows of `side` numbers, to three diagonals; only what is left of and on its diagonal is read.
///
/// # Algorithm
/// Householder's, from the last row up (Martin, Reinsch and Wilkinson 1968):
/// ```text
/// v = row i left of the diagonal, its last number moved away from 0 by |row|      h = v.v / 2
/// p = A v / h      q = p - v (v.p / 2h)      A := A - v q^T - q v^T               (the first i rows and columns)
/// ```
/// The change of a row and its share of the next `A v` are one walk over the memory.
pub(super) fn tridiagonal(matrix: Vec<f64>, side: usize) -> Tridiagonal {
    let mut made =
        Tridiagonal { diagonal: vec![0.0; side], beside: vec![0.0; side], reflections: matrix, halves: vec![0.0; side] };
    let (mut v, mut q) = (vec![0.0; side], vec![0.0; side]);
    let (mut last_v, mut last_q) = (vec![0.0; side], vec![0.0; side]);
    let mut pending = false;
    for i in (0..side).rev() {
        if pending {
            let row = &mut made.reflections[i * side..=i * side + i];
            change(row, &last_v[..=i], &last_q[..=i], i);
        }
        made.diagonal[i] = made.reflections[i * side + i];
        if i == 0 {
            break;
        }
        let (above, row) = made.reflections.split_at_mut(i * side);
        let (norm, h) = reflection(&mut row[..i]);
        made.beside[i - 1] = norm;
        made.halves[i] = h;
        v[..i].copy_from_slice(&row[..i]);
        let last = pending.then_some((&last_v[..i], &last_q[..i]));
        widened(Walk { rows: above, side, v: &v[..i], p: &mut q[..i], last });
        pending = h != 0.0;
        if pending {
            let p = &mut q[..i];
            p.iter_mut().for_each(|p| *p /= h);
            let share = dot(&v[..i], p) / (2.0 * h);
            p.iter_mut().zip(&v[..i]).for_each(|(p, v)| *p -= share * v);
        }
        std::mem::swap(&mut v, &mut last_v);
        std::mem::swap(&mut q, &mut last_q);
    }
    made
}

/// Turns `row` into the vector of the reflection that leaves of it one number at its end; that number, and h.
fn reflection(row: &mut [f64]) -> (f64, f64) {
    let (rest, last) = (row.len() - 1, row[row.len() - 1]);
    if row[..rest].iter().all(|x| *x == 0.0) {
        return (last, 0.0);
    }
    let square = dot(row, row);
    let norm = -square.sqrt().copysign(last);
    row[rest] = last - norm;
    (norm, square - last * norm)
}

/// `row := row - v[i] q - q[i] v`.
#[inline(always)]
fn change(row: &mut [f64], v: &[f64], q: &[f64], i: usize) {
    let (vi, qi) = (v[i], q[i]);
    for ((x, v), q) in row.iter_mut().zip(v).zip(q) {
        *x -= vi * q + qi * v;
    }
}

#[inline(always)]
fn dot(a: &[f64], b: &[f64]) -> f64 {
    let mut sums = [0.0; SIDE];
    let (whole_a, whole_b) = (a.chunks_exact(SIDE), b.chunks_exact(SIDE));
    let rest: f64 = whole_a.remainder().iter().zip(whole_b.remainder()).fold(0.0, |sum, (a, b)| sum + a * b);
    for (a, b) in whole_a.zip(whole_b) {
        for k in 0..SIDE {
            sums[k] += a[k] * b[k];
        }
    }
    sums.iter().fold(rest, |sum, x| sum + x)
}

/// Changes the rows as the last reflection asks, and makes `p = A v` of them.
struct Walk<'a> {
    rows: &'a mut [f64],
    side: usize,
    v: &'a [f64],
    p: &'a mut [f64],
    last: Option<(&'a [f64], &'a [f64])>,
}

impl Work for Walk<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        self.p.fill(0.0);
        for j in 0..self.v.len() {
            let row = &mut self.rows[j * self.side..=j * self.side + j];
            if let Some((v, q)) = self.last {
                change(row, &v[..=j], &q[..=j], j);
            }
            // Left of the diagonal stands what is above it too.
            let (left, diagonal, vj) = (&row[..j], row[j], self.v[j]);
            self.p[..j].iter_mut().zip(left).for_each(|(p, x)| *p += vj * x);
            self.p[j] += dot(left, &self.v[..j]) + diagonal * vj;
        }
    }
}

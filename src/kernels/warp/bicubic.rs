//! Bicubic reading: Keys's kernel over 4x4 pixels.

use super::fixed::{Line, Position, QUANTA, WEIGHT};
use super::pixel;
use crate::image::{Size, Window};
use crate::units::Border;

/// Weights of the taps sum to this power of two.
const BITS: u32 = 14;

/// Sixteen pixels, row by row.
type Patch = [[[u8; 3]; 4]; 4];

/// Fills a row: [`read`], with the part inside the picture read without asking for the border.
pub(super) fn read_row(source: Window<'_>, border: Border, line: Line, row: &mut [u8]) {
    let Size { width, height } = source.size();
    let inside = line.within(surrounded(width), surrounded(height), row.len() / 3);
    read(source, border, line, 0, &mut row[..inside.start * 3]);
    for (n, out) in inside.clone().zip(row[inside.start * 3..].chunks_exact_mut(3)) {
        let (x, y) = line.at(n);
        inside_at(source, x, y, out);
    }
    read(source, border, line, inside.end, &mut row[inside.end * 3..]);
}

/// The quanta at which an axis of `len` pixels has all four taps inside: one pixel before and two after, once the
/// position is rounded to a 256th.
pub(in crate::kernels) fn surrounded(len: u32) -> (i64, i64) {
    let half = 1 << (WEIGHT - 9);
    (QUANTA - half, (i64::from(len) - 2) * QUANTA - half - 1)
}

/// The pixel at a position that [`surrounded`] holds on both axes.
pub(in crate::kernels) fn inside_at(source: Window<'_>, x: Position, y: Position, out: &mut [u8]) {
    let ((ix, fx), (iy, fy)) = (split(x), split(y));
    let first = (iy as usize - 1) * source.stride() + (ix as usize - 1) * 3;
    let patch = std::array::from_fn(|dy| {
        let row = &source.padded()[first + dy * source.stride()..][..12];
        std::array::from_fn(|dx| [row[dx * 3], row[dx * 3 + 1], row[dx * 3 + 2]])
    });
    blend(&patch, fx, fy, out);
}

/// Fills `out` from output pixel `first` on: the definition of bicubic reading.
pub(super) fn read(source: Window<'_>, border: Border, line: Line, first: usize, out: &mut [u8]) {
    for (n, out) in out.chunks_exact_mut(3).enumerate() {
        let (x, y) = line.at(first + n);
        anywhere(source, border, (x, y), out);
    }
}

/// The pixel at any position: the definition of bicubic reading.
pub(in crate::kernels) fn anywhere(source: Window<'_>, border: Border, (x, y): (Position, Position), out: &mut [u8]) {
    let ((ix, fx), (iy, fy)) = (split(x), split(y));
    let at = |dx: usize, dy: usize| pixel(source, border, ix + dx as i64 - 1, iy + dy as i64 - 1);
    blend(&std::array::from_fn(|dy| std::array::from_fn(|dx| at(dx, dy))), fx, fy, out);
}

/// The weighted sum of a patch, across and then down, rounded to a level.
fn blend(patch: &Patch, fx: usize, fy: usize, out: &mut [u8]) {
    let (wx, wy) = (WEIGHTS[fx], WEIGHTS[fy]);
    for (c, out) in out.iter_mut().enumerate() {
        let mut sum = 1 << (2 * BITS - 1);
        for (row, wy) in patch.iter().zip(wy) {
            let across: i32 = row.iter().zip(wx).map(|(pixel, wx)| i32::from(pixel[c]) * wx).sum();
            sum += i64::from(across) * i64::from(wy);
        }
        *out = (sum >> (2 * BITS)).clamp(0, 255) as u8;
    }
}

/// The whole pixel and the 256ths beyond it, rounded.
fn split(position: Position) -> (i64, usize) {
    let rounded = (position.quantum() + (1 << (WEIGHT - 9))) >> (WEIGHT - 8);
    (rounded >> 8, (rounded & 255) as usize)
}

/// [`weights`] for every 256th.
static WEIGHTS: [[i32; 4]; 256] = {
    let mut table = [[0; 4]; 256];
    let mut f = 0;
    while f < 256 {
        table[f] = weights(f as i32);
        f += 1;
    }
    table
};

/// Keys's kernel, a = -1/2, at -1-t, -t, 1-t, 2-t for t = `f` / 256; sums to `1 << BITS`.
const fn weights(f: i32) -> [i32; 4] {
    const fn scaled(v: i64) -> i32 {
        ((v + (1 << (24 - BITS))) >> (25 - BITS)) as i32
    }
    // In units of 1 / (2 * 256^3): w0 = -t + 2t^2 - t^3, w2 = t + 4t^2 - 3t^3, w3 = -t^2 + t^3.
    let (t, one) = (f as i64, 256i64);
    let w0 = scaled(-t * one * one + 2 * t * t * one - t * t * t);
    let w2 = scaled(t * one * one + 4 * t * t * one - 3 * t * t * t);
    let w3 = scaled(-t * t * one + t * t * t);
    [w0, (1 << BITS) - w0 - w2 - w3, w2, w3]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_weights_sum_to_one() {
        for f in 0..256 {
            assert_eq!(weights(f).iter().sum::<i32>(), 1 << BITS);
        }
        assert_eq!(weights(0), [0, 1 << BITS, 0, 0]);
        assert_eq!(weights(128), [-1024, 9216, 9216, -1024]);
    }
}

//! Bicubic reading: Keys's kernel over 4x4 pixels.

use super::fixed::{Line, Position, WEIGHT};
use super::pixel;
use crate::image::Window;
use crate::units::Border;

/// Weights of the taps sum to this power of two.
const BITS: u32 = 14;

/// Fills a row.
pub(super) fn read_row(source: Window<'_>, border: Border, line: Line, row: &mut [u8]) {
    for (n, out) in row.chunks_exact_mut(3).enumerate() {
        let (x, y) = line.at(n);
        let ((ix, fx), (iy, fy)) = (split(x), split(y));
        let (wx, wy) = (weights(fx), weights(fy));
        let mut sum = [0i64; 3];
        for (dy, wy) in (-1..).zip(wy) {
            let mut across = [0i32; 3];
            for (dx, wx) in (-1..).zip(wx) {
                let p = pixel(source, border, ix + dx, iy + dy);
                for (across, p) in across.iter_mut().zip(p) {
                    *across += i32::from(p) * wx;
                }
            }
            for (sum, across) in sum.iter_mut().zip(across) {
                *sum += i64::from(across) * i64::from(wy);
            }
        }
        for (out, sum) in out.iter_mut().zip(sum) {
            *out = ((sum + (1 << (2 * BITS - 1))) >> (2 * BITS)).clamp(0, 255) as u8;
        }
    }
}

/// The whole pixel and the 256ths beyond it, rounded.
fn split(position: Position) -> (i64, i32) {
    let rounded = (position.quantum() + (1 << (WEIGHT - 9))) >> (WEIGHT - 8);
    (rounded >> 8, (rounded & 255) as i32)
}

/// Keys's kernel, a = -1/2, at -1-t, -t, 1-t, 2-t for t = `f` / 256; sums to `1 << BITS`.
fn weights(f: i32) -> [i32; 4] {
    // In units of 1 / (2 * 256^3): w0 = -t + 2t^2 - t^3, w2 = t + 4t^2 - 3t^3, w3 = -t^2 + t^3.
    let (t, one) = (i64::from(f), 256i64);
    let scaled = |v: i64| ((v + (1 << (24 - BITS))) >> (25 - BITS)) as i32;
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

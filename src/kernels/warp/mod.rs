//! Reads a picture through an affine map.

use super::matrix::Matrix;
use crate::image::{Image, Size};
use crate::units::{Border, FillMode, Interpolation};

/// Bits of a coordinate behind the point.
const FRACTION: u32 = 32;
/// Coordinates beyond this many pixels are held there; no picture reaches as far.
const FAR: f64 = (1u64 << 29) as f64;
/// Weights of bicubic taps sum to this power of two.
const CUBIC_BITS: u32 = 14;

/// Fills `target` (`size`, three bytes a pixel) with what `map` reads from `source`.
///
/// # Algorithm
/// ```text
/// (sx, sy) = map(x, y)               stepped along the row with 32 bits behind the point
/// nearest:   the pixel at floor(s + 1/2)
/// bilinear:  s rounded to 1/256 pixel; h = p0 (256 - fx) + p1 fx for both rows,
///            (h0 (256 - fy) + h1 fy + 2^15) >> 16
/// bicubic:   s rounded to 1/256 pixel; Keys's kernel with a = -1/2 over 4x4 pixels
/// ```
/// A neighbour outside the picture follows `border`; under `constant` it has the fill colour, as with
/// OpenCV's `BORDER_CONSTANT`. Integers only, so that the bytes are the same on every machine.
pub fn warp(source: &Image, map: &Matrix, interpolation: Interpolation, border: Border, size: Size, target: &mut [u8]) {
    assert_eq!(target.len() as u64, size.bytes(), "invariant: three bytes a pixel");
    let stride = size.width as usize * 3;
    if stride == 0 {
        return;
    }
    let step = (fixed(map.0[0]), fixed(map.0[3]));
    for (y, row) in target.chunks_exact_mut(stride).enumerate() {
        let (sx, sy) = map.map(0.0, y as f64);
        let line = Line { start: (fixed(sx), fixed(sy)), step };
        match interpolation {
            Interpolation::Nearest => nearest_row(source, border, line, row),
            Interpolation::Bicubic => bicubic_row(source, border, line, row),
            Interpolation::Bilinear | Interpolation::Area | Interpolation::Lanczos3 => bilinear_row(source, border, line, row),
        }
    }
}

/// Where a row of the output is read: start and step in fixed point.
#[derive(Clone, Copy)]
struct Line {
    start: (i64, i64),
    step: (i64, i64),
}

impl Line {
    /// The source coordinates of output pixel `x`.
    fn at(&self, x: usize) -> (i64, i64) {
        let x = x as i64;
        (self.start.0.saturating_add(self.step.0.saturating_mul(x)), self.start.1.saturating_add(self.step.1.saturating_mul(x)))
    }
}

fn fixed(coordinate: f64) -> i64 {
    let held = if coordinate.is_finite() { coordinate.clamp(-FAR, FAR) } else { 0.0 };
    (held * (1u64 << FRACTION) as f64 + 0.5).floor() as i64
}

/// The whole pixel and the 256ths beyond it, rounded.
fn split(coordinate: i64) -> (i64, i32) {
    let rounded = coordinate.saturating_add(1 << (FRACTION - 9)) >> (FRACTION - 8);
    (rounded >> 8, (rounded & 255) as i32)
}

/// The index that stands for `i` in a side of `len` pixels; `None` where the fill colour stands.
pub fn border_index(i: i64, len: u32, mode: FillMode) -> Option<u32> {
    let n = i64::from(len);
    let inside = match mode {
        _ if (0..n).contains(&i) => i,
        FillMode::Constant => return None,
        FillMode::Nearest => i.clamp(0, n - 1),
        FillMode::Wrap => i.rem_euclid(n),
        FillMode::Reflect => {
            let r = i.rem_euclid(2 * n);
            r.min(2 * n - 1 - r)
        }
        FillMode::Mirror if n == 1 => 0,
        FillMode::Mirror => {
            let r = i.rem_euclid(2 * n - 2);
            r.min(2 * n - 2 - r)
        }
    };
    u32::try_from(inside).ok()
}

/// The pixel at (`x`, `y`), which may lie outside.
fn pixel(source: &Image, border: Border, x: i64, y: i64) -> [i32; 3] {
    let Size { width, height } = source.size();
    match (border_index(x, width, border.fill_mode), border_index(y, height, border.fill_mode)) {
        (Some(x), Some(y)) => {
            let at = x as usize * 3;
            let p = &source.row(y)[at..at + 3];
            [p[0].into(), p[1].into(), p[2].into()]
        }
        _ => border.fill_value.map(i32::from),
    }
}

fn nearest_row(source: &Image, border: Border, line: Line, row: &mut [u8]) {
    let Size { width, height } = source.size();
    for (x, out) in row.chunks_exact_mut(3).enumerate() {
        let (sx, sy) = line.at(x);
        let half = 1 << (FRACTION - 1);
        let (ix, iy) = (sx.saturating_add(half) >> FRACTION, sy.saturating_add(half) >> FRACTION);
        if (0..i64::from(width)).contains(&ix) && (0..i64::from(height)).contains(&iy) {
            out.copy_from_slice(&source.row(iy as u32)[ix as usize * 3..][..3]);
        } else {
            out.copy_from_slice(&pixel(source, border, ix, iy).map(|v| v as u8));
        }
    }
}

fn bilinear_row(source: &Image, border: Border, line: Line, row: &mut [u8]) {
    let Size { width, height } = source.size();
    let (inner_x, inner_y) = (0..i64::from(width) - 1, 0..i64::from(height) - 1);
    let stride = width as usize * 3;
    let bytes = source.bytes();
    for (x, out) in row.chunks_exact_mut(3).enumerate() {
        let (sx, sy) = line.at(x);
        let ((ix, fx), (iy, fy)) = (split(sx), split(sy));
        if inner_x.contains(&ix) && inner_y.contains(&iy) {
            let at = iy as usize * stride + ix as usize * 3;
            let (upper, lower) = (&bytes[at..at + 6], &bytes[at + stride..at + stride + 6]);
            for c in 0..3 {
                let top = i32::from(upper[c]) * (256 - fx) + i32::from(upper[c + 3]) * fx;
                let bottom = i32::from(lower[c]) * (256 - fx) + i32::from(lower[c + 3]) * fx;
                out[c] = ((top * (256 - fy) + bottom * fy + (1 << 15)) >> 16) as u8;
            }
        } else {
            let p = |dx, dy| pixel(source, border, ix + dx, iy + dy);
            let (p00, p01, p10, p11) = (p(0, 0), p(1, 0), p(0, 1), p(1, 1));
            for c in 0..3 {
                let top = p00[c] * (256 - fx) + p01[c] * fx;
                let bottom = p10[c] * (256 - fx) + p11[c] * fx;
                out[c] = ((top * (256 - fy) + bottom * fy + (1 << 15)) >> 16) as u8;
            }
        }
    }
}

fn bicubic_row(source: &Image, border: Border, line: Line, row: &mut [u8]) {
    for (x, out) in row.chunks_exact_mut(3).enumerate() {
        let (sx, sy) = line.at(x);
        let ((ix, fx), (iy, fy)) = (split(sx), split(sy));
        let (wx, wy) = (cubic_weights(fx), cubic_weights(fy));
        let mut sum = [0i64; 3];
        for (dy, wy) in wy.iter().enumerate() {
            let mut line_sum = [0i32; 3];
            for (dx, wx) in wx.iter().enumerate() {
                let p = pixel(source, border, ix + dx as i64 - 1, iy + dy as i64 - 1);
                for c in 0..3 {
                    line_sum[c] += p[c] * wx;
                }
            }
            for c in 0..3 {
                sum[c] += i64::from(line_sum[c]) * i64::from(*wy);
            }
        }
        for c in 0..3 {
            let rounded = (sum[c] + (1 << (2 * CUBIC_BITS - 1))) >> (2 * CUBIC_BITS);
            out[c] = rounded.clamp(0, 255) as u8;
        }
    }
}

/// Keys's kernel, a = -1/2, at -1-t, -t, 1-t, 2-t for t = `f` / 256; sums to `1 << CUBIC_BITS`.
fn cubic_weights(f: i32) -> [i32; 4] {
    // In units of 1 / (2 * 256^3): w0 = -t + 2t^2 - t^3, w2 = t + 4t^2 - 3t^3, w3 = -t^2 + t^3.
    let (t, one) = (i64::from(f), 256i64);
    let scaled = |v: i64| ((v + (1 << (24 - CUBIC_BITS))) >> (25 - CUBIC_BITS)) as i32;
    let w0 = scaled(-t * one * one + 2 * t * t * one - t * t * t);
    let w2 = scaled(t * one * one + 4 * t * t * one - 3 * t * t * t);
    let w3 = scaled(-t * t * one + t * t * t);
    [w0, (1 << CUBIC_BITS) - w0 - w2 - w3, w2, w3]
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Interpolation; 3] = [Interpolation::Nearest, Interpolation::Bilinear, Interpolation::Bicubic];

    fn gray(size: Size, levels: &[u8]) -> Image {
        Image::from_bytes(size, levels.iter().flat_map(|l| [*l; 3]).collect())
    }

    fn warped(source: &Image, map: Matrix, interpolation: Interpolation, fill_mode: FillMode, size: Size) -> Vec<u8> {
        let mut target = vec![0; size.bytes() as usize];
        warp(source, &map, interpolation, Border { fill_mode, fill_value: [9; 3] }, size, &mut target);
        target.chunks_exact(3).map(|p| p[0]).collect()
    }

    #[test]
    fn whole_steps_copy_under_every_interpolation() {
        let source = gray(Size::new(3, 2), &[1, 2, 3, 4, 5, 6]);
        for interpolation in ALL {
            let show = |map| warped(&source, map, interpolation, FillMode::Nearest, Size::new(3, 2));
            assert_eq!(show(Matrix::IDENTITY), [1, 2, 3, 4, 5, 6]);
            assert_eq!(show(Matrix::translation(1.0, 0.0)), [2, 3, 3, 5, 6, 6]);
            assert_eq!(show(Matrix([-1.0, 0.0, 2.0, 0.0, 1.0, 0.0])), [3, 2, 1, 6, 5, 4]);
        }
    }

    #[test]
    fn each_border_shows_its_picture() {
        let source = gray(Size::new(4, 1), &[10, 20, 30, 40]);
        let expected: [(FillMode, [u8; 12]); 5] = [
            (FillMode::Constant, [9, 9, 9, 9, 10, 20, 30, 40, 9, 9, 9, 9]),
            (FillMode::Nearest, [10, 10, 10, 10, 10, 20, 30, 40, 40, 40, 40, 40]),
            (FillMode::Reflect, [40, 30, 20, 10, 10, 20, 30, 40, 40, 30, 20, 10]),
            (FillMode::Mirror, [30, 40, 30, 20, 10, 20, 30, 40, 30, 20, 10, 20]),
            (FillMode::Wrap, [10, 20, 30, 40, 10, 20, 30, 40, 10, 20, 30, 40]),
        ];
        for (mode, levels) in expected {
            let shown = warped(&source, Matrix::translation(-4.0, 0.0), Interpolation::Nearest, mode, Size::new(12, 1));
            assert_eq!(shown, levels, "{mode:?}");
        }
    }

    #[test]
    fn half_way_is_the_mean() {
        let source = gray(Size::new(2, 2), &[0, 100, 100, 201]);
        let map = Matrix::translation(0.5, 0.5);
        assert_eq!(warped(&source, map, Interpolation::Bilinear, FillMode::Nearest, Size::new(1, 1)), [100]);
    }

    #[test]
    fn a_flat_picture_stays_flat() {
        let source = gray(Size::new(5, 3), &[77; 15]);
        let map = Matrix([0.7, 0.3, -1.0, -0.2, 1.3, 0.4]);
        for interpolation in ALL {
            for mode in [FillMode::Nearest, FillMode::Reflect, FillMode::Mirror, FillMode::Wrap] {
                assert_eq!(warped(&source, map, interpolation, mode, Size::new(7, 4)), [77; 28]);
            }
        }
    }

    #[test]
    fn strange_maps_and_tiny_pictures_are_no_panic() {
        for size in [Size::new(1, 1), Size::new(1, 7), Size::new(7, 1)] {
            let source = Image::new(size);
            for interpolation in ALL {
                for mode in [FillMode::Constant, FillMode::Nearest, FillMode::Reflect, FillMode::Mirror, FillMode::Wrap] {
                    for m in [f64::NAN, f64::INFINITY, -1e300, 1e12, 0.0] {
                        warped(&source, Matrix([m; 6]), interpolation, mode, Size::new(5, 5));
                    }
                }
            }
        }
    }

    #[test]
    fn cubic_weights_sum_to_one() {
        for f in 0..256 {
            assert_eq!(cubic_weights(f).iter().sum::<i32>(), 1 << CUBIC_BITS);
        }
        assert_eq!(cubic_weights(0), [0, 1 << CUBIC_BITS, 0, 0]);
        assert_eq!(cubic_weights(128), [-1024, 9216, 9216, -1024]);
    }
}

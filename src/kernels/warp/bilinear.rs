//! Bilinear reading along a straight run inside the picture.

use super::fixed::{ONE, Position, WEIGHT};
use super::fold::Fold;
use crate::image::Window;

/// Weights across are 120ths: they fit a signed byte and a blend of levels 16 bits, and halves, thirds,
/// quarters, fifths and eighths of a pixel are exact.
pub(super) const ACROSS: i32 = 120;
/// As many quanta as a 120th, nearly: less than a tenth of a level is lost.
pub(super) const TO_LEVEL: i32 = 273;

/// A run of output pixels whose four neighbours all lie in the picture.
#[derive(Clone, Copy, Debug)]
pub(in crate::kernels) struct Run {
    /// Where its first pixel is read.
    pub(in crate::kernels) from: (Position, Position),
    /// From one pixel to the next.
    pub(in crate::kernels) step: (i64, i64),
    /// Whether the right neighbour is the pixel itself, since x stands still on one.
    pub(in crate::kernels) one_column: bool,
    /// Whether the lower neighbour is the pixel itself, since y stands still on one.
    pub(in crate::kernels) one_row: bool,
}

impl Run {
    /// The run of a line that x and y follow as `folds` say; `None` if that is no straight reading.
    pub(super) fn new(x: Option<(Position, i64)>, y: Option<(Position, i64)>, folds: (Fold, Fold)) -> Option<Self> {
        let ((x, dx), (y, dy)) = (x?, y?);
        let held = |fold| matches!(fold, Fold::Held(_));
        Some(Self { from: (x, y), step: (dx, dy), one_column: held(folds.0), one_row: held(folds.1) })
    }

    /// Where the pixel `n` after the first is read.
    pub(super) fn at(&self, n: usize) -> (Position, Position) {
        let n = n as i64;
        (Position(self.from.0.0 + self.step.0 * n), Position(self.from.1.0 + self.step.1 * n))
    }

    /// 1 or -1 if the run is a piece of a row of the picture, forth or back.
    pub(super) fn copies(&self) -> Option<i64> {
        copies(self.from, self.step)
    }

    /// Where its first pixel begins.
    pub(super) fn offset(&self, stride: usize) -> usize {
        self.from.1.whole() * stride + self.from.0.whole() * 3
    }

    /// Bytes from a pixel to its right and to its lower neighbour.
    pub(super) fn neighbours(&self, stride: usize) -> (usize, usize) {
        (if self.one_column { 0 } else { 3 }, if self.one_row { 0 } else { stride })
    }
}

/// 1 or -1 if what is read from `from` on by `step` is whole pixels side by side, forth or back.
pub(super) fn copies(from: (Position, Position), step: (i64, i64)) -> Option<i64> {
    let whole = from.0.beyond() == 0 && from.1.beyond() == 0;
    match step {
        (ONE, 0) if whole => Some(1),
        (dx, 0) if whole && dx == -ONE => Some(-1),
        _ => None,
    }
}

/// `a t`, for `t` in quanta of one, rounded half up.
const fn times(a: i32, t: i32) -> i32 {
    (a * t + (1 << (WEIGHT - 1))) >> WEIGHT
}

/// The weight of the right pixel, in 120ths, `fx` quanta beyond the left.
pub(super) const fn weight(fx: i32) -> i32 {
    times(ACROSS, fx)
}

/// The blend of two sums of 120ths, the lower one by `fy` quanta, rounded to a level.
pub(super) const fn down(top: i32, bottom: i32, fy: i32) -> u8 {
    times(top + times(bottom - top, fy), TO_LEVEL) as u8
}

/// The blend of four levels: across in 120ths, down in quanta, then rounded to a level.
pub(in crate::kernels) const fn level(upper: (u8, u8), lower: (u8, u8), fx: i32, fy: i32) -> u8 {
    let fx = weight(fx);
    let top = upper.0 as i32 * (ACROSS - fx) + upper.1 as i32 * fx;
    let bottom = lower.0 as i32 * (ACROSS - fx) + lower.1 as i32 * fx;
    down(top, bottom, fy)
}

/// Fills `out` with `run`.
pub(super) fn run(source: Window<'_>, run: &Run, out: &mut [u8]) {
    match run.copies() {
        Some(direction) => copy_run(source, run, direction, out),
        None => read_run(source, run, 0, out),
    }
}

/// Fills `out` from pixel `first` of `run` on: the definition of bilinear reading.
pub(super) fn read_run(source: Window<'_>, run: &Run, first: usize, out: &mut [u8]) {
    let (right, down) = run.neighbours(source.stride());
    let bytes = source.padded();
    for (n, out) in out.chunks_exact_mut(3).enumerate() {
        let (x, y) = run.at(first + n);
        let (fx, fy) = (x.beyond(), y.beyond());
        let upper = &bytes[y.whole() * source.stride() + x.whole() * 3..];
        let lower = &upper[down..];
        for (c, out) in out.iter_mut().enumerate() {
            *out = level((upper[c], upper[c + right]), (lower[c], lower[c + right]), fx, fy);
        }
    }
}

/// Fills `out` with a piece of a row, forth (`direction` 1) or back (-1): [`read_run`] without the arithmetic.
pub(super) fn copy_run(source: Window<'_>, run: &Run, direction: i64, out: &mut [u8]) {
    let at = run.offset(source.stride());
    let bytes = source.padded();
    if direction == 1 {
        out.copy_from_slice(&bytes[at..at + out.len()]);
        return;
    }
    let piece = &bytes[at + 3 - out.len()..at + 3];
    for (out, pixel) in out.chunks_exact_mut(3).zip(piece.rchunks_exact(3)) {
        out.copy_from_slice(pixel);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_positions_show_the_pixel_and_half_way_the_mean() {
        assert_eq!(level((10, 200), (30, 40), 0, 0), 10);
        assert_eq!(level((0, 100), (100, 201), 1 << 14, 1 << 14), 100);
        assert_eq!(level((0, 255), (0, 255), (1 << 15) - 1, 5), 255);
        assert_eq!(level((255, 255), (255, 255), 12_345, 23_456), 255);
    }
}

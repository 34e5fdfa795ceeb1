//! Which of the vector kernels makes the rows of an axis, with its taps laid out for it.

#![allow(unsafe_code, reason = "kernels for a processor that has been asked for")]

use super::gather_avx2::{Gather, LANE, blend, sum};
use super::plain;
use super::taps::{Axis, Taps};
use super::wide_avx2::{Windows, four_rows};

/// Rows that are resampled together, since they share their taps.
pub(super) const ROWS: usize = 4;
/// Bytes behind a row that may be read.
pub(super) const BEHIND: usize = 4;

/// Resamples rows as [`plain::row_across`] does.
#[derive(Debug)]
pub(super) struct Across {
    /// Bytes of a source row.
    row: usize,
    taps: Taps,
    kernel: Kernel,
}

#[derive(Debug)]
enum Kernel {
    /// Two taps, neighbours close together: enlarging.
    Blend(Vec<Gather<1>>),
    /// Two taps, not so close.
    SpreadBlend(Vec<Gather<2>>),
    /// More taps, neighbours close together.
    Sum(Vec<Gather<1>>),
    /// Pixel by pixel, many taps at a time: shrinking by more than three or so.
    Wide(Windows),
    /// Rows shorter than a vector.
    Plain,
}

impl Across {
    pub(super) fn new(axis: &Axis) -> Self {
        let (taps, width) = (Taps::new(axis), axis.from as usize);
        let kernel = if width * 3 < LANE { Kernel::Plain } else { Kernel::new(&taps, width) };
        Self { row: width * 3, taps, kernel }
    }

    /// Makes four lines, which begin in equal distances, from four rows, each with [`BEHIND`] bytes more.
    pub(super) fn make(&self, rows: [&[u8]; ROWS], lines: &mut [u8]) {
        assert!(rows.iter().all(|row| row.len() >= self.row + BEHIND), "invariant: whole rows");
        let bits = self.taps.bits;
        // SAFETY: `Resizer::resize` asked for AVX2; rows are as long as those that the kernels were made for.
        unsafe {
            match &self.kernel {
                Kernel::Blend(gathers) => blend(rows, gathers, lines),
                Kernel::SpreadBlend(gathers) => blend(rows, gathers, lines),
                Kernel::Sum(gathers) => sum(rows, gathers, self.taps.count().div_ceil(2), bits, lines),
                Kernel::Wide(windows) => four_rows(rows, windows, bits, lines),
                Kernel::Plain => {
                    let stride = lines.len() / ROWS;
                    for (row, line) in rows.iter().zip(lines.chunks_exact_mut(stride)) {
                        plain::row_across(row, &self.taps, &mut line[..self.taps.len() * 3]);
                    }
                }
            }
        }
    }
}

impl Kernel {
    /// The first that can.
    fn new(taps: &Taps, width: usize) -> Self {
        if let Some(blends) = taps.blends() {
            if let Some(gathers) = Gather::blends(&blends, width * 3) {
                return Self::Blend(gathers);
            }
            if let Some(gathers) = Gather::blends(&blends, width * 3) {
                return Self::SpreadBlend(gathers);
            }
        } else if let Some(gathers) = Gather::sums(taps, width * 3) {
            return Self::Sum(gathers);
        }
        Windows::new(taps, width).map_or(Self::Plain, Self::Wide)
    }
}

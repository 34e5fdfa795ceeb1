//! Nearest reading: the pixel whose area the position lies in.

use super::fixed::{Line, QUANTA};
use super::pixel;
use crate::image::{Size, Window};
use crate::units::Border;

/// Fills a row: [`read`], with the part inside the picture read without asking for the border.
pub(super) fn read_row(source: Window<'_>, border: Border, line: Line, row: &mut [u8]) {
    let Size { width, height } = source.size();
    let shown = |len: u32| (-QUANTA / 2, i64::from(len) * QUANTA - QUANTA / 2 - 1);
    let inside = line.within(shown(width), shown(height), row.len() / 3);
    read(source, border, line, 0, &mut row[..inside.start * 3]);
    for (n, out) in inside.clone().zip(row[inside.start * 3..].chunks_exact_mut(3)) {
        let (x, y) = line.at(n);
        let from = y.nearest() as usize * source.stride() + x.nearest() as usize * 3;
        out.copy_from_slice(&source.padded()[from..from + 3]);
    }
    read(source, border, line, inside.end, &mut row[inside.end * 3..]);
}

/// Fills `out` from output pixel `first` on: the definition of nearest reading.
pub(super) fn read(source: Window<'_>, border: Border, line: Line, first: usize, out: &mut [u8]) {
    for (n, out) in out.chunks_exact_mut(3).enumerate() {
        let (x, y) = line.at(first + n);
        out.copy_from_slice(&pixel(source, border, x.nearest(), y.nearest()));
    }
}

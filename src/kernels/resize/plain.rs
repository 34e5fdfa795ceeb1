//! Resampling in plain whole numbers: the definition.

use super::taps::{Axis, Taps};
use crate::image::{Image, Size, Window};

/// Room that is kept from one picture to the next.
#[derive(Debug, Default)]
pub(super) struct Workspace {
    /// The picture between the two directions.
    narrow: Image,
}

impl Workspace {
    pub(super) fn resize(&mut self, source: Window<'_>, across_axis: &Axis, down_axis: &Axis, target: &mut [u8]) {
        let taps = |axis: &Axis| (!axis.is_identity()).then(|| Taps::new(axis));
        match (taps(across_axis), taps(down_axis)) {
            (None, None) => super::copy(source, target),
            (Some(taps), None) => across(source, &taps, target),
            (None, Some(taps)) => down(source, &taps, target),
            (Some(to_width), Some(mut to_height)) => {
                let rows = to_height.keep_used();
                let used = source.part(0, rows.start, Size::new(source.size().width, rows.end - rows.start));
                self.narrow.reshape(Size::new(across_axis.part.len() as u32, used.size().height));
                across(used, &to_width, self.narrow.bytes_mut());
                down(self.narrow.window(), &to_height, target);
            }
        }
    }
}

/// A weighted sum of levels as a level.
fn level(sum: i32, bits: u32) -> u8 {
    ((sum + (1 << (bits - 1))) >> bits).clamp(0, 255) as u8
}

/// Resamples rows: each output row comes from the source row beside it.
fn across(source: Window<'_>, taps: &Taps, target: &mut [u8]) {
    let stride = target.len() / source.size().height as usize;
    for (y, row) in target.chunks_exact_mut(stride).enumerate() {
        row_across(source.row(y as u32), taps, row);
    }
}

/// Resamples one row.
pub(super) fn row_across(from: &[u8], taps: &Taps, row: &mut [u8]) {
    for (out, (first, weights)) in row.chunks_exact_mut(3).zip(taps.iter()) {
        let mut sum = [0i32; 3];
        for (pixel, weight) in from[first * 3..].chunks_exact(3).zip(weights) {
            for (sum, level) in sum.iter_mut().zip(pixel) {
                *sum += i32::from(*level) * i32::from(*weight);
            }
        }
        out.copy_from_slice(&sum.map(|sum| level(sum, taps.bits)));
    }
}

/// Resamples columns: each output row is a blend of source rows.
fn down(source: Window<'_>, taps: &Taps, target: &mut [u8]) {
    let stride = source.size().width as usize * 3;
    let mut sums = vec![0i32; stride];
    for (row, (first, weights)) in target.chunks_exact_mut(stride).zip(taps.iter()) {
        sums.fill(0);
        for (y, weight) in (first as u32..).zip(weights) {
            for (sum, level) in sums.iter_mut().zip(source.row(y)) {
                *sum += i32::from(*level) * i32::from(*weight);
            }
        }
        for (out, sum) in row.iter_mut().zip(&sums) {
            *out = level(*sum, taps.bits);
        }
    }
}

//! Columns of the source as rows of the target.

use super::moved::Moved;
use crate::image::Window;
use std::ops::Range;

/// Output columns that are made together: as many source rows stay in the nearest cache.
pub(super) const TILE: usize = 64;

/// Fills the part of `target` that `inside` names, columns and rows, all of which show pixels of `source`.
/// `stride` is the length of a row of `target` in bytes.
pub(super) fn copy(source: Window<'_>, moved: &Moved, inside: (Range<usize>, Range<usize>), stride: usize, target: &mut [u8]) {
    #[cfg(target_arch = "x86_64")]
    if crate::kernels::cpu::avx2() && super::turned_avx2::fits(&inside) {
        return super::turned_avx2::copy(source, moved, inside, stride, target);
    }
    plain(source, moved, inside, stride, target);
}

/// [`copy`] pixel by pixel: the definition.
pub(super) fn plain(source: Window<'_>, moved: &Moved, (xs, ys): (Range<usize>, Range<usize>), stride: usize, target: &mut [u8]) {
    let bytes = source.padded();
    let step = moved.across.step as isize * source.stride() as isize;
    for start in xs.clone().step_by(TILE) {
        let tile = start..(start + TILE).min(xs.end);
        for y in ys.clone() {
            let column = moved.down.at(y) as usize * 3;
            let mut at = (moved.across.at(start) as usize * source.stride() + column) as isize;
            for out in target[y * stride..][tile.start * 3..tile.end * 3].chunks_exact_mut(3) {
                out.copy_from_slice(&bytes[at as usize..at as usize + 3]);
                at += step;
            }
        }
    }
}

//! Bilinear reading at any positions, eight pixels at a time: the twin of `super::read`, byte for byte.

#![allow(unsafe_code, reason = "vector loads take pointers")]

use crate::image::Window;
use crate::kernels::warp::bilinear::Run;
use crate::kernels::warp::bilinear_avx2::{LANES, Positions, Vectors};
use crate::kernels::warp::fixed::Position;
use std::arch::x86_64::*;

/// What stands for a run where every pixel has a position of its own.
pub(super) fn no_run(source: Window<'_>) -> Run {
    let one_row = source.size().height == 1;
    Run { from: (Position(0), Position(0)), step: (0, 0), one_column: false, one_row }
}

/// Fills `out` as [`super::read`] does.
pub(super) fn read(source: Window<'_>, (xs, ys): (&[Position], &[Position]), out: &mut [u8]) {
    if xs.len() < LANES {
        return super::read(source, (xs, ys), out);
    }
    assert!(xs.len() == ys.len() && out.len() == xs.len() * 3, "invariant: a position for each pixel");
    // SAFETY: `super::reader` asked for AVX2 and `fits`; all positions lie inside, as `super::places::fold` leaves them.
    unsafe { read_all(source, (xs, ys), out) }
}

/// Fills `out`, eight pixels or more.
///
/// # Safety
/// The machine has AVX2, `fits` holds, and all positions lie inside `source` together with their lower neighbours.
#[target_feature(enable = "avx2")]
unsafe fn read_all(source: Window<'_>, (xs, ys): (&[Position], &[Position]), out: &mut [u8]) {
    let vectors = Vectors::new(source, &no_run(source));
    let mut at = 0;
    while at < xs.len() {
        // The last eight may be made in part for the second time.
        at = at.min(xs.len() - LANES);
        let (xs, ys) = (&xs[at..at + LANES], &ys[at..at + LANES]);
        let ((x_low, x_high), (y_low, y_high)) = (pairs(xs), pairs(ys));
        // SAFETY: as this function's.
        unsafe { vectors.eight((x_low, y_low), (x_high, y_high), &mut out[at * 3..][..3 * LANES]) };
        at += LANES;
    }
}

/// Of eight positions, numbers 0, 1, 4 and 5; and 2, 3, 6 and 7.
#[target_feature(enable = "avx2")]
#[inline]
fn pairs(positions: &[Position]) -> Positions {
    assert!(positions.len() == LANES, "invariant: eight positions");
    let from = positions.as_ptr().cast::<__m128i>();
    // SAFETY: a position is 64 bits, and there are eight.
    let pair = |n: usize| unsafe { _mm_loadu_si128(from.add(n)) };
    (_mm256_set_m128i(pair(2), pair(0)), _mm256_set_m128i(pair(3), pair(1)))
}

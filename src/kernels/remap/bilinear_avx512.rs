//! Bilinear reading at any positions, sixteen pixels at a time: the twin of `super::read`, byte for byte.

#![allow(unsafe_code, reason = "vector loads take pointers")]

use super::bilinear_avx2;
use crate::image::Window;
use crate::kernels::warp::bilinear_avx512::{Axis, LANES, Vectors};
use crate::kernels::warp::fixed::Position;
use std::arch::x86_64::*;

/// Fills `out` as [`super::read`] does.
pub(super) fn read(source: Window<'_>, (xs, ys): (&[Position], &[Position]), out: &mut [u8]) {
    if xs.len() < LANES {
        return bilinear_avx2::read(source, (xs, ys), out);
    }
    assert!(xs.len() == ys.len() && out.len() == xs.len() * 3, "invariant: a position for each pixel");
    // SAFETY: `super::reader` asked for AVX-512 and `fits`; all positions lie inside, as `super::places::fold` leaves
    // them.
    unsafe { read_all(source, (xs, ys), out) }
}

/// Fills `out`, sixteen pixels or more.
///
/// # Safety
/// The machine has these parts of AVX-512, `fits` holds, and all positions lie inside `source` together with their
/// lower neighbours.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi")]
unsafe fn read_all(source: Window<'_>, (xs, ys): (&[Position], &[Position]), out: &mut [u8]) {
    let vectors = Vectors::new(source, &bilinear_avx2::no_run(source));
    let mut at = 0;
    while at < xs.len() {
        // The last sixteen may be made in part for the second time.
        at = at.min(xs.len() - LANES);
        let places = (pairs(&xs[at..at + LANES]), pairs(&ys[at..at + LANES]));
        // SAFETY: as this function's.
        unsafe { vectors.sixteen(places, &mut out[at * 3..][..3 * LANES]) };
        at += LANES;
    }
}

/// Of sixteen positions, pairs 0, 2, 4 and 6; and pairs 1, 3, 5 and 7.
#[target_feature(enable = "avx512f")]
#[inline]
fn pairs(positions: &[Position]) -> Axis {
    assert!(positions.len() == LANES, "invariant: sixteen positions");
    let from = positions.as_ptr().cast::<__m512i>();
    // SAFETY: a position is 64 bits, and there are sixteen.
    let (a, b) = unsafe { (_mm512_loadu_si512(from), _mm512_loadu_si512(from.add(1))) };
    (_mm512_shuffle_i64x2::<0b10_00_10_00>(a, b), _mm512_shuffle_i64x2::<0b11_01_11_01>(a, b))
}

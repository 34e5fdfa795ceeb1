//! Bilinear reading, eight pixels at a time: the twin of `bilinear::read_run`, byte for byte.
//!
//! Neighbours lie side by side, so one load of eight bytes brings two pixels; what `blend` does is what
//! `vpmulhrsw` does, sixteen levels at once.

#![allow(unsafe_code, reason = "vector loads and stores take pointers")]

use super::bilinear::{self, Run};
use crate::image::Window;
use std::arch::x86_64::*;

/// Pixels that one turn of the loop makes.
const LANES: usize = 8;

/// Whether offsets in this picture fit the vectors' 32 bits.
pub(super) fn fits(source: Window<'_>) -> bool {
    i32::try_from(source.padded().len()).is_ok()
}

/// Fills `out` as [`bilinear::run`] does.
pub(super) fn run(source: Window<'_>, run: &Run, out: &mut [u8]) {
    match run.copies() {
        Some(1) => bilinear::copy_run(source, run, 1, out),
        // SAFETY: `super::run_reader` asked for AVX2, and the run stays inside the picture.
        Some(_) => unsafe { mirror_run(source.padded(), run.offset(source.stride()), out) },
        // SAFETY: as above; `super::run_reader` asked `fits` too.
        None => unsafe { read_run(source, run, out) },
    }
}

/// Fills `out` as [`bilinear::read_run`] does from the first pixel of `run` on.
///
/// # Safety
/// The machine has AVX2, [`fits`] holds, and `run` stays inside `source`.
#[target_feature(enable = "avx2")]
unsafe fn read_run(source: Window<'_>, run: &Run, out: &mut [u8]) {
    let (_, down) = run.neighbours(source.stride());
    let bytes = source.padded();
    let stride = source.stride() as i32;
    let scale = _mm256_setr_epi32(3, 3, stride, stride, 3, 3, stride, stride);
    let mut x = lanes(run.from.0.0, run.step.0);
    let mut y = lanes(run.from.1.0, run.step.1);
    let (dx, dy) = (_mm256_set1_epi64x(4 * run.step.0), _mm256_set1_epi64x(4 * run.step.1));
    let full = out.len() / (3 * LANES);
    for out in out[..full * 3 * LANES].chunks_exact_mut(3 * LANES) {
        // SAFETY: the run stays inside the picture, behind whose pixels eight bytes may be read.
        let first = unsafe { four(bytes, down, scale, x, y) };
        (x, y) = (_mm256_add_epi64(x, dx), _mm256_add_epi64(y, dy));
        // SAFETY: as above.
        let second = unsafe { four(bytes, down, scale, x, y) };
        (x, y) = (_mm256_add_epi64(x, dx), _mm256_add_epi64(y, dy));
        // SAFETY: `out` has 24 bytes: 12 from each half, and what the first writes beyond, the second covers.
        unsafe {
            _mm_storeu_si128(out.as_mut_ptr().cast(), first);
            _mm_storel_epi64(out.as_mut_ptr().add(12).cast(), second);
            out.as_mut_ptr().add(20).cast::<i32>().write_unaligned(_mm_extract_epi32::<2>(second));
        }
    }
    bilinear::read_run(source, run, full * LANES, &mut out[full * 3 * LANES..]);
}

/// Four positions, `step` apart.
#[target_feature(enable = "avx2")]
fn lanes(from: i64, step: i64) -> __m256i {
    // The last lanes may lie beyond the run; they are not read then.
    let at = |n: i64| from.wrapping_add(step.wrapping_mul(n));
    _mm256_setr_epi64x(at(0), at(1), at(2), at(3))
}

/// The levels of four pixels in the first twelve bytes.
///
/// # Safety
/// The machine has AVX2; all four positions lie inside the picture.
#[target_feature(enable = "avx2")]
#[inline]
unsafe fn four(bytes: &[u8], down: usize, scale: __m256i, x: __m256i, y: __m256i) -> __m128i {
    // The whole pixels of x0 x1 y0 y1 | x2 x3 y2 y3, times bytes a pixel and bytes a row, summed.
    let whole = _mm256_castps_si256(_mm256_shuffle_ps::<0b11_01_11_01>(_mm256_castsi256_ps(x), _mm256_castsi256_ps(y)));
    let parts = _mm256_mullo_epi32(whole, scale);
    let offsets = _mm256_add_epi32(parts, _mm256_shuffle_epi32::<0b01_00_11_10>(parts));
    let low = _mm_cvtsi128_si64(_mm256_castsi256_si128(offsets)) as u64;
    let high = _mm_cvtsi128_si64(_mm256_extracti128_si256::<1>(offsets)) as u64;
    let at = [low as u32 as usize, (low >> 32) as usize, high as u32 as usize, (high >> 32) as usize];
    // SAFETY: as this function's.
    let (upper, lower) = unsafe { (pairs(bytes, at, 0), pairs(bytes, at, down)) };
    let (fx, fy) = (weights(x), weights(y));
    let (top, bottom) = (across(upper, fx), across(lower, fx));
    let blended = _mm256_add_epi16(top, _mm256_mulhrs_epi16(_mm256_sub_epi16(bottom, top), fy));
    let levels = _mm256_srli_epi16::<7>(_mm256_add_epi16(blended, _mm256_set1_epi16(64)));
    let packed = _mm_packus_epi16(_mm256_castsi256_si128(levels), _mm256_extracti128_si256::<1>(levels));
    _mm_shuffle_epi8(packed, _mm_setr_epi8(0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, -1, -1, -1, -1))
}

/// Eight bytes at each offset.
///
/// # Safety
/// The machine has AVX2; eight bytes may be read at each of `at`, `beyond` further on.
#[target_feature(enable = "avx2")]
#[inline]
unsafe fn pairs(bytes: &[u8], at: [usize; 4], beyond: usize) -> __m256i {
    debug_assert!(at.iter().all(|at| at + beyond + 8 <= bytes.len()), "invariant: inside the padded picture");
    // SAFETY: as this function's.
    let load = |at: usize| unsafe { bytes.as_ptr().add(at + beyond).cast::<i64>().read_unaligned() };
    _mm256_setr_epi64x(load(at[0]), load(at[1]), load(at[2]), load(at[3]))
}

/// The 15 bits behind the point, four times for each position.
#[target_feature(enable = "avx2")]
#[inline]
fn weights(positions: __m256i) -> __m256i {
    let high_bytes = _mm256_broadcastsi128_si256(_mm_setr_epi8(2, 3, 2, 3, 2, 3, 2, 3, 10, 11, 10, 11, 10, 11, 10, 11));
    _mm256_srli_epi16::<1>(_mm256_shuffle_epi8(positions, high_bytes))
}

/// Blends each pixel with its right neighbour; levels with 7 bits behind the point.
#[target_feature(enable = "avx2")]
#[inline]
fn across(pairs: __m256i, fx: __m256i) -> __m256i {
    // A level into the high byte of its lane, then half of that: level << 7.
    let left = _mm_setr_epi8(-1, 0, -1, 1, -1, 2, -1, -1, -1, 8, -1, 9, -1, 10, -1, -1);
    let right = _mm_setr_epi8(-1, 3, -1, 4, -1, 5, -1, -1, -1, 11, -1, 12, -1, 13, -1, -1);
    let spread = |order| _mm256_srli_epi16::<1>(_mm256_shuffle_epi8(pairs, _mm256_broadcastsi128_si256(order)));
    let (a, b) = (spread(left), spread(right));
    _mm256_add_epi16(a, _mm256_mulhrs_epi16(_mm256_sub_epi16(b, a), fx))
}

/// Fills `out` with the pixels before and at `at`, backwards.
///
/// # Safety
/// The machine has AVX2; `bytes` holds `out.len() / 3` pixels that end with the one at `at`.
#[target_feature(enable = "avx2")]
unsafe fn mirror_run(bytes: &[u8], at: usize, out: &mut [u8]) {
    debug_assert!(at + 3 >= out.len() && at + 3 <= bytes.len(), "invariant: inside the picture");
    let order = _mm_setr_epi8(13, 14, 15, 10, 11, 12, 7, 8, 9, 4, 5, 6, 1, 2, 3, -1);
    let mut done = 0;
    while done + 18 <= out.len() {
        // SAFETY: 18 bytes are left on both sides, of which 16 are read and written.
        unsafe {
            let five = _mm_loadu_si128(bytes.as_ptr().add(at + 3 - done - 16).cast());
            _mm_storeu_si128(out.as_mut_ptr().add(done).cast(), _mm_shuffle_epi8(five, order));
        }
        done += 15;
    }
    let rest = &bytes[at + 3 - out.len()..at + 3 - done];
    for (out, pixel) in out[done..].chunks_exact_mut(3).zip(rest.rchunks_exact(3)) {
        out.copy_from_slice(pixel);
    }
}

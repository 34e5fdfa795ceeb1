//! Blocks with AVX2: eight lines at a time, with the same whole numbers as one by one.

#![allow(unsafe_code, reason = "vector loads and stores take pointers")]

use super::Steps;
use super::dct::{self, Lane};
use crate::kernels::cpu::align_stack;
use std::arch::x86_64::*;

/// One number of each of eight lines.
#[derive(Clone, Copy)]
pub(super) struct Eight(pub(super) __m256i);

// SAFETY of all below: only what is compiled for AVX2 uses them.
impl Lane for Eight {
    #[inline(always)]
    fn all(value: i32) -> Self {
        // SAFETY: see above.
        Self(unsafe { _mm256_set1_epi32(value) })
    }

    #[inline(always)]
    fn plus(self, other: Self) -> Self {
        // SAFETY: see above.
        Self(unsafe { _mm256_add_epi32(self.0, other.0) })
    }

    #[inline(always)]
    fn minus(self, other: Self) -> Self {
        // SAFETY: see above.
        Self(unsafe { _mm256_sub_epi32(self.0, other.0) })
    }

    #[inline(always)]
    fn times(self, factor: i32) -> Self {
        // SAFETY: see above.
        Self(unsafe { _mm256_mullo_epi32(self.0, _mm256_set1_epi32(factor)) })
    }

    #[inline(always)]
    fn up<const BITS: i32>(self) -> Self {
        // SAFETY: see above.
        Self(unsafe { _mm256_slli_epi32::<BITS>(self.0) })
    }

    #[inline(always)]
    fn down<const BITS: i32>(self) -> Self {
        // SAFETY: see above.
        Self(unsafe { _mm256_srai_epi32::<BITS>(_mm256_add_epi32(self.0, _mm256_set1_epi32(1 << (BITS - 1)))) })
    }
}

/// [`super::coarsen`], on a machine that has AVX2.
pub(super) fn coarsen(plane: &mut [u8], stride: usize, steps: &Steps) {
    for rows in plane.chunks_exact_mut(8 * stride) {
        for x in (0..stride / 8 * 8).step_by(8) {
            // SAFETY: who calls this asked for AVX2; eight rows of `stride` bytes, of which eight follow `x`.
            unsafe { block(rows[x..].as_mut_ptr(), stride, steps) };
        }
    }
}

/// Rounds the frequencies of one block.
///
/// # Safety
/// The machine has AVX2, and eight bytes lie at `at` and at each of the next seven rows.
#[target_feature(enable = "avx2")]
unsafe fn block(at: *mut u8, stride: usize, steps: &Steps) {
    align_stack();
    let middle = _mm256_set1_epi32(128);
    let mut rows = [Eight(middle); 8];
    for (y, row) in rows.iter_mut().enumerate() {
        // SAFETY: eight bytes lie there.
        let bytes = unsafe { _mm_loadl_epi64(at.add(y * stride).cast()) };
        row.0 = _mm256_sub_epi32(_mm256_cvtepu8_epi32(bytes), middle);
    }
    let lines = dct::first_to_frequencies(transposed(rows));
    let mut lines = dct::second_to_frequencies(transposed(lines));
    for (y, line) in lines.iter_mut().enumerate() {
        // SAFETY: eight numbers.
        let reciprocal = unsafe { _mm256_loadu_ps(steps.reciprocal[y].as_ptr()) };
        // SAFETY: eight numbers.
        let size = unsafe { _mm256_loadu_si256(steps.size[y].as_ptr().cast()) };
        let many = _mm256_cvtps_epi32(_mm256_mul_ps(_mm256_cvtepi32_ps(_mm256_abs_epi32(line.0)), reciprocal));
        line.0 = _mm256_mullo_epi32(_mm256_sign_epi32(many, line.0), size);
    }
    let lines = dct::first_to_samples(lines);
    // SAFETY: as the caller says.
    unsafe { put(transposed(dct::second_to_samples(transposed(lines))), at, stride) };
}

/// Stores eight rows of samples about zero as levels.
///
/// # Safety
/// Eight bytes lie at `at` and at each of the next seven rows.
#[target_feature(enable = "avx2")]
unsafe fn put(rows: [Eight; 8], at: *mut u8, stride: usize) {
    let middle = _mm256_set1_epi32(128);
    let in_order = _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7);
    for half in 0..2 {
        let (upper, lower) = (&rows[4 * half..][..2], &rows[4 * half + 2..][..2]);
        let upper = _mm256_packs_epi32(_mm256_add_epi32(upper[0].0, middle), _mm256_add_epi32(upper[1].0, middle));
        let lower = _mm256_packs_epi32(_mm256_add_epi32(lower[0].0, middle), _mm256_add_epi32(lower[1].0, middle));
        let bytes = _mm256_packus_epi16(upper, lower);
        let mut four = [0u64; 4];
        // SAFETY: 32 bytes.
        unsafe { _mm256_storeu_si256(four.as_mut_ptr().cast(), _mm256_permutevar8x32_epi32(bytes, in_order)) };
        for (y, row) in four.iter().enumerate() {
            // SAFETY: eight bytes lie there.
            unsafe { at.add((4 * half + y) * stride).cast::<u64>().write_unaligned(*row) };
        }
    }
}

/// Lines for columns.
#[target_feature(enable = "avx2")]
pub(super) fn transposed(x: [Eight; 8]) -> [Eight; 8] {
    let (mut pairs, mut fours, mut lines) = ([x[0].0; 8], [x[0].0; 8], x);
    for i in 0..4 {
        pairs[2 * i] = _mm256_unpacklo_epi32(x[2 * i].0, x[2 * i + 1].0);
        pairs[2 * i + 1] = _mm256_unpackhi_epi32(x[2 * i].0, x[2 * i + 1].0);
    }
    // Each half of fours i and i + 4 is a half of a line: of the upper rows, and of the lower rows.
    for (i, k) in [0, 1, 4, 5].into_iter().enumerate() {
        fours[2 * i] = _mm256_unpacklo_epi64(pairs[k], pairs[k + 2]);
        fours[2 * i + 1] = _mm256_unpackhi_epi64(pairs[k], pairs[k + 2]);
    }
    for i in 0..4 {
        lines[i].0 = _mm256_permute2x128_si256::<0x20>(fours[i], fours[i + 4]);
        lines[i + 4].0 = _mm256_permute2x128_si256::<0x31>(fours[i], fours[i + 4]);
    }
    lines
}

//! Blocks of a file with AVX2: eight columns at a time, with the same whole numbers as one by one.

#![allow(unsafe_code, reason = "vector loads and stores take pointers")]

use super::dct_avx2::{Eight, transposed};
use super::levels::{Block, Steps, flat, to_samples};
use crate::kernels::cpu::align_stack;
use std::arch::x86_64::*;

/// [`super::to_levels`], on a machine that has AVX2.
pub(super) fn to_levels(block: &Block, mean: i16, steps: &Steps, target: &mut [u8], stride: usize) {
    assert!(target.len() >= 7 * stride + 8, "invariant: room for eight rows");
    // SAFETY: who calls this asked for AVX2; eight bytes lie at the first and at each of the next seven rows.
    unsafe { levels(block, mean, steps, target.as_mut_ptr(), stride) }
}

/// # Safety
/// The machine has AVX2, and eight bytes lie at `at` and at each of the next seven rows.
#[target_feature(enable = "avx2")]
unsafe fn levels(block: &Block, mean: i16, steps: &Steps, at: *mut u8, stride: usize) {
    let mut numbers = [_mm_setzero_si128(); 8];
    for (numbers, row) in numbers.iter_mut().zip(block.as_chunks::<8>().0) {
        // SAFETY: eight numbers of 16 bits.
        *numbers = unsafe { _mm_loadu_si128(row.as_ptr().cast()) };
    }
    let mut any = _mm_insert_epi16::<0>(numbers[0], 0);
    for numbers in &numbers[1..] {
        any = _mm_or_si128(any, *numbers);
    }
    if _mm_testz_si128(any, any) == 1 {
        let row = u64::from_ne_bytes([flat(mean, steps.0[0]); 8]);
        for y in 0..8 {
            // SAFETY: as the caller says.
            unsafe { at.add(y * stride).cast::<u64>().write_unaligned(row) };
        }
        return;
    }
    align_stack();
    numbers[0] = _mm_insert_epi16::<0>(numbers[0], i32::from(mean));
    let mut lines = [Eight(_mm256_setzero_si256()); 8];
    for ((line, numbers), steps) in lines.iter_mut().zip(numbers).zip(steps.0.as_chunks::<8>().0) {
        // SAFETY: eight of 32 bits.
        let steps = unsafe { _mm256_loadu_si256(steps.as_ptr().cast()) };
        line.0 = _mm256_mullo_epi32(_mm256_cvtepi16_epi32(numbers), steps);
    }
    let columns = to_samples::<_, 17>(transposed(to_samples::<_, 10>(lines)));
    let rows = [left_half(&columns[..4]), left_half(&columns[4..])];
    // Of each half of a vector two rows.
    for (first, pairs) in [(0, _mm256_unpacklo_epi32(rows[0], rows[1])), (2, _mm256_unpackhi_epi32(rows[0], rows[1]))] {
        for (y, pair) in [(first, _mm256_castsi256_si128(pairs)), (first + 4, _mm256_extracti128_si256::<1>(pairs))] {
            // SAFETY: as the caller says.
            unsafe { _mm_storel_epi64(at.add(y * stride).cast(), pair) };
            // SAFETY: as the caller says.
            unsafe { _mm_storeh_pd(at.add((y + 1) * stride).cast(), _mm_castsi128_pd(pair)) };
        }
    }
}

/// Four columns of eight samples as levels, four rows in each half of the vector.
#[target_feature(enable = "avx2")]
fn left_half(columns: &[Eight]) -> __m256i {
    let pairs = [_mm256_packs_epi32(columns[0].0, columns[1].0), _mm256_packs_epi32(columns[2].0, columns[3].0)];
    let by_rows = _mm256_broadcastsi128_si256(_mm_setr_epi8(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15));
    _mm256_shuffle_epi8(_mm256_packus_epi16(pairs[0], pairs[1]), by_rows)
}

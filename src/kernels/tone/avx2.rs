//! Straight lines with AVX2: eight levels at a time, with the same roundings as one by one.

#![allow(unsafe_code, reason = "vector loads and stores take pointers")]

use super::line::Line;
use std::arch::x86_64::*;

/// Bytes in a turn: a whole number of pixels and of vectors.
const TURN: usize = 96;

/// As [`super::line::apply`], which asked for AVX2.
pub(super) fn apply(source: &[u8], lines: &[Line; 3], target: &mut [u8]) -> usize {
    // SAFETY: the machine has AVX2.
    unsafe { turns(source, lines, target) }
}

/// All whole turns.
///
/// # Safety
/// The machine has AVX2.
#[target_feature(enable = "avx2")]
unsafe fn turns(source: &[u8], lines: &[Line; 3], target: &mut [u8]) -> usize {
    // Lane i of vector k belongs to channel (8 k + i) mod 3, so every third vector is alike.
    let lanes = |part: fn(&Line) -> f32| {
        [0, 1, 2].map(|k| {
            let values: [f32; 8] = std::array::from_fn(|i| part(&lines[(8 * k + i) % 3]));
            // SAFETY: eight numbers.
            unsafe { _mm256_loadu_ps(values.as_ptr()) }
        })
    };
    let (scale, offset) = (lanes(|line| line.scale), lanes(|line| line.offset));
    let in_order = _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7);
    let whole = source.len().min(target.len()) / TURN * TURN;
    for (from, to) in source[..whole].chunks_exact(TURN).zip(target[..whole].chunks_exact_mut(TURN)) {
        for part in 0..3 {
            let eight = |i: usize| {
                let k = 4 * part + i;
                // SAFETY: twelve times eight bytes are the 96 of a turn.
                let levels = unsafe { _mm_loadl_epi64(from.as_ptr().add(8 * k).cast()) };
                let levels = _mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(levels));
                _mm256_cvttps_epi32(_mm256_add_ps(_mm256_mul_ps(levels, scale[k % 3]), offset[k % 3]))
            };
            let words = [_mm256_packs_epi32(eight(0), eight(1)), _mm256_packs_epi32(eight(2), eight(3))];
            let bytes = _mm256_permutevar8x32_epi32(_mm256_packus_epi16(words[0], words[1]), in_order);
            // SAFETY: three times 32 bytes are the 96 of a turn.
            unsafe { _mm256_storeu_si256(to.as_mut_ptr().add(32 * part).cast(), bytes) };
        }
    }
    whole
}

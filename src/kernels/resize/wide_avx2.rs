//! Rows resampled pixel by pixel, four source pixels at a time: for windows that have many.

#![allow(unsafe_code, reason = "vector loads and stores take pointers")]

use super::across_avx2::{BEHIND, ROWS};
use super::taps::Taps;
use std::arch::x86_64::*;

/// Source pixels that one multiplication takes.
const PIXELS: usize = 4;

/// Taps in groups of four pixels, inside the row, each weight where its products need it.
#[derive(Debug)]
pub(super) struct Windows {
    /// Where the pixels of each output position begin, in bytes.
    first: Vec<usize>,
    groups: usize,
    /// For each group 16 numbers: the first two weights four times, the last two four times.
    weights: Vec<i16>,
}

impl Windows {
    /// For rows of `width` pixels, if groups fit into them.
    pub(super) fn new(taps: &Taps, width: usize) -> Option<Self> {
        let groups = taps.count().div_ceil(PIXELS);
        let last = width.checked_sub(groups * PIXELS)?;
        let mut windows = Self { first: Vec::new(), groups, weights: Vec::new() };
        let mut padded = vec![0i16; groups * PIXELS];
        for (first, weights) in taps.iter() {
            let start = first.min(last);
            padded.fill(0);
            padded[first - start..][..weights.len()].copy_from_slice(weights);
            windows.first.push(start * 3);
            for group in padded.chunks_exact(PIXELS) {
                let ([a, b], [c, d]) = ([group[0], group[1]], [group[2], group[3]]);
                windows.weights.extend([a, b, a, b, a, b, a, b, c, d, c, d, c, d, c, d]);
            }
        }
        Some(windows)
    }
}

/// Fills four lines from four rows, behind which [`BEHIND`] bytes may be read.
///
/// # Safety
/// The machine has AVX2; rows are as long as those that the windows were made for.
#[target_feature(enable = "avx2")]
pub(super) unsafe fn four_rows(rows: [&[u8]; ROWS], windows: &Windows, bits: u32, lines: &mut [u8]) {
    let stride = lines.len() / ROWS;
    assert!(windows.first.len() * 3 < stride, "invariant: lines have room for one byte more");
    let half = _mm256_setr_epi32(1 << (bits - 1), 1 << (bits - 1), 1 << (bits - 1), 0, 0, 0, 0, 0);
    let bits = _mm_cvtsi32_si128(bits as i32);
    // Channel by channel, pixels 0 and 1, and in the upper half 2 and 3.
    let pairs = _mm256_setr_epi8(
        0, -1, 3, -1, 1, -1, 4, -1, 2, -1, 5, -1, -1, -1, -1, -1, //
        6, -1, 9, -1, 7, -1, 10, -1, 8, -1, 11, -1, -1, -1, -1, -1,
    );
    let weights = windows.weights.chunks_exact(16 * windows.groups);
    for (x, (first, weights)) in windows.first.iter().zip(weights).enumerate() {
        let mut sums = [half; ROWS];
        for (group, weights) in weights.chunks_exact(16).enumerate() {
            let at = first + group * PIXELS * 3;
            // SAFETY: a group has 16 weights.
            let weights = unsafe { _mm256_loadu_si256(weights.as_ptr().cast()) };
            for (row, sum) in rows.iter().zip(&mut sums) {
                debug_assert!(at + PIXELS * 3 + BEHIND <= row.len(), "invariant: made for such rows");
                // SAFETY: twelve bytes of the row, and the four behind them.
                let pixels = unsafe { _mm_loadu_si128(row.as_ptr().add(at).cast()) };
                let levels = _mm256_shuffle_epi8(_mm256_broadcastsi128_si256(pixels), pairs);
                *sum = _mm256_add_epi32(*sum, _mm256_madd_epi16(levels, weights));
            }
        }
        let [a, b, c, d] = sums;
        let levels = _mm_packus_epi16(two_pixels(a, b, bits), two_pixels(c, d, bits));
        let pixels = [
            _mm_extract_epi32::<0>(levels),
            _mm_extract_epi32::<1>(levels),
            _mm_extract_epi32::<2>(levels),
            _mm_extract_epi32::<3>(levels),
        ];
        for (row, pixel) in pixels.into_iter().enumerate() {
            // SAFETY: the fourth byte is one that the next pixel overwrites, or the one more that a line has.
            unsafe { lines.as_mut_ptr().add(row * stride + x * 3).cast::<i32>().write_unaligned(pixel) };
        }
    }
}

/// Both halves of each sum together, as whole levels.
#[target_feature(enable = "avx2")]
#[inline]
fn two_pixels(one: __m256i, other: __m256i, bits: __m128i) -> __m128i {
    let (lower, upper) = (_mm256_castsi256_si128(one), _mm256_extracti128_si256::<1>(one));
    let one = _mm_sra_epi32(_mm_add_epi32(lower, upper), bits);
    let (lower, upper) = (_mm256_castsi256_si128(other), _mm256_extracti128_si256::<1>(other));
    _mm_packs_epi32(one, _mm_sra_epi32(_mm_add_epi32(lower, upper), bits))
}

//! Resampling with AVX2: the twin of `plain`, byte for byte.
//!
//! `vpmaddwd` multiplies pairs of levels with pairs of weights and adds them, eight sums at once.

#![allow(unsafe_code, reason = "vector loads and stores take pointers")]

use super::plain;
use super::taps::Taps;
use crate::image::Window;
use std::arch::x86_64::*;

/// Source pixels that one multiplication takes across.
const PIXELS: usize = 4;
/// Rows that are resampled together, since they share their weights.
const ROWS: usize = 4;
/// Bytes of a vector.
const BYTES: usize = 32;

/// Resamples rows as [`plain::across`] does.
pub(super) fn across(source: Window<'_>, taps: &Taps, target: &mut [u8]) {
    let (width, height) = (source.size().width as usize, source.size().height as usize);
    let stride = target.len() / height;
    let groups = taps.count().div_ceil(PIXELS);
    if width < groups * PIXELS || height < ROWS {
        return plain::across(source, taps, target);
    }
    let windows = Windows::new(taps, groups, width);
    for y in (0..height).step_by(ROWS) {
        // The last rows once more, rather than fewer at a time.
        let y = y.min(height - ROWS);
        let from = &source.padded()[y * source.stride()..];
        // SAFETY: `super::ways` asked for AVX2; windows lie inside the rows, behind which eight bytes may be
        // read; `target` has these four rows.
        unsafe { four_rows(from, source.stride(), &windows, taps.bits, &mut target[y * stride..(y + ROWS) * stride]) };
    }
}

/// Taps in groups of four pixels, inside the row, each weight where its products need it.
struct Windows {
    /// Where the pixels of each output position begin, in bytes.
    first: Vec<usize>,
    groups: usize,
    /// For each group 16 numbers: the first two weights four times, the last two four times.
    weights: Vec<i16>,
}

impl Windows {
    fn new(taps: &Taps, groups: usize, width: usize) -> Self {
        let mut windows = Self { first: Vec::new(), groups, weights: Vec::new() };
        let mut padded = vec![0i16; groups * PIXELS];
        for (first, weights) in taps.iter() {
            let start = first.min(width - groups * PIXELS);
            padded.fill(0);
            padded[first - start..][..weights.len()].copy_from_slice(weights);
            windows.first.push(start * 3);
            for group in padded.chunks_exact(PIXELS) {
                let ([a, b], [c, d]) = ([group[0], group[1]], [group[2], group[3]]);
                windows.weights.extend([a, b, a, b, a, b, a, b, c, d, c, d, c, d, c, d]);
            }
        }
        windows
    }
}

/// Resamples four rows, `from_stride` bytes apart.
///
/// # Safety
/// The machine has AVX2. Windows lie inside rows of `from_stride` bytes, of which `from` has four and four
/// bytes more; `target` has four rows of as many pixels as there are windows.
#[target_feature(enable = "avx2")]
unsafe fn four_rows(from: &[u8], from_stride: usize, windows: &Windows, bits: u32, target: &mut [u8]) {
    let stride = target.len() / ROWS;
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
            for (row, sum) in sums.iter_mut().enumerate() {
                debug_assert!(row * from_stride + at + 16 <= from.len(), "invariant: inside the padded picture");
                // SAFETY: twelve bytes of the row, and four more, which `from` has.
                let pixels = unsafe { _mm_loadu_si128(from.as_ptr().add(row * from_stride + at).cast()) };
                let levels = _mm256_shuffle_epi8(_mm256_broadcastsi128_si256(pixels), pairs);
                *sum = _mm256_add_epi32(*sum, _mm256_madd_epi16(levels, weights));
            }
        }
        let whole = sums.map(|sum| {
            let both = _mm_add_epi32(_mm256_castsi256_si128(sum), _mm256_extracti128_si256::<1>(sum));
            _mm_sra_epi32(both, bits)
        });
        let levels = _mm_packus_epi16(_mm_packs_epi32(whole[0], whole[1]), _mm_packs_epi32(whole[2], whole[3]));
        let pixels = [
            _mm_extract_epi32::<0>(levels),
            _mm_extract_epi32::<1>(levels),
            _mm_extract_epi32::<2>(levels),
            _mm_extract_epi32::<3>(levels),
        ];
        for (row, pixel) in pixels.into_iter().enumerate() {
            // SAFETY: `put` needs room for a pixel at this place of the row, and for one more unless it is the last.
            unsafe { put(target, row * stride + x * 3, x + 1 < windows.first.len(), pixel) };
        }
    }
}

/// Writes three bytes, or four if the next pixel, whose first byte is the fourth, comes later.
///
/// # Safety
/// `target` has three bytes at `at`, or six if `more`.
#[inline]
unsafe fn put(target: &mut [u8], at: usize, more: bool, pixel: i32) {
    debug_assert!(at + if more { 6 } else { 3 } <= target.len(), "invariant: inside the row");
    if more {
        // SAFETY: as this function's.
        unsafe { target.as_mut_ptr().add(at).cast::<i32>().write_unaligned(pixel) };
    } else {
        target[at..at + 3].copy_from_slice(&pixel.to_le_bytes()[..3]);
    }
}

/// Resamples columns as [`plain::down`] does.
pub(super) fn down(source: Window<'_>, taps: &Taps, target: &mut [u8]) {
    let stride = source.size().width as usize * 3;
    if stride < BYTES {
        return plain::down(source, taps, target);
    }
    for (row, (first, weights)) in target.chunks_exact_mut(stride).zip(taps.iter()) {
        let rows = &source.padded()[first * stride..][..weights.len() * stride];
        for at in (0..stride).step_by(BYTES) {
            // The last bytes once more, rather than fewer at a time.
            let at = at.min(stride - BYTES);
            // SAFETY: `super::ways` asked for AVX2; `rows` has a row for each weight, and each row, like
            // `row`, has 32 bytes at `at`.
            unsafe { blend(rows, stride, at, weights, taps.bits, &mut row[at..at + BYTES]) };
        }
    }
}

/// The weighted sum of 32 bytes at `at` of each row.
///
/// # Safety
/// The machine has AVX2; `rows` has a row of `stride` bytes for each weight, `at + 32 <= stride`, and `out`
/// has 32 bytes.
#[target_feature(enable = "avx2")]
#[inline]
unsafe fn blend(rows: &[u8], stride: usize, at: usize, weights: &[i16], bits: u32, out: &mut [u8]) {
    debug_assert!(rows.len() == weights.len() * stride && at + BYTES <= stride && out.len() == BYTES, "invariant: rows");
    let zero = _mm256_setzero_si256();
    let mut sums = [_mm256_set1_epi32(1 << (bits - 1)); 4];
    for (pair, two) in weights.chunks(2).enumerate() {
        // SAFETY: this row has 32 bytes at `at`.
        let upper: __m256i = unsafe { _mm256_loadu_si256(rows.as_ptr().add(2 * pair * stride + at).cast()) };
        let (lower, last) = match two {
            // SAFETY: so has the next.
            [_, last] => (unsafe { _mm256_loadu_si256(rows.as_ptr().add((2 * pair + 1) * stride + at).cast()) }, *last),
            _ => (zero, 0),
        };
        let factors = _mm256_set1_epi32(i32::from(two[0]) & 0xffff | i32::from(last) << 16);
        let (low, high) = (_mm256_unpacklo_epi8(upper, lower), _mm256_unpackhi_epi8(upper, lower));
        let levels = [
            _mm256_unpacklo_epi8(low, zero),
            _mm256_unpackhi_epi8(low, zero),
            _mm256_unpacklo_epi8(high, zero),
            _mm256_unpackhi_epi8(high, zero),
        ];
        for (sum, levels) in sums.iter_mut().zip(levels) {
            *sum = _mm256_add_epi32(*sum, _mm256_madd_epi16(levels, factors));
        }
    }
    let bits = _mm_cvtsi32_si128(bits as i32);
    let [a, b, c, d] = sums.map(|sum| _mm256_sra_epi32(sum, bits));
    let levels = _mm256_packus_epi16(_mm256_packs_epi32(a, b), _mm256_packs_epi32(c, d));
    // SAFETY: `out` has 32 bytes.
    unsafe { _mm256_storeu_si256(out.as_mut_ptr().cast(), levels) };
}

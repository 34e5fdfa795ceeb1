//! Rows resampled as streams of channel values: which bytes a vector of values needs is worked out once, and
//! then is a load and a shuffle in every row.

#![allow(unsafe_code, reason = "vector loads and stores take pointers")]

use super::across_avx2::ROWS;
use super::taps::{Blend, Taps};
use std::arch::x86_64::*;

/// Bytes of half a vector, within which bytes can be shuffled.
pub(super) const LANE: usize = 16;
/// Most taps of a sum: more take as long pixel by pixel.
const MOST_TAPS: usize = 8;
/// A shuffle puts zero for this.
const NONE: u8 = 0x80;

/// Where a vector of pairs of source bytes comes from, and what they weigh. Each half is put together from `LOADS` places.
#[derive(Debug)]
pub(super) struct Gather<const LOADS: usize> {
    /// Where to load 16 bytes for each half, inside the row that this was made for.
    starts: [[u32; 2]; LOADS],
    shuffles: [[[u8; LANE]; 2]; LOADS],
    weights: [i16; LANE],
}

impl<const LOADS: usize> Gather<LOADS> {
    /// For rows of `row` bytes, at least [`LANE`], the gathers of all channel values, 16 each. Two of them make 32 values:
    /// the first has each half's first eight, as packing wants it. None if bytes lie too far apart.
    pub(super) fn blends(blends: &[Blend], row: usize) -> Option<Vec<Self>> {
        let value = |value: usize| {
            let (blend, channel) = (blends[(value / 3).min(blends.len() - 1)], value % 3);
            ((blend.first * 3 + channel, blend.second * 3 + channel), blend.share)
        };
        let vectors = (blends.len() * 3).div_ceil(2 * LANE) * 2;
        let vector = |vector: usize| {
            let half = |half: usize| (vector / 2 * 4 + half * 2 + vector % 2) * 8;
            let lanes = [half(0), half(1)].map(|first| -> [_; 8] { std::array::from_fn(|i| value(first + i)) });
            let mut gather = Self::new(lanes.map(|lane| lane.map(|(pair, _)| pair)), row)?;
            gather.weights = std::array::from_fn(|i| lanes[i / 8][i % 8].1);
            Some(gather)
        };
        (0..vectors).map(vector).collect()
    }

    /// Gathers of `N` pairs for each half.
    fn new<const N: usize>(lanes: [[(usize, usize); N]; 2], row: usize) -> Option<Self> {
        let mut gather = Self { starts: [[0; 2]; LOADS], shuffles: [[[NONE; LANE]; 2]; LOADS], weights: [0; LANE] };
        for (half, pairs) in lanes.iter().enumerate() {
            let mut load = 0;
            let mut start = begin(pairs, row);
            gather.starts[0][half] = start as u32;
            for (i, (first, second)) in pairs.iter().enumerate() {
                if second - start >= LANE {
                    load += 1;
                    start = begin(&pairs[i..], row);
                    *gather.starts.get_mut(load)?.get_mut(half)? = start as u32;
                    if second - start >= LANE {
                        return None;
                    }
                }
                let (at, next) = (i * LANE / N, LANE / N / 2);
                gather.shuffles[load][half][at] = (first - start) as u8;
                gather.shuffles[load][half][at + next] = (second - start) as u8;
            }
        }
        Some(gather)
    }

    /// The bytes of `row`.
    ///
    /// # Safety
    /// The machine has AVX2; `row` is as long as those that this was made for.
    #[target_feature(enable = "avx2")]
    #[inline]
    unsafe fn pairs(&self, row: &[u8]) -> __m256i {
        let mut pairs = _mm256_setzero_si256();
        for (starts, shuffle) in self.starts.iter().zip(&self.shuffles) {
            let [lower, upper] = starts.map(|start| start as usize);
            debug_assert!(lower.max(upper) + LANE <= row.len(), "invariant: made for such rows");
            // SAFETY: 16 bytes lie there, as in every row that this was made for; a shuffle has 32.
            let (lower, upper, shuffle) = unsafe {
                let start = row.as_ptr();
                (
                    _mm_loadu_si128(start.add(lower).cast()),
                    _mm_loadu_si128(start.add(upper).cast()),
                    _mm256_loadu_si256(shuffle.as_ptr().cast()),
                )
            };
            pairs = _mm256_or_si256(pairs, _mm256_shuffle_epi8(_mm256_set_m128i(upper, lower), shuffle));
        }
        pairs
    }

    #[target_feature(enable = "avx2")]
    #[inline]
    fn weights(&self) -> __m256i {
        // SAFETY: 16 numbers.
        unsafe { _mm256_loadu_si256(self.weights.as_ptr().cast()) }
    }
}

/// Where a load begins that has as many of `pairs` as it can.
fn begin(pairs: &[(usize, usize)], row: usize) -> usize {
    // The next pixel's red may lie before this one's blue.
    pairs.iter().map(|(first, _)| *first).min().unwrap_or(0).min(row - LANE)
}

impl Gather<1> {
    /// For rows of `row` bytes, at least [`LANE`], the gathers of all channel values, eight each: for every two taps, one of a
    /// vector, and then those of the next. Two vectors make 16 values: the first has each half's first four, as packing wants it.
    /// None if bytes lie too far apart, or there are more taps than [`MOST_TAPS`].
    pub(super) fn sums(taps: &Taps, row: usize) -> Option<Vec<Self>> {
        if taps.count() > MOST_TAPS {
            return None;
        }
        let (all, count): (Vec<_>, _) = (taps.iter().collect(), taps.count());
        let value = |value: usize, tap: usize| {
            let ((first, weights), channel) = (all[(value / 3).min(all.len() - 1)], value % 3);
            let next = (tap + 1).min(count - 1);
            let weights = if next == tap { [weights[tap], 0] } else { [weights[tap], weights[next]] };
            (((first + tap) * 3 + channel, (first + next) * 3 + channel), weights)
        };
        let vectors = (all.len() * 3).div_ceil(2 * LANE) * 4;
        let mut gathers = Vec::with_capacity(vectors * count.div_ceil(2));
        for vector in 0..vectors {
            let half = |half: usize| (vector / 2 * 4 + half * 2 + vector % 2) * 4;
            for tap in (0..count).step_by(2) {
                let lanes = [half(0), half(1)].map(|first| -> [_; 4] { std::array::from_fn(|i| value(first + i, tap)) });
                let mut gather = Self::new(lanes.map(|lane| lane.map(|(pair, _)| pair)), row)?;
                gather.weights = std::array::from_fn(|i| lanes[i / 8][i % 8 / 2].1[i % 2]);
                gathers.push(gather);
            }
        }
        Some(gathers)
    }
}

/// Blends two taps of each value: fills four lines from four rows.
///
/// A share times a difference, rounded, is `vpmulhrsw`; it is what the weighted sum gives, since the weights sum to one.
///
/// # Safety
/// The machine has AVX2; rows are as long as those that the gathers were made for.
#[target_feature(enable = "avx2")]
pub(super) unsafe fn blend<const LOADS: usize>(rows: [&[u8]; ROWS], gathers: &[Gather<LOADS>], lines: &mut [u8]) {
    let stride = lines.len() / ROWS;
    assert!(gathers.len() * LANE <= stride, "invariant: lines have room for whole vectors");
    for (vector, [first, second]) in gathers.as_chunks().0.iter().enumerate() {
        for (row, from) in rows.iter().enumerate() {
            // SAFETY: rows are long enough; the line has room for all vectors.
            unsafe {
                let first = blended(first.pairs(from), first.weights());
                let second = blended(second.pairs(from), second.weights());
                let to = lines.as_mut_ptr().add(row * stride + vector * 2 * LANE);
                _mm256_storeu_si256(to.cast(), _mm256_packus_epi16(first, second));
            }
        }
    }
}

/// `first + (second - first) * share` for 16 pairs of bytes.
#[target_feature(enable = "avx2")]
#[inline]
pub(super) fn blended(pairs: __m256i, shares: __m256i) -> __m256i {
    let apart = _mm256_maddubs_epi16(pairs, _mm256_set1_epi16(0x01ff));
    let first = _mm256_and_si256(pairs, _mm256_set1_epi16(0x00ff));
    _mm256_add_epi16(first, _mm256_mulhrs_epi16(apart, shares))
}

/// Sums the taps of each value: fills four lines from four rows. `pairs` gathers make a vector of eight values.
///
/// # Safety
/// The machine has AVX2; rows are as long as those that the gathers were made for.
#[target_feature(enable = "avx2")]
pub(super) unsafe fn sum(rows: [&[u8]; ROWS], gathers: &[Gather<1>], pairs: usize, bits: u32, lines: &mut [u8]) {
    let stride = lines.len() / ROWS;
    assert!(gathers.len() / pairs * (LANE / 2) <= stride, "invariant: lines have room for whole vectors");
    let half = _mm256_set1_epi32(1 << (bits - 1));
    let bits = _mm_cvtsi32_si128(bits as i32);
    for (block, gathers) in gathers.chunks_exact(2 * pairs).enumerate() {
        let mut sums = [[half; 2]; ROWS];
        let (first, second) = gathers.split_at(pairs);
        for (first, second) in first.iter().zip(second) {
            for (row, sums) in rows.iter().zip(&mut sums) {
                for (gather, sum) in [first, second].into_iter().zip(sums) {
                    // SAFETY: rows are long enough.
                    let pairs = unsafe { gather.pairs(row) };
                    *sum = _mm256_add_epi32(*sum, _mm256_madd_epi16(pairs, gather.weights()));
                }
            }
        }
        for (pair, two) in sums.as_chunks::<2>().0.iter().enumerate() {
            let levels = _mm256_packus_epi16(whole(two[0], bits), whole(two[1], bits));
            let levels = _mm256_permute4x64_epi64::<0b11_01_10_00>(levels);
            // SAFETY: the lines have room for all vectors.
            unsafe {
                let to = lines.as_mut_ptr().add(2 * pair * stride + block * LANE);
                _mm_storeu_si128(to.cast(), _mm256_castsi256_si128(levels));
                _mm_storeu_si128(to.add(stride).cast(), _mm256_extracti128_si256::<1>(levels));
            }
        }
    }
}

/// Sums as whole levels.
#[target_feature(enable = "avx2")]
#[inline]
pub(super) fn whole([first, second]: [__m256i; 2], bits: __m128i) -> __m256i {
    _mm256_packs_epi32(_mm256_sra_epi32(first, bits), _mm256_sra_epi32(second, bits))
}

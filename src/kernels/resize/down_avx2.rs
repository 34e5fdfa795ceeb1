//! Lines blended to rows.

#![allow(unsafe_code, reason = "vector loads and stores take pointers")]

use super::gather_avx2::{blended, whole};
use super::taps::{Axis, Blend, Taps};
use std::arch::x86_64::*;
use std::ops::Range;

/// Bytes of a vector.
pub(super) const BYTES: usize = 32;

/// Lines that make a row.
#[derive(Clone, Copy)]
pub(super) struct Lines<'a> {
    pub(super) bytes: &'a [u8],
    /// Where each line begins, by twos: the last one twice if their number is odd.
    pub(super) starts: &'a [[usize; 2]],
}

/// Resamples columns as `plain::down` does, from lines that are made when they are needed.
#[derive(Debug)]
pub(super) struct Down {
    kernel: Kernel,
    /// The source row of each line.
    pub(super) rows: Vec<u32>,
    /// Lines that a row needs, at most.
    pub(super) count: usize,
}

#[derive(Debug)]
enum Kernel {
    Blend(Vec<Blend>),
    Sum {
        /// Each position's first line.
        first: Vec<usize>,
        /// Each position's weights, by twos.
        weights: Vec<[i16; 2]>,
        bits: u32,
    },
}

impl Lines<'_> {
    /// # Safety
    /// The machine has AVX2; 32 bytes lie there.
    #[target_feature(enable = "avx2")]
    #[inline]
    unsafe fn load(self, at: usize) -> __m256i {
        debug_assert!(at + BYTES <= self.bytes.len(), "invariant: whole vectors");
        // SAFETY: as this function's.
        unsafe { _mm256_loadu_si256(self.bytes.as_ptr().add(at).cast()) }
    }
}

impl Down {
    pub(super) fn new(axis: &Axis) -> Self {
        let taps = Taps::new(axis);
        let mut used = vec![false; axis.from as usize];
        if let Some(mut blends) = taps.blends() {
            blends.iter().for_each(|blend| [used[blend.first], used[blend.second]] = [true; 2]);
            let (rows, line) = numbered(&used);
            blends.iter_mut().for_each(|blend| [blend.first, blend.second] = [line[blend.first], line[blend.second]]);
            return Self { kernel: Kernel::Blend(blends), rows, count: 2 };
        }
        taps.iter().for_each(|(first, weights)| used[first..][..weights.len()].fill(true));
        let (rows, line) = numbered(&used);
        let first = taps.iter().map(|(first, _)| line[first]).collect();
        let mut weights = Vec::with_capacity(taps.len() * taps.count().div_ceil(2));
        for (_, all) in taps.iter() {
            weights.extend(all.chunks(2).map(|two| [two[0], two.get(1).copied().unwrap_or(0)]));
        }
        Self { kernel: Kernel::Sum { first, weights, bits: taps.bits }, rows, count: taps.count() }
    }

    /// The lines that row `y` needs.
    pub(super) fn needed(&self, y: usize) -> Range<usize> {
        match &self.kernel {
            Kernel::Blend(blends) => blends[y].first..blends[y].second + 1,
            Kernel::Sum { first, .. } => first[y]..first[y] + self.count,
        }
    }

    /// Makes row `y` from the lines that it needs, each of whole vectors.
    pub(super) fn make(&self, y: usize, lines: Lines<'_>, row: &mut [u8]) {
        let length = row.len().next_multiple_of(BYTES);
        assert!(lines.starts.as_flattened().iter().all(|start| start + length <= lines.bytes.len()), "invariant: whole vectors");
        // SAFETY: `Resizer::resize` asked for AVX2; lines have whole vectors.
        unsafe {
            match &self.kernel {
                Kernel::Blend(blends) => blend(lines, blends[y].share, row),
                Kernel::Sum { weights, bits, .. } => {
                    let pairs = self.count.div_ceil(2);
                    sum(lines, &weights[y * pairs..][..pairs], *bits, row);
                }
            }
        }
    }
}

/// The positions that are used, and for each position the number of those before it.
fn numbered(used: &[bool]) -> (Vec<u32>, Vec<usize>) {
    let rows: Vec<u32> = (0..).zip(used).filter(|(_, used)| **used).map(|(row, _)| row).collect();
    let mut line = vec![0; used.len()];
    rows.iter().enumerate().for_each(|(i, row)| line[*row as usize] = i);
    (rows, line)
}

/// Fills `row` vector by vector with what `levels` makes of an offset.
#[target_feature(enable = "avx2")]
#[inline]
fn fill(row: &mut [u8], levels: impl Fn(usize) -> __m256i) {
    let Some(last) = row.len().checked_sub(BYTES) else {
        let mut all = [0; BYTES];
        // SAFETY: 32 bytes.
        unsafe { _mm256_storeu_si256(all.as_mut_ptr().cast(), levels(0)) };
        return row.copy_from_slice(&all[..row.len()]);
    };
    for at in (0..row.len()).step_by(BYTES) {
        // The last bytes once more, rather than fewer at a time.
        let at = at.min(last);
        // SAFETY: 32 bytes lie between `last` and the end.
        unsafe { _mm256_storeu_si256(row.as_mut_ptr().add(at).cast(), levels(at)) };
    }
}

/// Blends two lines, with as much of the second one as `share` says.
///
/// # Safety
/// The machine has AVX2; lines have whole vectors for all of `row`.
#[target_feature(enable = "avx2")]
unsafe fn blend(lines: Lines<'_>, share: i16, row: &mut [u8]) {
    let [first, last] = lines.starts[0];
    if share == 0 {
        return row.copy_from_slice(&lines.bytes[first..][..row.len()]);
    }
    let share = _mm256_set1_epi16(share);
    fill(row, |at| {
        // SAFETY: both lines have whole vectors, of which this is one or lies within two.
        let (upper, lower) = unsafe { (lines.load(first + at), lines.load(last + at)) };
        let pairs = [_mm256_unpacklo_epi8(upper, lower), _mm256_unpackhi_epi8(upper, lower)];
        _mm256_packus_epi16(blended(pairs[0], share), blended(pairs[1], share))
    });
}

/// The weighted sum of lines.
///
/// # Safety
/// The machine has AVX2; lines have whole vectors for all of `row`.
#[target_feature(enable = "avx2")]
unsafe fn sum(lines: Lines<'_>, weights: &[[i16; 2]], bits: u32, row: &mut [u8]) {
    let (zero, half) = (_mm256_setzero_si256(), _mm256_set1_epi32(1 << (bits - 1)));
    let bits = _mm_cvtsi32_si128(bits as i32);
    fill(row, |at| {
        let mut sums = [half; 4];
        for ([first, second], weights) in lines.starts.iter().zip(weights) {
            // SAFETY: as in `blend`.
            let (upper, lower) = unsafe { (lines.load(first + at), lines.load(second + at)) };
            let [first, second] = weights.map(|weight| i32::from(weight as u16));
            let factors = _mm256_set1_epi32(first | second << 16);
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
        let [a, b, c, d] = sums;
        _mm256_packus_epi16(whole([a, b], bits), whole([c, d], bits))
    });
}

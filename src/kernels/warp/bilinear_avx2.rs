//! Bilinear reading, eight pixels at a time: the twin of `bilinear::read_run`, byte for byte.
//!
//! Neighbours lie side by side, so one load of eight bytes brings two pixels; `vpmaddubsw` blends them
//! across, `vpmulhrsw` down, sixteen levels at once.

#![allow(unsafe_code, reason = "vector loads and stores take pointers")]

use super::bilinear::{self, ACROSS, Run, TO_LEVEL};
use super::fixed::SHIFT;
use crate::image::Window;
use std::arch::x86_64::*;

/// Pixels that are made at once.
pub(in crate::kernels) const LANES: usize = 8;

/// Whether offsets in this picture fit the vectors' 32 bits.
pub(in crate::kernels) fn fits(source: Window<'_>) -> bool {
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
    let pixels = out.len() / 3;
    if pixels < LANES {
        return bilinear::read_run(source, run, 0, out);
    }
    let vectors = Vectors::new(source, run);
    let (mut low, mut high) = (vectors.positions(run, 0), vectors.positions(run, 2));
    let (full, rest) = (pixels / LANES, pixels % LANES);
    for out in out[..full * 3 * LANES].chunks_exact_mut(3 * LANES) {
        // SAFETY: the run stays inside the picture.
        unsafe { vectors.eight(low, high, out) };
        (low, high) = (vectors.onward(low), vectors.onward(high));
    }
    if rest > 0 {
        // The last eight once more, some of them for the second time.
        let from = pixels - LANES;
        // SAFETY: as above.
        unsafe { vectors.eight(vectors.positions(run, from), vectors.positions(run, from + 2), &mut out[from * 3..]) };
    }
}

/// Positions of four pixels: 0, 1, 4 and 5 of eight, or 2, 3, 6 and 7.
pub(in crate::kernels) type Positions = (__m256i, __m256i);

/// What stays the same along a run.
pub(in crate::kernels) struct Vectors<'a> {
    upper: &'a [u8],
    lower: &'a [u8],
    stride: __m256i,
    /// From eight pixels to the next eight.
    step: Positions,
    /// Pairs the levels of neighbours, channel by channel.
    pairs: __m256i,
    /// Puts the numbers of the first two of each half's four pixels into all four channels; and of the last two.
    spread: (__m256i, __m256i),
}

/// The words of pixels `first` and `first + 1` of four 32-bit numbers, four times each, as bytes of half a vector.
const fn spread(first: usize) -> [i8; 16] {
    let mut bytes = [0; 16];
    let mut n = 0;
    while n < 16 {
        bytes[n] = (4 * (first + n / 8) + n % 2) as i8;
        n += 1;
    }
    bytes
}

/// Sixteen bytes for both halves, of which the compiler must not know what they are: it would move them by two instructions
/// that are known to it where one does.
#[target_feature(enable = "avx2")]
fn both(bytes: [i8; 16]) -> __m256i {
    let bytes = std::hint::black_box(bytes);
    // SAFETY: sixteen bytes.
    _mm256_broadcastsi128_si256(unsafe { _mm_loadu_si128(bytes.as_ptr().cast()) })
}

impl<'a> Vectors<'a> {
    #[target_feature(enable = "avx2")]
    pub(in crate::kernels) fn new(source: Window<'a>, run: &Run) -> Self {
        let (_, down) = run.neighbours(source.stride());
        Self {
            upper: source.padded(),
            lower: &source.padded()[down..],
            stride: _mm256_set1_epi32(source.stride() as i32),
            step: (_mm256_set1_epi64x(8 * run.step.0), _mm256_set1_epi64x(8 * run.step.1)),
            pairs: both([0, 3, 1, 4, 2, 5, -1, -1, 8, 11, 9, 12, 10, 13, -1, -1]),
            spread: (both(const { spread(0) }), both(const { spread(2) })),
        }
    }

    /// The positions of pixels `n`, `n + 1`, `n + 4` and `n + 5`.
    #[target_feature(enable = "avx2")]
    fn positions(&self, run: &Run, n: usize) -> Positions {
        let at = |k| run.at(n + k);
        let ((x0, y0), (x1, y1), (x4, y4), (x5, y5)) = (at(0), at(1), at(4), at(5));
        (_mm256_setr_epi64x(x0.0, x1.0, x4.0, x5.0), _mm256_setr_epi64x(y0.0, y1.0, y4.0, y5.0))
    }

    #[target_feature(enable = "avx2")]
    #[inline]
    fn onward(&self, (x, y): Positions) -> Positions {
        (_mm256_add_epi64(x, self.step.0), _mm256_add_epi64(y, self.step.1))
    }

    /// Makes eight pixels.
    ///
    /// # Safety
    /// The machine has AVX2, all positions lie inside the picture, and `out` has 24 bytes.
    #[target_feature(enable = "avx2")]
    #[inline]
    pub(in crate::kernels) unsafe fn eight(&self, low: Positions, high: Positions, out: &mut [u8]) {
        debug_assert!(out.len() >= 24, "invariant: room for eight pixels");
        let (x, y) = ((low.0, high.0), (low.1, high.1));
        let quanta = |axis| _mm256_srli_epi32::<{ SHIFT as i32 }>(numbers::<BEYOND>(axis));
        // A byte with the weight of the left pixel, one with that of the right: 255 fx + 120.
        let fx = _mm256_mulhrs_epi16(quanta(x), _mm256_set1_epi16(ACROSS as i16));
        let weights = _mm256_add_epi16(_mm256_mullo_epi16(fx, _mm256_set1_epi16(255)), _mm256_set1_epi16(ACROSS as i16));
        let fy = quanta(y);
        let at = self.offsets(numbers::<WHOLE>(x), numbers::<WHOLE>(y));
        let four = |at: [u64; 4], spread: __m256i| {
            // SAFETY: eight bytes may be read at each pixel of the picture.
            let (upper, lower) = unsafe { (eight_bytes_at(self.upper, at), eight_bytes_at(self.lower, at)) };
            let weights = _mm256_shuffle_epi8(weights, spread);
            let across = |pixels| _mm256_maddubs_epi16(_mm256_shuffle_epi8(pixels, self.pairs), weights);
            let (top, bottom) = (across(upper), across(lower));
            let fy = _mm256_shuffle_epi8(fy, spread);
            let blended = _mm256_add_epi16(top, _mm256_mulhrs_epi16(_mm256_sub_epi16(bottom, top), fy));
            _mm256_mulhrs_epi16(blended, _mm256_set1_epi16(TO_LEVEL as i16))
        };
        let first = four([at[0], at[1], at[4], at[5]], self.spread.0);
        let last = four([at[2], at[3], at[6], at[7]], self.spread.1);
        // Pixels 0, 1, 2, 3 | 4, 5, 6, 7, four bytes each; then three each.
        let levels = _mm256_packus_epi16(first, last);
        let order = _mm_setr_epi8(0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, -1, -1, -1, -1);
        let levels = _mm256_shuffle_epi8(levels, _mm256_broadcastsi128_si256(order));
        let end = _mm256_extracti128_si256::<1>(levels);
        // SAFETY: `out` has 24 bytes; what the first store writes beyond its 12, the others cover.
        unsafe {
            _mm_storeu_si128(out.as_mut_ptr().cast(), _mm256_castsi256_si128(levels));
            _mm_storel_epi64(out.as_mut_ptr().add(12).cast(), end);
            out.as_mut_ptr().add(20).cast::<i32>().write_unaligned(_mm_extract_epi32::<2>(end));
        }
    }

    /// Where eight pixels begin.
    #[target_feature(enable = "avx2")]
    #[inline]
    fn offsets(&self, columns: __m256i, rows: __m256i) -> [u64; 8] {
        let across = _mm256_add_epi32(columns, _mm256_slli_epi32::<1>(columns));
        let offsets = _mm256_add_epi32(_mm256_mullo_epi32(rows, self.stride), across);
        // By two at a time, since what moves between lanes is what there is least room for.
        let two = |offsets: u64| [offsets & 0xffff_ffff, offsets >> 32];
        let (low, high) = (_mm256_castsi256_si128(offsets), _mm256_extracti128_si256::<1>(offsets));
        let ([a, b], [c, d]) = (two(_mm_cvtsi128_si64(low) as u64), two(_mm_extract_epi64::<1>(low) as u64));
        let ([e, f], [g, h]) = (two(_mm_cvtsi128_si64(high) as u64), two(_mm_extract_epi64::<1>(high) as u64));
        [a, b, c, d, e, f, g, h]
    }
}

/// The whole pixels of positions, for [`numbers`].
pub(super) const WHOLE: i32 = 0b11_01_11_01;
/// The parts of positions behind the point.
pub(super) const BEYOND: i32 = 0b10_00_10_00;

/// One 32-bit half of each of eight positions, in order.
#[target_feature(enable = "avx2")]
#[inline]
fn numbers<const HALF: i32>((low, high): (__m256i, __m256i)) -> __m256i {
    _mm256_castps_si256(_mm256_shuffle_ps::<HALF>(_mm256_castsi256_ps(low), _mm256_castsi256_ps(high)))
}

/// Eight bytes at each offset.
///
/// # Safety
/// The machine has AVX2; eight bytes may be read at each of `at`.
#[target_feature(enable = "avx2")]
#[inline]
unsafe fn eight_bytes_at(bytes: &[u8], at: [u64; 4]) -> __m256i {
    debug_assert!(at.iter().all(|at| *at as usize + 8 <= bytes.len()), "invariant: inside the padded picture");
    // SAFETY: as this function's.
    let pair = |left: u64, right: u64| unsafe {
        let at = |at: u64| bytes.as_ptr().add(at as usize);
        _mm_loadh_pd(_mm_castsi128_pd(_mm_loadl_epi64(at(left).cast())), at(right).cast())
    };
    _mm256_castpd_si256(_mm256_set_m128d(pair(at[2], at[3]), pair(at[0], at[1])))
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

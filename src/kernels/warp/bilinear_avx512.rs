//! Bilinear reading, sixteen pixels at a time: the twin of `bilinear::read_run`, byte for byte.
//!
//! As `bilinear_avx2`, but processors that have these instructions and gather fast bring the pixels by
//! gathers, and one permutation of bytes puts them in order.

#![allow(unsafe_code, reason = "vector loads and stores take pointers")]

use super::bilinear::{ACROSS, Run, TO_LEVEL};
use super::bilinear_avx2::{self, BEYOND, WHOLE};
use super::fixed::SHIFT;
use crate::image::Window;
use std::arch::x86_64::*;

/// Pixels that are made at once.
pub(in crate::kernels) const LANES: usize = 16;
/// Bytes of as many pixels.
pub(in crate::kernels) const BYTES: usize = 3 * LANES;

/// Fills `out` as [`super::bilinear::run`] does.
pub(super) fn run(source: Window<'_>, run: &Run, out: &mut [u8]) {
    if run.copies() == Some(-1) {
        // SAFETY: as below.
        return unsafe { mirror_run(source.padded(), run.offset(source.stride()), out) };
    }
    if out.len() < BYTES || run.copies().is_some() {
        return bilinear_avx2::run(source, run, out);
    }
    // SAFETY: `super::run_reader` asked for AVX-512 and `fits`, and the run stays inside the picture.
    unsafe { read_run(source, run, out) }
}

/// Fills `out`, sixteen pixels or more, as [`super::bilinear::read_run`] does from the first pixel of `run` on.
///
/// # Safety
/// The machine has these parts of AVX-512, `bilinear_avx2::fits` holds, and `run` stays inside `source`.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi")]
unsafe fn read_run(source: Window<'_>, run: &Run, out: &mut [u8]) {
    let vectors = Vectors::new(source, run);
    let mut positions = vectors.positions(run, 0);
    let full = out.len() / BYTES * BYTES;
    for out in out[..full].chunks_exact_mut(BYTES) {
        // SAFETY: the run stays inside the picture.
        unsafe { vectors.sixteen(positions, out) };
        positions = vectors.onward(positions);
    }
    if full < out.len() {
        // The last sixteen once more, some of them for the second time.
        let from = out.len() - BYTES;
        // SAFETY: as above.
        unsafe { vectors.sixteen(vectors.positions(run, from / 3), &mut out[from..]) };
    }
}

/// Fills `out` with the pixels at `at` and before, backwards: `super::bilinear::copy_run`, 21 pixels at a time.
///
/// # Safety
/// The machine has these parts of AVX-512; the pixels lie inside the picture.
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi")]
unsafe fn mirror_run(bytes: &[u8], at: usize, out: &mut [u8]) {
    let order = load(&MIRRORED);
    let mut done = 0;
    // As long as whole vectors lie inside on both sides, of which the next overwrites the last byte.
    while done + MIRRORED.len() <= out.len() && done + MIRRORED.len() <= at + 3 {
        // SAFETY: as the loop asks.
        unsafe {
            let levels = _mm512_loadu_si512(bytes.as_ptr().add(at + 3 - done - MIRRORED.len()).cast());
            _mm512_storeu_si512(out.as_mut_ptr().add(done).cast(), _mm512_permutexvar_epi8(order, levels));
        }
        done += MIRRORED.len() - 1;
    }
    while done < out.len() {
        let count = (out.len() - done).min(MIRRORED.len() - 1);
        let end = at + 3 - done;
        debug_assert!(count <= end && end <= bytes.len(), "invariant: inside the picture");
        // The last `count` of the 64 bytes before `end`, and the first `count` of what comes out.
        let (from, to) = (u64::MAX << (64 - count), u64::MAX >> (64 - count));
        // SAFETY: masks keep to the `count` bytes before `end`, and to as many of `out`.
        unsafe {
            let start = bytes.as_ptr().wrapping_add(end).wrapping_sub(MIRRORED.len());
            let levels = _mm512_maskz_loadu_epi8(from, start.cast());
            _mm512_mask_storeu_epi8(out.as_mut_ptr().add(done).cast(), to, _mm512_permutexvar_epi8(order, levels));
        }
        done += count;
    }
}

/// Where the bytes of 21 pixels, behind one of another, come from when they are turned round.
const MIRRORED: [u8; 64] = {
    let mut order = [0; 64];
    let mut n = 0;
    while n < 63 {
        order[n] = (61 - n / 3 * 3 + n % 3) as u8;
        n += 1;
    }
    order
};

/// Positions of sixteen pixels along an axis: pairs 0, 2, 4 and so on, and pairs 1, 3, 5 and so on.
pub(in crate::kernels) type Axis = (__m512i, __m512i);

/// What stays the same along a run.
pub(in crate::kernels) struct Vectors<'a> {
    upper: &'a [u8],
    lower: &'a [u8],
    stride: __m512i,
    /// From sixteen pixels to the next sixteen, for x and y.
    step: (__m512i, __m512i),
    /// Pairs the levels of neighbours, channel by channel.
    pairs: __m512i,
    /// Puts the number of each of the first eight pixels into all four channels; and of the last eight.
    spread: (__m512i, __m512i),
    /// Brings the levels in order, three bytes a pixel.
    order: __m512i,
}

/// In which order `vpackuswb` leaves the pixels' bytes.
const ORDER: [u8; 64] = {
    let mut order = [0; 64];
    let mut n = 0;
    while n < BYTES {
        let (half, pixel) = (n / 3 / 8, n / 3 % 8);
        order[n] = (pixel / 2 * 16 + half * 8 + pixel % 2 * 4 + n % 3) as u8;
        n += 1;
    }
    order
};

/// The words of pixels `first` to `first + 7` of sixteen 32-bit numbers, four times each.
const fn spread(first: usize) -> [u16; 32] {
    let mut words = [0; 32];
    let mut n = 0;
    while n < 32 {
        words[n] = (2 * (first + n / 4)) as u16;
        n += 1;
    }
    words
}

#[target_feature(enable = "avx512f")]
fn load<T>(numbers: &[T]) -> __m512i {
    assert_eq!(size_of_val(numbers), 64, "invariant: a vector");
    // SAFETY: 64 bytes may be read.
    unsafe { _mm512_loadu_si512(numbers.as_ptr().cast()) }
}

impl<'a> Vectors<'a> {
    #[target_feature(enable = "avx512f")]
    pub(in crate::kernels) fn new(source: Window<'a>, run: &Run) -> Self {
        let (_, down) = run.neighbours(source.stride());
        Self {
            upper: source.padded(),
            lower: &source.padded()[down..],
            stride: _mm512_set1_epi32(source.stride() as i32),
            step: (_mm512_set1_epi64(16 * run.step.0), _mm512_set1_epi64(16 * run.step.1)),
            pairs: _mm512_broadcast_i32x4(_mm_setr_epi8(0, 3, 1, 4, 2, 5, -1, -1, 8, 11, 9, 12, 10, 13, -1, -1)),
            spread: (load(&const { spread(0) }), load(&const { spread(8) })),
            order: load(&ORDER),
        }
    }

    /// The positions of the sixteen pixels from `n` on, for x and y.
    #[target_feature(enable = "avx512f")]
    fn positions(&self, run: &Run, n: usize) -> (Axis, Axis) {
        let pair = |first: usize, i: usize| run.at(n + first + i / 2 * 4 + i % 2);
        let x = |first| load::<i64>(&std::array::from_fn::<_, 8, _>(|i| pair(first, i).0.0));
        let y = |first| load::<i64>(&std::array::from_fn::<_, 8, _>(|i| pair(first, i).1.0));
        ((x(0), x(2)), (y(0), y(2)))
    }

    #[target_feature(enable = "avx512f")]
    #[inline]
    fn onward(&self, (x, y): (Axis, Axis)) -> (Axis, Axis) {
        let further = |(a, b), step| (_mm512_add_epi64(a, step), _mm512_add_epi64(b, step));
        (further(x, self.step.0), further(y, self.step.1))
    }

    /// Makes sixteen pixels.
    ///
    /// # Safety
    /// The machine has these parts of AVX-512, all positions lie inside the picture, and `out` has 48 bytes.
    #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi")]
    #[inline]
    pub(in crate::kernels) unsafe fn sixteen(&self, (x, y): (Axis, Axis), out: &mut [u8]) {
        debug_assert!(out.len() >= BYTES, "invariant: room for sixteen pixels");
        let quanta = |axis| _mm512_srli_epi32::<SHIFT>(numbers::<BEYOND>(axis));
        // A byte with the weight of the left pixel, one with that of the right: 255 fx + 120.
        let fx = _mm512_mulhrs_epi16(quanta(x), _mm512_set1_epi16(ACROSS as i16));
        let weights = _mm512_add_epi16(_mm512_mullo_epi16(fx, _mm512_set1_epi16(255)), _mm512_set1_epi16(ACROSS as i16));
        let columns = numbers::<WHOLE>(x);
        let across = _mm512_add_epi32(columns, _mm512_slli_epi32::<1>(columns));
        let offsets = _mm512_add_epi32(_mm512_mullo_epi32(numbers::<WHOLE>(y), self.stride), across);
        let eight = |offsets: __m256i, spread: __m512i| {
            // SAFETY: eight bytes may be read at each pixel of the picture.
            let (upper, lower) = unsafe { (gather(self.upper, offsets), gather(self.lower, offsets)) };
            let weights = _mm512_permutexvar_epi16(spread, weights);
            let across = |pixels| _mm512_maddubs_epi16(_mm512_shuffle_epi8(pixels, self.pairs), weights);
            let (top, bottom) = (across(upper), across(lower));
            let fy = _mm512_permutexvar_epi16(spread, quanta(y));
            let blended = _mm512_add_epi16(top, _mm512_mulhrs_epi16(_mm512_sub_epi16(bottom, top), fy));
            _mm512_mulhrs_epi16(blended, _mm512_set1_epi16(TO_LEVEL as i16))
        };
        let first = eight(_mm512_castsi512_si256(offsets), self.spread.0);
        let last = eight(_mm512_extracti64x4_epi64::<1>(offsets), self.spread.1);
        let levels = _mm512_permutexvar_epi8(self.order, _mm512_packus_epi16(first, last));
        // SAFETY: `out` has 48 bytes, and no more are written.
        unsafe { _mm512_mask_storeu_epi8(out.as_mut_ptr().cast(), (1 << BYTES) - 1, levels) };
    }
}

/// One 32-bit half of each of sixteen positions, in order.
#[target_feature(enable = "avx512f")]
#[inline]
fn numbers<const HALF: i32>((a, b): Axis) -> __m512i {
    _mm512_castps_si512(_mm512_shuffle_ps::<HALF>(_mm512_castsi512_ps(a), _mm512_castsi512_ps(b)))
}

/// Eight bytes at each offset.
///
/// # Safety
/// The machine has AVX-512; eight bytes may be read at each of `offsets`.
#[target_feature(enable = "avx512f")]
#[inline]
unsafe fn gather(bytes: &[u8], offsets: __m256i) -> __m512i {
    // SAFETY: as this function's.
    unsafe { _mm512_i32gather_epi64::<1>(offsets, bytes.as_ptr().cast()) }
}

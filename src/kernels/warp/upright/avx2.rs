//! Both loops with AVX2, sixteen words at a time.

#![allow(unsafe_code, reason = "vector loads and stores take pointers")]

use super::super::bilinear::{ACROSS, TO_LEVEL, weight};
use super::{Tap, blend};
use crate::image::Window;
use crate::units::Border;
use std::arch::x86_64::*;

/// Words in a lane of a vector: each is made from sixteen bytes of the source row.
const WORDS: usize = 8;
/// Bytes of the source row that a lane sees.
const BYTES: usize = 16;
/// Bytes that may be read behind the last pixel that begins a window.
const BEHIND: usize = 8;

/// Whether rows of `source` have room for a lane.
pub(super) fn fits(source: Window<'_>) -> bool {
    source.size().width as usize * 3 >= BEHIND
}

/// How each lane is made, the same for all source rows.
#[derive(Debug, Default)]
pub(super) struct Lanes {
    lanes: Vec<Lane>,
    /// Bytes of a source row that lanes read from: windows begin within.
    row_bytes: usize,
    /// Columns that no lane can make, since their two pixels lie too far apart.
    far: Vec<usize>,
}

/// Eight words: pairs of bytes of the window at `base`, weighted, and what the fill colour adds.
#[derive(Clone, Copy, Debug)]
#[repr(C, align(16))]
struct Lane {
    pairs: [i8; BYTES],
    weights: [i8; BYTES],
    fill: [i16; WORDS],
    base: usize,
}

impl Lanes {
    /// Lays out the lanes for `columns` of rows of `width` pixels.
    pub(super) fn lay(&mut self, columns: &[Tap], width: u32, border: Border) {
        self.lanes.clear();
        self.far.clear();
        self.row_bytes = width as usize * 3;
        let last_base = self.row_bytes - BEHIND;
        for first in (0..columns.len() * 3).step_by(2 * WORDS) {
            for first in [first, first + WORDS] {
                let (lane, whole) = Lane::new(columns, first, last_base, border);
                self.lanes.push(lane);
                if !whole {
                    self.leave_out(first / 3..(first + WORDS).div_ceil(3).min(columns.len()));
                }
            }
        }
    }

    /// Notes columns that a lane does not make; the one before may have noted the first already.
    fn leave_out(&mut self, columns: std::ops::Range<usize>) {
        let known = self.far.last().map_or(0, |last| last + 1);
        self.far.extend(columns.start.max(known)..columns.end);
    }
}

impl Lane {
    /// The lane of eight words from `first` on, and whether it makes them all.
    fn new(columns: &[Tap], first: usize, last_base: usize, border: Border) -> (Self, bool) {
        let mut lane = Self { pairs: [-1; BYTES], weights: [0; BYTES], fill: [0; WORDS], base: 0 };
        let words = (first..first + WORDS).map_while(|word| Some((columns.get(word / 3)?, word % 3)));
        let sides = |tap: &Tap, c: usize| [tap.near, tap.far].map(|side| side.map(|x| x as usize * 3 + c));
        lane.base = words.clone().flat_map(|(tap, c)| sides(tap, c)).flatten().min().unwrap_or(0).min(last_base);
        let mut whole = true;
        for (word, (tap, c)) in words.enumerate() {
            let fx = weight(tap.beyond);
            for (half, (side, weight)) in sides(tap, c).into_iter().zip([ACROSS - fx, fx]).enumerate() {
                let at = 2 * word + half;
                match side.map(|side| side - lane.base) {
                    Some(offset) if offset < BYTES => {
                        lane.pairs[at] = offset as i8;
                        lane.weights[at] = weight as i8;
                    }
                    Some(_) => whole = false,
                    None => lane.fill[word] += i16::from(border.fill_value[c]) * weight as i16,
                }
            }
        }
        (lane, whole)
    }
}

/// The loops over pixels of one picture.
pub(super) struct Kernel<'a> {
    pub(super) columns: &'a [Tap],
    pub(super) lanes: &'a Lanes,
}

impl super::Kernel for Kernel<'_> {
    fn across(&self, source: Window<'_>, y: u32, border: Border, line: &mut [i16]) {
        let row = &source.padded()[y as usize * source.stride()..];
        assert!(row.len() >= self.lanes.row_bytes + BEHIND, "invariant: eight bytes may be read behind a row");
        // SAFETY: `super::warp` asked for AVX2; windows begin eight bytes before the row's end or earlier.
        unsafe { across(row, &self.lanes.lanes, line) };
        for x in &self.lanes.far {
            line[x * 3..x * 3 + 3].copy_from_slice(&self.columns[*x].across(source.row(y), border));
        }
    }

    fn down(&self, upper: &[i16], lower: &[i16], fy: i32, row: &mut [u8]) {
        // SAFETY: `super::warp` asked for AVX2.
        let done = unsafe { down(upper, lower, fy as i16, row) };
        blend(&upper[done..], &lower[done..], fy, &mut row[done..]);
    }
}

/// Makes a line.
///
/// # Safety
/// The machine has AVX2; `row` has sixteen bytes at the base of each lane.
#[target_feature(enable = "avx2")]
unsafe fn across(row: &[u8], lanes: &[Lane], line: &mut [i16]) {
    for (words, lanes) in line.chunks_exact_mut(2 * WORDS).zip(lanes.chunks_exact(2)) {
        let [one, two] = lanes else { return };
        debug_assert!(one.base + BYTES <= row.len() && two.base + BYTES <= row.len(), "invariant: inside the row");
        // SAFETY: as this function's; lanes have sixteen bytes of each kind, and `words` 32.
        unsafe {
            let window = |lane: &Lane| _mm_loadu_si128(row.as_ptr().add(lane.base).cast());
            let both = |one: *const i8, two: *const i8| {
                _mm256_inserti128_si256::<1>(_mm256_castsi128_si256(_mm_load_si128(one.cast())), _mm_load_si128(two.cast()))
            };
            let pairs = both(one.pairs.as_ptr(), two.pairs.as_ptr());
            let weights = both(one.weights.as_ptr(), two.weights.as_ptr());
            let fill = both(one.fill.as_ptr().cast(), two.fill.as_ptr().cast());
            let levels = _mm256_inserti128_si256::<1>(_mm256_castsi128_si256(window(one)), window(two));
            let blended = _mm256_maddubs_epi16(_mm256_shuffle_epi8(levels, pairs), weights);
            _mm256_storeu_si256(words.as_mut_ptr().cast(), _mm256_add_epi16(blended, fill));
        }
    }
}

/// Blends two lines into the beginning of `row`; says how much of it.
///
/// # Safety
/// The machine has AVX2.
#[target_feature(enable = "avx2")]
unsafe fn down(upper: &[i16], lower: &[i16], fy: i16, row: &mut [u8]) -> usize {
    const BYTES: usize = 32;
    let (fy, to_level) = (_mm256_set1_epi16(fy), _mm256_set1_epi16(TO_LEVEL as i16));
    let sixteen = |upper: &[i16], lower: &[i16]| {
        // SAFETY: both have sixteen words.
        let (top, bottom) = unsafe { (_mm256_loadu_si256(upper.as_ptr().cast()), _mm256_loadu_si256(lower.as_ptr().cast())) };
        let blended = _mm256_add_epi16(top, _mm256_mulhrs_epi16(_mm256_sub_epi16(bottom, top), fy));
        _mm256_mulhrs_epi16(blended, to_level)
    };
    let pieces = row.chunks_exact_mut(BYTES).zip(upper.chunks_exact(BYTES)).zip(lower.chunks_exact(BYTES));
    for ((row, upper), lower) in pieces {
        let levels = _mm256_packus_epi16(sixteen(&upper[..16], &lower[..16]), sixteen(&upper[16..], &lower[16..]));
        // SAFETY: `row` has 32 bytes.
        unsafe { _mm256_storeu_si256(row.as_mut_ptr().cast(), _mm256_permute4x64_epi64::<0b11_01_10_00>(levels)) };
    }
    row.len() / BYTES * BYTES
}

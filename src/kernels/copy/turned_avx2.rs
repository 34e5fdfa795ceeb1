//! Columns as rows with AVX2, in blocks of eight by four pixels: the twin of [`plain`](super::turned::plain), byte for byte.

#![allow(unsafe_code, reason = "vector loads and stores take pointers")]

use super::moved::Moved;
use super::turned::TILE;
use crate::image::Window;
use std::arch::x86_64::*;
use std::ops::Range;

/// Output columns of a block: source rows, four in each half of a vector.
const ACROSS: usize = 8;
/// Output rows of a block: source columns.
const DOWN: usize = 4;
/// Bytes of a row of a block.
const ROW: usize = ACROSS * 3;
/// Bytes that are read at a source row of a block; it needs twelve.
const READ: usize = 16;

/// Whether there is room for a block.
pub(super) fn fits((xs, ys): &(Range<usize>, Range<usize>)) -> bool {
    xs.len() >= ACROSS && ys.len() >= DOWN
}

/// Fills the part of `target` that the ranges name. The last blocks overlap the ones before, so that all are whole.
pub(super) fn copy(source: Window<'_>, moved: &Moved, (xs, ys): (Range<usize>, Range<usize>), stride: usize, target: &mut [u8]) {
    let bytes = source.padded();
    let step = moved.across.step as isize * source.stride() as isize;
    for tile in xs.clone().step_by(TILE) {
        for y in ys.clone().step_by(DOWN) {
            let y = y.min(ys.end - DOWN);
            // The leftmost of the columns, which lie side by side.
            let column = moved.down.at(y).min(moved.down.at(y + DOWN - 1)) as usize;
            for x in (tile..(tile + TILE).min(xs.end)).step_by(ACROSS) {
                let x = x.min(xs.end - ACROSS);
                let row = |n: usize| moved.across.at(x + n) as usize * source.stride() + column * 3;
                let (first, last) = (row(0), row(ACROSS - 1));
                assert!(first.max(last) + READ <= bytes.len(), "invariant: eight bytes may be read behind a picture");
                let to = y * stride + x * 3;
                assert!(to + (DOWN - 1) * stride + ROW <= target.len(), "invariant: inside the target");
                let rows =
                    if moved.down.step > 0 { (to, stride as isize) } else { (to + (DOWN - 1) * stride, -(stride as isize)) };
                // SAFETY: `super::turned::copy` asked for AVX2; rows between the first and the last that are read and
                // written lie between them.
                unsafe { block(bytes.as_ptr().add(first), step, target.as_mut_ptr().add(rows.0), rows.1) };
            }
        }
    }
}

/// Four pixels of each of eight source rows, `step` bytes apart, become eight pixels of four output rows, `stride` apart.
///
/// # Safety
/// The machine has AVX2; 16 bytes can be read at each source row and 24 written at each output row.
#[target_feature(enable = "avx2")]
#[inline]
unsafe fn block(from: *const u8, step: isize, to: *mut u8, stride: isize) {
    let apart = _mm256_setr_epi8(
        0, 1, 2, -1, 3, 4, 5, -1, 6, 7, 8, -1, 9, 10, 11, -1, 0, 1, 2, -1, 3, 4, 5, -1, 6, 7, 8, -1, 9, 10, 11, -1,
    );
    let together = _mm256_setr_epi8(
        0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, -1, -1, -1, -1, 0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, -1, -1, -1, -1,
    );
    let side_by_side = _mm256_setr_epi32(0, 1, 2, 4, 5, 6, 3, 7);
    let rows: [__m256i; 4] = std::array::from_fn(|n| {
        // SAFETY: as this function's.
        let load = |n: usize| unsafe { _mm_loadu_si128(from.offset(n as isize * step).cast()) };
        _mm256_shuffle_epi8(_mm256_set_m128i(load(n + 4), load(n)), apart)
    });
    let halves = [
        (_mm256_unpacklo_epi32(rows[0], rows[1]), _mm256_unpacklo_epi32(rows[2], rows[3])),
        (_mm256_unpackhi_epi32(rows[0], rows[1]), _mm256_unpackhi_epi32(rows[2], rows[3])),
    ];
    let columns = halves.map(|(upper, lower)| [_mm256_unpacklo_epi64(upper, lower), _mm256_unpackhi_epi64(upper, lower)]);
    for (n, pixels) in columns.as_flattened().iter().enumerate() {
        let pixels = _mm256_permutevar8x32_epi32(_mm256_shuffle_epi8(*pixels, together), side_by_side);
        // SAFETY: as this function's.
        unsafe {
            let row = to.offset(n as isize * stride);
            _mm_storeu_si128(row.cast(), _mm256_castsi256_si128(pixels));
            _mm_storel_epi64(row.add(16).cast(), _mm256_extracti128_si256::<1>(pixels));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::turned::plain;
    use super::*;
    use crate::image::{Image, Size};
    use crate::kernels::matrix::Matrix;

    #[test]
    fn the_vector_way_gives_the_same_bytes() {
        if !crate::kernels::cpu::avx2() {
            return;
        }
        let mut rng = crate::rng::Key::new(6).rng();
        for round in 0..300u32 {
            let mut side = |least: u64| (least + rng.below([5, 40, 150][round as usize % 3])) as u32;
            let size = Size::new(side(8), side(4));
            let from = Size::new(size.height, size.width);
            let source = Image::from_bytes(from, (0..from.bytes()).map(|_| rng.bits() as u8).collect());
            let (b, d) = ([1.0, -1.0][(round / 3) as usize % 2], [1.0, -1.0][(round / 6) as usize % 2]);
            let start = |step: f64, side: u32| if step > 0.0 { 0.0 } else { f64::from(side) - 1.0 };
            let map = Matrix([0.0, b, start(b, from.width), d, 0.0, start(d, from.height)]);
            let moved = Moved::of(&map, from).unwrap();
            let inside = (0..size.width as usize, 0..size.height as usize);
            let [mut one, mut two] = [3, 4].map(|level| vec![level; size.bytes() as usize]);
            let stride = size.width as usize * 3;
            plain(source.window(), &moved, inside.clone(), stride, &mut one);
            copy(source.window(), &moved, inside, stride, &mut two);
            assert_eq!(one, two, "{size} {b} {d}");
        }
    }
}

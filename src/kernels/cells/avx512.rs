//! Cells with AVX-512, 64 levels at a time: each byte of a cell is looked up by itself, exact whatever it stands for.

#![allow(unsafe_code, reason = "vector loads and stores take pointers")]

use crate::kernels::tone::avx512::Table;
use std::arch::x86_64::*;

/// Levels of a vector.
const LEVELS: usize = 64;
/// Levels in a turn: a whole number of pixels and of vectors.
const TURN: usize = 3 * LEVELS;

/// Fills a beginning of `target` with the cells of `levels`; says of how many.
pub(super) fn spread<const BYTES: usize>(levels: &[u8], tables: &[[[u8; 256]; 4]; 3], target: &mut [u8]) -> usize {
    // SAFETY: `super::spread` asked for these parts of AVX-512.
    match BYTES {
        2 => unsafe { turns::<2>(levels, tables, target) },
        4 => unsafe { turns::<4>(levels, tables, target) },
        _ => 0,
    }
}

/// All whole turns.
///
/// # Safety
/// The machine has these parts of AVX-512.
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi")]
unsafe fn turns<const BYTES: usize>(levels: &[u8], tables: &[[[u8; 256]; 4]; 3], target: &mut [u8]) -> usize {
    let whole = (levels.len() / TURN).min(target.len() / (BYTES * TURN)) * TURN;
    let alike = tables[0] == tables[1] && tables[1] == tables[2];
    let (order, channels) = const { (order::<BYTES>(), [channels::<BYTES>(0), channels::<BYTES>(1), channels::<BYTES>(2)]) };
    // SAFETY: 64 bytes.
    let order = unsafe { _mm512_loadu_si512(order.as_ptr().cast()) };
    let [red, green, blue] = tables.each_ref().map(|bytes| bytes.each_ref().map(|table| Table::new(table)));
    let turns = levels[..whole].chunks_exact(TURN).zip(target[..BYTES * whole].chunks_exact_mut(BYTES * TURN));
    for (from, to) in turns {
        for (part, [_, is_green, is_blue]) in channels.into_iter().enumerate() {
            // SAFETY: three times 64 levels are a turn.
            let levels = unsafe { _mm512_loadu_si512(from.as_ptr().add(LEVELS * part).cast()) };
            let levels = _mm512_permutexvar_epi8(order, levels);
            let mut bytes = [_mm512_setzero_si512(); 4];
            for at in 0..BYTES {
                bytes[at] = red[at].look_up(levels);
                if !alike {
                    bytes[at] = _mm512_mask_mov_epi8(bytes[at], is_green, green[at].look_up(levels));
                    bytes[at] = _mm512_mask_mov_epi8(bytes[at], is_blue, blue[at].look_up(levels));
                }
            }
            for (at, cells) in joined::<BYTES>(bytes).into_iter().enumerate().take(BYTES) {
                // SAFETY: three times 64 cells are a turn.
                unsafe { _mm512_storeu_si512(to.as_mut_ptr().add(LEVELS * (BYTES * part + at)).cast(), cells) };
            }
        }
    }
    whole
}

/// The cells of 64 levels from their bytes; those of levels in [`order`] come in the order of the levels.
#[target_feature(enable = "avx512f,avx512bw")]
#[inline]
fn joined<const BYTES: usize>(bytes: [__m512i; 4]) -> [__m512i; 4] {
    let [a, b, c, d] = bytes;
    let (low, high) = (_mm512_unpacklo_epi8(a, b), _mm512_unpackhi_epi8(a, b));
    if BYTES == 2 {
        return [low, high, low, high];
    }
    let (upper_low, upper_high) = (_mm512_unpacklo_epi8(c, d), _mm512_unpackhi_epi8(c, d));
    [
        _mm512_unpacklo_epi16(low, upper_low),
        _mm512_unpackhi_epi16(low, upper_low),
        _mm512_unpacklo_epi16(high, upper_high),
        _mm512_unpackhi_epi16(high, upper_high),
    ]
}

/// Which level stands at each place, so that what [`joined`] takes out of each quarter of a vector in turn comes in order.
const fn order<const BYTES: usize>() -> [u8; LEVELS] {
    let (mut order, mut at) = ([0; LEVELS], 0);
    let each = 16 / BYTES;
    while at < LEVELS {
        let (quarter, turn, i) = (at / 16, at % 16 / each, at % each);
        order[at] = (turn * 4 * each + quarter * each + i) as u8;
        at += 1;
    }
    order
}

/// Which places, in [`order`], levels of each channel have in part `part` of a turn.
const fn channels<const BYTES: usize>(part: usize) -> [u64; 3] {
    let (order, mut channels, mut at) = (order::<BYTES>(), [0; 3], 0);
    while at < LEVELS {
        channels[(LEVELS * part + order[at] as usize) % 3] |= 1 << at;
        at += 1;
    }
    channels
}

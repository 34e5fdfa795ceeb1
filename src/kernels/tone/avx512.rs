//! Looking up in tables of 256 levels with AVX-512: 64 levels at a time, whatever the tables hold.

#![allow(unsafe_code, reason = "vector loads and stores take pointers")]

use std::arch::x86_64::*;

/// Bytes of a vector.
const BYTES: usize = 64;
/// Bytes in a turn: a whole number of pixels and of vectors.
const TURN: usize = 3 * BYTES;

/// Fills a beginning of `target` with the levels of `source` by their channels' tables; says how much of it.
pub(super) fn look_up(source: &[u8], tables: &[[u8; 256]; 3], target: &mut [u8]) -> usize {
    // SAFETY: `super::apply_tones` asked for these parts of AVX-512.
    unsafe { turns(source, tables, target) }
}

/// All whole turns.
///
/// # Safety
/// The machine has these parts of AVX-512.
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi")]
unsafe fn turns(source: &[u8], tables: &[[u8; 256]; 3], target: &mut [u8]) -> usize {
    let [red, green, blue] = tables.each_ref().map(|table| Table::new(table));
    let alike = tables[0] == tables[1] && tables[1] == tables[2];
    let whole = source.len().min(target.len()) / TURN * TURN;
    for (from, to) in source[..whole].chunks_exact(TURN).zip(target[..whole].chunks_exact_mut(TURN)) {
        for part in 0..3 {
            // SAFETY: three times 64 bytes are a turn.
            let levels = unsafe { _mm512_loadu_si512(from.as_ptr().add(BYTES * part).cast()) };
            let mut found = red.look_up(levels);
            if !alike {
                // Byte i of this part belongs to channel (i + part) mod 3, since 64 is one above a multiple of 3.
                found = _mm512_mask_mov_epi8(found, EVERY_THIRD[(4 - part) % 3], green.look_up(levels));
                found = _mm512_mask_mov_epi8(found, EVERY_THIRD[(5 - part) % 3], blue.look_up(levels));
            }
            // SAFETY: as above.
            unsafe { _mm512_storeu_si512(to.as_mut_ptr().add(BYTES * part).cast(), found) };
        }
    }
    whole
}

/// The bytes whose number leaves 0, 1 or 2 when divided by 3.
const EVERY_THIRD: [u64; 3] = [0x9249_2492_4924_9249, 0x2492_4924_9249_2492, 0x4924_9249_2492_4924];

/// A table in four registers.
pub(in crate::kernels) struct Table([__m512i; 4]);

impl Table {
    #[target_feature(enable = "avx512f")]
    pub(in crate::kernels) fn new(table: &[u8; 256]) -> Self {
        // SAFETY: four times 64 bytes are a table.
        Self([0, 1, 2, 3].map(|part| unsafe { _mm512_loadu_si512(table.as_ptr().add(BYTES * part).cast()) }))
    }

    #[target_feature(enable = "avx512f,avx512bw,avx512vbmi")]
    #[inline]
    pub(in crate::kernels) fn look_up(&self, levels: __m512i) -> __m512i {
        let [a, b, c, d] = self.0;
        let (dark, light) = (_mm512_permutex2var_epi8(a, levels, b), _mm512_permutex2var_epi8(c, levels, d));
        _mm512_mask_mov_epi8(dark, _mm512_movepi8_mask(levels), light)
    }
}

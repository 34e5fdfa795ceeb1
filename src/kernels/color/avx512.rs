//! Blocks in the vectors of AVX-512: a channel of a block is one of them, parted and joined by permutations of bytes.

#![allow(unsafe_code, reason = "vector loads and stores take pointers")]

use super::blocks::{Block, Change, Collect, PIXELS, Planes, blocks_of, join_rest, rest, take};
use std::arch::x86_64::*;

/// Bytes in a block.
const BYTES: usize = 3 * PIXELS;

/// As [`super::blocks::change`], which asked for these parts of AVX-512.
pub(super) fn change(source: &[u8], change: &impl Change, target: &mut [u8]) {
    // SAFETY: the machine has these parts of AVX-512.
    unsafe { change_blocks(source, change, target) }
}

/// As [`super::blocks::joined`], which asked for these parts of AVX-512.
pub(super) fn joined(rows: [&[u8]; 3], change: &impl Change, target: &mut [u8]) {
    // SAFETY: the machine has these parts of AVX-512.
    unsafe { join_blocks(rows, change, target) }
}

/// As [`super::blocks::collect`], which asked for these parts of AVX-512.
pub(super) fn collect(source: &[u8], collect: &mut impl Collect) {
    // SAFETY: the machine has these parts of AVX-512.
    unsafe { collect_blocks(source, collect) }
}

/// # Safety
/// The machine has these parts of AVX-512.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi")]
unsafe fn change_blocks(source: &[u8], change: &impl Change, target: &mut [u8]) {
    let (mut from, mut to) = (Block::BLACK, Block::BLACK);
    let whole = source.len().min(target.len()) / BYTES * BYTES;
    for (source, target) in source[..whole].chunks_exact(BYTES).zip(target[..whole].chunks_exact_mut(BYTES)) {
        part(source, &mut from.0);
        change.change(&from.0, &mut to.0);
        join(&to.0, target);
    }
    if whole < source.len() {
        rest(&source[whole..], &mut from.0);
        change.change(&from.0, &mut to.0);
        join_rest(&to.0, &mut target[whole..]);
    }
}

/// # Safety
/// The machine has these parts of AVX-512.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi")]
unsafe fn join_blocks(rows: [&[u8]; 3], change: &impl Change, target: &mut [u8]) {
    let (mut from, mut to) = (Block::BLACK, Block::BLACK);
    for pixels in blocks_of(target.len() / 3) {
        take(rows, pixels.clone(), &mut from.0);
        change.change(&from.0, &mut to.0);
        let target = &mut target[3 * pixels.start..3 * pixels.end];
        if target.len() == BYTES { join(&to.0, target) } else { join_rest(&to.0, target) }
    }
}

/// # Safety
/// The machine has these parts of AVX-512.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi")]
unsafe fn collect_blocks(source: &[u8], collect: &mut impl Collect) {
    let mut from = Block::BLACK;
    let blocks = source.chunks_exact(BYTES);
    let left = blocks.remainder();
    for block in blocks {
        part(block, &mut from.0);
        collect.collect(&from.0, PIXELS);
    }
    rest(left, &mut from.0);
    collect.collect(&from.0, left.len() / 3);
}

/// Where byte `i` of channel `c` comes from: its number in the first two vectors of a block, and in the last.
const PARTING: [([u8; 64], u64, [u8; 64]); 3] = [parting(0), parting(1), parting(2)];

const fn parting(c: usize) -> ([u8; 64], u64, [u8; 64]) {
    let (mut first, mut late, mut last) = ([0; 64], 0, [0; 64]);
    let mut i = 0;
    while i < 64 {
        let at = 3 * i + c;
        if at < 128 {
            first[i] = at as u8;
        } else {
            late |= 1 << i;
            last[i] = (at - 128) as u8;
        }
        i += 1;
    }
    (first, late, last)
}

/// Where byte `i` of vector `part` comes from: its number in red and green, and in blue.
const JOINING: [([u8; 64], u64, [u8; 64]); 3] = [joining(0), joining(1), joining(2)];

const fn joining(part: usize) -> ([u8; 64], u64, [u8; 64]) {
    let (mut first, mut blue, mut last) = ([0; 64], 0, [0; 64]);
    let mut i = 0;
    while i < 64 {
        let at = 64 * part + i;
        match at % 3 {
            2 => {
                blue |= 1 << i;
                last[i] = (at / 3) as u8;
            }
            channel => first[i] = (64 * channel + at / 3) as u8,
        }
        i += 1;
    }
    (first, blue, last)
}

#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi")]
#[inline]
fn load(bytes: &[u8; 64]) -> __m512i {
    // SAFETY: 64 bytes.
    unsafe { _mm512_loadu_si512(bytes.as_ptr().cast()) }
}

#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi")]
#[inline]
fn store(vector: __m512i, bytes: &mut [u8]) {
    assert!(bytes.len() >= 64, "invariant: 64 bytes");
    // SAFETY: 64 bytes.
    unsafe { _mm512_storeu_si512(bytes.as_mut_ptr().cast(), vector) }
}

/// Byte `i` from the first two vectors, or from the last where the mask says so.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi")]
#[inline]
fn gather(vectors: [__m512i; 3], (first, late, last): &([u8; 64], u64, [u8; 64])) -> __m512i {
    let early = _mm512_permutex2var_epi8(vectors[0], load(first), vectors[1]);
    _mm512_mask_permutexvar_epi8(early, *late, load(last), vectors[2])
}

#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi")]
#[inline]
fn part(block: &[u8], planes: &mut Planes) {
    let mut vectors = [_mm512_setzero_si512(); 3];
    for (vector, bytes) in vectors.iter_mut().zip(block.as_chunks().0) {
        *vector = load(bytes);
    }
    for (plane, from) in planes.iter_mut().zip(&PARTING) {
        store(gather(vectors, from), plane);
    }
}

#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi")]
#[inline]
fn join(planes: &Planes, block: &mut [u8]) {
    let vectors = [load(&planes[0]), load(&planes[1]), load(&planes[2])];
    for (bytes, from) in block.chunks_exact_mut(64).zip(&JOINING) {
        store(gather(vectors, from), bytes);
    }
}

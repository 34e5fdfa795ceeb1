//! Blocks in the vectors of AVX2: the same formulae, compiled for them.

#![allow(unsafe_code, reason = "functions compiled for AVX2 may only be called where it is")]

use super::blocks::{Change, Collect, change_blocks, collect_blocks};

/// As [`super::blocks::change`], which asked for AVX2.
pub(super) fn change(source: &[u8], change: &impl Change, target: &mut [u8]) {
    #[target_feature(enable = "avx2")]
    fn wider(source: &[u8], change: &impl Change, target: &mut [u8]) {
        change_blocks(source, change, target);
    }
    // SAFETY: the machine has AVX2.
    unsafe { wider(source, change, target) }
}

/// As [`super::blocks::collect`], which asked for AVX2.
pub(super) fn collect(source: &[u8], collect: &mut impl Collect) {
    #[target_feature(enable = "avx2")]
    fn wider(source: &[u8], collect: &mut impl Collect) {
        collect_blocks(source, collect);
    }
    // SAFETY: the machine has AVX2.
    unsafe { wider(source, collect) }
}

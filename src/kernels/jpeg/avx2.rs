//! The same in wider vectors.

#![allow(unsafe_code, reason = "what needs AVX2 is called where it is known to be there")]

use super::Scratch;
use crate::image::Image;

/// [`super::with`], compiled for AVX2.
pub(super) fn compress(source: &Image, quality: u32, scratch: &mut Scratch, target: &mut [u8]) {
    #[target_feature(enable = "avx2")]
    fn wider(source: &Image, quality: u32, scratch: &mut Scratch, target: &mut [u8]) {
        super::with(super::dct_avx2::coarsen, source, quality, scratch, target);
    }
    // SAFETY: `super::compress` asked for AVX2.
    unsafe { wider(source, quality, scratch, target) }
}

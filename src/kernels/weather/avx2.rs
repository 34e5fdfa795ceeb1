//! Plain kernels in wider vectors.

#![allow(unsafe_code, reason = "what needs AVX2 is called where it is known to be there")]

/// [`super::snow::bleach_plain`], compiled for AVX2.
pub(super) fn bleach(source: &[u8], point: f32, brightness: f32, target: &mut [u8]) {
    #[target_feature(enable = "avx2")]
    fn wider(source: &[u8], point: f32, brightness: f32, target: &mut [u8]) {
        super::snow::bleach_plain(source, point, brightness, target);
    }
    // SAFETY: `super::snow::bleach` asked for AVX2.
    unsafe { wider(source, point, brightness, target) }
}

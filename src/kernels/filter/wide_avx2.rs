//! The rows of filters in the widest vectors that the machine has: the plain loops themselves, compiled once
//! more for AVX2 and for AVX-512. None of them multiplies and adds in one rounding, so all bytes are equal.

#![allow(unsafe_code, reason = "who calls code for a processor says that it is there")]

use super::mean::Mean;
use super::zoom::Place;

/// For each plain loop a function of its own that runs it in the widest vectors.
macro_rules! wide {
    ($($(#[$doc:meta])* fn $name:ident($($argument:ident: $kind:ty),*) = $plain:path;)*) => {$(
        $(#[$doc])*
        pub(super) fn $name($($argument: $kind),*) {
            #[cfg(target_arch = "x86_64")]
            {
                #[target_feature(enable = "avx512f,avx512bw,avx512vl")]
                fn widest($($argument: $kind),*) {
                    $plain($($argument),*)
                }
                #[target_feature(enable = "avx2")]
                fn wider($($argument: $kind),*) {
                    $plain($($argument),*)
                }
                if crate::kernels::cpu::avx512_bytes() {
                    // SAFETY: the machine has AVX-512.
                    return unsafe { widest($($argument),*) };
                }
                if crate::kernels::cpu::avx2() {
                    // SAFETY: the machine has AVX2.
                    return unsafe { wider($($argument),*) };
                }
            }
            $plain($($argument),*)
        }
    )*};
}

wide! {
    /// [`super::weigh::weigh`] of levels; the sums must stay below 2^16.
    fn weigh_bytes(numbers: &[u8], starts: &[usize], weights: &[u16], sums: &mut [u16]) = super::weigh::weigh;
    /// [`super::weigh::weigh`] of words; the sums must stay below 2^16.
    fn weigh_words(numbers: &[u16], starts: &[usize], weights: &[u16], sums: &mut [u16]) = super::weigh::weigh;
    /// [`super::weigh::weigh`] of floats.
    fn weigh_floats(numbers: &[f32], starts: &[usize], weights: &[f32], sums: &mut [f32]) = super::weigh::weigh;
    /// [`super::weigh::weigh`] of levels, in floats.
    fn weigh_levels(numbers: &[u8], starts: &[usize], weights: &[f32], sums: &mut [f32]) = super::weigh::weigh;
    /// [`super::zoom::blend_rows`].
    fn blend_rows(above: &[u8], below: &[u8], far: f32, row: &mut [f32]) = super::zoom::blend_rows;
    /// [`super::zoom::add_zoomed`].
    fn add_zoomed(row: &[f32], places: &[Place], sums: &mut [f32]) = super::zoom::add_zoomed;
    /// [`super::mean::means`].
    fn means(sums: &[u16], mean: Mean, target: &mut [u8]) = super::mean::means;
    /// [`super::mean::wide_means`].
    fn wide_means(sums: &[u32], share: f32, target: &mut [u8]) = super::mean::wide_means;
    /// [`super::boxes::slide`] of words.
    fn slide_words(sums: &mut [u16], new: &[u8], old: &[u8]) = super::boxes::slide;
    /// [`super::boxes::slide`] of longer words.
    fn slide_long(sums: &mut [u32], new: &[u8], old: &[u8]) = super::boxes::slide;
    /// [`super::gaussian::split`].
    fn split(sums: &[u16], high: &mut [u16], low: &mut [u16]) = super::gaussian::split;
    /// [`super::gaussian::join`].
    fn join(high: &[u16], low: &[u16], target: &mut [u8]) = super::gaussian::join;
    /// [`super::convolve::levels`].
    fn levels(sums: &[f32], target: &mut [u8]) = super::convolve::levels;
    /// [`super::surround::blend_smooth`].
    fn blend_smooth(row: &[u8], sums: &[u16], factor: f32, target: &mut [u8]) = super::surround::blend_smooth;
    /// [`super::surround::edges`].
    fn edges(row: &[u8], sums: &[u16], weights: [f32; 2], made: &mut [f32]) = super::surround::edges;
    /// [`super::median::sort_3`].
    fn sort_3(rows: [&[u8]; 3], sorted: [&mut [u8]; 3]) = super::median::sort_3;
    /// [`super::median::sort_5`].
    fn sort_5(rows: [&[u8]; 5], sorted: [&mut [u8]; 5]) = super::median::sort_5;
    /// [`super::median::middle_of_9`].
    fn middle_of_9(sorted: [&[u8]; 3], target: &mut [u8]) = super::median::middle_of_9;
    /// [`super::median::middle_of_25`].
    fn middle_of_25(sorted: [&[u8]; 5], target: &mut [u8]) = super::median::middle_of_25;
    /// [`super::median::move_counts`].
    fn move_counts(counts: &mut [u16; 272], new: &[u16; 272], old: &[u16; 272]) = super::median::move_counts;
}

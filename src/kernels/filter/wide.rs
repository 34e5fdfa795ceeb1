//! The rows of filters in the widest vectors that the machine has.

use super::mean::Mean;
use super::zoom::Place;

wide! {
    /// [`super::weigh::weigh`] of levels; the sums must stay below 2^16.
    pub(super) fn weigh_bytes(numbers: &[u8], starts: &[usize], weights: &[u16], sums: &mut [u16]) = super::weigh::weigh;
    /// [`super::weigh::weigh`] of words; the sums must stay below 2^16.
    pub(super) fn weigh_words(numbers: &[u16], starts: &[usize], weights: &[u16], sums: &mut [u16]) = super::weigh::weigh;
    /// [`super::weigh::weigh`] of floats.
    pub(super) fn weigh_floats(numbers: &[f32], starts: &[usize], weights: &[f32], sums: &mut [f32]) = super::weigh::weigh;
    /// [`super::weigh::weigh`] of levels, in floats.
    pub(super) fn weigh_levels(numbers: &[u8], starts: &[usize], weights: &[f32], sums: &mut [f32]) = super::weigh::weigh;
    /// [`super::zoom::blend_rows`].
    pub(super) fn blend_rows(above: &[u8], below: &[u8], far: f32, row: &mut [f32]) = super::zoom::blend_rows;
    /// [`super::zoom::add_zoomed`].
    pub(super) fn add_zoomed(row: &[f32], places: &[Place], sums: &mut [f32]) = super::zoom::add_zoomed;
    /// [`super::mean::means`].
    pub(super) fn means(sums: &[u16], mean: Mean, target: &mut [u8]) = super::mean::means;
    /// [`super::mean::wide_means`].
    pub(super) fn wide_means(sums: &[u32], share: f32, target: &mut [u8]) = super::mean::wide_means;
    /// [`super::boxes::slide`] of longer words.
    pub(super) fn slide_long(sums: &mut [u32], new: &[u8], old: &[u8]) = super::boxes::slide;
    /// [`super::gaussian::split`].
    pub(super) fn split(sums: &[u16], high: &mut [u16], low: &mut [u16]) = super::gaussian::split;
    /// [`super::gaussian::join`].
    pub(super) fn join(high: &[u16], low: &[u16], target: &mut [u8]) = super::gaussian::join;
    /// [`super::convolve::levels`].
    pub(super) fn levels(sums: &[f32], target: &mut [u8]) = super::convolve::levels;
    /// [`super::surround::blend_smooth`].
    pub(super) fn blend_smooth(row: &[u8], sums: &[u16], factor: f32, target: &mut [u8]) = super::surround::blend_smooth;
    /// [`super::surround::edges`].
    pub(super) fn edges(row: &[u8], sums: &[u16], weights: [f32; 2], made: &mut [f32]) = super::surround::edges;
    /// [`super::median::sort_3`].
    pub(super) fn sort_3(rows: [&[u8]; 3], sorted: [&mut [u8]; 3]) = super::median::sort_3;
    /// [`super::median::sort_5`].
    pub(super) fn sort_5(rows: [&[u8]; 5], sorted: [&mut [u8]; 5]) = super::median::sort_5;
    /// [`super::median::middle_of_9`].
    pub(super) fn middle_of_9(sorted: [&[u8]; 3], target: &mut [u8]) = super::median::middle_of_9;
    /// [`super::median::middle_of_25`].
    pub(super) fn middle_of_25(sorted: [&[u8]; 5], target: &mut [u8]) = super::median::middle_of_25;
    /// [`super::median::move_counts`].
    pub(super) fn move_counts(counts: &mut [u16; 272], new: &[u16; 272], old: &[u16; 272]) = super::median::move_counts;
}

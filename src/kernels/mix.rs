//! Pictures laid over each other.

use crate::image::Image;

/// Puts the channels of `source` that are not `chosen` back into `target`, which was made from it.
///
/// # Panics
/// If they differ in length.
pub fn keep_channels(source: &Image, chosen: [bool; 3], target: &mut [u8]) {
    assert_eq!(source.bytes().len(), target.len(), "invariant: pixel for pixel");
    for (to, from) in target.chunks_exact_mut(3).zip(source.bytes().chunks_exact(3)) {
        for c in 0..3 {
            if !chosen[c] {
                to[c] = from[c];
            }
        }
    }
}

/// Adds `picture`, `weight` 65536ths of it, to `sums`.
///
/// # Panics
/// If they differ in length.
pub fn add_weighted(picture: &[u8], weight: u32, sums: &mut [u32]) {
    assert_eq!(picture.len(), sums.len(), "invariant: pixel for pixel");
    for (sum, level) in sums.iter_mut().zip(picture) {
        *sum += weight * u32::from(*level);
    }
}

/// Fills `target` with the levels of `sums`, whose weights add up to 65536; what is behind the point is cut off.
///
/// # Panics
/// If they differ in length.
pub fn settle(sums: &[u32], target: &mut [u8]) {
    assert_eq!(sums.len(), target.len(), "invariant: pixel for pixel");
    for (level, sum) in target.iter_mut().zip(sums) {
        *level = (sum >> 16) as u8;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::Size;

    #[test]
    fn channels_that_are_not_chosen_come_back() {
        let source = Image::from_bytes(Size::new(2, 1), vec![1, 2, 3, 4, 5, 6]);
        let mut target = [9; 6];
        keep_channels(&source, [false, true, false], &mut target);
        assert_eq!(target, [1, 9, 3, 4, 9, 6]);
    }

    #[test]
    fn weights_that_make_a_whole_give_back_what_is_alike() {
        let mut sums = vec![0; 3];
        add_weighted(&[0, 7, 255], 65_536 / 4, &mut sums);
        add_weighted(&[0, 7, 255], 65_536 / 4 * 3, &mut sums);
        let mut target = [9; 3];
        settle(&sums, &mut target);
        assert_eq!(target, [0, 7, 255]);
    }

    #[test]
    fn a_half_of_each_is_their_mean_cut() {
        let mut sums = vec![0; 2];
        add_weighted(&[10, 255], 32_768, &mut sums);
        add_weighted(&[20, 0], 32_768, &mut sums);
        let mut target = [9; 2];
        settle(&sums, &mut target);
        assert_eq!(target, [15, 127]);
    }
}

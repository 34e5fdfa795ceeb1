//! Pictures laid over each other.

use crate::image::{Image, Size, Window};

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

/// Makes of `levels` a blend with `other`: `share` 65536ths of their own, the rest of `other`; rounded half up.
///
/// # Panics
/// If they differ in length.
pub fn blend(levels: &mut [u8], other: &[u8], share: u32) {
    assert_eq!(levels.len(), other.len(), "invariant: pixel for pixel");
    let rest = (1 << 16) - share;
    for (level, other) in levels.iter_mut().zip(other) {
        *level = ((u32::from(*level) * share + u32::from(*other) * rest + (1 << 15)) >> 16) as u8;
    }
}

/// Lays `part` into the picture `target` of size `whole`, with its left top corner at (`x`, `y`).
///
/// # Panics
/// If it does not lie inside.
pub fn lay_part(part: Window<'_>, (x, y): (u32, u32), whole: Size, target: &mut [u8]) {
    let (stride, left, length) = (whole.width as usize * 3, x as usize * 3, part.size().width as usize * 3);
    for row in 0..part.size().height {
        target[(y + row) as usize * stride + left..][..length].copy_from_slice(part.row(row));
    }
}

/// Lays those pixels of `picture` over `target` that are `chosen`.
///
/// # Panics
/// If they differ in length.
pub fn lay_where(picture: &[u8], chosen: &[bool], target: &mut [u8]) {
    assert!(picture.len() == target.len() && picture.len() == chosen.len() * 3, "invariant: pixel for pixel");
    let pixels = target.as_chunks_mut::<3>().0.iter_mut().zip(picture.as_chunks::<3>().0);
    pixels.zip(chosen).filter(|(_, chosen)| **chosen).for_each(|((to, from), _)| *to = *from);
}

#[cfg(test)]
mod tests {
    use super::*;

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

    #[test]
    fn a_blend_is_rounded_once_and_whole_shares_are_exact() {
        let of = |share| {
            let mut levels = [0, 255, 10, 7];
            blend(&mut levels, &[255, 0, 20, 7], share);
            levels
        };
        assert_eq!(of(1 << 16), [0, 255, 10, 7]);
        assert_eq!(of(0), [255, 0, 20, 7]);
        assert_eq!(of(1 << 15), [128, 128, 15, 7]);
    }

    #[test]
    fn a_part_is_laid_where_it_belongs() {
        let picture = Image::from_bytes(Size::new(2, 2), (1..=12).collect());
        let mut target = [0; 27];
        lay_part(picture.window().part(1, 0, Size::new(1, 2)), (2, 1), Size::new(3, 3), &mut target);
        assert_eq!(target[15..18], [4, 5, 6]);
        assert_eq!(target[24..], [10, 11, 12]);
        assert_eq!(target.iter().filter(|level| **level > 0).count(), 6);
        let mut target = [0; 12];
        lay_where(picture.bytes(), &[false, true, false, false], &mut target);
        assert_eq!(target, [0, 0, 0, 4, 5, 6, 0, 0, 0, 0, 0, 0]);
    }
}

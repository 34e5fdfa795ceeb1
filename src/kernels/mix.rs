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
}

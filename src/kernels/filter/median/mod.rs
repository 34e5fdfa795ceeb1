//! Median of a square: networks of comparisons on vectors for small ones, counts of levels for large ones.

mod counts;
mod network;

pub(super) use counts::{Counts, move_counts};
pub(super) use network::{middle_of_9, middle_of_25, sort_3, sort_5};

use super::Scratch;
use super::lines::{CHANNELS, Lines, hold};
use super::wide;
use crate::image::Image;

/// Replaces every pixel, each channel by itself, by the median of the `size` by `size` levels around it; beyond
/// the picture its edge pixels are held. Exactly `cv2.medianBlur`.
///
/// # Panics
/// If `size` is even or above 99, or `target` has another size.
pub fn median_blur(source: &Image, size: usize, scratch: &mut Scratch, target: &mut [u8]) {
    assert_eq!(source.bytes().len(), target.len(), "invariant: pixel for pixel");
    assert!(size % 2 == 1 && size <= super::LARGEST_BOX, "invariant: an odd size");
    match size {
        1 => target.copy_from_slice(source.bytes()),
        3 => by_network(source, &mut scratch.bytes, target, wide::sort_3, wide::middle_of_9),
        5 => by_network(source, &mut scratch.bytes, target, wide::sort_5, wide::middle_of_25),
        _ => scratch.counts.median(source, size, target),
    }
}

/// Sorts every column of `N` levels once, then takes the median of `N` columns side by side.
fn by_network<const N: usize>(
    source: &Image,
    lines: &mut Lines<u8>,
    target: &mut [u8],
    sort: fn([&[u8]; N], [&mut [u8]; N]),
    middle: fn([&[u8]; N], &mut [u8]),
) {
    let (width, height) = (source.size().width as usize, source.size().height as usize);
    lines.reset(width, N / 2, N);
    for (y, target) in target.chunks_exact_mut(width * CHANNELS).enumerate() {
        let rows = std::array::from_fn(|j| source.row(hold((y + j) as isize - (N / 2) as isize, height) as u32));
        sort(rows, lines.all_mut());
        (0..N).for_each(|i| lines.fill_margins(i, hold));
        middle(std::array::from_fn(|i| lines.line(i)), target);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::Size;

    #[test]
    fn a_median_is_the_one_in_the_middle_on_any_size() {
        let mut rng = crate::rng::Key::new(8).rng();
        for (width, height) in [(1, 1), (1, 9), (2, 3), (23, 17), (70, 5)] {
            let size = Size::new(width, height);
            for levels in [2, 256] {
                let image = Image::from_bytes(size, (0..size.bytes()).map(|_| (rng.below(levels) * 251) as u8).collect());
                for side in [1, 3, 5, 7, 25, 99] {
                    let mut made = vec![0; image.bytes().len()];
                    median_blur(&image, side, &mut Scratch::default(), &mut made);
                    let reach = side as isize / 2;
                    for (i, level) in made.iter().enumerate() {
                        let (x, y, c) = ((i / 3 % width as usize) as isize, (i / 3 / width as usize) as isize, i % 3);
                        let mut around = Vec::new();
                        for row in (y - reach..=y + reach).map(|y| image.row(hold(y, height as usize) as u32)) {
                            around.extend((x - reach..=x + reach).map(|x| row[hold(x, width as usize) * 3 + c]));
                        }
                        assert_eq!(*level, *around.select_nth_unstable(side * side / 2).1, "{width}x{height}, {side}");
                    }
                }
            }
        }
    }
}

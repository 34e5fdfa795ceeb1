//! Box blur: the mean of a square.

use super::Scratch;
use super::lines::{CHANNELS, mirror};
use super::mean::Mean;
use super::wide;
use crate::image::Image;
use std::ops::{Add, Sub};

/// The largest box.
pub const LARGEST_BOX: usize = 99;

/// Replaces every pixel by the mean of the `size` by `size` pixels around it, rounded to nearest.
///
/// # Algorithm
/// Sums of columns move down by a row at a time: one row comes in, one goes out. Their sums along the row are
/// taken one by one for small boxes, and move along for large ones. All of it is exact, so it is
/// `cv2.blur`'s 8-bit result.
///
/// # Panics
/// If `size` is even or above [`LARGEST_BOX`], or `target` has another size.
pub fn box_blur(source: &Image, size: usize, scratch: &mut Scratch, target: &mut [u8]) {
    assert_eq!(source.bytes().len(), target.len(), "invariant: pixel for pixel");
    assert!(size % 2 == 1 && size <= LARGEST_BOX, "invariant: an odd size");
    if size == 1 {
        target.copy_from_slice(source.bytes());
    } else if size * size <= Mean::MOST {
        small(source, size, scratch, target);
    } else {
        large(source, size, scratch, target);
    }
}

/// Boxes whose sums have 16 bits.
fn small(source: &Image, size: usize, scratch: &mut Scratch, target: &mut [u8]) {
    let (width, row, reach) = (source.size().width as usize, source.size().width as usize * CHANNELS, size / 2);
    let Scratch { words, sums, more_sums, starts, .. } = scratch;
    let mean = Mean::of(size * size);
    words.reset(width, reach, 1);
    sums.resize(row, 0);
    starts.clear();
    starts.extend((0..size).map(|t| t * CHANNELS));
    more_sums.clear();
    more_sums.resize(size, 1);
    words.inner_mut(0).fill(0);
    let mut columns = Columns { source, reach };
    columns.first(|new| add_row(words.inner_mut(0), new));
    for (y, target) in target.chunks_exact_mut(row).enumerate() {
        if y > 0 {
            let [new, old] = columns.next(y);
            wide::slide_words(words.inner_mut(0), new, old);
        }
        words.fill_margins(0, mirror);
        wide::weigh_words(words.line(0), starts, more_sums, sums);
        wide::means(sums, mean, target);
    }
}

/// Boxes whose sums need more.
fn large(source: &Image, size: usize, scratch: &mut Scratch, target: &mut [u8]) {
    let (width, row, reach) = (source.size().width as usize, source.size().width as usize * CHANNELS, size / 2);
    let Scratch { long_words, wide_sums, .. } = scratch;
    long_words.reset(width, reach, 1);
    wide_sums.resize(row, 0);
    long_words.inner_mut(0).fill(0);
    let mut columns = Columns { source, reach };
    columns.first(|new| add_row(long_words.inner_mut(0), new));
    for (y, target) in target.chunks_exact_mut(row).enumerate() {
        if y > 0 {
            let [new, old] = columns.next(y);
            wide::slide_long(long_words.inner_mut(0), new, old);
        }
        long_words.fill_margins(0, mirror);
        run(long_words.line(0), size, wide_sums);
        wide::wide_means(wide_sums, 1.0 / (size * size) as f32, target);
    }
}

/// The rows that enter and leave the boxes.
struct Columns<'a> {
    source: &'a Image,
    reach: usize,
}

impl<'a> Columns<'a> {
    fn row(&self, y: isize) -> &'a [u8] {
        self.source.row(mirror(y, self.source.size().height as usize) as u32)
    }

    /// All rows of the first boxes.
    fn first(&mut self, mut add: impl FnMut(&[u8])) {
        let reach = self.reach as isize;
        (-reach..=reach).for_each(|y| add(self.row(y)));
    }

    /// What comes in and what goes out when the boxes move on to row `y`.
    fn next(&mut self, y: usize) -> [&'a [u8]; 2] {
        let (y, reach) = (y as isize, self.reach as isize);
        [self.row(y + reach), self.row(y - reach - 1)]
    }
}

fn add_row<T: Copy + From<u8> + Add<Output = T>>(sums: &mut [T], row: &[u8]) {
    for (sum, level) in sums.iter_mut().zip(row) {
        *sum = *sum + T::from(*level);
    }
}

/// Takes `new` into the sums, and `old` out of them.
#[inline(always)]
pub(super) fn slide<T: Copy + From<u8> + Add<Output = T> + Sub<Output = T>>(sums: &mut [T], new: &[u8], old: &[u8]) {
    for ((sum, new), old) in sums.iter_mut().zip(new).zip(old) {
        *sum = *sum + T::from(*new) - T::from(*old);
    }
}

/// Fills `sums` with the sums of `size` pixels in a row.
fn run(line: &[u32], size: usize, sums: &mut [u32]) {
    let mut sum = [0; CHANNELS];
    for pixel in line[..(size - 1) * CHANNELS].chunks_exact(CHANNELS) {
        (0..CHANNELS).for_each(|c| sum[c] += pixel[c]);
    }
    let new = line[(size - 1) * CHANNELS..].chunks_exact(CHANNELS);
    for ((to, new), old) in sums.chunks_exact_mut(CHANNELS).zip(new).zip(line.chunks_exact(CHANNELS)) {
        (0..CHANNELS).for_each(|c| sum[c] += new[c]);
        to.copy_from_slice(&sum);
        (0..CHANNELS).for_each(|c| sum[c] -= old[c]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::Size;

    #[test]
    fn a_box_is_its_exact_mean_on_any_size() {
        let mut rng = crate::rng::Key::new(4).rng();
        for (width, height) in [(1, 1), (1, 9), (2, 3), (23, 17), (40, 2)] {
            let size = Size::new(width, height);
            let image = Image::from_bytes(size, (0..size.bytes()).map(|_| rng.bits() as u8 | 0x81).collect());
            for side in [1, 3, 5, 11, 13, 99] {
                let mut made = vec![0; image.bytes().len()];
                box_blur(&image, side, &mut Scratch::default(), &mut made);
                let reach = side as isize / 2;
                for (i, level) in made.iter().enumerate() {
                    let (x, y, c) = ((i / 3 % width as usize) as isize, (i / 3 / width as usize) as isize, i % 3);
                    let mut sum = 0;
                    for row in (y - reach..=y + reach).map(|y| image.row(mirror(y, height as usize) as u32)) {
                        sum +=
                            (x - reach..=x + reach).map(|x| usize::from(row[mirror(x, width as usize) * 3 + c])).sum::<usize>();
                    }
                    assert_eq!(usize::from(*level), (2 * sum + side * side) / (2 * side * side), "{width}x{height}, {side}");
                }
            }
        }
    }
}

//! Box blur: the mean of a square.

use super::Scratch;
use super::lines::{CHANNELS, Lines, mirror};
use super::mean::Mean;
use super::weigh::BLOCK;
use super::wide;
use crate::image::Image;
use crate::kernels::{Work, widened};
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
    } else if size <= LARGEST_SMALL {
        small(source, size, scratch, target);
    } else {
        large(source, size, scratch, target);
    }
}

/// Boxes whose sums have 16 bits.
fn small(source: &Image, size: usize, scratch: &mut Scratch, target: &mut [u8]) {
    scratch.words.reset(source.size().width as usize, size / 2, 1);
    let words = &mut scratch.words;
    match size {
        3 => widened(Small::<3> { source, words, target }),
        5 => widened(Small::<5> { source, words, target }),
        7 => widened(Small::<7> { source, words, target }),
        9 => widened(Small::<9> { source, words, target }),
        LARGEST_SMALL => widened(Small::<LARGEST_SMALL> { source, words, target }),
        _ => unreachable!("invariant: an odd size, and a small one"),
    }
}

/// The largest box whose sums have 16 bits.
const LARGEST_SMALL: usize = 11;
const _: () = assert!(LARGEST_SMALL * LARGEST_SMALL == Mean::MOST);

/// Means of boxes of `SIZE` by `SIZE` pixels.
struct Small<'a, const SIZE: usize> {
    source: &'a Image,
    /// The sums of columns, with margins.
    words: &'a mut Lines<u16>,
    target: &'a mut [u8],
}

impl<const SIZE: usize> Work for Small<'_, SIZE> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Self { source, words, target } = self;
        let mean = Mean::of(SIZE * SIZE);
        words.inner_mut(0).fill(0);
        let mut columns = Columns { source, reach: SIZE / 2 };
        columns.first(|new| add_row(words.inner_mut(0), new));
        for (y, target) in target.chunks_exact_mut(source.size().width as usize * CHANNELS).enumerate() {
            if y > 0 {
                let [new, old] = columns.next(y);
                slide(words.inner_mut(0), new, old);
            }
            words.fill_margins(0, mirror);
            means_across::<SIZE>(words.line(0), mean, target);
        }
    }
}

/// Fills `target` with the means of `SIZE` sums of columns each.
#[inline(always)]
fn means_across<const SIZE: usize>(line: &[u16], mean: Mean, target: &mut [u8]) {
    let (blocks, rest) = target.as_chunks_mut::<BLOCK>();
    let whole = blocks.len() * BLOCK;
    for (n, target) in blocks.iter_mut().enumerate() {
        means_of_part::<SIZE>(&line[n * BLOCK..], mean, target);
    }
    means_of_part::<SIZE>(&line[whole..], mean, rest);
}

/// Some of the means. Where it is inlined for a block, the compiler knows its length, and that no place lies outside.
#[inline(always)]
fn means_of_part<const SIZE: usize>(line: &[u16], mean: Mean, target: &mut [u8]) {
    let line = &line[..target.len() + (SIZE - 1) * CHANNELS];
    for (i, to) in target.iter_mut().enumerate() {
        let mut sum = 0;
        for tap in 0..SIZE {
            sum += line[tap * CHANNELS + i];
        }
        *to = mean.at(sum);
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
    use super::super::tests::bright_pictures;
    use super::*;
    use crate::image::Size;

    #[test]
    fn every_vector_gives_the_same() {
        for source in bright_pictures() {
            let (mut widest, mut plain) = (vec![0; source.bytes().len()], vec![0; source.bytes().len()]);
            let mut scratch = Scratch::default();
            small(&source, 5, &mut scratch, &mut widest);
            Small::<5> { source: &source, words: &mut scratch.words, target: &mut plain }.run();
            assert_eq!(widest, plain, "{}", source.size());
        }
    }

    #[test]
    fn a_box_is_its_exact_mean_on_any_size() {
        let mut rng = crate::rng::Key::new(4).rng();
        for (width, height) in [(1, 1), (1, 9), (2, 3), (23, 17), (40, 2)] {
            let size = Size::new(width, height);
            let image = Image::from_bytes(size, (0..size.bytes()).map(|_| rng.bits() as u8 | 0x81).collect());
            for side in [1, 3, 5, 7, 9, 11, 13, 99] {
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

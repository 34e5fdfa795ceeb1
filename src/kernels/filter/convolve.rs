//! Convolution with any small kernel, in 32-bit floats.

use super::Scratch;
use super::lines::{CHANNELS, mirror};
use super::wide;
use crate::image::Image;
use crate::kernels::rounding::rounded;

/// Weights of the pixels around one: `size` rows of `size`, an odd number.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Kernel {
    size: usize,
    weights: Vec<f32>,
    /// Before they are divided by their sum.
    values: Vec<f64>,
}

impl Kernel {
    /// Makes it `size` by `size` weights, each from its column and row.
    ///
    /// # Panics
    /// If `size` is even.
    pub fn fill(&mut self, size: usize, at: impl Fn(usize, usize) -> f64) {
        assert!(size % 2 == 1, "invariant: a square about a pixel");
        self.size = size;
        self.values.clear();
        self.values.extend((0..size * size).map(|i| at(i % size, i / size)));
        self.weights.clear();
        self.weights.extend(self.values.iter().map(|value| *value as f32));
    }

    /// As [`Self::fill`], and divides the weights by their sum.
    ///
    /// # Panics
    /// If `size` is even.
    pub fn fill_normalised(&mut self, size: usize, at: impl Fn(usize, usize) -> f64) {
        self.fill(size, at);
        let sum: f64 = self.values.iter().sum();
        self.weights.clear();
        self.weights.extend(self.values.iter().map(|value| (value / sum) as f32));
    }

    /// The weights, row after row.
    pub fn weights(&self) -> &[f32] {
        &self.weights
    }
}

/// Fills `target` with the sums of the weighted pixels of `source`, rounded half to even and cut to 0 to 255.
///
/// # Algorithm
/// ```text
/// result(x, y) = round(sum over i, j of k(i, j) p(x + i - r, y + j - r))    r = (size - 1) / 2
/// ```
/// in 32-bit floats, row after row of the kernel, zeros left out: `cv2.filter2D` (a correlation: the kernel is
/// not turned), which may add in another order.
///
/// # Panics
/// If `target` has another size.
pub fn convolve(source: &Image, kernel: &Kernel, scratch: &mut Scratch, target: &mut [u8]) {
    assert_eq!(source.bytes().len(), target.len(), "invariant: pixel for pixel");
    let (width, height) = (source.size().width as usize, source.size().height as usize);
    let (row, reach) = (width * CHANNELS, kernel.size / 2);
    let Scratch { numbers, float_sums, float_weights, starts, .. } = scratch;
    numbers.reset(width, reach, kernel.size);
    float_sums.resize(row, 0.0);
    float_weights.clear();
    float_weights.extend(kernel.weights.iter().filter(|weight| **weight != 0.0));
    let mut made = 0;
    for (y, target) in target.chunks_exact_mut(row).enumerate() {
        // Line i shows the row i - reach of the picture.
        while made < y + kernel.size {
            let from = source.row(mirror(made as isize - reach as isize, height) as u32);
            for (number, level) in numbers.inner_mut(made).iter_mut().zip(from) {
                *number = f32::from(*level);
            }
            numbers.fill_margins(made, mirror);
            made += 1;
        }
        starts.clear();
        let taps = kernel.weights.iter().enumerate().filter(|(_, weight)| **weight != 0.0);
        starts.extend(taps.map(|(i, _)| numbers.start(y + i / kernel.size) + i % kernel.size * CHANNELS));
        wide::weigh_floats(numbers.numbers(), starts, float_weights, float_sums);
        wide::levels(float_sums, target);
    }
}

/// Rounds half to even and cuts to 0 to 255.
#[inline(always)]
pub(super) fn levels(sums: &[f32], target: &mut [u8]) {
    for (to, sum) in target.iter_mut().zip(sums) {
        *to = rounded(*sum);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::Size;

    #[test]
    fn levels_are_rounded_half_to_even_and_cut() {
        let mut made = [0; 8];
        levels(&[-3.0, 0.5, 1.5, 2.4999, 2.5, 254.5, 255.5, 1e9], &mut made);
        assert_eq!(made, [0, 0, 2, 2, 2, 254, 255, 255]);
    }

    #[test]
    fn a_kernel_reads_around_its_pixel_and_is_not_turned() {
        let size = Size::new(3, 2);
        let image = Image::from_bytes(size, (0..6).flat_map(|i| [i * 10; 3]).collect());
        let mut kernel = Kernel::default();
        kernel.fill(3, |x, y| [[0.0, 0.5, 0.0], [0.0, 0.0, 1.0], [0.0; 3]][y][x]);
        let mut made = vec![0; 18];
        convolve(&image, &kernel, &mut Scratch::default(), &mut made);
        let gray: Vec<u8> = made.chunks_exact(3).map(|pixel| pixel[0]).collect();
        // The right neighbour and half of the upper one; both mirrored at the edges.
        assert_eq!(gray, [10 + 15, 20 + 20, 10 + 25, 40, 50 + 5, 40 + 10]);
    }

    #[test]
    fn a_kernel_larger_than_the_picture_is_served() {
        let image = Image::from_bytes(Size::new(1, 2), vec![0, 0, 0, 90, 90, 90]);
        let mut made = vec![0; 6];
        let mut kernel = Kernel::default();
        kernel.fill_normalised(9, |_, _| 1.0);
        convolve(&image, &kernel, &mut Scratch::default(), &mut made);
        assert_eq!(made, [40, 40, 40, 50, 50, 50]);
    }
}

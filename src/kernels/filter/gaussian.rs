//! Gaussian blur in fixed point, as OpenCV's.

use super::Scratch;
use super::lines::{CHANNELS, mirror};
use super::narrow;
use super::wide;
use crate::image::Image;

/// What the weights sum to.
const ONE: u32 = 256;

/// Fills `weights` with a Gaussian of `sigma` pixels at `size` places, an odd number; they sum to `one`.
///
/// # Algorithm
/// ```text
/// g(i) = exp(-(i - (size - 1) / 2)^2 / (2 sigma^2)), divided by their sum
/// w(i) = round(one g(i) + e)    from the ends inwards, e being what the last rounding left over
/// ```
/// and the middle is what is left of `one`: OpenCV's `getGaussianKernelFixedPoint_ED`, rounding half to even.
pub(in crate::kernels) fn fill_weights<W>(size: usize, sigma: f64, one: u32, weights: &mut Vec<W>)
where
    W: Clone + Default + TryFrom<u32, Error: std::fmt::Debug>,
{
    assert!(size % 2 == 1, "invariant: an odd size");
    let middle = size / 2;
    let at = |i: usize| {
        let x = (middle - i) as f64;
        libm::exp(-0.5 / (sigma * sigma) * (x * x))
    };
    let sum = 2.0 * (0..middle).map(at).sum::<f64>() + 1.0;
    weights.clear();
    weights.resize(size, W::default());
    let put = |weight: u32| W::try_from(weight).expect("invariant: weights are less than their sum");
    let (mut left, mut given) = (0.0, 0);
    for i in 0..middle {
        let wanted = at(i) / sum * f64::from(one) + left;
        let weight = libm::rint(wanted);
        left = wanted - weight;
        (weights[i], weights[size - 1 - i]) = (put(weight as u32), put(weight as u32));
        given += 2 * weight as u32;
    }
    weights[middle] = put(one - given);
}

/// Blurs by a Gaussian of `sigma` pixels, cut to `size` by `size` of them; 0 changes nothing.
///
/// # Algorithm
/// ```text
/// result = (sum over i, j of w(i) w(j) p(x + i, y + j) + 2^15) / 2^16
/// ```
/// exactly, so `cv2.GaussianBlur`'s 8-bit result. The sums of a column are split into their high and low bytes,
/// so that 16 bits are enough for the sums along the row too.
///
/// # Panics
/// If `size` is even or `target` has another size.
pub fn gaussian_blur(source: &Image, size: usize, sigma: f64, scratch: &mut Scratch, target: &mut [u8]) {
    assert_eq!(source.bytes().len(), target.len(), "invariant: pixel for pixel");
    // Below this all of the weight is in the middle.
    if sigma < 0.1 {
        target.copy_from_slice(source.bytes());
        return;
    }
    let Scratch { bytes, words, sums, more_sums, starts, weights, .. } = scratch;
    fill_weights(size, sigma, ONE, weights);
    let trimmed = trim(weights);
    if (3..=narrow::MOST).contains(&trimmed.len()) {
        return narrow::blur(source, trimmed, (bytes, words), target);
    }
    let (width, height) = (source.size().width as usize, source.size().height as usize);
    let (row, reach) = (width * CHANNELS, trimmed.len() / 2);
    words.reset(width, reach, 2);
    sums.resize(row, 0);
    more_sums.resize(row, 0);
    for (y, target) in target.chunks_exact_mut(row).enumerate() {
        starts.clear();
        starts.extend((0..trimmed.len()).map(|t| mirror((y + t) as isize - reach as isize, height) * row));
        wide::weigh_bytes(source.bytes(), starts, trimmed, sums);
        let [high, low] = words.all_mut();
        wide::split(sums, high, low);
        starts.clear();
        starts.extend((0..trimmed.len()).map(|t| t * CHANNELS));
        for (part, sums) in [&mut *sums, &mut *more_sums].into_iter().enumerate() {
            words.fill_margins(part, mirror);
            wide::weigh_words(words.line(part), starts, trimmed, sums);
        }
        wide::join(sums, more_sums, target);
    }
}

/// The weights without the zeros at both ends.
fn trim(weights: &[u16]) -> &[u16] {
    let zeros = weights.iter().take(weights.len() / 2).take_while(|weight| **weight == 0).count();
    &weights[zeros..weights.len() - zeros]
}

/// Splits words into their bytes.
#[inline(always)]
pub(super) fn split(sums: &[u16], high: &mut [u16], low: &mut [u16]) {
    for ((sum, high), low) in sums.iter().zip(high).zip(low) {
        (*high, *low) = (sum >> 8, sum & 255);
    }
}

/// Fills `target` with what both sums come to.
#[inline(always)]
pub(super) fn join(high: &[u16], low: &[u16], target: &mut [u8]) {
    for ((high, low), to) in high.iter().zip(low).zip(target) {
        *to = rounded(*high, *low);
    }
}

/// `(256 high + low + 2^15) / 2^16`, where the whole stays below 2^24.
#[inline(always)]
pub(super) fn rounded(high: u16, low: u16) -> u8 {
    ((high + (((low >> 1) + (1 << 14)) >> 7)) >> 8) as u8
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::Size;

    fn weights(size: usize, sigma: f64) -> Vec<u16> {
        let mut weights = Vec::new();
        fill_weights(size, sigma, ONE, &mut weights);
        weights
    }

    #[test]
    fn weights_are_those_of_opencv() {
        assert_eq!(weights(5, 2.0), [39, 57, 64, 57, 39]);
        assert_eq!(weights(3, 0.5), [27, 202, 27]);
        assert_eq!(weights(3, 0.1), [0, 256, 0]);
        assert_eq!(weights(21, 3.0).iter().sum::<u16>(), 256);
    }

    #[test]
    fn a_blur_is_its_exact_sum_on_any_size() {
        let mut rng = crate::rng::Key::new(3).rng();
        for (width, height) in [(1, 1), (1, 9), (2, 3), (23, 17), (40, 2)] {
            let size = Size::new(width, height);
            let image = Image::from_bytes(size, (0..size.bytes()).map(|_| rng.bits() as u8 | 0xc0).collect());
            for (taps, sigma) in [(1, 1.0), (3, 0.4), (5, 2.0), (7, 1.5), (9, 9.0), (11, 9.0), (21, 3.0), (99, 20.0)] {
                let weights = weights(taps, sigma);
                let mut made = vec![0; image.bytes().len()];
                gaussian_blur(&image, taps, sigma, &mut Scratch::default(), &mut made);
                let reach = taps as isize / 2;
                for (i, level) in made.iter().enumerate() {
                    let (x, y, c) = ((i / 3 % width as usize) as isize, (i / 3 / width as usize) as isize, i % 3);
                    let mut sum = 1 << 15;
                    for (j, down) in weights.iter().enumerate() {
                        let row = image.row(mirror(y + j as isize - reach, height as usize) as u32);
                        for (k, across) in weights.iter().enumerate() {
                            let from = mirror(x + k as isize - reach, width as usize) * 3 + c;
                            sum += u32::from(*down) * u32::from(*across) * u32::from(row[from]);
                        }
                    }
                    assert_eq!(u32::from(*level), sum >> 16, "{width}x{height}, {taps}");
                }
            }
        }
    }
}

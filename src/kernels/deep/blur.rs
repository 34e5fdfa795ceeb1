//! Blurs: exact weighted sums across and then down, rounded once.

use crate::image::{Deep, Size};
use crate::kernels::filter::{fill_weights, mirror};

/// Blurs by a Gaussian of `sigma` pixels, cut to `size` by `size` of them; 0 changes nothing.
///
/// The weights are those of [`crate::kernels::filter::gaussian_blur`], in as many bits as the samples have, so that with 8 bits
/// and with 16 the result is `cv2.GaussianBlur`'s; mirrored about the edge pixels.
///
/// # Panics
/// If `size` is even.
pub fn gaussian_blur(source: &Deep, size: usize, sigma: f64, sums: &mut Vec<u32>, target: &mut Deep) {
    if sigma < 0.1 {
        return target.samples_mut().copy_from_slice(source.samples());
    }
    let bits = source.planes().depth.bits();
    let mut weights: Vec<u32> = Vec::new();
    fill_weights(size, sigma, 1 << bits, &mut weights);
    let half = 1u64 << (2 * bits - 1);
    weigh(source, &weights, sums, |sum| ((sum + half) >> (2 * bits)) as u16, target);
}

/// Replaces every pixel by the mean of the `size` by `size` pixels around it, rounded to nearest, as `cv2.blur`; mirrored about
/// the edge pixels.
///
/// # Panics
/// If `size` is even.
pub fn box_blur(source: &Deep, size: usize, sums: &mut Vec<u32>, target: &mut Deep) {
    assert!(size % 2 == 1, "invariant: an odd size");
    let count = (size * size) as u64;
    weigh(source, &vec![1; size], sums, |sum| ((sum + count / 2) / count) as u16, target);
}

/// Fills `target` with what `finish` makes of the sums of the pixels around each, weighted across and down.
fn weigh(source: &Deep, weights: &[u32], sums: &mut Vec<u32>, finish: impl Fn(u64) -> u16, target: &mut Deep) {
    let (Size { width, height }, channels) = (source.size(), source.planes().channels);
    let (width, height, reach) = (width as usize, height as usize, weights.len() / 2);
    let row = width * channels;
    sums.clear();
    sums.resize(source.samples().len(), 0);
    for (sums, from) in sums.chunks_exact_mut(row).zip(source.samples().chunks_exact(row)) {
        for (x, sums) in sums.chunks_exact_mut(channels).enumerate() {
            for (t, weight) in weights.iter().enumerate() {
                let pixel = &from[mirror((x + t) as isize - reach as isize, width) * channels..][..channels];
                sums.iter_mut().zip(pixel).for_each(|(sum, sample)| *sum += weight * u32::from(*sample));
            }
        }
    }
    let mut down = vec![0u64; row];
    for (y, out) in target.rows_mut().enumerate() {
        down.fill(0);
        for (t, weight) in weights.iter().enumerate() {
            let line = &sums[mirror((y + t) as isize - reach as isize, height) * row..][..row];
            down.iter_mut().zip(line).for_each(|(sum, part)| *sum += u64::from(*weight) * u64::from(*part));
        }
        out.iter_mut().zip(&down).for_each(|(out, sum)| *out = finish(*sum));
    }
}

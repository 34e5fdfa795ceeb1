//! Unsharp mask: adds what a blur takes away, where it is more than noise.

use super::Scratch;
use super::lines::{CHANNELS, Lines, mirror};
use super::wide;
use crate::image::Image;

/// How an unsharp mask looks and acts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mask {
    /// Side of the square that is blurred, an odd number of pixels.
    pub size: usize,
    /// Standard deviation of its Gaussian in pixels; 0: `0.3 ((size - 1) / 2 - 1) + 0.8`.
    pub sigma: f64,
    /// How much of the difference is added.
    pub alpha: f64,
    /// Differences up to this many levels are left alone.
    pub threshold: f64,
}

/// Adds `alpha` times the difference from a blur, where it is above the threshold; the change between the places
/// where it is and where it isn't is blurred too.
///
/// # Algorithm
/// ```text
/// d = p - G(p)    m = G(1 where |d| > threshold, else 0)
/// result = m clip(p + alpha d) + (1 - m) p, rounded half to even
/// ```
/// in 32-bit floats, G being OpenCV's Gaussian blur: Albumentations 2.0.8's `UnsharpMask`.
///
/// # Panics
/// If the size is even or `target` has another one.
pub fn unsharp_mask(source: &Image, mask: Mask, scratch: &mut Scratch, target: &mut [u8]) {
    assert_eq!(source.bytes().len(), target.len(), "invariant: pixel for pixel");
    assert!(mask.size % 2 == 1, "invariant: an odd size");
    let (width, height) = (source.size().width as usize, source.size().height as usize);
    let (row, reach) = (width * CHANNELS, mask.size / 2);
    let Scratch { numbers, float_sums, float_weights, starts, plane, .. } = scratch;
    fill_weights(mask, float_weights);
    numbers.reset(width, reach, 1);
    float_sums.resize(row, 0.0);
    plane.resize(row * height, 0);
    let mut blur = |levels: &[u8], y: usize, sums: &mut Vec<f32>| {
        starts.clear();
        starts.extend((0..mask.size).map(|t| mirror((y + t) as isize - reach as isize, height) * row));
        blur_row(levels, starts, float_weights, numbers, sums);
    };
    let (alpha, threshold) = (mask.alpha as f32, mask.threshold as f32);
    for (y, plane) in plane.chunks_exact_mut(row).enumerate() {
        blur(source.bytes(), y, float_sums);
        for ((strong, level), blurred) in plane.iter_mut().zip(source.row(y as u32)).zip(&*float_sums) {
            *strong = u8::from((f32::from(*level) - blurred).abs() > threshold);
        }
    }
    let mut soft = std::mem::take(&mut scratch.more_floats);
    soft.resize(row, 0.0);
    for (y, target) in target.chunks_exact_mut(row).enumerate() {
        blur(source.bytes(), y, float_sums);
        blur(plane, y, &mut soft);
        for ((sum, level), soft) in float_sums.iter_mut().zip(source.row(y as u32)).zip(&soft) {
            let level = f32::from(*level);
            let sharp = (level + alpha * (level - *sum)).clamp(0.0, 255.0);
            *sum = sharp * soft + level * (1.0 - soft);
        }
        wide::levels(float_sums, target);
    }
    scratch.more_floats = soft;
}

/// Blurs the rows that begin at `starts` into one.
fn blur_row(levels: &[u8], starts: &mut Vec<usize>, weights: &[f32], line: &mut Lines<f32>, sums: &mut [f32]) {
    wide::weigh_levels(levels, starts, weights, line.inner_mut(0));
    line.fill_margins(0, mirror);
    starts.clear();
    starts.extend((0..weights.len()).map(|t| t * CHANNELS));
    wide::weigh_floats(line.line(0), starts, weights, sums);
}

/// OpenCV's `getGaussianKernel`: for sigma 0 the small ones are binomial.
fn fill_weights(mask: Mask, weights: &mut Vec<f32>) {
    let fixed: &[f32] = match mask.size {
        _ if mask.sigma > 0.0 => &[],
        1 => &[1.0],
        3 => &[64.0, 128.0, 64.0],
        5 => &[16.0, 64.0, 96.0, 64.0, 16.0],
        7 => &[8.0, 28.0, 56.0, 72.0, 56.0, 28.0, 8.0],
        9 => &[4.0, 13.0, 30.0, 51.0, 60.0, 51.0, 30.0, 13.0, 4.0],
        _ => &[],
    };
    weights.clear();
    if !fixed.is_empty() {
        let sum: f32 = fixed.iter().sum();
        weights.extend(fixed.iter().map(|weight| weight / sum));
        return;
    }
    let sigma = if mask.sigma > 0.0 { mask.sigma } else { 0.15 * mask.size as f64 + 0.35 };
    let at = |i: usize| {
        let x = i as f64 - (mask.size / 2) as f64;
        libm::exp(-0.5 * x * x / (sigma * sigma))
    };
    let sum: f64 = (0..mask.size).map(at).sum();
    weights.extend((0..mask.size).map(|i| (at(i) / sum) as f32));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::Size;

    #[test]
    fn an_edge_is_steeper_and_what_is_flat_stays() {
        let gray = [100u8, 100, 100, 100, 160, 160, 160, 160];
        let image = Image::from_bytes(Size::new(8, 1), gray.iter().flat_map(|v| [*v; 3]).collect());
        let mask = Mask { size: 3, sigma: 0.0, alpha: 0.5, threshold: 10.0 };
        let mut made = vec![0; 24];
        unsharp_mask(&image, mask, &mut Scratch::default(), &mut made);
        let gray: Vec<u8> = made.chunks_exact(3).map(|pixel| pixel[0]).collect();
        // The blur differs by 15 at the edge: 100 - 7.5 and 160 + 7.5, three quarters of it for the soft mask.
        assert_eq!(gray, [100, 100, 100, 94, 166, 160, 160, 160]);
        unsharp_mask(&image, Mask { threshold: 20.0, ..mask }, &mut Scratch::default(), &mut made);
        assert_eq!(made, image.bytes());
    }
}

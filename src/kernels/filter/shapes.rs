//! Blurs and edges that are one kernel each: defocus, ringing, emboss.

use super::Scratch;
use super::convolve::{Kernel, convolve};
use super::lines::mirror;
use crate::image::Image;
use std::f64::consts::PI;

/// The largest radius of [`defocus`] in pixels.
pub const LARGEST_DISC: usize = 30;

/// Blurs with a disc of `radius` pixels whose edge is softened by a Gaussian of `alias_blur` pixels.
///
/// # Algorithm
/// ```text
/// d(x, y) = 1 where x^2 + y^2 <= radius^2, over max(8, radius) pixels on each side, divided by their sum
/// k = d blurred at 3x3 places (5x5 above radius 8), mirrored at the edges of the kernel
/// ```
/// (so that k sums to a little less than one where the disc reaches those edges, from radius 8 on), as Hendrycks and Dietterich's corruptions (2019) and Albumentations 2.0.8; then [`convolve`].
///
/// # Panics
/// If `target` has another size.
pub fn defocus(source: &Image, radius: usize, alias_blur: f64, scratch: &mut Scratch, target: &mut [u8]) {
    let mut kernel = std::mem::take(&mut scratch.kernel);
    fill_disc(radius, alias_blur, &mut kernel);
    convolve(source, &kernel, scratch, target);
    scratch.kernel = kernel;
}

fn fill_disc(radius: usize, alias_blur: f64, kernel: &mut Kernel) {
    let side = radius.max(8) as isize;
    let (size, reach) = (2 * side as usize + 1, if radius <= 8 { 1 } else { 2 });
    let bell = |i: isize| libm::exp(-0.5 * (i * i) as f64 / (alias_blur * alias_blur));
    let sum: f64 = (-reach..=reach).map(bell).sum();
    let inside = |x: usize, y: usize| {
        let (x, y) = (x as isize - side, y as isize - side);
        x * x + y * y <= (radius * radius) as isize
    };
    let count = (0..size * size).filter(|i| inside(i % size, i / size)).count() as f64;
    kernel.fill(size, |x, y| {
        let around = |at: usize| (-reach..=reach).map(move |i| (mirror(at as isize + i, size), bell(i) / sum));
        let covered = around(y).flat_map(|(y, down)| around(x).map(move |(x, across)| (x, y, down * across)));
        covered.filter(|(x, y, _)| inside(*x, *y)).map(|(.., weight)| weight).sum::<f64>() / count
    });
}

/// Leaves only waves that are longer than `2 pi / cutoff` pixels, which makes edges ring.
///
/// # Algorithm
/// ```text
/// k(r) = cutoff J1(cutoff r) / (2 pi r)    k(0) = cutoff^2 / (4 pi)    over size x size pixels, divided by their sum
/// ```
/// the ideal low-pass filter with a circular support, as Real-ESRGAN's (Wang and others, 2021) and Albumentations
/// 2.0.8; then [`convolve`].
///
/// # Panics
/// If `size` is even or `target` has another size.
pub fn ringing(source: &Image, size: usize, cutoff: f64, scratch: &mut Scratch, target: &mut [u8]) {
    let mut kernel = std::mem::take(&mut scratch.kernel);
    let middle = (size / 2) as f64;
    kernel.fill_normalised(size, |x, y| {
        let (x, y) = (x as f64 - middle, y as f64 - middle);
        let far = libm::sqrt(x * x + y * y);
        if far == 0.0 { cutoff * cutoff / (4.0 * PI) } else { cutoff * libm::j1(cutoff * far) / (2.0 * PI * far) }
    });
    convolve(source, &kernel, scratch, target);
    scratch.kernel = kernel;
}

/// Lights the picture from one corner, as a relief: blends by `alpha` with the slope of the given `strength`.
///
/// # Algorithm
/// ```text
///                 -1-s  -s   0
/// k = (1-a) id + a  -s   1   s        then [`convolve`], as Albumentations 2.0.8
///                    0   s  1+s
/// ```
///
/// # Panics
/// If `target` has another size.
pub fn emboss(source: &Image, alpha: f64, strength: f64, scratch: &mut Scratch, target: &mut [u8]) {
    let mut kernel = std::mem::take(&mut scratch.kernel);
    let slope = |x: usize, y: usize| (x + y) as f64 - 2.0;
    kernel.fill(3, |x, y| match (x, y) {
        (1, 1) => 1.0,
        (0, 2) | (2, 0) => 0.0,
        (0, 0) | (2, 2) => alpha * (1.0 + strength) * slope(x, y).signum(),
        _ => alpha * strength * slope(x, y).signum(),
    });
    convolve(source, &kernel, scratch, target);
    scratch.kernel = kernel;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::Size;

    #[test]
    fn discs_are_round_and_sum_to_one() {
        let mut kernel = Kernel::default();
        for radius in [1, 3, 8, 9, LARGEST_DISC] {
            fill_disc(radius, 0.3, &mut kernel);
            let weights = kernel.weights();
            let lost = 1.0 - weights.iter().map(|weight| f64::from(*weight)).sum::<f64>();
            assert!(lost.abs() < if radius < 8 { 1e-6 } else { 0.02 }, "{lost}");
            let mut turned = weights.to_vec();
            turned.reverse();
            assert!(turned.iter().zip(weights).all(|(a, b)| (a - b).abs() < 1e-7));
        }
        // Radius 1, hardly softened: a cross of five.
        fill_disc(1, 0.1, &mut kernel);
        assert_eq!(kernel.weights().iter().filter(|weight| **weight > 0.19).count(), 5);
    }

    #[test]
    fn a_flat_picture_has_no_relief_and_does_not_ring() {
        let image = Image::from_bytes(Size::new(4, 3), vec![77; 36]);
        let mut made = vec![0; 36];
        let scratch = &mut Scratch::default();
        emboss(&image, 0.4, 0.6, scratch, &mut made);
        assert_eq!(made, [77; 36]);
        ringing(&image, 11, 1.0, scratch, &mut made);
        assert_eq!(made, [77; 36]);
        defocus(&image, 5, 0.3, scratch, &mut made);
        assert_eq!(made, [77; 36]);
    }

    #[test]
    fn light_comes_from_the_upper_left() {
        // Dark left, bright right: the slope towards the lower right is bright.
        let image = Image::from_bytes(Size::new(2, 1), vec![100, 100, 100, 120, 120, 120]);
        let mut made = vec![0; 6];
        emboss(&image, 0.5, 0.5, &mut Scratch::default(), &mut made);
        // Mirrored, so left and right neighbours are alike, and nothing is added.
        assert_eq!(made, [100, 100, 100, 120, 120, 120]);
        let image = Image::from_bytes(Size::new(3, 1), [100u8, 110, 120].iter().flat_map(|v| [*v; 3]).collect());
        let mut made = vec![0; 9];
        emboss(&image, 0.5, 0.5, &mut Scratch::default(), &mut made);
        // 110 + 0.5 (1.5 (120 - 100) + 0.5 (120 - 100)); up and down are alike.
        assert_eq!(made[3..6], [130; 3]);
    }
}

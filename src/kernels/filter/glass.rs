//! Frosted glass: pixels change places with others nearby, between two blurs.

use super::Scratch;
use super::gaussian::gaussian_blur;
use super::lines::CHANNELS;
use crate::image::Image;
use crate::kernels::random::Noise;

/// How a pane of glass disturbs what is behind it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Glass {
    /// Standard deviation of both blurs in pixels.
    pub sigma: f64,
    /// Pixels change places with others up to so far away, along each axis.
    pub max_delta: usize,
    /// How often each of them does.
    pub iterations: usize,
    /// Which of them change places.
    pub seed: u64,
}

/// Blurs, lets pixels change places with others nearby, and blurs again.
///
/// # Algorithm
/// ```text
/// for every turn, row and column, from the last to the first, that is max_delta and more from the edges:
///     swap p(x, y) and p(x + dx, y + dy)    dx, dy uniform in -max_delta .. max_delta - 1
/// ```
/// as Hendrycks and Dietterich's corruptions (2019) are meant and Albumentations 2.0.8's mode `exact`; there the
/// second half of a swap reads what the first has written. The blurs are [`gaussian_blur`] at `6 sigma + 1` pixels.
///
/// # Panics
/// If `target` has another size.
pub fn glass_blur(source: &Image, glass: Glass, scratch: &mut Scratch, target: &mut [u8]) {
    let size = libm::rint(6.0 * glass.sigma + 1.0) as usize | 1;
    let mut between = std::mem::take(&mut scratch.picture);
    between.reshape(source.size());
    gaussian_blur(source, size, glass.sigma, scratch, between.bytes_mut());
    shuffle(glass, &mut between);
    gaussian_blur(&between, size, glass.sigma, scratch, target);
    scratch.picture = between;
}

fn shuffle(glass: Glass, picture: &mut Image) {
    let (width, height) = (picture.size().width as usize, picture.size().height as usize);
    let (noise, reach) = (Noise::new(glass.seed), glass.max_delta);
    let bytes = picture.bytes_mut();
    for turn in 0..glass.iterations {
        for y in (reach + 1..(height + 1).saturating_sub(reach)).rev() {
            for x in (reach + 1..(width + 1).saturating_sub(reach)).rev() {
                let bits = noise.bits(((turn * height + y) * width + x) as u64);
                // 32 bits for each axis: their bias is below 2^-25.
                let far = |bits: u32| ((u64::from(bits) * 2 * reach as u64) >> 32) as usize;
                let other = (y + far(bits as u32) - reach) * width + x + far((bits >> 32) as u32) - reach;
                for c in 0..CHANNELS {
                    bytes.swap((y * width + x) * CHANNELS + c, other * CHANNELS + c);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::Size;

    #[test]
    fn swaps_keep_every_pixel_and_leave_the_first_edges() {
        let size = Size::new(20, 15);
        let picture = Image::from_bytes(size, (0..300u32).flat_map(|i| [i as u8, (i >> 8) as u8, 7]).collect());
        let mut made = picture.clone();
        shuffle(Glass { sigma: 0.0, max_delta: 3, iterations: 2, seed: 5 }, &mut made);
        assert_ne!(made, picture);
        let sorted = |image: &Image| {
            let mut pixels: Vec<[u8; 3]> = image.bytes().chunks_exact(3).map(|p| [p[0], p[1], p[2]]).collect();
            pixels.sort_unstable();
            pixels
        };
        assert_eq!(sorted(&made), sorted(&picture));
        assert_eq!(made.row(0), picture.row(0));
    }

    #[test]
    fn small_pictures_are_only_blurred() {
        for (width, height) in [(1, 1), (1, 30), (8, 8)] {
            let image = Image::from_bytes(Size::new(width, height), vec![9; (width * height * 3) as usize]);
            let mut made = vec![0; image.bytes().len()];
            let glass = Glass { sigma: 1.0, max_delta: 4, iterations: 3, seed: 1 };
            glass_blur(&image, glass, &mut Scratch::default(), &mut made);
            assert_eq!(made, image.bytes());
        }
    }
}

//! The grain of film: noise that is strongest in the middle tones, and has a size.

use super::super::filter::weigh;
use super::super::random::Noise;
use super::super::rounding::rounded;
use super::super::{Work, widened};
use crate::image::Image;

/// What the grain is like.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Grain {
    /// One over the root of how many grains a pixel has.
    pub intensity: f64,
    /// Diameter of the grains in pixels, at least 1.
    pub size: f64,
    /// Whether each channel has grain of its own, as the layers of colour film have.
    pub per_channel: bool,
}

/// What a thread keeps between pictures.
#[derive(Debug, Default)]
pub struct Scratch {
    weights: Vec<f32>,
    layers: [Layer; 3],
}

/// Adds grain.
///
/// # Algorithm
/// ```text
/// w_k = exp(-(k / s)^2 / 2), s = size / 4, |k| <= 4 s + 1/2, divided by the root of the sum of their squares
/// n(x, y) = sum over j, k of w_j w_k z(x + k, y + j)        z normal, one for each pixel and those around the picture
/// level' = level + intensity sqrt(g (255 - g)) n            rounded to nearest, and held within 0 to 255
/// ```
/// `g` is the level itself with `per_channel`, else the pixel's gray, 0.299 R + 0.587 G + 0.114 B. Film is made of grains
/// that are either black or clear: of N in a pixel of density p, binomially many, which spreads by sqrt(p (1 - p) / N).
/// So `intensity` is 1 / sqrt(N). The sum has the variance 1 everywhere. At a distance r it is alike by nearly
/// exp(-4 r^2 / size^2), much as are discs of that diameter; with a size of 1, not at all.
///
/// Column `x - r` of row `y - r`, if the weights reach `r`, is normal `y << 32 | x` of `noise`, with the channel as
/// its stream.
///
/// # Panics
/// If source and target differ in length.
pub fn grain(source: &Image, grain: Grain, noise: Noise, scratch: &mut Scratch, target: &mut [u8]) {
    assert_eq!(source.bytes().len(), target.len(), "invariant: pixel for pixel");
    let Scratch { weights, layers } = scratch;
    gaussian(grain.size / 4.0, weights);
    let intensity = grain.intensity as f32;
    if grain.per_channel {
        widened(Develop::<3> { source, intensity, weights, layers, noise, target });
    } else {
        let [layer, ..] = layers;
        widened(Develop::<1> { source, intensity, weights, layers: std::array::from_mut(layer), noise, target });
    }
}

/// A Gaussian that reaches four standard deviations, with a sum of squares of 1.
fn gaussian(sigma: f64, weights: &mut Vec<f32>) {
    let radius = (4.0 * sigma + 0.5) as i32;
    let weight = |k: i32| libm::exp(-0.5 * (f64::from(k) / sigma) * (f64::from(k) / sigma));
    let squares: f64 = (-radius..=radius).map(|k| weight(k) * weight(k)).sum();
    weights.clear();
    weights.extend((-radius..=radius).map(|k| (weight(k) / squares.sqrt()) as f32));
}

/// Grain of one kind, row after row.
#[derive(Debug, Default)]
struct Layer {
    /// A row of normal numbers.
    normals: Vec<f32>,
    /// As many rows as there are weights, each smooth across; row `y` is in place `y` modulo their number.
    rows: Vec<f32>,
    /// Where in `rows` those of a sum begin.
    starts: Vec<usize>,
    /// The row of grain that was made last.
    made: Vec<f32>,
}

impl Layer {
    /// Makes the rows that the first row of grain needs, but for the last.
    #[inline(always)]
    fn begin(&mut self, width: usize, weights: &[f32], noise: Noise) {
        self.normals.resize(width + weights.len() - 1, 0.0);
        self.rows.resize(width * weights.len(), 0.0);
        self.made.resize(width, 0.0);
        for y in 0..weights.len() - 1 {
            self.across(y, weights, noise);
        }
    }

    /// Makes row `y` smooth across.
    #[inline(always)]
    fn across(&mut self, y: usize, weights: &[f32], noise: Noise) {
        let width = self.made.len();
        noise.normals((y as u64) << 32, &mut self.normals);
        self.starts.clear();
        self.starts.extend(0..weights.len());
        weigh(&self.normals, &self.starts, weights, &mut self.rows[y % weights.len() * width..][..width]);
    }

    /// Makes row `y` of the grain.
    #[inline(always)]
    fn next(&mut self, y: usize, weights: &[f32], noise: Noise) {
        let (taps, width) = (weights.len(), self.made.len());
        self.across(y + taps - 1, weights, noise);
        self.starts.clear();
        self.starts.extend((y..y + taps).map(|row| row % taps * width));
        weigh(&self.rows, &self.starts, weights, &mut self.made);
    }
}

/// [`grain`] in one layer for all channels, or in three.
struct Develop<'a, const LAYERS: usize> {
    source: &'a Image,
    intensity: f32,
    weights: &'a [f32],
    layers: &'a mut [Layer; LAYERS],
    noise: Noise,
    target: &'a mut [u8],
}

/// Pixels that are changed at once.
const BLOCK: usize = 64;

impl<const LAYERS: usize> Work for Develop<'_, LAYERS> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Self { source, intensity, weights, layers, noise, target } = self;
        let width = source.size().width as usize;
        let noises: [Noise; LAYERS] = std::array::from_fn(|c| noise.stream(c as u32));
        for (layer, noise) in layers.iter_mut().zip(noises) {
            layer.begin(width, weights, noise);
        }
        for (y, to) in target.chunks_exact_mut((3 * width).max(1)).enumerate() {
            for (layer, noise) in layers.iter_mut().zip(noises) {
                layer.next(y, weights, noise);
            }
            let rows: [&[f32]; LAYERS] = std::array::from_fn(|c| &layers[c].made[..]);
            let blocks = to.chunks_mut(3 * BLOCK).zip(source.row(y as u32).chunks(3 * BLOCK));
            for (block, (to, from)) in blocks.enumerate() {
                let grains = rows.map(|row| whole::<f32, BLOCK>(&row[block * BLOCK..]));
                let mut made = [0; 3 * BLOCK];
                develop(&whole(from), grains, intensity, &mut made);
                to.copy_from_slice(&made[..to.len()]);
            }
        }
    }
}

/// The first `N` of `part`; where there are fewer, zeros stand behind them.
#[inline(always)]
fn whole<T: Copy + Default, const N: usize>(part: &[T]) -> [T; N] {
    part.first_chunk().copied().unwrap_or_else(|| {
        let mut whole = [T::default(); N];
        whole[..part.len()].copy_from_slice(part);
        whole
    })
}

/// A block of pixels with grain.
#[inline(always)]
fn develop<const LAYERS: usize>(
    from: &[u8; 3 * BLOCK],
    grains: [[f32; BLOCK]; LAYERS],
    intensity: f32,
    to: &mut [u8; 3 * BLOCK],
) {
    let strength = |level: f32| intensity * (level * (255.0 - level)).sqrt();
    let mut changes = [0.0; 3 * BLOCK];
    if LAYERS == 1 {
        for i in 0..BLOCK {
            let [red, green, blue] = [0, 1, 2].map(|c| u32::from(from[3 * i + c]));
            let gray = (19595 * red + 38470 * green + 7471 * blue + (1 << 15)) >> 16;
            let change = strength(gray as i32 as f32) * grains[0][i];
            (changes[3 * i], changes[3 * i + 1], changes[3 * i + 2]) = (change, change, change);
        }
    } else {
        for i in 0..BLOCK {
            for c in 0..3 {
                changes[3 * i + c] = grains[c % LAYERS][i];
            }
        }
        for i in 0..3 * BLOCK {
            changes[i] *= strength(f32::from(from[i]));
        }
    }
    for i in 0..3 * BLOCK {
        to[i] = rounded(f32::from(from[i]) + changes[i]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::Size;

    fn made(size: Size, pixel: [u8; 3], grain_of: Grain, seed: u64) -> Vec<u8> {
        let source = Image::from_bytes(size, pixel.into_iter().cycle().take(size.bytes() as usize).collect());
        let mut target = vec![0; source.bytes().len()];
        grain(&source, grain_of, Noise::new(seed), &mut Scratch::default(), &mut target);
        target
    }

    const GRAIN: Grain = Grain { intensity: 0.2, size: 2.5, per_channel: false };

    #[test]
    fn weights_keep_the_variance_and_reach_four_deviations() {
        let mut weights = Vec::new();
        for (size, reach) in [(1.0, 1), (3.0, 3), (16.0, 16)] {
            gaussian(size / 4.0, &mut weights);
            assert_eq!(weights.len(), 2 * reach + 1);
            let squares: f32 = weights.iter().map(|w| w * w).sum();
            assert!((squares - 1.0).abs() < 1e-6, "{squares}");
        }
        gaussian(0.25, &mut weights);
        assert!(weights[0] < 4e-4, "grain of one pixel is white: {weights:?}");
    }

    #[test]
    fn black_and_white_have_no_grain() {
        let size = Size::new(70, 5);
        for per_channel in [false, true] {
            for level in [0, 255] {
                let levels = made(size, [level; 3], Grain { per_channel, ..GRAIN }, 1);
                assert!(levels.iter().all(|made| *made == level));
            }
        }
        let red = made(size, [255, 0, 128], Grain { per_channel: true, ..GRAIN }, 1);
        assert!(red.chunks_exact(3).all(|pixel| pixel[..2] == [255, 0]));
        assert!(red.chunks_exact(3).any(|pixel| pixel[2] != 128));
    }

    #[test]
    fn grain_is_gray_unless_each_channel_has_its_own() {
        let size = Size::new(70, 5);
        let alike = |pixel: &[u8]| pixel[0] == pixel[1] && pixel[1] == pixel[2];
        assert!(made(size, [128; 3], GRAIN, 1).chunks_exact(3).all(alike));
        assert!(!made(size, [128; 3], Grain { per_channel: true, ..GRAIN }, 1).chunks_exact(3).all(alike));
    }

    /// The row of a ring, the block and its end are only ways to make the sum of the formula.
    #[test]
    fn every_pixel_is_the_sum_that_the_formula_says() {
        let (size, noise) = (Size::new(67, 9), Noise::new(5));
        let levels = made(size, [128; 3], GRAIN, 5);
        let mut weights = Vec::new();
        gaussian(GRAIN.size / 4.0, &mut weights);
        for (x, y) in [(0, 0), (66, 8), (63, 4), (64, 3)] {
            let mut sum = 0.0;
            for (j, down) in weights.iter().enumerate() {
                for (k, across) in weights.iter().enumerate() {
                    sum += f64::from(down * across) * noise.normal(((y + j) as u64) << 32 | (x + k) as u64);
                }
            }
            let expected = 128.0 + 0.2 * (128.0f64 * 127.0).sqrt() * sum;
            let found = f64::from(levels[3 * (y * 67 + x)]);
            assert!((found - expected).abs() < 0.501, "{found} for {expected} at {x}, {y}");
        }
    }
}

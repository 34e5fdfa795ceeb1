//! Snow with a texture: a brighter picture, soft noise that fades downwards, a bluish tint and sparks.

use super::Scratch;
use crate::image::Image;
use crate::kernels::color::{from_hsv, to_hsv};
use crate::kernels::paint::soften::mirrored;
use crate::kernels::random::Noise;
use crate::kernels::{Work, widened};

/// How much snow lies, and what it is made of.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Texture {
    /// How much snow lies, 0 to 1.
    pub point: f32,
    /// How much brighter the picture becomes where all is snow, as a factor less one.
    pub brightness: f32,
    /// Normal `i` is the texture's at pixel `i`, word `i` of stream 1 decides over its spark.
    pub noise: Noise,
}

/// Mean and deviation of the texture before it is smoothed.
const TEXTURE: (f32, f32) = (0.5, 0.3);
/// How much of the snow of the first row lies on the last one.
const LOWEST: f32 = 0.2;
/// How much of the snowy picture is kept, and the tint that comes to hue, saturation and value.
const KEPT: f32 = 0.85;
const TINT: [f32; 3] = [0.6 * 0.15, 0.75 * 0.15, 0.15];
/// Pixels whose number is above this are white.
const SPARKS: f32 = 0.99;

/// Fills `target` with `source` under snow.
///
/// # Algorithm
/// ```text
/// n = 1/2 + 3/10 z, smoothed twice by a Gaussian of one pixel
/// s = 255 point n (1 - 4/5 y / (height - 1))
/// (h, s, v) = HSV of the pixel, v made 1 + brightness point times as large, at most 255
/// each of them := 0.85 (it + s) + 0.15 point (0.6, 0.75, 1), cut to whole numbers
/// ```
/// and back, as in Albumentations' `add_snow_texture`, through OpenCV's 8-bit HSV. There saturation and value above 255
/// become small ones; here they stop, and the hue goes round.
pub fn texture(source: &Image, texture: &Texture, scratch: &mut Scratch, target: &mut [u8]) {
    let (width, height) = (source.size().width as usize, source.size().height as usize);
    let Scratch { plane, smoother, sparks, .. } = scratch;
    plane.resize(width * height, 0.0);
    texture.noise.normals(0, plane);
    plane.iter_mut().for_each(|z| *z = TEXTURE.0 + TEXTURE.1 * *z);
    for _ in 0..2 {
        smoother.smooth(plane, width, (1.0, None), mirrored);
    }
    sparks.resize(width, 0.0);
    let down = (height - 1).max(1) as f32;
    for (y, (to, snow)) in target.chunks_exact_mut(3 * width).zip(plane.chunks_exact(width)).enumerate() {
        texture.noise.stream(1).units((y * width) as u64, sparks);
        let depth = 255.0 * texture.point * (1.0 - (1.0 - LOWEST) * y as f32 / down);
        let brighter = 1.0 + texture.brightness * texture.point;
        let row = Row { from: source.row(y as u32), snow, sparks, depth, brighter, point: texture.point, to };
        widened(row);
    }
}

struct Row<'a> {
    from: &'a [u8],
    snow: &'a [f32],
    sparks: &'a [f32],
    depth: f32,
    brighter: f32,
    point: f32,
    to: &'a mut [u8],
}

impl Work for Row<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        /// Pixels at once.
        const TURN: usize = 32;
        let Self { from, snow, sparks, depth, brighter, point, to } = self;
        let numbers = snow.chunks(TURN).zip(sparks.chunks(TURN));
        for ((to, from), (snow, sparks)) in to.chunks_mut(3 * TURN).zip(from.chunks(3 * TURN)).zip(numbers) {
            let (mut lanes, mut made) = ([[0u8; TURN]; 3], [[0u8; TURN]; 3]);
            let (mut added, mut spark) = ([0.0; TURN], [0.0; TURN]);
            added[..snow.len()].copy_from_slice(snow);
            spark[..sparks.len()].copy_from_slice(sparks);
            for (k, pixel) in from.chunks_exact(3).enumerate() {
                (lanes[0][k], lanes[1][k], lanes[2][k]) = (pixel[0], pixel[1], pixel[2]);
            }
            for k in 0..TURN {
                let [hue, saturation, value] = to_hsv(f32::from(lanes[0][k]), f32::from(lanes[1][k]), f32::from(lanes[2][k]));
                let value = (value * brighter).min(255.0);
                let snow = added[k] * depth;
                let [hue, saturation, value] = [(hue, TINT[0]), (saturation, TINT[1]), (value, TINT[2])]
                    .map(|(part, tint)| KEPT * (part + snow) + point * tint);
                let [saturation, value] = [saturation, value].map(|part| part.clamp(0.0, 255.0) as i32 as f32);
                let rgb = from_hsv([around(hue), saturation, value]);
                for c in 0..3 {
                    made[c][k] = if spark[k] > SPARKS { 255 } else { rgb[c] };
                }
            }
            for (k, pixel) in to.chunks_exact_mut(3).enumerate() {
                pixel.copy_from_slice(&[made[0][k], made[1][k], made[2][k]]);
            }
        }
    }
}

/// A hue that may be beyond the end of the circle, cut to a whole one from 0 to 179.
#[inline(always)]
fn around(hue: f32) -> f32 {
    let hue = hue.max(0.0) as i32 as f32;
    // The half keeps whole numbers of rounds from being a little less.
    hue - 180.0 * (((hue + 0.5) * (1.0 / 180.0)) as i32 as f32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::Size;

    fn made(source: &Image, point: f32, seed: u64) -> Vec<u8> {
        let mut target = vec![0; source.bytes().len()];
        let how = Texture { point, brightness: 2.5, noise: Noise::new(seed) };
        texture(source, &how, &mut Scratch::default(), &mut target);
        target
    }

    #[test]
    fn hues_go_round() {
        let all = [-3.0, 0.0, 179.9, 180.0, 359.5, 360.0, 539.0, 540.2];
        assert_eq!(all.map(around), [0.0, 0.0, 179.0, 0.0, 179.0, 0.0, 179.0, 0.0]);
    }

    #[test]
    fn without_snow_a_gray_picture_is_a_little_darker() {
        let gray = Image::from_bytes(Size::new(3, 2), vec![100; 18]);
        let levels = made(&gray, 0.0, 5);
        assert!(levels.iter().all(|level| *level == 85 || *level == 255), "{levels:?}");
    }

    #[test]
    fn snow_is_deepest_at_the_top_and_sparks_are_one_in_a_hundred() {
        let black = Image::new(Size::new(200, 100));
        let levels = made(&black, 0.5, 7);
        let row = |y: usize| {
            let row = levels[y * 600..][..600].chunks_exact(3).map(|p| p.iter().max().copied().unwrap_or(0));
            let snow: Vec<f64> = row.filter(|level| *level < 255).map(f64::from).collect();
            snow.iter().sum::<f64>() / snow.len() as f64
        };
        // Half of 255, times a half, times 0.85; at the bottom a fifth of it.
        assert!((row(0) - 54.0).abs() < 3.0 && (row(99) - 11.0).abs() < 1.5, "{} {}", row(0), row(99));
        let sparks = levels.chunks_exact(3).filter(|p| **p == [255; 3]).count();
        assert!((150..250).contains(&sparks), "{sparks}");
    }

    #[test]
    fn every_machine_makes_the_same() {
        let mut rng = crate::rng::Key::new(5).rng();
        let (snow, sparks): (Vec<f32>, Vec<f32>) = (0..211).map(|n| (n as f32 / 100.0, n as f32 / 211.0)).unzip();
        let from: Vec<u8> = (0..633).map(|_| rng.bits() as u8).collect();
        let (mut one, mut other) = (vec![0; 633], vec![0; 633]);
        let row = |to| Row { from: &from, snow: &snow, sparks: &sparks, depth: 70.0, brighter: 1.4, point: 0.3, to };
        widened(row(&mut one));
        row(&mut other).run();
        assert_eq!(one, other);
    }
}

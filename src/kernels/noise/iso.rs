//! The noise of a sensor at high sensitivity: lightness and hue change from pixel to pixel.

use super::super::random::Noise;
use super::super::{Work, widened};

/// Pixels that are worked on side by side.
const TURN: usize = 64;

/// More photons than this are not drawn: beyond, the law has less than 2^-32.
const MOST: usize = 64;

/// How strong the noise is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Strength {
    /// Deviation of the hue, in turns.
    pub hue: f64,
    /// How much a photon lightens, and how many there are.
    pub intensity: f64,
}

/// Adds noise to lightness and hue.
///
/// # Algorithm
/// ```text
/// h, l, s = HLS of the pixel                       l from 0 to 1, h in turns
/// l := l + n intensity (1 - l)                     n Poisson of mean (deviation of l over the picture) intensity
/// h := h + hue z                                   z normal
/// result = floor(255 RGB of (h, l, s) + 1/2)       held within 0 to 255
/// ```
/// Pixel `i` takes word `i` for `n` and normal `i` for `z`. Between the two conversions only what changes is
/// computed: with chroma `c = s (1 - |2 l - 1|)` and a channel's place `k` on the hue's circle it is
/// `l + c (place - 1/2)`, which needs no sorting into sextants.
///
/// # Panics
/// If they differ in length.
pub fn iso(source: &[u8], strength: Strength, noise: Noise, target: &mut [u8]) {
    assert_eq!(source.len(), target.len(), "invariant: pixel for pixel");
    let photons = Photons::new(widened(Lightness { source }) * strength.intensity);
    let (hue, intensity) = (6.0 * strength.hue as f32, strength.intensity as f32);
    widened(Iso { source, photons: &photons, hue, intensity, noise, target });
}

/// A Poisson law by the words at which one more begins.
struct Photons {
    steps: [u32; MOST],
    count: usize,
}

impl Photons {
    fn new(mean: f64) -> Self {
        let mut steps = [0; MOST];
        let mut count = 0;
        let mut likely = libm::exp(-mean);
        let mut share = likely;
        // Means are below 16, so that less than 2^-32 is left before the room ends.
        while count < MOST && share < 1.0 - 1.0 / 4_294_967_296.0 {
            steps[count] = (share * 4_294_967_296.0) as u32;
            count += 1;
            likely *= mean / count as f64;
            share += likely;
        }
        Self { steps, count }
    }
}

/// The deviation of lightness over a picture, 0 to 1/2.
struct Lightness<'a> {
    source: &'a [u8],
}

impl Work for Lightness<'_> {
    type Output = f64;

    #[inline(always)]
    fn run(self) -> f64 {
        let (mut sum, mut squares, mut pixels) = (0u64, 0u64, 0u64);
        for part in self.source.chunks(3 * 4096) {
            let (mut part_sum, mut part_squares) = (0u32, 0u32);
            for pixel in part.chunks_exact(3) {
                let (least, most) = extremes([pixel[0], pixel[1], pixel[2]].map(u32::from));
                part_sum += least + most;
                part_squares += (least + most) * (least + most);
            }
            sum += u64::from(part_sum);
            squares += u64::from(part_squares);
            pixels += part.len() as u64 / 3;
        }
        let pixels = pixels.max(1) as f64;
        let mean = sum as f64 / pixels;
        (squares as f64 / pixels - mean * mean).max(0.0).sqrt() / 510.0
    }
}

#[inline(always)]
fn extremes<T: PartialOrd + Copy>([r, g, b]: [T; 3]) -> (T, T) {
    let (low, high) = if r < g { (r, g) } else { (g, r) };
    (if b < low { b } else { low }, if b > high { b } else { high })
}

struct Iso<'a> {
    source: &'a [u8],
    photons: &'a Photons,
    /// In sixths of a turn.
    hue: f32,
    intensity: f32,
    noise: Noise,
    target: &'a mut [u8],
}

impl Work for Iso<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Self { source, photons, hue, intensity, noise, target } = self;
        noise.each_group(source.len() / 3, |first, words| {
            let mut light = [0.0; TURN];
            for step in &photons.steps[..photons.count] {
                for (light, word) in light.iter_mut().zip(words) {
                    *light += if word >= step { intensity } else { 0.0 };
                }
            }
            let turned = noise.normal_group((first / TURN) as u64).map(|z| z * hue);
            let all = first * 3..source.len().min((first + TURN) * 3);
            let (mut r, mut g, mut b) = ([0.0; TURN], [0.0; TURN], [0.0; TURN]);
            for (i, pixel) in source[all.clone()].chunks_exact(3).enumerate() {
                (r[i], g[i], b[i]) = (f32::from(pixel[0]), f32::from(pixel[1]), f32::from(pixel[2]));
            }
            for i in 0..TURN {
                [r[i], g[i], b[i]] = changed([r[i], g[i], b[i]], light[i], turned[i]);
            }
            for (i, pixel) in target[all].chunks_exact_mut(3).enumerate() {
                (pixel[0], pixel[1], pixel[2]) = (r[i] as u8, g[i] as u8, b[i] as u8);
            }
        });
    }
}

/// One pixel: `light` is the share of what is missing to white that it gains, `turned` what the hue gains in sixths.
/// Takes levels; gives levels and a half, to be cut.
#[inline(always)]
fn changed([r, g, b]: [f32; 3], light: f32, turned: f32) -> [f32; 3] {
    let (least, most) = extremes([r, g, b]);
    let chroma = most - least;
    // Where it is nothing, so is what it divides.
    let divisor = if chroma == 0.0 { 1.0 } else { chroma };
    let third = |from: f32, to: f32, start: f32| (to - from) / divisor + start;
    let sixths = if most == r {
        third(b, g, 0.0)
    } else if most == g {
        third(r, b, 2.0)
    } else {
        third(g, r, 4.0)
    };
    let h = sixths + turned;
    // Into 0 to 6, by whole turns; cutting suffices, since the hue is far from 2^31 turns.
    let turns = (h * (1.0 / 6.0)) as i32 as f32;
    let h = h - 6.0 * turns;
    let h = if h < 0.0 { h + 6.0 } else { h };
    let before = (least + most) * (1.0 / 510.0);
    let room = |l: f32| 1.0 - (2.0 * l - 1.0).abs();
    let after = before + light * (1.0 - before);
    let breadth = room(before);
    let chroma = chroma * (1.0 / 255.0) * room(after) / if breadth == 0.0 { 1.0 } else { breadth };
    let level = |place: f32| {
        let value = after + chroma * (place.clamp(0.0, 1.0) - 0.5);
        (value * 255.0 + 0.5).clamp(0.0, 255.0)
    };
    [level((h - 3.0).abs() - 1.0), level(2.0 - (h - 2.0).abs()), level(2.0 - (h - 4.0).abs())]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_changes_without_strength() {
        let source: Vec<u8> = (0..3 * 500u32).map(|i| ((i * i) >> 3) as u8).collect();
        let mut target = vec![0; source.len()];
        iso(&source, Strength { hue: 0.0, intensity: 0.0 }, Noise::new(1), &mut target);
        assert_eq!(source, target);
    }

    #[test]
    fn known_pixels() {
        let cut = |levels: [f32; 3]| levels.map(|level| level as u8);
        // A third of a turn brings red to green; half the way to white.
        assert_eq!(cut(changed([255.0, 0.0, 0.0], 0.0, 2.0)), [0, 255, 0]);
        assert_eq!(cut(changed([255.0, 0.0, 0.0], 0.0, -4.0)), [0, 255, 0]);
        assert_eq!(cut(changed([255.0, 0.0, 0.0], 0.5, 0.0)), [255, 128, 128]);
        assert_eq!(cut(changed([100.0, 100.0, 100.0], 0.5, 1.0)), [178, 178, 178]);
        assert_eq!(cut(changed([0.0, 0.0, 0.0], 0.0, 1.0)), [0, 0, 0]);
        assert_eq!(cut(changed([255.0, 255.0, 255.0], 2.0, 1.0)), [255, 255, 255]);
    }

    #[test]
    fn photons_are_as_many_as_they_should_be() {
        for mean in [0.0, 0.01, 0.3, 2.0, 15.0] {
            let photons = Photons::new(mean);
            // The mean is the sum of the shares above each number.
            let above = photons.steps[..photons.count].iter().map(|step| 1.0 - f64::from(*step) / 4_294_967_296.0);
            assert!((above.sum::<f64>() - mean).abs() < 1e-6, "{mean}");
        }
    }
}

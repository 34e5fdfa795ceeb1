//! Low frequencies of a picture as strong as those of another.

mod product;
mod waves;

use super::resize::{Resizer, Scaling};
use crate::image::{Image, Size};
use crate::units::Interpolation;
use std::sync::{Arc, Mutex, PoisonError};
use waves::{MIDDLE, Plane};

/// Sizes of a picture whose amplitudes are kept.
const KEPT: usize = 4;

/// A wave that is weaker than this many levels counts as not there: its phase is that of the sums' rounding.
const NOTHING: f32 = 1e-5;

/// What a thread keeps between pictures.
#[derive(Debug, Default)]
pub struct Scratch {
    plane: Plane,
    resized: Image,
}

/// A picture, and how strong its low frequencies are at the sizes that were asked for.
#[derive(Debug)]
pub struct Spectra {
    picture: Image,
    made: Mutex<Vec<Arc<Amplitudes>>>,
}

/// How strong low frequencies are.
#[derive(Debug)]
struct Amplitudes {
    size: Size,
    border: u32,
    /// Waves down.
    down: usize,
    /// For each wave across, each wave down and both directions of the wave across, three channels.
    values: Vec<f32>,
}

/// The frequencies of a side that are low, those from -`below` to `above` (excluded).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Band {
    below: i64,
    above: i64,
}

impl Band {
    /// The frequencies within `border` places of the middle of a spectrum of `side` places.
    ///
    /// As the reference has it: the middle is at `side / 2 - 1/2`, where the pixels' is, while frequency 0 stands at
    /// `side / 2` rounded down, and both ends are cut towards zero. So there is one more below zero than above it, and
    /// of an even side even three.
    fn new(side: u32, border: u32) -> Self {
        let (side, border) = (i64::from(side), i64::from(border));
        // Twice the middle less or plus twice the border, cut to whole places.
        let first = ((side - 1 - 2 * border) / 2).max(0);
        let end = ((side - 1 + 2 * border) / 2).min(side);
        Self { below: side / 2 - first, above: end - side / 2 }
    }

    fn has(self, frequency: i64) -> bool {
        (-self.below..self.above).contains(&frequency)
    }

    /// Waves from 0 to the highest frequency, of whatever sign.
    fn waves(self) -> usize {
        usize::try_from(self.below.max(self.above - 1)).unwrap_or(0) + 1
    }
}

/// Fills `target` with `source`, the amplitudes of its low frequencies those of the reference, brought to its size.
///
/// # Algorithm
/// ```text
/// border = floor(beta min(width, height))
/// S, T = Fourier transforms of source and reference, for the frequencies k within the border
/// result = source + Re(sum over k of S_k (|T_k| / |S_k| - 1) e^(2 pi i k x)) / pixels    rounded to nearest
/// ```
/// That is Albumentations 2.0.8's `fourier_domain_adaptation`, which transforms all frequencies there and back, changes
/// the same few, and cuts to whole levels. Here only those are summed, in single precision and in a fixed order, as
/// products of matrices, one direction after the other; pictures are folded about their middle before, since waves
/// mirror themselves there.
///
/// # Panics
/// If they differ in length.
pub fn adapt(source: &Image, reference: &Spectra, beta: f64, resizer: &mut Resizer, scratch: &mut Scratch, target: &mut [u8]) {
    assert_eq!(source.bytes().len(), target.len(), "invariant: pixel for pixel");
    let size = source.size();
    let border = (f64::from(size.width.min(size.height)) * beta) as u32;
    if border == 0 {
        return target.copy_from_slice(source.bytes());
    }
    let wanted = reference.amplitudes(size, border, resizer, scratch);
    let (across, down) = (Band::new(size.width, border), Band::new(size.height, border));
    let plane = &mut scratch.plane;
    plane.sum(source, [across.waves(), down.waves()]);
    change(plane, size, [across, down], &wanted);
    plane.add(source, target);
}

/// In place of the sums of a picture, the waves that make its amplitudes the wanted ones.
fn change(plane: &mut Plane, size: Size, [across, down]: [Band; 2], wanted: &Amplitudes) {
    let pixels = size.pixels() as f32;
    for u in 0..across.waves() {
        for v in 0..down.waves() {
            let (k, l) = (u as i64, v as i64);
            // A wave and the one that runs against it have the same real part: what is asked of both is given to one.
            let asked =
                |k: i64| f32::from(u8::from(across.has(k) && down.has(l)) + u8::from(l > 0 && across.has(-k) && down.has(-l)));
            let (there, back) = (asked(k) / pixels, if u == 0 { 0.0 } else { asked(-k) / pixels });
            for c in 0..3 {
                let [one, other] = waves_at(plane, size, [u, v, c]);
                let [a, b] = [0, 1].map(|way| wanted.values[wanted.place(u, v, way) + c]);
                let one = stretched(one, a, pixels).map(|part| part * there);
                let other = stretched(other, b, pixels).map(|part| part * back);
                let at = plane.place(u, v) + c;
                (plane.cosines[at], plane.cosines[at + 3]) = (one[0] + other[0], one[1] + other[1]);
                (plane.sines[at], plane.sines[at + 3]) = (other[1] - one[1], one[0] - other[0]);
            }
        }
    }
}

/// The Fourier transform at wave `v` down and wave `u` across in either direction, real and imaginary part.
fn waves_at(plane: &Plane, size: Size, [u, v, c]: [usize; 3]) -> [[f32; 2]; 2] {
    let at = plane.place(u, v) + c;
    let [even, even_sine] = [plane.cosines[at], plane.cosines[at + 3]];
    let [odd, odd_sine] = [plane.sines[at], plane.sines[at + 3]];
    let middle = if (u, v) == (0, 0) { MIDDLE * size.pixels() as f32 } else { 0.0 };
    [[even - odd_sine + middle, -(even_sine + odd)], [even + odd_sine + middle, odd - even_sine]]
}

/// What a number lacks to have another amount.
fn stretched([real, imaginary]: [f32; 2], wanted: f32, pixels: f32) -> [f32; 2] {
    let amount = length([real, imaginary]);
    if amount < NOTHING * pixels {
        return [wanted - real, -imaginary];
    }
    let more = wanted / amount - 1.0;
    [real * more, imaginary * more]
}

fn length([real, imaginary]: [f32; 2]) -> f32 {
    (real * real + imaginary * imaginary).sqrt()
}

impl Spectra {
    /// Those of `picture`, which is kept.
    pub fn of(picture: Image) -> Self {
        Self { picture, made: Mutex::default() }
    }

    /// Bytes of the picture.
    pub fn bytes(&self) -> u64 {
        self.picture.size().bytes()
    }

    /// The amplitudes of at least `border` at `size`: made once, for the last few sizes. Who asks while they are made
    /// waits, since it would do the same.
    fn amplitudes(&self, size: Size, border: u32, resizer: &mut Resizer, scratch: &mut Scratch) -> Arc<Amplitudes> {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(there) = made.iter().find(|there| there.size == size && there.border >= border) {
            return Arc::clone(there);
        }
        // Borders are drawn: up to the next power of two, they are soon all there.
        let border = border.next_power_of_two().min(size.width.min(size.height) / 2);
        let scaling = Scaling { to: size, x: 0, y: 0, size, interpolation: Interpolation::Bilinear, antialias: false };
        scratch.resized.reshape(size);
        resizer.resize(&self.picture, &scaling, scratch.resized.bytes_mut());
        let new = Arc::new(Amplitudes::of(&scratch.resized, border, &mut scratch.plane));
        made.retain(|there| there.size != size);
        if made.len() == KEPT {
            made.remove(0);
        }
        made.push(Arc::clone(&new));
        new
    }
}

impl Amplitudes {
    fn of(picture: &Image, border: u32, plane: &mut Plane) -> Self {
        let size = picture.size();
        let (across, down) = (Band::new(size.width, border).waves(), Band::new(size.height, border).waves());
        plane.sum(picture, [across, down]);
        let mut values = Vec::with_capacity(across * down * 6);
        for u in 0..across {
            for v in 0..down {
                let channels = [0, 1, 2].map(|c| waves_at(plane, size, [u, v, c]).map(length));
                values.extend((0..2).flat_map(|way| channels.map(|both| both[way])));
            }
        }
        Self { size, border, down, values }
    }

    fn place(&self, across: usize, down: usize, way: usize) -> usize {
        ((across * self.down + down) * 2 + way) * 3
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::f64::consts::TAU;

    fn picture(width: u32, height: u32, seed: u64) -> Image {
        let size = Size::new(width, height);
        let noise = crate::kernels::random::Noise::new(seed);
        Image::from_bytes(size, (0..size.bytes()).map(|i| (noise.bits(i) % 200) as u8 + (i % 50) as u8).collect())
    }

    fn adapted(source: &Image, reference: &Image, beta: f64) -> Vec<u8> {
        let mut target = vec![0; source.bytes().len()];
        let (mut resizer, mut scratch) = (Resizer::default(), Scratch::default());
        adapt(source, &Spectra::of(reference.clone()), beta, &mut resizer, &mut scratch, &mut target);
        target
    }

    /// Every frequency by its definition, in double precision.
    fn transform(picture: &Image, c: usize) -> Vec<Vec<[f64; 2]>> {
        let Size { width, height } = picture.size();
        let at = |k: u32, l: u32| {
            let mut sum = [0.0; 2];
            for y in 0..height {
                for x in 0..width {
                    let angle = -TAU * (f64::from(k * x) / f64::from(width) + f64::from(l * y) / f64::from(height));
                    let level = f64::from(picture.row(y)[3 * x as usize + c]);
                    sum = [sum[0] + level * angle.cos(), sum[1] + level * angle.sin()];
                }
            }
            sum
        };
        (0..height).map(|l| (0..width).map(|k| at(k, l)).collect()).collect()
    }

    /// The reference's way: shift the spectrum, put a square of amplitudes in place of others, go back.
    fn by_definition(source: &Image, reference: &Image, beta: f64) -> Vec<f64> {
        let Size { width, height } = source.size();
        let border = (f64::from(width.min(height)) * beta).floor();
        let inside = |side: u32, at: u32| {
            let middle = f64::from(side) / 2.0 - 0.5;
            let (first, end) = ((middle - border).trunc().max(0.0), (middle + border).trunc().min(f64::from(side)));
            let shifted = f64::from((at + side / 2) % side);
            first <= shifted && shifted < end
        };
        let mut made = vec![0.0; source.bytes().len()];
        for c in 0..3 {
            let (from, to) = (transform(source, c), transform(reference, c));
            for l in 0..height {
                for k in 0..width {
                    let [mut real, mut imaginary] = from[l as usize][k as usize];
                    if inside(width, k) && inside(height, l) {
                        let amount = real.hypot(imaginary);
                        let wanted = to[l as usize][k as usize];
                        let more = wanted[0].hypot(wanted[1]) / amount;
                        (real, imaginary) = (real * more, imaginary * more);
                    }
                    for y in 0..height {
                        for x in 0..width {
                            let angle = TAU * (f64::from(k * x) / f64::from(width) + f64::from(l * y) / f64::from(height));
                            let wave = real * angle.cos() - imaginary * angle.sin();
                            made[(y * width + x) as usize * 3 + c] += wave / source.size().pixels() as f64;
                        }
                    }
                }
            }
        }
        made
    }

    #[test]
    fn low_frequencies_are_those_of_the_definition() {
        for (width, height) in [(8, 8), (9, 7), (7, 12), (2, 2), (3, 2), (2, 9), (16, 11)] {
            let (source, reference) = (picture(width, height, 1), picture(width, height, 2));
            for beta in [0.1, 0.2, 0.34, 0.5] {
                let made = adapted(&source, &reference, beta);
                for (ours, exact) in made.iter().zip(by_definition(&source, &reference, beta)) {
                    let exact = exact.clamp(0.0, 255.0);
                    assert!((f64::from(*ours) - exact).abs() < 0.501, "{width}x{height} {beta}: {ours} for {exact}");
                }
            }
        }
    }

    #[test]
    fn the_band_is_the_references() {
        let band = |below, above| Band { below, above };
        assert_eq!(
            [Band::new(8, 0), Band::new(8, 1), Band::new(8, 2), Band::new(8, 4)],
            [band(1, -1), band(2, 0), band(3, 1), band(4, 3)]
        );
        assert_eq!([Band::new(9, 0), Band::new(9, 1), Band::new(9, 4)], [band(0, 0), band(1, 1), band(4, 4)]);
        assert_eq!([Band::new(2, 1), Band::new(3, 1), Band::new(1, 0)], [band(1, 0), band(1, 1), band(0, 0)]);
    }

    #[test]
    fn a_picture_is_like_itself_and_no_border_changes_nothing() {
        let (source, reference) = (picture(37, 50, 1), picture(20, 90, 2));
        assert_eq!(adapted(&source, &source, 0.5), source.bytes());
        assert_eq!(adapted(&source, &reference, 0.02), source.bytes());
    }

    #[test]
    fn one_colour_takes_the_mean_of_the_reference() {
        let flat = |level: u8| Image::from_bytes(Size::new(15, 15), vec![level; 675]);
        assert_eq!(adapted(&flat(9), &flat(200), 0.2), vec![200; 675]);
        assert_eq!(adapted(&flat(0), &flat(200), 0.2), vec![200; 675]);
        assert_eq!(adapted(&flat(200), &flat(0), 0.2), vec![0; 675]);
    }

    #[test]
    fn what_was_made_before_does_not_matter() {
        let (source, reference) = (picture(40, 33, 1), Spectra::of(picture(20, 90, 2)));
        let (mut resizer, mut scratch) = (Resizer::default(), Scratch::default());
        let mut made = |source: &Image, beta: f64| {
            let mut target = vec![0; source.bytes().len()];
            adapt(source, &reference, beta, &mut resizer, &mut scratch, &mut target);
            target
        };
        let first: Vec<Vec<u8>> = [0.1, 0.45, 0.2].map(|beta| made(&source, beta)).into();
        for side in 3..12 {
            made(&picture(side, 50 - side, 3), 0.5);
        }
        let again: Vec<Vec<u8>> = [0.1, 0.45, 0.2].map(|beta| made(&source, beta)).into();
        assert!(first == again);
        assert_eq!(first[1], adapted(&source, &picture(20, 90, 2), 0.45));
    }
}

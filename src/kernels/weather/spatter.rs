//! Spatter on the lens: drops of water, or of mud.

use super::Scratch;
use super::edges::Edges;
use crate::image::Image;
use crate::kernels::paint::soften::mirrored;
use crate::kernels::random::Noise;
use crate::kernels::rounding::rounded;
use crate::kernels::smooth::{Smoother, held};
use crate::kernels::tone::equalize;
use crate::kernels::{Work, widened};
use crate::units::Equalizer;

/// The layer of liquid, and what it does to the picture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spatter {
    /// Mean and deviation of the layer before it is smoothed.
    pub mean: f32,
    /// See `mean`.
    pub std: f32,
    /// Deviation of the Gaussian that smooths it, in pixels.
    pub sigma: f64,
    /// The layer shows where it is at least this.
    pub cutout: f32,
    /// How much of it is mixed in, 0 to 1.
    pub intensity: f32,
    /// Its colour.
    pub colour: [u8; 3],
    /// Normal `i` is the layer's at pixel `i`; word `i` of stream 1 decides over the pixel if nothing else does.
    pub noise: Noise,
}

/// What both kinds keep from one picture to the next.
#[derive(Clone, Debug, Default)]
pub(super) struct Layers {
    edges: Edges,
    bytes: Vec<u8>,
    /// A plane with a margin of one place.
    framed: Vec<f32>,
}

/// Where there is no mud at all, this share of the pixels gets it.
const LEAST: f32 = 0.1;
/// Distances from edges beyond this are alike, in pixels.
const FARTHEST: f32 = 20.0;
/// What makes drops round: lighter on one side, darker on the other.
const RELIEF: [[f32; 3]; 3] = [[-2.0, -1.0, 0.0], [-1.0, 1.0, 1.0], [0.0, 1.0, 2.0]];

impl Spatter {
    /// Fills `target` with `source` and drops of rain on it.
    ///
    /// # Algorithm
    /// ```text
    /// l = the layer in whole levels
    /// d = distance from the edges of l (Canny, at most 20), smoothed over 3x3, in 255ths of a pixel, at most one
    /// r = d equalised, with relief by a 3x3 kernel, held within 0 to 1, smoothed over 5x5
    /// m = l r, divided by its largest if that is above 0
    /// result = round(level + 0.9 intensity colour m), held within 0 to 255
    /// ```
    /// as Albumentations' `get_rain_params` and `spatter_rain`.
    pub fn rain(&self, source: &Image, scratch: &mut Scratch, target: &mut [u8]) {
        let width = source.size().width as usize;
        self.layer(source, scratch);
        let Scratch { plane, smoother, layers, .. } = scratch;
        layers.bytes.clear();
        layers.bytes.extend(plane.iter().map(|level| (level * 255.0).clamp(0.0, 255.0) as i32 as u8));
        relief(width, plane, smoother, layers);
        let mut most: f32 = 0.0;
        for (level, byte) in plane.iter_mut().zip(&layers.bytes) {
            *level *= f32::from(*byte);
            most = most.max(*level);
        }
        let share = if most > 0.0 { 0.9 * self.intensity / most } else { 0.0 };
        let colour = self.colour.map(|level| f32::from(level) * share);
        widened(Mix { source: source.bytes(), plane, kept: 0.0, colour, target });
    }

    /// Fills `target` with `source` and mud on it.
    ///
    /// # Algorithm
    /// ```text
    /// m = 1 where the layer is above its limit (if nowhere, at a tenth of the pixels), else 0; smoothed, divided by its
    ///     largest, times the intensity
    /// result = round(level (1 - m) + colour m)
    /// ```
    /// as Albumentations' `get_mud_params` and `spatter_mud`.
    pub fn mud(&self, source: &Image, scratch: &mut Scratch, target: &mut [u8]) {
        let width = source.size().width as usize;
        self.layer(source, scratch);
        let Scratch { plane, smoother, .. } = scratch;
        if plane.iter().any(|level| *level > self.cutout) {
            plane.iter_mut().for_each(|level| *level = f32::from(*level > self.cutout));
        } else {
            self.noise.stream(1).units(0, plane);
            plane.iter_mut().for_each(|unit| *unit = f32::from(*unit < LEAST));
            if !plane.contains(&1.0) {
                plane[0] = 1.0;
            }
        }
        if self.sigma > 0.0 {
            smoother.smooth(plane, width, (self.sigma, None), held);
        }
        let most = plane.iter().fold(0.0f32, |most, level| most.max(*level));
        plane.iter_mut().for_each(|level| *level *= self.intensity / most);
        widened(Mix { source: source.bytes(), plane, kept: 1.0, colour: self.colour.map(f32::from), target });
    }

    /// Makes the layer: smooth noise where it is at least the limit, else 0.
    fn layer(&self, source: &Image, scratch: &mut Scratch) {
        let Scratch { plane, smoother, .. } = scratch;
        plane.resize(source.size().pixels() as usize, 0.0);
        self.noise.normals(0, plane);
        plane.iter_mut().for_each(|z| *z = self.mean + self.std * *z);
        if self.sigma > 0.0 {
            // Python rounds halves to even.
            let radius = (3.0 * self.sigma).round_ties_even() as usize;
            smoother.smooth(plane, source.size().width as usize, (self.sigma, Some(radius)), held);
        }
        plane.iter_mut().for_each(|level| *level = if *level < self.cutout { 0.0 } else { *level });
    }
}

/// Fills `plane` with the relief of the drops whose levels are in `layers`.
fn relief(width: usize, plane: &mut [f32], smoother: &mut Smoother, layers: &mut Layers) {
    let Layers { edges, bytes, framed } = layers;
    edges.distances(bytes, width, FARTHEST, plane);
    smoother.smooth(plane, width, (1.0, Some(1)), held);
    let mut counts = [0; 256];
    for near in &mut *plane {
        let level = rounded(*near * 255.0);
        counts[usize::from(level)] += 1;
        *near = f32::from(level);
    }
    let even = equalize(&counts, Equalizer::Cv).map(|level| f32::from(level) * (1.0 / 255.0));
    let (wide, height) = (width + 2, plane.len() / width);
    framed.resize(wide * (height + 2), 0.0);
    for (y, framed) in framed.chunks_exact_mut(wide).enumerate() {
        let row = &plane[mirrored(y as i64 - 1, height as i64) * width..][..width];
        for (to, level) in framed[1..=width].iter_mut().zip(row) {
            *to = even[*level as usize];
        }
        framed[0] = framed[1 + mirrored(-1, width as i64)];
        framed[wide - 1] = framed[1 + mirrored(width as i64, width as i64)];
    }
    for (y, row) in plane.chunks_exact_mut(width).enumerate() {
        row.fill(0.0);
        for (j, weights) in RELIEF.iter().enumerate() {
            for (i, weight) in weights.iter().enumerate().filter(|(_, weight)| **weight != 0.0) {
                let from = &framed[(y + j) * wide + i..][..width];
                row.iter_mut().zip(from).for_each(|(sum, level)| *sum += weight * level);
            }
        }
        row.iter_mut().for_each(|sum| *sum = sum.clamp(0.0, 1.0));
    }
    smoother.smooth(plane, width, (1.5, Some(2)), held);
}

/// `level (1 - kept m) + colour m`, rounded.
struct Mix<'a> {
    source: &'a [u8],
    plane: &'a [f32],
    kept: f32,
    colour: [f32; 3],
    target: &'a mut [u8],
}

impl Work for Mix<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Self { source, plane, kept, colour, target } = self;
        for ((to, from), m) in target.chunks_exact_mut(3).zip(source.chunks_exact(3)).zip(plane) {
            for c in 0..3 {
                to[c] = rounded(f32::from(from[c]) * (1.0 - kept * m) + colour[c] * m);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::Size;

    const SPATTER: Spatter =
        Spatter { mean: 0.65, std: 0.3, sigma: 2.0, cutout: 0.68, intensity: 0.6, colour: [20, 42, 63], noise: Noise::new(7) };

    fn muddy(spatter: &Spatter, size: Size) -> Vec<u8> {
        let source = Image::from_bytes(size, vec![200; size.bytes() as usize]);
        let mut target = vec![0; source.bytes().len()];
        spatter.mud(&source, &mut Scratch::default(), &mut target);
        target
    }

    #[test]
    fn mud_without_blur_is_one_colour_in_its_share() {
        let sharp = Spatter { sigma: 0.0, intensity: 1.0, cutout: 0.95, ..SPATTER };
        let made = muddy(&sharp, Size::new(100, 100));
        let mud = made.chunks_exact(3).filter(|pixel| **pixel == [20, 42, 63]).count();
        let clean = made.chunks_exact(3).filter(|pixel| **pixel == [200; 3]).count();
        // One deviation above the mean: 15.9 % of the law.
        assert!(mud + clean == 10_000 && (1450..1720).contains(&mud), "{mud} {clean}");
    }

    #[test]
    fn where_nothing_would_be_mud_a_tenth_is() {
        let none = Spatter { mean: 0.0, std: 0.0, sigma: 0.0, cutout: 1.0, intensity: 1.0, ..SPATTER };
        let mud = muddy(&none, Size::new(100, 100)).chunks_exact(3).filter(|pixel| pixel[0] == 20).count();
        assert!((900..1100).contains(&mud), "{mud}");
        assert_eq!(muddy(&none, Size::new(1, 1)), [20, 42, 63]);
    }

    #[test]
    fn rain_without_liquid_leaves_the_picture() {
        let none = Spatter { mean: 0.0, std: 0.0, cutout: 1.0, ..SPATTER };
        let source = Image::from_bytes(Size::new(5, 4), (0..60).collect());
        let mut target = vec![0; 60];
        none.rain(&source, &mut Scratch::default(), &mut target);
        assert_eq!(target, source.bytes());
    }
}

//! Pictures in shades of gray, still of three channels.

use super::blocks::{Change, Collect, PIXELS, Planes, change, collect};
use super::pca::main_axis;
use super::{lab, rounded, weigh};
use crate::units::Gray;

/// Fills `target` with the gray of the pixels of `source`, three times each.
///
/// # Panics
/// If they differ in length.
pub fn gray(source: &[u8], method: Gray, target: &mut [u8]) {
    match method {
        Gray::WeightedAverage => change(source, &Weighted::<15>([9798, 19235, 3735]), target),
        Gray::Luma => change(source, &Weighted::<16>([19595, 38470, 7471]), target),
        Gray::Average => change(source, &Average, target),
        Gray::Max => change(source, &Max, target),
        Gray::Desaturation => change(source, &Desaturation, target),
        Gray::FromLab => lab::Tables::get().lightness(source, target),
        Gray::Pca => change(source, &spread(source), target),
    }
}

/// From the darkest to the lightest of `source` along the axis along which its colours spread most.
fn spread(source: &[u8]) -> Spread {
    let weights = main_axis(source).map(|weight| weight as f32);
    let mut ends = Ends { weights, low: [f32::INFINITY; PIXELS], high: [f32::NEG_INFINITY; PIXELS] };
    collect(source, &mut ends);
    let low = ends.low.into_iter().fold(f32::INFINITY, f32::min);
    let high = ends.high.into_iter().fold(f32::NEG_INFINITY, f32::max);
    // One colour has no spread: it is black, as in the reference.
    let scale = if high > low { 255.0 / (high - low) } else { 0.0 };
    Spread { weights, low, scale }
}

/// Fixed-point weights of so many bits, rounded to nearest.
struct Weighted<const BITS: u32>([i32; 3]);
struct Average;
struct Max;
struct Desaturation;
/// `(place along an axis - low) scale`, rounded to nearest.
struct Spread {
    weights: [f32; 3],
    low: f32,
    scale: f32,
}
/// The least and the greatest place along an axis, for each place of a block.
struct Ends {
    weights: [f32; 3],
    low: [f32; PIXELS],
    high: [f32; PIXELS],
}

/// Applies a formula to every pixel of a block, all channels of which become what it gives.
#[inline(always)]
fn each_gray(from: &Planes, to: &mut Planes, formula: impl Fn(u8, u8, u8) -> u8) {
    let ([red, green, blue], [light, rest @ ..]) = (from, to);
    for i in 0..PIXELS {
        light[i] = formula(red[i], green[i], blue[i]);
    }
    rest.fill(*light);
}

/// How far along the axis a pixel lies.
#[inline(always)]
fn along(axis: [f32; 3], red: u8, green: u8, blue: u8) -> f32 {
    axis[0] * f32::from(red) + axis[1] * f32::from(green) + axis[2] * f32::from(blue)
}

impl<const BITS: u32> Change for Weighted<BITS> {
    #[inline(always)]
    fn change(&self, from: &Planes, to: &mut Planes) {
        each_gray(from, to, |r, g, b| weigh::<BITS, 8>(self.0, [r, g, b]) as u8);
    }
}

impl Change for Average {
    #[inline(always)]
    fn change(&self, from: &Planes, to: &mut Planes) {
        // A third with 16 bits, rounded up, cuts every sum of three levels right.
        each_gray(from, to, |r, g, b| (((u32::from(r) + u32::from(g) + u32::from(b)) * 21846) >> 16) as u8);
    }
}

impl Change for Max {
    #[inline(always)]
    fn change(&self, from: &Planes, to: &mut Planes) {
        each_gray(from, to, |r, g, b| r.max(g).max(b));
    }
}

impl Change for Desaturation {
    #[inline(always)]
    fn change(&self, from: &Planes, to: &mut Planes) {
        each_gray(from, to, |r, g, b| {
            let (light, dark) = (r.max(g).max(b), r.min(g).min(b));
            ((u16::from(light) + u16::from(dark)) / 2) as u8
        });
    }
}

impl Collect for Ends {
    #[inline(always)]
    fn collect(&mut self, from: &Planes, pixels: usize) {
        let [red, green, blue] = from;
        // Those behind the last pixel are black, which may be none of the picture's colours.
        for i in 0..pixels.min(PIXELS) {
            let place = along(self.weights, red[i], green[i], blue[i]);
            self.low[i] = self.low[i].min(place);
            self.high[i] = self.high[i].max(place);
        }
    }
}

impl Change for Spread {
    #[inline(always)]
    fn change(&self, from: &Planes, to: &mut Planes) {
        each_gray(from, to, |r, g, b| rounded((along(self.weights, r, g, b) - self.low) * self.scale));
    }
}

#[cfg(test)]
mod tests {
    use super::super::blocks::assert_all_ways_agree;
    use super::*;

    fn of(pixel: [u8; 3], method: Gray) -> u8 {
        let mut made = [0; 3];
        gray(&pixel, method, &mut made);
        assert_eq!(made, [made[0]; 3]);
        made[0]
    }

    #[test]
    fn each_method_has_its_gray() {
        let grays = [Gray::WeightedAverage, Gray::Luma, Gray::Average, Gray::Max, Gray::Desaturation];
        assert_eq!(grays.map(|method| of([200, 100, 50], method)), [124, 124, 116, 200, 125]);
        assert_eq!(grays.map(|method| of([255; 3], method)), [255; 5]);
    }

    #[test]
    fn the_average_is_cut_right_everywhere() {
        for sum in 0..=765u32 {
            assert_eq!((sum * 21846) >> 16, sum / 3);
        }
    }

    /// What `cv2.cvtColor(..., COLOR_RGB2LAB)` gives.
    #[test]
    fn lightness_is_that_of_opencv() {
        let grays = [[0; 3], [255; 3], [255, 0, 0], [0, 0, 255]].map(|pixel| of(pixel, Gray::FromLab));
        assert_eq!(grays, [0, 255, 136, 82]);
    }

    #[test]
    fn a_spread_reaches_from_black_to_white_and_one_colour_has_none() {
        let mut made = [0; 9];
        gray(&[10, 10, 10, 30, 10, 20, 50, 10, 30], Gray::Pca, &mut made);
        assert_eq!(made, [0, 0, 0, 128, 128, 128, 255, 255, 255]);
        assert_eq!(of([200, 100, 50], Gray::Pca), 0);
    }

    #[test]
    fn all_vectors_agree() {
        assert_all_ways_agree(&Spread { weights: [0.6, 0.5, -0.3], low: -70.0, scale: 0.9 });
        assert_all_ways_agree(&Weighted::<16>([19595, 38470, 7471]));
        assert_all_ways_agree(&Average);
        assert_all_ways_agree(&Max);
        assert_all_ways_agree(&Desaturation);
    }
}

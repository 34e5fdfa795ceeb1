//! Pushes the picture about like jelly.

use crate::image::Size;
use crate::kernels::field::{Elastic, Field};
use crate::ops::{Lowered, Resampling, Transform};
use crate::rng::Rng;
use crate::spec::fields::{About, Fields, Interval};
use serde::{Deserialize, Serialize};

/// Pushes the picture about like jelly: each pixel moves by noise of its own, smoothed.
#[derive(Clone, Debug)]
pub struct ElasticTransform {
    alpha: Interval,
    sigma: Interval,
    same_dxdy: bool,
    resampling: Resampling,
}

/// What one `elastic_transform` drew.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Params {
    alpha: f64,
    sigma: f64,
    /// The largest magnitude of the noise before it is smoothed, in standard deviations; `alpha` stands for it.
    peak: f64,
    same_dxdy: bool,
    seed: u64,
    #[serde(flatten)]
    resampling: Resampling,
}

impl Transform for ElasticTransform {
    const NAME: &'static str = "elastic_transform";
    const SUMMARY: &'static str = "Pushes the picture about like jelly: each pixel moves by noise of its own, smoothed.";
    const EXAMPLE: &'static str = r#"{"op": "elastic_transform", "alpha": 300, "sigma": 8}"#;
    const REFERENCE: &'static str = "Albumentations 2.0.8 in law: normal noise over its largest magnitude, a Gaussian over four standard deviations, times `alpha`; the noise is mirrored at the border, where 2.0.8 repeats its outermost pixels. Read as `cv2.remap` of OpenCV 5, rounded to nearest.";
    type Params = Params;

    fn read(fields: &mut Fields<'_>) -> Self {
        let alpha = About("pixels", "what the smoothed noise, no larger than 1 before, is multiplied with");
        let sigma = About("pixels", "standard deviation of the Gaussian that smooths the noise");
        Self {
            alpha: fields.interval("alpha", Some(Interval::at(1.0)), (0.0, 100_000.0), alpha),
            sigma: fields.interval("sigma", Some(Interval::at(50.0)), (0.1, 500.0), sigma),
            same_dxdy: fields.flag("same_dxdy", false, About("", "moves each pixel as far down as to the right")),
            resampling: Resampling::read(fields),
        }
    }

    fn is_fixed(&self) -> bool {
        false
    }

    fn sample(&self, rng: &mut Rng, input: Size) -> Params {
        let numbers = input.pixels() * if self.same_dxdy { 1 } else { 2 };
        Params {
            alpha: self.alpha.draw(rng),
            sigma: self.sigma.draw(rng),
            peak: largest_normal(numbers, rng.uniform(0.0, 1.0)),
            same_dxdy: self.same_dxdy,
            seed: rng.bits() >> 11,
            resampling: self.resampling,
        }
    }

    fn lower(params: &Params, input: Size, lowered: &mut Vec<Lowered>) {
        let Params { alpha, sigma, peak, same_dxdy: same, seed, resampling } = *params;
        let field = Field::Elastic(Elastic { seed, strength: alpha / peak.max(1e-6), sigma, same });
        lowered.push(Lowered::Remap { field, size: input, resampling });
    }
}

/// The largest magnitude of `count` standard normal numbers, drawn by a uniform one: the point below which all lie with
/// probability `unit`.
fn largest_normal(count: u64, unit: f64) -> f64 {
    // That one lies beyond: 1 - unit^(1/count), without losing digits.
    let beyond = -libm::expm1(libm::log(unit.max(1e-300)) / count as f64);
    let (mut low, mut high) = (0.0, 10.0);
    for _ in 0..48 {
        let middle = 0.5 * (low + high);
        let further = libm::erfc(middle * std::f64::consts::FRAC_1_SQRT_2) > beyond;
        (low, high) = if further { (middle, high) } else { (low, middle) };
    }
    low
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_of_normal_numbers() {
        // One alone: its median is 0.6745. Of two magnitudes, both lie below x with probability erf(x / sqrt 2)^2.
        assert!((largest_normal(1, 0.5) - 0.674_490).abs() < 1e-5);
        assert!((largest_normal(2, 0.25) - 0.674_490).abs() < 1e-5);
        let median = largest_normal(131_072, 0.5);
        assert!((4.4..4.6).contains(&median), "{median}");
        assert!(largest_normal(1 << 29, 1.0) <= 10.0 && largest_normal(1, 0.0) >= 0.0);
    }
}

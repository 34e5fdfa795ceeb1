//! Shows the picture through frosted glass.

use crate::image::{Image, Size};
use crate::kernels::Tools;
use crate::kernels::filter::{self, Glass};
use crate::ops::Transform;
use crate::rng::Rng;
use crate::spec::fields::{About, Fields, Interval, Whole};
use serde::{Deserialize, Serialize};

/// Shows the picture through frosted glass: pixels change places with others nearby.
#[derive(Clone, Debug)]
pub struct GlassBlur {
    sigma: Interval,
    max_delta: Whole,
    iterations: Whole,
}

/// What one `glass_blur` drew.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Params {
    sigma: f64,
    max_delta: i64,
    iterations: i64,
    /// Which pixels change places.
    seed: u64,
}

impl Transform for GlassBlur {
    const NAME: &'static str = "glass_blur";
    const SUMMARY: &'static str = "Shows the picture through frosted glass: pixels change places with others nearby.";
    const EXAMPLE: &'static str = r#"{"op": "glass_blur", "sigma": 0.7, "max_delta": [1, 4], "iterations": 2, "p": 0.5}"#;
    const REFERENCE: &'static str = "Albumentations 2.0.8 `GlassBlur`, mode exact (Hendrycks and Dietterich, 2019), with swaps \
        that keep both pixels; `cv2.GaussianBlur` before and after, 8-bit, rounded to nearest.";
    type Params = Params;

    fn read(fields: &mut Fields<'_>) -> Self {
        let about = About("pixels", "standard deviation of the blurs before and after");
        let sigma = fields.interval("sigma", Some(Interval::at(0.7)), (0.0, 50.0), about);
        let about = About("pixels", "pixels change places with others up to so far away along each axis");
        let max_delta = fields.whole("max_delta", Some(Whole::at(4)), (1, 100), about);
        let iterations = fields.whole("iterations", Some(Whole::at(2)), (1, 20), About("", "how often each pixel does"));
        Self { sigma, max_delta, iterations }
    }

    fn is_fixed(&self) -> bool {
        false
    }

    fn sample(&self, rng: &mut Rng, _input: Size) -> Params {
        let (sigma, max_delta, iterations) = (self.sigma.draw(rng), self.max_delta.draw(rng), self.iterations.draw(rng));
        Params { sigma, max_delta, iterations, seed: rng.bits() >> 11 }
    }

    fn apply(params: &Params, source: &Image, tools: &mut Tools, target: &mut [u8]) {
        let (max_delta, iterations) = (params.max_delta as usize, params.iterations as usize);
        let glass = Glass { sigma: params.sigma, max_delta, iterations, seed: params.seed };
        filter::glass_blur(source, glass, &mut tools.filter, target);
    }
}

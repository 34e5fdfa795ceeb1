//! Adds what a blur takes away.

use super::odd::Odd;
use crate::image::{Image, Size};
use crate::kernels::Tools;
use crate::kernels::filter::{self, Mask};
use crate::ops::Transform;
use crate::rng::Rng;
use crate::spec::fields::{About, Fields, Interval};
use serde::{Deserialize, Serialize};

/// Sharpens by adding what a blur takes away, where it is more than noise.
#[derive(Clone, Debug)]
pub struct UnsharpMask {
    size: Odd,
    sigma: Interval,
    alpha: Interval,
    threshold: f64,
}

/// What one `unsharp_mask` drew.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Params {
    size: usize,
    sigma: f64,
    alpha: f64,
    threshold: f64,
}

impl Transform for UnsharpMask {
    const NAME: &'static str = "unsharp_mask";
    const SUMMARY: &'static str = "Sharpens by adding what a blur takes away, where it is more than noise.";
    const EXAMPLE: &'static str = r#"{"op": "unsharp_mask", "size": [3, 7], "alpha": [0.5, 1], "p": 0.5}"#;
    const REFERENCE: &'static str =
        "Albumentations 2.0.8 `UnsharpMask`: `cv2.GaussianBlur` in floats, rounded half to even; mirrored about the edge pixels.";
    type Params = Params;

    fn read(fields: &mut Fields<'_>) -> Self {
        let size = Odd::read(fields, (3, 7));
        let about = About("pixels", "standard deviation of the blur; 0: 0.15 size + 0.35, as OpenCV");
        let sigma = fields.interval("sigma", Some(Interval::at(0.0)), (0.0, 50.0), about);
        let about = About("fraction", "how much of the difference from the blur is added");
        let alpha = fields.interval("alpha", Some(Interval::new(0.2, 0.5)), (0.0, 10.0), about);
        let about = About("levels", "differences up to this are taken for noise and left alone");
        Self { size, sigma, alpha, threshold: fields.number("threshold", Some(10.0), (0.0, 255.0), about) }
    }

    fn is_fixed(&self) -> bool {
        self.size.is_fixed() && self.sigma.is_fixed() && self.alpha.is_fixed()
    }

    fn sample(&self, rng: &mut Rng, _input: Size) -> Params {
        let (size, sigma, alpha) = (self.size.draw(rng), self.sigma.draw(rng), self.alpha.draw(rng));
        Params { size, sigma, alpha, threshold: self.threshold }
    }

    fn apply(params: &Params, source: &Image, tools: &mut Tools, target: &mut [u8]) {
        let Params { size, sigma, alpha, threshold } = *params;
        filter::unsharp_mask(source, Mask { size, sigma, alpha, threshold }, &mut tools.filter, target);
    }
}

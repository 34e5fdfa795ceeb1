//! Blurs by a Gaussian.

use crate::image::{Deep, Image, Size};
use crate::kernels::{Tools, deep, filter};
use crate::ops::{Serves, Transform};
use crate::rng::Rng;
use crate::spec::fields::{About, Fields, Interval};
use serde::{Deserialize, Serialize};

/// Blurs by a Gaussian of `sigma` pixels.
#[derive(Clone, Debug)]
pub struct GaussianBlur {
    sigma: Interval,
    size: Option<usize>,
}

/// What one `gaussian_blur` drew.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Params {
    sigma: f64,
    size: usize,
}

impl Transform for GaussianBlur {
    const NAME: &'static str = "gaussian_blur";
    const SUMMARY: &'static str = "Blurs by a Gaussian.";
    const EXAMPLE: &'static str = r#"{"op": "gaussian_blur", "sigma": [0.5, 3], "p": 0.5}"#;
    const REFERENCE: &'static str =
        "`cv2.GaussianBlur`, 8-bit: weights of 1/256, exact sums, rounded to nearest; mirrored about the edge pixels.";
    const SERVES: Option<Serves> = Some(Serves::Any);
    type Params = Params;

    fn read(fields: &mut Fields<'_>) -> Self {
        let sigma = fields.interval(
            "sigma",
            Some(Interval::new(0.5, 3.0)),
            (0.0, 50.0),
            About("pixels", "standard deviation of the Gaussian; 0 changes nothing"),
        );
        let about = About("pixels", "where the Gaussian is cut off, an odd number; absent or 0: 2 floor(3.5 sigma) + 1");
        let size = fields.optional_integer("size", (0, 351), about).filter(|size| *size > 0);
        if size.is_some_and(|size| size % 2 == 0) {
            fields.complain("size", "must be odd, so that a pixel is in the middle (take one more)");
        }
        Self { sigma, size: size.map(|size| size as usize) }
    }

    fn is_fixed(&self) -> bool {
        self.sigma.is_fixed()
    }

    fn sample(&self, rng: &mut Rng, _input: Size) -> Params {
        let sigma = self.sigma.draw(rng);
        Params { sigma, size: self.size.unwrap_or(2 * (3.5 * sigma) as usize + 1) }
    }

    fn apply(params: &Params, source: &Image, tools: &mut Tools, target: &mut [u8]) {
        filter::gaussian_blur(source, params.size, params.sigma, &mut tools.filter, target);
    }

    fn apply_deep(params: &Params, source: &Deep, tools: &mut Tools, target: &mut Deep) {
        deep::gaussian_blur(source, params.size, params.sigma, &mut tools.deep.sums, target);
    }
}

//! Noise along the axes of a picture's colours.

use crate::image::{Image, Size};
use crate::kernels::Tools;
use crate::kernels::color;
use crate::kernels::random::Noise;
use crate::ops::Transform;
use crate::rng::Rng;
use crate::spec::fields::{About, Fields};
use serde::{Deserialize, Serialize};

/// Noise along the axes along which the picture's own colours spread.
#[derive(Clone, Debug)]
pub struct FancyPca {
    alpha: f64,
}

/// What one `fancy_pca` drew.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Params {
    alpha: [f64; 3],
}

impl Transform for FancyPca {
    const NAME: &'static str = "fancy_pca";
    const SUMMARY: &'static str = "Changes colours along the axes along which the picture's own colours spread.";
    const EXAMPLE: &'static str = r#"{"op": "fancy_pca", "alpha": 3}"#;
    const REFERENCE: &'static str = "Albumentations 2.0.8 `FancyPCA`: each pixel moves by E diag(alpha l) (x - mean), with E and l of the covariance of the picture's colours (AlexNet's added the same to all pixels); rounded to nearest.";
    type Params = Params;

    fn read(fields: &mut Fields<'_>) -> Self {
        Self {
            alpha: fields.number(
                "alpha",
                Some(0.1),
                (0.0, 100.0),
                About("factor", "the spread (standard deviation) of the three factors that are drawn"),
            ),
        }
    }

    fn is_fixed(&self) -> bool {
        self.alpha == 0.0
    }

    fn sample(&self, rng: &mut Rng, _input: Size) -> Params {
        let noise = Noise::new(rng.bits());
        Params { alpha: [0, 1, 2].map(|axis| self.alpha * noise.normal(axis)) }
    }

    fn apply(params: &Params, source: &Image, _tools: &mut Tools, target: &mut [u8]) {
        color::shift_along_axes(source.bytes(), params.alpha, target);
    }
}

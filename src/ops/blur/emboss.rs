//! Lights the picture from the upper left, as a relief.

use crate::image::{Image, Size};
use crate::kernels::{Tools, filter};
use crate::ops::Transform;
use crate::rng::Rng;
use crate::spec::fields::{About, Fields, Interval};
use serde::{Deserialize, Serialize};

/// Lights the picture from the upper left, as a relief.
#[derive(Clone, Debug)]
pub struct Emboss {
    alpha: Interval,
    strength: Interval,
}

/// What one `emboss` drew.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Params {
    alpha: f64,
    strength: f64,
}

impl Transform for Emboss {
    const NAME: &'static str = "emboss";
    const SUMMARY: &'static str = "Lights the picture from the upper left, as a relief.";
    const EXAMPLE: &'static str = r#"{"op": "emboss", "alpha": [0.5, 1], "strength": [0.5, 1], "p": 0.5}"#;
    const REFERENCE: &'static str =
        "Albumentations 2.0.8 `Emboss` (`cv2.filter2D`): 3x3, floats, rounded half to even; mirrored about the edge pixels.";
    type Params = Params;

    fn read(fields: &mut Fields<'_>) -> Self {
        let alpha = fields.interval(
            "alpha",
            Some(Interval::new(0.2, 0.5)),
            (0.0, 1.0),
            About("fraction", "0 leaves the picture, 1 adds the whole relief"),
        );
        let strength =
            fields.interval("strength", Some(Interval::new(0.2, 0.7)), (0.0, 100.0), About("", "height of the relief"));
        Self { alpha, strength }
    }

    fn is_fixed(&self) -> bool {
        self.alpha.is_fixed() && self.strength.is_fixed()
    }

    fn sample(&self, rng: &mut Rng, _input: Size) -> Params {
        Params { alpha: self.alpha.draw(rng), strength: self.strength.draw(rng) }
    }

    fn apply(params: &Params, source: &Image, tools: &mut Tools, target: &mut [u8]) {
        filter::emboss(source, params.alpha, params.strength, &mut tools.filter, target);
    }
}

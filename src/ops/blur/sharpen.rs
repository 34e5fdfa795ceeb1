//! Blends with the picture of edges, on top of the picture.

use crate::image::{Image, Size};
use crate::kernels::{Tools, filter};
use crate::ops::Transform;
use crate::rng::Rng;
use crate::spec::fields::{About, Fields, Interval};
use serde::{Deserialize, Serialize};

/// Blends with the picture of edges, on top of the picture.
#[derive(Clone, Debug)]
pub struct Sharpen {
    alpha: Interval,
    lightness: Interval,
}

/// What one `sharpen` drew.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Params {
    alpha: f64,
    lightness: f64,
}

impl Transform for Sharpen {
    const NAME: &'static str = "sharpen";
    const SUMMARY: &'static str = "Blends with the picture of edges, on top of the picture.";
    const EXAMPLE: &'static str = r#"{"op": "sharpen", "alpha": [0.2, 0.5], "lightness": [0.5, 1], "p": 0.5}"#;
    const REFERENCE: &'static str = "Albumentations 2.0.8 `Sharpen`, method kernel (`cv2.filter2D`): 3x3, floats, rounded half to even; mirrored about the edge pixels.";
    type Params = Params;

    fn read(fields: &mut Fields<'_>) -> Self {
        let alpha = fields.interval(
            "alpha",
            Some(Interval::new(0.2, 0.5)),
            (0.0, 1.0),
            About("fraction", "0 leaves the picture, 1 shows the edges alone"),
        );
        let lightness = fields.interval(
            "lightness",
            Some(Interval::new(0.5, 1.0)),
            (0.0, 100.0),
            About("", "what a flat place keeps in the picture of edges; 1 leaves its level, below 1 darkens"),
        );
        Self { alpha, lightness }
    }

    fn is_fixed(&self) -> bool {
        self.alpha.is_fixed() && self.lightness.is_fixed()
    }

    fn sample(&self, rng: &mut Rng, _input: Size) -> Params {
        Params { alpha: self.alpha.draw(rng), lightness: self.lightness.draw(rng) }
    }

    fn apply(params: &Params, source: &Image, tools: &mut Tools, target: &mut [u8]) {
        filter::sharpen(source, params.alpha, params.lightness, &mut tools.filter, target);
    }
}

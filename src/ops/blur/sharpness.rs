//! Blends with the smoothed picture.

use crate::image::{Image, Size};
use crate::kernels::{Tools, filter};
use crate::ops::Transform;
use crate::rng::Rng;
use crate::spec::fields::{About, Fields, Interval};
use serde::{Deserialize, Serialize};

/// Blends with the smoothed picture, or away from it.
#[derive(Clone, Debug)]
pub struct Sharpness {
    factor: Interval,
}

/// What one `sharpness` drew.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Params {
    factor: f64,
}

impl Transform for Sharpness {
    const NAME: &'static str = "sharpness";
    const SUMMARY: &'static str = "Blends with the smoothed picture, or away from it.";
    const EXAMPLE: &'static str = r#"{"op": "sharpness", "factor": [0, 4], "p": 0.5}"#;
    const REFERENCE: &'static str = "Pillow's `ImageEnhance.Sharpness`, torchvision's `adjust_sharpness`: 3x3 smoothing rounded \
        to nearest, the edge pixels as they are, the blend cut off behind the point.";
    type Params = Params;

    fn read(fields: &mut Fields<'_>) -> Self {
        let about = About("factor", "0 smooths, 1 changes nothing, above 1 sharpens");
        Self { factor: fields.interval("factor", None, (0.0, 100.0), about) }
    }

    fn is_fixed(&self) -> bool {
        self.factor.is_fixed()
    }

    fn sample(&self, rng: &mut Rng, _input: Size) -> Params {
        Params { factor: self.factor.draw(rng) }
    }

    fn apply(params: &Params, source: &Image, tools: &mut Tools, target: &mut [u8]) {
        filter::sharpness(source, params.factor as f32, &mut tools.filter, target);
    }
}

//! Makes edges ring.

use super::odd::Odd;
use crate::image::{Image, Size};
use crate::kernels::{Tools, filter};
use crate::ops::Transform;
use crate::rng::Rng;
use crate::spec::fields::{About, Fields, Interval};
use serde::{Deserialize, Serialize};
use std::f64::consts::PI;

/// Cuts off high frequencies abruptly, so that edges ring.
#[derive(Clone, Debug)]
pub struct RingingOvershoot {
    size: Odd,
    cutoff: Interval,
}

/// What one `ringing_overshoot` drew.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Params {
    size: usize,
    cutoff: f64,
}

impl Transform for RingingOvershoot {
    const NAME: &'static str = "ringing_overshoot";
    const SUMMARY: &'static str = "Cuts off high frequencies abruptly, so that edges ring.";
    const EXAMPLE: &'static str = r#"{"op": "ringing_overshoot", "size": [7, 15], "cutoff": [0.8, 1.6], "p": 0.5}"#;
    const REFERENCE: &'static str = "Albumentations 2.0.8 `RingingOvershoot` (Wang and others, Real-ESRGAN, 2021): the ideal \
        low-pass filter, `cv2.filter2D` in floats, rounded half to even; mirrored about the edge pixels.";
    type Params = Params;

    fn read(fields: &mut Fields<'_>) -> Self {
        let size = Odd::read(fields, (7, 15));
        let about = About("radians per pixel", "the highest frequency that is left; lower ones blur more");
        Self { size, cutoff: fields.interval("cutoff", Some(Interval::new(PI / 4.0, PI / 2.0)), (0.05, PI), about) }
    }

    fn is_fixed(&self) -> bool {
        self.size.is_fixed() && self.cutoff.is_fixed()
    }

    fn sample(&self, rng: &mut Rng, _input: Size) -> Params {
        Params { size: self.size.draw(rng), cutoff: self.cutoff.draw(rng) }
    }

    fn apply(params: &Params, source: &Image, tools: &mut Tools, target: &mut [u8]) {
        filter::ringing(source, params.size, params.cutoff, &mut tools.filter, target);
    }
}

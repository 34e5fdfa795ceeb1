//! More or less colour.

use crate::image::{Image, Size};
use crate::kernels::Tools;
use crate::kernels::color;
use crate::ops::Transform;
use crate::rng::Rng;
use crate::spec::fields::{About, Choice, Fields, Interval};
use serde::{Deserialize, Serialize};

/// More or less colour.
#[derive(Clone, Debug)]
pub struct Saturation {
    factor: Interval,
    method: Method,
}

/// What one `saturation` drew.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Params {
    factor: f64,
    method: Method,
}

impl Transform for Saturation {
    const NAME: &'static str = "saturation";
    const SUMMARY: &'static str = "Raises or lowers the colourfulness.";
    const EXAMPLE: &'static str = r#"{"op": "saturation", "factor": [0, 2]}"#;
    const REFERENCE: &'static str = "`blend`: torchvision's `adjust_saturation`, factor x + (1 - factor) gray, clipped, cut (within 1 of Pillow's `ImageEnhance.Color`); `hsv`: `tf.image.adjust_saturation`, rounded to nearest.";
    type Params = Params;

    fn read(fields: &mut Fields<'_>) -> Self {
        let factor = About("factor", "above 1 raises the saturation, 0 leaves gray");
        let method = About("", "`blend` with the gray picture, or a factor on the saturation of `hsv`");
        Self {
            factor: fields.interval("factor", None, (0.0, 100.0), factor),
            method: fields.choice("method", Method::Blend, method),
        }
    }

    fn is_fixed(&self) -> bool {
        self.factor.is_fixed()
    }

    fn sample(&self, rng: &mut Rng, _input: Size) -> Params {
        Params { factor: self.factor.draw(rng), method: self.method }
    }

    fn apply(params: &Params, source: &Image, _tools: &mut Tools, target: &mut [u8]) {
        match params.method {
            Method::Blend => color::blend_saturation(source.bytes(), params.factor, target),
            Method::Hsv => color::scale_saturation(source.bytes(), params.factor, target),
        }
    }
}

/// What saturation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Method {
    /// The distance from the gray picture.
    Blend,
    /// The S of HSV.
    Hsv,
}

impl Choice for Method {
    const ALL: &'static [(&'static str, Self)] = &[("blend", Self::Blend), ("hsv", Self::Hsv)];
}

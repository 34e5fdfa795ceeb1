//! Snow on what is dark.

use crate::image::{Image, Size};
use crate::kernels::Tools;
use crate::kernels::weather::snow;
use crate::ops::Transform;
use crate::rng::Rng;
use crate::spec::fields::{About, Fields, Interval};
use serde::{Deserialize, Serialize};

/// Bleaches what is dark, as snow does.
#[derive(Clone, Debug)]
pub struct Snow {
    snow_point: Interval,
    brightness: Interval,
}

/// What one `snow` drew.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Params {
    snow_point: f64,
    brightness: f64,
}

impl Transform for Snow {
    const NAME: &'static str = "snow";
    const SUMMARY: &'static str = "Bleaches what is dark, as snow does.";
    const EXAMPLE: &'static str = r#"{"op": "snow", "snow_point": [0.1, 0.3], "brightness": 2.5}"#;
    const REFERENCE: &'static str =
        "Albumentations 2.0.8 `RandomSnow`, method bleach, through OpenCV's 8-bit HLS; lightness is cut to whole levels.";
    type Params = Params;

    fn read(fields: &mut Fields<'_>) -> Self {
        let about = About("fractions", "how light a place may be to be bleached: 0 is a third of full, 1 five sixths");
        let snow_point = fields.interval("snow_point", Some(Interval::new(0.1, 0.3)), (0.0, 1.0), about);
        let about = About("factor", "what the lightness is multiplied with where snow lies");
        let brightness = fields.interval("brightness", Some(Interval::at(2.5)), (0.0, 10.0), about);
        Self { snow_point, brightness }
    }

    fn is_fixed(&self) -> bool {
        self.snow_point.is_fixed() && self.brightness.is_fixed()
    }

    fn sample(&self, rng: &mut Rng, _input: Size) -> Params {
        Params { snow_point: self.snow_point.draw(rng), brightness: self.brightness.draw(rng) }
    }

    fn apply(params: &Params, source: &Image, _tools: &mut Tools, target: &mut [u8]) {
        snow::bleach(source, params.snow_point as f32, params.brightness as f32, target);
    }
}

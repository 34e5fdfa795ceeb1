//! Hue, saturation and value, shifted.

use crate::image::{Image, Size};
use crate::kernels::Tools;
use crate::kernels::color;
use crate::ops::Transform;
use crate::rng::Rng;
use crate::spec::fields::{About, Fields, Interval};
use serde::{Deserialize, Serialize};

/// Hue, saturation and value of OpenCV, shifted by whole steps.
#[derive(Clone, Debug)]
pub struct HueSaturationValue {
    hue: Interval,
    saturation: Interval,
    value: Interval,
}

/// What one `hue_saturation_value` drew.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Params {
    hue: f64,
    saturation: f64,
    value: f64,
}

impl Transform for HueSaturationValue {
    const NAME: &'static str = "hue_saturation_value";
    const SUMMARY: &'static str = "Adds to hue, saturation and value.";
    const EXAMPLE: &'static str =
        r#"{"op": "hue_saturation_value", "hue": [-40, 40], "saturation": [-60, 60], "value": [-40, 40]}"#;
    const REFERENCE: &'static str = "Albumentations 2.0.8 `HueSaturationValue`: OpenCV's 8-bit HSV; what is drawn for the hue is cut downwards to whole steps, for the others towards 0.";
    type Params = Params;

    fn read(fields: &mut Fields<'_>) -> Self {
        let hue = About("half degrees", "added to the hue, which goes round");
        let saturation = About("levels", "added to the saturation; gray stays gray");
        let value = About("levels", "added to the value");
        Self {
            hue: fields.interval("hue", Some(Interval::new(-20.0, 20.0)), (-180.0, 180.0), hue),
            saturation: fields.interval("saturation", Some(Interval::new(-30.0, 30.0)), (-255.0, 255.0), saturation),
            value: fields.interval("value", Some(Interval::new(-20.0, 20.0)), (-255.0, 255.0), value),
        }
    }

    fn is_fixed(&self) -> bool {
        [self.hue, self.saturation, self.value].into_iter().all(Interval::is_fixed)
    }

    fn sample(&self, rng: &mut Rng, _input: Size) -> Params {
        Params { hue: self.hue.draw(rng), saturation: self.saturation.draw(rng), value: self.value.draw(rng) }
    }

    fn apply(params: &Params, source: &Image, _tools: &mut Tools, target: &mut [u8]) {
        let steps = [params.hue.floor(), params.saturation.trunc(), params.value.trunc()].map(|step| step as i32);
        color::shift_hsv(source.bytes(), steps, target);
    }
}

//! Blurs as a lens that zooms during the exposure.

use crate::image::{Image, Size};
use crate::kernels::{Tools, filter};
use crate::ops::Transform;
use crate::rng::Rng;
use crate::spec::fields::{About, Fields, Interval};
use serde::{Deserialize, Serialize};

/// Mixes the picture with itself at growing scales, as a lens that zooms during the exposure.
#[derive(Clone, Debug)]
pub struct ZoomBlur {
    max_factor: Interval,
    step_factor: Interval,
}

/// What one `zoom_blur` drew.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Params {
    max_factor: f64,
    step_factor: f64,
}

impl Transform for ZoomBlur {
    const NAME: &'static str = "zoom_blur";
    const SUMMARY: &'static str = "Mixes the picture with itself at growing scales, as a lens that zooms during the exposure.";
    const EXAMPLE: &'static str = r#"{"op": "zoom_blur", "max_factor": [1, 1.31], "step_factor": [0.01, 0.03], "p": 0.5}"#;
    const REFERENCE: &'static str = "Albumentations 2.0.8 `ZoomBlur` (Hendrycks and Dietterich, 2019): `cv2.resize` in floats, \
        bilinear, the mean rounded half to even.";
    type Params = Params;

    fn read(fields: &mut Fields<'_>) -> Self {
        let about = About("factor", "the largest scale is below this; at least 1 + step_factor");
        let max_factor = fields.interval("max_factor", Some(Interval::new(1.0, 1.31)), (1.0, 3.0), about);
        let about = About("factor", "from one scale to the next; small steps look smooth and take long");
        Self { max_factor, step_factor: fields.interval("step_factor", Some(Interval::new(0.01, 0.03)), (0.005, 1.0), about) }
    }

    fn is_fixed(&self) -> bool {
        self.max_factor.is_fixed() && self.step_factor.is_fixed()
    }

    fn sample(&self, rng: &mut Rng, _input: Size) -> Params {
        let (max_factor, step_factor) = (self.max_factor.draw(rng), self.step_factor.draw(rng));
        Params { max_factor: max_factor.max(1.0 + step_factor), step_factor }
    }

    fn apply(params: &Params, source: &Image, tools: &mut Tools, target: &mut [u8]) {
        filter::zoom_blur(source, params.max_factor, params.step_factor, &mut tools.filter, target);
    }
}

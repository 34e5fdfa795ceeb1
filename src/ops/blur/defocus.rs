//! Blurs as a lens that is out of focus.

use crate::image::{Image, Size};
use crate::kernels::Tools;
use crate::kernels::filter::{self, LARGEST_DISC};
use crate::ops::Transform;
use crate::rng::Rng;
use crate::spec::fields::{About, Fields, Interval, Whole};
use serde::{Deserialize, Serialize};

/// Blurs with a disc, as a lens that is out of focus.
#[derive(Clone, Debug)]
pub struct Defocus {
    radius: Whole,
    alias_blur: Interval,
}

/// What one `defocus` drew.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Params {
    radius: i64,
    alias_blur: f64,
}

impl Transform for Defocus {
    const NAME: &'static str = "defocus";
    const SUMMARY: &'static str = "Blurs with a disc, as a lens that is out of focus.";
    const EXAMPLE: &'static str = r#"{"op": "defocus", "radius": [2, 6], "p": 0.5}"#;
    const REFERENCE: &'static str = "Albumentations 2.0.8 `Defocus` (Hendrycks and Dietterich, 2019): a disc softened by a \
        Gaussian, `cv2.filter2D` in floats, rounded half to even; mirrored about the edge pixels.";
    type Params = Params;

    fn read(fields: &mut Fields<'_>) -> Self {
        let bounds = (1, LARGEST_DISC as i64);
        let radius = fields.whole("radius", Some(Whole::new(3, 10)), bounds, About("pixels", "radius of the disc"));
        let about = About("pixels", "standard deviation of the Gaussian that softens the edge of the disc");
        Self { radius, alias_blur: fields.interval("alias_blur", Some(Interval::new(0.1, 0.5)), (0.01, 10.0), about) }
    }

    fn is_fixed(&self) -> bool {
        self.radius.is_fixed() && self.alias_blur.is_fixed()
    }

    fn sample(&self, rng: &mut Rng, _input: Size) -> Params {
        Params { radius: self.radius.draw(rng), alias_blur: self.alias_blur.draw(rng) }
    }

    fn apply(params: &Params, source: &Image, tools: &mut Tools, target: &mut [u8]) {
        filter::defocus(source, params.radius as usize, params.alias_blur, &mut tools.filter, target);
    }
}

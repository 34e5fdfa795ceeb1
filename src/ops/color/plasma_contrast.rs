//! Clouds of contrast.

use super::plasma::roughness;
use crate::image::{Image, Size};
use crate::kernels::Tools;
use crate::kernels::light::plasma::{self, Plasma};
use crate::ops::Transform;
use crate::rng::Rng;
use crate::spec::fields::{About, Fields, Interval};
use serde::{Deserialize, Serialize};

/// Raises or lowers contrast in clouds: not at one place, fully at another.
#[derive(Clone, Debug)]
pub struct PlasmaContrast {
    contrast: Interval,
    roughness: f64,
}

/// What one `plasma_contrast` drew.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Params {
    contrast: f64,
    roughness: f64,
    seed: u64,
}

impl Transform for PlasmaContrast {
    const NAME: &'static str = "plasma_contrast";
    const SUMMARY: &'static str = "Raises or lowers contrast in random clouds.";
    const EXAMPLE: &'static str = r#"{"op": "plasma_contrast", "contrast": [-0.3, 0.3], "roughness": 0.4}"#;
    const REFERENCE: &'static str = "Albumentations 2.0.8 `PlasmaBrightnessContrast` without brightness: level + contrast P (level - mean of the picture) of a plasma by the diamond-square algorithm; rounded to nearest, once: that one clips on the way, so that a negative contrast does nothing there and a positive one cuts off highlights. Each grid is brought to 0 to 1 by what the picture needs of it, not by the whole square; `plasma_size` has no effect there, and is no field here.";
    type Params = Params;

    fn read(fields: &mut Fields<'_>) -> Self {
        let about = About(
            "fractions",
            "how much farther levels lie from the mean of the picture where the cloud is thickest; -1 leaves the mean",
        );
        let contrast = fields.interval("contrast", Some(Interval::new(-0.3, 0.3)), (-1.0, 1.0), about);
        Self { contrast, roughness: roughness(fields) }
    }

    fn is_fixed(&self) -> bool {
        false
    }

    fn sample(&self, rng: &mut Rng, _input: Size) -> Params {
        Params { contrast: self.contrast.draw(rng), roughness: self.roughness, seed: rng.bits() >> 11 }
    }

    fn apply(params: &Params, source: &Image, tools: &mut Tools, target: &mut [u8]) {
        let Params { contrast, roughness, seed } = *params;
        plasma::contrast(source, Plasma { roughness, seed }, contrast, &mut tools.light, target);
    }
}

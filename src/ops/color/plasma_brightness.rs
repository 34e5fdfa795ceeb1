//! Clouds of brightness.

use super::plasma::roughness;
use crate::image::{Image, Size};
use crate::kernels::Tools;
use crate::kernels::light::plasma::{self, Plasma};
use crate::ops::Transform;
use crate::rng::Rng;
use crate::spec::fields::{About, Fields, Interval};
use serde::{Deserialize, Serialize};

/// Brightens or darkens in clouds: nothing at one place, all of it at another.
#[derive(Clone, Debug)]
pub struct PlasmaBrightness {
    brightness: Interval,
    roughness: f64,
}

/// What one `plasma_brightness` drew.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Params {
    brightness: f64,
    roughness: f64,
    seed: u64,
}

impl Transform for PlasmaBrightness {
    const NAME: &'static str = "plasma_brightness";
    const SUMMARY: &'static str = "Brightens or darkens in random clouds.";
    const EXAMPLE: &'static str = r#"{"op": "plasma_brightness", "brightness": [-0.3, 0.3], "roughness": 0.4}"#;
    const REFERENCE: &'static str = "Albumentations 2.0.8 `PlasmaBrightnessContrast` without contrast: level + 255 brightness P of a plasma by the diamond-square algorithm; rounded to nearest, once: that one clips on the way, so that a negative brightness does nothing there. Each grid is brought to 0 to 1 by what the picture needs of it, not by the whole square; `plasma_size` has no effect there, and is no field here.";
    type Params = Params;

    fn read(fields: &mut Fields<'_>) -> Self {
        let about = About("fractions of the full range", "what is added where the cloud is thickest; below 0 darkens");
        let brightness = fields.interval("brightness", Some(Interval::new(-0.3, 0.3)), (-1.0, 1.0), about);
        Self { brightness, roughness: roughness(fields) }
    }

    fn is_fixed(&self) -> bool {
        false
    }

    fn sample(&self, rng: &mut Rng, _input: Size) -> Params {
        Params { brightness: self.brightness.draw(rng), roughness: self.roughness, seed: rng.bits() >> 11 }
    }

    fn apply(params: &Params, source: &Image, tools: &mut Tools, target: &mut [u8]) {
        let Params { brightness, roughness, seed } = *params;
        plasma::brightness(source, Plasma { roughness, seed }, 255.0 * brightness, &mut tools.light, target);
    }
}

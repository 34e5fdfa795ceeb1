//! Shadows of clouds.

use crate::image::{Image, Size};
use crate::kernels::Tools;
use crate::kernels::light::plasma::{self, Plasma};
use crate::ops::Transform;
use crate::ops::color::plasma::roughness;
use crate::rng::Rng;
use crate::spec::fields::{About, Fields, Interval};
use serde::{Deserialize, Serialize};

/// Darkens in clouds: not at one place, fully at another.
#[derive(Clone, Debug)]
pub struct PlasmaShadow {
    intensity: Interval,
    roughness: f64,
}

/// What one `plasma_shadow` drew.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Params {
    intensity: f64,
    roughness: f64,
    seed: u64,
}

impl Transform for PlasmaShadow {
    const NAME: &'static str = "plasma_shadow";
    const SUMMARY: &'static str = "Darkens in random clouds, as shadows of leaves and clouds do.";
    const EXAMPLE: &'static str = r#"{"op": "plasma_shadow", "intensity": [0.3, 0.7], "roughness": 0.4}"#;
    const REFERENCE: &'static str = "Albumentations 2.0.8 `PlasmaShadow`: level (1 - intensity P) of a plasma by the diamond-square algorithm; cut. Each grid is brought to 0 to 1 by what the picture needs of it, not by the whole square; `plasma_size` has no effect there, and is no field here.";
    type Params = Params;

    fn read(fields: &mut Fields<'_>) -> Self {
        let about = About("fractions", "how dark it is where the cloud is thickest: 1 is black");
        let intensity = fields.interval("intensity", Some(Interval::new(0.3, 0.7)), (0.0, 1.0), about);
        Self { intensity, roughness: roughness(fields) }
    }

    fn is_fixed(&self) -> bool {
        false
    }

    fn sample(&self, rng: &mut Rng, _input: Size) -> Params {
        Params { intensity: self.intensity.draw(rng), roughness: self.roughness, seed: rng.bits() >> 11 }
    }

    fn apply(params: &Params, source: &Image, tools: &mut Tools, target: &mut [u8]) {
        let Params { intensity, roughness, seed } = *params;
        plasma::shadow(source, Plasma { roughness, seed }, intensity, &mut tools.light, target);
    }
}

//! The noise of a sensor at high sensitivity.

use crate::image::{Image, Size};
use crate::kernels::Tools;
use crate::kernels::noise::{Strength, iso};
use crate::kernels::random::Noise;
use crate::ops::Transform;
use crate::rng::Rng;
use crate::spec::fields::{About, Fields, Interval};
use serde::{Deserialize, Serialize};

/// The noise of a sensor at high sensitivity: lightness and hue change from pixel to pixel.
#[derive(Clone, Debug)]
pub struct IsoNoise {
    color_shift: Interval,
    intensity: Interval,
}

/// What one `iso_noise` drew.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Params {
    color_shift: f64,
    intensity: f64,
    seed: u64,
}

impl Transform for IsoNoise {
    const NAME: &'static str = "iso_noise";
    const SUMMARY: &'static str = "The noise of a sensor at high sensitivity: lightness and hue change from pixel to pixel.";
    const EXAMPLE: &'static str = r#"{"op": "iso_noise", "color_shift": [0.02, 0.08], "intensity": [0.2, 0.6]}"#;
    const REFERENCE: &'static str =
        "Albumentations 2.0.8 `ISONoise` in law: Poisson lightness and normal hue in HLS, rounded to nearest.";
    type Params = Params;

    fn read(fields: &mut Fields<'_>) -> Self {
        let (shift, intensity) = (Interval::new(0.01, 0.05), Interval::new(0.1, 0.5));
        let about = About("turns, times the intensity", "standard deviation of the hue");
        Self {
            color_shift: fields.interval("color_shift", Some(shift), (0.0, 1.0), about),
            intensity: fields.interval("intensity", Some(intensity), (0.0, 2.0), About("factor", "strength of both")),
        }
    }

    fn is_fixed(&self) -> bool {
        false
    }

    fn sample(&self, rng: &mut Rng, _input: Size) -> Params {
        Params { color_shift: self.color_shift.draw(rng), intensity: self.intensity.draw(rng), seed: rng.bits() >> 11 }
    }

    fn apply(params: &Params, source: &Image, _tools: &mut Tools, target: &mut [u8]) {
        let strength = Strength { hue: params.color_shift * params.intensity, intensity: params.intensity };
        iso(source.bytes(), strength, Noise::new(params.seed), target);
    }
}

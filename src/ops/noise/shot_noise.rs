//! The noise of few photons.

use crate::image::{Image, Size};
use crate::kernels::Tools;
use crate::kernels::random::Noise;
use crate::ops::Transform;
use crate::rng::Rng;
use crate::spec::fields::{About, Fields, Interval};
use serde::{Deserialize, Serialize};

/// The noise of few photons: bright places vary more than dark ones.
#[derive(Clone, Debug)]
pub struct ShotNoise {
    scale: Interval,
}

/// What one `shot_noise` drew.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Params {
    scale: f64,
    seed: u64,
}

impl Transform for ShotNoise {
    const NAME: &'static str = "shot_noise";
    const SUMMARY: &'static str = "The noise of few photons: bright places vary more than dark ones.";
    const EXAMPLE: &'static str = r#"{"op": "shot_noise", "scale": [0.1, 0.3]}"#;
    const REFERENCE: &'static str =
        "Albumentations 2.0.8 `ShotNoise` in law: Poisson photons in linear light (gamma 2.2), rounded to nearest.";
    type Params = Params;

    fn read(fields: &mut Fields<'_>) -> Self {
        let about = About("of full light in linear light", "what one photon counts: more is noisier");
        Self { scale: fields.interval("scale", Some(Interval::new(0.1, 0.3)), (0.0001, 10.0), about) }
    }

    fn is_fixed(&self) -> bool {
        false
    }

    fn sample(&self, rng: &mut Rng, _input: Size) -> Params {
        Params { scale: self.scale.draw(rng), seed: rng.bits() >> 11 }
    }

    fn apply(params: &Params, source: &Image, tools: &mut Tools, target: &mut [u8]) {
        tools.noise.shot.apply(source.bytes(), params.scale, Noise::new(params.seed), target);
    }
}

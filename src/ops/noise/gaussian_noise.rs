//! Adds normal noise to every level.

use crate::image::{Deep, Image, Size};
use crate::kernels::noise::{self, Law};
use crate::kernels::random::Noise;
use crate::kernels::{Tools, deep};
use crate::ops::{Serves, Transform};
use crate::rng::Rng;
use crate::spec::fields::{About, Fields, Interval};
use serde::{Deserialize, Serialize};

/// Adds normal noise to every level.
#[derive(Clone, Debug)]
pub struct GaussianNoise {
    std: Interval,
    mean: Interval,
    per_channel: bool,
}

/// What one `gaussian_noise` drew.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Params {
    std: f64,
    mean: f64,
    per_channel: bool,
    seed: u64,
}

impl Transform for GaussianNoise {
    const NAME: &'static str = "gaussian_noise";
    const SUMMARY: &'static str = "Adds normal noise to every level.";
    const EXAMPLE: &'static str = r#"{"op": "gaussian_noise", "std": [0.02, 0.1]}"#;
    const REFERENCE: &'static str = "Albumentations 2.0.8 `GaussNoise` in law: normal draws of the given mean and standard deviation, added, rounded to nearest and clipped.";
    const SERVES: Option<Serves> = Some(Serves::Any);
    type Params = Params;

    fn read(fields: &mut Fields<'_>) -> Self {
        let full = "fraction of the full range";
        Self {
            std: fields.interval("std", Some(Interval::new(0.01, 0.05)), (0.0, 1.0), About(full, "standard deviation")),
            mean: fields.interval("mean", Some(Interval::at(0.0)), (-1.0, 1.0), About(full, "mean; above 0 brightens")),
            per_channel: fields.flag("per_channel", true, About("", "each channel has its own draw; off is gray noise")),
        }
    }

    fn is_fixed(&self) -> bool {
        false
    }

    fn sample(&self, rng: &mut Rng, _input: Size) -> Params {
        let (std, mean) = (self.std.draw(rng), self.mean.draw(rng));
        Params { std, mean, per_channel: self.per_channel, seed: rng.bits() >> 11 }
    }

    fn apply(params: &Params, source: &Image, _tools: &mut Tools, target: &mut [u8]) {
        let law = Law::normal(params.mean * 255.0, params.std * 255.0);
        noise::add(source.bytes(), &law, Noise::new(params.seed), !params.per_channel, target);
    }

    fn apply_deep(params: &Params, source: &Deep, _tools: &mut Tools, target: &mut Deep) {
        let Params { mean, std, per_channel, seed } = *params;
        deep::add_normal(source, (mean, std), Noise::new(seed), !per_channel, target);
    }
}

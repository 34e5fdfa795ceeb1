//! Adds noise of a chosen law.

use crate::image::{Image, Size};
use crate::kernels::Tools;
use crate::kernels::noise::{self, Law};
use crate::kernels::random::Noise;
use crate::ops::Transform;
use crate::rng::Rng;
use crate::spec::fields::{About, Choice, Fields, Interval};
use serde::{Deserialize, Serialize};

/// A law of draws.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Uniform,
    Gaussian,
    Laplace,
    Beta,
}

/// What has a draw of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Spatial {
    Constant,
    PerPixel,
    Shared,
}

impl Choice for Kind {
    const ALL: &'static [(&'static str, Self)] =
        &[("uniform", Self::Uniform), ("gaussian", Self::Gaussian), ("laplace", Self::Laplace), ("beta", Self::Beta)];
}

impl Choice for Spatial {
    const ALL: &'static [(&'static str, Self)] =
        &[("constant", Self::Constant), ("per_pixel", Self::PerPixel), ("shared", Self::Shared)];
}

impl Kind {
    /// The law of whole levels.
    fn law(self, mean: f64, spread: f64, shape: f64) -> Law {
        let (mean, spread) = (mean * 255.0, spread * 255.0);
        match self {
            Self::Uniform => Law::uniform(mean - spread, mean + spread),
            Self::Gaussian => Law::normal(mean, spread),
            Self::Laplace => Law::laplace(mean, spread),
            Self::Beta => Law::beta(shape, shape, spread),
        }
    }
}

/// Adds noise of a chosen law to every level, to every pixel, or to whole channels.
#[derive(Clone, Debug)]
pub struct AdditiveNoise {
    noise: Kind,
    spread: Interval,
    mean: Interval,
    shape: f64,
    spatial: Spatial,
}

/// What one `additive_noise` drew.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Params {
    noise: Kind,
    spread: f64,
    mean: f64,
    shape: f64,
    spatial: Spatial,
    /// Levels added to red, green and blue, where the picture has one draw for each.
    offsets: [f64; 3],
    seed: u64,
}

impl Transform for AdditiveNoise {
    const NAME: &'static str = "additive_noise";
    const SUMMARY: &'static str = "Adds noise of a chosen law to every level, to every pixel, or to whole channels.";
    const EXAMPLE: &'static str = r#"{"op": "additive_noise", "noise": "laplace", "spread": [0.02, 0.08], "spatial": "shared"}"#;
    const REFERENCE: &'static str = "Albumentations 2.0.8 `AdditiveNoise` in law; added, rounded to nearest and clipped.";
    type Params = Params;

    fn read(fields: &mut Fields<'_>) -> Self {
        let full = "fraction of the full range";
        let spread = About(full, "uniform and beta: the farthest; gaussian: standard deviation; laplace: mean deviation");
        Self {
            noise: fields.choice("noise", Kind::Uniform, About("", "the law of the draws")),
            spread: fields.interval("spread", Some(Interval::new(0.0, 0.1)), (0.0, 1.0), spread),
            mean: fields.interval("mean", Some(Interval::at(0.0)), (-1.0, 1.0), About(full, "mean; not for beta")),
            shape: fields.number(
                "shape",
                Some(0.5),
                (0.05, 50.0),
                About("", "both shapes of beta: below 1 drives it to the ends"),
            ),
            spatial: fields.choice(
                "spatial",
                Spatial::Constant,
                About("", "what has a draw of its own: a channel, a level, a pixel"),
            ),
        }
    }

    fn is_fixed(&self) -> bool {
        false
    }

    fn sample(&self, rng: &mut Rng, _input: Size) -> Params {
        let (spread, mean, seed) = (self.spread.draw(rng), self.mean.draw(rng), rng.bits() >> 11);
        let law = self.noise.law(mean, spread, self.shape);
        let offsets = std::array::from_fn(|_| f64::from(law.draw((rng.bits() >> 32) as u32)));
        let Self { noise, shape, spatial, .. } = *self;
        Params { noise, spread, mean, shape, spatial, offsets, seed }
    }

    fn apply(params: &Params, source: &Image, _tools: &mut Tools, target: &mut [u8]) {
        if params.spatial == Spatial::Constant {
            return noise::offset(source.bytes(), params.offsets, target);
        }
        let law = params.noise.law(params.mean, params.spread, params.shape);
        noise::add(source.bytes(), &law, Noise::new(params.seed), params.spatial == Spatial::Shared, target);
    }
}

//! Spatter on the lens.

use crate::image::{Image, Size};
use crate::kernels::Tools;
use crate::kernels::random::Noise;
use crate::kernels::weather::spatter;
use crate::ops::Transform;
use crate::rng::Rng;
use crate::spec::fields::{About, Choice, Fields, Interval};
use serde::{Deserialize, Serialize};

/// Drops of rain or of mud on the lens.
#[derive(Clone, Debug)]
pub struct Spatter {
    mode: Mode,
    mean: Interval,
    std: Interval,
    gauss_sigma: Interval,
    cutout_threshold: Interval,
    intensity: Interval,
    color: Option<[u8; 3]>,
}

/// What the drops are of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Mode {
    Rain,
    Mud,
}

impl Choice for Mode {
    const ALL: &'static [(&'static str, Self)] = &[("rain", Self::Rain), ("mud", Self::Mud)];
}

impl Mode {
    /// The colour if none is given.
    fn colour(self) -> [u8; 3] {
        match self {
            Self::Rain => [238, 238, 175],
            Self::Mud => [20, 42, 63],
        }
    }
}

/// What one `spatter` drew.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Params {
    mode: Mode,
    mean: f64,
    std: f64,
    gauss_sigma: f64,
    cutout_threshold: f64,
    intensity: f64,
    color: [u8; 3],
    seed: u64,
}

impl Transform for Spatter {
    const NAME: &'static str = "spatter";
    const SUMMARY: &'static str = "Spatters the lens with drops of rain or of mud.";
    const EXAMPLE: &'static str = r#"{"op": "spatter", "mode": "mud", "intensity": [0.4, 0.8]}"#;
    const REFERENCE: &'static str = "Albumentations 2.0.8 `Spatter`, after ImageNet-C (Hendrycks and Dietterich, 2019), in law: `cv2.GaussianBlur`, and for rain `cv2.Canny`, `cv2.distanceTransform` and `cv2.equalizeHist`, in 32-bit floats, rounded to nearest.";
    type Params = Params;

    fn read(fields: &mut Fields<'_>) -> Self {
        let mode = fields.choice("mode", Mode::Rain, About("", "what the drops are of"));
        let mut share =
            |name, value, text| fields.interval(name, Some(Interval::at(value)), (0.0, 1.0), About("fractions", text));
        let mean = share("mean", 0.65, "mean of the layer of liquid: above the threshold most is covered, below it little");
        let std = share("std", 0.3, "standard deviation of the layer before it is smoothed");
        let cutout_threshold = share("cutout_threshold", 0.68, "the layer shows where it is above this");
        let intensity = share("intensity", 0.6, "how much of the liquid is mixed in");
        let about = About("pixels", "standard deviation of the Gaussian that makes drops of the layer: their size");
        let gauss_sigma = fields.interval("gauss_sigma", Some(Interval::at(2.0)), (0.0, 50.0), about);
        let about = About("levels", "colour of the drops; [238, 238, 175] for rain and [20, 42, 63] for mud if absent");
        let color = fields.optional_colour("color", about);
        Self { mode, mean, std, gauss_sigma, cutout_threshold, intensity, color }
    }

    fn is_fixed(&self) -> bool {
        false
    }

    fn sample(&self, rng: &mut Rng, _input: Size) -> Params {
        Params {
            mode: self.mode,
            mean: self.mean.draw(rng),
            std: self.std.draw(rng),
            gauss_sigma: self.gauss_sigma.draw(rng),
            cutout_threshold: self.cutout_threshold.draw(rng),
            intensity: self.intensity.draw(rng),
            color: self.color.unwrap_or(self.mode.colour()),
            seed: rng.bits() >> 11,
        }
    }

    fn apply(params: &Params, source: &Image, tools: &mut Tools, target: &mut [u8]) {
        let spatter = spatter::Spatter {
            mean: params.mean as f32,
            std: params.std as f32,
            sigma: params.gauss_sigma,
            cutout: params.cutout_threshold as f32,
            intensity: params.intensity as f32,
            colour: params.color,
            noise: Noise::new(params.seed),
        };
        match params.mode {
            Mode::Rain => spatter.rain(source, &mut tools.weather, target),
            Mode::Mud => spatter.mud(source, &mut tools.weather, target),
        }
    }
}

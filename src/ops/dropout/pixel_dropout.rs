//! Hides pixels here and there.

use crate::image::{Image, Size};
use crate::kernels::Tools;
use crate::kernels::drop::paint_some;
use crate::kernels::random::Noise;
use crate::ops::{Targets, Transform};
use crate::rng::Rng;
use crate::spec::fields::{About, Fields, Interval};
use serde::{Deserialize, Serialize};

/// Hides pixels here and there.
#[derive(Clone, Debug)]
pub struct PixelDropout {
    probability: Interval,
    per_channel: bool,
    fill_value: [u8; 3],
}

/// What one `pixel_dropout` drew.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Params {
    probability: f64,
    per_channel: bool,
    fill_value: [u8; 3],
    seed: u64,
}

impl Transform for PixelDropout {
    const NAME: &'static str = "pixel_dropout";
    const SUMMARY: &'static str = "Hides pixels here and there.";
    const EXAMPLE: &'static str = r#"{"op": "pixel_dropout", "probability": [0.02, 0.1]}"#;
    const REFERENCE: &'static str = "Albumentations 2.0.8 `PixelDropout`: each pixel, or each level, for itself; exact.";
    const TARGETS: Option<Targets> = Some(Targets::Thins);
    type Params = Params;

    fn read(fields: &mut Fields<'_>) -> Self {
        let probability = About("probability", "that a pixel is hidden");
        Self {
            probability: fields.interval("probability", Some(Interval::at(0.01)), (0.0, 1.0), probability),
            per_channel: fields.flag("per_channel", false, About("", "each level is hidden for itself")),
            fill_value: fields.colour("fill_value", [0; 3], About("levels", "what hidden pixels show")),
        }
    }

    fn is_fixed(&self) -> bool {
        false
    }

    fn sample(&self, rng: &mut Rng, _input: Size) -> Params {
        let Self { per_channel, fill_value, .. } = *self;
        Params { probability: self.probability.draw(rng), per_channel, fill_value, seed: rng.bits() >> 11 }
    }

    fn apply(params: &Params, source: &Image, _tools: &mut Tools, target: &mut [u8]) {
        target.copy_from_slice(source.bytes());
        paint_some(Noise::new(params.seed), params.probability, params.per_channel, params.fill_value, target);
    }
}

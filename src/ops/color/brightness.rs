//! Adds the same amount to every channel.

use crate::image::Size;
use crate::kernels::tone::Tone;
use crate::ops::{Lowered, Transform};
use crate::rng::Rng;
use crate::spec::fields::{About, Fields, Interval};
use serde::{Deserialize, Serialize};

/// Adds the same amount to every channel: `x + 255 delta`, as `tf.image.adjust_brightness`.
#[derive(Clone, Debug)]
pub struct Brightness {
    delta: Interval,
}

/// What one `brightness` drew.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Params {
    delta: f64,
}

impl Transform for Brightness {
    const NAME: &'static str = "brightness";
    const SUMMARY: &'static str = "Adds the same amount to every channel.";
    const EXAMPLE: &'static str = r#"{"op": "brightness", "delta": [-0.3, 0.3], "p": 0.5}"#;
    const REFERENCE: &'static str = "`tf.image.adjust_brightness`: x + 255 delta, clipped, rounded to nearest.";
    type Params = Params;

    fn read(fields: &mut Fields<'_>) -> Self {
        Self { delta: fields.interval("delta", None, (-1.0, 1.0), About("fraction of the full range", "above 0 brightens")) }
    }

    fn is_fixed(&self) -> bool {
        self.delta.is_fixed()
    }

    fn sample(&self, rng: &mut Rng, _input: Size) -> Params {
        Params { delta: self.delta.draw(rng) }
    }

    fn lower(params: &Params, _input: Size, lowered: &mut Vec<Lowered>) {
        lowered.push(Lowered::Tone(Tone::Add(params.delta * 255.0)));
    }
}

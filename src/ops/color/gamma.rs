//! Raises all levels to a power.

use crate::image::Size;
use crate::kernels::tone::Tone;
use crate::ops::{Lowered, Serves, Transform};
use crate::rng::Rng;
use crate::spec::fields::{About, Fields, Interval};
use serde::{Deserialize, Serialize};

/// Raises all levels to a power: `255 gain (x / 255)^gamma`.
#[derive(Clone, Debug)]
pub struct Gamma {
    gamma: Interval,
    gain: Interval,
}

/// What one `gamma` drew.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Params {
    gamma: f64,
    gain: f64,
}

impl Transform for Gamma {
    const NAME: &'static str = "gamma";
    const SUMMARY: &'static str = "Raises all levels to a power.";
    const EXAMPLE: &'static str = r#"{"op": "gamma", "gamma": [0.5, 2]}"#;
    const REFERENCE: &'static str = "Albumentations 2.0.8 `RandomGamma` (whose limits are hundredths): 255 (x / 255)^gamma, cut; `gain` is that of `tf.image.adjust_gamma`.";
    const SERVES: Option<Serves> = Some(Serves::Any);
    type Params = Params;

    fn read(fields: &mut Fields<'_>) -> Self {
        let gamma = About("exponent", "above 1 darkens, below 1 brightens");
        let gain = About("factor", "what the result is multiplied by");
        Self {
            gamma: fields.interval("gamma", Some(Interval::new(0.8, 1.2)), (0.01, 100.0), gamma),
            gain: fields.interval("gain", Some(Interval::at(1.0)), (0.0, 100.0), gain),
        }
    }

    fn is_fixed(&self) -> bool {
        self.gamma.is_fixed() && self.gain.is_fixed()
    }

    fn sample(&self, rng: &mut Rng, _input: Size) -> Params {
        Params { gamma: self.gamma.draw(rng), gain: self.gain.draw(rng) }
    }

    fn lower(params: &Params, _input: Size, lowered: &mut Vec<Lowered>) {
        lowered.push(Lowered::Tone(Tone::Gamma { exponent: params.gamma, gain: params.gain }));
    }
}

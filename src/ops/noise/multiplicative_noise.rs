//! Multiplies levels by a number near one.

use crate::image::{Image, Size};
use crate::kernels::Tools;
use crate::kernels::noise;
use crate::kernels::random::Noise;
use crate::ops::Transform;
use crate::rng::Rng;
use crate::spec::fields::{About, Fields, Interval};
use serde::{Deserialize, Serialize};

/// Multiplies levels by a number near one: the whole picture, each channel or each pixel.
#[derive(Clone, Debug)]
pub struct MultiplicativeNoise {
    multiplier: Interval,
    per_channel: bool,
    elementwise: bool,
}

/// What one `multiplicative_noise` drew.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Params {
    /// Of red, green and blue; with a seed, the least and the greatest factor come first.
    factors: [f64; 3],
    per_channel: bool,
    seed: Option<u64>,
}

impl Transform for MultiplicativeNoise {
    const NAME: &'static str = "multiplicative_noise";
    const SUMMARY: &'static str = "Multiplies levels by a number near one: the whole picture, each channel or each pixel.";
    const EXAMPLE: &'static str = r#"{"op": "multiplicative_noise", "multiplier": [0.7, 1.3], "elementwise": true}"#;
    const REFERENCE: &'static str =
        "Albumentations 2.0.8 `MultiplicativeNoise`: uniform factors, clipped and cut to whole levels.";
    type Params = Params;

    fn read(fields: &mut Fields<'_>) -> Self {
        let about = About("factor", "above 1 brightens");
        Self {
            multiplier: fields.interval("multiplier", Some(Interval::new(0.9, 1.1)), (0.0, 10.0), about),
            per_channel: fields.flag("per_channel", false, About("", "each channel has its own draw")),
            elementwise: fields.flag("elementwise", false, About("", "each pixel has its own draw")),
        }
    }

    fn is_fixed(&self) -> bool {
        self.multiplier.is_fixed() && !self.elementwise
    }

    fn sample(&self, rng: &mut Rng, _input: Size) -> Params {
        let Self { multiplier, per_channel, elementwise } = *self;
        if elementwise {
            let factors = [multiplier.low, multiplier.high, multiplier.high];
            return Params { factors, per_channel, seed: Some(rng.bits() >> 11) };
        }
        let first = multiplier.draw(rng);
        let mut next = || if per_channel { multiplier.draw(rng) } else { first };
        Params { factors: [first, next(), next()], per_channel, seed: None }
    }

    fn apply(params: &Params, source: &Image, _tools: &mut Tools, target: &mut [u8]) {
        match params.seed {
            None => noise::scale(source.bytes(), params.factors, target),
            Some(seed) => {
                let range = (params.factors[0] as f32, params.factors[1] as f32);
                noise::multiply(source.bytes(), range, Noise::new(seed), !params.per_channel, target);
            }
        }
    }
}

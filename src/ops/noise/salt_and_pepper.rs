//! Turns some pixels white and some black.

use crate::image::{Image, Size};
use crate::kernels::Tools;
use crate::kernels::noise::salt_and_pepper;
use crate::kernels::random::Noise;
use crate::ops::{Serves, Transform};
use crate::rng::Rng;
use crate::spec::fields::{About, Fields, Interval};
use serde::{Deserialize, Serialize};

/// Turns some pixels white and some black.
#[derive(Clone, Debug)]
pub struct SaltAndPepper {
    amount: Interval,
    salt: Interval,
}

/// What one `salt_and_pepper` drew.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Params {
    amount: f64,
    salt: f64,
    seed: u64,
}

impl Transform for SaltAndPepper {
    const NAME: &'static str = "salt_and_pepper";
    const SUMMARY: &'static str = "Turns some pixels white and some black.";
    const EXAMPLE: &'static str = r#"{"op": "salt_and_pepper", "amount": [0.01, 0.06], "salt": [0.4, 0.6]}"#;
    const REFERENCE: &'static str =
        "Albumentations 2.0.8 `SaltAndPepper`: exactly so many pixels of each kind, any choice of them as likely.";
    const SERVES: Option<Serves> = Some(Serves::Any);
    type Params = Params;

    fn read(fields: &mut Fields<'_>) -> Self {
        let (amount, salt) = (Interval::new(0.01, 0.06), Interval::new(0.4, 0.6));
        Self {
            amount: fields.interval("amount", Some(amount), (0.0, 1.0), About("fraction of the pixels", "how many change")),
            salt: fields.interval("salt", Some(salt), (0.0, 1.0), About("fraction of these", "how many turn white")),
        }
    }

    fn is_fixed(&self) -> bool {
        false
    }

    fn sample(&self, rng: &mut Rng, _input: Size) -> Params {
        Params { amount: self.amount.draw(rng), salt: self.salt.draw(rng), seed: rng.bits() >> 11 }
    }

    fn apply(params: &Params, source: &Image, tools: &mut Tools, target: &mut [u8]) {
        let chosen = (source.size().pixels() as f64 * params.amount) as u64;
        let white = ((chosen as f64 * params.salt) as u64).min(chosen);
        let counts = (white, chosen.min(source.size().pixels()) - white);
        salt_and_pepper(source.bytes(), counts, Noise::new(params.seed), &mut tools.noise.marks, target);
    }
}

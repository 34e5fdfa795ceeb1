//! Fewer levels.

use crate::image::Size;
use crate::kernels::tone::Tone;
use crate::ops::{Lowered, Serves, Transform};
use crate::rng::Rng;
use crate::spec::fields::{About, Fields, Whole};
use serde::{Deserialize, Serialize};

/// Fewer levels: keeps the highest bits of each.
#[derive(Clone, Debug)]
pub struct Posterize {
    bits: Whole,
}

/// What one `posterize` drew.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Params {
    bits: u32,
}

impl Transform for Posterize {
    const NAME: &'static str = "posterize";
    const SUMMARY: &'static str = "Keeps the highest bits of every level and clears the others.";
    const EXAMPLE: &'static str = r#"{"op": "posterize", "bits": [1, 4]}"#;
    const REFERENCE: &'static str = "`PIL.ImageOps.posterize` and torchvision's: x & ~(2^(8 - bits) - 1), equal to the pixel.";
    const SERVES: Option<Serves> = Some(Serves::Any);
    type Params = Params;

    fn read(fields: &mut Fields<'_>) -> Self {
        Self {
            bits: fields.whole(
                "bits",
                Some(Whole::at(4)),
                (0, 8),
                About("bits", "how many are kept; 8 changes nothing, 0 is black"),
            ),
        }
    }

    fn is_fixed(&self) -> bool {
        self.bits.is_fixed()
    }

    fn sample(&self, rng: &mut Rng, _input: Size) -> Params {
        Params { bits: self.bits.draw(rng) as u32 }
    }

    fn lower(params: &Params, _input: Size, lowered: &mut Vec<Lowered>) {
        lowered.push(Lowered::Tone(Tone::Posterize(params.bits.min(8))));
    }
}

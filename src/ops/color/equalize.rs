//! Levels spread evenly.

use crate::image::Size;
use crate::kernels::tone::Tone;
use crate::ops::{Lowered, Transform};
use crate::rng::Rng;
use crate::spec::fields::{About, Choice, Fields};
use crate::units::Equalizer;
use serde::{Deserialize, Serialize};

/// Levels spread evenly, each channel by itself.
#[derive(Clone, Debug)]
pub struct Equalize {
    method: Equalizer,
}

/// What one `equalize` drew.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Params {
    method: Equalizer,
}

impl Transform for Equalize {
    const NAME: &'static str = "equalize";
    const SUMMARY: &'static str = "Spreads the levels of each channel evenly over the full range.";
    const EXAMPLE: &'static str = r#"{"op": "equalize"}"#;
    const REFERENCE: &'static str =
        "`PIL.ImageOps.equalize` (and torchvision's), or `cv2.equalizeHist` on each channel: equal to the pixel.";
    type Params = Params;

    fn read(fields: &mut Fields<'_>) -> Self {
        Self {
            method: fields.choice(
                "method",
                Equalizer::Pil,
                About("", "whose way: `pil` as Pillow and torchvision, `cv` as OpenCV"),
            ),
        }
    }

    fn is_fixed(&self) -> bool {
        true
    }

    fn sample(&self, _rng: &mut Rng, _input: Size) -> Params {
        Params { method: self.method }
    }

    fn lower(params: &Params, _input: Size, lowered: &mut Vec<Lowered>) {
        lowered.push(Lowered::Tone(Tone::Equalize(params.method)));
    }
}

impl Choice for Equalizer {
    const ALL: &'static [(&'static str, Self)] = &[("pil", Self::Pil), ("cv", Self::Cv)];
}

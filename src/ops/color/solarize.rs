//! The negative of what is light.

use crate::image::Size;
use crate::kernels::tone::Tone;
use crate::ops::{Lowered, Serves, Transform};
use crate::rng::Rng;
use crate::spec::fields::{About, Choice, Fields, Interval, Whole};
use serde::{Deserialize, Serialize};

/// The negative of what is light: `255 - x` from a threshold on.
#[derive(Clone, Debug)]
pub struct Solarize {
    threshold: Interval,
    addition: Whole,
    above: Above,
}

/// What one `solarize` drew.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Params {
    threshold: f64,
    addition: i32,
    above: Above,
}

impl Transform for Solarize {
    const NAME: &'static str = "solarize";
    const SUMMARY: &'static str = "Turns levels from a threshold on into their negatives.";
    const EXAMPLE: &'static str = r#"{"op": "solarize", "threshold": [64, 192]}"#;
    const REFERENCE: &'static str = "`PIL.ImageOps.solarize` and torchvision's: 255 - x where x is at or above the threshold, equal to the pixel; `addition` as Keras's `Solarization`, or, with `above` = `keep`, as timm's `SolarizeAdd`.";
    const SERVES: Option<Serves> = Some(Serves::Any);
    type Params = Params;

    fn read(fields: &mut Fields<'_>) -> Self {
        let threshold = About("levels", "the least level that is turned; 0 turns all, 256 none");
        let addition = About("levels", "added first, to all levels (to those below the threshold alone if `above` is `keep`)");
        let above = About("", "what becomes of the levels from the threshold on: `invert`, or `keep` as in timm's SolarizeAdd");
        Self {
            threshold: fields.interval("threshold", Some(Interval::at(128.0)), (0.0, 256.0), threshold),
            addition: fields.whole("addition", Some(Whole::at(0)), (-255, 255), addition),
            above: fields.choice("above", Above::Invert, above),
        }
    }

    fn is_fixed(&self) -> bool {
        self.threshold.is_fixed() && self.addition.is_fixed()
    }

    fn sample(&self, rng: &mut Rng, _input: Size) -> Params {
        Params { threshold: self.threshold.draw(rng), addition: self.addition.draw(rng) as i32, above: self.above }
    }

    fn lower(params: &Params, _input: Size, lowered: &mut Vec<Lowered>) {
        lowered.push(Lowered::Tone(Tone::Solarize {
            threshold: params.threshold,
            addition: params.addition,
            keep: params.above == Above::Keep,
        }));
    }
}

/// What becomes of the levels from the threshold on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Above {
    /// Their negatives.
    Invert,
    /// They stay.
    Keep,
}

impl Choice for Above {
    const ALL: &'static [(&'static str, Self)] = &[("invert", Self::Invert), ("keep", Self::Keep)];
}

//! Levels stretched to the full range.

use crate::image::Size;
use crate::kernels::tone::Tone;
use crate::ops::{Lowered, Transform};
use crate::rng::Rng;
use crate::spec::fields::{About, Fields, Interval};
use serde::{Deserialize, Serialize};

/// Levels stretched to the full range, each channel by itself.
#[derive(Clone, Debug)]
pub struct Autocontrast {
    cutoff: Interval,
}

/// What one `autocontrast` drew.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Params {
    cutoff: f64,
}

impl Transform for Autocontrast {
    const NAME: &'static str = "autocontrast";
    const SUMMARY: &'static str = "Stretches the levels of each channel to the full range.";
    const EXAMPLE: &'static str = r#"{"op": "autocontrast", "cutoff": 5}"#;
    const REFERENCE: &'static str = "`PIL.ImageOps.autocontrast`: (x - low) 255 / (high - low), cut; equal to the pixel (torchvision's differs by single precision).";
    type Params = Params;

    fn read(fields: &mut Fields<'_>) -> Self {
        let cutoff = About("percent", "how many of the darkest, and as many of the lightest, pixels are left out of account");
        Self { cutoff: fields.interval("cutoff", Some(Interval::at(0.0)), (0.0, 50.0), cutoff) }
    }

    fn is_fixed(&self) -> bool {
        self.cutoff.is_fixed()
    }

    fn sample(&self, rng: &mut Rng, _input: Size) -> Params {
        Params { cutoff: self.cutoff.draw(rng) }
    }

    fn lower(params: &Params, _input: Size, lowered: &mut Vec<Lowered>) {
        lowered.push(Lowered::Tone(Tone::Autocontrast(params.cutoff)));
    }
}

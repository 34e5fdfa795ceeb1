//! The negative.

use crate::image::Size;
use crate::kernels::tone::Tone;
use crate::ops::{Lowered, Serves, Transform};
use crate::rng::Rng;
use crate::spec::fields::Fields;
use serde::{Deserialize, Serialize};

/// The negative: `255 - x`.
#[derive(Clone, Debug)]
pub struct Invert;

/// What one `invert` drew.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Params {}

impl Transform for Invert {
    const NAME: &'static str = "invert";
    const SUMMARY: &'static str = "Turns every level into its negative.";
    const EXAMPLE: &'static str = r#"{"op": "invert"}"#;
    const REFERENCE: &'static str = "`PIL.ImageOps.invert`: 255 - x, equal to the pixel.";
    const SERVES: Option<Serves> = Some(Serves::Any);
    type Params = Params;

    fn read(_fields: &mut Fields<'_>) -> Self {
        Self
    }

    fn is_fixed(&self) -> bool {
        true
    }

    fn sample(&self, _rng: &mut Rng, _input: Size) -> Params {
        Params {}
    }

    fn lower(_params: &Params, _input: Size, lowered: &mut Vec<Lowered>) {
        lowered.push(Lowered::Tone(Tone::Invert));
    }
}

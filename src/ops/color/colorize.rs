//! Two or three colours instead of gray.

use crate::image::{Image, Size};
use crate::kernels::Tools;
use crate::kernels::color;
use crate::kernels::tone::Tone;
use crate::ops::{Lowered, Transform};
use crate::rng::Rng;
use crate::spec::fields::{About, Fields};
use crate::units::Gray;
use serde::{Deserialize, Serialize};

/// Two or three colours instead of shades of gray.
#[derive(Clone, Debug)]
pub struct Colorize {
    black: [u8; 3],
    white: [u8; 3],
    mid: Option<[u8; 3]>,
}

/// What one `colorize` drew.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Params {
    black: [u8; 3],
    white: [u8; 3],
    mid: Option<[u8; 3]>,
}

impl Transform for Colorize {
    const NAME: &'static str = "colorize";
    const SUMMARY: &'static str = "Turns the picture gray, and the grays into colours between two or three given ones.";
    const EXAMPLE: &'static str = r#"{"op": "colorize", "black": [20, 10, 80], "white": [255, 240, 190], "mid": [200, 60, 90]}"#;
    const REFERENCE: &'static str =
        "`PIL.ImageOps.colorize` of mode `L`: whole levels, cut, equal to the pixel; `mid` stands at 127.";
    type Params = Params;

    fn read(fields: &mut Fields<'_>) -> Self {
        Self {
            black: fields.colour("black", [0; 3], About("levels", "what black turns to")),
            white: fields.colour("white", [255; 3], About("levels", "what white turns to")),
            mid: fields.optional_colour("mid", About("levels", "what middle gray (127) turns to; by default nothing of its own")),
        }
    }

    fn is_fixed(&self) -> bool {
        true
    }

    fn sample(&self, _rng: &mut Rng, _input: Size) -> Params {
        Params { black: self.black, white: self.white, mid: self.mid }
    }

    fn lower(params: &Params, input: Size, lowered: &mut Vec<Lowered>) {
        lowered.push(Lowered::Apply(input));
        lowered.push(Lowered::Tone(Tone::Ramp { black: params.black, mid: params.mid, white: params.white }));
    }

    fn apply(_params: &Params, source: &Image, _tools: &mut Tools, target: &mut [u8]) {
        color::gray(source.bytes(), Gray::Luma, target);
    }
}

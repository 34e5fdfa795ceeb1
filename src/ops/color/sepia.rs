//! The brown of old photographs.

use crate::image::{Image, Size};
use crate::kernels::Tools;
use crate::kernels::color;
use crate::ops::Transform;
use crate::rng::Rng;
use crate::spec::fields::Fields;
use serde::{Deserialize, Serialize};

/// The brown of old photographs.
#[derive(Clone, Debug)]
pub struct Sepia;

/// What one `sepia` drew.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Params {}

impl Transform for Sepia {
    const NAME: &'static str = "sepia";
    const SUMMARY: &'static str = "Gives the picture the brown of old photographs.";
    const EXAMPLE: &'static str = r#"{"op": "sepia"}"#;
    const REFERENCE: &'static str =
        "Albumentations 2.0.8 `ToSepia` (`cv2.transform`: weights of 10 bits, rounded to nearest), equal to the pixel.";
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

    fn apply(_params: &Params, source: &Image, _tools: &mut Tools, target: &mut [u8]) {
        color::sepia(source.bytes(), target);
    }
}

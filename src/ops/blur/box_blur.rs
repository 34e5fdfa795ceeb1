//! Replaces every pixel by the mean of a square.

use super::odd::Odd;
use crate::image::{Deep, Image, Size};
use crate::kernels::{Tools, deep, filter};
use crate::ops::{Serves, Transform};
use crate::rng::Rng;
use crate::spec::fields::Fields;
use serde::{Deserialize, Serialize};

/// Replaces every pixel by the mean of the square around it.
#[derive(Clone, Debug)]
pub struct BoxBlur {
    size: Odd,
}

/// What one `box_blur` drew.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Params {
    size: usize,
}

impl Transform for BoxBlur {
    const NAME: &'static str = "box_blur";
    const SUMMARY: &'static str = "Replaces every pixel by the mean of the square around it.";
    const EXAMPLE: &'static str = r#"{"op": "box_blur", "size": [3, 9], "p": 0.5}"#;
    const REFERENCE: &'static str = "`cv2.blur`, 8-bit: exact sums, rounded to nearest; mirrored about the edge pixels.";
    const SERVES: Option<Serves> = Some(Serves::Any);
    type Params = Params;

    fn read(fields: &mut Fields<'_>) -> Self {
        Self { size: Odd::read(fields, (3, 7)) }
    }

    fn is_fixed(&self) -> bool {
        self.size.is_fixed()
    }

    fn sample(&self, rng: &mut Rng, _input: Size) -> Params {
        Params { size: self.size.draw(rng) }
    }

    fn apply(params: &Params, source: &Image, tools: &mut Tools, target: &mut [u8]) {
        filter::box_blur(source, params.size, &mut tools.filter, target);
    }

    fn apply_deep(params: &Params, source: &Deep, tools: &mut Tools, target: &mut Deep) {
        deep::box_blur(source, params.size, &mut tools.deep.sums, target);
    }
}

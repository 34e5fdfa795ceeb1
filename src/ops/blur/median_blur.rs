//! Replaces every pixel by the median of a square.

use super::odd::Odd;
use crate::image::{Image, Size};
use crate::kernels::{Tools, filter};
use crate::ops::Transform;
use crate::rng::Rng;
use crate::spec::fields::Fields;
use serde::{Deserialize, Serialize};

/// Replaces every pixel by the median of the square around it.
#[derive(Clone, Debug)]
pub struct MedianBlur {
    size: Odd,
}

/// What one `median_blur` drew.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Params {
    size: usize,
}

impl Transform for MedianBlur {
    const NAME: &'static str = "median_blur";
    const SUMMARY: &'static str = "Replaces every pixel by the median of the square around it.";
    const EXAMPLE: &'static str = r#"{"op": "median_blur", "size": [3, 9], "p": 0.5}"#;
    const REFERENCE: &'static str =
        "`cv2.medianBlur`, exactly: each channel by itself; beyond the picture the edge pixels are held.";
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
        filter::median_blur(source, params.size, &mut tools.filter, target);
    }
}

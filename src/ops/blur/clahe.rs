//! Equalises the lightness of every part of the picture.

use crate::image::{Image, Size};
use crate::kernels::{Tools, clahe};
use crate::ops::Transform;
use crate::rng::Rng;
use crate::spec::fields::{About, Fields, Interval};
use serde::{Deserialize, Serialize};

/// Equalises the lightness of every part of the picture, within limits.
#[derive(Clone, Debug)]
pub struct Clahe {
    clip_limit: Interval,
    tiles: u64,
}

/// What one `clahe` drew.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Params {
    clip_limit: f64,
    tiles: u64,
}

impl Transform for Clahe {
    const NAME: &'static str = "clahe";
    const SUMMARY: &'static str = "Equalises the lightness of every part of the picture, within limits.";
    const EXAMPLE: &'static str = r#"{"op": "clahe", "clip_limit": [1, 4], "tiles": 8, "p": 0.5}"#;
    const REFERENCE: &'static str = "Albumentations 2.0.8 `CLAHE`: `cv2.createCLAHE` on L of `COLOR_RGB2LAB`, 8-bit fixed point.";
    type Params = Params;

    fn read(fields: &mut Fields<'_>) -> Self {
        let about = About("", "how many times the mean count a level may have; 1 hardly changes anything, 4 is strong");
        let clip_limit = fields.interval("clip_limit", Some(Interval::new(1.0, 4.0)), (0.0, 256.0), about);
        Self { clip_limit, tiles: fields.integer("tiles", Some(8), (1, 64), About("", "parts in a row and in a column")) }
    }

    fn is_fixed(&self) -> bool {
        self.clip_limit.is_fixed()
    }

    fn sample(&self, rng: &mut Rng, _input: Size) -> Params {
        Params { clip_limit: self.clip_limit.draw(rng), tiles: self.tiles }
    }

    fn apply(params: &Params, source: &Image, tools: &mut Tools, target: &mut [u8]) {
        clahe::clahe(source, params.clip_limit, params.tiles as usize, &mut tools.clahe, target);
    }
}

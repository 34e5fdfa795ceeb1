//! Turns the picture about its centre; the canvas keeps its size.

use super::pose::Pose;
use crate::image::Size;
use crate::ops::{Lowered, Resampling, Transform};
use crate::rng::Rng;
use crate::spec::fields::{About, Fields, Interval};
use serde::{Deserialize, Serialize};

/// Turns the picture about its centre; the canvas keeps its size.
#[derive(Clone, Debug)]
pub struct Rotate {
    degrees: Interval,
    resampling: Resampling,
}

/// What one `rotate` drew.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Params {
    degrees: f64,
    #[serde(flatten)]
    resampling: Resampling,
}

impl Transform for Rotate {
    const NAME: &'static str = "rotate";
    const SUMMARY: &'static str = "Turns the picture about its centre; the canvas keeps its size.";
    const EXAMPLE: &'static str = r#"{"op": "rotate", "degrees": [-20, 20], "p": 0.5}"#;
    const REFERENCE: &'static str = "`cv2.warpAffine` of OpenCV 5 about ((w-1)/2, (h-1)/2); fixed point, rounded to nearest.";
    type Params = Params;

    fn read(fields: &mut Fields<'_>) -> Self {
        Self {
            degrees: fields.interval("degrees", None, (-360.0, 360.0), About("degrees", "counter-clockwise as seen")),
            resampling: Resampling::read(fields),
        }
    }

    fn is_fixed(&self) -> bool {
        self.degrees.is_fixed()
    }

    fn sample(&self, rng: &mut Rng, _input: Size) -> Params {
        Params { degrees: self.degrees.draw(rng), resampling: self.resampling }
    }

    fn lower(params: &Params, input: Size, lowered: &mut Vec<Lowered>) {
        Pose { degrees: params.degrees, ..Pose::default() }.warp(input, params.resampling, lowered);
    }
}

//! Moves the picture; the canvas stays.

use super::pose::{AS_IT_IS, Pose};
use crate::image::Size;
use crate::ops::{Lowered, Resampling, Transform};
use crate::rng::Rng;
use crate::spec::fields::{About, Fields, Interval};
use serde::{Deserialize, Serialize};

/// Moves the picture; the canvas stays.
#[derive(Clone, Debug)]
pub struct Shift {
    x: Interval,
    y: Interval,
    resampling: Resampling,
}

/// What one `shift` drew.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Params {
    x: f64,
    y: f64,
    #[serde(flatten)]
    resampling: Resampling,
}

impl Transform for Shift {
    const NAME: &'static str = "shift";
    const SUMMARY: &'static str = "Moves the picture; the canvas stays.";
    const EXAMPLE: &'static str = r#"{"op": "shift", "x": [-0.1, 0.1], "y": [-0.1, 0.1], "p": 0.5}"#;
    const REFERENCE: &'static str =
        "`cv2.warpAffine` of OpenCV 5; whole pixels are copied, others blended in fixed point and rounded to nearest.";
    type Params = Params;

    fn read(fields: &mut Fields<'_>) -> Self {
        Self {
            x: fields.interval("x", AS_IT_IS, (-1.0, 1.0), About("fraction of the width", "above 0 moves right")),
            y: fields.interval("y", AS_IT_IS, (-1.0, 1.0), About("fraction of the height", "above 0 moves down")),
            resampling: Resampling::read(fields),
        }
    }

    fn is_fixed(&self) -> bool {
        self.x.is_fixed() && self.y.is_fixed()
    }

    fn sample(&self, rng: &mut Rng, _input: Size) -> Params {
        Params { x: self.x.draw(rng), y: self.y.draw(rng), resampling: self.resampling }
    }

    fn lower(params: &Params, input: Size, lowered: &mut Vec<Lowered>) {
        Pose { x: params.x, y: params.y, ..Pose::default() }.warp(input, params.resampling, lowered);
    }
}

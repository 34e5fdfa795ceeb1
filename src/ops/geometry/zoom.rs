//! Enlarges or shrinks the picture about its centre; the canvas keeps its size.

use super::pose::Pose;
use crate::image::Size;
use crate::ops::{Lowered, Resampling, Transform};
use crate::rng::Rng;
use crate::spec::fields::{About, Fields, Interval};
use serde::{Deserialize, Serialize};

/// Enlarges or shrinks the picture about its centre; the canvas keeps its size.
#[derive(Clone, Debug)]
pub struct Zoom {
    scale: Interval,
    resampling: Resampling,
}

/// What one `zoom` drew.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Params {
    scale: f64,
    #[serde(flatten)]
    resampling: Resampling,
}

impl Transform for Zoom {
    const NAME: &'static str = "zoom";
    const SUMMARY: &'static str = "Enlarges or shrinks the picture about its centre; the canvas keeps its size.";
    const EXAMPLE: &'static str = r#"{"op": "zoom", "scale": [0.8, 1.2], "p": 0.5}"#;
    const REFERENCE: &'static str = "`cv2.warpAffine` of OpenCV 5 about ((w-1)/2, (h-1)/2); fixed point, rounded to nearest.";
    type Params = Params;

    fn read(fields: &mut Fields<'_>) -> Self {
        Self {
            scale: fields.interval("scale", None, (0.01, 100.0), About("factor", "above 1 enlarges, below 1 shrinks")),
            resampling: Resampling::read(fields),
        }
    }

    fn is_fixed(&self) -> bool {
        self.scale.is_fixed()
    }

    fn sample(&self, rng: &mut Rng, _input: Size) -> Params {
        Params { scale: self.scale.draw(rng), resampling: self.resampling }
    }

    fn lower(params: &Params, input: Size, lowered: &mut Vec<Lowered>) {
        Pose { scale: params.scale, scale_y: params.scale, ..Pose::default() }.warp(input, params.resampling, lowered);
    }
}

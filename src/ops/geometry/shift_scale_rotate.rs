//! Moves, scales and turns the picture in one resampling; the canvas keeps its size.

use super::pose::Pose;
use crate::image::Size;
use crate::ops::{Lowered, Resampling, Transform};
use crate::rng::Rng;
use crate::spec::fields::{About, Fields, Interval};
use serde::{Deserialize, Serialize};

/// Moves, scales and turns the picture in one resampling; the canvas keeps its size.
#[derive(Clone, Debug)]
pub struct ShiftScaleRotate {
    x: Interval,
    y: Interval,
    scale: Interval,
    degrees: Interval,
    resampling: Resampling,
}

/// What one `shift_scale_rotate` drew.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Params {
    x: f64,
    y: f64,
    scale: f64,
    degrees: f64,
    #[serde(flatten)]
    resampling: Resampling,
}

impl Transform for ShiftScaleRotate {
    const NAME: &'static str = "shift_scale_rotate";
    const SUMMARY: &'static str = "Moves, scales and turns the picture in one resampling; the canvas keeps its size.";
    const EXAMPLE: &'static str = r#"{"op": "shift_scale_rotate", "degrees": [-30, 30], "scale": [0.8, 1.2]}"#;
    const REFERENCE: &'static str = "Albumentations' `ShiftScaleRotate` (its scale limits are factors less one), by `cv2.warpAffine` of OpenCV 5; rounded to nearest.";
    type Params = Params;

    fn read(fields: &mut Fields<'_>) -> Self {
        let around = |middle: f64, far: f64| Some(Interval::new(middle - far, middle + far));
        Self {
            x: fields.interval("x", around(0.0, 0.0625), (-1.0, 1.0), About("fraction of the width", "above 0 moves right")),
            y: fields.interval("y", around(0.0, 0.0625), (-1.0, 1.0), About("fraction of the height", "above 0 moves down")),
            scale: fields.interval(
                "scale",
                Some(Interval::new(0.9, 1.1)),
                (0.01, 100.0),
                About("factor", "above 1 enlarges, below 1 shrinks"),
            ),
            degrees: fields.interval(
                "degrees",
                around(0.0, 45.0),
                (-360.0, 360.0),
                About("degrees", "counter-clockwise as seen"),
            ),
            resampling: Resampling::read(fields),
        }
    }

    fn is_fixed(&self) -> bool {
        [self.x, self.y, self.scale, self.degrees].into_iter().all(Interval::is_fixed)
    }

    fn sample(&self, rng: &mut Rng, _input: Size) -> Params {
        Params {
            x: self.x.draw(rng),
            y: self.y.draw(rng),
            scale: self.scale.draw(rng),
            degrees: self.degrees.draw(rng),
            resampling: self.resampling,
        }
    }

    fn lower(params: &Params, input: Size, lowered: &mut Vec<Lowered>) {
        let Params { x, y, scale, degrees, resampling } = *params;
        Pose { x, y, scale, scale_y: scale, degrees, ..Pose::default() }.warp(input, resampling, lowered);
    }
}

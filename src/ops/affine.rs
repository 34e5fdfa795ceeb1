//! Scales, shears, turns and moves the picture in one resampling; the canvas keeps its size.

use super::pose::Pose;
use super::{Lowered, Resampling, Transform};
use crate::image::Size;
use crate::rng::Rng;
use crate::spec::fields::{About, Fields, Interval};
use serde::{Deserialize, Serialize};

/// Scales, shears, turns and moves the picture in one resampling; the canvas keeps its size.
#[derive(Clone, Debug)]
pub struct Affine {
    degrees: Interval,
    scale: Interval,
    x: Interval,
    y: Interval,
    shear_x: Interval,
    shear_y: Interval,
    resampling: Resampling,
}

/// What one `affine` drew.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Params {
    degrees: f64,
    scale: f64,
    x: f64,
    y: f64,
    shear_x: f64,
    shear_y: f64,
    #[serde(flatten)]
    resampling: Resampling,
}

impl Transform for Affine {
    const NAME: &'static str = "affine";
    const SUMMARY: &'static str = "Scales, shears, turns and moves the picture in one resampling; the canvas keeps its size.";
    const EXAMPLE: &'static str = r#"{"op": "affine", "degrees": [-10, 10], "scale": [0.9, 1.1], "x": [-0.05, 0.05]}"#;
    type Params = Params;

    fn read(fields: &mut Fields<'_>) -> Self {
        Self {
            degrees: fields.interval(
                "degrees",
                Some(Interval::new(0.0, 0.0)),
                (-360.0, 360.0),
                About("degrees", "counter-clockwise as seen"),
            ),
            scale: fields.interval(
                "scale",
                Some(Interval::new(1.0, 1.0)),
                (0.01, 100.0),
                About("factor", "above 1 enlarges, below 1 shrinks"),
            ),
            x: fields.interval(
                "x",
                Some(Interval::new(0.0, 0.0)),
                (-1.0, 1.0),
                About("fraction of the width", "above 0 moves right"),
            ),
            y: fields.interval(
                "y",
                Some(Interval::new(0.0, 0.0)),
                (-1.0, 1.0),
                About("fraction of the height", "above 0 moves down"),
            ),
            shear_x: fields.interval(
                "shear_x",
                Some(Interval::new(0.0, 0.0)),
                (-80.0, 80.0),
                About("degrees", "slant of vertical lines"),
            ),
            shear_y: fields.interval(
                "shear_y",
                Some(Interval::new(0.0, 0.0)),
                (-80.0, 80.0),
                About("degrees", "slant of horizontal lines"),
            ),
            resampling: Resampling::read(fields),
        }
    }

    fn is_fixed(&self) -> bool {
        self.degrees.is_fixed()
            && self.scale.is_fixed()
            && self.x.is_fixed()
            && self.y.is_fixed()
            && self.shear_x.is_fixed()
            && self.shear_y.is_fixed()
    }

    fn sample(&self, rng: &mut Rng, _input: Size) -> Params {
        Params {
            degrees: rng.uniform(self.degrees.low, self.degrees.high),
            scale: rng.uniform(self.scale.low, self.scale.high),
            x: rng.uniform(self.x.low, self.x.high),
            y: rng.uniform(self.y.low, self.y.high),
            shear_x: rng.uniform(self.shear_x.low, self.shear_x.high),
            shear_y: rng.uniform(self.shear_y.low, self.shear_y.high),
            resampling: self.resampling,
        }
    }

    fn lower(params: &Params, input: Size, lowered: &mut Vec<Lowered>) {
        Pose {
            degrees: params.degrees,
            scale: params.scale,
            x: params.x,
            y: params.y,
            shear_x: params.shear_x,
            shear_y: params.shear_y,
        }
        .warp(input, params.resampling, lowered);
    }
}

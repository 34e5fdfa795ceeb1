//! Moves the picture; the canvas stays.

use super::pose::Pose;
use super::{Lowered, Resampling, Transform};
use crate::image::Size;
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
    type Params = Params;

    fn read(fields: &mut Fields<'_>) -> Self {
        Self {
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
            resampling: Resampling::read(fields),
        }
    }

    fn is_fixed(&self) -> bool {
        self.x.is_fixed() && self.y.is_fixed()
    }

    fn sample(&self, rng: &mut Rng, _input: Size) -> Params {
        Params { x: rng.uniform(self.x.low, self.x.high), y: rng.uniform(self.y.low, self.y.high), resampling: self.resampling }
    }

    fn lower(params: &Params, input: Size, lowered: &mut Vec<Lowered>) {
        Pose { x: params.x, y: params.y, ..Pose::default() }.warp(input, params.resampling, lowered);
    }
}

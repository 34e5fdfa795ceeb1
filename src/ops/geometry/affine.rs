//! Scales, shears, turns and moves the picture in one resampling; the canvas keeps its size.

use super::pose::{AS_IT_IS, Pose};
use crate::image::Size;
use crate::ops::{Lowered, Resampling, Transform};
use crate::rng::Rng;
use crate::spec::fields::{About, Fields, Interval};
use serde::{Deserialize, Serialize};

/// Scales, shears, turns and moves the picture in one resampling; the canvas keeps its size.
#[derive(Clone, Debug)]
pub struct Affine {
    degrees: Interval,
    scale: Interval,
    /// As the width's, and drawn with it, if it is not there.
    scale_y: Option<Interval>,
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
    #[serde(default, skip_serializing_if = "Option::is_none")]
    scale_y: Option<f64>,
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
    const REFERENCE: &'static str = "`cv2.warpAffine` of OpenCV 5, the matrix composed as shift . turn . shear x . shear y . scale about the centre; rounded to nearest.";
    type Params = Params;

    fn read(fields: &mut Fields<'_>) -> Self {
        let degrees = fields.interval("degrees", AS_IT_IS, (-360.0, 360.0), About("degrees", "counter-clockwise as seen"));
        let about = About("factor", "above 1 enlarges, below 1 shrinks");
        let scale = fields.interval("scale", Some(Interval::at(1.0)), (0.01, 100.0), about);
        let about = About("factor", "of the height alone; `scale` is then the width's");
        let scale_y = fields.optional_interval("scale_y", (0.01, 100.0), about);
        fields.keep_untraced("scale_y");
        Self {
            degrees,
            scale,
            scale_y,
            x: fields.interval("x", AS_IT_IS, (-1.0, 1.0), About("fraction of the width", "above 0 moves right")),
            y: fields.interval("y", AS_IT_IS, (-1.0, 1.0), About("fraction of the height", "above 0 moves down")),
            shear_x: fields.interval("shear_x", AS_IT_IS, (-80.0, 80.0), About("degrees", "slant of vertical lines")),
            shear_y: fields.interval("shear_y", AS_IT_IS, (-80.0, 80.0), About("degrees", "slant of horizontal lines")),
            resampling: Resampling::read(fields),
        }
    }

    fn is_fixed(&self) -> bool {
        self.degrees.is_fixed()
            && self.scale.is_fixed()
            && self.scale_y.is_none_or(Interval::is_fixed)
            && self.x.is_fixed()
            && self.y.is_fixed()
            && self.shear_x.is_fixed()
            && self.shear_y.is_fixed()
    }

    fn sample(&self, rng: &mut Rng, _input: Size) -> Params {
        Params {
            degrees: self.degrees.draw(rng),
            scale: self.scale.draw(rng),
            scale_y: self.scale_y.map(|scale| scale.draw(rng)),
            x: self.x.draw(rng),
            y: self.y.draw(rng),
            shear_x: self.shear_x.draw(rng),
            shear_y: self.shear_y.draw(rng),
            resampling: self.resampling,
        }
    }

    fn lower(params: &Params, input: Size, lowered: &mut Vec<Lowered>) {
        Pose {
            degrees: params.degrees,
            scale: params.scale,
            scale_y: params.scale_y.unwrap_or(params.scale),
            x: params.x,
            y: params.y,
            shear_x: params.shear_x,
            shear_y: params.shear_y,
            ..Pose::default()
        }
        .warp(input, params.resampling, lowered);
    }
}

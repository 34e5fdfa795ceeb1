//! Slants the picture, first along y, then along x; the canvas keeps its size.

use super::pose::{AS_IT_IS, Pose, Still};
use crate::image::Size;
use crate::ops::{Lowered, Resampling, Transform};
use crate::rng::Rng;
use crate::spec::fields::{About, Choice, Fields, Interval};
use serde::{Deserialize, Serialize};

/// Slants the picture, first along y, then along x; the canvas keeps its size.
#[derive(Clone, Debug)]
pub struct Shear {
    x: Interval,
    y: Interval,
    about: Still,
    resampling: Resampling,
}

/// What one `shear` drew.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Params {
    x: f64,
    y: f64,
    #[serde(default, skip_serializing_if = "Still::is_center")]
    about: Still,
    #[serde(flatten)]
    resampling: Resampling,
}

impl Transform for Shear {
    const NAME: &'static str = "shear";
    const SUMMARY: &'static str = "Slants the picture, first along y, then along x; the canvas keeps its size.";
    const EXAMPLE: &'static str = r#"{"op": "shear", "x": [-10, 10], "p": 0.5}"#;
    const REFERENCE: &'static str = "`cv2.warpAffine` of OpenCV 5 about ((w-1)/2, (h-1)/2); fixed point, rounded to nearest.";
    type Params = Params;

    fn read(fields: &mut Fields<'_>) -> Self {
        let x = About("degrees", "slant of vertical lines: above 0 moves what is below the centre right");
        let x = fields.interval("x", AS_IT_IS, (-80.0, 80.0), x);
        let y = About("degrees", "slant of horizontal lines: above 0 moves what is right of the centre down");
        let y = fields.interval("y", AS_IT_IS, (-80.0, 80.0), y);
        let text =
            "what stays: `top_left` is the first pixel, as in Keras's RandomShear, `corner` its outer corner, as in policies";
        let about = fields.choice("about", Still::Center, About("", text));
        fields.keep_untraced("about");
        Self { x, y, about, resampling: Resampling::read(fields) }
    }

    fn is_fixed(&self) -> bool {
        self.x.is_fixed() && self.y.is_fixed()
    }

    fn sample(&self, rng: &mut Rng, _input: Size) -> Params {
        Params { x: self.x.draw(rng), y: self.y.draw(rng), about: self.about, resampling: self.resampling }
    }

    fn lower(params: &Params, input: Size, lowered: &mut Vec<Lowered>) {
        Pose { shear_x: params.x, shear_y: params.y, still: params.about, ..Pose::default() }.warp(
            input,
            params.resampling,
            lowered,
        );
    }
}

impl Choice for Still {
    const ALL: &'static [(&'static str, Self)] =
        &[("center", Self::Center), ("top_left", Self::TopLeft), ("corner", Self::Corner)];
}

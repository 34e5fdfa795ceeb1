//! Slants the picture about its centre, first along y, then along x; the canvas keeps its size.

use super::pose::{AS_IT_IS, Pose};
use crate::image::Size;
use crate::ops::{Lowered, Resampling, Transform};
use crate::rng::Rng;
use crate::spec::fields::{About, Choice, Fields, Interval};
use serde::{Deserialize, Serialize};

/// Slants the picture about its centre, first along y, then along x; the canvas keeps its size.
#[derive(Clone, Debug)]
pub struct Shear {
    x: Interval,
    y: Interval,
    about: Fixed,
    resampling: Resampling,
}

/// The pixel that stays where it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Fixed {
    /// The centre of the picture.
    #[default]
    Center,
    /// The first of the first row.
    TopLeft,
}

impl Choice for Fixed {
    const ALL: &'static [(&'static str, Self)] = &[("center", Self::Center), ("top_left", Self::TopLeft)];
}

impl Fixed {
    fn is_center(&self) -> bool {
        *self == Self::Center
    }
}

/// What one `shear` drew.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Params {
    x: f64,
    y: f64,
    #[serde(default, skip_serializing_if = "Fixed::is_center")]
    about: Fixed,
    #[serde(flatten)]
    resampling: Resampling,
}

impl Transform for Shear {
    const NAME: &'static str = "shear";
    const SUMMARY: &'static str = "Slants the picture about its centre, first along y, then along x; the canvas keeps its size.";
    const EXAMPLE: &'static str = r#"{"op": "shear", "x": [-10, 10], "p": 0.5}"#;
    const REFERENCE: &'static str = "`cv2.warpAffine` of OpenCV 5 about ((w-1)/2, (h-1)/2); fixed point, rounded to nearest.";
    type Params = Params;

    fn read(fields: &mut Fields<'_>) -> Self {
        let x = About("degrees", "slant of vertical lines: above 0 moves what is below the centre right");
        let x = fields.interval("x", AS_IT_IS, (-80.0, 80.0), x);
        let y = About("degrees", "slant of horizontal lines: above 0 moves what is right of the centre down");
        let y = fields.interval("y", AS_IT_IS, (-80.0, 80.0), y);
        let about = fields.choice("about", Fixed::Center, About("", "what stays; `top_left` as Keras's RandomShear"));
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
        let pose = Pose { shear_x: params.x, shear_y: params.y, ..Pose::default() };
        match params.about {
            Fixed::Center => pose.warp(input, params.resampling, lowered),
            Fixed::TopLeft => pose.warp_about((0.0, 0.0), input, params.resampling, lowered),
        }
    }
}

//! Looks through a lens that bends straight lines.

use crate::image::Size;
use crate::kernels::field::{Field, Radial};
use crate::ops::{Lowered, Resampling, Transform};
use crate::rng::Rng;
use crate::spec::fields::{About, Choice, Fields, Interval};
use serde::{Deserialize, Serialize};

/// Looks through a lens that bends straight lines.
#[derive(Clone, Debug)]
pub struct OpticalDistortion {
    distort: Interval,
    mode: Lens,
    resampling: Resampling,
}

/// What one `optical_distortion` drew.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Params {
    distort: f64,
    mode: Lens,
    #[serde(flatten)]
    resampling: Resampling,
}

/// How much lenses bend at which distance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Lens {
    /// By the square and the fourth power of the distance.
    Camera,
    /// By its square.
    Fisheye,
}

impl Choice for Lens {
    const ALL: &'static [(&'static str, Self)] =
        &[("camera", Self::Camera), ("fisheye", Self::Fisheye), ("barrel", Self::Camera)];
}

impl Transform for OpticalDistortion {
    const NAME: &'static str = "optical_distortion";
    const SUMMARY: &'static str = "Looks through a lens that bends straight lines.";
    const EXAMPLE: &'static str = r#"{"op": "optical_distortion", "distort": [-0.5, 0.5]}"#;
    const REFERENCE: &'static str = "Albumentations 2.0.8: `cv2.initUndistortRectifyMap` of OpenCV 5 with k1 = k2 = `distort` and the sides as focal lengths, about the centre (its own call moves the picture by half a pixel), or its fisheye; read as `cv2.remap`, rounded to nearest.";
    type Params = Params;

    fn read(fields: &mut Fields<'_>) -> Self {
        let distort = About("factor", "how far what is shown lies farther out: above 0 shrinks the rim, below 0 enlarges it");
        let mode = About("", "`camera` (or `barrel`): 1 + k r^2 + k r^4, r in sides; `fisheye`: 1 + k r^2, r 1 at the corners");
        Self {
            distort: fields.interval("distort", Some(Interval::new(-0.05, 0.05)), (-10.0, 10.0), distort),
            mode: fields.choice("mode", Lens::Camera, mode),
            resampling: Resampling::read(fields),
        }
    }

    fn is_fixed(&self) -> bool {
        self.distort.is_fixed()
    }

    fn sample(&self, rng: &mut Rng, _input: Size) -> Params {
        Params { distort: self.distort.draw(rng), mode: self.mode, resampling: self.resampling }
    }

    fn lower(params: &Params, input: Size, lowered: &mut Vec<Lowered>) {
        let radial = match params.mode {
            Lens::Camera => Radial::camera(input, params.distort, params.distort),
            Lens::Fisheye => Radial::fisheye(input, params.distort),
        };
        lowered.push(Lowered::Remap { field: Field::Radial(radial), size: input, resampling: params.resampling });
    }
}

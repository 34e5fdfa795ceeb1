//! Moves the picture; the canvas stays.

use super::pose::{AS_IT_IS, Pose};
use crate::image::Size;
use crate::ops::{Lowered, Resampling, Transform};
use crate::rng::Rng;
use crate::spec::fields::{About, Fields, Interval, Whole};
use serde::{Deserialize, Serialize};

/// Moves the picture; the canvas stays.
#[derive(Clone, Debug)]
pub struct Shift {
    x: Interval,
    y: Interval,
    pixels_x: Whole,
    pixels_y: Whole,
    whole: bool,
    resampling: Resampling,
}

/// What one `shift` drew.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Params {
    x: f64,
    y: f64,
    #[serde(default, skip_serializing_if = "is_none")]
    pixels_x: i64,
    #[serde(default, skip_serializing_if = "is_none")]
    pixels_y: i64,
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
        let x = fields.interval("x", AS_IT_IS, (-1.0, 1.0), About("fraction of the width", "above 0 moves right"));
        let y = fields.interval("y", AS_IT_IS, (-1.0, 1.0), About("fraction of the height", "above 0 moves down"));
        let mut pixels = |name, text| {
            let read = fields.whole(name, Some(Whole::at(0)), (-65_535, 65_535), About("pixels", text));
            fields.keep_untraced(name);
            read
        };
        let pixels_x = pixels("pixels_x", "added to what `x` says; above 0 moves right");
        let pixels_y = pixels("pixels_y", "added to what `y` says; above 0 moves down");
        let whole = fields.flag("whole", false, About("", "`x` and `y` are cut to whole pixels, so that pixels are copied"));
        fields.keep_untraced("whole");
        Self { x, y, pixels_x, pixels_y, whole, resampling: Resampling::read(fields) }
    }

    fn is_fixed(&self) -> bool {
        self.x.is_fixed() && self.y.is_fixed() && self.pixels_x.is_fixed() && self.pixels_y.is_fixed()
    }

    fn sample(&self, rng: &mut Rng, input: Size) -> Params {
        let (x, y) = (self.x.draw(rng), self.y.draw(rng));
        let [mut drawn_x, mut drawn_y] = [self.pixels_x.draw(rng), self.pixels_y.draw(rng)];
        if self.whole {
            drawn_x += cut(x * f64::from(input.width));
            drawn_y += cut(y * f64::from(input.height));
        }
        let [x, y] = if self.whole { [0.0; 2] } else { [x, y] };
        Params { x, y, pixels_x: drawn_x, pixels_y: drawn_y, resampling: self.resampling }
    }

    fn lower(params: &Params, input: Size, lowered: &mut Vec<Lowered>) {
        let pixels = [params.pixels_x as f64, params.pixels_y as f64];
        Pose { x: params.x, y: params.y, pixels, ..Pose::default() }.warp(input, params.resampling, lowered);
    }
}

/// Whether nothing is added: then nothing is said of it.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_none(pixels: &i64) -> bool {
    *pixels == 0
}

/// Whole pixels, towards zero; what lies below a whole number by rounding alone is that number.
fn cut(pixels: f64) -> i64 {
    (pixels + pixels.signum() * 1e-6) as i64
}

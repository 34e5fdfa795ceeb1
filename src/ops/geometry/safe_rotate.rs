//! Turns the picture and shrinks it, so that all of it stays on the canvas.

use super::pose::{cos_degrees, sin_degrees};
use crate::image::Size;
use crate::kernels::matrix::Matrix;
use crate::ops::{Lowered, Resampling, Transform};
use crate::rng::Rng;
use crate::spec::fields::{About, Fields, Interval};
use serde::{Deserialize, Serialize};

/// Turns the picture and shrinks it, so that all of it stays on the canvas.
#[derive(Clone, Debug)]
pub struct SafeRotate {
    degrees: Interval,
    resampling: Resampling,
}

/// What one `safe_rotate` drew.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Params {
    degrees: f64,
    #[serde(flatten)]
    resampling: Resampling,
}

impl Transform for SafeRotate {
    const NAME: &'static str = "safe_rotate";
    const SUMMARY: &'static str = "Turns the picture and shrinks it, so that all of it stays on the canvas.";
    const EXAMPLE: &'static str = r#"{"op": "safe_rotate", "degrees": [-45, 45], "fill_mode": "constant"}"#;
    const REFERENCE: &'static str = "Albumentations' `SafeRotate`, whose box is cut to whole pixels and brought to the canvas side by side; about the centre, where that one lies half a pixel off; `cv2.warpAffine` of OpenCV 5, rounded to nearest.";
    type Params = Params;

    fn read(fields: &mut Fields<'_>) -> Self {
        let about = About("degrees", "counter-clockwise as seen");
        Self {
            degrees: fields.interval("degrees", Some(Interval::new(-90.0, 90.0)), (-360.0, 360.0), about),
            resampling: Resampling::read(fields),
        }
    }

    fn is_fixed(&self) -> bool {
        self.degrees.is_fixed()
    }

    fn sample(&self, rng: &mut Rng, _input: Size) -> Params {
        Params { degrees: self.degrees.draw(rng), resampling: self.resampling }
    }

    fn lower(params: &Params, input: Size, lowered: &mut Vec<Lowered>) {
        lowered.push(Lowered::Warp { map: map(params.degrees, input), size: input, resampling: params.resampling });
    }
}

/// ```text
/// box = (floor(h |sin| + w |cos|), floor(h |cos| + w |sin|))
/// p' = c + diag(w / box.w, h / box.h) R (p - c)      R = [cos sin; -sin cos]   c = ((w-1)/2, (h-1)/2)
/// ```
/// This is the way back, from p' to p.
fn map(degrees: f64, input: Size) -> Matrix {
    let (sin, cos) = (sin_degrees(degrees), cos_degrees(degrees));
    let (w, h) = (f64::from(input.width), f64::from(input.height));
    let across = (h * sin.abs() + w * cos.abs()).floor().max(1.0) / w;
    let down = (h * cos.abs() + w * sin.abs()).floor().max(1.0) / h;
    Matrix::about((w - 1.0) / 2.0, (h - 1.0) / 2.0, [cos * across, -sin * down, sin * across, cos * down])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_turn_nothing_changes_and_a_quarter_fills_the_canvas() {
        assert_eq!(map(0.0, Size::new(7, 4)), Matrix::IDENTITY);
        let quarter = map(90.0, Size::new(8, 4));
        // Corners, in continuous coordinates, are corners again.
        let (x, y) = quarter.map(-0.5, -0.5);
        assert_eq!((x, y), (7.5, -0.5));
    }
}

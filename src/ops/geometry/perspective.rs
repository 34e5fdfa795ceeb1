//! Looks at the picture from another side: four points inside become its corners.

use crate::image::Size;
use crate::kernels::field::{Field, Projective};
use crate::kernels::random::Noise;
use crate::ops::{Lowered, Resampling, Transform};
use crate::rng::Rng;
use crate::spec::fields::{About, Fields, Interval};
use serde::{Deserialize, Serialize};

/// Looks at the picture from another side: four points near its corners become them, or are what its corners become.
#[derive(Clone, Debug)]
pub struct Perspective {
    scale: Interval,
    fit_output: bool,
    resampling: Resampling,
}

/// What one `perspective` drew.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Params {
    /// Upper left, upper right, lower right, lower left, as fractions of the sides.
    corners: [[f64; 2]; 4],
    fit_output: bool,
    #[serde(flatten)]
    resampling: Resampling,
}

/// No point lies farther from its corner, so that the four never change places; Albumentations' limit.
const FARTHEST: f64 = 0.32;

impl Transform for Perspective {
    const NAME: &'static str = "perspective";
    const SUMMARY: &'static str = "Looks at the picture from another side: points near its corners become the corners.";
    const EXAMPLE: &'static str = r#"{"op": "perspective", "scale": [0.05, 0.15]}"#;
    const REFERENCE: &'static str = "`cv2.getPerspectiveTransform` and `cv2.warpPerspective` of OpenCV 5, rounded to nearest; points as Albumentations 2.0.8 draws them, but brought to the corners of the canvas, where its `keep_size` enlarges a second time and cuts off right and below.";
    type Params = Params;

    fn read(fields: &mut Fields<'_>) -> Self {
        let about = About("fraction of the sides", "standard deviation of the way from each corner to its point");
        let scale = fields.interval("scale", Some(Interval::new(0.05, 0.1)), (0.0, 1.0), about);
        if !fields.flag("keep_size", true, About("", "the result has the picture's size; nothing else is offered")) {
            fields.complain("keep_size", "false is not offered, since all rows have one size (leave it out)");
        }
        let about = About("", "shows the whole picture, shrunk, and not what lies between the points, enlarged");
        Self { scale, fit_output: fields.flag("fit_output", false, about), resampling: Resampling::read(fields) }
    }

    fn is_fixed(&self) -> bool {
        false
    }

    fn sample(&self, rng: &mut Rng, _input: Size) -> Params {
        let scale = self.scale.draw(rng);
        let noise = Noise::new(rng.bits());
        let away = |i| (scale * noise.normal(i)).abs() % FARTHEST;
        let corners = std::array::from_fn(|i| {
            let (x, y) = (away(2 * i as u64), away(2 * i as u64 + 1));
            [if i == 1 || i == 2 { 1.0 - x } else { x }, if i >= 2 { 1.0 - y } else { y }]
        });
        Params { corners, fit_output: self.fit_output, resampling: self.resampling }
    }

    fn lower(params: &Params, input: Size, lowered: &mut Vec<Lowered>) {
        let (w, h) = (f64::from(input.width), f64::from(input.height));
        let sides = [[0.0, 0.0], [w, 0.0], [w, h], [0.0, h]];
        let points = params.corners.map(|[x, y]| [x * w, y * h]);
        let map = if params.fit_output {
            Projective::through(fitted(&Projective::through(points, sides), sides, (w, h)), sides)
        } else {
            Projective::through(sides, points)
        };
        lowered.push(Lowered::Remap { field: Field::Projective(map), size: input, resampling: params.resampling });
    }
}

/// Where `map` brings `corners`, moved and stretched so that they just fit a canvas.
fn fitted(map: &Projective, corners: [[f64; 2]; 4], (w, h): (f64, f64)) -> [[f64; 2]; 4] {
    let seen = corners.map(|[x, y]| map.at(x, y));
    let ends = |of: fn(&(f64, f64)) -> f64| {
        let all = seen.iter().map(of);
        (all.clone().fold(f64::INFINITY, f64::min), all.fold(f64::NEG_INFINITY, f64::max))
    };
    let ((left, right), (top, bottom)) = (ends(|p| p.0), ends(|p| p.1));
    seen.map(|(x, y)| [(x - left) / (right - left) * w, (y - top) / (bottom - top) * h])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fitted_picture_touches_all_four_sides() {
        let points = [[10.0, 5.0], [80.0, 15.0], [90.0, 50.0], [20.0, 55.0]];
        let sides = [[0.0, 0.0], [100.0, 0.0], [100.0, 60.0], [0.0, 60.0]];
        let seen = fitted(&Projective::through(points, sides), sides, (100.0, 60.0));
        for (axis, side) in [(0, 100.0), (1, 60.0)] {
            let ends = seen.iter().fold((side, 0.0), |(low, high): (f64, f64), p| (low.min(p[axis]), high.max(p[axis])));
            assert!(ends.0.abs() < 1e-9 && (ends.1 - side).abs() < 1e-9, "{seen:?}");
        }
    }
}

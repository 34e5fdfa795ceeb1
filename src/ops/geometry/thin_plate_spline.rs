//! Bends the picture like a thin plate that is pushed at some points.

use crate::image::Size;
use crate::kernels::field::{Field, Spline};
use crate::kernels::random::Noise;
use crate::ops::{Lowered, Resampling, Transform};
use crate::rng::Rng;
use crate::spec::fields::{About, Fields, Interval};
use serde::{Deserialize, Serialize};

/// Bends the picture like a thin plate that is pushed at some points.
#[derive(Clone, Debug)]
pub struct ThinPlateSpline {
    scale: Interval,
    control_points: u64,
    resampling: Resampling,
}

/// What one `thin_plate_spline` drew.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Params {
    control_points: usize,
    /// How far to the right and down each point is read, row by row, as fractions of the sides.
    moves: Vec<[f64; 2]>,
    #[serde(flatten)]
    resampling: Resampling,
}

impl Transform for ThinPlateSpline {
    const NAME: &'static str = "thin_plate_spline";
    const SUMMARY: &'static str = "Bends the picture like a thin plate that is pushed at some points.";
    const EXAMPLE: &'static str = r#"{"op": "thin_plate_spline", "scale": [0.2, 0.5]}"#;
    const REFERENCE: &'static str = "`scipy.interpolate.RBFInterpolator(kernel=\"thin_plate_spline\", degree=1)`, rounded to nearest; points moved as Albumentations 2.0.8 draws them, whose own spline misses them (it solves for another kernel than it evaluates).";
    type Params = Params;

    fn read(fields: &mut Fields<'_>) -> Self {
        let scale = About("tenths of the sides", "standard deviation of how far each point moves");
        let points = About("points", "in a row, and rows; 2 gives the corners and the centre");
        Self {
            scale: fields.interval("scale", Some(Interval::new(0.2, 0.4)), (0.0, 10.0), scale),
            control_points: fields.integer("control_points", Some(4), (2, 10), points),
            resampling: Resampling::read(fields),
        }
    }

    fn is_fixed(&self) -> bool {
        false
    }

    fn sample(&self, rng: &mut Rng, _input: Size) -> Params {
        let deviation = self.scale.draw(rng) / 10.0;
        let noise = Noise::new(rng.bits());
        let control_points = self.control_points as usize;
        let count = places(control_points).len() as u64;
        let moves = (0..count).map(|i| [2 * i, 2 * i + 1].map(|i| deviation * noise.normal(i))).collect();
        Params { control_points, moves, resampling: self.resampling }
    }

    fn lower(params: &Params, input: Size, lowered: &mut Vec<Lowered>) {
        let from = places(params.control_points);
        let moved = |(n, [x, y]): (usize, &[f64; 2])| {
            let [dx, dy] = params.moves.get(n).copied().unwrap_or_default();
            [x + dx, y + dy]
        };
        let to: Vec<[f64; 2]> = from.iter().enumerate().map(moved).collect();
        let field = Field::Spline(Spline::through(&from, &to));
        lowered.push(Lowered::Remap { field, size: input, resampling: params.resampling });
    }
}

/// Where the points lie, as fractions of the sides.
fn places(control_points: usize) -> Vec<[f64; 2]> {
    let count = control_points.max(2);
    let at = |i: usize| i as f64 / (count - 1) as f64;
    let mut places: Vec<[f64; 2]> = (0..count * count).map(|n| [at(n % count), at(n / count)]).collect();
    if count == 2 {
        places.push([0.5, 0.5]);
    }
    places
}

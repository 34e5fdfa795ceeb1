//! The affine pose that rotate, zoom, shift, shear and affine share.

use crate::image::Size;
use crate::kernels::matrix::Matrix;
use crate::ops::{Lowered, Resampling};
use crate::spec::fields::Interval;
use serde::{Deserialize, Serialize};

/// The default of what turns, shears or moves.
pub(super) const AS_IT_IS: Option<Interval> = Some(Interval::at(0.0));

/// The point that turning, shearing and scaling leave where it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Still {
    /// The middle of the picture.
    #[default]
    Center,
    /// The first pixel of the first row.
    TopLeft,
    /// The outer corner of that pixel.
    Corner,
}

impl Still {
    /// Whether it is the centre.
    pub(super) fn is_center(&self) -> bool {
        *self == Self::Center
    }
}

/// How a picture is turned, scaled, sheared and moved; the default leaves it alone.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Pose {
    /// Counter-clockwise as seen.
    pub(super) degrees: f64,
    /// Above 1 enlarges the width.
    pub(super) scale: f64,
    /// Above 1 enlarges the height.
    pub(super) scale_y: f64,
    /// To the right, as a fraction of the width.
    pub(super) x: f64,
    /// Down, as a fraction of the height.
    pub(super) y: f64,
    /// Added to both, to the right and down, in pixels.
    pub(super) pixels: [f64; 2],
    /// Along x, in degrees.
    pub(super) shear_x: f64,
    /// Along y, in degrees.
    pub(super) shear_y: f64,
    /// About which point.
    pub(super) still: Still,
}

impl Default for Pose {
    fn default() -> Self {
        let (pixels, still) = ([0.0; 2], Still::Center);
        Self { degrees: 0.0, scale: 1.0, scale_y: 1.0, x: 0.0, y: 0.0, pixels, shear_x: 0.0, shear_y: 0.0, still }
    }
}

impl Pose {
    /// Adds the warp that shows the picture in this pose.
    ///
    /// ```text
    /// p' = t + c + R . X . Y . S (p - c)      c = ((w-1)/2, (h-1)/2), or as `still` says
    /// R = [cos a  sin a; -sin a  cos a]  X = [1 tan b; 0 1]  Y = [1 0; tan d 1]  S = [s 0; 0 s_y]
    /// ```
    /// X and Y have determinant 1, so that the map can always be turned round.
    pub(super) fn warp(&self, input: Size, resampling: Resampling, lowered: &mut Vec<Lowered>) {
        let (sin, cos) = (sin_degrees(self.degrees), cos_degrees(self.degrees));
        let (tx, ty) = (tan_degrees(self.shear_x), tan_degrees(self.shear_y));
        // S^-1 . Y^-1 . X^-1 . R^-1
        let inverse_shear = [1.0, -tx, -ty, 1.0 + tx * ty];
        let [a, b, d, e] = inverse_shear;
        let linear = [
            (a * cos + b * sin) / self.scale,
            (-a * sin + b * cos) / self.scale,
            (d * cos + e * sin) / self.scale_y,
            (-d * sin + e * cos) / self.scale_y,
        ];
        let (w, h) = (f64::from(input.width), f64::from(input.height));
        let (x, y) = match self.still {
            Still::Center => ((w - 1.0) / 2.0, (h - 1.0) / 2.0),
            Still::TopLeft => (0.0, 0.0),
            Still::Corner => (-0.5, -0.5),
        };
        let turn = Matrix::about(x, y, linear);
        let map = turn.after(&Matrix::translation(-self.x * w - self.pixels[0], -self.y * h - self.pixels[1]));
        lowered.push(Lowered::Warp { map, size: input, resampling });
    }
}

/// Sine of an angle in degrees, exact at quarter turns.
pub(super) fn sin_degrees(degrees: f64) -> f64 {
    let turn = degrees.rem_euclid(360.0);
    match turn {
        0.0 | 180.0 => 0.0,
        90.0 => 1.0,
        270.0 => -1.0,
        _ => libm::sin(turn * std::f64::consts::PI / 180.0),
    }
}

/// Cosine of an angle in degrees, exact at quarter turns.
pub(super) fn cos_degrees(degrees: f64) -> f64 {
    sin_degrees(degrees + 90.0)
}

fn tan_degrees(degrees: f64) -> f64 {
    libm::tan(degrees * std::f64::consts::PI / 180.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::{Border, FillMode, Interpolation};

    fn map(pose: Pose) -> Matrix {
        let border = Border { fill_mode: FillMode::Nearest, fill_value: [0; 3] };
        let mut lowered = Vec::new();
        pose.warp(Size::new(5, 5), Resampling { interpolation: Interpolation::Bilinear, border }, &mut lowered);
        let [Lowered::Warp { map, .. }] = lowered[..] else { panic!("a pose is one warp") };
        map
    }

    #[test]
    fn the_default_pose_changes_nothing() {
        assert_eq!(map(Pose::default()), Matrix::IDENTITY);
    }

    #[test]
    fn positive_degrees_turn_counter_clockwise_as_seen() {
        // The middle of the top row shows what stood in the middle of the right column.
        assert_eq!(map(Pose { degrees: 90.0, ..Pose::default() }).map(2.0, 0.0), (4.0, 2.0));
    }

    #[test]
    fn a_shift_moves_the_picture_right_and_down() {
        assert_eq!(map(Pose { x: 0.2, y: 0.4, ..Pose::default() }).map(1.0, 2.0), (0.0, 0.0));
    }

    #[test]
    fn scale_above_one_enlarges() {
        assert_eq!(map(Pose { scale: 2.0, scale_y: 2.0, ..Pose::default() }).map(0.0, 4.0), (1.0, 3.0));
        assert_eq!(map(Pose { scale_y: 2.0, ..Pose::default() }).map(0.0, 4.0), (0.0, 3.0));
    }
}

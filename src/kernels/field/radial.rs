//! Radial distortion: each point moves towards a centre, or away from it.

use crate::image::Size;

/// `source = c + d (1 + k1 q + k2 q^2)`, `d = (x, y) - c`, `q = ax dx^2 + ay dy^2`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Radial {
    /// Where nothing moves.
    pub centre: (f64, f64),
    /// What squared distances along x and y are multiplied with.
    pub scale: (f64, f64),
    /// How much of `q` and of its square is added.
    pub k: (f64, f64),
}

impl Radial {
    /// A lens before a camera whose focal lengths are the sides of the picture, and whose axis meets it at
    /// (w/2, h/2): OpenCV's `initUndistortRectifyMap` with `k1` and `k2`.
    pub fn camera(size: Size, k1: f64, k2: f64) -> Self {
        let (w, h) = (f64::from(size.width), f64::from(size.height));
        Self { centre: (w / 2.0, h / 2.0), scale: (1.0 / (w * w), 1.0 / (h * h)), k: (k1, k2) }
    }

    /// `q` is the squared distance as a part of that of the corners: Albumentations' `fisheye`.
    pub fn fisheye(size: Size, k: f64) -> Self {
        let (x, y) = (f64::from(size.width) / 2.0, f64::from(size.height) / 2.0);
        let scale = 1.0 / (x * x + y * y);
        Self { centre: (x, y), scale: (scale, scale), k: (k, 0.0) }
    }

    pub(super) fn row(&self, y: u32, xs: &mut [f64], ys: &mut [f64]) {
        let ((cx, cy), (ax, ay), (k1, k2)) = (self.centre, self.scale, self.k);
        let dy = f64::from(y) - cy;
        let down = ay * dy * dy;
        for (n, (xs, ys)) in xs.iter_mut().zip(ys).enumerate() {
            let dx = f64::from(n as i32) - cx;
            let q = ax * dx * dx + down;
            let factor = 1.0 + (k1 + k2 * q) * q;
            (*xs, *ys) = (cx + dx * factor, cy + dy * factor);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_centre_stays_and_the_rest_moves_by_its_distance() {
        let radial = Radial::camera(Size::new(4, 2), 0.5, 0.25);
        let (mut xs, mut ys) = ([0.0; 4], [0.0; 4]);
        radial.row(1, &mut xs, &mut ys);
        // q = 1/4 at x = 0: 1 + 0.125 + 0.25 / 16.
        assert_eq!(
            xs,
            [2.0 - 2.0 * 1.140625, 2.0 - (1.0 + 0.5 / 16.0 + 0.25 / 256.0), 2.0, 2.0 + 1.0 + 0.5 / 16.0 + 0.25 / 256.0]
        );
        assert_eq!(ys, [1.0; 4]);
    }
}

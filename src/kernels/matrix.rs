//! Affine maps of the plane.

/// A map from output pixel coordinates to source pixel coordinates; pixel centres lie at integers:
/// `source_x = m[0] * x + m[1] * y + m[2]`, `source_y = m[3] * x + m[4] * y + m[5]`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Matrix(pub [f64; 6]);

impl Matrix {
    /// The map that changes nothing.
    pub const IDENTITY: Self = Self([1.0, 0.0, 0.0, 0.0, 1.0, 0.0]);

    /// The map that reads `dx` to the right of and `dy` below each pixel.
    pub const fn translation(dx: f64, dy: f64) -> Self {
        Self([1.0, 0.0, dx, 0.0, 1.0, dy])
    }

    /// `self` after `inner`: first `inner` maps a point, then `self`.
    #[must_use]
    pub fn after(&self, inner: &Self) -> Self {
        let ([a, b, c, d, e, f], [p, q, r, s, t, u]) = (self.0, inner.0);
        Self([a * p + b * s, a * q + b * t, a * r + b * u + c, d * p + e * s, d * q + e * t, d * r + e * u + f])
    }

    /// `linear` (a, b, d, e) about the point (`x`, `y`), which stays where it is.
    #[must_use]
    pub fn about(x: f64, y: f64, [a, b, d, e]: [f64; 4]) -> Self {
        Self([a, b, x - a * x - b * y, d, e, y - d * x - e * y])
    }

    /// Where the output point (`x`, `y`) is read from.
    pub fn map(&self, x: f64, y: f64) -> (f64, f64) {
        let m = &self.0;
        (m[0] * x + m[1] * y + m[2], m[3] * x + m[4] * y + m[5])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_map_about_a_point_keeps_the_point() {
        let turn = Matrix::about(3.0, 5.0, [0.0, -1.0, 1.0, 0.0]);
        assert_eq!(turn.map(3.0, 5.0), (3.0, 5.0));
        assert_eq!(turn.map(4.0, 5.0), (3.0, 6.0));
    }

    #[test]
    fn after_applies_the_inner_map_first() {
        let scale = Matrix::about(0.0, 0.0, [2.0, 0.0, 0.0, 2.0]);
        assert_eq!(scale.after(&Matrix::translation(1.0, 2.0)).map(0.0, 0.0), (2.0, 4.0));
        assert_eq!(Matrix::translation(1.0, 2.0).after(&scale).map(0.0, 0.0), (1.0, 2.0));
    }
}

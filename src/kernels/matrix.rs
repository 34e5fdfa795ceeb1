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

    /// How much larger an area of the source is than that of the output which shows it; below 0 if it is mirrored.
    pub fn determinant(&self) -> f64 {
        let [a, b, _, d, e, _] = self.0;
        a * e - b * d
    }

    /// From source to output coordinates; `None` if the output shows no more than a line.
    pub fn inverse(&self) -> Option<Self> {
        let ([a, b, c, d, e, f], whole) = (self.0, self.determinant());
        let [p, q, s, t] = [e / whole, -b / whole, -d / whole, a / whole];
        let inverse = [p, q, -(p * c + q * f), s, t, -(s * c + t * f)];
        inverse.iter().all(|entry| entry.is_finite()).then_some(Self(inverse))
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
    fn the_inverse_leads_back() {
        let map = Matrix([2.0, 1.0, 3.0, 0.0, -4.0, 5.0]);
        assert_eq!(map.determinant(), -8.0);
        assert_eq!(map.inverse().unwrap().map(11.0, -3.0), (3.0, 2.0));
        assert_eq!(map.map(3.0, 2.0), (11.0, -3.0));
        assert_eq!(Matrix([1.0, 2.0, 0.0, 2.0, 4.0, 0.0]).inverse(), None);
    }

    #[test]
    fn after_applies_the_inner_map_first() {
        let scale = Matrix::about(0.0, 0.0, [2.0, 0.0, 0.0, 2.0]);
        assert_eq!(scale.after(&Matrix::translation(1.0, 2.0)).map(0.0, 0.0), (2.0, 4.0));
        assert_eq!(Matrix::translation(1.0, 2.0).after(&scale).map(0.0, 0.0), (1.0, 2.0));
    }
}

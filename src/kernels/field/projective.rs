//! Projective maps: straight lines stay straight, parallels may meet.

use super::solve::solve;

/// `source = ((m0 x + m1 y + m2) / w, (m3 x + m4 y + m5) / w)`, `w = m6 x + m7 y + m8`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Projective(pub [f64; 9]);

impl Projective {
    /// The map that takes each of the four points `from` to that of `to`; as `cv2.getPerspectiveTransform`.
    ///
    /// No three of the points of `from` may lie on a line; the map is of no use then.
    pub fn through(from: [[f64; 2]; 4], to: [[f64; 2]; 4]) -> Self {
        let mut system = Vec::with_capacity(8);
        for ([x, y], [u, v]) in from.into_iter().zip(to) {
            system.push(vec![x, y, 1.0, 0.0, 0.0, 0.0, -x * u, -y * u, u]);
            system.push(vec![0.0, 0.0, 0.0, x, y, 1.0, -x * v, -y * v, v]);
        }
        solve(&mut system);
        let mut matrix = [1.0; 9];
        for (entry, row) in matrix.iter_mut().zip(&system) {
            *entry = row[8];
        }
        Self(matrix)
    }

    /// Where the point (`x`, `y`) goes.
    pub fn at(&self, x: f64, y: f64) -> (f64, f64) {
        let m = &self.0;
        let one = 1.0 / self.divisor(x, y);
        ((m[0] * x + m[1] * y + m[2]) * one, (m[3] * x + m[4] * y + m[5]) * one)
    }

    /// The way back, times the determinant: from source to output coordinates.
    #[must_use]
    pub fn adjugate(&self) -> Self {
        let [a, b, c, d, e, f, g, h, i] = self.0;
        Self([
            e * i - f * h,
            c * h - b * i,
            b * f - c * e,
            f * g - d * i,
            a * i - c * g,
            c * d - a * f,
            d * h - e * g,
            b * g - a * h,
            a * e - b * d,
        ])
    }

    /// The determinant of the matrix.
    pub fn determinant(&self) -> f64 {
        let [a, b, c, d, e, f, g, h, i] = self.0;
        a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g)
    }

    /// What (`x`, `y`) is divided by.
    pub fn divisor(&self, x: f64, y: f64) -> f64 {
        self.0[6] * x + self.0[7] * y + self.0[8]
    }

    pub(super) fn row(&self, y: u32, xs: &mut [f64], ys: &mut [f64]) {
        let [a, b, c, d, e, f, g, h, i] = self.0;
        let y = f64::from(y);
        let (c, f, i) = (b * y + c, e * y + f, h * y + i);
        for (n, (xs, ys)) in xs.iter_mut().zip(ys).enumerate() {
            let x = f64::from(n as i32);
            let one = 1.0 / (g * x + i);
            (*xs, *ys) = ((a * x + c) * one, (d * x + f) * one);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_points_go_where_they_should() {
        let from = [[0.0, 0.0], [8.0, 0.0], [8.0, 6.0], [0.0, 6.0]];
        let to = [[1.0, 0.5], [7.0, 1.0], [7.5, 5.0], [0.5, 5.5]];
        let map = Projective::through(from, to);
        for ([x, y], [u, v]) in from.into_iter().zip(to) {
            let (sx, sy) = map.at(x, y);
            assert!((sx - u).abs() < 1e-12 && (sy - v).abs() < 1e-12, "{sx} {sy}");
        }
        // Diagonals meet where they met.
        let (sx, sy) = map.at(4.0, 3.0);
        let side = |[x0, y0]: [f64; 2], [x1, y1]: [f64; 2]| (x1 - x0) * (sy - y0) - (y1 - y0) * (sx - x0);
        assert!(side(to[0], to[2]).abs() < 1e-9 && side(to[1], to[3]).abs() < 1e-9);
    }

    #[test]
    fn the_adjugate_leads_back() {
        let map = Projective([0.9, 0.1, 3.0, -0.05, 1.1, -2.0, 0.001, -0.002, 1.0]);
        let (x, y) = map.at(20.0, 7.0);
        let back = map.adjugate().at(x, y);
        assert!((back.0 - 20.0).abs() < 1e-9 && (back.1 - 7.0).abs() < 1e-9, "{back:?}");
        let undone = map.adjugate().divisor(x, y) * map.divisor(20.0, 7.0);
        assert!((undone - map.determinant()).abs() < 1e-12);
    }

    #[test]
    fn a_row_is_its_points() {
        let map = Projective([0.9, 0.1, 3.0, -0.05, 1.1, -2.0, 0.001, -0.002, 1.0]);
        let (mut xs, mut ys) = ([0.0; 40], [0.0; 40]);
        map.row(7, &mut xs, &mut ys);
        for n in 0..40 {
            let (x, y) = map.at(n as f64, 7.0);
            assert!((x - xs[n]).abs() < 1e-9 && (y - ys[n]).abs() < 1e-9);
        }
    }
}

//! Thin-plate splines: the smoothest map that moves some points where they should go.

use super::lattice::Lattice;
use super::solve::solve;
use crate::image::Size;

/// `source = a + B p + sum_i w_i U(|p - c_i|)`, `U(r) = r^2 ln r`, in fractions of the sides (Bookstein, "Principal
/// warps", 1989).
#[derive(Clone, Debug, PartialEq)]
pub struct Spline {
    centres: Vec<[f64; 2]>,
    /// One pair for each centre, and then those of 1, x and y.
    weights: Vec<[f64; 2]>,
}

/// A side of the picture has about as many nodes at which the spline is computed; between them lie straight lines.
const NODES: u32 = 64;
/// They lie no farther apart, in pixels.
const FARTHEST: u32 = 8;

impl Spline {
    /// The spline that takes each point of `from` to that of `to`; three of `from` or more, not on one line.
    pub fn through(from: &[[f64; 2]], to: &[[f64; 2]]) -> Self {
        let count = from.len();
        let mut system: Vec<Vec<f64>> = Vec::with_capacity(count + 3);
        for (p, q) in from.iter().zip(to) {
            let bends = from.iter().map(|c| bend(p, c));
            system.push(bends.chain([1.0, p[0], p[1], q[0], q[1]]).collect());
        }
        let side = |of: fn(&[f64; 2]) -> f64| from.iter().map(of).chain([0.0; 5]).collect();
        system.extend([side(|_| 1.0), side(|p| p[0]), side(|p| p[1])]);
        solve(&mut system);
        let weights = system.iter().map(|row| [row[count + 3], row[count + 4]]).collect();
        Self { centres: from.to_vec(), weights }
    }

    /// Where the point `p` goes.
    fn at(&self, p: [f64; 2]) -> [f64; 2] {
        let (bends, plane) = self.weights.split_at(self.centres.len());
        let mut sum = [0, 1].map(|c| plane[0][c] + plane[1][c] * p[0] + plane[2][c] * p[1]);
        for (centre, weight) in self.centres.iter().zip(bends) {
            let bend = bend(&p, centre);
            sum = [sum[0] + weight[0] * bend, sum[1] + weight[1] * bend];
        }
        sum
    }

    pub(super) fn prepare(&self, size: Size, lattice: &mut Lattice) {
        let step = (size.width.min(size.height) / NODES).clamp(1, FARTHEST) as usize;
        let (w, h) = (f64::from(size.width), f64::from(size.height));
        let (columns, rows) = (Lattice::nodes(size.width, step, 0), Lattice::nodes(size.height, step, 0));
        (lattice.step, lattice.phase, lattice.columns) = (step, 0, columns);
        lattice.moves.iter_mut().for_each(Vec::clear);
        for n in 0..columns * rows {
            let (x, y) = ((n % columns * step) as f64, (n / columns * step) as f64);
            let [u, v] = self.at([x / w, y / h]);
            lattice.moves[0].push((u * w - x) as f32);
            lattice.moves[1].push((v * h - y) as f32);
        }
    }
}

/// `r^2 ln r`.
fn bend(p: &[f64; 2], q: &[f64; 2]) -> f64 {
    let (dx, dy) = (p[0] - q[0], p[1] - q[1]);
    let square = dx * dx + dy * dy;
    if square > 0.0 { square * 0.5 * libm::log(square) } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example() -> (Vec<[f64; 2]>, Spline) {
        let from: Vec<[f64; 2]> = (0..16).map(|n| [f64::from(n % 4) / 3.0, f64::from(n / 4) / 3.0]).collect();
        let mut rng = crate::rng::Key::new(3).rng();
        let to: Vec<[f64; 2]> = from.iter().map(|p| p.map(|c| c + rng.uniform(-0.05, 0.05))).collect();
        let spline = Spline::through(&from, &to);
        (to, spline)
    }

    #[test]
    fn the_points_go_where_they_should() {
        let (to, spline) = example();
        for (centre, to) in spline.centres.iter().zip(&to) {
            let at = spline.at(*centre);
            assert!((at[0] - to[0]).abs() < 1e-9 && (at[1] - to[1]).abs() < 1e-9, "{at:?} {to:?}");
        }
    }

    #[test]
    fn an_affine_map_needs_no_bending() {
        let from = [[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [1.0, 1.0], [0.5, 0.5]];
        let to = from.map(|[x, y]| [0.9 * x + 0.1, 0.2 * x + 0.7 * y]);
        let at = Spline::through(&from, &to).at([0.3, 0.8]);
        assert!((at[0] - 0.37).abs() < 1e-9 && (at[1] - 0.62).abs() < 1e-9, "{at:?}");
    }

    #[test]
    fn straight_lines_between_nodes_are_near_the_spline() {
        let (_, spline) = example();
        let size = Size::new(400, 256);
        let mut lattice = Lattice::default();
        spline.prepare(size, &mut lattice);
        assert_eq!(lattice.step, 4);
        let (mut xs, mut ys) = (vec![0.0; 400], vec![0.0; 400]);
        for y in 0..256 {
            lattice.row(y, &mut xs, &mut ys);
            for x in 0..400 {
                let [u, v] = spline.at([x as f64 / 400.0, f64::from(y) / 256.0]);
                let away = (u * 400.0 - xs[x]).abs().max((v * 256.0 - ys[x]).abs());
                assert!(away < 0.1, "{away} at {x}, {y}");
            }
        }
    }
}

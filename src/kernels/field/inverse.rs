//! The way back through a field: where in the output a point of the source is shown.

use super::{Field, Net};
use crate::image::Size;

/// The inverse of a field, found in its net: each cell between four nodes is cut into two triangles, an affine map in each.
///
/// Since the net goes on outside, every point of the source has a place, inside or outside of the output. Where a field
/// folds the picture, so that a point is shown more than once, the place near the last one that was found is taken, else
/// the one that is nearest to the point itself.
#[derive(Debug, Default)]
pub struct Inverse {
    net: Net,
    /// The least and the greatest coordinates that blocks of cells read, row by row.
    blocks: Vec<Bounds>,
    /// The cell that the last point was found in.
    last: (usize, usize),
}

/// Left, top, right and bottom.
type Bounds = [f64; 4];

/// Nothing lies in it.
const NOWHERE: Bounds = [f64::INFINITY, f64::INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY];

/// Cells across and down that are passed over together.
const BLOCK: usize = 16;

/// How many cells around the last one are looked at first.
const NEAR: usize = 3;

impl Inverse {
    /// Looks at `field`, which makes an output of `size` from a source of `source`.
    pub fn prepare(&mut self, field: &Field, size: Size, source: Size) {
        self.net.prepare(field, size, source);
        self.bound();
        self.last = (0, 0);
    }

    /// Fills the bounds of the blocks.
    fn bound(&mut self) {
        let [columns, rows] = [self.net.axes[0].len() - 1, self.net.axes[1].len() - 1];
        self.blocks.clear();
        for top in (0..rows).step_by(BLOCK) {
            for left in (0..columns).step_by(BLOCK) {
                let mut bounds = NOWHERE;
                for j in top..=(top + BLOCK).min(rows) {
                    for [x, y] in &self.net.nodes[j * (columns + 1) + left..=j * (columns + 1) + (left + BLOCK).min(columns)] {
                        bounds = [bounds[0].min(*x), bounds[1].min(*y), bounds[2].max(*x), bounds[3].max(*y)];
                    }
                }
                self.blocks.push(bounds);
            }
        }
    }

    /// Where the source's point (`x`, `y`) is shown, after [`Inverse::prepare`]; `None` only where the field says nothing that
    /// is a number.
    pub fn at(&mut self, x: f64, y: f64) -> Option<(f64, f64)> {
        let point = [x, y];
        let (cell, place) = self.near(point).or_else(|| self.anywhere(point))?;
        self.last = cell;
        Some(place)
    }

    /// Looks around the last place.
    fn near(&self, point: [f64; 2]) -> Option<((usize, usize), (f64, f64))> {
        let [columns, rows] = [self.net.axes[0].len() - 1, self.net.axes[1].len() - 1];
        let around = |at: usize, len: usize| at.saturating_sub(NEAR)..(at + NEAR + 1).min(len);
        let cells = around(self.last.1, rows).flat_map(|j| around(self.last.0, columns).map(move |i| (i, j)));
        cells.filter_map(|cell| Some((cell, self.in_cell(cell, point)?))).next()
    }

    /// Looks everywhere, for the place that is nearest to the point.
    fn anywhere(&self, point: [f64; 2]) -> Option<((usize, usize), (f64, f64))> {
        let [columns, rows] = [self.net.axes[0].len() - 1, self.net.axes[1].len() - 1];
        let across = columns.div_ceil(BLOCK);
        let mut best: Option<(f64, _)> = None;
        for (n, _) in self.blocks.iter().enumerate().filter(|(_, bounds)| holds(bounds, point)) {
            let (left, top) = (n % across * BLOCK, n / across * BLOCK);
            for j in top..(top + BLOCK).min(rows) {
                for i in left..(left + BLOCK).min(columns) {
                    let Some((x, y)) = self.in_cell((i, j), point) else { continue };
                    let away = (x - point[0]) * (x - point[0]) + (y - point[1]) * (y - point[1]);
                    if best.is_none_or(|(least, _)| away < least) {
                        best = Some((away, ((i, j), (x, y))));
                    }
                }
            }
        }
        best.map(|(_, found)| found)
    }

    /// The place in a cell at which `point` is read, if there is one.
    fn in_cell(&self, (i, j): (usize, usize), point: [f64; 2]) -> Option<(f64, f64)> {
        let columns = self.net.axes[0].len();
        let upper = &self.net.nodes[j * columns + i..][..2];
        let lower = &self.net.nodes[(j + 1) * columns + i..][..2];
        let (a, b, c, d) = (upper[0], upper[1], lower[0], lower[1]);
        // Along the upper side and down the right one, or down the left side and along the lower one.
        let (u, v) = shares(a, b, d, point)
            .filter(|(u, v)| v <= u)
            .or_else(|| shares(a, c, d, point).map(|(v, u)| (u, v)).filter(|(u, v)| u <= v))?;
        let along = |axis: &[f64], n: usize, share: f64| axis[n] + share * (axis[n + 1] - axis[n]);
        Some((along(&self.net.axes[0], i, u), along(&self.net.axes[1], j, v)))
    }
}

fn holds(bounds: &Bounds, [x, y]: [f64; 2]) -> bool {
    x >= bounds[0] && x <= bounds[2] && y >= bounds[1] && y <= bounds[3]
}

/// How much of the ways from `a` to `b` and from `b` to `c` leads to `point`, if that lies in their triangle.
fn shares(a: [f64; 2], b: [f64; 2], c: [f64; 2], point: [f64; 2]) -> Option<(f64, f64)> {
    /// What rounding may leave between two triangles.
    const SLACK: f64 = 1e-9;
    let way = |from: [f64; 2], to: [f64; 2]| [to[0] - from[0], to[1] - from[1]];
    let cross = |p: [f64; 2], q: [f64; 2]| p[0] * q[1] - p[1] * q[0];
    let (first, second, to) = (way(a, b), way(b, c), way(a, point));
    let whole = cross(first, second);
    let (u, v) = (cross(to, second) / whole, cross(first, to) / whole);
    let inside = v >= -SLACK && u <= 1.0 + SLACK && v <= u + SLACK;
    inside.then(|| (u.clamp(0.0, 1.0), v.clamp(0.0, u.clamp(0.0, 1.0))))
}

#[cfg(test)]
mod tests {
    use super::super::{Elastic, Grid, Mesh, Radial, Spline};
    use super::*;

    /// How far a point of the output is from itself, there and back, at most.
    fn error(field: &Field, size: Size) -> f64 {
        let mut inverse = Inverse::default();
        inverse.prepare(field, size, size);
        let mut worst = 0.0f64;
        for y in 0..size.height {
            let (mut xs, mut ys) = (vec![0.0; size.width as usize], vec![0.0; size.width as usize]);
            field.row(y, &inverse.net.scratch, &mut xs, &mut ys);
            for (x, (sx, sy)) in xs.into_iter().zip(ys).enumerate() {
                let (ox, oy) = inverse.at(sx, sy).unwrap();
                worst = worst.max((ox - x as f64).abs()).max((oy - f64::from(y)).abs());
            }
        }
        worst
    }

    #[test]
    fn every_field_is_undone() {
        let size = Size::new(70, 51);
        let nodes: Vec<[f64; 2]> = (0..9).map(|n| Mesh::node(size, (3, 3), (n % 3, n / 3))).collect();
        let mut moved = nodes.clone();
        moved[4] = [40.0, 20.0];
        let ways = nodes.iter().zip(&moved).map(|(a, b)| ([a[0] / 70.0, a[1] / 51.0], [b[0] / 70.0, b[1] / 51.0]));
        let (from, to): (Vec<_>, Vec<_>) = ways.unzip();
        for field in [
            Field::Radial(Radial::fisheye(size, 0.4)),
            Field::Radial(Radial::camera(size, -0.2, -0.2)),
            Field::Mesh(Mesh::new(size, (3, 3), moved)),
            Field::Spline(Spline::through(&from, &to)),
            Field::Elastic(Elastic { seed: 3, strength: 20.0, sigma: 6.0, same: false }),
        ] {
            assert!(error(&field, size) < 1e-6, "{} {field:?}", error(&field, size));
        }
        // Where cells of a grid meet, one coordinate is shown by two pixels.
        assert!(error(&Field::Grid(Grid { x: vec![1.2, 0.8, 1.0], y: vec![0.9, 1.1, 1.0] }), size) < 1.0 + 1e-6);
    }

    #[test]
    fn outside_things_move_as_at_the_border() {
        let size = Size::new(40, 30);
        let mut inverse = Inverse::default();
        inverse.prepare(&Field::Radial(Radial { centre: (20.0, 15.0), scale: (0.0, 0.0), k: (0.0, 0.0) }), size, size);
        assert_eq!(inverse.at(-7.0, 50.0), Some((-7.0, 50.0)));
        assert_eq!(inverse.at(39.75, -0.25), Some((39.75, -0.25)));
        inverse.prepare(&Field::Grid(Grid { x: vec![0.5, 0.0], y: vec![1.0, 0.0] }), size, size);
        let (x, y) = inverse.at(25.0, 10.0).unwrap();
        assert!((x - 44.0).abs() < 2.0 && (y - 10.0).abs() < 1.0, "{x} {y}");
    }

    #[test]
    fn strange_fields_are_no_panic() {
        for k in [f64::NAN, f64::INFINITY, 1e300, 1e6] {
            for size in [Size::new(1, 1), Size::new(40, 1), Size::new(17, 33)] {
                let mut inverse = Inverse::default();
                inverse.prepare(&Field::Radial(Radial::fisheye(size, k)), size, size);
                inverse.at(3.0, 0.5);
            }
        }
    }
}

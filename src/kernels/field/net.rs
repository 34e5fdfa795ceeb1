//! A field at any point: a net over the output whose nodes are the centres of its pixels.

use super::{Field, Scratch};
use crate::image::Size;

/// What a field reads at the pixels of an output, and between and beside them. Between four pixels its coordinates are blended;
/// beyond the outer ones it goes on as it ends: all that is outside moves as far as the nearest pixel does.
#[derive(Debug, Default)]
pub struct Net {
    pub(super) scratch: Scratch,
    /// Coordinates of columns and rows of nodes: one far outside, one for each pixel, one far outside.
    pub(super) axes: [Vec<f64>; 2],
    /// What each node reads, row by row.
    pub(super) nodes: Vec<[f64; 2]>,
    rows: [Vec<f64>; 2],
}

impl Net {
    /// Looks at `field`, which makes an output of `size` from a source of `source`.
    pub fn prepare(&mut self, field: &Field, size: Size, source: Size) {
        let (width, height) = (size.width as usize, size.height as usize);
        field.prepare(size, &mut self.scratch);
        self.nodes.clear();
        self.nodes.resize((width + 2) * (height + 2), [0.0; 2]);
        self.rows.iter_mut().for_each(|row| row.resize(width, 0.0));
        let mut farthest = 0.0f64;
        for y in 0..height {
            let [xs, ys] = &mut self.rows;
            field.row(y as u32, &self.scratch, xs, ys);
            for (x, (sx, sy)) in xs.iter().zip(ys).enumerate() {
                self.nodes[(y + 1) * (width + 2) + x + 1] = [*sx, *sy];
                farthest = farthest.max((sx - x as f64).abs()).max((*sy - y as f64).abs());
            }
        }
        let sides = [size.width, size.height, source.width, source.height];
        self.surround(width, height, 1.0 + farthest + sides.map(f64::from).iter().sum::<f64>());
    }

    /// Fills the axes, and the nodes that lie `far` outside.
    fn surround(&mut self, width: usize, height: usize, far: f64) {
        for (axis, len) in self.axes.iter_mut().zip([width, height]) {
            axis.clear();
            axis.push(-far);
            axis.extend((0..len).map(|i| i as f64));
            axis.push((len as f64 - 1.0) + far);
        }
        let columns = width + 2;
        for j in 0..height + 2 {
            for i in 0..columns {
                let (near_i, near_j) = (i.clamp(1, width), j.clamp(1, height));
                if (i, j) != (near_i, near_j) {
                    let near = self.nodes[near_j * columns + near_i];
                    let away = [self.axes[0][i] - self.axes[0][near_i], self.axes[1][j] - self.axes[1][near_j]];
                    self.nodes[j * columns + i] = [near[0] + away[0], near[1] + away[1]];
                }
            }
        }
    }

    /// What is read at the output's point (`x`, `y`), after [`Net::prepare`].
    pub fn at(&self, x: f64, y: f64) -> (f64, f64) {
        let cell = |axis: &[f64], at: f64| {
            let i = if at < 0.0 { 0 } else { (at as usize + 1).min(axis.len() - 2) };
            (i, (at - axis[i]) / (axis[i + 1] - axis[i]))
        };
        let ((i, u), (j, v)) = (cell(&self.axes[0], x), cell(&self.axes[1], y));
        let columns = self.axes[0].len();
        let (upper, lower) = (&self.nodes[j * columns + i..][..2], &self.nodes[(j + 1) * columns + i..][..2]);
        let blend = |c: usize| {
            let along = |row: &[[f64; 2]]| row[0][c] + u * (row[1][c] - row[0][c]);
            let (above, below) = (along(upper), along(lower));
            above + v * (below - above)
        };
        (blend(0), blend(1))
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Mesh, Radial};
    use super::*;

    #[test]
    fn at_pixels_it_is_the_field_and_outside_it_goes_on() {
        let size = Size::new(5, 4);
        let field = Field::Radial(Radial::fisheye(size, 0.3));
        let mut net = Net::default();
        net.prepare(&field, size, size);
        let (mut xs, mut ys) = ([0.0; 5], [0.0; 5]);
        field.row(3, &net.scratch, &mut xs, &mut ys);
        for x in 0..5 {
            let (sx, sy) = net.at(x as f64, 3.0);
            assert!((sx - xs[x]).abs() < 1e-12 && (sy - ys[x]).abs() < 1e-12);
        }
        let (sx, sy) = net.at(4.25, 3.5);
        assert!((sx - xs[4] - 0.25).abs() < 1e-9 && (sy - ys[4] - 0.5).abs() < 1e-9, "{sx} {sy}");
    }

    #[test]
    fn between_pixels_coordinates_are_blended() {
        let (size, nodes) = (Size::new(3, 3), (2, 2));
        let places = (0..4).map(|n| Mesh::node(size, nodes, (n % 2, n / 2)).map(|c| 2.0 * c)).collect();
        let mut net = Net::default();
        net.prepare(&Field::Mesh(Mesh::new(size, nodes, places)), size, size);
        assert_eq!(net.at(0.5, 1.25), (1.0, 2.5));
    }
}

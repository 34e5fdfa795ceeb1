//! A displacement known at every few pixels, with straight lines between.

/// Displacements at the nodes of a square lattice. Pixel x lies `(2x + phase) / (2 step)` nodes from the first, down
/// likewise.
#[derive(Debug, Default)]
pub(super) struct Lattice {
    /// Pixels from a node to the next.
    pub(super) step: usize,
    /// Twice as many pixels as the first pixel lies beyond the first node.
    pub(super) phase: usize,
    /// Nodes across.
    pub(super) columns: usize,
    /// To the right and down, row by row.
    pub(super) moves: [Vec<f32>; 2],
}

impl Lattice {
    /// As many nodes as reach over `len` pixels, and one beyond.
    pub(super) fn nodes(len: u32, step: usize, phase: usize) -> usize {
        (2 * (len as usize - 1) + phase) / (2 * step) + 2
    }

    /// Where the pixels of row `y` are read.
    pub(super) fn row(&self, y: u32, xs: &mut [f64], ys: &mut [f64]) {
        let (j, v) = self.node(y as usize);
        for (moves, out) in self.moves.iter().zip([&mut *xs, &mut *ys]) {
            let (upper, lower) = moves[j * self.columns..][..2 * self.columns].split_at(self.columns);
            let mut n = 0;
            while n < out.len() {
                let (i, u) = self.node(n);
                // From one node to the next, or to the end.
                let span = (self.step - ((2 * n + self.phase) % (2 * self.step)) / 2).min(out.len() - n);
                let down = |i: usize| upper[i] + (lower[i] - upper[i]) * v;
                let (left, right) = (down(i), down(i + 1));
                for (k, out) in out[n..n + span].iter_mut().enumerate() {
                    let u = u + k as f32 / self.step as f32;
                    *out = f64::from(left + (right - left) * u);
                }
                n += span;
            }
        }
        xs.iter_mut().enumerate().for_each(|(x, xs)| *xs += f64::from(x as i32));
        ys.iter_mut().for_each(|ys| *ys += f64::from(y));
    }

    /// The node before a pixel, and how far beyond it the pixel is, in steps.
    fn node(&self, pixel: usize) -> (usize, f32) {
        let halves = 2 * pixel + self.phase;
        (halves / (2 * self.step), (halves % (2 * self.step)) as f32 / (2 * self.step) as f32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn between_nodes_lie_straight_lines() {
        let moves = [vec![0.0, 4.0, 8.0, 4.0, 8.0, 12.0], vec![1.0; 6]];
        let lattice = Lattice { step: 4, phase: 0, columns: 3, moves };
        let (mut xs, mut ys) = ([0.0; 6], [0.0; 6]);
        lattice.row(1, &mut xs, &mut ys);
        assert_eq!(xs, [1.0, 3.0, 5.0, 7.0, 9.0, 11.0]);
        assert_eq!(ys, [2.0; 6]);
    }

    #[test]
    fn a_phase_puts_the_first_pixel_beyond_the_first_node() {
        let lattice =
            Lattice { step: 2, phase: 3, columns: 4, moves: [vec![0.0, 4.0, 8.0, 12.0, 0.0, 4.0, 8.0, 12.0], vec![0.0; 8]] };
        let (mut xs, mut ys) = ([0.0; 4], [0.0; 4]);
        lattice.row(0, &mut xs, &mut ys);
        assert_eq!(xs, [3.0, 6.0, 9.0, 12.0]);
        assert_eq!(Lattice::nodes(4, 2, 3), 4);
    }
}

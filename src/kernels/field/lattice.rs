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
        row(self, y, xs, ys);
    }

    #[inline(always)]
    fn plain_row(&self, y: u32, xs: &mut [f64], ys: &mut [f64]) {
        let (j, v) = self.node(y as usize);
        for (moves, out) in self.moves.iter().zip([&mut *xs, &mut *ys]) {
            let (upper, lower) = moves[j * self.columns..][..2 * self.columns].split_at(self.columns);
            if self.step == 1 {
                self.blend_nodes((upper, lower), v, out);
            } else {
                self.blend_spans((upper, lower), v, out);
            }
        }
        xs.iter_mut().enumerate().for_each(|(x, xs)| *xs += f64::from(x as i32));
        ys.iter_mut().for_each(|ys| *ys += f64::from(y));
    }

    /// Fills `out` with the moves `v` of the way from the upper to the lower nodes.
    #[inline(always)]
    fn blend_spans(&self, (upper, lower): (&[f32], &[f32]), v: f32, out: &mut [f64]) {
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

    /// [`Self::blend_spans`] where every pixel has a node, and all are equally far from theirs.
    #[inline(always)]
    fn blend_nodes(&self, (upper, lower): (&[f32], &[f32]), v: f32, out: &mut [f64]) {
        let (first, u) = self.node(0);
        let nodes = first..first + out.len() + 1;
        let (upper, lower) = (&upper[nodes.clone()], &lower[nodes]);
        let down = |i: usize| upper[i] + (lower[i] - upper[i]) * v;
        for (i, out) in out.iter_mut().enumerate() {
            let (left, right) = (down(i), down(i + 1));
            *out = f64::from(left + (right - left) * u);
        }
    }

    /// The node before a pixel, and how far beyond it the pixel is, in steps.
    #[inline(always)]
    fn node(&self, pixel: usize) -> (usize, f32) {
        let halves = 2 * pixel + self.phase;
        (halves / (2 * self.step), (halves % (2 * self.step)) as f32 / (2 * self.step) as f32)
    }
}

wide! {
    fn row(lattice: &Lattice, y: u32, xs: &mut [f64], ys: &mut [f64]) = Lattice::plain_row;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nodes_and_spans_of_one_pixel_are_alike() {
        let noise = crate::kernels::random::Noise::new(6);
        for (length, phase) in [(1, 0), (2, 1), (17, 2), (40, 3)] {
            let mut nodes = [vec![0.0; length + 3], vec![0.0; length + 3]];
            nodes.iter_mut().zip(0..).for_each(|(nodes, i)| noise.stream(i).normals(0, nodes));
            let lattice = Lattice { step: 1, phase, ..Lattice::default() };
            let (mut one, mut other) = (vec![0.0; length], vec![0.0; length]);
            lattice.blend_nodes((&nodes[0], &nodes[1]), 0.3, &mut one);
            lattice.blend_spans((&nodes[0], &nodes[1]), 0.3, &mut other);
            assert_eq!(one, other);
        }
    }

    #[test]
    fn every_vector_gives_the_same() {
        let noise = crate::kernels::random::Noise::new(6);
        let mut lattice = Lattice { step: 3, phase: 4, columns: 40, moves: [vec![0.0; 400], vec![0.0; 400]] };
        lattice.moves.iter_mut().zip(0..).for_each(|(moves, i)| noise.stream(i).normals(0, moves));
        for (step, length) in [(1, 1), (1, 37), (3, 50), (8, 111)] {
            lattice.step = step;
            let mut made = [(); 4].map(|()| vec![0.0; length]);
            let [xs, ys, plain_xs, plain_ys] = &mut made;
            lattice.row(5, xs, ys);
            lattice.plain_row(5, plain_xs, plain_ys);
            assert_eq!(made[..2], made[2..]);
        }
    }

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

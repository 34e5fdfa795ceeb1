//! A mesh of triangles over the picture: corners move, and each triangle follows its three by an affine map.

use crate::image::Size;

/// A regular mesh over the output whose nodes are read at places of their own. The cells between them are cut from the
/// upper left to the lower right into two triangles.
#[derive(Clone, Debug, PartialEq)]
pub struct Mesh {
    /// The output's size; the outer nodes are the centres of its outer pixels.
    size: Size,
    /// Nodes across and down, two or more each.
    nodes: (usize, usize),
    /// Where each node is read, row by row.
    places: Vec<[f64; 2]>,
}

impl Mesh {
    /// A mesh of `nodes` (across, down) over an output of `size`.
    ///
    /// # Panics
    /// If there is not a place for each node, or fewer than two nodes across or down.
    pub fn new(size: Size, nodes: (usize, usize), places: Vec<[f64; 2]>) -> Self {
        assert!(nodes.0 >= 2 && nodes.1 >= 2 && places.len() == nodes.0 * nodes.1, "invariant: a place for each node");
        Self { size, nodes, places }
    }

    /// The output point at which node (`i`, `j`) of `nodes` lies.
    pub fn node(size: Size, nodes: (usize, usize), (i, j): (usize, usize)) -> [f64; 2] {
        let at = |i: usize, nodes: usize, side: u32| i as f64 * (f64::from(side) - 1.0) / (nodes - 1) as f64;
        [at(i, nodes.0, size.width), at(j, nodes.1, size.height)]
    }

    pub(super) fn row(&self, y: u32, xs: &mut [f64], ys: &mut [f64]) {
        let per_pixel = |nodes: usize, side: u32| (nodes - 1) as f64 / (f64::from(side) - 1.0).max(1.0);
        let (across, down) = (per_pixel(self.nodes.0, self.size.width), per_pixel(self.nodes.1, self.size.height));
        let (j, v) = cell(f64::from(y) * down, self.nodes.1);
        let (upper, lower) = self.places[j * self.nodes.0..].split_at(self.nodes.0);
        for (n, (xs, ys)) in xs.iter_mut().zip(ys).enumerate() {
            let (i, u) = cell(n as f64 * across, self.nodes.0);
            let (p00, p10, p01, p11) = (upper[i], upper[i + 1], lower[i], lower[i + 1]);
            // The corner beside the cut that this triangle has.
            let (first, second) = if u > v { ((p00, p10), (p10, p11)) } else { ((p01, p11), (p00, p01)) };
            let at = |c: usize| p00[c] + u * (first.1[c] - first.0[c]) + v * (second.1[c] - second.0[c]);
            (*xs, *ys) = (at(0), at(1));
        }
    }
}

/// The cell that a point in units of cells lies in, and how far beyond its first node.
fn cell(at: f64, nodes: usize) -> (usize, f64) {
    let cell = (at as usize).min(nodes - 2);
    (cell, at - cell as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(mesh: &Mesh) -> Vec<(f64, f64)> {
        let Size { width, height } = mesh.size;
        let rows = (0..height).map(|y| {
            let (mut xs, mut ys) = (vec![0.0; width as usize], vec![0.0; width as usize]);
            mesh.row(y, &mut xs, &mut ys);
            xs.into_iter().zip(ys)
        });
        rows.flatten().collect()
    }

    #[test]
    fn nodes_at_rest_change_nothing_and_a_moved_one_pulls_its_triangles() {
        let (size, nodes) = (Size::new(5, 5), (3, 3));
        let mut places: Vec<[f64; 2]> = (0..9).map(|n| Mesh::node(size, nodes, (n % 3, n / 3))).collect();
        let still: Vec<_> = (0..25).map(|n| (f64::from(n % 5), f64::from(n / 5))).collect();
        assert_eq!(read(&Mesh::new(size, nodes, places.clone())), still);
        places[4] = [3.0, 2.0];
        let moved = read(&Mesh::new(size, nodes, places));
        assert_eq!(moved[2 * 5 + 2], (3.0, 2.0));
        assert_eq!(moved[2 * 5 + 1], (1.5, 2.0));
        // Upper right of the cut of the first cell: half of the node's way; the other cell's corners feel nothing.
        assert_eq!(moved[5 + 1], (1.5, 1.0));
        assert_eq!(moved[5 + 3], (3.0, 1.0));
    }

    #[test]
    fn pictures_of_one_pixel_are_no_panic() {
        let mesh = Mesh::new(Size::new(1, 1), (4, 4), vec![[0.0, 0.0]; 16]);
        assert_eq!(read(&mesh), [(0.0, 0.0)]);
    }
}

//! A grid of cells whose widths and heights differ: columns and rows move on their own.

use crate::image::Size;

/// How much wider (`x`) and higher (`y`) than an equal share of the output the part of the source is that each cell
/// shows.
#[derive(Clone, Debug, PartialEq)]
pub struct Grid {
    /// From left to right; one for each cell, and one for what whole cells leave.
    pub x: Vec<f64>,
    /// From top to bottom, likewise.
    pub y: Vec<f64>,
}

impl Grid {
    /// The factors of a grid, changed so that all cells together show the whole of a picture of `size`.
    #[must_use]
    pub fn normalized(&self, size: Size) -> Self {
        Self { x: normalized(&self.x, size.width), y: normalized(&self.y, size.height) }
    }

    pub(super) fn prepare(&self, size: Size, axes: &mut [Vec<f64>; 2]) {
        let [xs, ys] = axes;
        place(&self.x, size.width, xs);
        place(&self.y, size.height, ys);
    }
}

pub(super) fn row(y: u32, axes: &[Vec<f64>; 2], xs: &mut [f64], ys: &mut [f64]) {
    xs.copy_from_slice(&axes[0]);
    ys.fill(axes[1][y as usize]);
}

/// Output pixels in a cell.
fn cell(factors: usize, len: u32) -> usize {
    (len as usize / (factors - 1).max(1)).max(1)
}

/// As Albumentations' `normalize_grid_distortion_steps`: the last factor counts as much as its cell is large, and the
/// sum comes to the side.
fn normalized(factors: &[f64], len: u32) -> Vec<f64> {
    let (side, cell) = (len as usize, cell(factors.len(), len));
    let whole = factors.len() - 1;
    let rest = side.min(factors.len() * cell).saturating_sub(whole * cell);
    let mut factors = factors.to_vec();
    factors[whole] *= rest as f64 / cell as f64;
    let sum: f64 = factors.iter().sum();
    let scale = if sum > 0.0 { side as f64 / cell as f64 / sum } else { 1.0 };
    factors.iter().map(|factor| factor * scale).collect()
}

/// Fills `made` with the coordinate of each of `len` pixels, as Albumentations' `generate_grid`: both ends of a cell
/// are pixels of it, so that where cells meet one coordinate is shown twice.
fn place(factors: &[f64], len: u32, made: &mut Vec<f64>) {
    let cell = cell(factors.len(), len);
    made.clear();
    made.resize(len as usize, 0.0);
    let mut from = 0.0;
    for (pixels, factor) in made.chunks_mut(cell).zip(factors) {
        let to = from + cell as f64 * factor;
        let gap = (to - from) / (pixels.len() - 1).max(1) as f64;
        for (n, pixel) in pixels.iter_mut().enumerate() {
            *pixel = from + n as f64 * gap;
        }
        from = to;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_cell_is_as_wide_as_its_factor() {
        let mut made = Vec::new();
        place(&[1.0, 0.5, 1.0], 7, &mut made);
        assert_eq!(made, [0.0, 1.5, 3.0, 3.0, 3.75, 4.5, 4.5]);
    }

    #[test]
    fn normalized_cells_show_the_whole_side() {
        let factors = normalized(&[1.3, 0.8, 1.1], 10);
        assert!((factors.iter().sum::<f64>() * 5.0 - 10.0).abs() < 1e-12);
        assert_eq!(factors[2], 0.0);
        // A last cell of two pixels beside those of three.
        let factors = normalized(&[1.0, 1.0, 1.0, 1.0], 11);
        assert!((factors.iter().sum::<f64>() * 3.0 - 11.0).abs() < 1e-12);
    }

    #[test]
    fn fewer_pixels_than_cells_are_no_panic() {
        for len in [1, 2, 3] {
            let mut made = Vec::new();
            place(&normalized(&[1.0; 9], len), len, &mut made);
            assert!(made.iter().all(|c| c.is_finite()), "{made:?}");
        }
    }
}

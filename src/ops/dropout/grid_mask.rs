//! Hides the squares of a turned grid.

use super::holes::Filling;
use crate::image::{Image, Size};
use crate::kernels::Tools;
use crate::kernels::drop::{Grid, paint_grid};
use crate::ops::Transform;
use crate::rng::Rng;
use crate::spec::fields::{About, Choice, Fields, Interval, Whole};
use serde::{Deserialize, Serialize};

/// Hides the squares of a turned grid, or all but them.
#[derive(Clone, Debug)]
pub struct GridMask {
    cells: Whole,
    ratio: Interval,
    rotation: Interval,
    mode: Mode,
    filling: Filling,
}

/// What of the grid is hidden.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Mode {
    Mask,
    Keep,
}

impl Choice for Mode {
    const ALL: &'static [(&'static str, Self)] = &[("mask", Self::Mask), ("keep", Self::Keep)];
}

/// What one `grid_mask` drew.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Params {
    /// From one square to the next, and its side, in pixels.
    cell: u32,
    square: u32,
    /// Where a square begins before the grid is turned, in pixels.
    offset: [u32; 2],
    /// Degrees, counter-clockwise.
    rotation: f64,
    mode: Mode,
    #[serde(flatten)]
    filling: Filling,
    seed: u64,
}

impl Transform for GridMask {
    const NAME: &'static str = "grid_mask";
    const SUMMARY: &'static str = "Hides the squares of a turned grid, or all but them.";
    const EXAMPLE: &'static str = r#"{"op": "grid_mask", "num_grid": [3, 7], "ratio": 0.5, "rotation": [-45, 45]}"#;
    const REFERENCE: &'static str = "GridMask (Chen, Liu, Zhao and Jia, arXiv 2001.04086): cells of whole pixels, a square in each, turned about the middle of the picture; a pixel is hidden if its centre is; exact.";
    type Params = Params;

    fn read(fields: &mut Fields<'_>) -> Self {
        let about = About("cells", "along the shorter side of the picture");
        let cells = fields.whole("num_grid", Some(Whole::new(3, 7)), (1, 1000), about);
        let ratio = fields.interval(
            "ratio",
            Some(Interval::at(0.5)),
            (0.01, 1.0),
            About("fraction of a cell's side", "side of a square"),
        );
        let about = About("degrees", "how far the grid is turned, counter-clockwise");
        let rotation = fields.interval("rotation", Some(Interval::new(-45.0, 45.0)), (-360.0, 360.0), about);
        let mode = fields.choice("mode", Mode::Mask, About("", "`mask` hides the squares, `keep` all that lies between them"));
        Self { cells, ratio, rotation, mode, filling: Filling::read(fields) }
    }

    fn is_fixed(&self) -> bool {
        false
    }

    fn sample(&self, rng: &mut Rng, input: Size) -> Params {
        let rounded = |pixels: f64, most: u32| (pixels.round() as u32).clamp(1, most);
        let shorter = input.width.min(input.height);
        let cell = rounded(f64::from(shorter) / self.cells.draw(rng) as f64, shorter);
        let square = rounded(f64::from(cell) * self.ratio.draw(rng), cell);
        let mut anywhere = || u32::try_from(rng.below(u64::from(cell))).unwrap_or(0);
        let offset = [anywhere(), anywhere()];
        let rotation = self.rotation.draw(rng);
        Params { cell, square, offset, rotation, mode: self.mode, filling: self.filling, seed: rng.bits() >> 11 }
    }

    fn apply(params: &Params, source: &Image, _tools: &mut Tools, target: &mut [u8]) {
        let Params { cell, square, offset, rotation, mode, filling, seed } = *params;
        let grid = Grid { cell, square, offset, degrees: rotation };
        target.copy_from_slice(source.bytes());
        paint_grid(source.size(), &grid, mode == Mode::Keep, filling.paint(seed), target);
    }
}

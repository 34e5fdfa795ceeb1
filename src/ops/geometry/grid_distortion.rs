//! Lays a grid over the picture and makes its columns and rows wider or narrower.

use crate::image::Size;
use crate::kernels::field::{Field, Grid};
use crate::ops::{Lowered, Resampling, Transform};
use crate::rng::Rng;
use crate::spec::fields::{About, Fields, Interval};
use serde::{Deserialize, Serialize};

/// Lays a grid over the picture and makes its columns and rows wider or narrower.
#[derive(Clone, Debug)]
pub struct GridDistortion {
    steps: u64,
    distort: Interval,
    normalized: bool,
    resampling: Resampling,
}

/// What one `grid_distortion` drew.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Params {
    /// How much of the picture each column shows, 1 for its own width; the last is for what whole columns leave.
    x: Vec<f64>,
    /// Likewise for rows.
    y: Vec<f64>,
    normalized: bool,
    #[serde(flatten)]
    resampling: Resampling,
}

impl Transform for GridDistortion {
    const NAME: &'static str = "grid_distortion";
    const SUMMARY: &'static str = "Lays a grid over the picture and makes its columns and rows wider or narrower.";
    const EXAMPLE: &'static str = r#"{"op": "grid_distortion", "steps": 5, "distort": [-0.3, 0.3]}"#;
    const REFERENCE: &'static str =
        "Albumentations 2.0.8: its steps, normalized or not, as `cv2.remap` of OpenCV 5 reads them, rounded to nearest.";
    type Params = Params;

    fn read(fields: &mut Fields<'_>) -> Self {
        let distort = About("fraction of a cell", "how much more of the picture a cell shows than its own part");
        let normalized = About("", "all cells together show the whole picture and no more");
        Self {
            steps: fields.integer("steps", Some(5), (1, 100), About("cells", "columns, and rows, of the grid")),
            distort: fields.interval("distort", Some(Interval::new(-0.3, 0.3)), (-1.0, 1.0), distort),
            normalized: fields.flag("normalized", true, normalized),
            resampling: Resampling::read(fields),
        }
    }

    fn is_fixed(&self) -> bool {
        self.distort.is_fixed()
    }

    fn sample(&self, rng: &mut Rng, _input: Size) -> Params {
        let mut factors = || (0..=self.steps).map(|_| 1.0 + self.distort.draw(rng)).collect();
        Params { x: factors(), y: factors(), normalized: self.normalized, resampling: self.resampling }
    }

    fn lower(params: &Params, input: Size, lowered: &mut Vec<Lowered>) {
        let grid = Grid { x: params.x.clone(), y: params.y.clone() };
        let grid = if params.normalized { grid.normalized(input) } else { grid };
        lowered.push(Lowered::Remap { field: Field::Grid(grid), size: input, resampling: params.resampling });
    }
}

//! Moves the nodes of a mesh of triangles.

use crate::image::Size;
use crate::kernels::field::{Field, Mesh};
use crate::kernels::random::Noise;
use crate::ops::{Lowered, Resampling, Transform};
use crate::rng::Rng;
use crate::spec::fields::{About, Fields, Interval, Whole};
use serde::{Deserialize, Serialize};

/// Moves the nodes of a mesh of triangles; each triangle follows its three by an affine map.
#[derive(Clone, Debug)]
pub struct PiecewiseAffine {
    scale: Interval,
    rows: Whole,
    columns: Whole,
    resampling: Resampling,
}

/// What one `piecewise_affine` drew.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Params {
    rows: usize,
    columns: usize,
    /// How far to the right and down each node is read, row by row, as fractions of the shorter side.
    moves: Vec<[f64; 2]>,
    #[serde(flatten)]
    resampling: Resampling,
}

impl Transform for PiecewiseAffine {
    const NAME: &'static str = "piecewise_affine";
    const SUMMARY: &'static str = "Moves the nodes of a mesh of triangles; each triangle follows its three by an affine map.";
    const EXAMPLE: &'static str = r#"{"op": "piecewise_affine", "scale": [0.06, 0.12]}"#;
    const REFERENCE: &'static str = "`skimage.transform.PiecewiseAffineTransform`, as imgaug uses it, rounded to nearest; nodes moved as Albumentations 2.0.8 draws them, whose own map is no piecewise affine one (it weighs all nodes by distance).";
    type Params = Params;

    fn read(fields: &mut Fields<'_>) -> Self {
        let default = Some(Interval::new(0.03, 0.05));
        let scale = About("fraction of the shorter side", "three standard deviations of how far each node moves");
        let mut nodes = |name, about| fields.whole(name, Some(Whole::at(4)), (2, 64), About("nodes", about));
        let (rows, columns) = (nodes("rows", "rows of nodes"), nodes("columns", "nodes in a row"));
        Self { scale: fields.interval("scale", default, (0.0, 1.0), scale), rows, columns, resampling: Resampling::read(fields) }
    }

    fn is_fixed(&self) -> bool {
        false
    }

    fn sample(&self, rng: &mut Rng, _input: Size) -> Params {
        let (rows, columns) = (self.rows.draw(rng) as usize, self.columns.draw(rng) as usize);
        let deviation = self.scale.draw(rng) / 3.0;
        let noise = Noise::new(rng.bits());
        let moves = (0..(rows * columns) as u64).map(|i| [2 * i, 2 * i + 1].map(|i| deviation * noise.normal(i)));
        Params { rows, columns, moves: moves.collect(), resampling: self.resampling }
    }

    fn lower(params: &Params, input: Size, lowered: &mut Vec<Lowered>) {
        let nodes = (params.columns.max(2), params.rows.max(2));
        let shorter = f64::from(input.width.min(input.height));
        let place = |n: usize| {
            let [x, y] = Mesh::node(input, nodes, (n % nodes.0, n / nodes.0));
            let [dx, dy] = params.moves.get(n).copied().unwrap_or_default();
            let within = |at: f64, side: u32| at.clamp(0.0, f64::from(side) - 1.0);
            [within(x + dx * shorter, input.width), within(y + dy * shorter, input.height)]
        };
        let mesh = Mesh::new(input, nodes, (0..nodes.0 * nodes.1).map(place).collect());
        lowered.push(Lowered::Remap { field: Field::Mesh(mesh), size: input, resampling: params.resampling });
    }
}

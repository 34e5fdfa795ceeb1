//! Where each output pixel is read: geometry as data. A field gives coordinates, row by row, for the picture, and for
//! whatever else must follow it.

mod elastic;
mod grid;
mod inverse;
mod lattice;
mod mesh;
mod net;
mod projective;
mod radial;
mod solve;
mod spline;

pub use elastic::Elastic;
pub use grid::Grid;
pub use inverse::Inverse;
pub use mesh::Mesh;
pub use net::Net;
pub use projective::Projective;
pub use radial::Radial;
pub use spline::Spline;

use super::smooth::Smoother;
use crate::image::Size;
use lattice::Lattice;

/// A map from output pixels to source coordinates; pixel centres lie at integers.
#[derive(Clone, Debug, PartialEq)]
pub enum Field {
    /// Straight lines stay straight.
    Projective(Projective),
    /// Towards or away from a centre.
    Radial(Radial),
    /// Columns and rows of differing widths.
    Grid(Grid),
    /// Triangles, an affine map in each.
    Mesh(Mesh),
    /// A thin plate bent at some points.
    Spline(Spline),
    /// Every pixel on its own, smoothed.
    Elastic(Elastic),
}

/// What a field computes once per picture.
#[derive(Debug, Default)]
pub struct Scratch {
    /// A coordinate for each column, and for each row.
    axes: [Vec<f64>; 2],
    lattice: Lattice,
    smoother: Smoother,
}

impl Field {
    /// Computes what the rows of an output of `size` share.
    pub fn prepare(&self, size: Size, scratch: &mut Scratch) {
        match self {
            Self::Projective(_) | Self::Radial(_) | Self::Mesh(_) => {}
            Self::Grid(grid) => grid.prepare(size, &mut scratch.axes),
            Self::Spline(spline) => spline.prepare(size, &mut scratch.lattice),
            Self::Elastic(elastic) => elastic.prepare(size, &mut scratch.smoother, &mut scratch.lattice),
        }
    }

    /// Where the pixels of output row `y` are read, after [`Field::prepare`] for the output's size.
    pub fn row(&self, y: u32, scratch: &Scratch, xs: &mut [f64], ys: &mut [f64]) {
        match self {
            Self::Projective(projective) => projective.row(y, xs, ys),
            Self::Radial(radial) => radial.row(y, xs, ys),
            Self::Grid(_) => grid::row(y, &scratch.axes, xs, ys),
            Self::Mesh(mesh) => mesh.row(y, xs, ys),
            Self::Spline(_) | Self::Elastic(_) => scratch.lattice.row(y, xs, ys),
        }
    }
}

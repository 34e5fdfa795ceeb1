//! Ops that move pixels: sizes, crops, turns, distortions.

pub(super) mod affine;
pub(super) mod crop;
pub(super) mod elastic_transform;
pub(super) mod flip;
pub(super) mod grid_distortion;
pub(super) mod optical_distortion;
pub(super) mod perspective;
pub(super) mod piecewise_affine;
mod pose;
pub(super) mod resize;
pub(super) mod rotate;
pub(super) mod shear;
pub(super) mod shift;
pub(super) mod thin_plate_spline;
pub(super) mod zoom;

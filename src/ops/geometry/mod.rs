//! Ops that move pixels: sizes, crops, turns, distortions.

pub(super) mod affine;
pub(super) mod crop;
pub(super) mod d4;
pub(super) mod elastic_transform;
pub(super) mod flip;
pub(super) mod grid_distortion;
pub(super) mod grid_shuffle;
pub(super) mod letterbox;
pub(super) mod max_size;
pub(super) mod optical_distortion;
pub(super) mod pad;
mod padding;
pub(super) mod perspective;
pub(super) mod piecewise_affine;
mod pose;
pub(super) mod random_scale;
mod rescale;
pub(super) mod resize;
pub(super) mod resized_crop;
pub(super) mod rotate;
pub(super) mod rotate90;
pub(super) mod safe_rotate;
pub(super) mod shear;
pub(super) mod shift;
pub(super) mod shift_scale_rotate;
pub(super) mod thin_plate_spline;
pub(super) mod zoom;

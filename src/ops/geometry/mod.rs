//! Ops that move pixels: sizes, crops, turns, distortions.

pub(super) mod affine;
pub(super) mod crop;
pub(super) mod flip;
mod pose;
pub(super) mod resize;
pub(super) mod rotate;
pub(super) mod shear;
pub(super) mod shift;
pub(super) mod zoom;

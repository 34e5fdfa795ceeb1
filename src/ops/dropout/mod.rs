//! Ops that hide parts of the picture.

pub(super) mod coarse_dropout;
pub(super) mod grid_dropout;
pub(super) mod grid_mask;
mod holes;
pub(super) mod pixel_dropout;
pub(super) mod random_erasing;
pub(super) mod xy_masking;

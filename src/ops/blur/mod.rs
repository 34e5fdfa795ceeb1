//! Ops that mix neighbours: blur and sharpness.

pub(super) mod box_blur;
pub(super) mod clahe;
pub(super) mod defocus;
pub(super) mod emboss;
pub(super) mod gaussian_blur;
pub(super) mod glass_blur;
pub(super) mod median_blur;
pub(super) mod motion_blur;
mod odd;
pub(super) mod ringing_overshoot;
pub(super) mod sharpen;
pub(super) mod sharpness;
pub(super) mod unsharp_mask;
pub(super) mod zoom_blur;

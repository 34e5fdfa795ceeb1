//! Ops that add randomness to each pixel.

pub(super) mod additive_noise;
pub(super) mod film_grain;
pub(super) mod gaussian_noise;
pub(super) mod iso_noise;
pub(super) mod multiplicative_noise;
pub(super) mod salt_and_pepper;
pub(super) mod shot_noise;

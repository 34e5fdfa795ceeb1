//! Ops that lose detail, as storage and transport do.

pub(super) mod dithering;
pub(super) mod downscale;
pub(super) mod halftone;
pub(super) mod jpeg_compression;
pub(super) mod superpixels;
pub(super) mod webp_compression;

//! Pixel loops: plain parameters in, pixels out. No serde, no generators, no threads, no paths.

#[macro_use]
mod widened;

pub mod cells;
pub mod clahe;
pub mod color;
pub mod copy;
mod cpu;
pub mod deep;
pub mod dither;
pub mod downscale;
pub mod drop;
pub mod field;
pub mod filter;
pub mod halftone;
pub mod jpeg;
pub mod light;
pub mod linear;
pub mod look;
pub mod matrix;
pub mod mix;
pub mod moments;
pub mod noise;
pub mod paint;
pub mod random;
pub mod reference;
pub mod remap;
pub mod resize;
mod rounding;
mod smooth;
pub mod spectrum;
pub mod superpixels;
pub mod tiles;
pub mod tone;
pub mod warp;
pub mod weather;
pub mod webp;
#[cfg(target_arch = "x86_64")]
mod widened_avx2;

use std::sync::Arc;
use widened::{Work, widened};

/// What kernels keep from one picture to the next, so that a row takes no memory of its own.
#[derive(Debug, Default)]
pub struct Tools {
    /// Planes and tables of the equalisation by tiles.
    pub clahe: clahe::Scratch,
    /// Lines and sums of the filters.
    pub filter: filter::Scratch,
    /// Marks and tables of the noises.
    pub noise: noise::Scratch,
    /// Weights and lines of the resize.
    pub resizer: resize::Resizer,
    /// Lines of the warp.
    pub warp: warp::Scratch,
    /// Pictures between the steps of a colour jitter.
    pub color: color::Scratch,
    /// Planes of JPEG.
    pub jpeg: jpeg::Scratch,
    /// Columns and fields of uneven light.
    pub light: light::Scratch,
    /// Coordinates of the remap.
    pub remap: remap::Scratch,
    /// Sums and waves of the spectra.
    pub spectrum: spectrum::Scratch,
    /// Masks and tables of the weather.
    pub weather: weather::Scratch,
    /// Columns of pads and turns.
    pub copy: copy::Scratch,
    /// Errors of the dithering.
    pub dither: dither::Scratch,
    /// The small picture, and the weights of both ways.
    pub downscale: downscale::Scratch,
    /// Planes of the halftone.
    pub halftone: halftone::Scratch,
    /// Planes and areas of the superpixels.
    pub superpixels: superpixels::Scratch,
    /// Planes of WebP.
    pub webp: webp::Scratch,
    /// What pictures of other channels and depths take.
    pub deep: deep::Scratch,
    /// The pictures that ops refer to.
    pub references: Arc<reference::Library>,
}

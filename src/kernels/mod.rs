//! Pixel loops: plain parameters in, pixels out. No serde, no generators, no threads, no paths.

pub mod clahe;
pub mod color;
pub mod copy;
mod cpu;
pub mod field;
pub mod filter;
pub mod matrix;
pub mod mix;
pub mod random;
pub mod remap;
pub mod resize;
pub mod tone;
pub mod warp;

/// What kernels keep from one picture to the next, so that a row takes no memory of its own.
#[derive(Debug, Default)]
pub struct Tools {
    /// Planes and tables of the equalisation by tiles.
    pub clahe: clahe::Scratch,
    /// Lines and sums of the filters.
    pub filter: filter::Scratch,
    /// Weights and lines of the resize.
    pub resizer: resize::Resizer,
    /// Lines of the warp.
    pub warp: warp::Scratch,
    /// Pictures between the steps of a colour jitter.
    pub color: color::Scratch,
    /// Columns of pads and turns.
    pub copy: copy::Scratch,
    /// Coordinates of the remap.
    pub remap: remap::Scratch,
}

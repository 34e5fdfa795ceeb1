//! Pixel loops: plain parameters in, pixels out. No serde, no generators, no threads, no paths.

pub mod copy;
mod cpu;
pub mod jpeg;
pub mod matrix;
pub mod mix;
pub mod paint;
pub mod random;
pub mod resize;
pub mod tone;
pub mod warp;
pub mod weather;

/// What kernels keep from one picture to the next, so that a row takes no memory of its own.
#[derive(Debug, Default)]
pub struct Tools {
    /// Weights and lines of the resize.
    pub resizer: resize::Resizer,
    /// Lines of the warp.
    pub warp: warp::Scratch,
}

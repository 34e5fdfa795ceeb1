//! Pixel loops: plain parameters in, pixels out. No serde, no randomness, no threads, no paths.

pub mod copy;
mod cpu;
pub mod jpeg;
pub mod matrix;
pub mod resize;
pub mod tone;
pub mod warp;

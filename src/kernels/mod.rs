//! Pixel loops: plain parameters in, pixels out. No serde, no randomness, no threads, no paths.

pub mod copy;
mod cpu;
pub mod field;
pub mod matrix;
pub mod remap;
pub mod resize;
pub mod tone;
pub mod warp;

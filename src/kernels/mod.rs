//! Pixel loops: plain parameters in, pixels out. No serde, no randomness, no threads, no paths.

pub mod matrix;

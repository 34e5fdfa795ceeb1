//! Ops that add randomness to each pixel.

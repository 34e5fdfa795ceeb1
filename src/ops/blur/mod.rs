//! Ops that mix neighbours: blur and sharpness.

//! prebake: precomputed augmented image datasets.

pub mod error;
pub mod image;
pub mod kernels;
pub mod units;

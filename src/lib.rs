//! prebake: precomputed augmented image datasets.

pub mod decode;
pub mod error;
pub mod image;
pub mod kernels;
pub mod ops;
pub mod pipeline;
pub mod rng;
pub mod source;
pub mod spec;
pub mod units;

//! prebake: precomputed augmented image datasets.

pub mod decode;
pub mod encode;
pub mod error;
pub mod image;
pub mod kernels;
pub mod npy;
pub mod ops;
pub mod pipeline;
pub mod plan;
pub mod rng;
pub mod source;
pub mod spec;
pub mod units;

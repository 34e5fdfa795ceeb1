//! Matrices of numbers. Every sum has its order written down and nothing is fused, so that results are the same on
//! every machine, whatever its vectors.

mod eigen;
mod product;
mod tridiagonal;

pub use eigen::with_eigenvalues;
pub use product::{Band, LANES, Panels, Scratch, Square, whiten};

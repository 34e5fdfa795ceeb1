//! What ops draw follows the law that they promise: chi-square and Kolmogorov-Smirnov at fixed seeds, so that
//! an outcome never changes from run to run.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod blur;
mod compositions;
mod dropout;
mod fields;
mod laws;
mod noise;
mod policies;
mod shapes;

//! What ops draw follows the law that they promise: chi-square and Kolmogorov-Smirnov at fixed seeds, so that
//! an outcome never changes from run to run.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod blur;
mod compositions;
mod dropout;
mod fields;
mod film_grain;
mod laws;
mod light;
mod noise;
mod plasma;
mod policies;
mod quality;
mod shapes;
mod weather;

//! Light that falls unevenly: each place of a picture has its own.

mod factors;
pub mod illumination;
pub mod plasma;
pub mod vignette;

/// What a thread keeps between pictures.
#[derive(Clone, Debug, Default)]
pub struct Scratch {
    /// A number for each column, once for each channel.
    columns: Vec<f32>,
    /// Grids of the plasma.
    plasma: plasma::Scratch,
}

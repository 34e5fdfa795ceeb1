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

/// A level cut to a whole one. Nearest first, then one less where that was above: `as` would cut one level at a time.
#[inline(always)]
fn cut(level: f32) -> u8 {
    /// At this number a float holds no fractions: adding it rounds, and leaves the whole number in the low bits.
    const ROUNDING: f32 = (1 << 23) as f32;
    let level = level.clamp(0.0, 255.0);
    let sum = level + ROUNDING;
    let above = sum - ROUNDING > level;
    (sum.to_bits() - u32::from(above)) as u8
}

//! Weather and light, painted over a picture from what was drawn.

mod edges;
pub mod flakes;
pub mod flare;
pub mod fog;
pub mod glare;
pub mod gravel;
mod hls;
pub mod rain;
pub mod shadow;
pub mod snow;
pub mod spatter;

use super::paint::{mask::Mask, soften};
use super::rounding::rounded;
use super::smooth::Smoother;

/// What a thread keeps between pictures.
#[derive(Clone, Debug, Default)]
pub struct Scratch {
    mask: Mask,
    soften: soften::Scratch,
    counts: Vec<u16>,
    padded: Vec<u16>,
    steps: Vec<i32>,
    halves: Vec<u32>,
    tables: Vec<[u8; 256]>,
    plane: Vec<f32>,
    smoother: Smoother,
    sparks: Vec<f32>,
    layers: spatter::Layers,
}

/// `part over + (1 - part) under`, to the nearest level.
#[inline(always)]
fn blended(over: u8, under: u8, part: f32) -> u8 {
    rounded(f32::from(over) * part + f32::from(under) * (1.0 - part))
}

/// The table of `change`, level by level.
fn table(change: impl Fn(u8) -> u8) -> [u8; 256] {
    std::array::from_fn(|level| change(level as u8))
}

//! Few levels, spread so that the means stay.

mod error;
mod threshold;

pub use error::floyd_steinberg;
pub use threshold::{ordered, random};

/// What a thread keeps between pictures.
#[derive(Clone, Debug, Default)]
pub struct Scratch {
    /// The picture in shades of gray.
    pub gray: Vec<u8>,
    /// What the pixels of a row get from the one above.
    pub errors: Vec<[i32; 3]>,
}

/// The level nearest to `step` of `levels - 1` from black to white.
const fn level(step: u32, levels: u32) -> u8 {
    ((255 * step + (levels - 1) / 2) / (levels - 1)) as u8
}

/// The mean of `levels`, by which tests know them.
#[cfg(test)]
fn mean(levels: &[u8]) -> f64 {
    levels.iter().map(|level| f64::from(*level)).sum::<f64>() / levels.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_go_from_black_to_white() {
        assert_eq!([0, 1].map(|step| level(step, 2)), [0, 255]);
        assert_eq!([0, 1, 2].map(|step| level(step, 3)), [0, 128, 255]);
        assert!((0..256).all(|step| u32::from(level(step, 256)) == step));
    }
}

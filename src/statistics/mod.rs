//! What the pictures of a dataset have in common: mean and deviation of each channel, and how to whiten them.
//!
//! Levels are whole numbers, so their sums are exact, and the same in whatever order pictures were counted.

mod whitening;

pub use whitening::{MOST_VALUES, Products, Whitening};

use crate::kernels::moments::{Moments, moments};
use crate::spec::{Color, Output};
use serde::{Deserialize, Serialize};

/// The level about which products are summed, so that they stay small.
const MIDDLE: i64 = 128;

/// Everything that rows need of all pictures.
#[derive(Clone, Debug)]
pub struct Known {
    /// Mean and deviation.
    pub statistics: Statistics,
    /// The whitening matrix, if rows are whitened.
    pub whitening: Option<Whitening>,
}

/// Mean and deviation of each channel, with the sums that they come from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Statistics {
    /// The plan's hash of the dataset that they were taken from, if it was another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// How many pictures were counted.
    pub pictures: u64,
    /// How many pixels they have.
    pub pixels: u64,
    /// The sum of the levels of each channel.
    pub sums: Vec<u64>,
    /// The sum of their squares.
    pub squares: Vec<u64>,
    /// The mean of `(level rescale - mean) / std`, per channel.
    pub mean: Vec<f64>,
    /// The standard deviation of the same.
    pub std: Vec<f64>,
}

impl Statistics {
    /// Those of no picture.
    pub fn new(color: Color) -> Self {
        let channels = usize::try_from(color.channels()).unwrap_or(3);
        let (sums, squares, none) = (vec![0; channels], vec![0; channels], vec![0.0; channels]);
        Self { from: None, pictures: 0, pixels: 0, sums, squares, mean: none.clone(), std: none }
    }

    /// Counts a picture, given by its levels, channel by channel within each pixel.
    pub fn count(&mut self, levels: &[u8]) {
        let channels = self.sums.len();
        let Moments { sums, squares } = moments(levels);
        // With one channel, all three are its own.
        for c in 0..3 {
            self.sums[c % channels] += sums[c];
            self.squares[c % channels] += squares[c];
        }
        self.pictures += 1;
        self.pixels += (levels.len() / channels) as u64;
    }

    /// Counts what another counted.
    pub fn add(&mut self, other: &Self) {
        self.sums.iter_mut().zip(&other.sums).for_each(|(sum, more)| *sum += more);
        self.squares.iter_mut().zip(&other.squares).for_each(|(sum, more)| *sum += more);
        self.pictures += other.pictures;
        self.pixels += other.pixels;
    }

    /// Sets mean and deviation, as values of `output` have them.
    pub fn conclude(&mut self, output: &Output) {
        for c in 0..self.sums.len() {
            let (factor, offset) = affine(output, c);
            let spread = Spread::of(self.pixels, self.sums[c], self.squares[c]);
            self.mean[c] = factor * spread.mean + offset;
            self.std[c] = factor * spread.variance.sqrt();
        }
    }
}

/// Factor and offset that bring a level of channel `c` to `(level rescale - mean) / std`.
pub fn affine(output: &Output, c: usize) -> (f64, f64) {
    (output.rescale / output.std[c], -output.mean[c] / output.std[c])
}

/// Mean and variance of some levels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spread {
    /// Their mean.
    pub mean: f64,
    /// Their variance: exactly 0 if they are all the same.
    pub variance: f64,
}

impl Spread {
    /// Of `count` levels, by their sum and the sum of their squares.
    pub fn of(count: u64, sum: u64, squares: u64) -> Self {
        let n = u128::from(count.max(1));
        // Whole numbers up to here, so that nothing cancels.
        let variance = n * u128::from(squares) - u128::from(sum) * u128::from(sum);
        Self { mean: sum as f64 / n as f64, variance: variance as f64 / (n as f64 * n as f64) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::{Overrides, Spec};

    fn output(text: &str) -> Output {
        let text = format!(r#"{{"version": 1, "pipeline": [], "output": {text}}}"#);
        Spec::parse("s.json", &text, &Overrides::default()).unwrap().output
    }

    #[test]
    fn mean_and_deviation_are_those_of_the_values() {
        let output = output(r#"{"dtype": "float32", "rescale": 0.5, "mean": [1, 0, 0], "std": [1, 2, 1]}"#);
        let mut parts = [Statistics::new(Color::Rgb), Statistics::new(Color::Rgb)];
        parts[0].count(&[0, 8, 7, 4, 8, 7]);
        parts[1].count(&[8, 16, 7, 4, 0, 7]);
        let [mut all, more] = parts;
        all.add(&more);
        all.conclude(&output);
        assert_eq!((all.pictures, all.pixels, &all.sums[..], &all.squares[..]), (2, 4, &[16, 32, 28][..], &[96, 384, 196][..]));
        // Red: 0, 4, 8, 4 halved, less 1; green: 8, 8, 16, 0, a quarter.
        assert_eq!(all.mean, [1.0, 2.0, 3.5]);
        assert_eq!(all.std, [2.0f64.sqrt(), 2.0f64.sqrt(), 0.0]);
    }

    #[test]
    fn one_channel_counts_every_value() {
        let mut gray = Statistics::new(Color::Gray);
        gray.count(&[1, 2, 3, 4]);
        assert_eq!((gray.pixels, gray.sums, gray.squares), (4, vec![10], vec![30]));
    }

    #[test]
    fn equal_levels_do_not_spread() {
        assert_eq!(Spread::of(3, 3 * 77, 3 * 77 * 77), Spread { mean: 77.0, variance: 0.0 });
    }
}

//! The noise of light itself: photons are counted.

use super::super::random::Noise;
use super::alias;

/// The law of every level's outcome at one scale, kept from picture to picture.
#[derive(Clone, Debug, Default)]
pub struct Shot {
    scale: f64,
    /// The levels that can come out, ascending; as many as there are columns, a power of two.
    outcomes: Vec<u8>,
    /// For each level its columns (see [`alias`]).
    columns: Vec<u32>,
    weights: Vec<u64>,
}

impl Shot {
    /// Replaces each level by one that a count of photons gives.
    ///
    /// # Algorithm
    /// ```text
    /// e = (level / 255)^2.2                            in linear light
    /// n Poisson of mean e / scale + 10^-6
    /// result = round(255 min(n scale, 1)^(1 / 2.2))
    /// ```
    /// Level `i` takes word `i`. Only 256 levels go in, and few can come out, so the law of each is a table.
    ///
    /// # Panics
    /// If source and target differ in length.
    pub fn apply(&mut self, source: &[u8], scale: f64, noise: Noise, target: &mut [u8]) {
        assert_eq!(source.len(), target.len(), "invariant: pixel for pixel");
        if self.outcomes.is_empty() || self.scale != scale {
            self.prepare(scale);
        }
        let count = self.outcomes.len();
        let bits = count.trailing_zeros();
        noise.each_group(source.len(), |first, words| {
            let all = first..source.len().min(first + words.len());
            for ((to, from), word) in target[all.clone()].iter_mut().zip(&source[all]).zip(words) {
                let columns = &self.columns[*from as usize * count..][..count];
                *to = self.outcomes[alias::draw(columns, bits, *word) as usize];
            }
        });
    }

    fn prepare(&mut self, scale: f64) {
        self.scale = scale;
        // Up to the first count that gives white.
        let counts = libm::ceil(1.0 / scale) as usize;
        let outcome = |n: usize| (255.0 * libm::pow((n as f64 * scale).min(1.0), 1.0 / 2.2) + 0.5) as u8;
        self.outcomes.clear();
        self.outcomes.extend((0..=counts).map(outcome));
        self.outcomes.dedup();
        let distinct = self.outcomes.len();
        let room = distinct.next_power_of_two().max(2);
        self.outcomes.resize(room, 255);
        self.columns.resize(256 * room, 0);
        for level in 0..256 {
            let mean = libm::pow(level as f64 / 255.0, 2.2) / scale + 1e-6;
            self.weights.clear();
            self.weights.resize(room, 0);
            spread(mean, counts, outcome, &self.outcomes[..distinct], &mut self.weights);
            alias::fill(&mut self.weights, &mut self.columns[level * room..][..room]);
        }
    }
}

/// Gives each outcome its share of 2^32: the Poisson law of mean `mean`, counts from `counts` on being alike.
fn spread(mean: f64, counts: usize, outcome: impl Fn(usize) -> u8, outcomes: &[u8], weights: &mut [u64]) {
    const WHOLE: f64 = 4_294_967_296.0;
    let (mut at, mut share, mut so_far) = (0, 0.0, 0u64);
    for n in 0..counts {
        let likely = libm::exp(n as f64 * libm::log(mean) - mean - libm::lgamma(n as f64 + 1.0));
        share += likely;
        if outcome(n + 1) != outcomes[at] {
            let up_to = ((share * WHOLE + 0.5) as u64).clamp(so_far, WHOLE as u64);
            weights[at] = up_to - so_far;
            so_far = up_to;
            at += 1;
        }
    }
    weights[at] += WHOLE as u64 - so_far;
}

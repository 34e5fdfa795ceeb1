//! Noise: each level changed by a draw of its own. Sources and targets are pixels of three bytes.

mod alias;
mod beta;
mod grain;
mod iso;
mod law;
mod salt;
mod shot;

pub use grain::{Grain, grain};
pub use iso::{Strength, iso};
pub use law::Law;
pub use salt::salt_and_pepper;
pub use shot::Shot;

use super::random::Noise;
use super::{Work, widened};

/// What the noises keep from one picture to the next.
#[derive(Debug, Default)]
pub struct Scratch {
    /// A bit for each pixel.
    pub marks: Vec<u64>,
    /// Tables of the shot noise.
    pub shot: Shot,
    /// Rows of film grain.
    pub grain: grain::Scratch,
}

/// Adds draws of `law` to the levels of `source`: one for each level, or with `shared` one for each pixel.
///
/// The draw for level `i` (or pixel `i`) is that of word `i` of `noise`. Sums are held within 0 to 255.
///
/// # Panics
/// If they differ in length.
pub fn add(source: &[u8], law: &Law, noise: Noise, shared: bool, target: &mut [u8]) {
    assert_eq!(source.len(), target.len(), "invariant: pixel for pixel");
    if shared {
        widened(Add::<3> { source, law, noise, target });
    } else {
        widened(Add::<1> { source, law, noise, target });
    }
}

/// [`add`], with one draw for `EACH` levels.
struct Add<'a, const EACH: usize> {
    source: &'a [u8],
    law: &'a Law,
    noise: Noise,
    target: &'a mut [u8],
}

impl<const EACH: usize> Work for Add<'_, EACH> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Self { source, law, noise, target } = self;
        noise.each_group(source.len().div_ceil(EACH), |first, words| {
            let draws = words.map(|word| law.draw(word) as i16);
            let all = first * EACH..source.len().min((first + words.len()) * EACH);
            let (from, to) = (&source[all.clone()], &mut target[all]);
            let sum = |level: u8, draw: i16| (i16::from(level) + draw).clamp(0, 255) as u8;
            for ((to, from), draw) in to.chunks_mut(EACH).zip(from.chunks(EACH)).zip(draws) {
                for (to, from) in to.iter_mut().zip(from) {
                    *to = sum(*from, draw);
                }
            }
        });
    }
}

/// Multiplies each channel of `source` by its factor, and cuts: `result = floor(min(x factor, 255))`.
///
/// # Panics
/// If they differ in length.
pub fn scale(source: &[u8], factors: [f64; 3], target: &mut [u8]) {
    change(source, |c, level| level * factors[c], target);
}

/// Adds a number of levels to each channel of `source`, rounded half up and held within 0 to 255.
///
/// # Panics
/// If they differ in length.
pub fn offset(source: &[u8], levels: [f64; 3], target: &mut [u8]) {
    change(source, |c, level| level + levels[c] + 0.5, target);
}

/// Changes each level by what `to` makes of its channel and itself, cut to a whole level.
fn change(source: &[u8], to: impl Fn(usize, f64) -> f64, target: &mut [u8]) {
    assert_eq!(source.len(), target.len(), "invariant: pixel for pixel");
    let tables: [[u8; 256]; 3] = std::array::from_fn(|c| std::array::from_fn(|level| to(c, level as f64) as u8));
    for (to, from) in target.chunks_exact_mut(3).zip(source.chunks_exact(3)) {
        for c in 0..3 {
            to[c] = tables[c][usize::from(from[c])];
        }
    }
}

/// Multiplies the levels of `source` by uniform draws from `low` to `high`, and cuts: one for each level, or with
/// `shared` one for each pixel.
///
/// # Panics
/// If they differ in length.
pub fn multiply(source: &[u8], (low, high): (f32, f32), noise: Noise, shared: bool, target: &mut [u8]) {
    assert_eq!(source.len(), target.len(), "invariant: pixel for pixel");
    let span = (low, (high - low) * (1.0 / (1 << 24) as f32));
    if shared {
        widened(Multiply::<3> { source, span, noise, target });
    } else {
        widened(Multiply::<1> { source, span, noise, target });
    }
}

/// [`multiply`], with one draw for `EACH` levels; `span` is the least factor and what a step of 2^24 adds.
struct Multiply<'a, const EACH: usize> {
    source: &'a [u8],
    span: (f32, f32),
    noise: Noise,
    target: &'a mut [u8],
}

impl<const EACH: usize> Work for Multiply<'_, EACH> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Self { source, span: (low, step), noise, target } = self;
        noise.each_group(source.len().div_ceil(EACH), |first, words| {
            let factors = words.map(|word| low + (word >> 8) as i32 as f32 * step);
            let all = first * EACH..source.len().min((first + words.len()) * EACH);
            let (from, to) = (&source[all.clone()], &mut target[all]);
            for ((to, from), factor) in to.chunks_mut(EACH).zip(from.chunks(EACH)).zip(factors) {
                for (to, from) in to.iter_mut().zip(from) {
                    *to = (f32::from(*from) * factor) as u8;
                }
            }
        });
    }
}

//! Clouds of light and shadow.

mod field;

use super::super::random::Noise;
use super::super::{Work, widened};
use crate::image::{Image, Size};
use crate::kernels::rounding::cut;
use crate::kernels::rounding::rounded;
use field::Field;
pub use field::Scratch;

/// A random field of numbers from 0 to 1, for each pixel.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Plasma {
    /// How much more noise each step, to half the distance, adds than the one before.
    pub roughness: f64,
    /// Names the noise.
    pub seed: u64,
}

/// Pixels that are changed at once.
const BLOCK: usize = 64;

/// Adds `levels` times the plasma to every level, rounded to nearest.
pub fn brightness(source: &Image, plasma: Plasma, levels: f64, scratch: &mut super::Scratch, target: &mut [u8]) {
    change(source, plasma, (0.0, levels), rounded, scratch, target);
}

/// Moves every level away from the picture's mean, by `part` times the plasma of what it is away, rounded to nearest.
pub fn contrast(source: &Image, plasma: Plasma, part: f64, scratch: &mut super::Scratch, target: &mut [u8]) {
    // In parts whose sums fit short numbers, of which vectors hold more.
    let sum_of = |levels: &[u8]| u64::from(levels.iter().map(|level| u32::from(*level)).sum::<u32>());
    let sum: u64 = source.bytes().chunks(1 << 16).map(sum_of).sum();
    let mean = sum as f64 / source.bytes().len().max(1) as f64;
    change(source, plasma, (part, -part * mean), rounded, scratch, target);
}

/// Takes `part` times the plasma of every level from it, and cuts.
pub fn shadow(source: &Image, plasma: Plasma, part: f64, scratch: &mut super::Scratch, target: &mut [u8]) {
    change(source, plasma, (-part, 0.0), cut, scratch, target);
}

/// Fills `target` with `level + p (slope level + offset)`, where `p` is the plasma; `round` makes a level of it.
fn change(
    source: &Image,
    plasma: Plasma,
    (slope, offset): (f64, f64),
    round: impl Fn(f32) -> u8,
    scratch: &mut super::Scratch,
    target: &mut [u8],
) {
    assert_eq!(source.bytes().len(), target.len(), "invariant: pixel for pixel");
    let Size { width, height } = source.size();
    let field = scratch.plasma.make((width as usize, height as usize), plasma.roughness, Noise::new(plasma.seed));
    widened(Change { source: source.bytes(), field, slope: slope as f32, offset: offset as f32, round, target });
}

struct Change<'a, L> {
    source: &'a [u8],
    field: Field<'a>,
    slope: f32,
    offset: f32,
    round: L,
    target: &'a mut [u8],
}

impl<L: Fn(f32) -> u8> Work for Change<'_, L> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Self { source, field, slope, offset, round, target } = self;
        let (places, last) = field.numbers.as_chunks::<BLOCK>();
        let (from, from_last) = source.as_chunks::<{ 3 * BLOCK }>();
        let (to, to_last) = target.as_chunks_mut::<{ 3 * BLOCK }>();
        let level = |from: u8, part: f32| round(f32::from(from) + part * (slope * f32::from(from) + offset));
        for ((to, from), places) in to.iter_mut().zip(from).zip(places) {
            let mut parts = [0.0; 3 * BLOCK];
            for i in 0..BLOCK {
                let part = field.range.unit(places[i]);
                (parts[3 * i], parts[3 * i + 1], parts[3 * i + 2]) = (part, part, part);
            }
            for i in 0..3 * BLOCK {
                to[i] = level(from[i], parts[i]);
            }
        }
        for ((to, from), place) in to_last.chunks_exact_mut(3).zip(from_last.chunks_exact(3)).zip(last) {
            let part = field.range.unit(*place);
            for c in 0..3 {
                to[c] = level(from[c], part);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Scratch;
    use super::*;

    const PLASMA: Plasma = Plasma { roughness: 0.5, seed: 3 };

    fn made(level: u8, change: impl Fn(&Image, &mut Scratch, &mut [u8])) -> Vec<u8> {
        let size = Size::new(40, 30);
        let source = Image::from_bytes(size, vec![level; size.bytes() as usize]);
        let mut target = vec![0; source.bytes().len()];
        change(&source, &mut Scratch::default(), &mut target);
        target
    }

    fn ends(levels: &[u8]) -> (u8, u8) {
        (levels.iter().min().copied().unwrap_or(0), levels.iter().max().copied().unwrap_or(0))
    }

    #[test]
    fn the_plasma_reaches_from_nothing_to_all_that_is_asked_for() {
        assert_eq!(ends(&made(100, |from, scratch, to| brightness(from, PLASMA, 50.0, scratch, to))), (100, 150));
        assert_eq!(ends(&made(100, |from, scratch, to| brightness(from, PLASMA, -50.0, scratch, to))), (50, 100));
        assert_eq!(ends(&made(200, |from, scratch, to| brightness(from, PLASMA, 255.0, scratch, to))), (200, 255));
        assert_eq!(ends(&made(100, |from, scratch, to| shadow(from, PLASMA, 0.7, scratch, to))), (30, 100));
        assert_eq!(ends(&made(255, |from, scratch, to| shadow(from, PLASMA, 1.0, scratch, to))), (0, 255));
    }

    #[test]
    fn contrast_turns_about_the_mean() {
        assert!(made(77, |from, scratch, to| contrast(from, PLASMA, 1.0, scratch, to)).iter().all(|level| *level == 77));
        let mut source = Image::new(Size::new(40, 30));
        source.bytes_mut().chunks_exact_mut(2).for_each(|pair| pair.copy_from_slice(&[100, 140]));
        let mut target = vec![0; source.bytes().len()];
        contrast(&source, PLASMA, 0.5, &mut Scratch::default(), &mut target);
        let pairs: Vec<&[u8]> = target.chunks_exact(2).collect();
        assert_eq!(pairs.iter().map(|pair| pair[0]).min(), Some(90));
        assert_eq!(pairs.iter().map(|pair| pair[1]).max(), Some(150));
        assert!(pairs.iter().all(|pair| (90..=100).contains(&pair[0]) && (140..=150).contains(&pair[1])));
    }

    #[test]
    fn channels_of_a_pixel_change_alike() {
        let levels = made(90, |from, scratch, to| brightness(from, PLASMA, 90.0, scratch, to));
        assert!(levels.chunks_exact(3).all(|pixel| pixel[0] == pixel[1] && pixel[1] == pixel[2]));
    }
}

//! Which source positions make an output position, and how much of each.

use crate::units::Interpolation;
use std::ops::Range;

/// Bits that weights have at most, so that sums of levels stay far within 32 bits.
const MOST_BITS: u32 = 20;

/// One direction of a resize: `from` positions are brought to `to`, of which `part` is kept.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::kernels) struct Axis {
    pub(super) from: u32,
    pub(super) to: u32,
    pub(super) part: Range<u32>,
    pub(super) interpolation: Interpolation,
    pub(super) antialias: bool,
}

impl Axis {
    /// Whether every position stays what it is.
    pub(in crate::kernels) fn is_identity(&self) -> bool {
        self.from == self.to && self.part == (0..self.to)
    }
}

/// For every output position of an axis, the first source position and the weights from there on.
#[derive(Debug)]
pub(in crate::kernels) struct Taps {
    first: Vec<usize>,
    count: usize,
    weights: Vec<i16>,
    /// Weights of a position sum to this power of two: as large as 16 bits allow for all of them.
    pub(in crate::kernels) bits: u32,
}

impl Taps {
    /// The taps for the part of `axis` that is kept.
    pub(in crate::kernels) fn new(axis: &Axis) -> Self {
        let Axis { from, to, ref part, interpolation, antialias } = *axis;
        // Every interpolation leaves positions that stay as they are, but not with a single weight.
        let interpolation = if from == to { Interpolation::Nearest } else { interpolation };
        let mut shares = Vec::new();
        let mut windows = Vec::with_capacity(part.len());
        for x in part.clone() {
            let begin = shares.len();
            let first = push_weights(x, from, to, interpolation, antialias, &mut shares);
            let sum: f64 = shares[begin..].iter().sum();
            shares[begin..].iter_mut().for_each(|w| *w /= sum);
            windows.push((first, begin..shares.len()));
        }
        let count = windows.iter().map(|(_, range)| range.len()).max().unwrap_or(1);
        let most = shares.iter().fold(0.0, |most: f64, w| most.max(w.abs()));
        // What rounding leaves over has to fit too.
        let fits = |bits: &u32| most * f64::from(1u32 << bits) + 2.0 < f64::from(i16::MAX);
        let bits = (1..=MOST_BITS).rev().find(fits).unwrap_or(1);
        let mut taps = Self { first: Vec::with_capacity(windows.len()), count, weights: vec![0; windows.len() * count], bits };
        for ((first, range), weights) in windows.into_iter().zip(taps.weights.chunks_exact_mut(count)) {
            // The window may not reach beyond the picture, so a short one starts earlier.
            let start = first.min(from as usize - count);
            round(&shares[range], bits, &mut weights[first - start..]);
            taps.first.push(start);
        }
        taps
    }

    /// The source positions that are used; they are counted from the first of them on from now on.
    pub(in crate::kernels) fn keep_used(&mut self) -> Range<u32> {
        let start = self.first.iter().copied().min().unwrap_or(0);
        let end = self.first.iter().copied().max().unwrap_or(0) + self.count;
        self.first.iter_mut().for_each(|first| *first -= start);
        start as u32..end as u32
    }

    /// Weights of each position.
    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// The same as blends of two positions, if there are no more and neither weighs less than nothing.
    pub(super) fn blends(&self) -> Option<Vec<Blend>> {
        let blend = |(first, weights): (usize, &[i16])| match *weights {
            [_] => Blend { first, second: first, share: 0 },
            [0, _] => Blend { first: first + 1, second: first + 1, share: 0 },
            // The weights sum to one, which is 14 or 15 bits here: a share of less than one fits.
            [_, weight] => Blend { first, second: first + 1, share: weight << (Blend::BITS - self.bits) },
            _ => unreachable!("invariant: one weight or two"),
        };
        (self.count <= 2 && self.weights.iter().all(|weight| *weight >= 0)).then(|| self.iter().map(blend).collect())
    }

    /// How many output positions there are.
    pub(super) fn len(&self) -> usize {
        self.first.len()
    }

    /// For each output position, where its weights begin, and the weights.
    pub(in crate::kernels) fn iter(&self) -> impl Iterator<Item = (usize, &[i16])> {
        self.first.iter().copied().zip(self.weights.chunks_exact(self.count))
    }
}

/// Two positions as one: `first + (second - first) * share`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Blend {
    pub(super) first: usize,
    pub(super) second: usize,
    /// Below one, with [`Blend::BITS`] bits behind the point.
    pub(super) share: i16,
}

impl Blend {
    const BITS: u32 = 15;
}

/// Adds the weights of output position `x`, not yet summing to one, to `shares`; says where they start.
fn push_weights(x: u32, from: u32, to: u32, interpolation: Interpolation, antialias: bool, shares: &mut Vec<f64>) -> usize {
    let scale = f64::from(from) / f64::from(to);
    let centre = (f64::from(x) + 0.5) * scale;
    let last = from as usize - 1;
    let kernel: fn(f64) -> f64 = match interpolation {
        Interpolation::Nearest => {
            shares.push(1.0);
            return nearest(x, from, to);
        }
        Interpolation::Area if scale > 1.0 => return push_covered(centre, scale, from, shares),
        Interpolation::Area | Interpolation::Bilinear => triangle,
        Interpolation::Bicubic => cubic,
        Interpolation::Lanczos3 => lanczos3,
    };
    let reach = match interpolation {
        Interpolation::Bicubic => 2.0,
        Interpolation::Lanczos3 => 3.0,
        _ => 1.0,
    };
    if antialias && interpolation != Interpolation::Area {
        let stretch = scale.max(1.0);
        let begin = (centre - reach * stretch + 0.5).floor().max(0.0) as usize;
        let end = ((centre + reach * stretch + 0.5).floor() as usize).min(from as usize);
        shares.extend((begin..end).map(|i| kernel((i as f64 + 0.5 - centre) / stretch)));
        return begin;
    }
    let base = (centre - 0.5).floor();
    let taps = (1 - reach as i64)..=(reach as i64);
    let held = |offset: i64| (base as i64 + offset).clamp(0, last as i64) as usize;
    let begin = held(*taps.start());
    let at = shares.len();
    shares.resize(at + held(*taps.end()) - begin + 1, 0.0);
    for offset in taps {
        shares[at + held(offset) - begin] += kernel(base + offset as f64 + 0.5 - centre);
    }
    begin
}

/// `floor((x + 1/2) from / to)` in whole numbers: the pixel of Pillow and `INTER_NEAREST_EXACT`, whose
/// rounding errors decide where the centre falls between two.
fn nearest(x: u32, from: u32, to: u32) -> usize {
    ((2 * u64::from(x) + 1) * u64::from(from) / (2 * u64::from(to))) as usize
}

/// How much of each pixel lies under the output position, as OpenCV's `INTER_AREA`.
fn push_covered(centre: f64, scale: f64, from: u32, shares: &mut Vec<f64>) -> usize {
    let (low, high) = ((centre - scale / 2.0).max(0.0), (centre + scale / 2.0).min(f64::from(from)));
    let begin = low.floor() as usize;
    let end = (high.ceil() as usize).clamp(begin + 1, from as usize);
    shares.extend((begin..end).map(|i| (high.min(i as f64 + 1.0) - low.max(i as f64)).max(0.0)));
    begin
}

/// Puts `shares` as whole numbers that sum to `1 << bits` into `weights`: what rounding one leaves goes to
/// the next.
fn round(shares: &[f64], bits: u32, weights: &mut [i16]) {
    let (mut sum, mut given) = (0.0, 0);
    for (share, weight) in shares.iter().zip(weights) {
        sum += share * f64::from(1u32 << bits);
        let whole = (sum + 0.5).floor() as i32 - given;
        given += whole;
        *weight = i16::try_from(whole).expect("invariant: the bits were chosen so that weights fit");
    }
}

fn triangle(x: f64) -> f64 {
    (1.0 - x.abs()).max(0.0)
}

fn cubic(x: f64) -> f64 {
    let x = x.abs();
    if x < 1.0 {
        (1.5 * x - 2.5) * x * x + 1.0
    } else if x < 2.0 {
        ((-0.5 * x + 2.5) * x - 4.0) * x + 2.0
    } else {
        0.0
    }
}

fn lanczos3(x: f64) -> f64 {
    let sinc = |x: f64| {
        let a = x * std::f64::consts::PI;
        if x == 0.0 { 1.0 } else { libm::sin(a) / a }
    };
    if x.abs() < 3.0 { sinc(x) * sinc(x / 3.0) } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_that_stay_are_copied() {
        for interpolation in [Interpolation::Bilinear, Interpolation::Bicubic, Interpolation::Lanczos3, Interpolation::Area] {
            for (x, antialias) in (0..300).flat_map(|x| [(x, false), (x, true)]) {
                let mut shares = Vec::new();
                let first = push_weights(x, 300, 300, interpolation, antialias, &mut shares);
                for (i, share) in (first..).zip(shares) {
                    // Far less than half of what 20 bits tell apart.
                    assert!((share - f64::from(i == x as usize)).abs() < 1e-12, "{interpolation:?} {x} {i} {share}");
                }
            }
        }
    }

    #[test]
    fn weights_sum_to_one_and_use_their_bits() {
        for interpolation in [Interpolation::Bilinear, Interpolation::Bicubic, Interpolation::Lanczos3, Interpolation::Area] {
            for (from, to) in [(1, 1), (1, 9), (9, 1), (500, 256), (256, 500), (4000, 224), (65_535, 1), (7, 7)] {
                for antialias in [false, true] {
                    let taps = Taps::new(&Axis { from, to, part: 0..to, interpolation, antialias });
                    for (first, weights) in taps.iter() {
                        assert_eq!(weights.iter().map(|w| i32::from(*w)).sum::<i32>(), 1 << taps.bits);
                        assert!(first + weights.len() <= from as usize);
                    }
                    assert!(taps.bits >= 13, "{interpolation:?} {from} {to} {}", taps.bits);
                }
            }
        }
    }
}

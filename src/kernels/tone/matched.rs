//! Levels that come to look like those of another picture: one table per channel.

use super::counts::{Counts, histogram};
use super::{Levels, Tables, look_up};
use std::array::from_fn;

/// How often each channel of a picture has each level.
#[derive(Clone, Debug)]
pub struct Histogram(Counts);

/// In what a channel is made like the reference's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Likeness {
    /// The share of pixels at or below a level.
    Shares,
    /// Mean and standard deviation.
    Spread,
    /// The least and the greatest level.
    Range,
}

impl Histogram {
    /// That of a picture's pixels, three bytes each.
    pub fn of(source: &[u8]) -> Self {
        Self(histogram(source))
    }
}

/// Fills `target` with the pixels of `source` (three bytes each), each channel made like the reference's, as far as
/// `blend` says: 0 changes nothing, 1 is all the way.
///
/// # Algorithm
/// ```text
/// shares: t[v] = floor(the level at which the reference has the source's share of pixels up to v,
///                      straight between its levels)       scikit-image's match_histograms
///         result = nearest(blend t[v] + (1 - blend) v)    ties to even, single precision: cv2.addWeighted
/// spread: t[v] = (v - mean) / deviation * deviation' + mean'
/// range:  t[v] = (v - least) / (greatest - least) * (greatest' - least') + least'
///         result = nearest(blend clamp(t[v]) + (1 - blend) v)    halves up
/// ```
/// Primes are the reference's. `spread` and `range` are qudida's adapters; as in their scalers, a deviation or a range
/// of nothing counts as that from black to white.
///
/// # Panics
/// If they differ in length.
pub fn match_levels(source: &[u8], reference: &Histogram, likeness: Likeness, blend: f64, target: &mut [u8]) {
    assert_eq!(source.len(), target.len(), "invariant: pixel for pixel");
    let counts = histogram(source);
    let of = |c: usize| (&counts[c], &reference.0[c]);
    let made = match likeness {
        Likeness::Shares => bent(from_fn(|c| shares(of(c).0, of(c).1, blend))),
        Likeness::Spread => straight(from_fn(|c| spread(of(c).0, of(c).1)), blend),
        Likeness::Range => straight(from_fn(|c| range(of(c).0, of(c).1)), blend),
    };
    let done = made.look_up_fast(source, target);
    look_up(&source[done..], &made.tables, &mut target[done..]);
}

/// Tables that are no lines.
fn bent(tables: [[u8; 256]; 3]) -> Tables {
    Tables { tables, scale: [f64::NAN; 3], offset: [0.0; 3] }
}

/// Tables of lines (factor and offset), blended with what was there.
fn straight(lines: [[f64; 2]; 3], blend: f64) -> Tables {
    let levels: Levels = from_fn(|c| {
        let [scale, offset] = lines[c];
        from_fn(|v| blend * (v as f64 * scale + offset).clamp(0.0, 255.0) + (1.0 - blend) * v as f64)
    });
    Tables {
        tables: levels.map(|table| table.map(|level| (level + 0.5) as u8)),
        scale: lines.map(|[scale, _]| blend * scale + (1.0 - blend)),
        offset: lines.map(|[_, offset]| blend * offset),
    }
}

fn shares(counts: &[u32; 256], reference: &[u32; 256], blend: f64) -> [u8; 256] {
    let pixels = |counts: &[u32; 256]| counts.iter().map(|n| u64::from(*n)).sum::<u64>().max(1) as f64;
    let (size, other) = (pixels(counts), pixels(reference));
    // The levels that the reference has, each with the share of pixels up to it.
    let (mut levels, mut up_to, mut known, mut sum) = ([0.0; 256], [0.0; 256], 0, 0u64);
    for (v, n) in reference.iter().enumerate().filter(|(_, n)| **n > 0) {
        sum += u64::from(*n);
        (levels[known], up_to[known]) = (v as f64, sum as f64 / other);
        known += 1;
    }
    let (levels, up_to) = (&levels[..known], &up_to[..known]);
    let (over, under) = (blend as f32, (1.0 - blend) as f32);
    let (mut at, mut sum) = (0, 0u64);
    from_fn(|v| {
        sum += u64::from(counts[v]);
        let share = sum as f64 / size;
        while at + 1 < known && up_to[at + 1] <= share {
            at += 1;
        }
        let level = if share <= up_to[at] || at + 1 == known {
            levels[at]
        } else {
            let slope = (levels[at + 1] - levels[at]) / (up_to[at + 1] - up_to[at]);
            slope * (share - up_to[at]) + levels[at]
        };
        let level = f32::from(level as u8) * over + v as f32 * under;
        level.round_ties_even() as u8
    })
}

fn spread(counts: &[u32; 256], reference: &[u32; 256]) -> [f64; 2] {
    let of = |counts: &[u32; 256]| {
        let (mut pixels, mut sum, mut squares) = (0u64, 0u64, 0u64);
        for (v, n) in (0u64..).zip(counts) {
            let n = u64::from(*n);
            (pixels, sum, squares) = (pixels + n, sum + n * v, squares + n * v * v);
        }
        let n = pixels.max(1) as f64;
        // In whole numbers, since the squares are large and their difference may be nothing.
        let spread = u128::from(pixels) * u128::from(squares) - u128::from(sum) * u128::from(sum);
        (sum as f64 / n, unless_none((spread as f64).sqrt() / n))
    };
    line(of(counts), of(reference))
}

fn range(counts: &[u32; 256], reference: &[u32; 256]) -> [f64; 2] {
    let of = |counts: &[u32; 256]| {
        let least = counts.iter().position(|n| *n > 0).unwrap_or(0) as f64;
        let greatest = counts.iter().rposition(|n| *n > 0).unwrap_or(0) as f64;
        (least, unless_none(greatest - least))
    };
    line(of(counts), of(reference))
}

/// A spread in levels; where there is none, that of white against black.
fn unless_none(spread: f64) -> f64 {
    if spread == 0.0 { 255.0 } else { spread }
}

/// From one place and spread to another.
fn line((place, spread): (f64, f64), (other, other_spread): (f64, f64)) -> [f64; 2] {
    let scale = other_spread / spread;
    [scale, other - place * scale]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matched(source: &[u8], reference: &[u8], likeness: Likeness, blend: f64) -> Vec<u8> {
        let gray = |levels: &[u8]| levels.iter().flat_map(|level| [*level; 3]).collect::<Vec<u8>>();
        let (source, reference) = (gray(source), gray(reference));
        let mut target = vec![0; source.len()];
        match_levels(&source, &Histogram::of(&reference), likeness, blend, &mut target);
        target.chunks_exact(3).map(|pixel| pixel[1]).collect()
    }

    const ALL: [Likeness; 3] = [Likeness::Shares, Likeness::Spread, Likeness::Range];

    #[test]
    fn a_picture_is_like_itself() {
        let levels = [3, 3, 70, 255, 254, 8, 9, 9];
        for likeness in ALL {
            assert_eq!(matched(&levels, &levels, likeness, 1.0), levels, "{likeness:?}");
            assert_eq!(matched(&levels, &[9, 90, 255], likeness, 0.0), levels, "{likeness:?}");
        }
    }

    #[test]
    fn each_likeness_takes_over_what_it_names() {
        assert_eq!(matched(&[10, 20, 30, 40], &[100, 100, 200, 200], Likeness::Shares, 1.0), [100, 100, 150, 200]);
        assert_eq!(matched(&[10, 20, 30, 40], &[100, 100, 200, 200], Likeness::Shares, 0.5), [55, 60, 90, 120]);
        assert_eq!(matched(&[10, 30], &[100, 120, 140, 120], Likeness::Range, 1.0), [100, 140]);
        assert_eq!(matched(&[10, 30], &[100, 140, 100, 140], Likeness::Spread, 1.0), [100, 140]);
        assert_eq!(matched(&[10, 20], &[240, 255], Likeness::Range, 0.5), [125, 138]);
    }

    #[test]
    fn one_level_comes_to_the_reference() {
        assert_eq!(matched(&[7; 5], &[20, 40], Likeness::Shares, 1.0), [40; 5]);
        assert_eq!(matched(&[7; 5], &[20, 40], Likeness::Spread, 1.0), [30; 5]);
        assert_eq!(matched(&[7; 5], &[20, 40], Likeness::Range, 1.0), [20; 5]);
        for likeness in ALL {
            assert_eq!(matched(&[7; 5], &[99; 2], likeness, 1.0), [99; 5], "{likeness:?}");
        }
    }
}

//! Resampling to another size, one axis after the other.

use crate::image::{Image, Size};
use crate::units::Interpolation;

/// Weights are whole numbers that sum to this power of two.
const BITS: u32 = 15;

/// `source` at another size; pixel centres keep their relative place (`s = (x + 1/2) W/w - 1/2`).
///
/// # Algorithm
/// ```text
/// weights of output x:  k((i - s) / t) over its support, summing to one
/// t = max(1, W/w) if antialias (Pillow), else 1 with neighbours held at the edge (tf.image, OpenCV)
/// k: triangle, Keys's cubic with a = -1/2, Lanczos with 3 lobes
/// area: the share of each pixel under output x when shrinking, else the triangle
/// nearest: the pixel at floor((x + 1/2) W/w)
/// ```
/// Weights are made once per axis in basic arithmetic and rounded to 1/2^15; rows first across, then
/// down, each rounded to whole levels as Pillow does. Integers only in the loops.
pub fn resize(source: &Image, size: Size, interpolation: Interpolation, antialias: bool) -> Image {
    if source.size() == size {
        return source.clone();
    }
    let from = source.size();
    let across = Taps::new(from.width, size.width, interpolation, antialias);
    let down = Taps::new(from.height, size.height, interpolation, antialias);
    let narrow = if from.width == size.width { None } else { Some(horizontal(source, size.width, &across)) };
    let narrow = narrow.as_ref().unwrap_or(source);
    if from.height == size.height { narrow.clone() } else { vertical(narrow, size.height, &down) }
}

/// For every output position, the first source position and the weights from there on.
#[derive(Debug)]
struct Taps {
    first: Vec<usize>,
    count: usize,
    weights: Vec<i32>,
}

impl Taps {
    fn new(from: u32, to: u32, interpolation: Interpolation, antialias: bool) -> Self {
        let rows: Vec<(usize, Vec<f64>)> = (0..to).map(|x| weights_of(x, from, to, interpolation, antialias)).collect();
        let count = rows.iter().map(|(_, w)| w.len()).max().unwrap_or(1);
        let mut taps = Self { first: Vec::new(), count, weights: Vec::with_capacity(rows.len() * count) };
        for (first, weights) in rows {
            // The window may not reach beyond the picture, so a short one starts earlier.
            let start = first.min(from as usize - count);
            let mut padded = vec![0.0; count];
            padded[first - start..][..weights.len()].copy_from_slice(&weights);
            taps.first.push(start);
            taps.weights.extend(rounded(&padded));
        }
        taps
    }

    fn iter(&self) -> impl Iterator<Item = (usize, &[i32])> {
        self.first.iter().copied().zip(self.weights.chunks_exact(self.count))
    }
}

/// The weights of output position `x`, not yet summing to one, and where they start.
fn weights_of(x: u32, from: u32, to: u32, interpolation: Interpolation, antialias: bool) -> (usize, Vec<f64>) {
    let scale = f64::from(from) / f64::from(to);
    let centre = (f64::from(x) + 0.5) * scale;
    let last = from as usize - 1;
    let kernel: fn(f64) -> f64 = match interpolation {
        Interpolation::Nearest => return (nearest(x, from, to), vec![1.0]),
        Interpolation::Area if scale > 1.0 => return covered(centre, scale, from),
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
        return (begin, (begin..end).map(|i| kernel((i as f64 + 0.5 - centre) / stretch)).collect());
    }
    let base = (centre - 0.5).floor();
    let taps = (1 - reach as i64)..=(reach as i64);
    let held = |offset: i64| (base as i64 + offset).clamp(0, last as i64) as usize;
    let begin = held(*taps.start());
    let mut weights = vec![0.0; held(*taps.end()) - begin + 1];
    for offset in taps {
        weights[held(offset) - begin] += kernel(base + offset as f64 + 0.5 - centre);
    }
    (begin, weights)
}

/// `floor((x + 1/2) from / to)` in whole numbers: the pixel of Pillow and `INTER_NEAREST_EXACT`, whose
/// rounding errors decide where the centre falls between two.
fn nearest(x: u32, from: u32, to: u32) -> usize {
    ((2 * u64::from(x) + 1) * u64::from(from) / (2 * u64::from(to))) as usize
}

/// How much of each pixel lies under the output position, as OpenCV's `INTER_AREA`.
fn covered(centre: f64, scale: f64, from: u32) -> (usize, Vec<f64>) {
    let (low, high) = ((centre - scale / 2.0).max(0.0), (centre + scale / 2.0).min(f64::from(from)));
    let begin = low.floor() as usize;
    let end = (high.ceil() as usize).clamp(begin + 1, from as usize);
    (begin, (begin..end).map(|i| (high.min(i as f64 + 1.0) - low.max(i as f64)).max(0.0)).collect())
}

/// Weights as whole numbers that sum to `1 << BITS`; what rounding leaves goes to the largest.
fn rounded(weights: &[f64]) -> Vec<i32> {
    let sum: f64 = weights.iter().sum();
    let mut whole: Vec<i32> = weights.iter().map(|w| (w / sum * f64::from(1 << BITS) + 0.5).floor() as i32).collect();
    let rest = (1 << BITS) - whole.iter().sum::<i32>();
    if let Some(largest) = whole.iter_mut().max() {
        *largest += rest;
    }
    whole
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

fn level(sum: i32) -> u8 {
    ((sum + (1 << (BITS - 1))) >> BITS).clamp(0, 255) as u8
}

fn horizontal(source: &Image, width: u32, taps: &Taps) -> Image {
    let mut target = Image::new(Size::new(width, source.size().height));
    let stride = width as usize * 3;
    for (y, row) in target.bytes_mut().chunks_exact_mut(stride).enumerate() {
        let from = source.row(y as u32);
        for (out, (first, weights)) in row.chunks_exact_mut(3).zip(taps.iter()) {
            let mut sum = [0i32; 3];
            for (pixel, weight) in from[first * 3..].chunks_exact(3).zip(weights) {
                sum[0] += i32::from(pixel[0]) * weight;
                sum[1] += i32::from(pixel[1]) * weight;
                sum[2] += i32::from(pixel[2]) * weight;
            }
            out.copy_from_slice(&sum.map(level));
        }
    }
    target
}

fn vertical(source: &Image, height: u32, taps: &Taps) -> Image {
    let mut target = Image::new(Size::new(source.size().width, height));
    let stride = source.size().width as usize * 3;
    let mut sums = vec![0i32; stride];
    for (row, (first, weights)) in target.bytes_mut().chunks_exact_mut(stride).zip(taps.iter()) {
        sums.fill(0);
        for (k, weight) in weights.iter().enumerate() {
            for (sum, v) in sums.iter_mut().zip(source.row((first + k) as u32)) {
                *sum += i32::from(*v) * weight;
            }
        }
        for (out, sum) in row.iter_mut().zip(&sums) {
            *out = level(*sum);
        }
    }
    target
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Interpolation; 5] =
        [Interpolation::Nearest, Interpolation::Bilinear, Interpolation::Bicubic, Interpolation::Lanczos3, Interpolation::Area];

    fn row(levels: &[u8], width: u32, interpolation: Interpolation, antialias: bool) -> Vec<u8> {
        let source = Image::from_bytes(Size::new(levels.len() as u32, 1), levels.iter().flat_map(|l| [*l; 3]).collect());
        resize(&source, Size::new(width, 1), interpolation, antialias).bytes().chunks_exact(3).map(|p| p[0]).collect()
    }

    #[test]
    fn known_rows() {
        assert_eq!(row(&[0, 100], 4, Interpolation::Bilinear, false), [0, 25, 75, 100]);
        assert_eq!(row(&[0, 100, 200, 40], 2, Interpolation::Area, false), [50, 120]);
        assert_eq!(row(&[0, 90, 180], 2, Interpolation::Area, false), [30, 150]);
        assert_eq!(row(&[1, 2, 3, 4], 2, Interpolation::Nearest, false), [2, 4]);
        assert_eq!(row(&[0, 100, 200, 40], 2, Interpolation::Bilinear, false), [50, 120]);
    }

    #[test]
    fn a_flat_picture_stays_flat() {
        let source = Image::from_bytes(Size::new(7, 5), vec![200; 105]);
        for interpolation in ALL {
            for antialias in [false, true] {
                for size in [Size::new(3, 2), Size::new(20, 9), Size::new(1, 1), Size::new(7, 30)] {
                    assert!(
                        resize(&source, size, interpolation, antialias).bytes().iter().all(|v| *v == 200),
                        "{interpolation:?}"
                    );
                }
            }
        }
    }

    #[test]
    fn one_pixel_grows_to_any_size() {
        for interpolation in ALL {
            assert_eq!(row(&[5], 4, interpolation, true), [5; 4]);
            assert_eq!(row(&[5], 4, interpolation, false), [5; 4]);
        }
    }
}

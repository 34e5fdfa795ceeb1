//! Each level by itself, against a threshold that depends on its place or on chance.

use crate::kernels::random::Noise;
use crate::kernels::{Work, widened};

/// Levels that are made at once: whole pixels, and whole periods of every matrix.
const BLOCK: usize = 192;

/// The matrix of B. E. Bayer, "An optimum method for two-level rendition of continuous-tone pictures" (1973), of
/// `side` rows and columns (2, 4 or 8): every number below `side^2` once.
fn bayer(x: u32, y: u32, side: u32) -> u32 {
    // From the lowest bit of the place, which weighs most: the corner's order is 0 2 / 3 1.
    (0..side.ilog2()).fold(0, |sum, bit| {
        let (x, y) = (x >> bit & 1, y >> bit & 1);
        4 * sum + 2 * (x ^ y) + y
    })
}

/// Fills `target` with `source`, rows of `width` pixels, in `levels` levels a channel (2 to 256), the thresholds of
/// which are Bayer's matrix of `side` (2, 4 or 8), the same for all channels.
///
/// # Algorithm
/// ```text
/// result = level floor(x (levels - 1) / 255 + (B(x mod side, y mod side) + 1/2) / side^2)
/// ```
/// in whole numbers, so that a flat area keeps its mean as exactly as a matrix can.
///
/// # Panics
/// If they differ in length.
pub fn ordered(source: &[u8], width: usize, levels: u32, side: u32, target: &mut [u8]) {
    assert_eq!(source.len(), target.len(), "invariant: pixel for pixel");
    let threshold = |x: u32, y: u32| (255 * (2 * bayer(x, y, side) + 1) / (2 * side * side)) as u16;
    let mut rows = [[0; BLOCK]; 8];
    for (y, row) in (0..side).zip(&mut rows) {
        let pixels: [u16; 8] = std::array::from_fn(|x| threshold(x as u32 % side, y));
        for (i, to) in row.as_chunks_mut::<3>().0.iter_mut().enumerate() {
            *to = [pixels[i % 8]; 3];
        }
    }
    let (stride, steps) = ((3 * width).max(1), Steps::new(levels));
    let thresholds = rows[..side as usize].iter().cycle();
    for ((from, to), thresholds) in source.chunks_exact(stride).zip(target.chunks_exact_mut(stride)).zip(thresholds) {
        widened(Row { from, to, steps, thresholds });
    }
}

/// As [`ordered`], with thresholds that are uniform numbers of `noise`: one for each level, or with `shared` one for
/// each pixel.
///
/// # Panics
/// If they differ in length.
pub fn random(source: &[u8], levels: u32, noise: Noise, shared: bool, target: &mut [u8]) {
    assert_eq!(source.len(), target.len(), "invariant: pixel for pixel");
    let steps = Steps::new(levels);
    if shared {
        widened(Random::<3> { source, steps, noise, target });
    } else {
        widened(Random::<1> { source, steps, noise, target });
    }
}

/// What turns a level and a threshold into one of fewer levels.
#[derive(Clone, Copy)]
struct Steps {
    /// Steps from black to white.
    count: u16,
    /// Levels of a step, with 20 bits behind the point, rounded up so that halves are not lost.
    height: u32,
}

impl Steps {
    fn new(levels: u32) -> Self {
        let count = levels.clamp(2, 256) - 1;
        Self { count: count as u16, height: (255u32 << 20).div_ceil(count) }
    }

    /// `threshold` is from 0 to 254, in 255ths of a step.
    #[inline(always)]
    fn of(self, level: u8, threshold: u16) -> u8 {
        let sum = u16::from(level) * self.count + threshold;
        // The quotient by 255, right for all numbers of 16 bits but the last.
        let step = (sum + 1 + (sum >> 8)) >> 8;
        ((u32::from(step) * self.height + (1 << 19)) >> 20) as u8
    }
}

/// A row with thresholds that repeat.
struct Row<'a> {
    from: &'a [u8],
    to: &'a mut [u8],
    steps: Steps,
    thresholds: &'a [u16; BLOCK],
}

impl Work for Row<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Self { from, to, steps, thresholds } = self;
        let (blocks, rest) = from.as_chunks::<BLOCK>();
        let (to_blocks, to_rest) = to.as_chunks_mut::<BLOCK>();
        for (from, to) in blocks.iter().zip(to_blocks) {
            for i in 0..BLOCK {
                to[i] = steps.of(from[i], thresholds[i]);
            }
        }
        for ((to, from), threshold) in to_rest.iter_mut().zip(rest).zip(thresholds) {
            *to = steps.of(*from, *threshold);
        }
    }
}

/// [`random`], with one threshold for `EACH` levels.
struct Random<'a, const EACH: usize> {
    source: &'a [u8],
    steps: Steps,
    noise: Noise,
    target: &'a mut [u8],
}

impl<const EACH: usize> Work for Random<'_, EACH> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Self { source, steps, noise, target } = self;
        noise.each_group(source.len().div_ceil(EACH), |first, words| {
            // A word as a fraction of 255.
            let thresholds = words.map(|word| (((word >> 16) * 255) >> 16) as u16);
            let all = first * EACH..source.len().min((first + words.len()) * EACH);
            let (from, to) = (&source[all.clone()], &mut target[all]);
            for ((to, from), threshold) in to.chunks_mut(EACH).zip(from.chunks(EACH)).zip(thresholds) {
                for (to, from) in to.iter_mut().zip(from) {
                    *to = steps.of(*from, threshold);
                }
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::super::{level, mean};
    use super::*;

    #[test]
    fn the_matrices_are_bayers() {
        let row = |y, side| -> Vec<u32> { (0..side).map(|x| bayer(x, y, side)).collect() };
        assert_eq!([row(0, 2), row(1, 2)], [[0, 2], [3, 1]]);
        assert_eq!([row(0, 4), row(1, 4)], [[0, 8, 2, 10], [12, 4, 14, 6]]);
        assert_eq!([row(2, 4), row(3, 4)], [[3, 11, 1, 9], [15, 7, 13, 5]]);
        assert_eq!(row(7, 8), [63, 31, 55, 23, 61, 29, 53, 21]);
    }

    #[test]
    fn steps_are_the_exact_quotients() {
        for levels in 2..=256 {
            let steps = Steps::new(levels);
            for x in 0..=255u8 {
                for threshold in [0, 1, 100, 127, 128, 253, 254] {
                    let exact = level((u32::from(x) * (levels - 1) + u32::from(threshold)) / 255, levels);
                    assert_eq!(steps.of(x, threshold), exact, "{x} + {threshold} in {levels}");
                }
            }
        }
    }

    #[test]
    fn a_flat_area_keeps_its_mean() {
        let mut made = vec![0; 8 * 8 * 3];
        for (level, exact) in [(0, 0.0), (255, 255.0), (64, 63.75), (128, 127.5)] {
            ordered(&[level; 8 * 8 * 3], 8, 2, 8, &mut made);
            assert!((mean(&made) - exact).abs() < 0.01, "{level}: {}", mean(&made));
        }
    }

    #[test]
    fn chance_keeps_the_mean() {
        let mut made = vec![0; 300 * 301];
        for (level, levels) in [(0, 2), (255, 2), (40, 2), (200, 2), (90, 5)] {
            for shared in [false, true] {
                random(&vec![level; made.len()], levels, Noise::new(3), shared, &mut made);
                // Three spreads of a mean of as many coins as there are pixels.
                assert!((mean(&made) - f64::from(level)).abs() < 2.3, "{level}: {}", mean(&made));
                assert!(!shared || made.as_chunks::<3>().0.iter().all(|pixel| *pixel == [pixel[0]; 3]));
            }
        }
    }

    #[test]
    fn every_vector_gives_the_same() {
        let noise = Noise::new(9);
        for pixels in [1, 2, 63, 64, 65, 200] {
            let source: Vec<u8> = (0..3 * pixels).map(|i| noise.bits(i) as u8).collect();
            let (mut wide, mut plain) = (vec![0; source.len()], vec![0; source.len()]);
            random(&source, 6, noise, false, &mut wide);
            Random::<1> { source: &source, steps: Steps::new(6), noise, target: &mut plain }.run();
            assert_eq!(wide, plain);
            let thresholds = &std::array::from_fn(|i| i as u16);
            widened(Row { from: &source, to: &mut wide, steps: Steps::new(6), thresholds });
            Row { from: &source, to: &mut plain, steps: Steps::new(6), thresholds }.run();
            assert_eq!(wide, plain);
        }
    }
}

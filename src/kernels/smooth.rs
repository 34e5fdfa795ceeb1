//! Planes of numbers smoothed by a Gaussian, in single precision.

use super::{Work, widened};

/// Numbers that are summed at once.
const LANES: usize = 32;

/// A Gaussian's middle and one of its sides.
#[derive(Clone, Debug, Default)]
pub(crate) struct Gaussian {
    weights: Vec<f32>,
}

impl Gaussian {
    /// One that reaches four standard deviations, as OpenCV's for floats and SciPy's.
    pub(crate) fn fill(&mut self, sigma: f64) {
        self.fill_to(sigma, (4.0 * sigma + 0.5) as usize);
    }

    /// One that reaches `radius` places.
    pub(crate) fn fill_to(&mut self, sigma: f64, radius: usize) {
        let weight = |k: usize| libm::exp(-0.5 * (k as f64 / sigma) * (k as f64 / sigma));
        let sum = 1.0 + 2.0 * (1..=radius).map(weight).sum::<f64>();
        self.weights.clear();
        self.weights.extend((0..=radius).map(|k| (weight(k) / sum) as f32));
    }

    /// The middle, then one side.
    pub(crate) fn weights(&self) -> &[f32] {
        &self.weights
    }

    /// Fills `made` with sums over the Gaussian's middle and sides: `pair(k)` gives the numbers at distance `k` on both.
    #[inline(always)]
    pub(crate) fn weigh<'a>(&self, pair: impl Fn(usize) -> (&'a [f32], &'a [f32]), made: &mut [f32]) {
        // The middle is counted once.
        let weight = |k: usize| if k == 0 { 0.5 * self.weights[0] } else { self.weights[k] };
        let (blocks, rest) = made.as_chunks_mut::<LANES>();
        let whole = blocks.len() * LANES;
        for (n, block) in blocks.iter_mut().enumerate() {
            let at = n * LANES;
            let mut sums = [0.0; LANES];
            for k in 0..self.weights.len() {
                let (before, after) = pair(k);
                let (before, after) = (&before[at..at + LANES], &after[at..at + LANES]);
                let weight = weight(k);
                for (i, sum) in sums.iter_mut().enumerate() {
                    *sum += weight * (before[i] + after[i]);
                }
            }
            *block = sums;
        }
        rest.fill(0.0);
        for k in 0..self.weights.len() {
            let (before, after) = pair(k);
            let sides = before[whole..].iter().zip(&after[whole..]);
            rest.iter_mut().zip(sides).for_each(|(sum, (before, after))| *sum += weight(k) * (before + after));
        }
    }
}

/// Where a place beyond an axis of so many numbers is read.
pub(crate) type Edge = fn(i64, i64) -> usize;

/// The numbers at the ends are held: `aaaa|abcd|dddd`.
pub(crate) fn held(at: i64, count: i64) -> usize {
    at.clamp(0, count - 1) as usize
}

/// What smoothing keeps from one plane to the next.
#[derive(Clone, Debug, Default)]
pub(crate) struct Smoother {
    gaussian: Gaussian,
    /// A row, continued on both sides.
    line: Vec<f32>,
    /// The plane, smooth along rows, and where its rows begin, continued above and below.
    rows: Vec<f32>,
    starts: Vec<usize>,
}

impl Smoother {
    /// Smooths a plane of `width` numbers a row in place, by a Gaussian of deviation `sigma` that reaches `radius` numbers,
    /// or four deviations if nothing is said.
    pub(crate) fn smooth(&mut self, plane: &mut [f32], width: usize, (sigma, radius): (f64, Option<usize>), edge: Edge) {
        match radius {
            Some(radius) => self.gaussian.fill_to(sigma, radius),
            None => self.gaussian.fill(sigma),
        }
        let radius = self.gaussian.weights().len() - 1;
        self.line.resize(width + 2 * radius, 0.0);
        self.rows.resize(plane.len(), 0.0);
        let (reach, height) = (radius as i64, (plane.len() / width) as i64);
        self.starts.clear();
        self.starts.extend((-reach..height + reach).map(|y| edge(y, height) * width));
        widened(Smooth { smoother: self, plane, width, radius, edge });
    }
}

struct Smooth<'a> {
    smoother: &'a mut Smoother,
    plane: &'a mut [f32],
    width: usize,
    radius: usize,
    edge: Edge,
}

impl Work for Smooth<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Self { smoother: Smoother { gaussian, line, rows, starts }, plane, width, radius, edge } = self;
        for (row, across) in plane.chunks_exact(width).zip(rows.chunks_exact_mut(width)) {
            line[radius..radius + width].copy_from_slice(row);
            for k in 1..=radius {
                line[radius - k] = row[edge(-(k as i64), width as i64)];
                line[radius + width + k - 1] = row[edge((width + k - 1) as i64, width as i64)];
            }
            gaussian.weigh(|k| (&line[radius - k..], &line[radius + k..]), across);
        }
        for (y, row) in plane.chunks_exact_mut(width).enumerate() {
            let from = |y: usize| &rows[starts[y]..][..width];
            gaussian.weigh(|k| (from(y + radius - k), from(y + radius + k)), row);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::paint::soften::mirrored;

    #[test]
    fn a_gaussian_reaches_four_deviations_and_sums_to_one() {
        let mut gaussian = Gaussian::default();
        gaussian.fill(5.0);
        assert_eq!(gaussian.weights().len(), 21);
        let sum = gaussian.weights()[0] + 2.0 * gaussian.weights()[1..].iter().sum::<f32>();
        assert!((sum - 1.0).abs() < 1e-6, "{sum}");
    }

    #[test]
    fn a_point_spreads_alike_along_both_axes() {
        let mut plane = [0.0; 49];
        plane[24] = 1.0;
        Smoother::default().smooth(&mut plane, 7, (1.0, Some(1)), mirrored);
        // exp(-1/2) on either side of 1.
        let side = 0.606_530_66 / (1.0 + 2.0 * 0.606_530_66);
        assert!((plane[23] - side * (1.0 - 2.0 * side)).abs() < 1e-6 && (plane[16] - side * side).abs() < 1e-6, "{plane:?}");
        assert_eq!((plane[23], plane[22]), (plane[31], 0.0));
    }

    #[test]
    fn flat_planes_stay_flat_whatever_their_size() {
        for (width, height) in [(1, 1), (1, 9), (5, 2), (33, 3)] {
            for edge in [mirrored as Edge, held] {
                let mut plane = vec![7.0; width * height];
                Smoother::default().smooth(&mut plane, width, (15.0, None), edge);
                assert!(plane.iter().all(|number| (number - 7.0f32).abs() < 1e-4), "{width}x{height} {plane:?}");
            }
        }
    }

    #[test]
    fn every_vector_gives_the_same() {
        let noise = crate::kernels::random::Noise::new(4);
        let mut one = vec![0.0; 37 * 20];
        noise.normals(0, &mut one);
        let mut other = one.clone();
        Smoother::default().smooth(&mut one, 37, (2.0, None), held);
        let mut smoother = Smoother::default();
        // What it keeps is what it needs.
        smoother.smooth(&mut other.clone(), 37, (2.0, None), held);
        Smooth { smoother: &mut smoother, plane: &mut other, width: 37, radius: 8, edge: held }.run();
        assert_eq!(one, other);
    }
}

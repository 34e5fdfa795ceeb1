//! Elastic distortion: every pixel is moved by noise of its own, smoothed.

use super::lattice::Lattice;
use crate::image::Size;
use crate::kernels::random::{Noise, PAIRS};
use crate::kernels::smooth::Smoother;
use crate::kernels::warp::border_index;
use crate::kernels::{Work, widened};
use crate::units::FillMode;

/// `source = (x, y) + strength G * n(x, y)`: noise of standard deviation 1, independent for x and y, smoothed by a
/// Gaussian (Simard, Steinkraus and Platt, "Best practices for convolutional neural networks", 2003).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Elastic {
    /// Names the noise.
    pub seed: u64,
    /// What the smoothed noise is multiplied with, in pixels.
    pub strength: f64,
    /// Standard deviation of the Gaussian, in pixels.
    pub sigma: f64,
    /// Whether x and y move alike.
    pub same: bool,
}

/// The noise of a cell of `step` pixels has a `step`-th of the spread; cells are no larger than this part of sigma,
/// which makes straight lines between them lose less than 0.2 % of the spread.
const CELL: f64 = 1.0 / 8.0;

impl Elastic {
    pub(super) fn prepare(&self, size: Size, smoother: &mut Smoother, lattice: &mut Lattice) {
        let step = cell(self.sigma);
        let (columns, rows) = (size.width.div_ceil(step), size.height.div_ceil(step));
        (lattice.step, lattice.phase, lattice.columns) = (step as usize, 1 + step as usize, columns as usize + 2);
        let [x, y] = &mut lattice.moves;
        self.fill(0, (columns as usize, rows as usize), smoother, x);
        if self.same {
            y.clone_from(x);
        } else {
            self.fill(u64::from(columns) * u64::from(rows), (columns as usize, rows as usize), smoother, y);
        }
    }

    /// Fills `made` with the smoothed noise of the cells from `first` on, mirrored beyond the border (`dcba|abcd|dcba`),
    /// and with one such cell on each side.
    fn fill(&self, first: u64, (columns, rows): (usize, usize), smoother: &mut Smoother, made: &mut Vec<f32>) {
        let step = f64::from(cell(self.sigma));
        made.resize((columns + 2) * (rows + 2), 0.0);
        let plane = &mut made[..columns * rows];
        widened(Draw { seed: self.seed, first, plane });
        smoother.smooth(plane, columns, (self.sigma / step, None), reflected);
        let strength = (self.strength / step) as f32;
        plane.iter_mut().for_each(|number| *number *= strength);
        frame(columns, made);
    }
}

/// The sides of cells for a `sigma`: a power of two.
fn cell(sigma: f64) -> u32 {
    let mut step = 1;
    while f64::from(2 * step) <= sigma * CELL && step < 1 << 10 {
        step *= 2;
    }
    step
}

/// Nearly normal: the sum of four uniform numbers, with mean 0 and standard deviation 1. Smoothing leaves nothing of
/// the difference.
#[inline(always)]
fn normal(bits: u64) -> f32 {
    /// One over the standard deviation of the sum of four numbers from 0 to 65535.
    const SCALE: f32 = 2.642_899_8e-5;
    let sum = (bits & 0xffff) + (bits >> 16 & 0xffff) + (bits >> 32 & 0xffff) + (bits >> 48);
    (sum as i32 - 2 * 65_535) as f32 * SCALE
}

/// Fills a plane with the noise of the cells from `first` on.
struct Draw<'a> {
    seed: u64,
    first: u64,
    plane: &'a mut [f32],
}

impl Work for Draw<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Self { seed, first, plane } = self;
        let noise = Noise::new(seed);
        let (group, skip) = (first / PAIRS as u64, first as usize % PAIRS);
        let (head, rest) = plane.split_at_mut((PAIRS - skip).min(plane.len()));
        head.copy_from_slice(&noise.bits_group(group).map(normal)[skip..][..head.len()]);
        for (part, group) in rest.chunks_mut(PAIRS).zip(group + 1..) {
            part.copy_from_slice(&noise.bits_group(group).map(normal)[..part.len()]);
        }
    }
}

/// Where place `at` of an axis is read: `dcba|abcd|dcba`.
fn reflected(at: i64, count: i64) -> usize {
    border_index(at, count as u32, FillMode::Reflect).expect("invariant: mirrors have no outside") as usize
}

/// Moves a plane of `columns` numbers a row to where a plane with a number more on each side has them, and fills
/// those with the outermost ones.
fn frame(columns: usize, plane: &mut [f32]) {
    let wide = columns + 2;
    let rows = plane.len() / wide - 2;
    // Every row goes to a higher place, so the last goes first.
    for y in (0..rows).rev() {
        let to = (y + 1) * wide;
        plane.copy_within(y * columns..(y + 1) * columns, to + 1);
        (plane[to], plane[to + wide - 1]) = (plane[to + 1], plane[to + columns]);
    }
    plane.copy_within(wide..2 * wide, 0);
    plane.copy_within(rows * wide..(rows + 1) * wide, (rows + 1) * wide);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(elastic: &Elastic, size: Size) -> [Vec<f64>; 2] {
        let (mut smoother, mut lattice) = (Smoother::default(), Lattice::default());
        elastic.prepare(size, &mut smoother, &mut lattice);
        let mut all = [Vec::new(), Vec::new()];
        for y in 0..size.height {
            let (mut xs, mut ys) = (vec![0.0; size.width as usize], vec![0.0; size.width as usize]);
            lattice.row(y, &mut xs, &mut ys);
            all[0].extend(xs.iter().enumerate().map(|(x, xs)| xs - x as f64));
            all[1].extend(ys.iter().map(|ys| ys - f64::from(y)));
        }
        all
    }

    fn spread(numbers: &[f64]) -> f64 {
        (numbers.iter().map(|n| n * n).sum::<f64>() / numbers.len() as f64).sqrt()
    }

    /// White noise of spread 1 has 1 / (2 sqrt(pi) sigma) after a Gaussian, whatever the cells are.
    #[test]
    fn the_spread_is_that_of_smoothed_noise() {
        for sigma in [3.0, 9.0, 17.0] {
            let elastic = Elastic { seed: 7, strength: 50.0, sigma, same: false };
            let law = 50.0 / (2.0 * std::f64::consts::PI.sqrt() * sigma);
            for moves in field(&elastic, Size::new(1000, 700)) {
                let inner: Vec<f64> = (100..600).flat_map(|y| moves[y * 1000 + 100..y * 1000 + 900].to_vec()).collect();
                // Independent places: one in 4 pi sigma^2 pixels.
                let places = inner.len() as f64 / (4.0 * std::f64::consts::PI * sigma * sigma);
                let found = spread(&inner) / law;
                assert!((found - 1.0).abs() < 4.0 / (2.0 * places).sqrt(), "{found} for sigma {sigma}");
            }
        }
    }

    #[test]
    fn without_smoothing_the_noise_is_itself_and_seeds_differ() {
        let elastic = Elastic { seed: 1, strength: 2.0, sigma: 0.1, same: true };
        let size = Size::new(40, 3);
        let [x, y] = field(&elastic, size);
        assert_eq!(x[41], f64::from(normal(Noise::new(1).bits(41)) * 2.0));
        assert_eq!(x, y);
        assert_ne!(x, field(&Elastic { seed: 2, ..elastic }, size)[0]);
    }

    #[test]
    fn noise_is_that_of_its_places_wherever_it_begins() {
        for (first, length) in [(0, 1), (0, 100), (31, 1), (31, 2), (33, 31), (1001, 333)] {
            let mut planes = [(); 2].map(|()| vec![0.0; length]);
            let [plain, widest] = &mut planes;
            Draw { seed: 3, first, plane: plain }.run();
            widened(Draw { seed: 3, first, plane: widest });
            let drawn: Vec<f32> = (first..).take(length).map(|i| normal(Noise::new(3).bits(i))).collect();
            assert_eq!(planes, [drawn.clone(), drawn]);
        }
    }

    #[test]
    fn a_plane_is_framed_in_place() {
        let mut plane = vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
        plane.resize(20, 0.0);
        frame(3, &mut plane);
        let (upper, lower) = ([1.0, 1.0, 2.0, 3.0, 3.0], [4.0, 4.0, 5.0, 6.0, 6.0]);
        assert_eq!(plane, [upper, upper, lower, lower].concat());
    }

    #[test]
    fn small_pictures_are_mirrored_as_often_as_it_takes() {
        for size in [Size::new(1, 1), Size::new(1, 9), Size::new(2, 3), Size::new(300, 3)] {
            for sigma in [0.1, 20.0, 500.0] {
                let moves = field(&Elastic { seed: 5, strength: 30.0, sigma, same: false }, size);
                assert!(moves.iter().flatten().all(|m| m.is_finite()), "{size} {sigma}");
            }
        }
    }
}

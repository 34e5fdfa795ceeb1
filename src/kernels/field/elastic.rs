//! Elastic distortion: every pixel is moved by noise of its own, smoothed.

use super::lattice::Lattice;
use crate::image::Size;
use crate::kernels::random::Noise;
use crate::kernels::smooth::Gaussian;
use crate::kernels::warp::border_index;
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

/// What smoothing keeps.
#[derive(Debug, Default)]
pub(super) struct Smoothing {
    gaussian: Gaussian,
    /// A row of noise, continued on both sides.
    row: Vec<f32>,
    /// Noise that is smooth along rows.
    rows: Vec<f32>,
}

/// The noise of a cell of `step` pixels has a `step`-th of the spread; cells are no larger than this part of sigma,
/// which makes straight lines between them lose less than 0.2 % of the spread.
const CELL: f64 = 1.0 / 8.0;

impl Elastic {
    pub(super) fn prepare(&self, size: Size, smoothing: &mut Smoothing, lattice: &mut Lattice) {
        let step = cell(self.sigma);
        let (columns, rows) = (size.width.div_ceil(step), size.height.div_ceil(step));
        (lattice.step, lattice.phase, lattice.columns) = (step as usize, 1 + step as usize, columns as usize + 2);
        smoothing.gaussian.fill(self.sigma / f64::from(step));
        let [x, y] = &mut lattice.moves;
        let strength = (self.strength / f64::from(step)) as f32;
        let cells = u64::from(columns) * u64::from(rows);
        smoothing.smooth((columns, rows), strength, |i| normal(self.seed, i), x);
        if self.same {
            y.clone_from(x);
        } else {
            smoothing.smooth((columns, rows), strength, |i| normal(self.seed, cells + i), y);
        }
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
fn normal(seed: u64, i: u64) -> f32 {
    /// One over the standard deviation of the sum of four numbers from 0 to 65535.
    const SCALE: f32 = 2.642_899_8e-5;
    let bits = Noise::new(seed).bits(i);
    let sum = (bits & 0xffff) + (bits >> 16 & 0xffff) + (bits >> 32 & 0xffff) + (bits >> 48);
    (sum as i32 - 2 * 65_535) as f32 * SCALE
}

impl Smoothing {
    /// Fills `made` with smooth noise times `strength` on `columns` x `rows` cells, mirrored beyond the border
    /// (`dcba|abcd|dcba`), and with one such cell on each side.
    fn smooth(&mut self, (columns, rows): (u32, u32), strength: f32, noise: impl Fn(u64) -> f32, made: &mut Vec<f32>) {
        let Self { gaussian, row, rows: across } = self;
        let radius = gaussian.weights().len() as i64 - 1;
        let inside = |i: i64, len| border_index(i, len, FillMode::Reflect).unwrap_or(0) as usize;
        let (width, wide) = (columns as usize, columns as usize + 2);
        across.resize(width * rows as usize, 0.0);
        row.resize(width + 2 * radius as usize, 0.0);
        for (y, across) in across.chunks_exact_mut(width).enumerate() {
            let middle = radius as usize;
            for x in 0..width {
                row[middle + x] = noise((y * width + x) as u64);
            }
            for k in 1..=radius {
                row[middle - k as usize] = row[middle + inside(-k, columns)];
                row[middle + width + k as usize - 1] = row[middle + inside(i64::from(columns) - 1 + k, columns)];
            }
            gaussian.weigh(|k| (&row[middle - k..], &row[middle + k..]), across);
        }
        made.resize(wide * (rows as usize + 2), 0.0);
        for (y, made) in made.chunks_exact_mut(wide).enumerate() {
            let y = inside(y as i64 - 1, rows) as i64;
            let line = |y: i64| &across[inside(y, rows) * width..][..width];
            gaussian.weigh(|k| (line(y - k as i64), line(y + k as i64)), &mut made[1..=width]);
            (made[0], made[width + 1]) = (made[1], made[width]);
            made.iter_mut().for_each(|made| *made *= strength);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(elastic: &Elastic, size: Size) -> [Vec<f64>; 2] {
        let (mut smoothing, mut lattice) = (Smoothing::default(), Lattice::default());
        elastic.prepare(size, &mut smoothing, &mut lattice);
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
        assert_eq!(x[41], f64::from(normal(1, 41) * 2.0));
        assert_eq!(x, y);
        assert_ne!(x, field(&Elastic { seed: 2, ..elastic }, size)[0]);
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

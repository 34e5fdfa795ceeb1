//! The axes along which a picture's colours spread most.

use super::blocks::{Change, Collect, PIXELS, Planes, change, collect};
use super::{each, rounded};

/// Fills `target` with `source`, each pixel's distance from the mean colour, times the axes of the colours' spread,
/// times `alpha` of each axis (the widest first) and its variance, added to it.
///
/// # Algorithm
/// ```text
/// C = covariance of the channels in units of white      C = E diag(l) E^T, l falling
/// x := x + E diag(alpha l) (x - mean)                   rounded to nearest
/// ```
/// That is Albumentations 2.0.8's `fancy_pca`. An axis points to where its longest part is above 0.
///
/// # Panics
/// If they differ in length.
pub fn shift_along_axes(source: &[u8], alpha: [f64; 3], target: &mut [u8]) {
    let (mean, covariance) = mean_and_covariance(source);
    let (variances, axes) = axes(covariance);
    let weights = [0, 1, 2].map(|row: usize| [0, 1, 2].map(|k| axes[row][k] * alpha[k] * variances[k]));
    let offset = weights.map(|w| -(w[0] * mean[0] + w[1] * mean[1] + w[2] * mean[2]) as f32);
    change(source, &Mix { weights: weights.map(|row| row.map(|w| w as f32)), offset }, target);
}

/// The axis along which the colours of `source` spread most, of length 1. It points to where its longest part is above 0.
pub(super) fn main_axis(source: &[u8]) -> [f64; 3] {
    let (_, axes) = axes(mean_and_covariance(source).1);
    axes.map(|row| row[0])
}

fn mean_and_covariance(source: &[u8]) -> ([f64; 3], [[f64; 3]; 3]) {
    let mut moments = Moments::default();
    collect(source, &mut moments);
    moments.mean_and_covariance((source.len() / 3) as f64)
}

/// `x + weights x + offset`.
struct Mix {
    weights: [[f32; 3]; 3],
    offset: [f32; 3],
}

impl Change for Mix {
    #[inline(always)]
    fn change(&self, from: &Planes, to: &mut Planes) {
        each(from, to, |r, g, b| {
            let levels = [f32::from(r), f32::from(g), f32::from(b)];
            [0, 1, 2].map(|c| {
                let w = self.weights[c];
                let added = w[0] * levels[0] + w[1] * levels[1] + w[2] * levels[2] + self.offset[c];
                rounded(levels[c] + added)
            })
        });
    }
}

/// Sums of the channels, and of their products.
#[derive(Default)]
pub(super) struct Moments {
    sums: [u64; 3],
    /// Red with red, green, blue; green with green, blue; blue with blue.
    products: [u64; 6],
}

impl Collect for Moments {
    #[inline(always)]
    fn collect(&mut self, from: &Planes, _pixels: usize) {
        let [red, green, blue] = from;
        let pairs = [(red, red), (red, green), (red, blue), (green, green), (green, blue), (blue, blue)];
        for (sum, plane) in self.sums.iter_mut().zip(from) {
            *sum += u64::from(plane.iter().map(|level| u32::from(*level)).sum::<u32>());
        }
        for (sum, (a, b)) in self.products.iter_mut().zip(pairs) {
            let mut products = 0u32;
            for i in 0..PIXELS {
                products += u32::from(a[i]) * u32::from(b[i]);
            }
            *sum += u64::from(products);
        }
    }
}

impl Moments {
    /// The mean in levels, the covariance in units of white.
    pub(super) fn mean_and_covariance(&self, pixels: f64) -> ([f64; 3], [[f64; 3]; 3]) {
        const WHITE: f64 = 255.0 * 255.0;
        let n = pixels.max(1.0);
        let mean = self.sums.map(|sum| sum as f64 / n);
        let of = |k: usize, i: usize, j: usize| {
            let products = self.products[k] as f64 - mean[i] * self.sums[j] as f64;
            products / (n - 1.0).max(1.0) / WHITE
        };
        let (rg, rb, gb) = (of(1, 0, 1), of(2, 0, 2), of(4, 1, 2));
        (mean, [[of(0, 0, 0), rg, rb], [rg, of(3, 1, 1), gb], [rb, gb, of(5, 2, 2)]])
    }
}

/// Eigenvalues of a symmetric matrix, the greatest first, and its eigenvectors as columns in their order, by
/// Jacobi's turns.
pub(super) fn axes(mut a: [[f64; 3]; 3]) -> ([f64; 3], [[f64; 3]; 3]) {
    let mut e = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];
    for _ in 0..12 {
        for (p, q) in [(0, 1), (0, 2), (1, 2)] {
            if a[p][q] == 0.0 {
                continue;
            }
            let theta = (a[q][q] - a[p][p]) / (2.0 * a[p][q]);
            let t = 1.0_f64.copysign(theta) / (theta.abs() + (theta * theta + 1.0).sqrt());
            let c = 1.0 / (t * t + 1.0).sqrt();
            let s = t * c;
            for row in &mut a {
                (row[p], row[q]) = (c * row[p] - s * row[q], s * row[p] + c * row[q]);
            }
            for k in 0..3 {
                (a[p][k], a[q][k]) = (c * a[p][k] - s * a[q][k], s * a[p][k] + c * a[q][k]);
                (e[k][p], e[k][q]) = (c * e[k][p] - s * e[k][q], s * e[k][p] + c * e[k][q]);
            }
        }
    }
    let mut order = [0, 1, 2];
    order.sort_by(|i, j| a[*j][*j].total_cmp(&a[*i][*i]));
    let values = order.map(|i| a[i][i]);
    let signs = order.map(|i| {
        let column = [e[0][i], e[1][i], e[2][i]];
        let longest = column.into_iter().fold(0.0f64, |most, part| if part.abs() > most.abs() { part } else { most });
        1.0_f64.copysign(longest)
    });
    let vectors = [0, 1, 2].map(|row: usize| [0, 1, 2].map(|k: usize| e[row][order[k]] * signs[k]));
    (values, vectors)
}

#[cfg(test)]
mod tests {
    use super::super::blocks::assert_all_ways_agree;
    use super::*;

    #[test]
    fn axes_take_a_matrix_apart() {
        let matrix = [[4.0, 1.0, -2.0], [1.0, 3.0, 0.5], [-2.0, 0.5, 5.0]];
        let (values, vectors) = axes(matrix);
        assert!(values[0] >= values[1] && values[1] >= values[2]);
        for i in 0..3 {
            for j in 0..3 {
                let made: f64 = (0..3).map(|k| vectors[i][k] * values[k] * vectors[j][k]).sum();
                assert!((made - matrix[i][j]).abs() < 1e-12, "{i} {j}");
            }
        }
    }

    #[test]
    fn no_alpha_changes_nothing() {
        let source: Vec<u8> = (0..=254).collect();
        let mut made = vec![0; source.len()];
        shift_along_axes(&source, [0.0; 3], &mut made);
        assert_eq!(made, source);
        shift_along_axes(&source[..3], [5.0; 3], &mut made[..3]);
        assert_eq!(made[..3], source[..3]);
    }

    #[test]
    fn all_vectors_agree() {
        assert_all_ways_agree(&Mix { weights: [[0.1, -0.2, 0.3], [0.0, 0.5, 0.1], [-0.3, 0.2, 0.9]], offset: [3.5, -20.0, 0.5] });
    }
}

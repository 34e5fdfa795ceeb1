//! Whitening: rows whose values, over all pictures, vary alike and independently.

use super::{MIDDLE, Statistics, affine};
use crate::kernels::linear::{Band, LANES, Panels, Square, with_eigenvalues};
use crate::npy;
use crate::spec::{Layout, Output, Zca};

/// Values of a row that can be whitened: those of 32x32 pixels with three channels, whose matrix takes half a minute.
pub const MOST_VALUES: u64 = 3072;

/// Exact sums of the products of any two levels of a row, over all pictures.
#[derive(Debug)]
pub struct Products {
    values: usize,
    /// The sum of each level, less [`MIDDLE`].
    sums: Vec<i64>,
    /// Parts that can be added to independently.
    bands: Vec<Band>,
}

impl Products {
    /// Pictures that are added at once at most.
    pub const TOGETHER: usize = 1024;

    /// Those of no picture, for rows of so many values.
    pub fn new(values: usize) -> Self {
        Self { values, sums: vec![0; values], bands: (0..values.div_ceil(LANES)).map(Band::new).collect() }
    }

    /// Counts pictures, given by their levels, channel by channel within each pixel; the parts that are given must
    /// then each [`Band::add`] what is given with them.
    pub fn count(&mut self, pictures: &[Vec<u8>]) -> (&mut [Band], Panels) {
        let mut panels = Panels::new(pictures.len(), self.values);
        for (row, picture) in pictures.iter().enumerate() {
            panels.set(row, picture.iter().map(|level| f32::from(*level) - MIDDLE as f32));
            for (sum, level) in self.sums.iter_mut().zip(picture) {
                *sum += i64::from(*level) - MIDDLE;
            }
        }
        (&mut self.bands, panels)
    }

    /// The sums of products about the channels' means, of values as rows of `output` have them, in their order; left of
    /// and on the diagonal.
    fn about_the_means(&self, statistics: &Statistics, output: &Output) -> Vec<f64> {
        let n = self.values;
        let channels = statistics.sums.len();
        let pixels = n / channels;
        let place = |value: usize| match output.layout {
            Layout::Nhwc => value,
            Layout::Nchw => value % pixels * channels + value / pixels,
        };
        // Means less the middle: the difference is taken before anything is rounded.
        let means: Vec<f64> = (statistics.sums.iter())
            .map(|sum| (i128::from(*sum) - i128::from(MIDDLE) * i128::from(statistics.pixels)) as f64 / statistics.pixels as f64)
            .collect();
        let factors: Vec<f64> = (0..channels).map(|c| affine(output, c).0).collect();
        let pictures = statistics.pictures as f64;
        let mut matrix = vec![0.0; n * n];
        for row in 0..n {
            let i = place(row);
            let (a, mean_a, sum_a) = (factors[i % channels], means[i % channels], self.sums[i] as f64);
            for column in 0..=row {
                let j = place(column);
                let (b, mean_b, sum_b) = (factors[j % channels], means[j % channels], self.sums[j] as f64);
                let products = self.bands[i.max(j) / LANES].get(i.max(j), i.min(j)) as f64;
                let about = products - mean_b * sum_a - mean_a * sum_b + pictures * mean_a * mean_b;
                matrix[row * n + column] = a * b * about;
            }
        }
        matrix
    }
}

/// The matrix that whitens rows: `row := (row - mean) matrix`.
#[derive(Clone, Debug)]
pub struct Whitening {
    /// Row after row.
    numbers: Vec<f32>,
    matrix: Square,
}

impl Whitening {
    /// Whitens the pictures that were counted, as Keras's `ImageDataGenerator.fit` does.
    ///
    /// # Algorithm
    /// ```text
    /// X = all pictures' values less the channels' means, a row each; n rows
    /// X^T X = U diag(l) U^T      s = sqrt(l), X's singular values
    /// matrix = U diag(sqrt(n) / (s + epsilon)) U^T
    /// ```
    /// A direction in which pictures do not differ, as there is where pictures are fewer than values, gets 0.
    pub fn new(products: &Products, statistics: &Statistics, output: &Output, zca: Zca) -> Self {
        let side = products.values;
        let rank = usize::try_from(statistics.pictures).unwrap_or(side).min(side);
        let gains = |values: &[f64]| {
            let mut falling = values.to_vec();
            falling.sort_by(|a, b| b.total_cmp(a));
            // What is below this is the rounding of the others.
            let nothing = falling[0] * f64::EPSILON * side as f64;
            let least = falling[rank - 1].max(nothing);
            let root = (statistics.pictures as f64).sqrt();
            let gain = |l: &f64| if *l >= least && *l > nothing { root / (l.sqrt() + zca.epsilon) } else { 0.0 };
            values.iter().map(gain).collect()
        };
        let matrix = with_eigenvalues(products.about_the_means(statistics, output), side, gains);
        Self::of(side, matrix.iter().map(|x| *x as f32).collect())
    }

    fn of(side: usize, numbers: Vec<f32>) -> Self {
        Self { matrix: Square::new(side, &numbers), numbers }
    }

    /// The matrix, ready to be multiplied with.
    pub fn matrix(&self) -> &Square {
        &self.matrix
    }

    /// The matrix as an `.npy` file.
    pub fn to_npy(&self) -> Vec<u8> {
        let mut bytes = Self::header(self.matrix.side());
        bytes.extend(self.numbers.iter().flat_map(|x| x.to_le_bytes()));
        bytes
    }

    /// The matrix of `side` rows in an `.npy` file that [`Self::to_npy`] made; `None` if it is not one.
    pub fn from_npy(bytes: &[u8], side: usize) -> Option<Self> {
        let (numbers, behind) = bytes.strip_prefix(&Self::header(side)[..])?.as_chunks();
        let numbers: Vec<f32> = numbers.iter().map(|x| f32::from_le_bytes(*x)).collect();
        (behind.is_empty() && numbers.len() == side * side).then(|| Self::of(side, numbers))
    }

    fn header(side: usize) -> Vec<u8> {
        npy::header("<f4", &[side as u64; 2])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::linear::{Scratch, whiten};
    use crate::spec::{Color, Overrides, Spec};

    fn output(layout: &str, rescale: f64) -> Output {
        let text = format!(
            r#"{{"version": 1, "pipeline": [], "output": {{"dtype": "float32", "layout": "{layout}", "rescale": {rescale}, "zca": {{}}}}}}"#
        );
        Spec::parse("s.json", &text, &Overrides::default()).unwrap().output
    }

    /// The matrix for pictures whose levels are anything, and the pictures.
    fn whitened(pictures: usize, values: usize, output: &Output) -> (Whitening, Statistics, Vec<Vec<u8>>) {
        let any = |k: usize, i: usize| ((k * 7919 + i * i * 31 + k * i * 13) % 256) as u8;
        let all: Vec<Vec<u8>> = (0..pictures).map(|k| (0..values).map(|i| any(k, i)).collect()).collect();
        let mut statistics = Statistics::new(Color::Rgb);
        all.iter().for_each(|picture| statistics.count(picture));
        let mut products = Products::new(values);
        for some in all.chunks(10) {
            let (bands, panels) = products.count(some);
            bands.iter_mut().for_each(|band| band.add(&panels));
        }
        (Whitening::new(&products, &statistics, output, output.zca.unwrap()), statistics, all)
    }

    #[test]
    fn whitened_pictures_have_a_covariance_of_one_in_every_direction_they_have() {
        let output = output("NHWC", 1.0);
        for (pictures, values) in [(90, 12), (7, 24)] {
            let (whitening, statistics, all) = whitened(pictures, values, &output);
            let mean = |i: usize| statistics.sums[i % 3] as f64 / statistics.pixels as f64;
            let mut rows: Vec<f32> =
                all.iter().flat_map(|p| p.iter().enumerate().map(|(i, x)| (f64::from(*x) - mean(i)) as f32)).collect();
            whiten(whitening.matrix(), &mut rows, &mut Scratch::default());
            let sum = |i: usize, j: usize| rows.chunks(values).map(|row| f64::from(row[i]) * f64::from(row[j])).sum::<f64>();
            // The trace is the number of directions.
            let trace: f64 = (0..values).map(|i| sum(i, i) / pictures as f64).sum();
            assert!((trace - pictures.min(values) as f64).abs() < 1e-4, "{trace}");
            if pictures > values {
                let apart = |i: usize, j: usize| (sum(i, j) / pictures as f64 - f64::from(u8::from(i == j))).abs();
                assert!((0..values).all(|i| (0..values).all(|j| apart(i, j) < 1e-4)));
            }
        }
    }

    #[test]
    fn a_file_gives_the_matrix_back() {
        let (whitening, ..) = whitened(20, 6, &output("NHWC", 1.0));
        let bytes = whitening.to_npy();
        assert_eq!(Whitening::from_npy(&bytes, 6).unwrap().numbers, whitening.numbers);
        assert!(Whitening::from_npy(&bytes, 5).is_none() && Whitening::from_npy(&bytes[..bytes.len() - 1], 6).is_none());
        assert!(Whitening::from_npy(&[&bytes[..], &[0]].concat(), 6).is_none());
    }

    #[test]
    fn pictures_of_one_colour_whiten_to_nothing() {
        let output = output("NHWC", 1.0);
        let mut statistics = Statistics::new(Color::Rgb);
        let mut products = Products::new(3);
        for _ in 0..4 {
            statistics.count(&[9, 8, 7]);
            let (bands, panels) = products.count(&[vec![9, 8, 7]]);
            bands.iter_mut().for_each(|band| band.add(&panels));
        }
        let whitening = Whitening::new(&products, &statistics, &output, Zca { epsilon: 0.0 });
        assert_eq!(whitening.numbers, [0.0; 9]);
    }
}

//! Means of whole numbers, rounded half up, without a division for each.

use crate::kernels::rounding::nearest_level;

/// Divides sums of `count` levels by it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mean {
    half: u16,
    factor: u16,
    shift: u32,
}

impl Mean {
    /// The most levels whose sum can be divided.
    pub(super) const MOST: usize = 121;

    /// For sums of `count` levels, 2 to [`Self::MOST`].
    ///
    /// # Algorithm
    /// `floor(x / n) = floor(x m / 2^(16 + s))` with `m = ceil(2^(16 + s) / n)`, exact while
    /// `x (n m - 2^(16 + s)) < 2^(16 + s)` (Granlund and Montgomery, "Division by invariant integers using
    /// multiplication", 1994); with `s = floor(log2(n - 1))` m has 16 bits, and a test holds it for every sum.
    pub(super) fn of(count: usize) -> Self {
        debug_assert!((2..=Self::MOST).contains(&count), "invariant: few enough for 16 bits");
        let shift = (count - 1).ilog2();
        let factor = (1usize << (16 + shift)).div_ceil(count);
        Self { half: (count / 2) as u16, factor: factor as u16, shift }
    }

    #[inline(always)]
    pub(super) fn at(self, sum: u16) -> u8 {
        (((u32::from(sum + self.half) * u32::from(self.factor)) >> 16) as u16 >> self.shift) as u8
    }
}

/// Fills `target` with the means of `sums`.
#[inline(always)]
pub(super) fn means(sums: &[u16], mean: Mean, target: &mut [u8]) {
    for (to, sum) in target.iter_mut().zip(sums) {
        *to = mean.at(*sum);
    }
}

/// Fills `target` with the means of sums of `1 / share` levels, up to 9801 of them, an odd number.
///
/// # Algorithm
/// The sums are whole numbers below 2^24. A mean of an odd number `n` of levels is at least `1 / 2n`, thus
/// 5.1e-5, away from what would round otherwise, and the two roundings of 32-bit floats below 256 move it by less
/// than 3.1e-5.
#[inline(always)]
pub(super) fn wide_means(sums: &[u32], share: f32, target: &mut [u8]) {
    for (to, sum) in target.iter_mut().zip(sums) {
        *to = nearest_level(*sum as i32 as f32 * share);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mean_is_rounded_half_up() {
        for count in 2..=Mean::MOST {
            let mean = Mean::of(count);
            for sum in 0..=255 * count {
                assert_eq!(usize::from(mean.at(sum as u16)), (sum + count / 2) / count, "{sum} / {count}");
            }
        }
    }

    #[test]
    fn wide_means_are_rounded_right_up_to_the_largest_box() {
        for side in [13usize, 15, 51, 97, 99] {
            let count = side * side;
            let sums: Vec<u32> = (0..=255 * count as u32).collect();
            let mut made = vec![0; sums.len()];
            wide_means(&sums, 1.0 / count as f32, &mut made);
            for (sum, mean) in made.iter().enumerate() {
                assert_eq!(usize::from(*mean), (2 * sum + count) / (2 * count), "{sum} / {count}");
            }
        }
    }
}

//! Laws of whole numbers of levels.

use super::alias;

/// How many whole numbers a law has, from -256 on; a column of the table for each.
const COLUMNS: usize = 512;

/// A law of whole numbers from -255 to 255: what a level may change by.
///
/// The alias method draws from it: every number is within 2^-32 as likely as it should be.
#[derive(Clone, Debug)]
pub struct Law {
    columns: [u32; COLUMNS],
}

impl Law {
    /// The law of a number of levels, rounded to the nearest whole (half up) and held within 255, from its
    /// distribution function: `below(x)` is the probability of less than `x`.
    pub fn rounded(below: impl Fn(f64) -> f64) -> Self {
        const WHOLE: f64 = 4_294_967_296.0;
        let mut weights = [0u64; COLUMNS];
        let mut so_far = 0;
        for (k, weight) in weights.iter_mut().enumerate().skip(1) {
            let share = if k == COLUMNS - 1 { 1.0 } else { below(k as f64 - 255.5) };
            let up_to = ((share * WHOLE) as u64).clamp(so_far, WHOLE as u64);
            *weight = up_to - so_far;
            so_far = up_to;
        }
        Self::of(weights)
    }

    /// The normal law of mean `mean` and deviation `std`, in levels.
    pub fn normal(mean: f64, std: f64) -> Self {
        if std == 0.0 {
            return Self::rounded(|x| f64::from(u8::from(mean < x)));
        }
        Self::rounded(|x| 0.5 * libm::erfc((mean - x) / (std * std::f64::consts::SQRT_2)))
    }

    /// The law of equally likely numbers of levels from `low` to `high`.
    pub fn uniform(low: f64, high: f64) -> Self {
        if low == high {
            return Self::rounded(|x| f64::from(u8::from(low < x)));
        }
        Self::rounded(|x| ((x - low) / (high - low)).clamp(0.0, 1.0))
    }

    /// Laplace's law of mean `mean` and mean deviation `scale`, in levels.
    pub fn laplace(mean: f64, scale: f64) -> Self {
        if scale == 0.0 {
            return Self::normal(mean, 0.0);
        }
        let tail = |distance: f64| 0.5 * libm::exp(-distance / scale);
        Self::rounded(|x| if x < mean { tail(mean - x) } else { 1.0 - tail(x - mean) })
    }

    /// The law of `scale (2 b - 1)` levels, where `b` has the beta law with shapes `alpha` and `beta`.
    pub fn beta(alpha: f64, beta: f64, scale: f64) -> Self {
        if scale == 0.0 {
            return Self::normal(0.0, 0.0);
        }
        Self::rounded(|x| super::beta::share(alpha, beta, (x / scale + 1.0) / 2.0))
    }

    fn of(mut weights: [u64; COLUMNS]) -> Self {
        let mut columns = [0; COLUMNS];
        alias::fill(&mut weights, &mut columns);
        Self { columns }
    }

    /// The number that a word stands for.
    #[inline(always)]
    pub fn draw(&self, word: u32) -> i32 {
        alias::draw(&self.columns, COLUMNS.trailing_zeros(), word) as i32 - 256
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How likely each number from -256 on is, from the table itself.
    fn shares(law: &Law) -> Vec<f64> {
        let mut shares = vec![0.0; COLUMNS];
        for (k, held) in law.columns.iter().enumerate() {
            let own = f64::from(held >> 9) / f64::from(1 << 23);
            shares[k] += own / COLUMNS as f64;
            shares[(held & 511) as usize] += (1.0 - own) / COLUMNS as f64;
        }
        shares
    }

    #[test]
    fn the_table_holds_the_law() {
        let below = |x: f64| 0.5 * libm::erfc((3.25 - x) / (10.0 * std::f64::consts::SQRT_2));
        let shares = shares(&Law::normal(3.25, 10.0));
        for (k, share) in shares.iter().enumerate().take(511).skip(2) {
            let x = k as f64 - 256.0;
            assert!((share - (below(x + 0.5) - below(x - 0.5))).abs() < 1e-9, "{x}");
        }
    }

    #[test]
    fn what_is_fixed_is_drawn_always() {
        for law in [Law::normal(-7.0, 0.0), Law::uniform(-7.2, -7.2), Law::laplace(-6.6, 0.0)] {
            assert!((0..500u32).all(|i| law.draw(i.wrapping_mul(0x9E37_79B9)) == -7));
        }
        assert_eq!(Law::beta(1.0, 1.0, 0.0).draw(77), 0);
    }

    #[test]
    fn what_is_too_much_is_held() {
        let shares = shares(&Law::normal(0.0, 1e6));
        assert!((shares[1] - 0.5).abs() < 1e-3 && (shares[511] - 0.5).abs() < 1e-3, "{} {}", shares[1], shares[511]);
    }

    #[test]
    fn moments_are_those_of_the_laws() {
        let moments = |law: &Law| {
            let shares = shares(law);
            let mean: f64 = shares.iter().enumerate().map(|(k, p)| p * (k as f64 - 256.0)).sum();
            let variance = shares.iter().enumerate().map(|(k, p)| p * (k as f64 - 256.0 - mean).powi(2)).sum::<f64>();
            (mean, variance - 1.0 / 12.0)
        };
        let near = |(mean, variance): (f64, f64), m: f64, v: f64| (mean - m).abs() < 0.01 && (variance / v - 1.0).abs() < 0.01;
        assert!(near(moments(&Law::normal(5.0, 20.0)), 5.0, 400.0));
        assert!(near(moments(&Law::uniform(-30.0, 50.0)), 10.0, 6400.0 / 12.0));
        assert!(near(moments(&Law::laplace(2.0, 10.0)), 2.0, 200.0));
        // The beta law with shapes 2 and 3 has mean 0.4 and variance 0.04.
        assert!(near(moments(&Law::beta(2.0, 3.0, 100.0)), -20.0, 1600.0));
    }
}

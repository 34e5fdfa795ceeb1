//! A field of random numbers: the number at a place depends on the seed and the place alone.

/// Random numbers by place, for noise that a kernel lays over a picture.
///
/// # Algorithm
/// SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014) read at any
/// place: the `i`-th output is the finaliser of `seed + i golden`.
#[derive(Clone, Copy, Debug)]
pub struct Noise {
    seed: u64,
}

impl Noise {
    /// The field that `seed` names.
    pub const fn new(seed: u64) -> Self {
        Self { seed }
    }

    /// 64 random bits at place `i`.
    #[inline]
    pub const fn bits(self, i: u64) -> u64 {
        let z = self.seed.wrapping_add(i.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15));
        let z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// Uniform from 0 up to, but without, 1.
    #[inline]
    pub fn unit(self, i: u64) -> f64 {
        (self.bits(i) >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Normal with mean 0 and standard deviation 1, by Box and Muller (1958) from two places of its own.
    #[inline]
    pub fn normal(self, i: u64) -> f64 {
        let (radius, turn) = (1.0 - self.unit(2 * i), self.unit(2 * i + 1));
        libm::sqrt(-2.0 * libm::log(radius)) * libm::cos(2.0 * std::f64::consts::PI * turn)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first outputs of SplitMix64 from seed 1234567, as its authors' code prints them.
    #[test]
    fn bits_are_splitmix64() {
        let noise = Noise::new(1_234_567);
        assert_eq!([noise.bits(0), noise.bits(1)], [6_457_827_717_110_365_317, 3_203_168_211_198_807_973]);
    }

    #[test]
    fn normals_have_their_mean_and_spread() {
        let draws: Vec<f64> = (0..100_000).map(|i| Noise::new(3).normal(i)).collect();
        let mean = draws.iter().sum::<f64>() / 1e5;
        let spread = draws.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / 1e5;
        assert!(mean.abs() < 0.015 && (spread - 1.0).abs() < 0.02, "{mean} {spread}");
    }
}

//! Keyed randomness: who draws decides what is drawn, never when or on which thread.
//!
//! A [`Key`] names a draw: 128 bits that xxh3 makes from the seed and a path of words and numbers
//! (epoch, image, step). [`Rng`] expands a key with Philox4x32-10, the counter generator of Salmon,
//! Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3" (SC11).

use xxhash_rust::xxh3::{Xxh3Builder, xxh3_128};

/// The identity of a draw.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key(u128);

impl Key {
    /// The key of what is not random.
    pub const NONE: Self = Self(0);

    /// The key of everything that a seed decides.
    pub fn new(seed: u64) -> Self {
        Self(xxh3_128(&seed.to_le_bytes()))
    }

    /// The key of the part of `self` that `word` names.
    #[must_use]
    pub fn word(self, word: &[u8]) -> Self {
        let mut hash = Xxh3Builder::new().build();
        hash.update(&self.0.to_le_bytes());
        hash.update(b"w");
        hash.update(word);
        Self(hash.digest128())
    }

    /// The key of the part of `self` that `number` names.
    #[must_use]
    pub fn number(self, number: u64) -> Self {
        let mut bytes = [b'n'; 25];
        bytes[..16].copy_from_slice(&self.0.to_le_bytes());
        bytes[17..].copy_from_slice(&number.to_le_bytes());
        Self(xxh3_128(&bytes))
    }

    /// A generator that starts at this key.
    pub fn rng(self) -> Rng {
        Rng { key: [self.0 as u32, (self.0 >> 32) as u32], stream: (self.0 >> 64) as u64, block: 0, left: 0, words: [0; 4] }
    }
}

/// Draws for one key.
#[derive(Clone, Debug)]
pub struct Rng {
    key: [u32; 2],
    stream: u64,
    block: u64,
    left: usize,
    words: [u32; 4],
}

impl Rng {
    /// 64 random bits.
    pub fn bits(&mut self) -> u64 {
        if self.left == 0 {
            let counter = [self.block as u32, (self.block >> 32) as u32, self.stream as u32, (self.stream >> 32) as u32];
            self.words = philox4x32_10(counter, self.key);
            self.block += 1;
            self.left = 2;
        }
        self.left -= 1;
        let at = 2 - 2 * self.left;
        u64::from(self.words[at]) | u64::from(self.words[at + 1]) << 32
    }

    /// True with probability `p`: never for 0, always for 1.
    pub fn chance(&mut self, p: f64) -> bool {
        ((self.bits() >> 11) as f64) < p * (1u64 << 53) as f64
    }

    /// Uniform in the closed interval from `low` to `high`.
    pub fn uniform(&mut self, low: f64, high: f64) -> f64 {
        let unit = (self.bits() >> 11) as f64 / ((1u64 << 53) - 1) as f64;
        (low + (high - low) * unit).clamp(low, high)
    }

    /// Uniform in `0..n`, without bias (Lemire, "Fast random integer generation in an interval", 2019).
    ///
    /// # Panics
    /// If `n` is zero.
    pub fn below(&mut self, n: u64) -> u64 {
        assert!(n > 0, "invariant: something to choose from");
        let threshold = n.wrapping_neg() % n;
        loop {
            let product = u128::from(self.bits()) * u128::from(n);
            if product as u64 >= threshold {
                return (product >> 64) as u64;
            }
        }
    }

    /// Of the normal law with mean 0 and deviation 1 (Box and Muller, "A note on the generation of random normal deviates", 1958).
    pub fn normal(&mut self) -> f64 {
        let open = 1.0 - self.unit();
        libm::sqrt(-2.0 * libm::log(open)) * libm::cos(2.0 * std::f64::consts::PI * self.unit())
    }

    /// Of the gamma law with this shape and scale 1 (Marsaglia and Tsang, "A simple method for generating gamma variables",
    /// 2000; shapes below 1 by their boost).
    ///
    /// # Panics
    /// If `shape` is not above 0.
    pub fn gamma(&mut self, shape: f64) -> f64 {
        assert!(shape > 0.0, "invariant: a shape above 0");
        if shape < 1.0 {
            let open = 1.0 - self.unit();
            return self.gamma(shape + 1.0) * libm::pow(open, 1.0 / shape);
        }
        let d = shape - 1.0 / 3.0;
        let c = 1.0 / libm::sqrt(9.0 * d);
        loop {
            let x = self.normal();
            let v = (1.0 + c * x) * (1.0 + c * x) * (1.0 + c * x);
            let open = 1.0 - self.unit();
            if v > 0.0 && libm::log(open) < 0.5 * x * x + d - d * v + d * libm::log(v) {
                return d * v;
            }
        }
    }

    /// Shares that add up to 1, of the Dirichlet law with all its parameters at `alpha`.
    pub fn dirichlet(&mut self, alpha: f64, shares: &mut [f64]) {
        shares.iter_mut().for_each(|share| *share = self.gamma(alpha));
        let total: f64 = shares.iter().sum();
        let alike = 1.0 / shares.len().max(1) as f64;
        // With a tiny alpha all of them may be too small for a number.
        shares.iter_mut().for_each(|share| *share = if total > 0.0 { *share / total } else { alike });
    }

    /// Uniform from 0 to just below 1.
    fn unit(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// A uniform permutation of `items`, in place (Fisher and Yates).
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for i in (1..items.len()).rev() {
            items.swap(i, self.below(i as u64 + 1) as usize);
        }
    }
}

fn philox4x32_10(mut counter: [u32; 4], mut key: [u32; 2]) -> [u32; 4] {
    for _ in 0..10 {
        let a = u64::from(counter[0]) * 0xD251_1F53;
        let b = u64::from(counter[2]) * 0xCD9E_8D57;
        counter = [(b >> 32) as u32 ^ counter[1] ^ key[0], b as u32, (a >> 32) as u32 ^ counter[3] ^ key[1], a as u32];
        key = [key[0].wrapping_add(0x9E37_79B9), key[1].wrapping_add(0xBB67_AE85)];
    }
    counter
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The known answers of Random123's `kat_vectors`.
    #[test]
    fn philox_gives_the_published_numbers() {
        assert_eq!(philox4x32_10([0; 4], [0; 2]), [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]);
        assert_eq!(philox4x32_10([u32::MAX; 4], [u32::MAX; 2]), [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]);
        assert_eq!(
            philox4x32_10([0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344], [0xa409_3822, 0x299f_31d0]),
            [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1]
        );
    }

    #[test]
    fn keys_differ_by_every_part() {
        let key = Key::new(42);
        let all = [
            key,
            Key::new(43),
            key.number(0),
            key.number(1),
            key.word(b"a"),
            key.word(b"b"),
            key.word(b""),
            key.number(0).number(1),
        ];
        for (i, a) in all.iter().enumerate() {
            assert!(all[i + 1..].iter().all(|b| a != b));
        }
    }

    #[test]
    fn draws_keep_their_bounds() {
        let mut rng = Key::new(1).rng();
        assert!((0..1000).all(|_| !rng.chance(0.0) && rng.chance(1.0)));
        assert!((0..1000).all(|_| (-0.1..=0.1).contains(&rng.uniform(-0.1, 0.1))));
        assert!((0..1000).all(|_| rng.below(3) < 3));
        let share = (0..10_000).filter(|_| rng.chance(0.3)).count();
        assert!((2850..3150).contains(&share), "{share}");
    }

    #[test]
    fn a_shuffle_keeps_every_item() {
        let mut items: Vec<u32> = (0..100).collect();
        Key::new(7).rng().shuffle(&mut items);
        assert_ne!(items, (0..100).collect::<Vec<_>>());
        items.sort_unstable();
        assert_eq!(items, (0..100).collect::<Vec<_>>());
    }
}

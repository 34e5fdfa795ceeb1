//! Random fields: a seed and a place give a number, in any order, on any processor.
//!
//! The words come from Philox4x32 of Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as
//! 1, 2, 3" (SC11), with seven rounds, the fewest that passed all of their tests (BigCrush).

mod normal;

use super::{Work, widened};
use normal::normal;

/// Blocks that are made side by side.
const LANES: usize = 16;

/// Words of [`LANES`] blocks.
const GROUP: usize = 4 * LANES;

/// Places whose bits are made side by side.
pub(super) const PAIRS: usize = 2 * LANES;

/// Numbers that a seed decides, one for each place 0, 1, 2, ... : independent, and the same in whatever order.
///
/// Bits, words and normals are draws of their own; a unit is the same draw as the bits or the word at its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Noise {
    key: [u32; 2],
    stream: u32,
}

/// The last word of the counter: what the words are for.
const BITS: u32 = 0;
const WORDS: u32 = 1;
const NORMALS: u32 = 2;

impl Noise {
    /// The numbers of a seed.
    pub const fn new(seed: u64) -> Self {
        Self { key: [seed as u32, (seed >> 32) as u32], stream: 0 }
    }

    /// Other numbers of the same seed: as many fields as a kernel needs. A new one is stream 0.
    #[must_use]
    pub const fn stream(self, stream: u32) -> Self {
        Self { stream, ..self }
    }

    /// 64 random bits.
    pub fn bits(&self, i: u64) -> u64 {
        let [[a], [b], [c], [d]] = self.blocks::<1>(i / 2, BITS);
        let [low, high] = if i.is_multiple_of(2) { [a, b] } else { [c, d] };
        u64::from(low) | u64::from(high) << 32
    }

    /// [`Self::bits`] of the [`PAIRS`] places from `PAIRS group` on. For kernels that are widened as a whole.
    #[inline(always)]
    pub(super) fn bits_group(&self, group: u64) -> [u64; PAIRS] {
        let [a, b, c, d] = self.blocks::<LANES>(group.wrapping_mul(LANES as u64), BITS);
        let mut bits = [0; PAIRS];
        for (lane, pair) in bits.as_chunks_mut().0.iter_mut().enumerate() {
            let joined = |low: u32, high: u32| u64::from(low) | u64::from(high) << 32;
            *pair = [joined(a[lane], b[lane]), joined(c[lane], d[lane])];
        }
        bits
    }

    /// Uniform in `[0, 1)`, a multiple of 2^-53: [`Self::bits`] as a fraction.
    pub fn unit(&self, i: u64) -> f64 {
        (self.bits(i) >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Normal with mean 0 and variance 1, to single precision; never beyond 6.4.
    pub fn normal(&self, i: u64) -> f64 {
        let (place, lane) = (i % GROUP as u64, i % LANES as u64);
        let block = self.blocks::<1>(i / GROUP as u64 * LANES as u64 + lane, NORMALS);
        f64::from(normal(block[place as usize / LANES][0]))
    }

    /// Fills `target` with the words of the places from `first` on: 32 random bits each.
    pub fn words(&self, first: u64, target: &mut [u32]) {
        widened(Fill { noise: *self, first, purpose: WORDS, target, form: |word| word });
    }

    /// Fills `target` with numbers in `[0, 1)`, multiples of 2^-24: the words of the places from `first` on as fractions.
    pub fn units(&self, first: u64, target: &mut [f32]) {
        let form = |word| (word >> 8) as f32 * (1.0 / (1 << 24) as f32);
        widened(Fill { noise: *self, first, purpose: WORDS, target, form });
    }

    /// Fills `target` with [`Self::normal`] of the places from `first` on.
    pub fn normals(&self, first: u64, target: &mut [f32]) {
        widened(Fill { noise: *self, first, purpose: NORMALS, target, form: |word| normal(word) });
    }

    /// Hands on at least `count` words from place 0 on, 64 at a time, with the place of the first. For kernels that
    /// are widened as a whole.
    #[inline(always)]
    pub(super) fn each_group(&self, count: usize, mut take: impl FnMut(usize, &[u32; GROUP])) {
        for group in 0..count.div_ceil(GROUP) {
            take(group * GROUP, &self.group(group as u64, WORDS));
        }
    }

    /// As [`Self::each_group`], with normals.
    #[inline(always)]
    pub(super) fn normal_group(&self, group: u64) -> [f32; GROUP] {
        self.group(group, NORMALS).map(normal)
    }

    /// The words of a group of 16 blocks: the first words of all blocks, the second words, and so on, so that
    /// vectors need not be transposed.
    #[inline(always)]
    fn group(&self, group: u64, purpose: u32) -> [u32; GROUP] {
        let mut words = [0; GROUP];
        let blocks = self.blocks::<LANES>(group.wrapping_mul(LANES as u64), purpose);
        for (part, from) in words.chunks_exact_mut(LANES).zip(blocks) {
            part.copy_from_slice(&from);
        }
        words
    }

    /// `L` blocks of four words; `first` is a multiple of `L`, a power of two.
    #[inline(always)]
    fn blocks<const L: usize>(&self, first: u64, purpose: u32) -> [[u32; L]; 4] {
        let mut a: [u32; L] = std::array::from_fn(|lane| first as u32 | lane as u32);
        let mut b = [(first >> 32) as u32; L];
        let mut c = [self.stream; L];
        let mut d = [purpose; L];
        let mut key = self.key;
        for _ in 0..7 {
            for lane in 0..L {
                let left = u64::from(a[lane]) * 0xD251_1F53;
                let right = u64::from(c[lane]) * 0xCD9E_8D57;
                a[lane] = (right >> 32) as u32 ^ b[lane] ^ key[0];
                b[lane] = right as u32;
                c[lane] = (left >> 32) as u32 ^ d[lane] ^ key[1];
                d[lane] = left as u32;
            }
            key = [key[0].wrapping_add(0x9E37_79B9), key[1].wrapping_add(0xBB67_AE85)];
        }
        [a, b, c, d]
    }
}

/// What a slice of numbers is made of.
struct Fill<'a, T, F> {
    noise: Noise,
    first: u64,
    purpose: u32,
    target: &'a mut [T],
    form: F,
}

impl<T, F: Fn(u32) -> T> Work for Fill<'_, T, F> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Self { noise, first, purpose, target, form } = self;
        // Up to a whole group one by one, so that what follows is whole groups.
        let ragged = (first.wrapping_neg() % GROUP as u64).min(target.len() as u64) as usize;
        let (head, rest) = target.split_at_mut(ragged);
        let part = (noise, purpose, &form);
        fill_part(part, first / GROUP as u64, first as usize % GROUP, head);
        let (groups, tail) = rest.as_chunks_mut::<GROUP>();
        let group = first.div_ceil(GROUP as u64);
        let after = group.wrapping_add(groups.len() as u64);
        for (group, target) in (group..).zip(groups) {
            let words = noise.group(group, purpose);
            for (to, word) in target.iter_mut().zip(&words) {
                *to = form(*word);
            }
        }
        fill_part(part, after, 0, tail);
    }
}

/// Fills `target`, less than a group, with numbers from place `from` of a group on. Not a closure of [`Fill`]: those
/// are not compiled for wider vectors unless they are inlined.
#[inline(always)]
fn fill_part<T>((noise, purpose, form): (Noise, u32, &impl Fn(u32) -> T), group: u64, from: usize, target: &mut [T]) {
    if !target.is_empty() {
        let words = noise.group(group, purpose);
        target.iter_mut().zip(&words[from..]).for_each(|(to, word)| *to = form(*word));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The known answers of Random123's `kat_vectors` for seven rounds.
    #[test]
    fn blocks_are_the_published_numbers() {
        let zeros = Noise::new(0).blocks::<1>(0, 0);
        assert_eq!(zeros, [[0x5f6f_b709], [0x0d89_3f64], [0x4f12_1f81], [0x4f73_0a48]]);
        let pi = Noise::new(0x299f_31d0_a409_3822).stream(0x1319_8a2e).blocks::<1>(0x85a3_08d3_243f_6a88, 0x0370_7344);
        assert_eq!(pi, [[0x4dfc_caba], [0x190a_87f0], [0xc473_62ba], [0xb6b5_242a]]);
    }

    #[test]
    fn a_slice_may_begin_anywhere() {
        let noise = Noise::new(42).stream(3);
        let mut all = [0; 400];
        noise.words(0, &mut all);
        let mut normals = [0.0; 400];
        noise.normals(0, &mut normals);
        for (first, length) in [(0, 1), (5, 3), (5, 200), (63, 2), (64, 64), (100, 300)] {
            let mut part = vec![0; length];
            noise.words(first as u64, &mut part);
            assert_eq!(part, all[first..][..length], "{first} {length}");
            let mut part = vec![0.0; length];
            noise.normals(first as u64, &mut part);
            assert_eq!(part, normals[first..][..length], "{first} {length}");
        }
        assert!((0..400).all(|i| noise.normal(i) == f64::from(normals[i as usize])));
    }

    #[test]
    fn every_vector_gives_the_same() {
        let noise = Noise::new(9);
        let (mut wide, mut plain) = (vec![0.0; 1000], vec![0.0; 1000]);
        noise.normals(7, &mut wide);
        Fill { noise, first: 7, purpose: NORMALS, target: &mut plain, form: |word| normal(word) }.run();
        assert_eq!(wide, plain);
    }

    #[test]
    fn seeds_streams_and_kinds_differ() {
        let word = |noise: Noise| {
            let mut word = [0];
            noise.words(0, &mut word);
            u64::from(word[0])
        };
        let noise = Noise::new(1);
        let all =
            [word(noise), word(Noise::new(2)), word(noise.stream(1)), noise.bits(0) & 0xFFFF_FFFF, noise.bits(1) & 0xFFFF_FFFF];
        assert!((0..all.len()).all(|i| all[i + 1..].iter().all(|other| *other != all[i])), "{all:x?}");
    }
}

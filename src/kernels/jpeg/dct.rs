//! The whole-number cosine transform of 8x8 blocks, to frequencies and back.
//!
//! Loeffler, Ligtenberg and Moschytz, "Practical fast 1-D DCT algorithms with 11 multiplications" (ICASSP 1989),
//! with constants of 13 bits and two more bits between the passes: `JDCT_ISLOW` of libjpeg.

/// Eight rows of eight.
pub(super) type Block = [[i32; 8]; 8];

/// Bits behind the point in the constants.
const BITS: i32 = 13;
/// Bits kept between the passes.
const KEPT: i32 = 2;

/// A constant with [`BITS`] bits behind the point.
const fn fixed(value: f64) -> i32 {
    (value * (1 << BITS) as f64 + 0.5) as i32
}

/// What the transform is made of: a number, or one for each of several lines at once.
pub(super) trait Lane: Copy {
    /// A number, in every line.
    fn all(value: i32) -> Self;
    /// The sum.
    fn plus(self, other: Self) -> Self;
    /// The difference.
    fn minus(self, other: Self) -> Self;
    /// The product with a constant.
    fn times(self, factor: i32) -> Self;
    /// `self 2^BITS`.
    fn up<const BITS: i32>(self) -> Self;
    /// `self / 2^BITS`, half up.
    fn down<const BITS: i32>(self) -> Self;
}

impl Lane for i32 {
    #[inline(always)]
    fn all(value: i32) -> Self {
        value
    }

    #[inline(always)]
    fn plus(self, other: Self) -> Self {
        self + other
    }

    #[inline(always)]
    fn minus(self, other: Self) -> Self {
        self - other
    }

    #[inline(always)]
    fn times(self, factor: i32) -> Self {
        self * factor
    }

    #[inline(always)]
    fn up<const BITS: i32>(self) -> Self {
        self << BITS
    }

    #[inline(always)]
    fn down<const BITS: i32>(self) -> Self {
        (self + (1 << (BITS - 1))) >> BITS
    }
}

/// Turns (a, b) by 3 pi / 8 and scales: the even half of both ways.
#[inline(always)]
fn turned<L: Lane>(a: L, b: L) -> (L, L) {
    let both = a.plus(b).times(fixed(0.541_196_100));
    (both.plus(a.times(fixed(0.765_366_865))), both.minus(b.times(fixed(1.847_759_065))))
}

/// The odd half of both ways; element `i` of the result goes with element `i` of the input.
#[inline(always)]
fn odd_half<L: Lane>([a, b, c, d]: [L; 4]) -> [L; 4] {
    let (left, right) = (a.plus(c), b.plus(d));
    let all = left.plus(right).times(fixed(1.175_875_602));
    let outer = a.plus(d).times(-fixed(0.899_976_223));
    let inner = b.plus(c).times(-fixed(2.562_915_447));
    let even = left.times(-fixed(1.961_570_560)).plus(all);
    let odd = right.times(-fixed(0.390_180_644)).plus(all);
    [
        a.times(fixed(0.298_631_336)).plus(outer).plus(even),
        b.times(fixed(2.053_119_869)).plus(inner).plus(odd),
        c.times(fixed(3.072_711_026)).plus(inner).plus(even),
        d.times(fixed(1.501_321_110)).plus(outer).plus(odd),
    ]
}

/// Eight samples to eight frequencies with `DOWN` bits less; what has no fraction is brought to the same scale.
#[inline(always)]
fn to_frequencies<L: Lane, const DOWN: i32>(x: [L; 8]) -> [L; 8] {
    // Without closures, which would not be compiled for the caller's processor.
    let (a, b, c, d) = (x[0].plus(x[7]), x[1].plus(x[6]), x[2].plus(x[5]), x[3].plus(x[4]));
    let (outer, inner) = (a.plus(d), b.plus(c));
    let (second, sixth) = turned(a.minus(d), b.minus(c));
    let [seventh, fifth, third, first] = odd_half([x[3].minus(x[4]), x[2].minus(x[5]), x[1].minus(x[6]), x[0].minus(x[7])]);
    let (zeroth, fourth) = (outer.plus(inner), outer.minus(inner));
    [
        if DOWN < BITS { zeroth.up::<KEPT>() } else { zeroth.down::<KEPT>() },
        first.down::<DOWN>(),
        second.down::<DOWN>(),
        third.down::<DOWN>(),
        if DOWN < BITS { fourth.up::<KEPT>() } else { fourth.down::<KEPT>() },
        fifth.down::<DOWN>(),
        sixth.down::<DOWN>(),
        seventh.down::<DOWN>(),
    ]
}

/// Eight frequencies to eight samples.
#[inline(always)]
fn to_samples<L: Lane, const DOWN: i32>(x: [L; 8]) -> [L; 8] {
    let (sum, difference) = (x[0].plus(x[4]).up::<BITS>(), x[0].minus(x[4]).up::<BITS>());
    let (a, b) = turned(x[2], x[6]);
    let (e0, e1, e2, e3) = (sum.plus(a), difference.plus(b), difference.minus(b), sum.minus(a));
    let [o3, o2, o1, o0] = odd_half([x[7], x[5], x[3], x[1]]);
    [
        e0.plus(o0).down::<DOWN>(),
        e1.plus(o1).down::<DOWN>(),
        e2.plus(o2).down::<DOWN>(),
        e3.plus(o3).down::<DOWN>(),
        e3.minus(o3).down::<DOWN>(),
        e2.minus(o2).down::<DOWN>(),
        e1.minus(o1).down::<DOWN>(),
        e0.minus(o0).down::<DOWN>(),
    ]
}

/// The first pass to frequencies, along the lines that the lanes are.
#[inline(always)]
pub(super) fn first_to_frequencies<L: Lane>(x: [L; 8]) -> [L; 8] {
    to_frequencies::<L, { BITS - KEPT }>(x)
}

/// The second, across them.
#[inline(always)]
pub(super) fn second_to_frequencies<L: Lane>(x: [L; 8]) -> [L; 8] {
    to_frequencies::<L, { BITS + KEPT }>(x)
}

/// The first pass to samples.
#[inline(always)]
pub(super) fn first_to_samples<L: Lane>(x: [L; 8]) -> [L; 8] {
    to_samples::<L, { BITS - KEPT }>(x)
}

/// The second.
#[inline(always)]
pub(super) fn second_to_samples<L: Lane>(x: [L; 8]) -> [L; 8] {
    to_samples::<L, { BITS + KEPT + 3 }>(x)
}

/// Does `line` to every column.
#[inline(always)]
fn columns(block: &mut Block, line: impl Fn([i32; 8]) -> [i32; 8]) {
    for i in 0..8 {
        let made = line(block.map(|row| row[i]));
        for (row, made) in block.iter_mut().zip(made) {
            row[i] = made;
        }
    }
}

#[inline(always)]
fn transposed(block: &Block) -> Block {
    std::array::from_fn(|y| std::array::from_fn(|x| block[x][y]))
}

/// Samples (about zero) to frequencies, eight times as large as those of the orthonormal transform.
#[inline(always)]
pub(super) fn forward(samples: &Block) -> Block {
    let mut block = transposed(samples);
    columns(&mut block, first_to_frequencies);
    let mut block = transposed(&block);
    columns(&mut block, second_to_frequencies);
    block
}

/// Frequencies (of the orthonormal transform) to samples about zero.
#[inline(always)]
pub(super) fn inverse(frequencies: &Block) -> Block {
    let mut block = *frequencies;
    columns(&mut block, first_to_samples);
    let mut block = transposed(&block);
    columns(&mut block, second_to_samples);
    transposed(&block)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flat_block_has_only_its_mean() {
        let frequencies = forward(&[[100; 8]; 8]);
        assert_eq!(frequencies[0][0], 100 * 8 * 8);
        assert!(frequencies.as_flattened()[1..].iter().all(|f| *f == 0));
    }

    #[test]
    fn there_and_back_is_the_same_within_one() {
        let mut rng = crate::rng::Key::new(3).rng();
        for _ in 0..100 {
            let samples: Block = std::array::from_fn(|_| std::array::from_fn(|_| rng.below(256) as i32 - 128));
            let frequencies = forward(&samples).map(|row| row.map(Lane::down::<3>));
            let back = inverse(&frequencies);
            let most = samples.as_flattened().iter().zip(back.as_flattened()).map(|(a, b)| (a - b).abs()).max();
            assert!(most.unwrap() <= 2, "{most:?}");
        }
    }
}

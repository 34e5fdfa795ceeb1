//! The whole-number cosine transform of 8x8 blocks, to frequencies and back.
//!
//! Loeffler, Ligtenberg and Moschytz, "Practical fast 1-D DCT algorithms with 11 multiplications" (ICASSP 1989),
//! with constants of 13 bits and two more bits between the passes: `JDCT_ISLOW` of libjpeg.

/// Eight rows of eight.
pub(super) type Block = [[i32; 8]; 8];

/// Bits behind the point in the constants.
const BITS: u32 = 13;
/// Bits kept between the passes.
const KEPT: u32 = 2;

/// A constant with [`BITS`] bits behind the point.
const fn fixed(value: f64) -> i32 {
    (value * (1 << BITS) as f64 + 0.5) as i32
}

/// `value / 2^bits`, half up.
#[inline(always)]
fn descale(value: i32, bits: u32) -> i32 {
    (value + (1 << (bits - 1))) >> bits
}

/// Turns (a, b) by 3 pi / 8 and scales: the even half of both ways.
#[inline(always)]
fn turned(a: i32, b: i32) -> (i32, i32) {
    let both = (a + b) * fixed(0.541_196_100);
    (both + a * fixed(0.765_366_865), both - b * fixed(1.847_759_065))
}

/// The odd half of both ways; element `i` of the result goes with element `i` of the input.
#[inline(always)]
fn odd_half([a, b, c, d]: [i32; 4]) -> [i32; 4] {
    let all = (a + b + c + d) * fixed(1.175_875_602);
    let outer = (a + d) * -fixed(0.899_976_223);
    let inner = (b + c) * -fixed(2.562_915_447);
    let even = (a + c) * -fixed(1.961_570_560) + all;
    let odd = (b + d) * -fixed(0.390_180_644) + all;
    [
        a * fixed(0.298_631_336) + outer + even,
        b * fixed(2.053_119_869) + inner + odd,
        c * fixed(3.072_711_026) + inner + even,
        d * fixed(1.501_321_110) + outer + odd,
    ]
}

/// Eight samples to eight frequencies: `whole` shifts what has no fraction, `bits` ends what has.
#[inline(always)]
fn to_frequencies(x: [i32; 8], whole: impl Fn(i32) -> i32, bits: u32) -> [i32; 8] {
    let sums = [x[0] + x[7], x[1] + x[6], x[2] + x[5], x[3] + x[4]];
    let (outer, inner) = (sums[0] + sums[3], sums[1] + sums[2]);
    let (second, sixth) = turned(sums[0] - sums[3], sums[1] - sums[2]);
    let [seventh, fifth, third, first] = odd_half([x[3] - x[4], x[2] - x[5], x[1] - x[6], x[0] - x[7]]);
    [
        whole(outer + inner),
        descale(first, bits),
        descale(second, bits),
        descale(third, bits),
        whole(outer - inner),
        descale(fifth, bits),
        descale(sixth, bits),
        descale(seventh, bits),
    ]
}

/// Eight frequencies to eight samples.
#[inline(always)]
fn to_samples(x: [i32; 8], bits: u32) -> [i32; 8] {
    let (sum, difference) = ((x[0] + x[4]) << BITS, (x[0] - x[4]) << BITS);
    let (a, b) = turned(x[2], x[6]);
    let even = [sum + a, difference + b, difference - b, sum - a];
    let odd = odd_half([x[7], x[5], x[3], x[1]]);
    std::array::from_fn(|i| {
        let value = if i < 4 { even[i] + odd[3 - i] } else { even[7 - i] - odd[i - 4] };
        descale(value, bits)
    })
}

/// Does `line` to every column.
#[inline(always)]
fn columns(block: &mut Block, line: impl Fn([i32; 8]) -> [i32; 8]) {
    for i in 0..8 {
        let made = line([0, 1, 2, 3, 4, 5, 6, 7].map(|k: usize| block[k][i]));
        for k in 0..8 {
            block[k][i] = made[k];
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
    columns(&mut block, |x| to_frequencies(x, |v| v << KEPT, BITS - KEPT));
    let mut block = transposed(&block);
    columns(&mut block, |x| to_frequencies(x, |v| descale(v, KEPT), BITS + KEPT));
    block
}

/// Frequencies (of the orthonormal transform) to samples about zero.
#[inline(always)]
pub(super) fn inverse(frequencies: &Block) -> Block {
    let mut block = *frequencies;
    columns(&mut block, |x| to_samples(x, BITS - KEPT));
    let mut block = transposed(&block);
    columns(&mut block, |x| to_samples(x, BITS + KEPT + 3));
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
            let frequencies = forward(&samples).map(|row| row.map(|f| descale(f, 3)));
            let back = inverse(&frequencies);
            let most = samples.as_flattened().iter().zip(back.as_flattened()).map(|(a, b)| (a - b).abs()).max();
            assert!(most.unwrap() <= 2, "{most:?}");
        }
    }
}

//! VP8's whole-number cosine transform of 4x4 blocks, and the Walsh-Hadamard transform of their means: RFC 6386, section
//! 14; forward as libwebp has it.

/// Differences or frequencies, row by row.
pub(super) type Block = [i32; 16];

/// Frequencies of the differences from `guess` to `source`.
#[inline(always)]
pub(super) fn forward(source: &[[u8; 4]; 4], guess: &[[u8; 4]; 4]) -> Block {
    let mut half = [0; 16];
    for y in 0..4 {
        let d: [i32; 4] = std::array::from_fn(|x| i32::from(source[y][x]) - i32::from(guess[y][x]));
        let (a, b, c, e) = (d[0] + d[3], d[1] + d[2], d[1] - d[2], d[0] - d[3]);
        half[4 * y] = (a + b) * 8;
        half[4 * y + 1] = (c * 2217 + e * 5352 + 1812) >> 9;
        half[4 * y + 2] = (a - b) * 8;
        half[4 * y + 3] = (e * 2217 - c * 5352 + 937) >> 9;
    }
    let mut made = [0; 16];
    for x in 0..4 {
        let (p, q, r, s) = (half[x], half[4 + x], half[8 + x], half[12 + x]);
        let (a, b, c, e) = (p + s, q + r, q - r, p - s);
        made[x] = (a + b + 7) >> 4;
        made[4 + x] = ((c * 2217 + e * 5352 + 12000) >> 16) + i32::from(e != 0);
        made[8 + x] = (a - b + 7) >> 4;
        made[12 + x] = (e * 2217 - c * 5352 + 51000) >> 16;
    }
    made
}

/// `guess` with the differences that have these frequencies.
#[inline(always)]
pub(super) fn inverse(frequencies: &Block, guess: &[[u8; 4]; 4]) -> [[u8; 4]; 4] {
    /// The square root of 2 times the cosine of an eighth of pi, and times its sine, with 16 bits behind the point.
    const COS: i32 = 85627;
    const SIN: i32 = 35468;
    let turn = |p: i32, q: i32| (((p * SIN) >> 16) - ((q * COS) >> 16), ((p * COS) >> 16) + ((q * SIN) >> 16));
    let mut half = [0; 16];
    for x in 0..4 {
        let f = |y: usize| frequencies[4 * y + x];
        let (a, b) = (f(0) + f(2), f(0) - f(2));
        let (c, d) = turn(f(1), f(3));
        (half[4 * x], half[4 * x + 1], half[4 * x + 2], half[4 * x + 3]) = (a + d, b + c, b - c, a - d);
    }
    let mut made = [[0; 4]; 4];
    for y in 0..4 {
        let f = |x: usize| half[4 * x + y];
        let (a, b) = (f(0) + 4 + f(2), f(0) + 4 - f(2));
        let (c, d) = turn(f(1), f(3));
        let row = [a + d, b + c, b - c, a - d];
        made[y] = std::array::from_fn(|x| (i32::from(guess[y][x]) + (row[x] >> 3)).clamp(0, 255) as u8);
    }
    made
}

/// What the means of 16 blocks are made of.
#[inline(always)]
pub(super) fn forward_means(means: &Block) -> Block {
    let (mut half, mut made) = ([0; 16], [0; 16]);
    for y in 0..4 {
        let m = |x: usize| means[4 * y + x];
        let (a, b, c, d) = (m(0) + m(2), m(1) + m(3), m(1) - m(3), m(0) - m(2));
        (half[4 * y], half[4 * y + 1], half[4 * y + 2], half[4 * y + 3]) = (a + b, d + c, d - c, a - b);
    }
    for x in 0..4 {
        let m = |y: usize| half[4 * y + x];
        let (a, b, c, d) = (m(0) + m(2), m(1) + m(3), m(1) - m(3), m(0) - m(2));
        (made[x], made[4 + x], made[8 + x], made[12 + x]) = ((a + b) >> 1, (d + c) >> 1, (d - c) >> 1, (a - b) >> 1);
    }
    made
}

/// The means of 16 blocks again.
#[inline(always)]
pub(super) fn inverse_means(frequencies: &Block) -> Block {
    let (mut half, mut made) = ([0; 16], [0; 16]);
    for x in 0..4 {
        let f = |y: usize| frequencies[4 * y + x];
        let (a, b, c, d) = (f(0) + f(3), f(1) + f(2), f(1) - f(2), f(0) - f(3));
        (half[x], half[4 + x], half[8 + x], half[12 + x]) = (a + b, d + c, a - b, d - c);
    }
    for y in 0..4 {
        let f = |x: usize| half[4 * y + x];
        let (a, b, c, d) = (f(0) + 3 + f(3), f(1) + f(2), f(1) - f(2), f(0) + 3 - f(3));
        for (x, sum) in [a + b, d + c, a - b, d - c].into_iter().enumerate() {
            made[4 * y + x] = sum >> 3;
        }
    }
    made
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frequencies_give_the_levels_back() {
        let noise = crate::kernels::random::Noise::new(1);
        for i in 0..200 {
            let block = |from: u64| -> [[u8; 4]; 4] {
                std::array::from_fn(|y| std::array::from_fn(|x| noise.bits(32 * i + from + 4 * y as u64 + x as u64) as u8))
            };
            let (source, guess) = (block(0), block(16));
            let made = inverse(&forward(&source, &guess), &guess);
            let off = made.as_flattened().iter().zip(source.as_flattened()).map(|(a, b)| a.abs_diff(*b)).max();
            assert!(off <= Some(1), "{source:?} {made:?}");
        }
    }

    #[test]
    fn means_come_back() {
        let means: Block = std::array::from_fn(|i| (i as i32 * 731) % 4001 - 2000);
        let made = inverse_means(&forward_means(&means));
        assert!(made.iter().zip(means).all(|(a, b)| (a - b).abs() <= 1), "{made:?}");
    }

    #[test]
    fn a_flat_difference_is_its_mean() {
        let mut flat = [0; 16];
        // The rounding of the first pass leaves a one.
        (flat[0], flat[1]) = (80, 1);
        assert_eq!(forward(&[[110; 4]; 4], &[[100; 4]; 4]), flat);
        flat[1] = 0;
        assert_eq!(inverse(&flat, &[[100; 4]; 4]), [[110; 4]; 4]);
    }
}

//! Salt and pepper: some pixels turn white, some black.

use super::super::random::Noise;

/// Fills `target` with `source`, of which `white` pixels are turned white and `black` others black; every choice of
/// them is equally likely. `marks` is memory to work in.
///
/// # Algorithm
/// ```text
/// for j in n - k .. n:  t = one of 0 ..= j; choose t, or j if t was chosen already
/// each chosen pixel is white with probability (white ones left) / (pixels left)
/// ```
/// Floyd's sampling without replacement (Bentley and Floyd, "A sample of brilliance", 1987): `k` draws, exactly `k`
/// pixels. Place and colour come from the upper and the lower half of one product of 128 bits.
///
/// # Panics
/// If source and target differ in length, or there are too few pixels.
pub fn salt_and_pepper(source: &[u8], (white, black): (u64, u64), noise: Noise, marks: &mut Vec<u64>, target: &mut [u8]) {
    let pixels = source.len() as u64 / 3;
    let chosen = white + black;
    assert!(chosen <= pixels, "invariant: as many pixels as are chosen");
    target.copy_from_slice(source);
    marks.clear();
    marks.resize(pixels.div_ceil(64) as usize, 0);
    let mut whites = white;
    for (i, last) in (pixels - chosen..pixels).enumerate() {
        let left = chosen - i as u64;
        let product = u128::from(noise.bits(i as u64)) * u128::from(last + 1);
        let mut place = (product >> 64) as usize;
        if marks[place / 64] >> (place % 64) & 1 == 1 {
            place = last as usize;
        }
        marks[place / 64] |= 1 << (place % 64);
        let is_white = (u128::from(product as u64) * u128::from(left)) >> 64 < u128::from(whites);
        whites -= u64::from(is_white);
        target[place * 3..][..3].fill(if is_white { 255 } else { 0 });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(white: u64, black: u64, seed: u64) -> (usize, usize) {
        let source = vec![7; 300];
        let mut target = vec![0; 300];
        salt_and_pepper(&source, (white, black), Noise::new(seed), &mut Vec::new(), &mut target);
        let of = |level| target.chunks_exact(3).filter(|pixel| *pixel == [level; 3]).count();
        assert_eq!(of(0) + of(7) + of(255), 100);
        (of(255), of(0))
    }

    #[test]
    fn exactly_as_many_as_asked_for() {
        for seed in 0..50 {
            assert_eq!(counts(13, 20, seed), (13, 20));
        }
        assert_eq!(counts(0, 0, 1), (0, 0));
        assert_eq!(counts(60, 40, 1), (60, 40));
        assert_eq!(counts(0, 100, 1), (0, 100));
    }

    #[test]
    fn every_pixel_is_as_likely() {
        let mut hits = [[0u32; 10]; 2];
        for seed in 0..6000 {
            let mut target = [0; 30];
            salt_and_pepper(&[7; 30], (2, 1), Noise::new(seed), &mut Vec::new(), &mut target);
            for (place, pixel) in target.chunks_exact(3).enumerate().filter(|(_, pixel)| pixel[0] != 7) {
                hits[usize::from(pixel[0] == 255)][place] += 1;
            }
        }
        // 600 blacks and 1200 whites a pixel, with deviations of 23 and 31.
        assert!(hits[0].iter().all(|n| n.abs_diff(600) < 100), "{hits:?}");
        assert!(hits[1].iter().all(|n| n.abs_diff(1200) < 135), "{hits:?}");
    }
}

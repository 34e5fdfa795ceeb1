//! Small blurs that belong to what is painted.

use crate::image::Size;

/// What a thread keeps between pictures.
#[derive(Clone, Debug, Default)]
pub struct Scratch {
    weights: Vec<u16>,
    padded: Vec<u8>,
    lines: Vec<u16>,
    sums: Vec<u32>,
}

/// The index of `i` in `0..count` when the ends mirror what is inside them, the outermost once.
pub(crate) fn mirrored(i: i64, count: i64) -> usize {
    if count == 1 {
        return 0;
    }
    let at = i.rem_euclid(2 * count - 2);
    at.min(2 * count - 2 - at) as usize
}

/// The weights of a Gaussian of `size` (odd) taps, in 256ths, as OpenCV's 8-bit filter has them.
///
/// What each weight loses in rounding is given to the next one towards the middle, so that they sum to 256. A `sigma`
/// of 0 takes OpenCV's own for the size, `0.3 (size - 1) / 2 + 0.5`, and its tables for up to nine taps.
fn weights(size: usize, sigma: f64, weights: &mut Vec<u16>) {
    const TABLES: [&[u16]; 5] =
        [&[256], &[64, 128, 64], &[16, 64, 96, 64, 16], &[8, 28, 56, 72, 56, 28, 8], &[4, 13, 30, 51, 60, 51, 30, 13, 4]];
    weights.clear();
    if sigma <= 0.0 && size <= 9 {
        return weights.extend(TABLES[size / 2]);
    }
    let half = size / 2;
    let sigma = if sigma > 0.0 { sigma } else { 0.3 * (half as f64 - 1.0) + 0.8 };
    let height = |i: usize| libm::exp(-((half - i) as f64) * (half - i) as f64 / (2.0 * sigma * sigma));
    let whole = 2.0 * (0..half).map(height).sum::<f64>() + 1.0;
    let (mut left, mut lost) = (256u16, 0.0);
    for i in 0..half {
        let exact = height(i) / whole * 256.0 + lost;
        let weight = libm::rint(exact);
        lost = exact - weight;
        weights.push(weight as u16);
        left -= 2 * weight as u16;
    }
    weights.push(left);
    for i in (0..half).rev() {
        weights.push(weights[i]);
    }
}

/// Blurs a picture in place: `cv2.GaussianBlur` of 8-bit pictures with `BORDER_REFLECT_101`, in its whole numbers.
///
/// `size` is the odd number of taps, `sigma` the standard deviation in pixels (0: what suits the size).
pub fn gaussian(pixels: &mut [u8], size: Size, (taps, sigma): (usize, f64), scratch: &mut Scratch) {
    let (width, height) = (size.width as usize, size.height as usize);
    let Scratch { weights: taps_of, padded, lines, sums } = scratch;
    weights(taps, sigma, taps_of);
    let (half, stride) = (taps / 2, width * 3);
    lines.resize(stride * height, 0);
    for (row, line) in pixels.chunks_exact(stride).zip(lines.chunks_exact_mut(stride)) {
        padded.clear();
        for x in -(half as i64)..(width + half) as i64 {
            padded.extend_from_slice(&row[3 * mirrored(x, width as i64)..][..3]);
        }
        line.fill(0);
        for (k, weight) in taps_of.iter().enumerate() {
            for (sum, level) in line.iter_mut().zip(&padded[3 * k..]) {
                *sum += weight * u16::from(*level);
            }
        }
    }
    sums.resize(stride, 0);
    for (y, row) in pixels.chunks_exact_mut(stride).enumerate() {
        sums.fill(1 << 15);
        for (k, weight) in taps_of.iter().enumerate() {
            let from = mirrored((y + k) as i64 - half as i64, height as i64);
            for (sum, part) in sums.iter_mut().zip(&lines[from * stride..][..stride]) {
                *sum += u32::from(*weight) * u32::from(*part);
            }
        }
        for (to, sum) in row.iter_mut().zip(&*sums) {
            *to = (sum >> 16) as u8;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_sum_to_the_whole() {
        let mut made = Vec::new();
        for size in [1, 3, 5, 9, 11, 31, 137] {
            for sigma in [0.0, 0.5, 3.0] {
                weights(size, sigma, &mut made);
                assert_eq!((made.len(), made.iter().sum::<u16>()), (size, 256), "{sigma}");
            }
        }
    }

    #[test]
    fn a_point_becomes_the_weights() {
        let mut pixels = vec![0; 75];
        pixels[36..39].fill(255);
        gaussian(&mut pixels, Size::new(5, 5), (3, 0.0), &mut Scratch::default());
        let red: Vec<u8> = pixels.iter().step_by(3).copied().collect();
        assert_eq!(&red[5..20], [0, 16, 32, 16, 0, 0, 32, 64, 32, 0, 0, 16, 32, 16, 0]);
    }

    #[test]
    fn narrow_pictures_mirror_themselves() {
        for size in [Size::new(1, 1), Size::new(1, 3), Size::new(2, 1)] {
            let mut pixels = vec![77; size.bytes() as usize];
            gaussian(&mut pixels, size, (31, 0.0), &mut Scratch::default());
            assert!(pixels.iter().all(|level| *level == 77));
        }
    }
}

//! RGB to luma and chroma (BT.601, full range), and back, in libjpeg's whole numbers: constants of 16 bits, halves rounded up but
//! for chroma.

use super::blocks::{Change, Planes, joined};
use super::{each, parted, sixteenth, weigh, weigh_from};

/// A constant with 16 bits behind the point.
const fn fixed(value: f64) -> i32 {
    (value * 65536.0 + 0.5) as i32
}

/// Fills rows of luma, blue chroma and red chroma with the levels of the pixels of `source`.
///
/// # Panics
/// If a row has fewer levels than `source` has pixels.
pub(in crate::kernels) fn to_ycc(source: &[u8], rows: [&mut [u8]; 3]) {
    parted::changed(source, &ToYcc, rows);
}

/// Fills `target` with the pixels of rows of luma, blue chroma and red chroma.
///
/// # Panics
/// If one is shorter than the pixels of `target`.
pub(in crate::kernels) fn from_ycc(rows: [&[u8]; 3], target: &mut [u8]) {
    joined(rows, &FromYcc, target);
}

struct ToYcc;
struct FromYcc;

impl Change for ToYcc {
    #[inline(always)]
    fn change(&self, from: &Planes, to: &mut Planes) {
        /// 128 levels, and not quite a half, so that white has no more than 255.
        const MIDDLE: i32 = (128 << 16) + (1 << 15) - 1;
        each(from, to, |r, g, b| {
            let luma = weigh::<16, 8>([fixed(0.299), fixed(0.587), fixed(0.114)], [r, g, b]);
            let blue = weigh_from::<16, 8>(MIDDLE, [-fixed(0.168_74), -fixed(0.331_26), fixed(0.5)], [r, g, b]);
            let red = weigh_from::<16, 8>(MIDDLE, [fixed(0.5), -fixed(0.418_69), -fixed(0.081_31)], [r, g, b]);
            [luma as u8, blue as u8, red as u8]
        });
    }
}

impl Change for FromYcc {
    #[inline(always)]
    fn change(&self, from: &Planes, to: &mut Planes) {
        each(from, to, |luma, blue, red| {
            let (luma, u, v) = (i16::from(luma), i16::from(blue) - 128, i16::from(red) - 128);
            // The whole part of a constant apart, so that 16 bits are enough.
            let more_red = v + sixteenth(v, (fixed(1.402) - 65536) as i16);
            let more_blue = 2 * u + sixteenth(u, (fixed(1.772) - 2 * 65536) as i16);
            // 0.71414 and 0.34414 in 65536ths are 512 times 91 and 44, and 210 and 26; a half of 65536, less one since it is
            // subtracted, is 512 times 63, and 511.
            let less_green = (91 * v + 44 * u + 63 + ((210 * v + 26 * u + 511) >> 9)) >> 7;
            [luma + more_red, luma - less_green, luma + more_blue].map(|level| level.clamp(0, 255) as u8)
        });
    }
}

#[cfg(test)]
mod tests {
    use super::super::blocks::{assert_all_ways_agree, assert_every_colour};
    use super::*;

    #[test]
    fn every_pixel_to_luma_and_chroma_is_that_of_libjpeg() {
        let colours: Vec<u8> = (0..1 << 24u32).step_by(5).flat_map(|i| [i as u8, (i >> 8) as u8, (i >> 16) as u8]).collect();
        let mut made = [(); 3].map(|()| vec![0; colours.len() / 3]);
        to_ycc(&colours, made.each_mut().map(Vec::as_mut_slice));
        for (i, pixel) in colours.as_chunks::<3>().0.iter().enumerate() {
            let [r, g, b] = pixel.map(i32::from);
            let middle = (128 << 16) + 32767;
            let sums = [
                19595 * r + 38470 * g + 7471 * b + 32768,
                -11059 * r - 21709 * g + 32768 * b + middle,
                32768 * r - 27439 * g - 5329 * b + middle,
            ];
            assert_eq!([made[0][i], made[1][i], made[2][i]], sums.map(|sum| (sum >> 16) as u8), "{pixel:?}");
        }
    }

    #[test]
    fn every_colour_is_that_of_libjpeg() {
        assert_every_colour(from_ycc, |y, u, v| {
            let more = [91881 * v + 32768, -22554 * u - 46802 * v + 32768, 116_130 * u + 32768];
            more.map(|more| y + (more >> 16))
        });
    }

    #[test]
    fn all_vectors_agree() {
        assert_all_ways_agree(&ToYcc);
        assert_all_ways_agree(&FromYcc);
    }
}

//! Luma and chroma to RGB.

use super::blocks::{Change, PIXELS, Planes, joined};
use super::sixteenth;

/// Fills `target` with the pixels of rows of luma, blue chroma and red chroma (BT.601, full range), in the whole numbers of
/// zune-jpeg: constants of 14 bits, halves cut.
///
/// # Panics
/// If one is shorter than the pixels of `target`.
pub fn from_ycc(rows: [&[u8]; 3], target: &mut [u8]) {
    joined(rows, &FromYcc, target);
}

struct FromYcc;

impl Change for FromYcc {
    #[inline(always)]
    fn change(&self, from: &Planes, to: &mut Planes) {
        let ([luma, blue, red], [to_red, to_green, to_blue]) = (from, to);
        for i in 0..PIXELS {
            let (u, v) = (i16::from(blue[i]) - 128, i16::from(red[i]) - 128);
            // The whole part of a constant apart, so that 16 bits are enough; no product lies on a half.
            let (more_red, less_blue) = (v + sixteenth(v, 4 * 6586), 2 * u - sixteenth(u, 4 * 3736));
            // 128ths of both constants apart from the rest.
            let less_green = (91 * v + 44 * u + ((52 * v + 6 * u) >> 7) + 64) >> 7;
            let luma = i16::from(luma[i]);
            to_red[i] = (luma + more_red).clamp(0, 255) as u8;
            to_green[i] = (luma - less_green).clamp(0, 255) as u8;
            to_blue[i] = (luma + less_blue).clamp(0, 255) as u8;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::color::blocks::{assert_all_ways_agree, assert_every_colour};

    #[test]
    fn every_colour_is_that_of_zune_jpeg() {
        assert_every_colour(from_ycc, |y, u, v| {
            let y = y * 16384 + 8191;
            [y + 22970 * v, y - 11700 * v - 5638 * u, y + 29032 * u].map(|sum| sum >> 14)
        });
    }

    #[test]
    fn all_vectors_agree() {
        assert_all_ways_agree(&FromYcc);
    }
}

//! What JPEG takes from a picture, without the file: everything but the coding of bits, which loses nothing.

mod colour;
mod dct;
#[cfg(target_arch = "x86_64")]
mod dct_avx2;
mod levels;
#[cfg(target_arch = "x86_64")]
mod levels_avx2;
mod scan;

pub use levels::{Block as Frequencies, Steps as FrequencySteps, doubled_across, doubled_down, to_levels};
pub use scan::{Codes, Listed, Scan, ZIGZAG, are_codes, read_blocks};

use crate::image::Image;
use dct::Block;

/// What a thread keeps between pictures.
#[derive(Clone, Debug, Default)]
pub struct Scratch {
    planes: Planes,
    rows: colour::Rows,
}

/// Luma, and the two chroma planes of half the size; sides are whole blocks.
#[derive(Clone, Debug, Default)]
struct Planes {
    luma: Vec<u8>,
    luma_stride: usize,
    blue: Vec<u8>,
    red: Vec<u8>,
}

/// The tables of annex K of ITU-T T.81, for luma and for chroma.
const LUMA: [[u8; 8]; 8] = [
    [16, 11, 10, 16, 24, 40, 51, 61],
    [12, 12, 14, 19, 26, 58, 60, 55],
    [14, 13, 16, 24, 40, 57, 69, 56],
    [14, 17, 22, 29, 51, 87, 80, 62],
    [18, 22, 37, 56, 68, 109, 103, 77],
    [24, 35, 55, 64, 81, 104, 113, 92],
    [49, 64, 78, 87, 103, 121, 120, 101],
    [72, 92, 95, 98, 112, 100, 103, 99],
];
const CHROMA: [[u8; 8]; 8] = [
    [17, 18, 24, 47, 99, 99, 99, 99],
    [18, 21, 26, 66, 99, 99, 99, 99],
    [24, 26, 56, 99, 99, 99, 99, 99],
    [47, 66, 99, 99, 99, 99, 99, 99],
    [99, 99, 99, 99, 99, 99, 99, 99],
    [99, 99, 99, 99, 99, 99, 99, 99],
    [99, 99, 99, 99, 99, 99, 99, 99],
    [99, 99, 99, 99, 99, 99, 99, 99],
];

/// Steps of a frequency, and their reciprocals for [`nearest_step`].
struct Steps {
    size: Block,
    reciprocal: [[f32; 8]; 8],
}

impl Steps {
    /// A table at a quality from 1 to 100, on libjpeg's scale.
    fn new(table: &[[u8; 8]; 8], quality: u32) -> Self {
        let quality = quality.clamp(1, 100) as i32;
        let percent = if quality < 50 { 5000 / quality } else { 200 - 2 * quality };
        let size = table.map(|row| row.map(|step| ((i32::from(step) * percent + 50) / 100).clamp(1, 255)));
        let reciprocal = size.map(|row| row.map(|step| 1.0 / (8 * step) as f32 * (1.0 + 3.0 / (1 << 23) as f32)));
        Self { size, reciprocal }
    }
}

/// How many steps are nearest to `frequency`, halves away from zero; `reciprocal` is a little more than one
/// by the step, so that halves lie above the middle.
#[inline(always)]
fn nearest_step(frequency: i32, reciprocal: f32) -> i32 {
    /// At this number a float holds no fractions: adding it rounds, and leaves the whole number in the low bits.
    const ROUNDING: f32 = (1 << 23) as f32;
    let sign = frequency >> 31;
    let size = ((frequency ^ sign) - sign) as f32 * reciprocal + ROUNDING;
    let steps = (size.to_bits() & 0x7f_ffff) as i32;
    (steps ^ sign) - sign
}

/// Fills `target` with what is left of `source` after JPEG at `quality` (1 to 100).
///
/// # Algorithm
/// ```text
/// RGB -> YCbCr (BT.601, full range), chroma averaged over 2x2, blocks of 8x8 -> cosine transform
/// -> rounded to multiples of the quality's table -> back the same way, chroma doubled by a triangle
/// ```
/// All of it in the whole numbers of libjpeg (`JDCT_ISLOW`, 4:2:0, fancy upsampling), so that the pixels are those
/// of `PIL.Image.save(.., "JPEG", quality=..)` read again.
///
/// # Panics
/// If `target` has another length than the picture.
pub fn compress(source: &Image, quality: u32, scratch: &mut Scratch, target: &mut [u8]) {
    assert_eq!(source.bytes().len(), target.len(), "invariant: pixel for pixel");
    if target.is_empty() {
        return;
    }
    widest_with(coarsener(), source, quality, scratch, target);
}

wide! {
    fn widest_with(coarsen: Coarsen, source: &Image, quality: u32, scratch: &mut Scratch, target: &mut [u8]) = with;
}

/// The whole way, with `coarsen` to round the frequencies of a plane.
#[inline(always)]
fn with(coarsen: Coarsen, source: &Image, quality: u32, scratch: &mut Scratch, target: &mut [u8]) {
    let Scratch { planes, rows } = scratch;
    let size = (source.size().width as usize, source.size().height as usize);
    let (width, height) = (size.0.next_multiple_of(16), size.1.next_multiple_of(16));
    planes.luma_stride = width;
    planes.luma.resize(width * height, 0);
    planes.blue.resize(width * height / 4, 0);
    planes.red.resize(width * height / 4, 0);
    colour::split(source.bytes(), size, rows, planes);
    let chroma = Steps::new(&CHROMA, quality);
    coarsen(&mut planes.luma, width, &Steps::new(&LUMA, quality));
    coarsen(&mut planes.blue, width / 2, &chroma);
    coarsen(&mut planes.red, width / 2, &chroma);
    colour::join(planes, rows, size, target);
}

/// Rounds the frequencies of every block of a plane, whose rows are so long.
type Coarsen = fn(&mut [u8], usize, &Steps);

/// The fastest way that this machine has; all give the same bytes.
fn coarsener() -> Coarsen {
    #[cfg(target_arch = "x86_64")]
    if super::cpu::avx2() {
        return dct_avx2::coarsen;
    }
    coarsen
}

/// [`Coarsen`] for any machine.
fn coarsen(plane: &mut [u8], stride: usize, steps: &Steps) {
    for rows in plane.chunks_exact_mut(8 * stride) {
        for x in (0..stride).step_by(8) {
            let mut block: Block = [[0; 8]; 8];
            for (y, line) in block.iter_mut().enumerate() {
                for (to, from) in line.iter_mut().zip(&rows[y * stride + x..][..8]) {
                    *to = i32::from(*from) - 128;
                }
            }
            block = dct::forward(&block);
            for (y, line) in block.iter_mut().enumerate() {
                for (x, frequency) in line.iter_mut().enumerate() {
                    *frequency = nearest_step(*frequency, steps.reciprocal[y][x]) * steps.size[y][x];
                }
            }
            block = dct::inverse(&block);
            for (y, line) in block.iter().enumerate() {
                for (to, from) in rows[y * stride + x..][..8].iter_mut().zip(line) {
                    *to = (from + 128).clamp(0, 255) as u8;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::Size;

    fn compressed(source: &Image, quality: u32) -> Vec<u8> {
        let mut target = vec![0; source.bytes().len()];
        compress(source, quality, &mut Scratch::default(), &mut target);
        target
    }

    #[test]
    fn steps_are_rounded_as_division_does() {
        for step in 1..=255 {
            let reciprocal = 1.0 / (8 * step) as f32 * (1.0 + 3.0 / (1 << 23) as f32);
            for frequency in -20_000i32..=20_000 {
                let expected = (frequency.abs() + 4 * step) / (8 * step) * frequency.signum();
                assert_eq!(nearest_step(frequency, reciprocal), expected, "{frequency} by {step}");
            }
        }
    }

    #[test]
    fn a_gray_area_stays_what_it_is() {
        let gray = Image::from_bytes(Size::new(9, 5), vec![128; 135]);
        assert_eq!(compressed(&gray, 1), gray.bytes());
    }

    #[test]
    fn less_quality_leaves_less() {
        let mut rng = crate::rng::Key::new(4).rng();
        let noise = Image::from_bytes(Size::new(32, 32), (0..3072).map(|_| rng.bits() as u8).collect());
        let off = |quality| -> u32 {
            compressed(&noise, quality).iter().zip(noise.bytes()).map(|(a, b)| u32::from(a.abs_diff(*b))).sum()
        };
        assert!(off(10) > off(50) && off(50) > off(95));
    }

    #[test]
    fn every_machine_makes_the_same() {
        let mut rng = crate::rng::Key::new(5).rng();
        for (width, height) in [(1, 1), (1, 9), (2, 3), (3, 2), (5, 17), (70, 33), (4, 16)] {
            let bytes = (0..width * height * 3).map(|_| rng.bits() as u8).collect();
            let picture = Image::from_bytes(Size::new(width, height), bytes);
            for quality in [1, 30, 77, 100] {
                let mut slow = vec![0; picture.bytes().len()];
                with(coarsen, &picture, quality, &mut Scratch::default(), &mut slow);
                assert_eq!(compressed(&picture, quality), slow);
            }
        }
    }
}

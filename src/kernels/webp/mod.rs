//! What lossy WebP takes from a picture, without the file: everything but the coding of bits, which loses nothing.

mod colour;
mod cost;
mod macroblock;
mod planes;
mod predict;
mod segments;
mod smooth;
mod steps;
mod transform;

use super::{Work, widened};
use crate::image::Image;
use macroblock::Guessed;
use planes::Planes;
use segments::Kinds;
use smooth::Edges;

/// What a thread keeps between pictures.
#[derive(Clone, Debug, Default)]
pub struct Scratch {
    source: Planes,
    made: Planes,
    light: colour::Light,
    rows: colour::Rows,
    kinds: Kinds,
    /// Whether the edges inside each macroblock are smoothed.
    inside: Vec<bool>,
    /// The guesses of the blocks above.
    guessed: Vec<u8>,
}

/// Fills `target` with what is left of `source` after WebP at `quality` (1 to 100).
///
/// # Algorithm
/// ```text
/// RGB -> YCbCr (BT.601, video range), chroma averaged over 2x2 as light -> macroblocks of 16x16 in four kinds by how
/// hard they are, each with its steps -> guessed from what is made already, as a whole or in blocks of 4x4 -> the cosine
/// transform of what the guess misses -> rounded to multiples of the steps -> back the same way, edges of blocks
/// smoothed, chroma doubled by a triangle
/// ```
/// VP8 key frames (RFC 6386) with libwebp's defaults (method 4): its colours, steps, kinds and smoothing. Of the guesses that
/// VP8 has, libwebp takes the one with the least sum of error and bits; so does this, with other estimates of the bits,
/// so that single blocks come out differently, and the picture as good.
///
/// # Panics
/// If `target` has another length than the picture.
pub fn compress(source: &Image, quality: u32, scratch: &mut Scratch, target: &mut [u8]) {
    assert_eq!(source.bytes().len(), target.len(), "invariant: pixel for pixel");
    if !target.is_empty() {
        widened(Compress { source, quality, scratch, target });
    }
}

struct Compress<'a> {
    source: &'a Image,
    quality: u32,
    scratch: &'a mut Scratch,
    target: &'a mut [u8],
}

impl Work for Compress<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Self { source: picture, quality, scratch, target } = self;
        let Scratch { source, made, light, rows, kinds, inside, guessed } = scratch;
        let size = (picture.size().width as usize, picture.size().height as usize);
        let (across, down) = (size.0.div_ceil(16), size.1.div_ceil(16));
        source.reshape(across, down);
        made.reshape(across, down);
        colour::split(picture.bytes(), size, light, source);
        kinds.sort(source, (across, down), quality);
        inside.clear();
        guessed.clear();
        guessed.resize(4 * across, 0);
        for row in 0..down {
            let mut left = [0; 4];
            for column in 0..across {
                let segment = &mut kinds.segments[usize::from(kinds.of[row * across + column])];
                let guessed = &mut Guessed { above: &mut guessed[4 * column..][..4], left: &mut left };
                inside.push(macroblock::make(source, made, (column, row), segment, guessed));
            }
            made.luma.repeat_behind(16 * row + 15);
        }
        let edges = inside.iter().zip(&kinds.of).map(|(inside, kind)| {
            let strength = kinds.segments[usize::from(*kind)].final_smoothing();
            Edges { strength, inside: *inside }
        });
        smooth::smooth(made, across, edges);
        colour::join(made, rows, size, target);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::Size;
    use crate::kernels::random::Noise;

    fn compressed(source: &Image, quality: u32) -> Vec<u8> {
        let mut target = vec![0; source.bytes().len()];
        compress(source, quality, &mut Scratch::default(), &mut target);
        target
    }

    #[test]
    fn a_gray_area_stays_what_it_is() {
        let gray = Image::from_bytes(Size::new(19, 5), vec![130; 285]);
        let made = compressed(&gray, 50);
        assert!(made.iter().all(|level| level.abs_diff(130) <= 2), "{made:?}");
    }

    #[test]
    fn less_quality_leaves_less() {
        let noise = Noise::new(4);
        let noise = Image::from_bytes(Size::new(64, 64), (0..64 * 64 * 3).map(|i| noise.bits(i / 12) as u8).collect());
        let off = |quality| -> u32 {
            compressed(&noise, quality).iter().zip(noise.bytes()).map(|(a, b)| u32::from(a.abs_diff(*b))).sum()
        };
        assert!(off(5) > off(50) && off(50) > off(95));
    }

    #[test]
    fn every_machine_makes_the_same() {
        let noise = Noise::new(5);
        for (width, height) in [(1, 1), (1, 9), (2, 3), (17, 16), (70, 33)] {
            let size = Size::new(width, height);
            let picture = Image::from_bytes(size, (0..size.bytes()).map(|i| noise.bits(i / 7) as u8).collect());
            for quality in [1, 30, 77, 100] {
                let mut plain = vec![0; picture.bytes().len()];
                Compress { source: &picture, quality, scratch: &mut Scratch::default(), target: &mut plain }.run();
                assert_eq!(compressed(&picture, quality), plain);
            }
        }
    }
}

//! Gaussians of few taps: all of a picture at once, so that nothing is written between the two passes but a few rows.

use super::lines::{CHANNELS, Lines, mirror};
use super::weigh::{BLOCK, block};
use crate::image::Image;
use crate::kernels::{Work, widened};

/// Most taps.
pub(super) const MOST: usize = 9;

/// Blurs as [`super::gaussian::gaussian_blur`] says, by 3 to [`MOST`] weights that are the same from both ends.
pub(super) fn blur(source: &Image, weights: &[u16], lines: (&mut Lines<u8>, &mut Lines<u16>), target: &mut [u8]) {
    match weights.len() {
        3 => widened(Blur::<3>::new(source, weights, lines, target)),
        5 => widened(Blur::<5>::new(source, weights, lines, target)),
        7 => widened(Blur::<7>::new(source, weights, lines, target)),
        MOST => widened(Blur::<MOST>::new(source, weights, lines, target)),
        _ => unreachable!("invariant: an odd number of weights, and few"),
    }
}

struct Blur<'a, const TAPS: usize> {
    source: &'a Image,
    weights: [u16; TAPS],
    /// A row of the source, with its margins.
    line: &'a mut Lines<u8>,
    /// The last rows, blurred across.
    across: &'a mut Lines<u16>,
    target: &'a mut [u8],
}

impl<'a, const TAPS: usize> Blur<'a, TAPS> {
    fn new(
        source: &'a Image,
        weights: &[u16],
        (line, across): (&'a mut Lines<u8>, &'a mut Lines<u16>),
        target: &'a mut [u8],
    ) -> Self {
        let width = source.size().width as usize;
        line.reset(width, TAPS / 2, 1);
        across.reset(width, 0, TAPS);
        Self { source, weights: std::array::from_fn(|tap| weights[tap]), line, across, target }
    }
}

impl<const TAPS: usize> Work for Blur<'_, TAPS> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Self { source, weights, line, across, target } = self;
        let (row, height) = (source.size().width as usize * CHANNELS, source.size().height as usize);
        let mut made = 0;
        for (y, target) in target.chunks_exact_mut(row).enumerate() {
            while made < height.min(y + TAPS / 2 + 1) {
                line.inner_mut(0).copy_from_slice(source.row(made as u32));
                line.fill_margins(0, mirror);
                weigh_across(line.line(0), &weights, across.inner_mut(made));
                made += 1;
            }
            let mut rows = [across.line(0); TAPS];
            for (tap, row) in rows.iter_mut().enumerate() {
                *row = across.line(mirror((y + tap) as isize - TAPS as isize / 2, height));
            }
            weigh_down(&rows, &weights, target);
        }
    }
}

/// Sums of weighted levels along a row; below 2^16, as the weights sum to 256.
#[inline(always)]
fn weigh_across<const TAPS: usize>(line: &[u8], weights: &[u16; TAPS], sums: &mut [u16]) {
    let (blocks, rest) = sums.as_chunks_mut::<BLOCK>();
    let whole = blocks.len() * BLOCK;
    for (n, sums) in blocks.iter_mut().enumerate() {
        weigh_part(&line[n * BLOCK..], weights, sums);
    }
    weigh_part(&line[whole..], weights, rest);
}

/// Some of the sums. Where it is inlined for a block, the compiler knows its length, and that no place lies outside.
#[inline(always)]
fn weigh_part<const TAPS: usize>(line: &[u8], weights: &[u16; TAPS], sums: &mut [u16]) {
    let line = &line[..sums.len() + (TAPS - 1) * CHANNELS];
    for (i, sum) in sums.iter_mut().enumerate() {
        let level = |tap: usize| u16::from(line[tap * CHANNELS + i]);
        let mut whole = weights[TAPS / 2] * level(TAPS / 2);
        for (tap, weight) in weights[..TAPS / 2].iter().enumerate() {
            whole += weight * (level(tap) + level(TAPS - 1 - tap));
        }
        *sum = whole;
    }
}

/// Sums of weighted sums down, their high and their low bytes by themselves, and both of them rounded.
#[inline(always)]
fn weigh_down<const TAPS: usize>(rows: &[&[u16]; TAPS], weights: &[u16; TAPS], target: &mut [u8]) {
    let (blocks, rest) = target.as_chunks_mut::<BLOCK>();
    let whole = blocks.len() * BLOCK;
    for (n, to) in blocks.iter_mut().enumerate() {
        let mut parts = [block(rows[0], n * BLOCK); TAPS];
        for (part, row) in parts.iter_mut().zip(rows) {
            *part = block(row, n * BLOCK);
        }
        for (i, to) in to.iter_mut().enumerate() {
            *to = down(|tap| parts[tap][i], weights);
        }
    }
    for (i, to) in rest.iter_mut().enumerate() {
        *to = down(|tap| rows[tap][whole + i], weights);
    }
}

#[inline(always)]
fn down<const TAPS: usize>(sum: impl Fn(usize) -> u16, weights: &[u16; TAPS]) -> u8 {
    let middle = sum(TAPS / 2);
    let (mut high, mut low) = (weights[TAPS / 2] * (middle >> 8), weights[TAPS / 2] * (middle & 255));
    for (tap, weight) in weights[..TAPS / 2].iter().enumerate() {
        let (above, below) = (sum(tap), sum(TAPS - 1 - tap));
        high += weight * ((above >> 8) + (below >> 8));
        low += weight * ((above & 255) + (below & 255));
    }
    super::gaussian::rounded(high, low)
}

#[cfg(test)]
mod tests {
    use super::super::tests::bright_pictures;
    use super::*;

    #[test]
    fn every_vector_gives_the_same() {
        for image in bright_pictures() {
            let weights = [39, 57, 64, 57, 39];
            let (mut widest, mut plain) = (vec![0; image.bytes().len()], vec![0; image.bytes().len()]);
            let (mut line, mut across) = (Lines::default(), Lines::default());
            blur(&image, &weights, (&mut line, &mut across), &mut widest);
            Blur::<5>::new(&image, &weights, (&mut line, &mut across), &mut plain).run();
            assert_eq!(widest, plain, "{}", image.size());
        }
    }
}

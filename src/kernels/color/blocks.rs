//! Pixels in blocks, each channel by itself, so that one formula serves whatever vectors the machine has.

use crate::kernels::{Work, widened};
use std::ops::Range;

/// Pixels in a block.
pub(super) const PIXELS: usize = 64;

/// The levels of a block: red, green, blue.
pub(super) type Planes = [[u8; PIXELS]; 3];

/// The same where none of their vectors lies in two lines of the cache.
#[cfg(target_arch = "x86_64")]
#[repr(align(64))]
pub(super) struct Block(pub(super) Planes);

#[cfg(target_arch = "x86_64")]
impl Block {
    pub(super) const BLACK: Self = Self([[0; PIXELS]; 3]);
}

/// A change of each pixel by itself.
pub(super) trait Change {
    /// Changes a block. The code has no branch for a single pixel, and is inlined, so that the compiler can make
    /// vectors of it: `#[inline(always)]`.
    fn change(&self, from: &Planes, to: &mut Planes);
}

/// Something to be known of all pixels.
pub(super) trait Collect {
    /// Takes the first `pixels` of a block into account; those behind it are black.
    fn collect(&mut self, from: &Planes, pixels: usize);
}

/// Fills `target` with the pixels of `source` after `change`, compiled for the vectors that the machine has.
///
/// # Panics
/// If they differ in length, or hold no whole pixels.
pub(super) fn change(source: &[u8], change: &impl Change, target: &mut [u8]) {
    assert!(source.len() == target.len() && source.len().is_multiple_of(3), "invariant: pixel for pixel");
    #[cfg(target_arch = "x86_64")]
    if crate::kernels::cpu::avx512_bytes() {
        return super::avx512::change(source, change, target);
    }
    widened(Changing { source, change, target });
}

struct Changing<'a, C> {
    source: &'a [u8],
    change: &'a C,
    target: &'a mut [u8],
}

impl<C: Change> Work for Changing<'_, C> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        change_blocks(self.source, self.change, self.target);
    }
}

/// Fills `target` with pixels whose channels `change` makes of three rows of levels.
///
/// # Panics
/// If one of `rows` is shorter than the pixels of `target`.
pub(super) fn joined(rows: [&[u8]; 3], change: &impl Change, target: &mut [u8]) {
    #[cfg(target_arch = "x86_64")]
    if crate::kernels::cpu::avx512_bytes() {
        return super::avx512::joined(rows, change, target);
    }
    widened(Joining { rows, change, target });
}

struct Joining<'a, C> {
    rows: [&'a [u8]; 3],
    change: &'a C,
    target: &'a mut [u8],
}

impl<C: Change> Work for Joining<'_, C> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let (mut from, mut to) = ([[0; PIXELS]; 3], [[0; PIXELS]; 3]);
        for pixels in blocks_of(self.target.len() / 3) {
            take(self.rows, pixels.clone(), &mut from);
            self.change.change(&from, &mut to);
            let target = &mut self.target[3 * pixels.start..3 * pixels.end];
            if target.len() == 3 * PIXELS { join(&to, target) } else { join_rest(&to, target) }
        }
    }
}

/// The pixels of each block of so many; the last block ends with the last of them, so that it is whole if any is, and makes some
/// for the second time.
#[inline(always)]
pub(super) fn blocks_of(pixels: usize) -> impl Iterator<Item = Range<usize>> {
    let last = pixels.saturating_sub(PIXELS);
    (0..pixels).step_by(PIXELS).map(move |first| first.min(last)..pixels.min(first.min(last) + PIXELS))
}

/// Takes these levels of each row; what lies behind them in a block is nothing in particular.
#[inline(always)]
pub(super) fn take(rows: [&[u8]; 3], pixels: Range<usize>, planes: &mut Planes) {
    let rows = planes.iter_mut().zip(rows.map(|row| &row[pixels.clone()]));
    if pixels.len() == PIXELS {
        // Of a known length, and so by vectors.
        rows.for_each(|(plane, row)| plane.copy_from_slice(row));
    } else {
        rows.for_each(|(plane, row)| plane[..row.len()].copy_from_slice(row));
    }
}

/// Shows the pixels of `source` to `collect`.
pub(super) fn collect(source: &[u8], collect: &mut impl Collect) {
    #[cfg(target_arch = "x86_64")]
    if crate::kernels::cpu::avx512_bytes() {
        return super::avx512::collect(source, collect);
    }
    widened(Collecting { source, collect });
}

struct Collecting<'a, C> {
    source: &'a [u8],
    collect: &'a mut C,
}

impl<C: Collect> Work for Collecting<'_, C> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        collect_blocks(self.source, self.collect);
    }
}

/// [`change`] by the vectors that the caller is compiled for: the definition.
#[inline(always)]
fn change_blocks(source: &[u8], change: &impl Change, target: &mut [u8]) {
    let (mut from, mut to) = ([[0; PIXELS]; 3], [[0; PIXELS]; 3]);
    let whole = source.len() / (3 * PIXELS) * (3 * PIXELS);
    let blocks = source[..whole].chunks_exact(3 * PIXELS).zip(target[..whole].chunks_exact_mut(3 * PIXELS));
    for (source, target) in blocks {
        part(source, &mut from);
        change.change(&from, &mut to);
        join(&to, target);
    }
    rest(&source[whole..], &mut from);
    change.change(&from, &mut to);
    join_rest(&to, &mut target[whole..]);
}

/// [`collect`] by the vectors that the caller is compiled for.
#[inline(always)]
fn collect_blocks(source: &[u8], collect: &mut impl Collect) {
    let mut from = [[0; PIXELS]; 3];
    let blocks = source.chunks_exact(3 * PIXELS);
    let left = blocks.remainder();
    for block in blocks {
        part(block, &mut from);
        collect.collect(&from, PIXELS);
    }
    rest(left, &mut from);
    collect.collect(&from, left.len() / 3);
}

#[inline(always)]
fn part(block: &[u8], planes: &mut Planes) {
    let [red, green, blue] = planes;
    for (i, pixel) in block.chunks_exact(3).enumerate().take(PIXELS) {
        (red[i], green[i], blue[i]) = (pixel[0], pixel[1], pixel[2]);
    }
}

#[inline(always)]
fn join(planes: &Planes, block: &mut [u8]) {
    let [red, green, blue] = planes;
    for (i, pixel) in block.chunks_exact_mut(3).enumerate().take(PIXELS) {
        (pixel[0], pixel[1], pixel[2]) = (red[i], green[i], blue[i]);
    }
}

/// The last pixels, fewer than a block; the others of the block are black.
pub(super) fn rest(left: &[u8], planes: &mut Planes) {
    *planes = [[0; PIXELS]; 3];
    for (i, pixel) in left.chunks_exact(3).enumerate() {
        for c in 0..3 {
            planes[c][i] = pixel[c];
        }
    }
}

/// Fills `target`, which has room for fewer pixels than a block.
pub(super) fn join_rest(planes: &Planes, target: &mut [u8]) {
    for (i, pixel) in target.chunks_exact_mut(3).enumerate() {
        pixel.copy_from_slice(&[planes[0][i], planes[1][i], planes[2][i]]);
    }
}

/// Every way that this machine has of doing the same, by name; the first is the definition.
#[cfg(test)]
pub(super) fn every_change(source: &[u8], change: &impl Change) -> Vec<(&'static str, Vec<u8>)> {
    let mut made = vec![("plain", vec![0; source.len()])];
    change_blocks(source, change, &mut made[0].1);
    #[cfg(target_arch = "x86_64")]
    {
        use crate::kernels::widened_avx2::with_avx2;
        let mut add = |name, way: fn(&[u8], &_, &mut [u8])| {
            let mut target = vec![0; source.len()];
            way(source, change, &mut target);
            made.push((name, target));
        };
        if crate::kernels::cpu::avx2() {
            add("avx2", |source, change, target| with_avx2(Changing { source, change, target }));
        }
        if crate::kernels::cpu::avx512_bytes() {
            add("avx512", super::avx512::change);
        }
    }
    made
}

#[cfg(test)]
pub(super) fn assert_all_ways_agree(change: &impl Change) {
    let noise = crate::kernels::random::Noise::new(8);
    for pixels in [0u64, 1, 2, 63, 64, 65, 200, 1000, 4096] {
        let source: Vec<u8> = (0..3 * pixels).map(|i| noise.bits(i) as u8).collect();
        let made = every_change(&source, change);
        for (name, bytes) in &made {
            assert!(*bytes == made[0].1, "{name} differs for {pixels} pixels");
        }
    }
}

/// Holds `join`, which makes pixels of luma and chroma, to the `formula` of one, before it is cut to what a level can be: for every
/// chroma, whose middle is zero there, at some lumas.
#[cfg(test)]
pub(super) fn assert_every_colour(join: fn([&[u8]; 3], &mut [u8]), formula: fn(i32, i32, i32) -> [i32; 3]) {
    let chroma: Vec<(u8, u8)> = (0..=u16::MAX).map(|pair| ((pair >> 8) as u8, pair as u8)).collect();
    let (blue, red): (Vec<u8>, Vec<u8>) = chroma.iter().copied().unzip();
    for luma in [0, 1, 77, 128, 254, 255] {
        let mut made = vec![0; chroma.len() * 3];
        join([&vec![luma; chroma.len()], &blue, &red], &mut made);
        for (pixel, (blue, red)) in made.as_chunks::<3>().0.iter().zip(&chroma) {
            let expected = formula(i32::from(luma), i32::from(*blue) - 128, i32::from(*red) - 128);
            assert_eq!(*pixel, expected.map(|level| level.clamp(0, 255) as u8), "{luma} {blue} {red}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Turn;

    impl Change for Turn {
        #[inline(always)]
        fn change(&self, from: &Planes, to: &mut Planes) {
            *to = [from[1], from[2], from[0]];
        }
    }

    #[test]
    fn channels_are_parted_and_joined() {
        let source: Vec<u8> = (0..3 * 150).map(|i| (i % 251) as u8).collect();
        let turned: Vec<u8> = source.chunks(3).flat_map(|p| [p[1], p[2], p[0]]).collect();
        for (name, made) in every_change(&source, &Turn) {
            assert_eq!(made, turned, "{name}");
        }
        assert_all_ways_agree(&Turn);
    }
}

//! Parts of a picture painted over.

mod grid;

pub use grid::{Grid, paint_grid};

use super::random::Noise;
use crate::image::Size;

/// A rectangle of pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hole {
    /// Left edge.
    pub x: u32,
    /// Top edge.
    pub y: u32,
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
}

/// What holes are filled with.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Paint {
    /// One colour.
    Flat([u8; 3]),
    /// Every level drawn for itself.
    Levels(Noise),
    /// One drawn colour for each hole.
    Colours(Noise),
}

/// Paints over the part of the `k`-th hole that lies inside `target`, a picture of `size`.
///
/// A level at place `i` of the picture is the upper bits of word `i` of the noise; the colour of hole `k` is that
/// of words `3k` to `3k + 2`.
///
/// # Panics
/// If `target` has another length than the picture.
pub fn paint(size: Size, (k, hole): (usize, Hole), paint: Paint, target: &mut [u8]) {
    assert_eq!(target.len() as u64, size.bytes(), "invariant: pixel for pixel");
    let stride = size.width as usize * 3;
    let (left, top) = (hole.x.min(size.width), hole.y.min(size.height));
    let right = hole.x.saturating_add(hole.width).min(size.width);
    let bottom = hole.y.saturating_add(hole.height).min(size.height);
    for y in top..bottom {
        let first = y as usize * stride + left as usize * 3;
        let row = &mut target[first..][..(right - left) as usize * 3];
        match paint {
            Paint::Flat(colour) => fill(row, colour),
            Paint::Colours(noise) => fill(row, [0, 1, 2].map(|c| level(noise, 3 * k as u64 + c))),
            Paint::Levels(noise) => {
                row.iter_mut().zip(first as u64..).for_each(|(to, place)| *to = level(noise, place));
            }
        }
    }
}

/// Fills each pixel of `target` with the colour, or each level with its channel's, where the noise is below `share`:
/// of all pixels, or of all levels if `per_channel`.
pub fn paint_some(noise: Noise, share: f64, per_channel: bool, colour: [u8; 3], target: &mut [u8]) {
    // At 1 every 32-bit word is below.
    let below = (share * 4_294_967_296.0) as u64;
    let mut words = [0u32; 192];
    for (turn, pixels) in target.chunks_mut(192).enumerate() {
        let count = if per_channel { pixels.len() } else { pixels.len() / 3 };
        let first = turn as u64 * if per_channel { 192 } else { 64 };
        noise.words(first, &mut words[..count]);
        for (pixel, k) in pixels.chunks_exact_mut(3).zip(0..) {
            for (c, level) in pixel.iter_mut().enumerate() {
                let word = words[if per_channel { 3 * k + c } else { k }];
                if u64::from(word) < below {
                    *level = colour[c];
                }
            }
        }
    }
}

fn level(noise: Noise, place: u64) -> u8 {
    (noise.bits(place) >> 56) as u8
}

fn fill(row: &mut [u8], colour: [u8; 3]) {
    row.chunks_exact_mut(3).for_each(|pixel| pixel.copy_from_slice(&colour));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hole_is_cut_at_the_edges() {
        let mut target = [1; 18];
        let holes = [Hole { x: 2, y: 1, width: 9, height: 9 }, Hole { x: 7, y: 0, width: 1, height: 1 }];
        for hole in holes {
            paint(Size::new(3, 2), (0, hole), Paint::Flat([7, 8, 9]), &mut target);
        }
        assert_eq!(target, [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 7, 8, 9]);
    }

    #[test]
    fn drawn_colours_differ_by_hole_and_drawn_levels_by_place() {
        let holes = [Hole { x: 0, y: 0, width: 2, height: 1 }, Hole { x: 2, y: 0, width: 2, height: 1 }];
        let (mut colours, mut levels) = ([0; 12], [0; 12]);
        for (k, hole) in holes.into_iter().enumerate() {
            paint(Size::new(4, 1), (k, hole), Paint::Colours(Noise::new(1)), &mut colours);
            paint(Size::new(4, 1), (k, hole), Paint::Levels(Noise::new(1)), &mut levels);
        }
        assert!(colours[..3] == colours[3..6] && colours[..3] != colours[6..9]);
        assert_ne!(levels[..3], levels[3..6]);
    }

    #[test]
    fn a_share_of_none_and_of_all() {
        let mut target = [5; 300];
        paint_some(Noise::new(2), 0.0, true, [9; 3], &mut target);
        assert_eq!(target, [5; 300]);
        paint_some(Noise::new(2), 1.0, false, [9; 3], &mut target);
        assert_eq!(target, [9; 300]);
    }
}

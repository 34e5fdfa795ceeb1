//! Contrast-limited adaptive equalisation of lightness.

mod tiles;

use super::color::lab::Tables;
use crate::image::Image;
use tiles::Tiles;

/// What is kept from one picture to the next.
#[derive(Debug, Default)]
pub struct Scratch {
    /// L, a, b of each pixel.
    lab: [Vec<u8>; 3],
    tiles: Tiles,
}

/// Equalises the lightness of every part of a picture, its slope limited, and blends between the parts.
///
/// `clip_limit` is how many times the mean count a level may have; `tiles` how many parts each side has.
///
/// # Algorithm
/// To 8-bit CIE L\*a\*b\* (sRGB, D65) and back as `cv2.cvtColor`, in between `cv2.createCLAHE` on L, as
/// Albumentations 2.0.8.
///
/// # Panics
/// If `target` has another size, or there are no tiles.
pub fn clahe(source: &Image, clip_limit: f64, tiles: usize, scratch: &mut Scratch, target: &mut [u8]) {
    assert_eq!(source.bytes().len(), target.len(), "invariant: pixel for pixel");
    let tables = Tables::get();
    let [lightness, a, b] = &mut scratch.lab;
    tables.split_rgb(source.bytes(), [&mut *lightness, &mut *a, &mut *b]);
    let (width, height) = (source.size().width as usize, source.size().height as usize);
    scratch.tiles.equalise(lightness, [width, height], clip_limit, tiles);
    tables.join_rgb([&*lightness, &*a, &*b], target);
}

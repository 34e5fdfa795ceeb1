//! Pictures as PNG files, to look at.

use crate::image::Size;
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{ExtendedColorType, ImageEncoder};

/// The PNG file of a picture of `size`, whose `levels` are those of its red, green and blue, row after row.
///
/// # Panics
/// If there are not three levels for each pixel.
pub fn png(levels: &[u8], Size { width, height }: Size) -> Vec<u8> {
    let mut bytes = Vec::new();
    let encoder = PngEncoder::new_with_quality(&mut bytes, CompressionType::Default, FilterType::Adaptive);
    let written = encoder.write_image(levels, width, height, ExtendedColorType::Rgb8);
    written.expect("invariant: three levels a pixel, and memory takes what is written");
    bytes
}

//! Rows as picture files.

use crate::image::Size;
use image::codecs::jpeg::JpegEncoder;
use image::{ExtendedColorType, ImageEncoder};
use png::{BitDepth, ColorType, Compression, Encoder};

/// The PNG file of a picture of `size`, whose samples stand side by side for each pixel: one or three `channels` of one byte, or of two,
/// little-endian.
///
/// Compressed fast: rows are many, and a slower search saves few bytes of photographs.
///
/// # Panics
/// If `samples` are not of that size and kind.
pub fn lossless_png(samples: &[u8], size: Size, channels: usize, sample_bytes: usize) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = Encoder::new(&mut file, size.width, size.height);
    encoder.set_color(if channels == 1 { ColorType::Grayscale } else { ColorType::Rgb });
    encoder.set_depth(if sample_bytes == 1 { BitDepth::Eight } else { BitDepth::Sixteen });
    encoder.set_compression(Compression::Fast);
    let written = encoder.write_header().and_then(|mut writer| {
        if sample_bytes == 1 {
            return writer.write_image_data(samples);
        }
        let big_endian: Vec<u8> = samples.as_chunks().0.iter().flat_map(|&[low, high]| [high, low]).collect();
        writer.write_image_data(&big_endian)
    });
    written.expect("invariant: as many samples as the size says, and memory takes what is written");
    file
}

/// The JPEG file of a picture of `size`, whose levels stand side by side for each pixel, of one or three `channels`; `quality` is 1 to 100.
///
/// # Panics
/// If `levels` are not of that size.
pub fn jpeg(levels: &[u8], size: Size, channels: usize, quality: u8) -> Vec<u8> {
    let mut file = Vec::new();
    let color = if channels == 1 { ExtendedColorType::L8 } else { ExtendedColorType::Rgb8 };
    let written = JpegEncoder::new_with_quality(&mut file, quality).write_image(levels, size.width, size.height, color);
    written.expect("invariant: as many levels as the size says, and memory takes what is written");
    file
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(file: &[u8]) -> image::DynamicImage {
        image::load_from_memory(file).unwrap()
    }

    #[test]
    fn a_png_file_holds_every_sample() {
        let gray = decoded(&lossless_png(&[0, 7, 255, 3], Size::new(2, 2), 1, 1));
        assert_eq!(gray.as_luma8().unwrap().as_raw(), &[0, 7, 255, 3]);
        let rgb = decoded(&lossless_png(&[1, 2, 3, 4, 5, 6], Size::new(2, 1), 3, 1));
        assert_eq!(rgb.as_rgb8().unwrap().as_raw(), &[1, 2, 3, 4, 5, 6]);
        let deep = decoded(&lossless_png(&[0x34, 0x12, 0xff, 0xff], Size::new(1, 2), 1, 2));
        assert_eq!(deep.as_luma16().unwrap().as_raw(), &[0x1234, 0xffff]);
    }

    #[test]
    fn a_jpeg_file_shows_nearly_the_levels() {
        let levels: Vec<u8> = (0..64).flat_map(|at| [at * 2, 90, 200 - at]).collect();
        let shown = decoded(&jpeg(&levels, Size::new(8, 8), 3, 100)).into_rgb8();
        let furthest = shown.as_raw().iter().zip(&levels).map(|(a, b)| a.abs_diff(*b)).max();
        assert!(furthest.is_some_and(|levels| levels <= 6), "{furthest:?}");
        assert_eq!(decoded(&jpeg(&[9; 4], Size::new(2, 2), 1, 90)).as_luma8().unwrap().as_raw(), &[9; 4]);
    }
}

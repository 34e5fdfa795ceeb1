//! Every format but JPEG, through the image crate.

use super::{one_line, palette, said};
use crate::image::{Image, Size};
use image::{DynamicImage, ImageDecoder};
use std::io::Cursor;

/// A decoder with its header read.
pub(super) fn open(bytes: &[u8]) -> Result<impl ImageDecoder + '_, String> {
    palette::check(bytes)?;
    image::ImageReader::new(Cursor::new(bytes))
        .with_guessed_format()
        .map_err(|e| one_line(&e.to_string()))?
        .into_decoder()
        .map_err(said)
}

/// Eight bits a channel, over `background`.
pub(super) fn flatten(image: &DynamicImage, background: [u8; 3]) -> Image {
    let size = Size::new(image.width(), image.height());
    let bytes = match image {
        DynamicImage::ImageRgb8(pixels) => pixels.as_raw().clone(),
        DynamicImage::ImageLuma8(pixels) => pixels.as_raw().iter().flat_map(|v| [*v; 3]).collect(),
        DynamicImage::ImageRgba8(pixels) => over(pixels.as_raw(), background),
        deep => {
            let levels: Vec<u8> = match deep {
                DynamicImage::ImageRgb32F(_) | DynamicImage::ImageRgba32F(_) => {
                    deep.to_rgba32f().as_raw().iter().map(|v| (v.clamp(0.0, 1.0) * 255.0 + 0.5) as u8).collect()
                }
                // 8 bits become 16 by v * 257, so that nothing is lost on the way.
                _ => deep.to_rgba16().as_raw().iter().map(|v| ((u32::from(*v) * 255 + 32_767) / 65_535) as u8).collect(),
            };
            over(&levels, background)
        }
    };
    Image::from_bytes(size, bytes)
}

fn over(rgba: &[u8], background: [u8; 3]) -> Vec<u8> {
    let mix = |c: u8, b: u8, a: u8| ((u32::from(c) * u32::from(a) + u32::from(b) * u32::from(255 - a) + 127) / 255) as u8;
    rgba.chunks_exact(4).flat_map(|p| [0, 1, 2].map(|c| mix(p[c], background[c], p[3]))).collect()
}

//! Every format but JPEG, through the image crate.

use super::{Limits, one_line, palette, said};
use crate::image::{Image, Size};
use image::{ColorType, DynamicImage, ImageDecoder};
use std::io::Cursor;

/// A decoder with its header read.
pub(super) fn open(bytes: &[u8], limits: Limits) -> Result<impl ImageDecoder + '_, String> {
    palette::check(bytes)?;
    let reader = image::ImageReader::new(Cursor::new(bytes)).with_guessed_format();
    let mut reader = reader.map_err(|e| one_line(&e.to_string()))?;
    reader.limits(limits.of_image());
    reader.into_decoder().map_err(said)
}

/// What decoding takes: samples as they are stored, twice where the decoder puts them together from parts, and what
/// [`flatten`] makes of them.
pub(super) fn memory(decoder: &impl ImageDecoder) -> u64 {
    let (width, height) = decoder.dimensions();
    let on_the_way = match decoder.color_type() {
        ColorType::Rgb8 | ColorType::L8 | ColorType::Rgba8 => 0,
        ColorType::Rgb32F | ColorType::Rgba32F => 16 + 4,
        _ => 8 + 4,
    };
    let made = Size::new(width, height).pixels().saturating_mul(3 + on_the_way);
    decoder.total_bytes().saturating_mul(2).saturating_add(made)
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

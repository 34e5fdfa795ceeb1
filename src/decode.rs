//! File bytes to pixels: the format by content, turned upright, on a background, 8 bits a channel.

use crate::image::{Image, Size};
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageFormat};
use std::io::Cursor;
use std::path::Path;
use zune_core::bytestream::ZCursor;
use zune_core::colorspace::ColorSpace;
use zune_core::options::DecoderOptions;
use zune_jpeg::JpegDecoder;

/// The decoders that decide pixels, for the manifest.
pub const DECODERS: &[(&str, &str)] = &[("jpeg", "zune-jpeg 0.5.15"), ("other", "image 0.25.10")];

/// What is known of a picture before its pixels are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// Width and height after the EXIF orientation is applied.
    pub size: Size,
    /// The format's name.
    pub format: &'static str,
}

/// The format that the first bytes tell; `None` if it is none of ours.
pub fn sniff(bytes: &[u8]) -> Option<&'static str> {
    match image::guess_format(bytes).ok()? {
        ImageFormat::Jpeg => Some("jpeg"),
        ImageFormat::Png => Some("png"),
        ImageFormat::Bmp => Some("bmp"),
        ImageFormat::Gif => Some("gif"),
        ImageFormat::WebP => Some("webp"),
        ImageFormat::Tiff => Some("tiff"),
        ImageFormat::Pnm => Some("pnm"),
        _ => None,
    }
}

/// Whether the file's name says that it is a picture.
pub fn claims_to_be_an_image(path: &Path) -> bool {
    const ENDINGS: &[&str] =
        &["jpg", "jpeg", "jpe", "jfif", "png", "bmp", "dib", "gif", "webp", "tif", "tiff", "pnm", "pbm", "pgm", "ppm"];
    path.extension().and_then(|e| e.to_str()).is_some_and(|e| ENDINGS.iter().any(|known| e.eq_ignore_ascii_case(known)))
}

/// Reads what stands before the pixels.
///
/// # Errors
/// If the bytes are no picture of ours, or one of more than `max_pixels`; no memory is taken for pixels.
pub fn header(bytes: &[u8], max_pixels: u64) -> Result<Header, String> {
    if bytes.is_empty() {
        return Err("the file is empty".into());
    }
    let format = sniff(bytes).ok_or("not a picture of a known format (JPEG, PNG, BMP, GIF, WebP, TIFF or PNM)")?;
    let (size, orientation) = if format == "jpeg" {
        let decoder = jpeg(bytes)?;
        (jpeg_size(&decoder)?, jpeg_orientation(&decoder))
    } else {
        let mut decoder = other(bytes)?;
        let (width, height) = decoder.dimensions();
        (Size::new(width, height), decoder.orientation().unwrap_or(Orientation::NoTransforms))
    };
    if size.width == 0 || size.height == 0 {
        return Err("the picture has no pixels".into());
    }
    if size.pixels() > max_pixels {
        return Err(format!("{size} is {} pixels, above the limit of {max_pixels} (--max-pixels)", size.pixels()));
    }
    let size = if swaps_sides(orientation) { Size::new(size.height, size.width) } else { size };
    Ok(Header { size, format })
}

/// Makes the pixels; transparent ones are laid over `background`.
///
/// # Errors
/// If the bytes are no whole picture of ours, or one of more than `max_pixels`.
pub fn decode(bytes: &[u8], background: [u8; 3], max_pixels: u64) -> Result<Image, String> {
    let expected = header(bytes, max_pixels)?;
    let (upright_before, orientation) = if expected.format == "jpeg" {
        let mut decoder = jpeg(bytes)?;
        let (size, orientation) = (jpeg_size(&decoder)?, jpeg_orientation(&decoder));
        require_end(bytes)?;
        (jpeg_pixels(&mut decoder, size)?, orientation)
    } else {
        let mut decoder = other(bytes)?;
        let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
        let decoded = DynamicImage::from_decoder(decoder).map_err(said)?;
        (flatten(&decoded, background), orientation)
    };
    let image = upright(upright_before, orientation);
    if image.size() == expected.size { Ok(image) } else { Err("the pixels do not fit the header".into()) }
}

type Jpeg<'a> = JpegDecoder<ZCursor<&'a [u8]>>;

/// A strict decoder with its headers read: what is cut off or damaged is an error, never a gray area.
fn jpeg(bytes: &[u8]) -> Result<Jpeg<'_>, String> {
    let side = usize::from(u16::MAX);
    let options = DecoderOptions::default()
        .set_strict_mode(true)
        .set_max_width(side)
        .set_max_height(side)
        .jpeg_set_out_colorspace(ColorSpace::RGB);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(bytes), options);
    decoder.decode_headers().map_err(said)?;
    if matches!(decoder.input_colorspace(), Some(ColorSpace::CMYK | ColorSpace::YCCK)) {
        let options = options.jpeg_set_out_colorspace(ColorSpace::CMYK);
        decoder = JpegDecoder::new_with_options(ZCursor::new(bytes), options);
        decoder.decode_headers().map_err(said)?;
    }
    Ok(decoder)
}

fn jpeg_size(decoder: &Jpeg<'_>) -> Result<Size, String> {
    let (width, height) = decoder.dimensions().ok_or("the picture has no size")?;
    let side = |n| u32::try_from(n).map_err(|_| "the picture is too large".to_string());
    Ok(Size::new(side(width)?, side(height)?))
}

fn jpeg_orientation(decoder: &Jpeg<'_>) -> Orientation {
    decoder.exif().and_then(|chunk| Orientation::from_exif_chunk(chunk)).unwrap_or(Orientation::NoTransforms)
}

fn jpeg_pixels(decoder: &mut Jpeg<'_>, size: Size) -> Result<Image, String> {
    let bytes = decoder.decode().map_err(said)?;
    let pixels = size.pixels() as usize;
    let rgb = match bytes.len() / pixels.max(1) {
        3 => bytes,
        1 => bytes.iter().flat_map(|v| [*v; 3]).collect(),
        // Adobe writes CMYK inverted: 255 is no ink.
        4 => bytes.chunks_exact(4).flat_map(|p| [0, 1, 2].map(|c| times(p[c], p[3]))).collect(),
        _ => return Err("the pixels do not fit the header".into()),
    };
    if rgb.len() as u64 == size.bytes() {
        Ok(Image::from_bytes(size, rgb))
    } else {
        Err("the pixels do not fit the header".into())
    }
}

/// `a b / 255`, rounded.
fn times(a: u8, b: u8) -> u8 {
    ((u32::from(a) * u32::from(b) + 127) / 255) as u8
}

/// The decoder fills in what a cut file lacks, so the end marker is asked for first: behind the last
/// scan, since a thumbnail in the header has an end marker of its own.
fn require_end(bytes: &[u8]) -> Result<(), String> {
    let last = |marker: u8| bytes.windows(2).rposition(|pair| pair == [0xff, marker]);
    if last(0xd9) > last(0xda) {
        return Ok(());
    }
    Err("the file is cut off (no end-of-image marker)".into())
}

fn other(bytes: &[u8]) -> Result<impl ImageDecoder + '_, String> {
    image::ImageReader::new(Cursor::new(bytes))
        .with_guessed_format()
        .map_err(|e| one_line(&e.to_string()))?
        .into_decoder()
        .map_err(said)
}

/// Eight bits a channel, over `background`.
fn flatten(image: &DynamicImage, background: [u8; 3]) -> Image {
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

fn swaps_sides(orientation: Orientation) -> bool {
    use Orientation::{Rotate90, Rotate90FlipH, Rotate270, Rotate270FlipH};
    matches!(orientation, Rotate90 | Rotate270 | Rotate90FlipH | Rotate270FlipH)
}

fn upright(image: Image, orientation: Orientation) -> Image {
    if orientation == Orientation::NoTransforms {
        return image;
    }
    let Size { width, height } = image.size();
    let Some(pixels) = image::RgbImage::from_raw(width, height, image.bytes().to_vec()) else { return image };
    let mut turned = DynamicImage::ImageRgb8(pixels);
    turned.apply_orientation(orientation);
    flatten(&turned, [0; 3])
}

fn said(error: impl std::fmt::Display) -> String {
    one_line(&error.to_string())
}

/// A decoder's words on one line, without control characters.
fn one_line(text: &str) -> String {
    let words: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(200).collect();
    format!("cannot be decoded: {}", words.trim())
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::{ImageBuffer, Luma};

    const LIMIT: u64 = 1_000_000;

    fn png(image: impl Into<DynamicImage>) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        image.into().write_to(&mut bytes, ImageFormat::Png).unwrap();
        bytes.into_inner()
    }

    fn jpg(width: u32, height: u32) -> Vec<u8> {
        let image = image::RgbImage::from_fn(width, height, |x, y| image::Rgb([(x * 7) as u8, (y * 5) as u8, (x * y) as u8]));
        let mut bytes = Cursor::new(Vec::new());
        DynamicImage::from(image).write_to(&mut bytes, ImageFormat::Jpeg).unwrap();
        bytes.into_inner()
    }

    #[test]
    fn alpha_is_laid_over_the_background() {
        let pixels = ImageBuffer::from_raw(3, 1, vec![10, 20, 30, 255, 10, 20, 30, 0, 0, 100, 200, 128]).unwrap();
        let image = decode(&png(DynamicImage::ImageRgba8(pixels)), [255, 0, 100], LIMIT).unwrap();
        assert_eq!(image.bytes(), [10, 20, 30, 255, 0, 100, 127, 50, 150]);
    }

    #[test]
    fn sixteen_bits_are_scaled_and_rounded() {
        let pixels: ImageBuffer<Luma<u16>, _> = ImageBuffer::from_raw(4, 1, vec![0u16, 128, 129, 65_535]).unwrap();
        let image = decode(&png(DynamicImage::ImageLuma16(pixels)), [0; 3], LIMIT).unwrap();
        assert_eq!(image.bytes(), [0, 0, 0, 0, 0, 0, 1, 1, 1, 255, 255, 255]);
    }

    #[test]
    fn a_jpeg_cut_anywhere_is_an_error() {
        let whole = jpg(64, 48);
        assert!(decode(&whole, [0; 3], LIMIT).is_ok());
        for cut in (0..whole.len()).step_by(whole.len() / 40) {
            assert!(decode(&whole[..cut], [0; 3], LIMIT).is_err(), "cut at {cut} of {}", whole.len());
        }
    }

    #[test]
    fn too_many_pixels_are_refused_by_the_header() {
        let message = header(&jpg(64, 48), 3000).unwrap_err();
        assert_eq!(message, "64x48 is 3072 pixels, above the limit of 3000 (--max-pixels)");
    }

    #[test]
    fn what_is_no_picture_says_so() {
        assert!(header(b"just some text", LIMIT).unwrap_err().contains("known format"));
        assert_eq!(header(b"", LIMIT).unwrap_err(), "the file is empty");
    }

    #[test]
    fn every_orientation_swaps_sides_when_it_should() {
        for exif in 1..=8 {
            let orientation = Orientation::from_exif(exif).unwrap();
            let turned = upright(Image::new(Size::new(3, 2)), orientation);
            assert_eq!(turned.size() == Size::new(2, 3), swaps_sides(orientation));
        }
    }
}

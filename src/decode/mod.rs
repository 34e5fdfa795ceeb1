//! File bytes to pixels: the format by content, turned upright, on a background, 8 bits a channel.

mod baseline;
mod deep;
mod jpeg;
mod limits;
mod mask;
mod other;
mod palette;
mod segments;
#[cfg(feature = "turbojpeg")]
mod turbo;

use crate::image::{Image, Size};
pub use deep::{TIFF_DECODER, claims_to_be_deep, decode_deep, header_deep, sniff_deep};
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageFormat};
#[cfg(not(feature = "turbojpeg"))]
use jpeg::Jpeg;
pub use limits::Limits;
pub use mask::Mask;
use std::path::Path;
#[cfg(feature = "turbojpeg")]
use turbo::Jpeg;

/// The decoders that decide pixels, for the manifest.
pub const DECODERS: &[(&str, &str)] = &[
    #[cfg(not(feature = "turbojpeg"))]
    ("jpeg", "zune-jpeg 0.5.15"),
    #[cfg(feature = "turbojpeg")]
    ("jpeg", turbo::NAME),
    ("other", "image 0.25.10"),
];

/// How pictures are made from bytes.
#[derive(Clone, Copy, Debug)]
pub struct Decoding {
    /// What transparent pixels are laid over.
    pub background: [u8; 3],
    /// Pictures that are larger are refused.
    pub limits: Limits,
    /// A JPEG may be decoded at a half, a quarter or an eighth of its size, if that is no less than this.
    pub at_least: Option<Size>,
}

/// What a thread keeps between pictures.
#[derive(Debug, Default)]
pub struct Scratch {
    /// The codes of the last JPEG: those of one program often have the same, and making them is much of a small picture's time.
    codes: Option<baseline::Codes>,
}

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

/// The format of this name.
pub fn format_called(name: &str) -> Option<&'static str> {
    ["jpeg", "png", "bmp", "gif", "webp", "tiff", "pnm", "npy"].into_iter().find(|known| *known == name)
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
/// If the bytes are no picture of ours, or one above the limits; no memory is taken for pixels.
pub fn header(bytes: &[u8], limits: Limits) -> Result<Header, String> {
    if bytes.is_empty() {
        return Err("the file is empty".into());
    }
    let format = sniff(bytes).ok_or("not a picture of a known format (JPEG, PNG, BMP, GIF, WebP, TIFF or PNM)")?;
    let (size, needed, orientation) = if format == "jpeg" {
        let jpeg = Jpeg::open(bytes)?;
        (jpeg.size(), jpeg_memory(&jpeg, bytes), jpeg.orientation())
    } else {
        if format == "tiff" {
            deep::pages::check_tiles(&mut deep::pages::open(bytes)?)?;
        }
        let mut decoder = other::open(bytes, limits)?;
        let (width, height) = decoder.dimensions();
        let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
        (Size::new(width, height), other::memory(&decoder), orientation)
    };
    limits.allow(size, needed.saturating_add(turning_memory(size, orientation)))?;
    Ok(Header { size: turned(size, orientation), format })
}

/// What decoding a JPEG takes: its pixels, those of ink before they are turned to light, and, where it comes in several scans,
/// a coefficient of two bytes for each sample until the last is read.
fn jpeg_memory(jpeg: &Jpeg<'_>, bytes: &[u8]) -> u64 {
    const PROGRESSIVE: &[u8] = &[0xff, 0xc2];
    let scans = !jpeg.is_plain() && memchr::memmem::find(bytes, PROGRESSIVE).is_some();
    jpeg.size().pixels().saturating_mul(3 + 4 + if scans { 8 } else { 0 })
}

/// What turning a picture upright takes: it is copied twice on the way.
fn turning_memory(size: Size, orientation: Orientation) -> u64 {
    if orientation == Orientation::NoTransforms { 0 } else { size.pixels().saturating_mul(6) }
}

/// Makes the pixels in `image`, which takes their size and keeps its memory for the next; `scratch` keeps what the next may share.
///
/// # Errors
/// If the bytes are no whole picture of ours, or one above the limits; then `image` shows
/// nothing in particular.
pub fn decode(bytes: &[u8], decoding: &Decoding, scratch: &mut Scratch, image: &mut Image) -> Result<(), String> {
    if sniff(bytes) == Some("jpeg") {
        let jpeg = Jpeg::open(bytes)?;
        let orientation = jpeg.orientation();
        let needed = jpeg_memory(&jpeg, bytes).saturating_add(turning_memory(jpeg.size(), orientation));
        decoding.limits.allow(jpeg.size(), needed)?;
        jpeg.pixels(decoding.at_least.map(|size| turned(size, orientation)), scratch, image)?;
        upright(image, orientation);
        return Ok(());
    }
    let expected = header(bytes, decoding.limits)?;
    let mut decoder = other::open(bytes, decoding.limits)?;
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let decoded = DynamicImage::from_decoder(decoder).map_err(said)?;
    *image = other::flatten(&decoded, decoding.background);
    upright(image, orientation);
    if image.size() == expected.size { Ok(()) } else { Err("the pixels do not fit the header".into()) }
}

fn swaps_sides(orientation: Orientation) -> bool {
    use Orientation::{Rotate90, Rotate90FlipH, Rotate270, Rotate270FlipH};
    matches!(orientation, Rotate90 | Rotate270 | Rotate90FlipH | Rotate270FlipH)
}

/// `size` before or after the picture is turned.
fn turned(size: Size, orientation: Orientation) -> Size {
    if swaps_sides(orientation) { Size::new(size.height, size.width) } else { size }
}

fn upright(image: &mut Image, orientation: Orientation) {
    if orientation == Orientation::NoTransforms {
        return;
    }
    let Size { width, height } = image.size();
    let Some(pixels) = image::RgbImage::from_raw(width, height, image.bytes().to_vec()) else { return };
    let mut turned = DynamicImage::ImageRgb8(pixels);
    turned.apply_orientation(orientation);
    *image = other::flatten(&turned, [0; 3]);
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
    use std::io::Cursor;

    const LIMIT: Limits = Limits { pixels: 1_000_000, memory: 100 << 20, ..Limits::NONE };

    fn decode(bytes: &[u8], background: [u8; 3]) -> Result<Image, String> {
        // What was there before must not matter.
        let mut image = Image::from_bytes(Size::new(2, 1), vec![9; 6]);
        super::decode(bytes, &Decoding { background, limits: LIMIT, at_least: None }, &mut Scratch::default(), &mut image)?;
        Ok(image)
    }

    fn png(image: impl Into<DynamicImage>) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        image.into().write_to(&mut bytes, ImageFormat::Png).unwrap();
        bytes.into_inner()
    }

    pub(super) fn jpg(width: u32, height: u32) -> Vec<u8> {
        let image = image::RgbImage::from_fn(width, height, |x, y| image::Rgb([(x * 7) as u8, (y * 5) as u8, (x * y) as u8]));
        let mut bytes = Cursor::new(Vec::new());
        DynamicImage::from(image).write_to(&mut bytes, ImageFormat::Jpeg).unwrap();
        bytes.into_inner()
    }

    #[test]
    fn alpha_is_laid_over_the_background() {
        let pixels = ImageBuffer::from_raw(3, 1, vec![10, 20, 30, 255, 10, 20, 30, 0, 0, 100, 200, 128]).unwrap();
        let image = decode(&png(DynamicImage::ImageRgba8(pixels)), [255, 0, 100]).unwrap();
        assert_eq!(image.bytes(), [10, 20, 30, 255, 0, 100, 127, 50, 150]);
    }

    #[test]
    fn sixteen_bits_are_scaled_and_rounded() {
        let pixels: ImageBuffer<Luma<u16>, _> = ImageBuffer::from_raw(4, 1, vec![0u16, 128, 129, 65_535]).unwrap();
        let image = decode(&png(DynamicImage::ImageLuma16(pixels)), [0; 3]).unwrap();
        assert_eq!(image.bytes(), [0, 0, 0, 0, 0, 0, 1, 1, 1, 255, 255, 255]);
    }

    #[test]
    fn a_jpeg_cut_anywhere_is_an_error() {
        let whole = jpg(64, 48);
        assert!(decode(&whole, [0; 3]).is_ok());
        for cut in (0..whole.len()).step_by(whole.len() / 40) {
            assert!(decode(&whole[..cut], [0; 3]).is_err(), "cut at {cut} of {}", whole.len());
        }
    }

    #[test]
    fn too_many_pixels_are_refused_by_the_header() {
        let message = header(&jpg(64, 48), Limits { pixels: 3000, ..LIMIT }).unwrap_err();
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
            let mut turned = Image::new(Size::new(3, 2));
            upright(&mut turned, orientation);
            assert_eq!(turned.size() == Size::new(2, 3), swaps_sides(orientation));
        }
    }
}

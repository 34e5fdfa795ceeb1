//! JPEG through zune-jpeg, in Rust alone; what is regular by ourselves, to the same pixels.

use super::baseline::{self, Frame};
use super::{Scratch, said};
use crate::image::{Image, Size};
use image::metadata::Orientation;
use memchr::memrchr_iter;
use zune_core::bytestream::ZCursor;
use zune_core::colorspace::ColorSpace;
use zune_core::options::DecoderOptions;
use zune_jpeg::JpegDecoder;

type Decoder<'a> = JpegDecoder<ZCursor<&'a [u8]>>;

/// A JPEG whose headers are read.
pub(super) struct Jpeg<'a> {
    bytes: &'a [u8],
    size: Size,
    /// What we know of it, if it is gray, or luma and chromas, and regular.
    frame: Option<Frame<'a>>,
    /// What zune-jpeg knows, whose tables take longer than a small picture: unless it could not know more.
    decoder: Option<Box<Decoder<'a>>>,
}

impl<'a> Jpeg<'a> {
    /// Reads the headers strictly: what is cut off or damaged is an error, never a gray area.
    pub(super) fn open(bytes: &'a [u8]) -> Result<Self, String> {
        let frame = Frame::of(bytes);
        if let Some(size) = frame.as_ref().filter(|frame| frame.is_plain).map(|frame| frame.size) {
            return Ok(Self { bytes, size, frame, decoder: None });
        }
        let decoder = headers(bytes)?;
        let (width, height) = decoder.dimensions().ok_or("the picture has no size")?;
        let side = |n| u32::try_from(n).map_err(|_| "the picture is too large".to_string());
        let size = Size::new(side(width)?, side(height)?);
        let light = matches!(decoder.input_colorspace(), Some(ColorSpace::YCbCr | ColorSpace::Luma));
        let frame = frame.filter(|frame| light && frame.size == size);
        Ok(Self { bytes, size, frame, decoder: Some(decoder) })
    }

    /// Its size as stored.
    pub(super) fn size(&self) -> Size {
        self.size
    }

    /// Whether it surely comes in one scan.
    pub(super) fn is_plain(&self) -> bool {
        self.decoder.is_none()
    }

    /// How it has to be turned.
    pub(super) fn orientation(&self) -> Orientation {
        let chunk = match &self.decoder {
            Some(decoder) => decoder.exif().map(Vec::as_slice),
            None => self.frame.as_ref().and_then(|frame| frame.exif),
        };
        chunk.and_then(Orientation::from_exif_chunk).unwrap_or(Orientation::NoTransforms)
    }

    /// Makes the pixels in `image`, always as large as they are stored.
    pub(super) fn pixels(self, _at_least: Option<Size>, scratch: &mut Scratch, image: &mut Image) -> Result<(), String> {
        require_end(self.bytes)?;
        if self.frame.is_some_and(|frame| baseline::pixels(&frame, &mut scratch.codes, image)) {
            return Ok(());
        }
        let mut decoder = self.decoder.map_or_else(|| headers(self.bytes), Ok)?;
        if decoder.output_buffer_size() == Some(self.size.bytes() as usize) {
            image.reshape(self.size);
            // Of some files that are damaged it makes a part of the pixels and says nothing; the others must not be those of another picture.
            image.bytes_mut().fill(0);
            return decoder.decode_into(image.bytes_mut()).map_err(said);
        }
        *image = converted(&mut decoder, self.size)?;
        Ok(())
    }
}

/// The pixels of a picture of this size that the decoder does not make as RGB.
fn converted(decoder: &mut Decoder<'_>, size: Size) -> Result<Image, String> {
    let bytes = decoder.decode().map_err(said)?;
    let rgb: Vec<u8> = match bytes.len() / (size.pixels() as usize).max(1) {
        1 => bytes.iter().flat_map(|v| [*v; 3]).collect(),
        // Adobe writes CMYK inverted: 255 is no ink.
        4 => bytes.chunks_exact(4).flat_map(|p| [0, 1, 2].map(|c| times(p[c], p[3]))).collect(),
        _ => return Err("the pixels do not fit the header".into()),
    };
    if rgb.len() as u64 != size.bytes() {
        return Err("the pixels do not fit the header".into());
    }
    Ok(Image::from_bytes(size, rgb))
}

/// What zune-jpeg says of the headers.
fn headers(bytes: &[u8]) -> Result<Box<Decoder<'_>>, String> {
    let side = usize::from(u16::MAX);
    let options = DecoderOptions::default()
        .set_strict_mode(true)
        .set_max_width(side)
        .set_max_height(side)
        .jpeg_set_out_colorspace(ColorSpace::RGB);
    let read = |options| {
        let mut decoder = Box::new(JpegDecoder::new_with_options(ZCursor::new(bytes), options));
        decoder.decode_headers().map_err(said).map(|()| decoder)
    };
    let decoder = read(options)?;
    if matches!(decoder.input_colorspace(), Some(ColorSpace::CMYK | ColorSpace::YCCK)) {
        return read(options.jpeg_set_out_colorspace(ColorSpace::CMYK));
    }
    Ok(decoder)
}

/// `a b / 255`, rounded.
fn times(a: u8, b: u8) -> u8 {
    ((u32::from(a) * u32::from(b) + 127) / 255) as u8
}

/// The decoder fills in what a cut file lacks, so the end marker is asked for first: behind the last
/// scan, since a thumbnail in the header has an end marker of its own.
pub(super) fn require_end(bytes: &[u8]) -> Result<(), String> {
    let last = memrchr_iter(0xff, bytes).find_map(|at| bytes.get(at + 1).filter(|marker| matches!(marker, 0xd9 | 0xda)));
    if last == Some(&0xd9) {
        return Ok(());
    }
    Err("the file is cut off (no end-of-image marker)".into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::segments::{SCAN, segments};

    /// Wherever we judge headers by ourselves, zune-jpeg says the same of them.
    #[test]
    fn plain_headers_are_what_zune_jpeg_makes_of_them() {
        let mut rng = crate::rng::Key::new(13).rng();
        let (mut plain, mut odd) = (0, 0);
        let mut check = |bytes: &[u8]| {
            let Some(frame) = Frame::of(bytes).filter(|frame| frame.is_plain) else { return odd += 1 };
            plain += 1;
            let defined = headers(bytes).unwrap();
            let (width, height) = defined.dimensions().unwrap();
            assert_eq!((width as u32, height as u32), (frame.size.width, frame.size.height));
            assert_eq!(defined.exif().map(Vec::as_slice), frame.exif);
            assert!(matches!(defined.input_colorspace(), Some(ColorSpace::YCbCr | ColorSpace::Luma)));
            assert_eq!(defined.output_buffer_size(), Some(frame.size.bytes() as usize));
        };
        let notes: [&[u8]; 10] = [
            b"\xff\xe1\x00\x0aExif\0\0ab",
            b"\xff\xe1\x00\x08Exif\0\0",
            b"\xff\xe0\x00\x06JFIF",
            b"\xff\xe0\x00\x07AVI1\0",
            b"\xff\xe0\x00\x05AVI",
            b"\xff\xee\x00\x0eAdobe\0\x64\0\0\0\0\x01",
            b"\xff\xee\x00\x0eAdobe\0\x64\0\0\0\0\x00",
            b"\xff\xed\x00\x12Photoshop 3.0\0ab",
            b"\xff\xe2\x00\x13ICC_PROFILE\0\x01\x01abc",
            b"\xff\xfe\x00\x02",
        ];
        for bytes in baseline::fixtures().iter().filter(|bytes| bytes.len() < 60_000) {
            for note in notes {
                check(&[&bytes[..2], note, &bytes[2..]].concat());
            }
            let scan = segments(bytes).find(|segment| segment.marker == SCAN);
            let before_scan = scan.map_or(bytes.len(), |scan| bytes.len() - scan.rest.len());
            for _ in 0..400 {
                let mut bytes = bytes.clone();
                for _ in 0..=rng.below(2) {
                    bytes[rng.below(before_scan as u64) as usize] =
                        if rng.chance(0.5) { rng.bits() as u8 } else { rng.below(4) as u8 };
                }
                check(&bytes);
            }
        }
        assert!(plain > 1000 && odd > 1000, "{plain} plain, {odd} not");
    }

    /// What fuzzing found: pixels of the picture that was decoded before.
    #[test]
    fn what_the_memory_held_before_does_not_show() {
        let file = include_bytes!("../../fixtures/fuzz/picture/pixels_left_out.jpg");
        let made = |before: u8| {
            let mut image = Image::from_bytes(Size::new(50, 40), vec![before; 6000]);
            Jpeg::open(file).and_then(|jpeg| jpeg.pixels(None, &mut Scratch::default(), &mut image)).map(|()| image)
        };
        assert_eq!(made(9), made(200));
        assert!(made(9).is_ok());
    }

    /// The decoder's vector code and its plain code make the same pixels: what the fixtures' JPEGs show
    /// does not depend on the machine.
    #[test]
    fn every_way_through_the_decoder_gives_the_same_bytes() {
        let fixtures = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
        let mut seen = 0;
        for folder in ["by_name", "by_folder/astronaut", "by_folder/cat", "by_folder/coffee", "by_folder/rocket"] {
            for entry in std::fs::read_dir(fixtures.join(folder)).unwrap() {
                let bytes = std::fs::read(entry.unwrap().path()).unwrap();
                if !bytes.starts_with(&[0xff, 0xd8]) {
                    continue;
                }
                let decoded = |vectors| {
                    let options = DecoderOptions::default().set_use_unsafe(vectors).jpeg_set_out_colorspace(ColorSpace::RGB);
                    JpegDecoder::new_with_options(ZCursor::new(&bytes), options).decode().unwrap()
                };
                assert!(decoded(true) == decoded(false));
                seen += 1;
            }
        }
        assert!(seen > 15, "{seen} JPEGs");
    }
}

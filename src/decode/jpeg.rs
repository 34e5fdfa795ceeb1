//! JPEG through zune-jpeg, in Rust alone; what is regular by ourselves, to the same pixels.

use super::{baseline, said};
use crate::image::{Image, Size};
use image::metadata::Orientation;
use memchr::memrchr_iter;
use zune_core::bytestream::ZCursor;
use zune_core::colorspace::ColorSpace;
use zune_core::options::DecoderOptions;
use zune_jpeg::JpegDecoder;

/// A JPEG whose headers are read.
pub(super) struct Jpeg<'a> {
    bytes: &'a [u8],
    decoder: JpegDecoder<ZCursor<&'a [u8]>>,
    size: Size,
}

impl<'a> Jpeg<'a> {
    /// Reads the headers strictly: what is cut off or damaged is an error, never a gray area.
    pub(super) fn open(bytes: &'a [u8]) -> Result<Self, String> {
        let side = usize::from(u16::MAX);
        let options = DecoderOptions::default()
            .set_strict_mode(true)
            .set_max_width(side)
            .set_max_height(side)
            .jpeg_set_out_colorspace(ColorSpace::RGB);
        let mut decoder = read_headers(bytes, options)?;
        if matches!(decoder.input_colorspace(), Some(ColorSpace::CMYK | ColorSpace::YCCK)) {
            decoder = read_headers(bytes, options.jpeg_set_out_colorspace(ColorSpace::CMYK))?;
        }
        let (width, height) = decoder.dimensions().ok_or("the picture has no size")?;
        let side = |n| u32::try_from(n).map_err(|_| "the picture is too large".to_string());
        Ok(Self { bytes, decoder, size: Size::new(side(width)?, side(height)?) })
    }

    /// Its size as stored.
    pub(super) fn size(&self) -> Size {
        self.size
    }

    /// How it has to be turned.
    pub(super) fn orientation(&self) -> Orientation {
        self.decoder.exif().and_then(|chunk| Orientation::from_exif_chunk(chunk)).unwrap_or(Orientation::NoTransforms)
    }

    /// Makes the pixels in `image`, always as large as they are stored.
    pub(super) fn pixels(mut self, _at_least: Option<Size>, image: &mut Image) -> Result<(), String> {
        require_end(self.bytes)?;
        if self.decoder.output_buffer_size() == Some(self.size.bytes() as usize) {
            image.reshape(self.size);
            let light = matches!(self.decoder.input_colorspace(), Some(ColorSpace::YCbCr | ColorSpace::Luma));
            if light && baseline::pixels(self.bytes, image) {
                return Ok(());
            }
            // Of some files that are damaged it makes a part of the pixels and says nothing; the others must not be those of another picture.
            image.bytes_mut().fill(0);
            return self.decoder.decode_into(image.bytes_mut()).map_err(said);
        }
        *image = self.converted()?;
        Ok(())
    }

    /// The pixels of a picture that the decoder does not make as RGB.
    fn converted(&mut self) -> Result<Image, String> {
        let bytes = self.decoder.decode().map_err(said)?;
        let rgb: Vec<u8> = match bytes.len() / (self.size.pixels() as usize).max(1) {
            1 => bytes.iter().flat_map(|v| [*v; 3]).collect(),
            // Adobe writes CMYK inverted: 255 is no ink.
            4 => bytes.chunks_exact(4).flat_map(|p| [0, 1, 2].map(|c| times(p[c], p[3]))).collect(),
            _ => return Err("the pixels do not fit the header".into()),
        };
        if rgb.len() as u64 != self.size.bytes() {
            return Err("the pixels do not fit the header".into());
        }
        Ok(Image::from_bytes(self.size, rgb))
    }
}

fn read_headers(bytes: &[u8], options: DecoderOptions) -> Result<JpegDecoder<ZCursor<&[u8]>>, String> {
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(bytes), options);
    decoder.decode_headers().map_err(said)?;
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

    /// What fuzzing found: pixels of the picture that was decoded before.
    #[test]
    fn what_the_memory_held_before_does_not_show() {
        let file = include_bytes!("../../fixtures/fuzz/picture/pixels_left_out.jpg");
        let made = |before: u8| {
            let mut image = Image::from_bytes(Size::new(50, 40), vec![before; 6000]);
            Jpeg::open(file).and_then(|jpeg| jpeg.pixels(None, &mut image)).map(|()| image)
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

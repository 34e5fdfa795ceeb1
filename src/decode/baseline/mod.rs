//! Baseline JPEG by ourselves: the pixels of zune-jpeg in half of its time.
//!
//! What most photos are: one scan of Huffman codes, gray or luma and two chromas, chroma of the same size or halved.
//! zune-jpeg is the definition. Whatever is not regular, damage included, is left to it, so that what is refused, and in
//! which words, is its affair; headers that hold nothing that it could refuse are read without it.

mod frame;
mod strip;

use crate::image::Image;
pub(super) use crate::kernels::jpeg::Codes;
use crate::kernels::jpeg::{Scan, read_blocks};
pub(super) use frame::Frame;
use strip::Strip;

/// Units of a scan that are read before levels are made of them: a few, which stay in the innermost cache with most of the codes.
const TOGETHER: usize = 8;

/// Makes the pixels of `frame`, whose headers zune-jpeg takes for those of gray or of luma and chromas, in `image`. Says whether it
/// could; if not, `image` shows nothing in particular. Codes are `kept` for the next picture, which may have the same.
pub(super) fn pixels(frame: &Frame<'_>, kept: &mut Option<Codes>, image: &mut Image) -> bool {
    image.reshape(frame.size);
    if !kept.as_ref().is_some_and(|codes| codes.are(&frame.codes)) {
        *kept = Codes::new(&frame.codes);
    }
    kept.as_ref().and_then(|codes| read(frame, codes, image)).is_some()
}

fn read(frame: &Frame<'_>, codes: &Codes, image: &mut Image) -> Option<()> {
    let mut scan = Scan::of(frame.scan)?;
    let mut strip = Strip::new(frame);
    let places: Vec<(usize, usize, usize)> = frame.places().collect();
    let mut blocks = vec![[0; 64]; TOGETHER * places.len()];
    for row in 0..frame.unit_rows() {
        for first in (0..frame.unit_columns()).step_by(TOGETHER) {
            let units = TOGETHER.min(frame.unit_columns() - first);
            let blocks = &mut blocks[..units * places.len()];
            if !read_blocks(&mut scan, codes, blocks) {
                return None;
            }
            for (column, unit) in (first..).zip(blocks.chunks_exact_mut(places.len())) {
                for (block, (c, down, across)) in unit.iter_mut().zip(&places) {
                    strip.put(*c, (row, column), (*down, *across), block)?;
                    *block = [0; 64];
                }
            }
        }
        strip.finish_row(row, image);
    }
    scan.is_used_up().then_some(())
}

#[cfg(test)]
pub(super) use tests::fixtures;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Key;
    use std::path::Path;
    use zune_core::bytestream::ZCursor;
    use zune_core::colorspace::ColorSpace;
    use zune_core::options::DecoderOptions;
    use zune_jpeg::JpegDecoder;

    /// What zune-jpeg makes of `bytes`, strictly.
    fn defined(bytes: &[u8]) -> Option<Image> {
        let options = DecoderOptions::default().set_strict_mode(true).jpeg_set_out_colorspace(ColorSpace::RGB);
        let mut decoder = JpegDecoder::new_with_options(ZCursor::new(bytes), options);
        decoder.decode_headers().ok()?;
        let light = matches!(decoder.input_colorspace(), Some(ColorSpace::YCbCr | ColorSpace::Luma));
        let (width, height) = decoder.dimensions().filter(|_| light)?;
        let mut image = Image::new(crate::image::Size::new(width as u32, height as u32));
        decoder.decode_into(image.bytes_mut()).ok()?;
        Some(image)
    }

    /// What we make of them, if it is our affair, with codes `kept` from any other picture.
    fn made(bytes: &[u8], kept: &mut Option<Codes>, like: &Image) -> Option<Image> {
        let mut image = Image::new(like.size());
        image.bytes_mut().fill(7);
        pixels(&Frame::of(bytes)?, kept, &mut image).then_some(image)
    }

    fn jpegs(folder: &Path, found: &mut Vec<Vec<u8>>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                jpegs(&path, found);
            } else if let Some(bytes) = std::fs::read(path).ok().filter(|bytes| bytes.starts_with(&[0xff, 0xd8])) {
                found.push(bytes);
            }
        }
    }

    pub(in crate::decode) fn fixtures() -> Vec<Vec<u8>> {
        let mut found = Vec::new();
        jpegs(&Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures"), &mut found);
        found
    }

    #[test]
    fn pixels_are_those_of_zune_jpeg() {
        let (mut ours, mut kept) = (0, None);
        for bytes in fixtures() {
            let Some(defined) = defined(&bytes) else { continue };
            if let Some(made) = made(&bytes, &mut kept, &defined) {
                assert!(made == defined, "{}", defined.size());
                ours += 1;
            }
        }
        assert!(ours > 15, "{ours} JPEGs");
    }

    #[test]
    fn sizes_of_any_rest_are_those_of_zune_jpeg() {
        let mut kept = None;
        for (width, height) in [(1, 1), (1, 9), (8, 8), (9, 1), (15, 17), (16, 16), (17, 15), (31, 33), (70, 3)] {
            let bytes = crate::decode::tests::jpg(width, height);
            let defined = defined(&bytes).unwrap();
            assert!(made(&bytes, &mut kept, &defined).unwrap() == defined, "{}", defined.size());
        }
    }

    /// What is damaged is left to zune-jpeg, or is no damage that it sees.
    #[test]
    fn damage_is_never_judged_otherwise() {
        let (mut rng, mut kept) = (Key::new(12).rng(), None);
        for mut bytes in fixtures().into_iter().filter(|bytes| bytes.len() < 30_000) {
            for _ in 0..30 {
                let at = rng.below(bytes.len() as u64) as usize;
                let was = std::mem::replace(&mut bytes[at], rng.bits() as u8);
                let Some(defined) = defined(&bytes) else {
                    bytes[at] = was;
                    continue;
                };
                if let Some(made) = made(&bytes, &mut kept, &defined) {
                    assert!(made == defined, "byte {at}");
                }
                bytes[at] = was;
            }
        }
    }
}

//! Masks: PNG files whose levels are numbers, not colours.

use super::one_line;
use crate::image::Size;
use png::{BitDepth, ColorType, Decoder, Limits, Transformations};
use std::io::Cursor;

/// Bytes that may be taken for what stands in a file besides its numbers.
const MOST_BESIDE: usize = 256 << 20;

/// A number for each pixel, row after row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mask {
    /// Width and height.
    pub size: Size,
    /// `size.height` rows of `size.width` numbers.
    pub ids: Vec<u16>,
}

impl Mask {
    /// Reads the mask of a picture of `expected` size: indices of a palette, or levels of gray of 1 to 16 bits, as they are
    /// stored. A colour PNG is taken if its three channels are equal everywhere, which is gray; a palette's colours,
    /// transparency and gamma mean nothing.
    ///
    /// # Errors
    /// If the bytes are no whole PNG, hold colours or an alpha channel, have another size, or more than `max_pixels`.
    pub fn read(bytes: &[u8], expected: Size, max_pixels: u64) -> Result<Self, String> {
        if !bytes.starts_with(b"\x89PNG") {
            return Err("the mask is no PNG (save masks as PNG: other formats do not keep numbers)".into());
        }
        let mut decoder = Decoder::new_with_limits(Cursor::new(bytes), Limits { bytes: MOST_BESIDE });
        decoder.set_transformations(Transformations::IDENTITY);
        let mut reader = decoder.read_info().map_err(|error| one_line(&error.to_string()))?;
        let size = Size::new(reader.info().width, reader.info().height);
        crate::decode::Limits { pixels: max_pixels, ..crate::decode::Limits::NONE }.allow(size, 0)?;
        if size != expected {
            let turned = size == Size::new(expected.height, expected.width);
            let remedy = if turned { "; does EXIF turn the picture?" } else { "" };
            return Err(format!("the mask is {size}, and its picture {expected} (make them one size{remedy})"));
        }
        let (color, depth) = reader.output_color_type();
        let length = reader.output_buffer_size().ok_or("the mask is too large")?;
        let mut stored = vec![0; length];
        let frame = reader.next_frame(&mut stored).map_err(|error| one_line(&error.to_string()))?;
        let rows = stored.chunks_exact(frame.line_size).take(size.height as usize);
        let width = size.width as usize;
        let mut ids = Vec::with_capacity(width * size.height as usize);
        match color {
            ColorType::Grayscale | ColorType::Indexed => rows.for_each(|row| ids.extend(levels(row, depth).take(width))),
            ColorType::Rgb => {
                for row in rows {
                    let levels: Vec<u16> = levels(row, depth).take(3 * width).collect();
                    if levels.chunks_exact(3).any(|pixel| pixel[0] != pixel[1] || pixel[1] != pixel[2]) {
                        return Err("the mask has colours (save it with a palette or as gray: the number of each class)".into());
                    }
                    ids.extend(levels.iter().step_by(3));
                }
            }
            ColorType::GrayscaleAlpha | ColorType::Rgba => {
                return Err("the mask has an alpha channel (save it with a palette or as gray, without transparency)".into());
            }
        }
        Ok(Self { size, ids })
    }
}

/// The levels of a row, with what pads its last byte.
fn levels(row: &[u8], depth: BitDepth) -> Box<dyn Iterator<Item = u16> + '_> {
    let bits = match depth {
        BitDepth::Sixteen => return Box::new(row.chunks_exact(2).map(|level| u16::from_be_bytes([level[0], level[1]]))),
        BitDepth::Eight => return Box::new(row.iter().copied().map(u16::from)),
        BitDepth::Four => 4,
        BitDepth::Two => 2,
        BitDepth::One => 1,
    };
    let of_byte = move |byte: &u8| {
        let byte = u16::from(*byte);
        (0..8 / bits).rev().map(move |at| byte >> (at * bits) & ((1 << bits) - 1))
    };
    Box::new(row.iter().flat_map(of_byte))
}

#[cfg(test)]
mod tests {
    use super::*;
    use png::Encoder;
    use proptest::prelude::*;

    fn png(size: Size, color: ColorType, depth: BitDepth, data: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut encoder = Encoder::new(&mut bytes, size.width, size.height);
        encoder.set_color(color);
        encoder.set_depth(depth);
        if color == ColorType::Indexed {
            // Colours in an order that is not that of their numbers, and one of them transparent.
            encoder.set_palette(vec![255, 255, 255, 9, 9, 9, 0, 0, 0, 80, 0, 0]);
            encoder.set_trns(vec![0, 255]);
        }
        encoder.write_header().unwrap().write_image_data(data).unwrap();
        bytes
    }

    fn read(bytes: &[u8], size: Size) -> Result<Vec<u16>, String> {
        Mask::read(bytes, size, 1000).map(|mask| mask.ids)
    }

    #[test]
    fn numbers_are_as_stored() {
        let size = Size::new(3, 2);
        let gray = ColorType::Grayscale;
        let cases = [
            (png(size, ColorType::Indexed, BitDepth::Eight, &[0, 3, 1, 2, 2, 0]), [0, 3, 1, 2, 2, 0]),
            (png(size, ColorType::Indexed, BitDepth::Two, &[0b0011_0100, 0b1010_0000]), [0, 3, 1, 2, 2, 0]),
            (png(size, gray, BitDepth::One, &[0b1010_0000, 0b0110_0000]), [1, 0, 1, 0, 1, 1]),
            (png(size, gray, BitDepth::Four, &[0x1f, 0x20, 0x03, 0x40]), [1, 15, 2, 0, 3, 4]),
            (png(size, gray, BitDepth::Eight, &[0, 1, 2, 253, 254, 255]), [0, 1, 2, 253, 254, 255]),
            (png(size, gray, BitDepth::Sixteen, &[0, 1, 1, 0, 255, 255, 0, 0, 3, 232, 0, 7]), [1, 256, 65_535, 0, 1000, 7]),
            (
                png(size, ColorType::Rgb, BitDepth::Eight, &[0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4, 5, 5, 5]),
                [0, 1, 2, 3, 4, 5],
            ),
        ];
        for (bytes, ids) in cases {
            assert_eq!(read(&bytes, size).unwrap(), ids);
        }
    }

    #[test]
    fn what_holds_no_numbers_says_so() {
        let one = Size::new(1, 1);
        let cases = [
            (
                png(one, ColorType::Rgb, BitDepth::Eight, &[1, 2, 3]),
                "the mask has colours (save it with a palette or as gray: the number of each class)",
            ),
            (
                png(one, ColorType::Rgba, BitDepth::Eight, &[1, 1, 1, 255]),
                "the mask has an alpha channel (save it with a palette or as gray, without transparency)",
            ),
            (b"\xff\xd8\xff".to_vec(), "the mask is no PNG (save masks as PNG: other formats do not keep numbers)"),
        ];
        for (bytes, problem) in cases {
            assert_eq!(read(&bytes, one).unwrap_err(), problem);
        }
    }

    #[test]
    fn a_mask_has_the_size_of_its_picture() {
        let bytes = png(Size::new(2, 1), ColorType::Grayscale, BitDepth::Eight, &[1, 2]);
        let problem = "the mask is 2x1, and its picture 1x2 (make them one size; does EXIF turn the picture?)";
        assert_eq!(read(&bytes, Size::new(1, 2)).unwrap_err(), problem);
        assert_eq!(read(&bytes, Size::new(9, 9)).unwrap_err(), "the mask is 2x1, and its picture 9x9 (make them one size)");
        let problem = "2x1 is 2 pixels, above the limit of 1 (--max-pixels)";
        assert_eq!(Mask::read(&bytes, Size::new(2, 1), 1).unwrap_err(), problem);
    }

    #[test]
    fn a_mask_cut_anywhere_is_an_error() {
        let size = Size::new(20, 20);
        let data: Vec<u8> = (0..400u16).map(|at| (at * 7 % 251) as u8).collect();
        let whole = png(size, ColorType::Grayscale, BitDepth::Eight, &data);
        let end = whole.len() - 12;
        assert!(read(&whole, size).is_ok());
        assert!((0..end).all(|cut| read(&whole[..cut], size).is_err()));
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(at in 8usize..90, byte: u8) {
            let size = Size::new(5, 4);
            let mut bytes = png(size, ColorType::Indexed, BitDepth::Two, &[0b0011_0100; 8]);
            let at = at % bytes.len();
            bytes[at] = byte;
            let _ = read(&bytes, size);
        }
    }
}

//! JPEG through libjpeg-turbo: at a half, a quarter or an eighth of the size if asked.
//!
//! Its accurate cosine transform and its smooth upsampling of colour are on, as in Pillow and OpenCV: the
//! pixels are theirs. Every picture has a decompressor of its own, which takes a ten-thousandth of the time:
//! one that is kept remembers tables, and would decode a picture that lacks its own with those of another.

use super::jpeg::{self, require_end};
use super::{Scratch, said};
use crate::image::{Image, Size};
use image::metadata::Orientation;
use memchr::memchr;
use turbojpeg::{Colorspace, Decompressor, PixelFormat, ScalingFactor};

/// Name and version, for the manifest.
pub(super) const NAME: &str = "libjpeg-turbo 3.1.0 (turbojpeg-sys 1.2.0)";

/// A JPEG whose headers are read.
pub(super) struct Jpeg<'a> {
    bytes: &'a [u8],
    size: Size,
    decoder: Decoder<'a>,
}

enum Decoder<'a> {
    Light(Decompressor),
    /// The library has no way from the colours of ink to those of screens, zune-jpeg does.
    Ink(Box<jpeg::Jpeg<'a>>),
}

impl<'a> Jpeg<'a> {
    /// Reads the headers. What the library only warns of, damage, is an error too.
    pub(super) fn open(bytes: &'a [u8]) -> Result<Self, String> {
        let mut decompressor = Decompressor::new().map_err(said)?;
        let header = decompressor.read_header(bytes).map_err(said)?;
        if matches!(header.colorspace, Colorspace::CMYK | Colorspace::YCCK) {
            let ink = jpeg::Jpeg::open(bytes)?;
            return Ok(Self { bytes, size: ink.size(), decoder: Decoder::Ink(Box::new(ink)) });
        }
        let side = |n| u32::try_from(n).map_err(|_| "the picture is too large".to_string());
        let size = Size::new(side(header.width)?, side(header.height)?);
        Ok(Self { bytes, size, decoder: Decoder::Light(decompressor) })
    }

    /// Its size as stored.
    pub(super) fn size(&self) -> Size {
        self.size
    }

    /// Whether it surely comes in one scan.
    pub(super) fn is_plain(&self) -> bool {
        matches!(&self.decoder, Decoder::Ink(ink) if ink.is_plain())
    }

    /// How it has to be turned.
    pub(super) fn orientation(&self) -> Orientation {
        match &self.decoder {
            Decoder::Light(_) => exif(self.bytes).and_then(Orientation::from_exif_chunk).unwrap_or(Orientation::NoTransforms),
            Decoder::Ink(ink) => ink.orientation(),
        }
    }

    /// Makes the pixels in `image`, as small as the scales of the format allow without falling below `at_least` on
    /// either side.
    pub(super) fn pixels(self, at_least: Option<Size>, scratch: &mut Scratch, image: &mut Image) -> Result<(), String> {
        let mut decompressor = match self.decoder {
            Decoder::Light(decompressor) => decompressor,
            Decoder::Ink(ink) => return ink.pixels(at_least, scratch, image),
        };
        require_end(self.bytes)?;
        let scale = at_least.map_or(ScalingFactor::ONE, |least| smallest(self.size, least));
        decompressor.set_scaling_factor(scale).map_err(said)?;
        let size = scaled(self.size, scale);
        image.reshape(size);
        let (width, height) = (size.width as usize, size.height as usize);
        let pixels = turbojpeg::Image { pixels: image.bytes_mut(), width, pitch: width * 3, height, format: PixelFormat::RGB };
        decompressor.decompress(self.bytes, pixels).map_err(said)
    }
}

/// The EXIF chunk, if one stands before the first scan.
fn exif(bytes: &[u8]) -> Option<&[u8]> {
    const EXIF: u8 = 0xe1;
    const SCAN: u8 = 0xda;
    // Behind the marker that begins the picture, which has no length.
    let mut rest = bytes.get(2..)?;
    loop {
        rest = &rest[memchr(0xff, rest)?..];
        let marker = *rest.get(1)?;
        match marker {
            // A marker may have more than one 0xff before it.
            0xff => rest = &rest[1..],
            SCAN => return None,
            _ => {
                let length = usize::from(u16::from_be_bytes([*rest.get(2)?, *rest.get(3)?]));
                let segment = rest.get(4..2 + length)?;
                match segment.strip_prefix(b"Exif\0\0") {
                    Some(chunk) if marker == EXIF => return Some(chunk),
                    _ => rest = &rest[2 + length..],
                }
            }
        }
    }
}

fn smallest(stored: Size, least: Size) -> ScalingFactor {
    let enough = |scale: &ScalingFactor| {
        let size = scaled(stored, *scale);
        size.width >= least.width && size.height >= least.height
    };
    let scales = [ScalingFactor::ONE_EIGHTH, ScalingFactor::ONE_QUARTER, ScalingFactor::ONE_HALF];
    scales.into_iter().find(enough).unwrap_or(ScalingFactor::ONE)
}

fn scaled(size: Size, scale: ScalingFactor) -> Size {
    Size::new(scale.scale(size.width as usize) as u32, scale.scale(size.height as usize) as u32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::tests::jpg;

    /// libjpeg-turbo warns of these and goes on, with gray or with what it makes of them.
    #[test]
    fn what_the_library_only_warns_of_is_an_error() {
        let decoded =
            |bytes: &[u8]| Jpeg::open(bytes).and_then(|jpeg| jpeg.pixels(None, &mut Scratch::default(), &mut Image::default()));
        let whole = jpg(64, 48);
        assert!(decoded(&whole).is_ok());
        let (scan, end) = (whole.windows(2).position(|pair| pair == [0xff, 0xda]).unwrap() + 14, whole.len() - 2);
        for at in scan..end {
            assert!(decoded(&[&whole[..at], &whole[end..]].concat()).is_err(), "the scan ends at {at} of {end}");
        }
        assert!(decoded(&[&whole[..end], &[0; 9], &whole[end..]].concat()).is_err(), "bytes behind the scan");
        assert!(decoded(&[&whole[..2], &[0; 9], &whole[2..]].concat()).is_err(), "bytes between the headers");
    }

    #[test]
    fn a_scale_never_falls_below_what_is_wanted() {
        let wanted = Size::new(224, 224);
        assert_eq!(smallest(Size::new(4000, 3000), wanted), ScalingFactor::ONE_EIGHTH);
        assert_eq!(smallest(Size::new(1000, 800), wanted), ScalingFactor::ONE_HALF);
        assert_eq!(smallest(Size::new(447, 900), wanted), ScalingFactor::ONE_HALF);
        assert_eq!(smallest(Size::new(446, 900), wanted), ScalingFactor::ONE);
        assert_eq!(smallest(Size::new(100, 100), wanted), ScalingFactor::ONE);
    }

    #[test]
    fn exif_is_found_behind_other_segments_and_never_in_the_scan() {
        let exif_segment = [b"\xff\xe1\x00\x0aExif\0\0".as_slice(), b"ab"].concat();
        let comment = b"\xff\xfe\x00\x05\xff\xe1\x00".as_slice();
        let xmp = b"\xff\xe1\x00\x08http:/".as_slice();
        let start = b"\xff\xd8".as_slice();
        assert_eq!(exif(&[start, comment, xmp, b"\xff", &exif_segment].concat()), Some(b"ab".as_slice()));
        assert_eq!(exif(&[start, b"\xff\xda\x00\x02", &exif_segment].concat()), None);
        assert_eq!(exif(&[start, b"\xff\xe1\x00\x00", &exif_segment].concat()), None);
        for cut in 0..exif_segment.len() {
            assert_eq!(exif(&[start, &exif_segment[..cut]].concat()), None);
        }
    }
}

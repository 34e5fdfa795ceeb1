//! Files as pictures of other channels and depths: samples as they stand, nothing laid over a background.

mod npy;
pub(super) mod pages;

use super::{Header, Limits, claims_to_be_an_image, one_line, other, said, sniff, swaps_sides, turned};
use crate::image::{Deep, Depth, Planes, Size, Wanted};
use image::ImageDecoder;
use image::metadata::Orientation;
use std::path::Path;

/// What reads TIFF here, for the manifest.
pub const TIFF_DECODER: &str = "tiff 0.11.3";

/// What a file says of its picture before its samples are read.
#[derive(Clone, Copy, Debug)]
struct Found {
    size: Size,
    planes: Planes,
    orientation: Orientation,
}

impl Found {
    /// Refuses a picture above the limits. Its samples are held as they are stored and with 16 bits, and once more where they
    /// are woven together or turned.
    fn within(&self, limits: Limits) -> Result<(), String> {
        let wide = self.size.pixels().saturating_mul(2 * self.planes.channels as u64);
        limits.allow(self.size, self.planes.bytes(self.size).saturating_add(wide.saturating_mul(2)))
    }
}

/// The format that the first bytes tell, `.npy` files and BigTIFF included; `None` if it is none of ours.
pub fn sniff_deep(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        _ if npy::is_npy(bytes) => Some("npy"),
        // BigTIFF, which the others do not know.
        [b'I', b'I', 43, 0, ..] | [b'M', b'M', 0, 43, ..] => Some("tiff"),
        _ => sniff(bytes),
    }
}

/// Whether the file's name says that it is a picture.
pub fn claims_to_be_deep(path: &Path) -> bool {
    claims_to_be_an_image(path) || path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("npy"))
}

/// Reads what stands before the samples.
///
/// # Errors
/// If the bytes are no picture of ours, one of other channels or another depth than `wanted`, or one above the limits.
pub fn header_deep(bytes: &[u8], wanted: Wanted, limits: Limits) -> Result<Header, String> {
    let (format, found) = look(bytes, wanted, limits)?;
    Ok(Header { size: turned(found.size, found.orientation), format })
}

/// Makes the samples in `picture`, which takes their size and keeps its memory for the next. Samples of 8 bits are multiplied by
/// 257 where 16 are wanted.
///
/// # Errors
/// As [`header_deep`]; or if the samples are not whole. Then `picture` shows nothing in particular.
pub fn decode_deep(bytes: &[u8], wanted: Wanted, limits: Limits, picture: &mut Deep) -> Result<(), String> {
    let (format, found) = look(bytes, wanted, limits)?;
    let mut samples = match format {
        "npy" => npy::samples(bytes, wanted.channels_first)?,
        "tiff" => pages::samples(bytes, &found, limits)?,
        _ => stored(bytes, found.planes.depth, limits)?,
    };
    let expected = found.planes.bytes(found.size) / 2;
    if samples.len() as u64 != expected {
        return Err("the samples do not fit the header".into());
    }
    if found.planes.depth != wanted.planes.depth {
        samples.iter_mut().for_each(|sample| *sample *= wanted.planes.depth.of_level());
    }
    *picture = upright(Deep::from_samples(found.size, wanted.planes, samples), found.orientation);
    Ok(())
}

/// The format, and what the header says, if that is wanted.
fn look(bytes: &[u8], wanted: Wanted, limits: Limits) -> Result<(&'static str, Found), String> {
    if bytes.is_empty() {
        return Err("the file is empty".into());
    }
    let formats = "PNG, TIFF, .npy, BMP, GIF, WebP or PNM";
    let format = sniff_deep(bytes).ok_or_else(|| format!("not a picture of a known format ({formats})"))?;
    let found = match format {
        "jpeg" => return Err(format!("JPEG is not read with `channels` (take {formats}, or leave `channels` out of input)")),
        "npy" => npy::header(bytes, wanted.channels_first)?,
        "tiff" => pages::header(bytes, limits)?,
        _ => one_picture(bytes, limits)?,
    };
    found.within(limits)?;
    let Planes { channels, depth } = found.planes;
    let lossless = depth == wanted.planes.depth || depth == Depth::Uint8;
    if channels == wanted.planes.channels && lossless {
        return Ok((format, found));
    }
    let remedy = "convert it, or mend `channels` and `depth` in input";
    Err(format!("has {}, and the spec asks for {} ({remedy})", found.planes, wanted.planes))
}

/// What the header of a format says that holds one picture of up to four channels.
fn one_picture(bytes: &[u8], limits: Limits) -> Result<Found, String> {
    let mut decoder = other::open(bytes, limits)?;
    let ((width, height), color) = (decoder.dimensions(), decoder.color_type());
    let channels = usize::from(color.channel_count());
    let depth = match usize::from(color.bytes_per_pixel()) / channels.max(1) {
        1 => Depth::Uint8,
        2 => Depth::Uint16,
        _ => return Err("has samples that are no whole numbers of 8 or 16 bits (convert it)".into()),
    };
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    Ok(Found { size: Size::new(width, height), planes: Planes { channels, depth }, orientation })
}

/// The samples of such a picture.
fn stored(bytes: &[u8], depth: Depth, limits: Limits) -> Result<Vec<u16>, String> {
    let decoder = other::open(bytes, limits)?;
    let length = usize::try_from(decoder.total_bytes()).map_err(|_| one_line("too large"))?;
    let mut raw = vec![0; length];
    decoder.read_image(&mut raw).map_err(said)?;
    Ok(match depth {
        Depth::Uint8 => raw.into_iter().map(u16::from).collect(),
        Depth::Uint16 => raw.as_chunks().0.iter().map(|pair| u16::from_ne_bytes(*pair)).collect(),
    })
}

/// The picture as it is to be seen.
fn upright(picture: Deep, orientation: Orientation) -> Deep {
    use Orientation::{
        FlipHorizontal, FlipVertical, NoTransforms, Rotate90, Rotate90FlipH, Rotate180, Rotate270, Rotate270FlipH,
    };
    if orientation == NoTransforms {
        return picture;
    }
    let (from, to) = (picture.size(), turned(picture.size(), orientation));
    let mirror = |at: u32, side: u32| side - 1 - at;
    let mut samples = Vec::with_capacity(picture.samples().len());
    for (y, x) in (0..to.height).flat_map(|y| (0..to.width).map(move |x| (y, x))) {
        let (across, down) = if swaps_sides(orientation) { (y, x) } else { (x, y) };
        let (right, below) = (mirror(across, from.width), mirror(down, from.height));
        let (x, y) = match orientation {
            NoTransforms | Rotate90FlipH => (across, down),
            FlipHorizontal | Rotate270 => (right, down),
            FlipVertical | Rotate90 => (across, below),
            Rotate180 | Rotate270FlipH => (right, below),
        };
        samples.extend_from_slice(picture.pixel(x, y));
    }
    Deep::from_samples(to, picture.planes(), samples)
}

#[cfg(test)]
mod tests;

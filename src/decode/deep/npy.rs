//! Arrays as `np.save` writes them.

use super::Found;
use crate::image::{Depth, MOST_CHANNELS, Planes, Size};
use image::metadata::Orientation;

const MAGIC: &[u8] = b"\x93NUMPY";

/// Whether the first bytes are those of an array.
pub(super) fn is_npy(bytes: &[u8]) -> bool {
    bytes.starts_with(MAGIC)
}

/// What the array's header says: `(H, W)` is one channel, `(H, W, C)`, or `(C, H, W)` if `channels_first`, are C.
pub(super) fn header(bytes: &[u8], channels_first: bool) -> Result<Found, String> {
    let (header, data) = parts(bytes)?;
    let depth = match text(header, "descr")?.as_str() {
        "|u1" | "<u1" | ">u1" => Depth::Uint8,
        "<u2" => Depth::Uint16,
        other => {
            return Err(format!("the array holds {other:?} (save it as uint8 or uint16, little-endian: `a.astype(\"<u2\")`)"));
        }
    };
    if !after(header, "fortran_order")?.starts_with("False") {
        return Err("the array is in Fortran order (save `np.ascontiguousarray(a)`)".into());
    }
    let (height, width, channels) = match (&shape(header)?[..], channels_first) {
        (&[h, w], _) => (h, w, 1),
        (&[c, h, w], true) | (&[h, w, c], false) => (h, w, c),
        (other, _) => {
            return Err(format!("the array has {} axes (a picture has 2, or 3 with channels)", other.len()));
        }
    };
    let side = |side: u64| u32::try_from(side).map_err(|_| format!("the array has a side of {side} pixels"));
    let size = Size::new(side(width)?, side(height)?);
    if !(1..=MOST_CHANNELS as u64).contains(&channels) {
        let order = if channels_first { "(channels, height, width)" } else { "(height, width, channels)" };
        let remedy = "a picture has 1 to 16; `npy_layout` in input says where they stand";
        return Err(format!("the array has {channels} channels, read as {order} ({remedy})"));
    }
    let bytes = size.pixels().checked_mul(channels * u64::from(depth.bits() / 8));
    if bytes != Some(data.len() as u64) {
        let promised = bytes.map_or("more than there can be".into(), |bytes| format!("{bytes} bytes"));
        return Err(format!("the array has {} bytes, and its header promises {promised} (save it again)", data.len()));
    }
    let planes = Planes { channels: channels as usize, depth };
    Ok(Found { size, planes, orientation: Orientation::NoTransforms })
}

/// The samples, channel by channel within each pixel.
pub(super) fn samples(bytes: &[u8], channels_first: bool) -> Result<Vec<u16>, String> {
    let Planes { channels, depth } = header(bytes, channels_first)?.planes;
    let (_, data) = parts(bytes)?;
    let samples: Vec<u16> = match depth {
        Depth::Uint8 => data.iter().map(|byte| u16::from(*byte)).collect(),
        Depth::Uint16 => data.as_chunks().0.iter().map(|pair| u16::from_le_bytes(*pair)).collect(),
    };
    Ok(if channels_first && channels > 1 { woven(&samples, channels) } else { samples })
}

/// Planes that stand one after the other as one picture.
pub(super) fn woven(planes: &[u16], channels: usize) -> Vec<u16> {
    let each = planes.len() / channels.max(1);
    (0..each).flat_map(|i| (0..channels).map(move |c| planes[c * each + i])).collect()
}

/// The header's text, and what follows it.
fn parts(bytes: &[u8]) -> Result<(&str, &[u8]), String> {
    let cut = || "the array's header is cut off (save it again)".to_string();
    let (version, rest) = bytes.get(MAGIC.len()..).and_then(|rest| rest.split_at_checked(2)).ok_or_else(cut)?;
    let (length, rest) = match (version[0], rest) {
        (1, [a, b, rest @ ..]) => (u32::from(u16::from_le_bytes([*a, *b])), rest),
        (2 | 3, [a, b, c, d, rest @ ..]) => (u32::from_le_bytes([*a, *b, *c, *d]), rest),
        (1..=3, _) => return Err(cut()),
        (other, _) => return Err(format!("the array has version {other} of the format (versions 1 to 3 are read)")),
    };
    let (header, data) = rest.split_at_checked(length as usize).ok_or_else(cut)?;
    let header = std::str::from_utf8(header).map_err(|_| "the array's header is no text (save it again)".to_string())?;
    Ok((header, data))
}

/// What stands behind a key of the header.
fn after<'a>(header: &'a str, key: &str) -> Result<&'a str, String> {
    let found = header.split_once(&format!("'{key}':")).map(|(_, rest)| rest.trim_start());
    found.ok_or_else(|| format!("the array's header says no {key} (save it again)"))
}

fn text(header: &str, key: &str) -> Result<String, String> {
    let quoted = after(header, key)?.strip_prefix('\'').and_then(|rest| rest.split_once('\''));
    let short = quoted.map(|(text, _)| text.chars().take(20).collect());
    short.ok_or_else(|| "the array has fields of its own (save an array of uint8 or uint16)".into())
}

fn shape(header: &str) -> Result<Vec<u64>, String> {
    let inside = after(header, "shape")?.strip_prefix('(').and_then(|rest| rest.split_once(')'));
    let sides = inside.map(|(inside, _)| inside.split(',').map(str::trim).filter(|side| !side.is_empty()));
    let sides = sides.and_then(|sides| sides.map(|side| side.parse().ok()).collect::<Option<Vec<u64>>>());
    sides.ok_or_else(|| "the array's header has no shape (save it again)".into())
}

//! TIFF: a page of several samples, or pages of one sample, each a channel.

use super::{Found, npy::woven, one_line, said};
use crate::image::{Depth, MOST_CHANNELS, Planes, Size};
use image::metadata::Orientation;
use std::io::Cursor;
use tiff::ColorType;
use tiff::decoder::{ChunkType, Decoder, DecodingResult, Limits};
use tiff::tags::Tag;

pub(in crate::decode) type Reader<'a> = Decoder<Cursor<&'a [u8]>>;

pub(in crate::decode) fn open(bytes: &[u8]) -> Result<Reader<'_>, String> {
    Decoder::new(Cursor::new(bytes)).map_err(said)
}

/// What the headers of all pages say.
pub(super) fn header(bytes: &[u8], limits: super::Limits) -> Result<Found, String> {
    let mut file = open(bytes)?;
    let mut first = page(&mut file)?;
    first.within(limits)?;
    let mut pages = 1;
    while file.more_images() {
        pages += 1;
        if pages > MOST_CHANNELS {
            return Err(format!("has more than {MOST_CHANNELS} pages (each is a channel; keep those that are wanted)"));
        }
        file.next_image().map_err(said)?;
        let next = page(&mut file)?;
        if next.size != first.size || next.planes != first.planes {
            return Err(format!(
                "page {pages} is {} with {}, and the first {} with {} (pages are channels: make them alike)",
                next.size, next.planes, first.size, first.planes
            ));
        }
    }
    if pages > 1 && first.planes.channels > 1 {
        return Err(format!("has {pages} pages of {} (pages are channels where each has one; keep one page)", first.planes));
    }
    first.planes.channels *= pages;
    Ok(first)
}

/// What the header of the page says that stands next.
fn page(file: &mut Reader<'_>) -> Result<Found, String> {
    let (width, height) = file.dimensions().map_err(said)?;
    let color = file.colortype().map_err(said)?;
    let stored = file.find_tag_unsigned::<u16>(Tag::SamplesPerPixel).map_err(said)?.unwrap_or(1);
    let channels = match color {
        ColorType::Gray(_) => 1,
        ColorType::GrayA(_) => 2,
        ColorType::RGB(_) => 3,
        ColorType::RGBA(_) | ColorType::CMYK(_) => 4,
        ColorType::CMYKA(_) => 5,
        ColorType::Multiband { num_samples, .. } => usize::from(num_samples),
        other => return Err(one_line(&format!("pixels of the kind {other:?} (save plain samples)"))),
    };
    if usize::from(stored) != channels || !(1..=MOST_CHANNELS).contains(&channels) {
        let remedy = "save 1 to 16 samples with photometric MinIsBlack, or an .npy file";
        return Err(format!("has {stored} samples a pixel, of which {channels} are colours or alpha ({remedy})"));
    }
    check_tiles(file)?;
    let formats = file.find_tag_unsigned_vec::<u16>(Tag::SampleFormat).map_err(said)?.unwrap_or_default();
    let depth = match color.bit_depth() {
        8 if formats.iter().all(|format| *format == 1) => Depth::Uint8,
        16 if formats.iter().all(|format| *format == 1) => Depth::Uint16,
        _ => return Err("has samples that are no whole numbers of 8 or 16 bits without a sign (convert it)".into()),
    };
    let orientation = file.find_tag_unsigned::<u8>(Tag::Orientation).ok().flatten().and_then(Orientation::from_exif);
    let orientation = orientation.unwrap_or(Orientation::NoTransforms);
    Ok(Found { size: Size::new(width, height), planes: Planes { channels, depth }, orientation })
}

/// Refuses a page with tiles of one channel each: the decoder takes those of the second channel for tiles below those of the
/// first, and stops at their size.
pub(in crate::decode) fn check_tiles(file: &mut Reader<'_>) -> Result<(), String> {
    let number = |file: &mut Reader<'_>, tag| file.find_tag_unsigned::<u16>(tag).map_err(said);
    let apart = number(file, Tag::PlanarConfiguration)? == Some(2);
    if apart && number(file, Tag::SamplesPerPixel)? > Some(1) && file.get_chunk_type() == ChunkType::Tile {
        return Err("has tiles of one channel each (save it in strips, or with the channels of a pixel together)".into());
    }
    Ok(())
}

/// The samples of all pages, which are as `found`.
pub(super) fn samples(bytes: &[u8], found: &Found, most: super::Limits) -> Result<Vec<u16>, String> {
    let whole = usize::try_from(found.planes.bytes(found.size)).map_err(|_| one_line("too large"))?;
    let mut limits = Limits::default();
    limits.decoding_buffer_size = whole;
    limits.intermediate_buffer_size = most.bytes().saturating_sub(whole).min(limits.intermediate_buffer_size.max(whole));
    let mut file = open(bytes)?.with_limits(limits);
    let mut all = Vec::with_capacity(whole / 2);
    let mut apart = 1;
    loop {
        let mut read = DecodingResult::U8(Vec::new());
        let layout = file.read_image_to_buffer(&mut read).map_err(said)?;
        apart = apart.max(layout.planes);
        match read {
            DecodingResult::U8(samples) => all.extend(samples.into_iter().map(u16::from)),
            DecodingResult::U16(samples) => all.extend(samples),
            _ => return Err(one_line("samples of another type than the header says")),
        }
        if !file.more_images() {
            break;
        }
        file.next_image().map_err(said)?;
        apart = found.planes.channels;
    }
    Ok(if apart > 1 { woven(&all, found.planes.channels) } else { all })
}

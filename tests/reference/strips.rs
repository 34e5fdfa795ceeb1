//! The pictures of the gallery.

use image::ExtendedColorType;
use image::codecs::jpeg::JpegEncoder;
use prebake::image::{Image, Size};
use prebake::ops::Family;
use prebake::preview::{Magnitude, Magnitudes, built_in, fit, magnitudes};
use std::path::PathBuf;

/// The longest side of a tile, and the pixels between tiles.
const TILE: u32 = 96;
const GAP: u32 = 4;
/// The part that is shown pixel for pixel: hair, skin and cloth, from its left and top edge.
const PART: (u32, u32) = (76, 36);
/// Of the JPEGs: so much that noise survives it.
const QUALITY: u8 = 75;

/// Pictures side by side.
pub(crate) struct Strip {
    /// Below `docs/ops`.
    pub(crate) path: String,
    /// What it shows, as in "`degrees` -20, 0, 20".
    pub(crate) told: String,
    jpeg: Vec<u8>,
}

impl Strip {
    pub(crate) fn file(self) -> (PathBuf, Vec<u8>) {
        (self.path.into(), self.jpeg)
    }
}

/// The picture that all strips start from.
pub(crate) fn source() -> Vec<u8> {
    let picture = built_in();
    encoded(&picture)
}

/// The strips of an op or a composition.
pub(crate) fn of(name: &str, example: &str, family: Option<Family>) -> Vec<Strip> {
    let strip = |shown: Magnitudes| {
        let (path, told) = match &shown.field {
            Some(field) => {
                let value = |made: &Magnitude| made.name.strip_prefix(field.name).unwrap_or_default().trim().to_string();
                let values: Vec<String> = shown.made.iter().map(value).collect();
                (format!("pictures/{name}.{}.jpg", field.name), format!("`{}` {}", field.name, values.join(", ")))
            }
            None => {
                let told = if shown.made.len() > 1 { format!("{} draws", shown.made.len()) } else { "the result".into() };
                (format!("pictures/{name}.jpg"), told)
            }
        };
        let images: Vec<Image> = shown.made.into_iter().map(|made| made.image).collect();
        let tiles = if in_part(name, family) { images.iter().map(part).collect() } else { scaled(&images) };
        Strip { path, told, jpeg: encoded(&side_by_side(&tiles)) }
    };
    magnitudes(name, example, &built_in()).unwrap().into_iter().map(strip).collect()
}

/// Whether an op changes what a smaller picture would not show.
fn in_part(name: &str, family: Option<Family>) -> bool {
    let small = matches!(family, Some(Family::Blur | Family::Noise | Family::Quality));
    // These do most at the edges.
    small && !["zoom_blur", "chromatic_aberration"].contains(&name)
}

fn part(image: &Image) -> Image {
    let rows = PART.1..PART.1 + TILE;
    let left = PART.0 as usize * 3;
    let bytes = rows.flat_map(|y| image.row(y)[left..left + TILE as usize * 3].to_vec()).collect();
    Image::from_bytes(Size::new(TILE, TILE), bytes)
}

/// All of them smaller by the same factor, so that the largest is a tile.
fn scaled(images: &[Image]) -> Vec<Image> {
    let longest = images.iter().map(|image| image.size().width.max(image.size().height)).max().unwrap_or(1);
    let side = |side: u32| (side * TILE).div_ceil(longest).max(1);
    images.iter().map(|image| fit(image, Size::new(side(image.size().width), side(image.size().height)))).collect()
}

fn side_by_side(tiles: &[Image]) -> Image {
    let widths: u32 = tiles.iter().map(|tile| tile.size().width + GAP).sum();
    let height = tiles.iter().map(|tile| tile.size().height).max().unwrap_or(1);
    let size = Size::new(widths - GAP, height);
    let mut strip = Image::from_bytes(size, vec![255; size.bytes() as usize]);
    let stride = size.width as usize * 3;
    let mut left = 0;
    for tile in tiles {
        for y in 0..tile.size().height {
            let row = tile.row(y);
            let at = y as usize * stride + left;
            strip.bytes_mut()[at..at + row.len()].copy_from_slice(row);
        }
        left += (tile.size().width + GAP) as usize * 3;
    }
    strip
}

fn encoded(image: &Image) -> Vec<u8> {
    let mut bytes = Vec::new();
    let Size { width, height } = image.size();
    JpegEncoder::new_with_quality(&mut bytes, QUALITY).encode(image.bytes(), width, height, ExtendedColorType::Rgb8).unwrap();
    bytes
}

//! Rain: short slanted lines, blurred, on a darker picture.

use super::{Scratch, table};
use crate::image::Image;
use crate::kernels::paint::soften::mirrored;
use crate::kernels::rounding::rounded;

/// How rain looks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Drops {
    /// Pixels from the beginning of a drop to its end, to the right.
    pub slant: f64,
    /// Pixels from the beginning of a drop to its end, down.
    pub length: i64,
    /// Pixels across.
    pub width: u32,
    /// Added where drops are.
    pub colour: [u8; 3],
    /// Side of the square over which drops are blurred, in pixels; odd.
    pub blur: u32,
    /// What the picture's levels are multiplied with.
    pub brightness: f64,
}

/// Fills `target` with `source` in rain that begins at `places`.
///
/// # Algorithm
/// ```text
/// layer = colour * (share of the blur's square that drops cover)      BORDER_REFLECT_101, rounded
/// result = min(255, source + layer) * brightness                      rounded
/// ```
/// As Albumentations' `add_rain`, whose drops are `cv2.polylines` with `LINE_4`.
pub fn rain(source: &Image, places: impl Iterator<Item = (i64, i64)>, drops: &Drops, scratch: &mut Scratch, target: &mut [u8]) {
    let size = source.size();
    scratch.mask.clear(size);
    for (x, y) in places {
        // Cut towards zero, as NumPy makes whole numbers.
        let end = (x as f64 + drops.slant) as i64;
        scratch.mask.line((x, y), (end, y + drops.length), drops.width);
    }
    let (width, height, side) = (size.width as usize, size.height as usize, drops.blur as usize);
    let area = (side * side) as f32;
    // What is added, by the number of covered pixels in the square.
    let added = &mut scratch.steps;
    added.clear();
    added.extend((0..=side * side).map(|n| {
        let [r, g, b] = drops.colour.map(|level| i32::from(rounded(f32::from(level) * n as f32 / area)));
        r | g << 8 | b << 16
    }));
    let darker = table(|level| libm::rint(f64::from(level) * drops.brightness).clamp(0.0, 255.0) as u8);
    let half = side as i64 / 2;
    let row_of = |y: i64| mirrored(y, height as i64);
    let (columns, padded, mask) = (&mut scratch.counts, &mut scratch.padded, &scratch.mask);
    columns.clear();
    columns.resize(width, 0);
    for y in -half..half {
        add(columns, mask.row(row_of(y)));
    }
    for (y, row) in target.chunks_exact_mut(width * 3).enumerate() {
        let y = y as i64;
        add(columns, mask.row(row_of(y + half)));
        let from = source.row(y as u32);
        if columns.iter().all(|n| *n == 0) {
            row.iter_mut().zip(from).for_each(|(to, from)| *to = darker[*from as usize]);
        } else {
            let column = |x: i64| columns[mirrored(x, width as i64)];
            padded.clear();
            padded.extend((-half..0).map(column));
            padded.extend_from_slice(columns);
            padded.extend((width as i64..width as i64 + half).map(column));
            let (first, entering) = padded.split_at(side - 1);
            let mut count: u32 = first.iter().map(|n| u32::from(*n)).sum();
            let ends = entering.iter().zip(&*padded);
            for ((to, from), (entering, leaving)) in row.chunks_exact_mut(3).zip(from.chunks_exact(3)).zip(ends) {
                count += u32::from(*entering);
                let layer = added[count as usize].to_le_bytes();
                for c in 0..3 {
                    to[c] = darker[from[c].saturating_add(layer[c]) as usize];
                }
                count -= u32::from(*leaving);
            }
        }
        for (n, covered) in columns.iter_mut().zip(mask.row(row_of(y - half))) {
            *n -= u16::from(*covered);
        }
    }
}

fn add(columns: &mut [u16], row: &[u8]) {
    for (n, covered) in columns.iter_mut().zip(row) {
        *n += u16::from(*covered);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::Size;

    fn made(places: &[(i64, i64)], drops: &Drops) -> Vec<u8> {
        let source = Image::from_bytes(Size::new(4, 3), vec![100; 36]);
        let mut target = vec![0; 36];
        rain(&source, places.iter().copied(), drops, &mut Scratch::default(), &mut target);
        target.iter().step_by(3).copied().collect()
    }

    #[test]
    fn drops_are_added_and_the_whole_is_darker() {
        let sharp = Drops { slant: 0.0, length: 1, width: 1, colour: [90; 3], blur: 1, brightness: 0.5 };
        assert_eq!(made(&[(1, 0)], &sharp), [50, 95, 50, 50, 50, 95, 50, 50, 50, 50, 50, 50]);
        let soft = Drops { length: 0, blur: 3, brightness: 1.0, ..sharp };
        assert_eq!(made(&[(1, 1)], &soft), [140, 120, 120, 100, 120, 110, 110, 100, 140, 120, 120, 100]);
    }
}

//! Equalisation by tiles, blended between their centres.

use crate::kernels::rounding::nearest_level;
use std::ops::Range;

/// A table of levels for every tile.
#[derive(Debug, Default)]
pub(super) struct Tiles {
    tables: Vec<[u8; 256]>,
    /// The columns between the same two tiles, and the places of their tables in a row of them.
    spans: Vec<(Range<usize>, [usize; 2])>,
    /// How far each column is from the left one of them.
    across: Vec<f32>,
    /// For each span and level what the tables above left, above right, below left and below right give.
    corners: Vec<[[u8; 4]; 256]>,
    /// The same for the pixels of a row.
    found: Vec<[u8; 4]>,
}

impl Tiles {
    /// Equalises `levels`, `width` by `height` of them, in place.
    ///
    /// # Algorithm
    /// `cv2.createCLAHE`: sides that the tiles don't divide are made longer, mirrored about the edge pixels; counts
    /// above the limit are cut and spread over all levels; each pixel blends the tables of the four tiles whose
    /// centres are nearest, in 32-bit floats, rounded half to even.
    pub(super) fn equalise(&mut self, levels: &mut [u8], [width, height]: [usize; 2], clip_limit: f64, tiles: usize) {
        // OpenCV makes both sides longer if one of them has to be, by a whole tile if it is the other.
        let divides = width.is_multiple_of(tiles) && height.is_multiple_of(tiles);
        let longer = |side: usize| if divides { side } else { side + tiles - side % tiles };
        let tile = [longer(width) / tiles, longer(height) / tiles];
        self.fill_tables(levels, [width, height], tile, clip_limit, tiles);
        self.fill_spans(width, tile[0], tiles);
        self.found.resize(width, [0; 4]);
        let mut prepared = None;
        for (y, row) in levels.chunks_exact_mut(width).enumerate() {
            let (rows, down) = between(y, tile[1], tiles);
            if prepared.replace(rows) != Some(rows) {
                self.fill_corners(rows, tiles);
            }
            for ((columns, _), corners) in self.spans.iter().zip(&self.corners) {
                for (found, level) in self.found[columns.clone()].iter_mut().zip(&row[columns.clone()]) {
                    *found = corners[usize::from(*level)];
                }
            }
            blend(&self.found, &self.across, down, row);
        }
    }

    fn fill_spans(&mut self, width: usize, tile: usize, tiles: usize) {
        self.spans.clear();
        self.across.clear();
        for x in 0..width {
            let (sides, far) = between(x, tile, tiles);
            self.across.push(far);
            match self.spans.last_mut() {
                Some((columns, last)) if *last == sides => columns.end = x + 1,
                _ => self.spans.push((x..x + 1, sides)),
            }
        }
    }

    fn fill_corners(&mut self, rows: [usize; 2], tiles: usize) {
        self.corners.resize(self.spans.len(), [[0; 4]; 256]);
        for (corners, (_, sides)) in self.corners.iter_mut().zip(&self.spans) {
            let table = |row: usize, side: usize| &self.tables[rows[row] * tiles + sides[side]];
            let tables = [table(0, 0), table(0, 1), table(1, 0), table(1, 1)];
            for (level, corner) in corners.iter_mut().enumerate() {
                *corner = [tables[0][level], tables[1][level], tables[2][level], tables[3][level]];
            }
        }
    }

    fn fill_tables(&mut self, levels: &[u8], size: [usize; 2], tile: [usize; 2], clip_limit: f64, tiles: usize) {
        let area = tile[0] * tile[1];
        let limit = ((clip_limit * area as f64 / 256.0) as usize).max(1) as u32;
        let scale = 255.0 / area as f32;
        self.tables.clear();
        for row in 0..tiles {
            for column in 0..tiles {
                // Two of each, so that equal neighbours do not wait for each other.
                let mut halves = [[0u32; 256]; 2];
                for y in row * tile[1]..(row + 1) * tile[1] {
                    let line = &levels[mirror(y, size[1]) * size[0]..][..size[0]];
                    let inside = column * tile[0]..((column + 1) * tile[0]).min(size[0]);
                    for (i, level) in line.get(inside.clone()).unwrap_or_default().iter().enumerate() {
                        halves[i % 2][usize::from(*level)] += 1;
                    }
                    for x in inside.start.max(size[0])..(column + 1) * tile[0] {
                        halves[0][usize::from(line[mirror(x, size[0])])] += 1;
                    }
                }
                let mut counts: [u32; 256] = std::array::from_fn(|level| halves[0][level] + halves[1][level]);
                clip(&mut counts, limit);
                let mut sum = 0;
                self.tables.push(counts.map(|count| {
                    sum += count;
                    nearest_level((sum as f32 * scale).min(255.0))
                }));
            }
        }
    }
}

wide! {
    fn blend(found: &[[u8; 4]], across: &[f32], down: f32, levels: &mut [u8]) = plain_blend;
}

/// Fills `levels` with the blends of four levels each.
#[inline(always)]
fn plain_blend(found: &[[u8; 4]], across: &[f32], down: f32, levels: &mut [u8]) {
    for ((level, found), across) in levels.iter_mut().zip(found).zip(across) {
        let word = u32::from_le_bytes(*found) as i32;
        let at = |corner: i32| (word >> (8 * corner) & 255) as f32;
        let above = at(0) * (1.0 - across) + at(1) * across;
        let below = at(2) * (1.0 - across) + at(3) * across;
        *level = nearest_level(above * (1.0 - down) + below * down);
    }
}

/// Which two tiles of an axis hold place `at` between their centres, and how far it is from the first.
fn between(at: usize, tile: usize, tiles: usize) -> ([usize; 2], f32) {
    let place = at as f32 * (1.0 / tile as f32) - 0.5;
    // No place is before -0.5, so cutting one more than it rounds down.
    let first = (place + 1.0) as isize - 1;
    let far = place - first as f32;
    ([first.max(0) as usize, (first + 1).min(tiles as isize - 1) as usize], far)
}

/// Cuts counts to `limit` and spreads what was cut evenly; what is left goes to levels evenly apart.
fn clip(counts: &mut [u32; 256], limit: u32) {
    let cut: u32 = counts.iter().map(|count| count.saturating_sub(limit)).sum();
    let (each, mut left) = (cut / 256, cut % 256);
    for count in counts.iter_mut() {
        *count = (*count).min(limit) + each;
    }
    let step = (256 / left.max(1)).max(1) as usize;
    for count in counts.iter_mut().step_by(step) {
        if left == 0 {
            break;
        }
        *count += 1;
        left -= 1;
    }
}

/// Where place `at` is read, mirrored about the last pixel as often as needed.
fn mirror(at: usize, len: usize) -> usize {
    let period = (2 * (len - 1)).max(1);
    let at = at % period;
    if len == 1 { 0 } else { at.min(period - at) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_cut_is_spread() {
        let mut counts = [0; 256];
        counts[7] = 600;
        clip(&mut counts, 80);
        // 520 are cut: two for each level, and one for every 32nd.
        assert_eq!(counts.iter().sum::<u32>(), 600);
        assert_eq!((counts[7], counts[0], counts[1], counts[32]), (82, 3, 2, 3));
    }

    #[test]
    fn pixels_lie_between_centres() {
        assert_eq!(between(0, 4, 3), ([0, 0], 0.5));
        assert_eq!(between(2, 4, 3), ([0, 1], 0.0));
        assert_eq!(between(5, 4, 3), ([0, 1], 0.75));
        assert_eq!(between(11, 4, 3), ([2, 2], 0.25));
    }

    #[test]
    fn every_vector_gives_the_same() {
        let mut rng = crate::rng::Key::new(2).rng();
        for width in [1, 2, 15, 64, 133] {
            let found: Vec<[u8; 4]> = (0..width).map(|_| (rng.bits() as u32).to_le_bytes()).collect();
            let across: Vec<f32> = (0..width).map(|x| x as f32 / width as f32).collect();
            let (mut widest, mut plain) = (vec![0; width], vec![0; width]);
            blend(&found, &across, 0.3, &mut widest);
            plain_blend(&found, &across, 0.3, &mut plain);
            assert_eq!(widest, plain);
        }
    }

    #[test]
    fn a_tile_without_limit_is_equalised() {
        let mut levels = [10, 20, 30, 40];
        Tiles::default().equalise(&mut levels, [2, 2], 256.0, 1);
        assert_eq!(levels, [64, 128, 191, 255]);
    }
}

//! Equalisation by tiles, blended between their centres.

use crate::kernels::rounding::nearest_level;

/// A table of levels for every tile.
#[derive(Debug, Default)]
pub(super) struct Tiles {
    tables: Vec<[u8; 256]>,
    /// For each column, the places of the tables left and right of it in a row of them, and how far it is from the
    /// left one.
    columns: Vec<([usize; 2], f32)>,
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
        self.columns.clear();
        self.columns.extend((0..width).map(|x| between(x, tile[0], tiles)));
        for (y, row) in levels.chunks_exact_mut(width).enumerate() {
            let ([above, below], down) = between(y, tile[1], tiles);
            let [above, below] = [above, below].map(|row| &self.tables[row * tiles..][..tiles]);
            for (level, ([left, right], across)) in row.iter_mut().zip(&self.columns) {
                let at = |row: &[[u8; 256]], column: usize| f32::from(row[column][usize::from(*level)]);
                let blend = |row| at(row, *left) * (1.0 - across) + at(row, *right) * across;
                let blended = blend(above) * (1.0 - down) + blend(below) * down;
                *level = nearest_level(blended);
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
                let mut counts = [0u32; 256];
                for y in row * tile[1]..(row + 1) * tile[1] {
                    let line = &levels[mirror(y, size[1]) * size[0]..][..size[0]];
                    let inside = column * tile[0]..((column + 1) * tile[0]).min(size[0]);
                    for level in line.get(inside.clone()).unwrap_or_default() {
                        counts[usize::from(*level)] += 1;
                    }
                    for x in inside.start.max(size[0])..(column + 1) * tile[0] {
                        counts[usize::from(line[mirror(x, size[0])])] += 1;
                    }
                }
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
    fn a_tile_without_limit_is_equalised() {
        let mut levels = [10, 20, 30, 40];
        Tiles::default().equalise(&mut levels, [2, 2], 256.0, 1);
        assert_eq!(levels, [64, 128, 191, 255]);
    }
}

//! Medians by counting: the work for a pixel doesn't grow with the square.

use crate::image::Image;
use crate::kernels::filter::lines::{CHANNELS, hold};
use crate::kernels::filter::wide;

/// How often each level occurs, then how often each sixteen of them do.
const PLACES: usize = 256 + 16;
type Table = [u16; PLACES];

/// Counts of levels for each column of a picture.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    columns: Vec<Table>,
}

impl Counts {
    /// As [`super::median_blur`], for any odd size up to 99.
    ///
    /// # Algorithm
    /// Perreault and Hébert, "Median filtering in constant time" (2007): the counts of a column move down by one
    /// level in and one out, those of the square move along by one column in and one out, and the median is found
    /// by sixteens and then by ones.
    pub(super) fn median(&mut self, source: &Image, size: usize, target: &mut [u8]) {
        let (width, height) = (source.size().width as usize, source.size().height as usize);
        let reach = (size / 2) as isize;
        let row = |y: isize| source.row(hold(y, height) as u32);
        self.columns.clear();
        self.columns.resize(width * CHANNELS, [0; PLACES]);
        for y in -reach..=reach {
            self.columns.iter_mut().zip(row(y)).for_each(|(column, level)| count(column, *level, 1));
        }
        for (y, target) in target.chunks_exact_mut(width * CHANNELS).enumerate() {
            if y > 0 {
                let (y, columns) = (y as isize, self.columns.iter_mut());
                for ((column, new), old) in columns.zip(row(y + reach)).zip(row(y - reach - 1)) {
                    count(column, *new, 1);
                    count(column, *old, u16::MAX);
                }
            }
            for c in 0..CHANNELS {
                self.along(c, size, target);
            }
        }
    }

    /// The medians of channel `c` in a row.
    fn along(&self, c: usize, size: usize, target: &mut [u8]) {
        let (width, reach) = (self.columns.len() / CHANNELS, (size / 2) as isize);
        let column = |x: isize| &self.columns[hold(x, width) * CHANNELS + c];
        let mut counts = [0; PLACES];
        let none = [0; PLACES];
        (-reach..=reach).for_each(|x| wide::move_counts(&mut counts, column(x), &none));
        let before = (size * size / 2) as u16;
        for x in 0..width {
            if x > 0 {
                wide::move_counts(&mut counts, column(x as isize + reach), column(x as isize - reach - 1));
            }
            target[x * CHANNELS + c] = middle(&counts, before);
        }
    }
}

/// Adds `by`, modulo 2^16, to the counts of a level.
fn count(table: &mut Table, level: u8, by: u16) {
    for place in [usize::from(level), 256 + usize::from(level >> 4)] {
        table[place] = table[place].wrapping_add(by);
    }
}

/// Takes one table in and another one out.
#[inline(always)]
pub(crate) fn move_counts(counts: &mut Table, new: &Table, old: &Table) {
    for ((count, new), old) in counts.iter_mut().zip(new).zip(old) {
        *count = count.wrapping_add(*new).wrapping_sub(*old);
    }
}

/// The level before which there are at most `before` others.
fn middle(counts: &Table, before: u16) -> u8 {
    let mut left = before;
    let mut sixteen = 0;
    while counts[256 + sixteen] <= left {
        left -= counts[256 + sixteen];
        sixteen += 1;
    }
    let mut level = sixteen * 16;
    while counts[level] <= left {
        left -= counts[level];
        level += 1;
    }
    level as u8
}

//! The part of a picture in which something may happen.

use crate::image::Size;
use crate::spec::fields::{About, Fields};

/// Left, top, right and bottom, as fractions of the picture.
#[derive(Clone, Copy, Debug)]
pub(super) struct Region([f64; 4]);

impl Region {
    pub(super) fn read(fields: &mut Fields<'_>, default: [f64; 4], meaning: &'static str) -> Self {
        let read = fields.numbers("region", Some(&default), (4, 4), (0.0, 1.0), About("fractions", meaning));
        let mut region = default;
        region.iter_mut().zip(read).for_each(|(to, from)| *to = from);
        if region[0] > region[2] || region[1] > region[3] {
            fields.complain("region", "the region ends before it begins (give [left, top, right, bottom])");
            region = default;
        }
        Self(region)
    }

    /// As given: left, top, right, bottom.
    pub(super) fn fractions(self) -> [f64; 4] {
        self.0
    }

    /// First and last column, and first and last row, cut to whole pixels; at least one of each.
    pub(super) fn pixels(self, size: Size) -> [(i64, i64); 2] {
        let side = |low: f64, high: f64, count: u32| {
            let first = ((low * f64::from(count)) as i64).min(i64::from(count) - 1);
            (first, ((high * f64::from(count)) as i64 - 1).max(first))
        };
        [side(self.0[0], self.0[2], size.width), side(self.0[1], self.0[3], size.height)]
    }

    /// First column and the edge behind the last, and first row and the edge behind the last, cut to whole pixels; none of
    /// them if the region is that small.
    pub(super) fn edges(self, size: Size) -> [(i64, i64); 2] {
        let side = |low: f64, high: f64, count: u32| ((low * f64::from(count)) as i64, (high * f64::from(count)) as i64);
        [side(self.0[0], self.0[2], size.width), side(self.0[1], self.0[3], size.height)]
    }
}

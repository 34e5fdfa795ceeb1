//! Sizes of squares about a pixel: odd numbers.

use crate::kernels::filter::LARGEST_BOX;
use crate::rng::Rng;
use crate::spec::fields::{About, Fields, Whole};

/// Odd numbers to draw from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Odd {
    /// Half of them, cut.
    halves: Whole,
}

impl Odd {
    /// Declares and reads `size`, whose ends go up to the next odd number, as in Albumentations.
    pub(super) fn read(fields: &mut Fields<'_>, default: (i64, i64)) -> Self {
        let bounds = (1, LARGEST_BOX as i64);
        let about = About("pixels", "side of the square that is mixed, an odd number; even ones go up by one");
        let size = fields.whole("size", Some(Whole::new(default.0, default.1)), bounds, about);
        Self { halves: Whole::new(size.low / 2, size.high / 2) }
    }

    pub(super) fn is_fixed(self) -> bool {
        self.halves.is_fixed()
    }

    /// One of the odd numbers, all equally likely.
    pub(super) fn draw(self, rng: &mut Rng) -> usize {
        2 * self.halves.draw(rng) as usize + 1
    }
}

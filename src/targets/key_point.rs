//! Points with a meaning, such as the tip of a nose.

use super::Point;

/// A key point, as COCO has it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct KeyPoint {
    /// Where it is, pixel centres at integers.
    pub at: Point,
    /// 0: not known; 1: known and covered by something; 2: seen.
    pub visibility: u8,
}

impl KeyPoint {
    /// One that is not known, or no longer.
    pub const LOST: Self = Self { at: Point { x: 0.0, y: 0.0 }, visibility: 0 };

    /// Whether something is known of it.
    pub fn is_known(&self) -> bool {
        self.visibility > 0
    }
}

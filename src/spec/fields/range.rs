//! What a parameter may be drawn from.

use crate::rng::Rng;

/// A closed interval to draw from; a fixed number has equal ends.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

impl Interval {
    /// From one end to the other.
    pub const fn new(low: f64, high: f64) -> Self {
        Self { low, high }
    }

    /// A fixed number.
    pub const fn at(number: f64) -> Self {
        Self { low: number, high: number }
    }

    /// A number from it, all equally likely; takes one draw even if it is fixed.
    pub fn draw(self, rng: &mut Rng) -> f64 {
        rng.uniform(self.low, self.high)
    }

    /// Whether nothing is left to chance.
    pub fn is_fixed(self) -> bool {
        self.low == self.high
    }
}

/// Whole numbers to draw from, both ends included; a fixed number has equal ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Whole {
    /// The lower end.
    pub low: i64,
    /// The upper end.
    pub high: i64,
}

impl Whole {
    /// From one end to the other.
    pub const fn new(low: i64, high: i64) -> Self {
        Self { low, high }
    }

    /// A fixed number.
    pub const fn at(number: i64) -> Self {
        Self { low: number, high: number }
    }

    /// A number from it, all equally likely; takes at least one draw even if it is fixed.
    pub fn draw(self, rng: &mut Rng) -> i64 {
        let more = rng.below(self.high.abs_diff(self.low) + 1);
        self.low.saturating_add_unsigned(more)
    }

    /// Whether nothing is left to chance.
    pub fn is_fixed(self) -> bool {
        self.low == self.high
    }
}

//! Coordinates as whole numbers, so that they are the same on every machine.

use std::ops::Range;

/// Bits of a coordinate behind the point.
pub(super) const FRACTION: u32 = 32;
/// Bits of a coordinate behind the point that weights are made from.
pub(in crate::kernels) const WEIGHT: u32 = 15;
/// Quanta in a pixel: coordinates are rounded to this fraction of one before they are read at.
pub(in crate::kernels) const QUANTA: i64 = 1 << WEIGHT;
/// From a coordinate to quanta.
pub(in crate::kernels) const SHIFT: u32 = FRACTION - WEIGHT;
/// Coordinates beyond this many pixels are held there; no picture reaches as far.
pub(in crate::kernels) const FAR: f64 = (1u64 << 28) as f64;

/// A coordinate with 32 bits behind the point, half a quantum further so that cutting it rounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(transparent)]
pub(in crate::kernels) struct Position(pub(in crate::kernels) i64);

impl Position {
    /// The position nearest to `coordinate`.
    pub(super) fn of(coordinate: f64) -> Self {
        Self(fixed(coordinate) + (1 << (SHIFT - 1)))
    }

    /// The first position of a quantum.
    pub(in crate::kernels) const fn start_of(quantum: i64) -> Self {
        Self(quantum << SHIFT)
    }

    /// The last position of a quantum.
    pub(in crate::kernels) const fn end_of(quantum: i64) -> Self {
        Self((quantum << SHIFT) + (1 << SHIFT) - 1)
    }

    /// The position `n` steps on; far ones are held where later sums cannot overflow.
    pub(super) fn after(self, step: i64, n: i64) -> Self {
        const FAR: i64 = 1 << 61;
        Self(self.0.saturating_add(step.saturating_mul(n)).clamp(-FAR, FAR))
    }

    /// The quantum that it lies in.
    pub(in crate::kernels) const fn quantum(self) -> i64 {
        self.0 >> SHIFT
    }

    /// The whole pixel before it, for positions inside a picture.
    pub(in crate::kernels) const fn whole(self) -> usize {
        (self.0 >> FRACTION) as usize
    }

    /// How far it is beyond that pixel, in quanta.
    pub(in crate::kernels) const fn beyond(self) -> i32 {
        (self.quantum() & (QUANTA - 1)) as i32
    }

    /// The pixel whose area it lies in.
    pub(in crate::kernels) const fn nearest(self) -> i64 {
        (self.quantum() + QUANTA / 2) >> WEIGHT
    }
}

/// One pixel as a step.
pub(super) const ONE: i64 = 1 << FRACTION;

/// `coordinate` with 32 bits behind the point.
pub(super) fn fixed(coordinate: f64) -> i64 {
    let held = if coordinate.is_finite() { coordinate.clamp(-FAR, FAR) } else { 0.0 };
    let value = held * ONE as f64 + 0.5;
    // `floor`, which is a call on machines without an instruction for it.
    let cut = value as i64;
    cut - i64::from(cut as f64 > value)
}

/// The straight line in the source that a row of the output shows: a position and a step, for x and y.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::kernels) struct Line {
    pub(super) from: (Position, Position),
    pub(super) step: (i64, i64),
}

impl Line {
    /// The position that output pixel `x` shows.
    pub(in crate::kernels) fn at(&self, x: usize) -> (Position, Position) {
        (self.from.0.after(self.step.0, x as i64), self.from.1.after(self.step.1, x as i64))
    }
}

impl Line {
    /// Of the first `count` output pixels, those that show quanta within `x` and `y`, ends included: they lie side by
    /// side, since a line goes one way.
    pub(super) fn within(&self, x: (i64, i64), y: (i64, i64), count: usize) -> Range<usize> {
        let (x, y) = (along(self.from.0, self.step.0, x), along(self.from.1, self.step.1, y));
        let end = (x.1.min(y.1).saturating_add(1)).clamp(0, count as i64) as usize;
        let start = (x.0.max(y.0).clamp(0, count as i64) as usize).min(end);
        start..end
    }
}

/// The first and the last number of steps that lead from `from` to quanta from `low` to `high`.
fn along(from: Position, step: i64, (low, high): (i64, i64)) -> (i64, i64) {
    let (below, above) = (Position::start_of(low).0 - from.0, Position::end_of(high).0 - from.0);
    let ceiling = |a: i64, b: i64| -(-a).div_euclid(b);
    match step {
        0 if below <= 0 && 0 <= above => (i64::MIN, i64::MAX),
        0 => (i64::MAX, i64::MIN),
        1.. => (ceiling(below, step), above.div_euclid(step)),
        _ => (ceiling(-above, -step), (-below).div_euclid(-step)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_within_is_found_without_looking_at_each() {
        let mut rng = crate::rng::Key::new(9).rng();
        for round in 0..3000 {
            let mut any = |reach: f64| rng.uniform(-reach, reach);
            let reach = [0.5, 3.0, 400.0][round % 3];
            let step = if round % 7 == 0 { (0, fixed(any(1.0))) } else { (fixed(any(reach)), fixed(any(reach))) };
            let line = Line { from: (Position::of(any(60.0)), Position::of(any(60.0))), step };
            let (x, y) = ((-QUANTA / 2, 30 * QUANTA), (QUANTA - 64, 20 * QUANTA - 65));
            let inside = |n: usize| {
                let at = line.at(n);
                (x.0..=x.1).contains(&at.0.quantum()) && (y.0..=y.1).contains(&at.1.quantum())
            };
            let expected: Vec<usize> = (0..50).filter(|n| inside(*n)).collect();
            assert_eq!(line.within(x, y, 50).collect::<Vec<_>>(), expected, "{line:?}");
        }
    }
}

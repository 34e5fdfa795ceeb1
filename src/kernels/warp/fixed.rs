//! Coordinates as whole numbers, so that they are the same on every machine.

/// Bits of a coordinate behind the point.
pub(super) const FRACTION: u32 = 32;
/// Bits of a coordinate behind the point that weights are made from.
pub(super) const WEIGHT: u32 = 15;
/// Quanta in a pixel: coordinates are rounded to this fraction of one before they are read at.
pub(super) const QUANTA: i64 = 1 << WEIGHT;
/// From a coordinate to quanta.
const SHIFT: u32 = FRACTION - WEIGHT;
/// Coordinates beyond this many pixels are held there; no picture reaches as far.
const FAR: f64 = (1u64 << 28) as f64;

/// A coordinate with 32 bits behind the point, half a quantum further so that cutting it rounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Position(pub(super) i64);

impl Position {
    /// The position nearest to `coordinate`.
    pub(super) fn of(coordinate: f64) -> Self {
        Self(fixed(coordinate) + (1 << (SHIFT - 1)))
    }

    /// The first position of a quantum.
    pub(super) const fn start_of(quantum: i64) -> Self {
        Self(quantum << SHIFT)
    }

    /// The last position of a quantum.
    pub(super) const fn end_of(quantum: i64) -> Self {
        Self((quantum << SHIFT) + (1 << SHIFT) - 1)
    }

    /// The quantum that it lies in.
    pub(super) const fn quantum(self) -> i64 {
        self.0 >> SHIFT
    }

    /// The whole pixel before it, for positions inside a picture.
    pub(super) const fn whole(self) -> usize {
        (self.0 >> FRACTION) as usize
    }

    /// How far it is beyond that pixel, in quanta.
    pub(super) const fn beyond(self) -> i32 {
        (self.quantum() & (QUANTA - 1)) as i32
    }

    /// The pixel whose area it lies in.
    pub(super) const fn nearest(self) -> i64 {
        (self.quantum() + QUANTA / 2) >> WEIGHT
    }
}

/// One pixel as a step.
pub(super) const ONE: i64 = 1 << FRACTION;

/// `coordinate` with 32 bits behind the point.
pub(super) fn fixed(coordinate: f64) -> i64 {
    let held = if coordinate.is_finite() { coordinate.clamp(-FAR, FAR) } else { 0.0 };
    (held * ONE as f64 + 0.5).floor() as i64
}

/// The straight line in the source that a row of the output shows: a position and a step, for x and y.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) from: (Position, Position),
    pub(super) step: (i64, i64),
}

impl Line {
    /// The position that output pixel `x` shows.
    pub(super) fn at(&self, x: usize) -> (Position, Position) {
        let x = x as i64;
        let along = |from: Position, step: i64| Position(held(from.0.saturating_add(step.saturating_mul(x))));
        (along(self.from.0, self.step.0), along(self.from.1, self.step.1))
    }
}

/// Keeps what far lines reach within bounds that later sums cannot leave.
pub(super) fn held(position: i64) -> i64 {
    position.clamp(-(1 << 61), 1 << 61)
}

//! Where a coordinate beyond the picture is read: border rules as stretches of the axis on which the
//! reading goes on along a straight line.

use super::fixed::{Position, QUANTA};
use crate::units::FillMode;

/// What the axis shows on a stretch of positions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fold {
    /// The picture, this many quanta further on.
    Along(i64),
    /// The picture backwards: this sum less the position.
    Back(i64),
    /// One pixel, at this position.
    Held(i64),
    /// A blend of two pixels that are no neighbours, or of one and the fill colour.
    Rim,
    /// The fill colour.
    Outside,
}

/// A stretch of an axis, both ends included, in quanta.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::kernels) struct Stretch {
    pub(super) first: i64,
    pub(super) last: i64,
    pub(super) fold: Fold,
}

/// Beyond every position that a picture is read at.
const FAR: i64 = 1 << 45;

impl Stretch {
    const fn new(first: i64, last: i64, fold: Fold) -> Self {
        Self { first, last, fold }
    }

    /// The stretch that holds `position` on an axis of `len` pixels.
    ///
    /// On [`Fold::Along`] and [`Fold::Back`] the pixel after the one that is read is in the picture too.
    pub(in crate::kernels) fn at(position: i64, len: u32, mode: FillMode) -> Self {
        let last = (i64::from(len) - 1) * QUANTA;
        let one_pixel = last == 0 && !matches!(mode, FillMode::Constant | FillMode::Wrap);
        match position {
            _ if one_pixel => Self::new(-FAR, FAR, Fold::Held(0)),
            p if (0..last).contains(&p) => Self::new(0, last - 1, Fold::Along(0)),
            p if p == last => Self::new(last, last, Fold::Held(last)),
            p => match mode {
                FillMode::Nearest if p < 0 => Self::new(-FAR, -1, Fold::Held(0)),
                FillMode::Nearest => Self::new(last + 1, FAR, Fold::Held(last)),
                FillMode::Constant => constant(p, last),
                FillMode::Mirror => mirror(p, last),
                FillMode::Reflect => reflect(p, last),
                FillMode::Wrap => wrap(p, last),
            },
        }
    }

    /// The stretch that holds `position` for a line of whole pixels side by side, which reads no pixel after
    /// the last.
    pub(super) fn of_copy(position: i64, len: u32, mode: FillMode) -> Self {
        let last = (i64::from(len) - 1) * QUANTA;
        if (0..=last).contains(&position) { Self::new(0, last, Fold::Along(0)) } else { Self::at(position, len, mode) }
    }

    /// How many positions from `from` on, `step` apart, lie on this stretch, of so many; at least one if the first does.
    pub(super) fn steps(&self, from: Position, step: i64, most: u64) -> u64 {
        let room = match step {
            0 => return most,
            1.. => Position::end_of(self.last).0 - from.0,
            _ => from.0 - Position::start_of(self.first).0,
        } as u64;
        let step = step.unsigned_abs();
        // A division takes as long as some pixels, and most lines go on to their end.
        if (most - 1).saturating_mul(step) <= room { most } else { room / step + 1 }
    }

    /// Where reading starts and how it steps, for a line that comes from `from` by `step`.
    pub(in crate::kernels) fn line(&self, from: Position, step: i64) -> Option<(Position, i64)> {
        match self.fold {
            Fold::Along(offset) => Some((Position(from.0 + Position::start_of(offset).0), step)),
            Fold::Back(sum) => Some((Position(Position::end_of(sum).0 - from.0), -step)),
            Fold::Held(position) => Some((Position::start_of(position), 0)),
            Fold::Rim | Fold::Outside => None,
        }
    }
}

fn constant(p: i64, last: i64) -> Stretch {
    match p {
        _ if p <= -QUANTA => Stretch::new(-FAR, -QUANTA, Fold::Outside),
        _ if p < 0 => Stretch::new(1 - QUANTA, -1, Fold::Rim),
        _ if p < last + QUANTA => Stretch::new(last + 1, last + QUANTA - 1, Fold::Rim),
        _ => Stretch::new(last + QUANTA, FAR, Fold::Outside),
    }
}

/// `dcb|abcd|cba`: a period of forth and back.
fn mirror(p: i64, last: i64) -> Stretch {
    let start = p - p.rem_euclid(2 * last);
    match p - start {
        r if r < last => Stretch::new(start, start + last - 1, Fold::Along(-start)),
        r if r == last => Stretch::new(p, p, Fold::Held(last)),
        _ => Stretch::new(start + last + 1, start + 2 * last - 1, Fold::Back(start + 2 * last)),
    }
}

/// `dcba|abcd|dcba`: forth, a pixel's width of standing still, back, and again.
fn reflect(p: i64, last: i64) -> Stretch {
    let start = p - p.rem_euclid(2 * (last + QUANTA));
    let turn = start + last + QUANTA;
    match p - start {
        r if r < last => Stretch::new(start, start + last - 1, Fold::Along(-start)),
        r if r == last => Stretch::new(p, p, Fold::Held(last)),
        r if r <= last + QUANTA => Stretch::new(start + last + 1, turn, Fold::Held(last)),
        r if r < 2 * last + QUANTA => Stretch::new(turn + 1, turn + last - 1, Fold::Back(turn + last)),
        _ => Stretch::new(turn + last, turn + last + QUANTA - 1, Fold::Held(0)),
    }
}

/// `abcd|abcd|abcd`: between `d` and `a` lies a blend of both.
fn wrap(p: i64, last: i64) -> Stretch {
    let start = p - p.rem_euclid(last + QUANTA);
    match p - start {
        r if r < last => Stretch::new(start, start + last - 1, Fold::Along(-start)),
        r if r == last => Stretch::new(p, p, Fold::Held(last)),
        _ => Stretch::new(start + last + 1, start + last + QUANTA - 1, Fold::Rim),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MODES: [FillMode; 5] = [FillMode::Constant, FillMode::Nearest, FillMode::Reflect, FillMode::Mirror, FillMode::Wrap];

    /// Every stretch holds the position that asked for it, and answers alike for all it holds.
    #[test]
    fn stretches_tile_the_axis() {
        for len in [1, 2, 5] {
            for mode in MODES {
                let far = i64::from(len) * 5 * QUANTA;
                let mut at = -far;
                while at < far {
                    let stretch = Stretch::at(at, len, mode);
                    assert!(stretch.first <= at && at <= stretch.last, "{mode:?} {len} {at} {stretch:?}");
                    for p in
                        [stretch.first.max(-far), (stretch.first.max(-far) + stretch.last.min(far)) / 2, stretch.last.min(far)]
                    {
                        assert_eq!(Stretch::at(p, len, mode), stretch, "{mode:?} {len} {p}");
                    }
                    at = stretch.last + 1;
                }
            }
        }
    }

    /// At whole pixels every rule shows the pixel that `border_index` names.
    #[test]
    fn whole_positions_show_the_pixel_of_the_rule() {
        for len in [1u32, 2, 5] {
            for mode in MODES {
                for i in -23..23 {
                    let stretch = Stretch::at(i * QUANTA, len, mode);
                    let shown = stretch.line(Position::start_of(i * QUANTA), 0).map(|(position, _)| position.whole());
                    assert_eq!(shown, super::super::border_index(i, len, mode).map(|i| i as usize), "{mode:?} {len} {i}");
                }
            }
        }
    }
}

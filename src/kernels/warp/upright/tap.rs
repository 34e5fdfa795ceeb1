//! Which two pixels of an axis a position lies between, and where.

use super::super::bilinear::{ACROSS, weight};
use super::super::border_index;
use super::super::fixed::{Position, WEIGHT};
use super::super::fold::{Fold, Stretch};
use crate::units::{Border, FillMode};

/// Two pixels of an axis and the place between them; `None` is the fill colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tap {
    /// The pixel before the position.
    pub(super) near: Option<u32>,
    /// The pixel after it.
    pub(super) far: Option<u32>,
    /// How far it is beyond `near`, in quanta.
    pub(super) beyond: i32,
}

impl Tap {
    /// The blend of two pixels of `row`, in 120ths.
    pub(super) fn across(&self, row: &[u8], border: Border) -> [i16; 3] {
        let levels = |side: Option<u32>| match side {
            Some(x) => [row[x as usize * 3], row[x as usize * 3 + 1], row[x as usize * 3 + 2]],
            None => border.fill_value,
        };
        let (near, far, fx) = (levels(self.near), levels(self.far), weight(self.beyond));
        std::array::from_fn(|c| (i32::from(near[c]) * (ACROSS - fx) + i32::from(far[c]) * fx) as i16)
    }
}

/// Finds taps; neighbouring positions mostly lie on one stretch of the axis.
pub(super) struct Cursor {
    len: u32,
    mode: FillMode,
    stretch: Stretch,
}

impl Cursor {
    pub(super) fn new(len: u32, mode: FillMode) -> Self {
        Self { len, mode, stretch: Stretch::at(0, len, mode) }
    }

    /// The tap at `position`.
    pub(super) fn at(&mut self, position: Position) -> Tap {
        let quantum = position.quantum();
        if !(self.stretch.first..=self.stretch.last).contains(&quantum) {
            self.stretch = Stretch::at(quantum, self.len, self.mode);
        }
        let Some((folded, _)) = self.stretch.line(position, 0) else {
            let pixel = |i| border_index(i, self.len, self.mode);
            let before = quantum >> WEIGHT;
            return Tap { near: pixel(before), far: pixel(before + 1), beyond: position.beyond() };
        };
        let near = folded.whole() as u32;
        let far = if matches!(self.stretch.fold, Fold::Held(_)) { near } else { near + 1 };
        Tap { near: Some(near), far: Some(far), beyond: folded.beyond() }
    }
}

/// Fills `taps` with those of `count` positions from `from` on, `step` apart.
pub(super) fn line(from: Position, step: i64, len: u32, mode: FillMode, count: usize, taps: &mut Vec<Tap>) {
    let mut cursor = Cursor::new(len, mode);
    taps.clear();
    taps.extend((0..count as i64).map(|n| cursor.at(from.after(step, n))));
}

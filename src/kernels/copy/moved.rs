//! Maps of whole pixels.

use crate::image::Size;
use crate::kernels::matrix::Matrix;
use std::ops::Range;

/// A line of whole pixels of a source axis: output pixel `n` shows pixel `start + step * n`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Axis {
    pub(super) start: i64,
    /// 1 or -1.
    pub(super) step: i64,
    /// Pixels of the source along the axis.
    pub(super) side: u32,
}

impl Axis {
    fn of(start: f64, step: f64, side: u32) -> Option<Self> {
        // Further than any picture reaches; sums stay far within 64 bits.
        const FAR: f64 = (1u64 << 28) as f64;
        let whole = step.abs() == 1.0 && start.fract() == 0.0 && start.abs() <= FAR;
        whole.then_some(Self { start: start as i64, step: step as i64, side })
    }

    pub(super) fn at(self, n: usize) -> i64 {
        self.start + self.step * n as i64
    }

    /// Of `count` output pixels, those that show pixels of the source.
    pub(super) fn inside(self, count: u32) -> Range<usize> {
        let last = i64::from(self.side) - 1;
        let (first, end) = if self.step > 0 { (-self.start, last - self.start + 1) } else { (self.start - last, self.start + 1) };
        let within = |n: i64| n.clamp(0, i64::from(count)) as usize;
        within(first).min(within(end))..within(end)
    }
}

/// A map of whole pixels that mirrors rows, if at all, only where it turns them to columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Moved {
    /// Whether output columns follow the source's y axis, and output rows its x axis; else it is the other way.
    pub(super) turned: bool,
    /// What output columns show.
    pub(super) across: Axis,
    /// What output rows show.
    pub(super) down: Axis,
}

impl Moved {
    /// `map` on a picture of size `source`; `None` if it is no such map.
    pub(super) fn of(map: &Matrix, source: Size) -> Option<Self> {
        let Matrix([a, b, c, d, e, f]) = *map;
        let Size { width, height } = source;
        if b == 0.0 && d == 0.0 && a == 1.0 {
            return Some(Self { turned: false, across: Axis::of(c, a, width)?, down: Axis::of(f, e, height)? });
        }
        if a == 0.0 && e == 0.0 {
            return Some(Self { turned: true, across: Axis::of(f, d, height)?, down: Axis::of(c, b, width)? });
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_inside() {
        let axis = |start, step| Axis { start, step, side: 5 };
        assert_eq!(axis(0, 1).inside(5), 0..5);
        assert_eq!(axis(-2, 1).inside(9), 2..7);
        assert_eq!(axis(3, 1).inside(9), 0..2);
        assert_eq!(axis(4, -1).inside(9), 0..5);
        assert_eq!(axis(6, -1).inside(9), 2..7);
        assert_eq!(axis(-1, -1).inside(9).len(), 0);
        assert_eq!(axis(5, 1).inside(9).len(), 0);
        assert_eq!(axis(-20, 1).inside(9).len(), 0);
    }
}

//! Several kinds in one line, each as evenly as can be.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

/// Kinds by number, kind `k` so many times as `counts[k]` says: its j-th stands where (j + 1/2) / counts\[k\] of all
/// stand before it, so that every stretch of the line holds every kind in about its share. Equal counts take turns.
#[derive(Debug)]
pub(super) struct Turns {
    next: BinaryHeap<Reverse<Turn>>,
}

#[derive(Debug, PartialEq, Eq)]
struct Turn {
    /// Twice its number, and one more.
    odd: u64,
    count: u64,
    kind: usize,
}

impl Ord for Turn {
    fn cmp(&self, other: &Self) -> Ordering {
        let across = |a: &Self, b: &Self| u128::from(a.odd) * u128::from(b.count);
        across(self, other).cmp(&across(other, self)).then(self.kind.cmp(&other.kind))
    }
}

impl PartialOrd for Turn {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Turns {
    pub(super) fn new(counts: impl IntoIterator<Item = u64>) -> Self {
        let first = |(kind, count)| (count > 0).then_some(Reverse(Turn { odd: 1, count, kind }));
        Self { next: counts.into_iter().enumerate().filter_map(first).collect() }
    }
}

impl Iterator for Turns {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        let Reverse(turn) = self.next.pop()?;
        let (kind, odd) = (turn.kind, turn.odd + 2);
        if odd < 2 * turn.count {
            self.next.push(Reverse(Turn { odd, ..turn }));
        }
        Some(kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_counts_take_turns() {
        assert_eq!(Turns::new([2, 0, 2, 2]).collect::<Vec<_>>(), [0, 2, 3, 0, 2, 3]);
        assert_eq!(Turns::new([0, 0]).count(), 0);
    }

    #[test]
    fn every_stretch_holds_every_kind_in_its_share() {
        let counts = [40, 10, 25, 5];
        let line: Vec<usize> = Turns::new(counts).collect();
        for (kind, count) in counts.iter().enumerate() {
            assert_eq!(line.iter().filter(|k| **k == kind).count() as u64, *count);
            for stretch in line.windows(16) {
                let share = stretch.iter().filter(|k| **k == kind).count() as f64;
                assert!((share - 16.0 * *count as f64 / 80.0).abs() < 2.0, "{kind} {stretch:?}");
            }
        }
    }
}

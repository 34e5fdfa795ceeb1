//! What bits begin with, by one look: a code and its number, and where another code and its number are seen whole behind them,
//! these too. Whoever reads bits waits for each look, and so for half as many where two are seen.

use super::code::{Entry, LOOK};

/// In bytes, from the lowest: bits of all that was seen; how far the first moves the place in the block; how far the second does,
/// or 0 for none; bits of the first. Then the two numbers, of 16 bits each; the second is the first once more if there is none.
///
/// One of which not even the first was seen whole is an [`Entry`], with two other bytes in its middle.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pair(u64);

impl Pair {
    /// Of one code alone.
    pub(super) fn single(first: Entry) -> Self {
        let [bits, advance, low, high] = first.to_bytes();
        Self(u64::from_le_bytes([bits, advance, 0, bits, low, high, low, high]))
    }

    /// Of two.
    fn of(first: Entry, second: Entry) -> Self {
        let ([bits, advance, low, high], [more, next, below, above]) = (first.to_bytes(), second.to_bytes());
        Self(u64::from_le_bytes([bits + (more & 63), advance, next, bits, low, high, below, above]))
    }

    /// What all bits, as many as are looked at, begin with, where `seen` knows the first code of each.
    pub(super) fn all(seen: &[Entry; 1 << LOOK]) -> [Self; 1 << LOOK] {
        // One that was not seen has a bit above all these numbers.
        let bits = |entry: Entry| u32::from(entry.to_bytes()[0]);
        std::array::from_fn(|at| {
            let first = seen[at];
            let second = seen[at << (bits(first) & 15) & (seen.len() - 1)];
            // Both are made before, so that this is no branch: which are pairs, the processor would not foresee.
            let (alone, both) = (Self::single(first), Self::of(first, second));
            if bits(first) + bits(second) <= LOOK { both } else { alone }
        })
    }

    /// Whether not even the first was seen whole.
    #[inline(always)]
    pub(super) fn is_not_seen(self) -> bool {
        self.entry().is_not_seen()
    }

    /// The first.
    #[inline(always)]
    pub(super) fn entry(self) -> Entry {
        Entry::from_halves(self.0 as u16, (self.0 >> 32) as u16)
    }

    /// Bits of all codes and their numbers, in the lowest six bits.
    #[inline(always)]
    pub(super) fn bits(self) -> u32 {
        self.0 as u32
    }

    /// Bits of the first, in the lowest six bits.
    #[inline(always)]
    pub(super) fn bits_of_first(self) -> u32 {
        (self.0 >> 24) as u32
    }

    /// How far the place moves, and the number there, of the first.
    #[inline(always)]
    pub(super) fn first(self) -> (usize, i16) {
        ((self.0 >> 8 & 255) as usize, (self.0 >> 32) as i16)
    }

    /// The same of the second.
    #[inline(always)]
    pub(super) fn second(self) -> (usize, i16) {
        ((self.0 >> 16 & 255) as usize, (self.0 >> 48) as i16)
    }
}

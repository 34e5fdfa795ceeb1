//! Channels in another order.

use super::blocks::{Change, Planes, change};

/// Fills `target` with the pixels of `source`, channel `c` taken from channel `order[c]`.
///
/// # Panics
/// If they differ in length, or if there is no such channel.
pub fn shuffle(source: &[u8], order: [u8; 3], target: &mut [u8]) {
    change(source, &Shuffle(order.map(usize::from)), target);
}

struct Shuffle([usize; 3]);

impl Change for Shuffle {
    #[inline(always)]
    fn change(&self, from: &Planes, to: &mut Planes) {
        *to = self.0.map(|c| from[c]);
    }
}

#[cfg(test)]
mod tests {
    use super::super::blocks::assert_all_ways_agree;
    use super::*;

    #[test]
    fn a_channel_is_taken_from_where_the_order_says() {
        let mut made = [0; 6];
        shuffle(&[1, 2, 3, 4, 5, 6], [2, 0, 1], &mut made);
        assert_eq!(made, [3, 1, 2, 6, 4, 5]);
        assert_all_ways_agree(&Shuffle([1, 1, 0]));
    }
}

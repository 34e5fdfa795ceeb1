//! Draws a number from a table of how likely each is, in two steps whatever the table.
//!
//! # Algorithm
//! ```text
//! w_k = 2^32 P(k), whole numbers that add up to 2^32, for K = 2^b numbers k
//! each of K columns holds 2^32 / K of them: its own w_k, filled up from one other number
//! word = column (b bits), place in it: below the column's own share its number, else the other
//! ```
//! Walker, "An efficient method for generating discrete random variables with general distributions" (1977), in
//! Vose's form (1991), with whole numbers, so that nothing is lost.

/// The most numbers that there may be.
const MOST: usize = 512;

/// Fills the columns, each with its own share in the upper bits and the other number in the lower `b`; spends the
/// weights, which add up to 2^32.
///
/// # Panics
/// If there is not a column for each weight, or their number is no power of two up to 512.
pub(super) fn fill(weights: &mut [u64], columns: &mut [u32]) {
    let count = columns.len();
    assert!(count == weights.len() && count.is_power_of_two() && count <= MOST, "invariant: a column for each number");
    let bits = count.trailing_zeros();
    let full = (1u64 << 32) >> bits;
    // Stacks of the numbers that leave room in their column, and of those that fill it.
    let (mut poor, mut rich) = ([0u16; MOST], [0u16; MOST]);
    let (mut poors, mut riches) = (0, 0);
    for (k, weight) in weights.iter().enumerate() {
        // A full column has no share of its own, and itself as the other: so its share needs no more bits.
        columns[k] = k as u32;
        let (stack, height) = if *weight < full { (&mut poor, &mut poors) } else { (&mut rich, &mut riches) };
        stack[*height] = k as u16;
        *height += 1;
    }
    while poors > 0 && riches > 0 {
        poors -= 1;
        let (to, from) = (poor[poors] as usize, rich[riches - 1] as usize);
        columns[to] = (weights[to] as u32) << bits | from as u32;
        weights[from] -= full - weights[to];
        if weights[from] < full {
            riches -= 1;
            poor[poors] = from as u16;
            poors += 1;
        }
    }
}

/// The number that a word stands for, of `2^bits` columns.
#[inline(always)]
pub(super) fn draw(columns: &[u32], bits: u32, word: u32) -> u32 {
    let column = ((u64::from(word) << bits) >> 32) as u32;
    let held = columns[column as usize];
    let own = (word << bits) >> bits < held >> bits;
    if own { column } else { held & ((1 << bits) - 1) }
}

//! What a picture's channels hold: sums and histograms.

use super::Levels;

wide! {
    /// The sum of each channel.
    pub(super) fn sums(source: &[u8]) -> [u64; 3] = sums_by_columns;
}

#[inline(always)]
fn sums_by_columns(source: &[u8]) -> [u64; 3] {
    /// Bytes that are added at once: whole pixels, and few enough that 16 bits hold their column sums.
    const COLUMNS: usize = 48;
    let mut sums = [0u64; 3];
    for rows in source.chunks(COLUMNS * 256) {
        let mut columns = [0u16; COLUMNS];
        let whole = rows.chunks_exact(COLUMNS);
        for (i, level) in whole.remainder().iter().enumerate() {
            sums[i % 3] += u64::from(*level);
        }
        for row in whole {
            for (column, level) in columns.iter_mut().zip(row) {
                *column += u16::from(*level);
            }
        }
        for (i, column) in columns.iter().enumerate() {
            sums[i % 3] += u64::from(*column);
        }
    }
    sums
}

/// How often each channel has each level.
pub(super) type Counts = [[u32; 256]; 3];

pub(super) fn histogram(source: &[u8]) -> Counts {
    // Two of each, so that equal neighbours do not wait for each other.
    let mut counts = [[[0u32; 256]; 3]; 2];
    let pairs = source.chunks_exact(6);
    let odd_one = pairs.remainder();
    for pair in pairs {
        for (c, level) in pair.iter().enumerate() {
            counts[c / 3][c % 3][*level as usize] += 1;
        }
    }
    for (c, level) in odd_one.iter().enumerate() {
        counts[0][c % 3][*level as usize] += 1;
    }
    let [even, odd] = counts;
    [0, 1, 2].map(|c| std::array::from_fn(|v| even[c][v] + odd[c][v]))
}

/// The counts of the rounded levels that `tables` give.
pub(super) fn counts_after(counts: &Counts, tables: &Levels) -> Counts {
    let mut after = [[0; 256]; 3];
    for c in 0..3 {
        for (v, n) in counts[c].iter().enumerate() {
            after[c][(tables[c][v] + 0.5) as usize] += n;
        }
    }
    after
}

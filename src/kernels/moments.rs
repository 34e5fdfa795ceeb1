//! What the levels of a picture's channels add up to.

use super::{Work, widened};

/// Bytes that are added at once: whole pixels.
const COLUMNS: usize = 48;
/// Rows of such bytes whose sums fit 16 bits, and the sums of their squares 32.
const ROWS: usize = 256;

/// Exact sums of the levels of three channels, and of their squares.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Moments {
    /// The levels' sums.
    pub sums: [u64; 3],
    /// Their squares' sums.
    pub squares: [u64; 3],
}

/// The moments of `levels`; number i belongs to channel i mod 3.
pub fn moments(levels: &[u8]) -> Moments {
    widened(Count(levels))
}

struct Count<'a>(&'a [u8]);

impl Work for Count<'_> {
    type Output = Moments;

    #[inline(always)]
    fn run(self) -> Moments {
        let mut made = Moments::default();
        for rows in self.0.chunks(COLUMNS * ROWS) {
            let (mut sums, mut squares) = ([0u16; COLUMNS], [0u32; COLUMNS]);
            let (whole, rest) = rows.as_chunks::<COLUMNS>();
            for (i, level) in rest.iter().enumerate() {
                made.sums[i % 3] += u64::from(*level);
                made.squares[i % 3] += u64::from(*level).pow(2);
            }
            for row in whole {
                for i in 0..COLUMNS {
                    let level = u16::from(row[i]);
                    sums[i] += level;
                    squares[i] += u32::from(level * level);
                }
            }
            for i in 0..COLUMNS {
                made.sums[i % 3] += u64::from(sums[i]);
                made.squares[i % 3] += u64::from(squares[i]);
            }
        }
        made
    }
}

/// The least and the greatest level of each of three channels; number i belongs to channel i mod 3.
pub fn extremes(levels: &[u8]) -> [(u8, u8); 3] {
    widened(Extremes(levels))
}

struct Extremes<'a>(&'a [u8]);

impl Work for Extremes<'_> {
    type Output = [(u8, u8); 3];

    #[inline(always)]
    fn run(self) -> Self::Output {
        let (mut least, mut most) = ([u8::MAX; COLUMNS], [0; COLUMNS]);
        let (whole, rest) = self.0.as_chunks::<COLUMNS>();
        for (i, level) in rest.iter().enumerate() {
            (least[i], most[i]) = (least[i].min(*level), most[i].max(*level));
        }
        for row in whole {
            for i in 0..COLUMNS {
                (least[i], most[i]) = (least[i].min(row[i]), most[i].max(row[i]));
            }
        }
        let of = |columns: &[u8; COLUMNS], c: usize, better: fn(u8, u8) -> u8| {
            columns.iter().skip(c).step_by(3).copied().reduce(better).unwrap_or_default()
        };
        [0, 1, 2].map(|c| (of(&least, c, u8::min), of(&most, c, u8::max)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_level_counts_for_its_channel() {
        for count in [0, 1, 5, 48, 147, 48 * 256, 48 * 700 + 30] {
            let levels: Vec<u8> = (0..count).map(|i: usize| (i * 89 % 251) as u8).collect();
            let made = moments(&levels);
            for c in 0..3 {
                let own = || levels.iter().skip(c).step_by(3).map(|level| u64::from(*level));
                assert_eq!(made.sums[c], own().sum::<u64>());
                assert_eq!(made.squares[c], own().map(|level| level * level).sum::<u64>());
                if count > 3 {
                    let (least, most) = extremes(&levels)[c];
                    assert_eq!((Some(u64::from(least)), Some(u64::from(most))), (own().min(), own().max()), "{count}");
                }
            }
        }
    }

    #[test]
    fn white_fits() {
        let white = vec![255; 48 * 256];
        assert_eq!(moments(&white), Moments { sums: [255 * 16 * 256; 3], squares: [65_025 * 16 * 256; 3] });
    }
}

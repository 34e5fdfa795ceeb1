//! About how many bits frequencies take, so that cheap ways are taken where they are as good.

use super::steps::ZIGZAG;
use super::transform::Block;

/// What a number of steps takes, in 256ths of a bit: 0 to 15, before more of them are counted by their bits.
const STEPS: [u32; 16] = [160, 560, 930, 1130, 1230, 1400, 1540, 1640, 1740, 1800, 1860, 1920, 1980, 2030, 2080, 2130];

/// That a block has nothing, or nothing more.
const EMPTY: u32 = 120;
const END: u32 = 200;

/// About what the steps of a block take, from the frequency `first` of the order in the file on, in 256ths of a bit.
#[inline(always)]
pub(super) fn cost(steps: &Block, first: usize) -> u64 {
    let mut there = 0u32;
    for (i, place) in ZIGZAG.iter().enumerate().skip(first) {
        there |= u32::from(steps[*place] != 0) << i;
    }
    if there == 0 {
        return u64::from(EMPTY);
    }
    let last = there.ilog2() as usize;
    let mut sum = STEPS[0] * (last + 1 - first) as u32 + if last < 15 { END } else { 0 };
    while there != 0 {
        let size = steps[ZIGZAG[there.trailing_zeros() as usize & 15]].unsigned_abs();
        sum += if size < 16 { STEPS[size as usize] } else { STEPS[15] + 512 * (size.ilog2() - 3) } - STEPS[0];
        there &= there - 1;
    }
    u64::from(sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_costs_more() {
        let mut steps = [0; 16];
        let mut before = cost(&steps, 0);
        for (at, size) in [(0, 1), (0, 3), (1, 1), (15, 1), (15, 17), (15, -2047)] {
            steps[at] = size;
            assert!(cost(&steps, 0) > before);
            before = cost(&steps, 0);
        }
        assert_eq!(cost(&[5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], 1), u64::from(EMPTY));
    }
}

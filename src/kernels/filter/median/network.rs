//! Medians of 9 and of 25 levels by comparisons alone, for a whole row at a time.

use crate::kernels::filter::lines::CHANNELS;
use crate::kernels::filter::weigh::{BLOCK, block};

/// The lower and the higher of two.
#[inline(always)]
fn order(levels: &mut [u8], i: usize, j: usize) {
    (levels[i], levels[j]) = (levels[i].min(levels[j]), levels[i].max(levels[j]));
}

/// Sorts the three levels of every column.
#[inline(always)]
pub(crate) fn sort_3(rows: [&[u8]; 3], sorted: [&mut [u8]; 3]) {
    sort(rows, sorted, &[(0, 1), (1, 2), (0, 1)]);
}

/// Nine comparisons that sort five (Knuth, "The art of computer programming", volume 3, 5.3.4).
const NETWORK_5: [(usize, usize); 9] = [(0, 1), (3, 4), (2, 4), (2, 3), (1, 4), (0, 3), (0, 2), (1, 3), (1, 2)];

/// Sorts the five levels of every column.
#[inline(always)]
pub(crate) fn sort_5(rows: [&[u8]; 5], sorted: [&mut [u8]; 5]) {
    sort(rows, sorted, &NETWORK_5);
}

#[inline(always)]
fn ordered<const N: usize, const C: usize>(mut levels: [u8; N], network: &[(usize, usize); C]) -> [u8; N] {
    for (a, b) in network {
        order(&mut levels, *a, *b);
    }
    levels
}

#[inline(always)]
fn sort<const N: usize, const C: usize>(rows: [&[u8]; N], sorted: [&mut [u8]; N], network: &[(usize, usize); C]) {
    let len = rows[0].len();
    let mut sorted = sorted;
    let whole = len - len % BLOCK;
    for at in (0..whole).step_by(BLOCK) {
        let rows = rows.map(|row| block(row, at));
        let mut made = [[0; BLOCK]; N];
        for i in 0..BLOCK {
            let levels: [u8; N] = ordered(std::array::from_fn(|j| rows[j][i]), network);
            for j in 0..N {
                made[j][i] = levels[j];
            }
        }
        for (line, made) in sorted.iter_mut().zip(made) {
            line[at..at + BLOCK].copy_from_slice(&made);
        }
    }
    for i in whole..len {
        let levels: [u8; N] = ordered(std::array::from_fn(|j| rows[j][i]), network);
        for j in 0..N {
            sorted[j][i] = levels[j];
        }
    }
}

/// Fills `target` with what `middle` makes of the `N` by `N` levels from each place on, by rank and column.
#[inline(always)]
fn middles<const N: usize>(sorted: [&[u8]; N], target: &mut [u8], middle: impl Fn([[u8; N]; N]) -> u8) {
    let len = target.len();
    let lines: [[&[u8]; N]; N] = sorted.map(|line| std::array::from_fn(|k| &line[k * CHANNELS..][..len]));
    let whole = len - len % BLOCK;
    for (at, target) in target[..whole].as_chunks_mut::<BLOCK>().0.iter_mut().enumerate() {
        let lines = lines.map(|rank| rank.map(|line| block(line, at * BLOCK)));
        for i in 0..BLOCK {
            target[i] = middle(lines.map(|rank| rank.map(|line| line[i])));
        }
    }
    for i in whole..len {
        target[i] = middle(lines.map(|rank| rank.map(|line| line[i])));
    }
}

/// The medians of three sorted columns side by side.
///
/// # Algorithm
/// Of nine levels in sorted columns the median is the median of the highest low one, the middle middle one and
/// the lowest high one (Paeth, "Median finding on a 3x3 grid", Graphics Gems, 1990).
#[inline(always)]
pub(crate) fn middle_of_9(sorted: [&[u8]; 3], target: &mut [u8]) {
    middles(sorted, target, |[low, mid, high]| {
        let low = low[0].max(low[1]).max(low[2]);
        let high = high[0].min(high[1]).min(high[2]);
        middle_of_3(low, middle_of_3(mid[0], mid[1], mid[2]), high)
    });
}

#[inline(always)]
fn middle_of_3(a: u8, b: u8, c: u8) -> u8 {
    a.min(b).max(a.max(b).min(c))
}

/// The medians of five sorted columns side by side.
///
/// # Algorithm
/// Sorting each rank across the columns leaves the columns sorted. Level `j` of rank `i` (from 0) then has
/// `(i + 1) (j + 1) - 1` levels that are no higher and `(5 - i) (5 - j) - 1` that are no lower, so only the three
/// diagonals about `i + j = 4` can hold the median. Sorted, the `k`-th of the diagonal before is no higher than the
/// `k`-th of the middle one, and the `k`-th of the one behind no lower than its `k + 1`-th, which leaves three: the
/// highest before, the middle one of the middle, and the lowest behind.
#[inline(always)]
pub(crate) fn middle_of_25(sorted: [&[u8]; 5], target: &mut [u8]) {
    let len = target.len();
    let whole = len - len % BLOCK;
    for (at, target) in target[..whole].as_chunks_mut::<BLOCK>().0.iter_mut().enumerate() {
        // Rank by rank: all 25 at once are more than there are registers.
        let side_by_side = |j: usize| std::array::from_fn(|k| block(sorted[j], at * BLOCK + k * CHANNELS));
        let [a4, a5] = choose(side_by_side(0), highest_2);
        let [b3, b4, b5] = choose(side_by_side(1), highest_3);
        let [c2, c3, c4] = choose(side_by_side(2), middle_3);
        let [d1, d2, d3] = choose(side_by_side(3), lowest_3);
        let [e1, e2] = choose(side_by_side(4), lowest_2);
        for i in 0..BLOCK {
            let before = a4[i].max(b3[i]).max(c2[i].max(d1[i]));
            let behind = b5[i].min(c4[i]).min(d3[i].min(e2[i]));
            target[i] = middle_of_3(before, middle_of_5([a5[i], b4[i], c3[i], d2[i], e1[i]]), behind);
        }
    }
    for i in whole..len {
        let rank = |j: usize| -> [u8; 5] { std::array::from_fn(|k| sorted[j][i + k * CHANNELS]) };
        let ([a4, a5], [b3, b4, b5]) = (highest_2(rank(0)), highest_3(rank(1)));
        let [c2, c3, c4] = middle_3(rank(2));
        let ([d1, d2, d3], [e1, e2]) = (lowest_3(rank(3)), lowest_2(rank(4)));
        let (before, behind) = (a4.max(b3).max(c2.max(d1)), b5.min(c4).min(d3.min(e2)));
        target[i] = middle_of_3(before, middle_of_5([a5, b4, c3, d2, e1]), behind);
    }
}

/// What `choose` takes of each five levels side by side.
#[inline(always)]
fn choose<const M: usize>(levels: [&[u8; BLOCK]; 5], choose: impl Fn([u8; 5]) -> [u8; M]) -> [[u8; BLOCK]; M] {
    let mut chosen = [[0; BLOCK]; M];
    for i in 0..BLOCK {
        let made = choose([levels[0][i], levels[1][i], levels[2][i], levels[3][i], levels[4][i]]);
        for j in 0..M {
            chosen[j][i] = made[j];
        }
    }
    chosen
}

#[inline(always)]
fn middle_of_5([a, b, c, d, e]: [u8; 5]) -> u8 {
    middle_of_3(a.min(b).max(c.min(d)), a.max(b).min(c.max(d)), e)
}

/// The second highest and the highest.
#[inline(always)]
fn highest_2([a, b, c, d, e]: [u8; 5]) -> [u8; 2] {
    let (mut second, mut first) = (a.min(b), a.max(b));
    for level in [c, d, e] {
        second = second.max(first.min(level));
        first = first.max(level);
    }
    [second, first]
}

/// The lowest and the second lowest.
#[inline(always)]
fn lowest_2([a, b, c, d, e]: [u8; 5]) -> [u8; 2] {
    let (mut first, mut second) = (a.min(b), a.max(b));
    for level in [c, d, e] {
        second = second.min(first.max(level));
        first = first.min(level);
    }
    [first, second]
}

/// The three highest, in order.
#[inline(always)]
fn highest_3([a, b, c, d, e]: [u8; 5]) -> [u8; 3] {
    let mut highest = [a, b, c];
    order(&mut highest, 0, 1);
    order(&mut highest, 1, 2);
    order(&mut highest, 0, 1);
    for level in [d, e] {
        let [third, second, first] = highest;
        highest = [third.max(second.min(level)), second.max(first.min(level)), first.max(level)];
    }
    highest
}

/// The three lowest, in order.
#[inline(always)]
fn lowest_3([a, b, c, d, e]: [u8; 5]) -> [u8; 3] {
    let mut lowest = [a, b, c];
    order(&mut lowest, 0, 1);
    order(&mut lowest, 1, 2);
    order(&mut lowest, 0, 1);
    for level in [d, e] {
        let [first, second, third] = lowest;
        lowest = [first.min(level), second.min(first.max(level)), third.min(second.max(level))];
    }
    lowest
}

/// The three in the middle, in order.
#[inline(always)]
fn middle_3(mut levels: [u8; 5]) -> [u8; 3] {
    for (i, j) in NETWORK_5 {
        order(&mut levels, i, j);
    }
    let [_, middle @ .., _] = levels;
    middle
}

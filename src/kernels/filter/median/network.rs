//! Medians of 9 and of 25 levels by comparisons alone, for a whole row at a time.

use crate::kernels::filter::lines::CHANNELS;

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
fn sort<const N: usize, const C: usize>(rows: [&[u8]; N], sorted: [&mut [u8]; N], network: &[(usize, usize); C]) {
    let len = rows[0].len();
    let rows = rows.map(|row| &row[..len]);
    let sorted = sorted.map(|line| &mut line[..len]);
    for i in 0..len {
        let mut levels: [u8; N] = std::array::from_fn(|j| rows[j][i]);
        for (a, b) in network {
            order(&mut levels, *a, *b);
        }
        for j in 0..N {
            sorted[j][i] = levels[j];
        }
    }
}

/// The medians of three sorted columns side by side.
///
/// # Algorithm
/// Of nine levels in sorted columns the median is the median of the highest low one, the middle middle one and
/// the lowest high one (Paeth, "Median finding on a 3x3 grid", Graphics Gems, 1990).
#[inline(always)]
pub(crate) fn middle_of_9(sorted: [&[u8]; 3], target: &mut [u8]) {
    let len = target.len();
    let at = |j: usize, k: usize| &sorted[j][k * CHANNELS..][..len];
    let [low, mid, high] = [0, 1, 2].map(|j| [at(j, 0), at(j, 1), at(j, 2)]);
    for i in 0..len {
        let low = low[0][i].max(low[1][i]).max(low[2][i]);
        let mid = middle_of_3(mid[0][i], mid[1][i], mid[2][i]);
        let high = high[0][i].min(high[1][i]).min(high[2][i]);
        target[i] = middle_of_3(low, mid, high);
    }
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
    let lines: [[&[u8]; 5]; 5] = std::array::from_fn(|j| std::array::from_fn(|k| &sorted[j][k * CHANNELS..][..len]));
    for i in 0..len {
        let rank = |j: usize| -> [u8; 5] { std::array::from_fn(|k| lines[j][k][i]) };
        let (a4, a5) = highest_2(rank(0));
        let [b3, b4, b5] = highest_3(rank(1));
        let [c2, c3, c4] = middle_3(rank(2));
        let [d1, d2, d3] = lowest_3(rank(3));
        let (e1, e2) = lowest_2(rank(4));
        let before = a4.max(b3).max(c2.max(d1));
        let middle = middle_of_5([a5, b4, c3, d2, e1]);
        let behind = b5.min(c4).min(d3.min(e2));
        target[i] = middle_of_3(before, middle, behind);
    }
}

#[inline(always)]
fn middle_of_5([a, b, c, d, e]: [u8; 5]) -> u8 {
    middle_of_3(a.min(b).max(c.min(d)), a.max(b).min(c.max(d)), e)
}

/// The second highest and the highest.
#[inline(always)]
fn highest_2([a, b, c, d, e]: [u8; 5]) -> (u8, u8) {
    let (mut second, mut first) = (a.min(b), a.max(b));
    for level in [c, d, e] {
        second = second.max(first.min(level));
        first = first.max(level);
    }
    (second, first)
}

/// The lowest and the second lowest.
#[inline(always)]
fn lowest_2([a, b, c, d, e]: [u8; 5]) -> (u8, u8) {
    let (mut first, mut second) = (a.min(b), a.max(b));
    for level in [c, d, e] {
        second = second.min(first.max(level));
        first = first.min(level);
    }
    (first, second)
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

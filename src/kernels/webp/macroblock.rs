//! One macroblock after another: the guess that is left of it for the fewest bits, and what is made of that.

use super::cost::cost;
use super::planes::{Plane, Planes};
use super::predict::{Levels, PART_COSTS, PARTS, Sides, WHOLE, parts};
use super::steps::{Segment, Steps};
use super::transform::{Block, forward, forward_means, inverse, inverse_means};

/// What guesses of [`WHOLE`] cost, in 256ths of a bit: luma, chroma.
const WHOLE_COSTS: [[u64; 4]; 2] = [[663, 919, 872, 919], [302, 984, 439, 642]];

/// What it costs to say that luma is guessed in parts.
const IN_PARTS: u64 = 211;

/// What a guess costs less if a neighbour has it too.
const SAME: u32 = 250;

/// What frequencies cost more that are so few that the block turns flat.
const FLAT: u64 = 140;

/// How many guesses are tried after a first look.
const TRIED: usize = 3;

/// An error, squared and summed, and about how many 256ths of a bit it took to have no larger one.
#[derive(Clone, Copy, Debug, Default)]
struct Price {
    error: u64,
    bits: u64,
}

impl Price {
    #[inline(always)]
    fn at(self, weight: u64) -> u64 {
        256 * self.error + weight * self.bits
    }

    fn add(&mut self, other: Self) {
        self.error += other.error;
        self.bits += other.bits;
    }
}

#[inline(always)]
fn squares(a: &Levels, b: &Levels) -> u64 {
    let (a, b) = (a.as_flattened(), b.as_flattened());
    let mut sum = 0;
    for i in 0..16 {
        let off = i32::from(a[i]) - i32::from(b[i]);
        sum += off * off;
    }
    u64::from(sum.unsigned_abs())
}

/// The places of the least `prices`, the least first.
#[inline(always)]
fn least<const N: usize, const M: usize>(mut prices: [u64; N]) -> [usize; M] {
    let mut places = [0; M];
    for to in &mut places {
        let mut least = 0;
        for place in 1..N {
            if prices[place] < prices[least] {
                least = place;
            }
        }
        *to = least;
        prices[least] = u64::MAX;
    }
    places
}

/// What is made of a macroblock's luma as a whole.
struct WholeLuma {
    blocks: [Levels; 16],
    price: Price,
    /// The steps of the means.
    means: Block,
    others: bool,
}

/// Makes a macroblock anew in `made` from `source`; `guessed` are the guesses of the parts above and left of it, and
/// then its own. Says whether there are edges inside to be smoothed.
#[inline(always)]
pub(super) fn make(
    source: &Planes,
    made: &mut Planes,
    (column, row): (usize, usize),
    segment: &mut Segment,
    guessed: &mut Guessed<'_>,
) -> bool {
    let whole = whole_luma(&source.luma, &made.luma, (column, row), segment);
    let in_parts = luma_in_parts(&source.luma, &mut made.luma, (column, row), segment, guessed, whole.price);
    let colour = chroma(source, made, (column, row), segment);
    if in_parts {
        return true;
    }
    guessed.above.fill(0);
    guessed.left.fill(0);
    let at = made.luma.at(16 * column, 16 * row);
    for (i, block) in whole.blocks.iter().enumerate() {
        let begin = at + i / 4 * 4 * made.luma.stride + i % 4 * 4;
        made.luma.put(begin, block);
    }
    let means = whole.means.iter().any(|steps| *steps != 0);
    // The strongest step from one block to the next where nothing else tells of one.
    if means && !whole.others && whole.price.error > segment.alone_beyond {
        let steepest = [1, 2, 4].iter().map(|i| whole.means[*i].abs()).max().unwrap_or(0);
        segment.alone = segment.alone.max(steepest);
    }
    means || whole.others || colour
}

/// The guesses of the blocks above a macroblock, and of those left of it.
pub(super) struct Guessed<'a> {
    pub(super) above: &'a mut [u8],
    pub(super) left: &'a mut [u8; 4],
}

/// The best guess of a macroblock's luma as a whole.
#[inline(always)]
fn whole_luma(source: &Plane, made: &Plane, (column, row): (usize, usize), segment: &Segment) -> WholeLuma {
    let sides = Sides::<16>::of(made, column, row);
    let at = source.at(16 * column, 16 * row);
    let (mut blocks, mut first) = ([[[0; 4]; 4]; 16], [0; 4]);
    for (i, block) in blocks.iter_mut().enumerate() {
        *block = source.block(at + i / 4 * 4 * source.stride + i % 4 * 4);
        for (mode, first) in WHOLE.iter().zip(&mut first) {
            *first += squares(block, &sides.guess(*mode, i % 4 * 4, i / 4 * 4));
        }
    }
    let [near, next]: [usize; 2] = least(first);
    let mut best = try_whole(&blocks, &sides, near, segment);
    let other = try_whole(&blocks, &sides, next, segment);
    if other.price.at(segment.whole_weight) < best.price.at(segment.whole_weight) {
        best = other;
    }
    best
}

#[inline(always)]
fn try_whole(source: &[Levels; 16], sides: &Sides<16>, mode: usize, segment: &Segment) -> WholeLuma {
    let (mut blocks, mut frequencies, mut means) = ([[[0; 4]; 4]; 16], [[0; 16]; 16], [0; 16]);
    for i in 0..16 {
        blocks[i] = sides.guess(WHOLE[mode], i % 4 * 4, i / 4 * 4);
        frequencies[i] = forward(&source[i], &blocks[i]);
        means[i] = frequencies[i][0];
        frequencies[i][0] = 0;
    }
    let means = segment.means.cut(&forward_means(&means));
    let back = inverse_means(&segment.means.raise(&means));
    let (mut price, mut others) = (Price { error: 0, bits: WHOLE_COSTS[0][mode] + cost(&means, 0) }, false);
    for i in 0..16 {
        let steps = segment.luma.cut(&frequencies[i]);
        others |= steps != [0; 16];
        price.bits += cost(&steps, 1);
        let mut raised = segment.luma.raise(&steps);
        raised[0] = back[i];
        blocks[i] = inverse(&raised, &blocks[i]);
        price.error += squares(&source[i], &blocks[i]);
    }
    WholeLuma { blocks, price, means, others }
}

/// One block after a guess.
struct Tried {
    block: Levels,
    steps: Block,
    price: Price,
}

#[inline(always)]
fn try_guess(source: &Levels, guess: &Levels, steps: &Steps) -> Tried {
    let cut = steps.cut(&forward(source, guess));
    let block = inverse(&steps.raise(&cut), guess);
    let price = Price { error: squares(source, &block), bits: cost(&cut, 0) };
    Tried { block, steps: cut, price }
}

/// Makes a macroblock's luma in parts, unless that comes to more than `limit`; says whether it was made.
#[inline(always)]
fn luma_in_parts(
    source: &Plane,
    made: &mut Plane,
    (column, row): (usize, usize),
    segment: &Segment,
    guessed: &mut Guessed<'_>,
    limit: Price,
) -> bool {
    let at = made.at(16 * column, 16 * row);
    let above = at + 16 - made.stride;
    let beyond: [u8; 4] = std::array::from_fn(|x| made.bytes[above + x]);
    let limit = limit.at(segment.mode_weight);
    let mut price = Price { error: 0, bits: IN_PARTS };
    for i in 0..16 {
        let (x, y) = (i % 4, i / 4);
        let begin = at + 4 * y * made.stride + 4 * x;
        // Right of the last column what is above the macroblock stands for rows that are not made yet.
        let behind: [u8; 4] = match x {
            3 => beyond,
            _ => std::array::from_fn(|k| made.bytes[begin - made.stride + 4 + k]),
        };
        let guesses = parts(made, begin, behind);
        // The planes are laid out alike.
        let from = source.block(begin);
        let (mode, tried) = best_part(&from, &guesses, [guessed.above[x], guessed.left[y]], segment);
        price.add(tried.price);
        if price.at(segment.mode_weight) >= limit {
            return false;
        }
        (guessed.above[x], guessed.left[y]) = (mode as u8, mode as u8);
        made.put(begin, &tried.block);
    }
    true
}

/// The best guess of a block, and what is made of it; `same` are the guesses above and left.
#[inline(always)]
fn best_part(source: &Levels, guesses: &[Levels; PARTS], same: [u8; 2], segment: &Segment) -> (usize, Tried) {
    let (mut costs, mut first) = ([0; PARTS], [0; PARTS]);
    for mode in 0..PARTS {
        let less = if same.contains(&(mode as u8)) { SAME } else { 0 };
        costs[mode] = u64::from(PART_COSTS[mode] - less);
        first[mode] = 256 * squares(source, &guesses[mode]) + segment.part_weight * costs[mode];
    }
    let [mode, others @ ..]: [usize; TRIED] = least(first);
    let attempt = |mode: usize| {
        let mut tried = try_guess(source, &guesses[mode], &segment.luma);
        tried.price.bits += costs[mode];
        let few = tried.steps[1..].iter().filter(|steps| **steps != 0).count() <= 3;
        let flat = if mode > 0 && few { FLAT } else { 0 };
        (tried.price.at(segment.part_weight) + segment.part_weight * flat, tried)
    };
    let (mut best, mut sum_and_tried) = (mode, attempt(mode));
    for mode in others {
        let other = attempt(mode);
        if other.0 < sum_and_tried.0 {
            (best, sum_and_tried) = (mode, other);
        }
    }
    (best, sum_and_tried.1)
}

/// Makes the chroma of a macroblock, whose planes share a guess; says whether any frequency is left.
#[inline(always)]
fn chroma(source: &Planes, made: &mut Planes, (column, row): (usize, usize), segment: &Segment) -> bool {
    let sides = [Sides::<8>::of(&made.blue, column, row), Sides::<8>::of(&made.red, column, row)];
    let (at, stride) = (made.blue.at(8 * column, 8 * row), made.blue.stride);
    let begin = |i: usize| at + i / 2 % 2 * 4 * stride + i % 2 * 4;
    let (mut blocks, mut first) = ([[[0; 4]; 4]; 8], [0; 4]);
    for (i, block) in blocks.iter_mut().enumerate() {
        *block = if i < 4 { source.blue.block(begin(i)) } else { source.red.block(begin(i)) };
        for (mode, first) in WHOLE.iter().zip(&mut first) {
            *first += squares(block, &sides[i / 4].guess(*mode, i % 2 * 4, i / 2 % 2 * 4));
        }
    }
    let [near, next]: [usize; 2] = least(first);
    let mut best = try_chroma(&blocks, &sides, near, segment);
    let other = try_chroma(&blocks, &sides, next, segment);
    if other.price.at(segment.chroma_weight) < best.price.at(segment.chroma_weight) {
        best = other;
    }
    for (i, block) in best.blocks.iter().enumerate() {
        let plane = if i < 4 { &mut made.blue } else { &mut made.red };
        plane.put(begin(i), block);
    }
    best.something
}

/// What is made of a macroblock's chroma: four blocks of either plane.
struct Chroma {
    blocks: [Levels; 8],
    price: Price,
    something: bool,
}

#[inline(always)]
fn try_chroma(source: &[Levels; 8], sides: &[Sides<8>; 2], mode: usize, segment: &Segment) -> Chroma {
    let price = Price { error: 0, bits: WHOLE_COSTS[1][mode] };
    let mut made = Chroma { blocks: [[[0; 4]; 4]; 8], price, something: false };
    for i in 0..8 {
        let tried = try_guess(&source[i], &sides[i / 4].guess(WHOLE[mode], i % 2 * 4, i / 2 % 2 * 4), &segment.chroma);
        made.blocks[i] = tried.block;
        made.price.add(tried.price);
        made.something |= tried.steps != [0; 16];
    }
    made
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_come_first() {
        assert_eq!(least::<5, 3>([7, 3, 9, 3, 1]), [4, 1, 3]);
    }

    #[test]
    fn errors_are_squared() {
        assert_eq!(squares(&[[0; 4]; 4], &[[255; 4]; 4]), 16 * 255 * 255);
    }
}

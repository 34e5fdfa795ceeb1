//! From the numbers of a JPEG file to levels, as zune-jpeg makes them: the same transform as that of [`super::dct`], with
//! constants of 12 bits, and chroma doubled in two steps that are rounded each.

use super::dct::Lane;
#[cfg(target_arch = "x86_64")]
use super::levels_avx2;
use std::num::Wrapping;

/// The numbers of a block as they are in a file, row by row, each in steps of a table.
pub type Block = [i16; 64];
/// What a step of each is: eight of them are never in two lines of the cache.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(align(64))]
pub struct Steps(pub [i32; 64]);

/// Fills eight rows of eight levels, `stride` apart, with what a block of frequencies shows, in whose first place `mean` stands. (Put there
/// before, it would keep vectors from being loaded until it has come to the cache, which takes as long as all else.)
///
/// # Panics
/// If `target` is shorter.
pub fn to_levels(block: &Block, mean: i16, steps: &Steps, target: &mut [u8], stride: usize) {
    assert!(target.len() >= 7 * stride + 8, "invariant: room for eight rows");
    #[cfg(target_arch = "x86_64")]
    if crate::kernels::cpu::avx2() {
        return levels_avx2::to_levels(block, mean, steps, target, stride);
    }
    plain(block, mean, steps, target, stride);
}

/// The level of a block that is nothing but its mean.
pub(super) fn flat(mean: i16, step: i32) -> u8 {
    ((i32::from(mean) * step + 4 + (128 << 3)) >> 3).clamp(0, 255) as u8
}

/// [`to_levels`] for any machine.
fn plain(block: &Block, mean: i16, steps: &Steps, target: &mut [u8], stride: usize) {
    if block[1..].iter().all(|number| *number == 0) {
        let level = flat(mean, steps.0[0]);
        return target.chunks_mut(stride).take(8).for_each(|row| row[..8].fill(level));
    }
    let number = |at: usize| Wrapping(i32::from(if at == 0 { mean } else { block[at] }) * steps.0[at]);
    let mut lines: [[Wrapping<i32>; 8]; 8] = std::array::from_fn(|y| std::array::from_fn(|x| number(8 * y + x)));
    for x in 0..8 {
        let column = to_samples::<_, 10>(lines.map(|line| line[x]));
        lines.iter_mut().zip(column).for_each(|(line, sample)| line[x] = sample);
    }
    for (line, row) in lines.iter().zip(target.chunks_mut(stride)) {
        let samples = to_samples::<_, 17>(*line);
        row.iter_mut().zip(samples).for_each(|(level, sample)| *level = sample.0.clamp(0, 255) as u8);
    }
}

/// Numbers around each other as in a file that is damaged, rather than none.
impl Lane for Wrapping<i32> {
    #[inline(always)]
    fn all(value: i32) -> Self {
        Self(value)
    }

    #[inline(always)]
    fn plus(self, other: Self) -> Self {
        self + other
    }

    #[inline(always)]
    fn minus(self, other: Self) -> Self {
        self - other
    }

    #[inline(always)]
    fn times(self, factor: i32) -> Self {
        self * Self(factor)
    }

    #[inline(always)]
    fn up<const BITS: i32>(self) -> Self {
        Self(self.0 << BITS)
    }

    #[inline(always)]
    fn down<const BITS: i32>(self) -> Self {
        Self((self + Self(1 << (BITS - 1))).0 >> BITS)
    }
}

/// Eight frequencies to eight samples with `DOWN` bits less, after the second pass about 128.
#[inline(always)]
pub(super) fn to_samples<L: Lane, const DOWN: i32>(x: [L; 8]) -> [L; 8] {
    // The second pass adds the half of the first once more.
    let more = L::all(if DOWN == 17 { 512 + (128 << 17) } else { 0 });
    let (sum, difference) = (x[0].plus(x[4]).up::<12>().plus(more), x[0].minus(x[4]).up::<12>().plus(more));
    let both = x[2].plus(x[6]).times(2217);
    let (a, b) = (both.plus(x[2].times(3135)), both.plus(x[6].times(-7567)));
    let (e0, e1, e2, e3) = (sum.plus(a), difference.plus(b), difference.minus(b), sum.minus(a));
    let (left, right) = (x[7].plus(x[3]), x[5].plus(x[1]));
    let all = left.plus(right).times(4816);
    let outer = all.plus(x[7].plus(x[1]).times(-3685));
    let inner = all.plus(x[5].plus(x[3]).times(-10497));
    let (left, right) = (left.times(-8034), right.times(-1597));
    let o0 = x[1].times(6149).plus(outer).plus(right);
    let o1 = x[3].times(12586).plus(inner).plus(left);
    let o2 = x[5].times(8410).plus(inner).plus(right);
    let o3 = x[7].times(1223).plus(outer).plus(left);
    [
        e0.plus(o0).down::<DOWN>(),
        e1.plus(o1).down::<DOWN>(),
        e2.plus(o2).down::<DOWN>(),
        e3.plus(o3).down::<DOWN>(),
        e3.minus(o3).down::<DOWN>(),
        e2.minus(o2).down::<DOWN>(),
        e1.minus(o1).down::<DOWN>(),
        e0.minus(o0).down::<DOWN>(),
    ]
}

wide! {
    /// A row between `near` and the next row but one, `far`: three quarters and one.
    ///
    /// # Panics
    /// If one is shorter than `target`.
    pub fn doubled_down(near: &[u8], far: &[u8], target: &mut [u8]) = blend_down;

    /// Fills `target` with twice as many levels as `row` has, each three quarters of the nearest and one of the next.
    ///
    /// # Panics
    /// If `target` is not twice as long as `row`, or `row` is shorter than two.
    pub fn doubled_across(row: &[u8], target: &mut [u8]) = blend_across;
}

#[inline(always)]
fn blend(near: u8, far: u8) -> u8 {
    ((3 * u16::from(near) + u16::from(far) + 2) >> 2) as u8
}

#[inline(always)]
fn blend_down(near: &[u8], far: &[u8], target: &mut [u8]) {
    let (near, far) = (&near[..target.len()], &far[..target.len()]);
    for ((level, near), far) in target.iter_mut().zip(near).zip(far) {
        *level = blend(*near, *far);
    }
}

#[inline(always)]
fn blend_across(row: &[u8], target: &mut [u8]) {
    assert!(row.len() >= 2 && target.len() == 2 * row.len(), "invariant: twice as long");
    let last = row.len() - 1;
    let (left, right) = (&row[..last], &row[1..]);
    let inner = target[1..=2 * last].as_chunks_mut::<2>().0;
    for ((pair, left), right) in inner.iter_mut().zip(left).zip(right) {
        *pair = [blend(*left, *right), blend(*right, *left)];
    }
    (target[0], target[2 * last + 1]) = (row[0], row[last]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_machine_makes_the_same_levels() {
        let mut rng = crate::rng::Key::new(6).rng();
        for round in 0..2000 {
            let reach = 1 << (round % 12);
            let mut block: Block = std::array::from_fn(|_| rng.below(2 * reach + 1) as i16 - reach as i16);
            block[round as usize % 64..].fill(0);
            let steps = Steps(std::array::from_fn(|_| 1 + rng.below(255) as i32));
            let (mut fast, mut slow) = (vec![0; 7 * 11 + 8], vec![0; 7 * 11 + 8]);
            let mean = std::mem::replace(&mut block[0], 99);
            to_levels(&block, mean, &steps, &mut fast, 11);
            plain(&block, mean, &steps, &mut slow, 11);
            assert_eq!(fast, slow);
        }
    }

    #[test]
    fn chroma_is_doubled_by_quarters() {
        let mut row = [0; 6];
        doubled_across(&[10, 20, 60], &mut row);
        assert_eq!(row, [10, 13, 18, 30, 50, 60]);
        doubled_down(&[0, 10, 20, 30, 40, 50], &[4, 10, 0, 31, 41, 255], &mut row);
        assert_eq!(row, [1, 10, 15, 30, 40, 101]);
    }
}

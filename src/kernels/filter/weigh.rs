//! Sums of weighted lines: what nearly every filter comes down to.

use std::ops::{Add, Mul};

/// How many lines are added in one pass over the sums.
const AT_ONCE: usize = 8;

/// Fills `sums` with the sum over all taps of the tap's weight times the numbers from its start on:
/// `sums[i] = sum over t of weights[t] numbers[starts[t] + i]`, added in the order of the taps.
#[inline(always)]
pub(in crate::kernels) fn weigh<S, A>(numbers: &[S], starts: &[usize], weights: &[A], sums: &mut [A])
where
    S: Copy + Into<A>,
    A: Copy + Default + Add<Output = A> + Mul<Output = A>,
{
    sums.fill(A::default());
    for (starts, weights) in starts.chunks(AT_ONCE).zip(weights.chunks(AT_ONCE)) {
        match starts.len() {
            1 => add::<S, A, 1>(numbers, starts, weights, sums),
            2 => add::<S, A, 2>(numbers, starts, weights, sums),
            3 => add::<S, A, 3>(numbers, starts, weights, sums),
            4 => add::<S, A, 4>(numbers, starts, weights, sums),
            5 => add::<S, A, 5>(numbers, starts, weights, sums),
            6 => add::<S, A, 6>(numbers, starts, weights, sums),
            7 => add::<S, A, 7>(numbers, starts, weights, sums),
            _ => add::<S, A, AT_ONCE>(numbers, starts, weights, sums),
        }
    }
}

/// Adds `N` weighted lines.
#[inline(always)]
fn add<S, A, const N: usize>(numbers: &[S], starts: &[usize], weights: &[A], sums: &mut [A])
where
    S: Copy + Into<A>,
    A: Copy + Add<Output = A> + Mul<Output = A>,
{
    let len = sums.len();
    let lines: [&[S]; N] = std::array::from_fn(|t| &numbers[starts[t]..][..len]);
    let weights: [A; N] = std::array::from_fn(|t| weights[t]);
    // Blocks of one length: loops that may end early at any place leave many numbers to be added one by one.
    let whole = len - len % BLOCK;
    for (at, sums) in sums[..whole].as_chunks_mut::<BLOCK>().0.iter_mut().enumerate() {
        let lines: [&[S; BLOCK]; N] = lines.map(|line| block(line, at * BLOCK));
        for i in 0..BLOCK {
            let mut sum = sums[i];
            for t in 0..N {
                sum = sum + weights[t] * lines[t][i].into();
            }
            sums[i] = sum;
        }
    }
    for i in whole..len {
        for t in 0..N {
            sums[i] = sums[i] + weights[t] * lines[t][i].into();
        }
    }
}

/// Numbers that are made at once.
pub(super) const BLOCK: usize = 64;

/// The block of a line that begins at `at`.
#[inline(always)]
pub(super) fn block<T>(line: &[T], at: usize) -> &[T; BLOCK] {
    line[at..].first_chunk().expect("invariant: a whole block")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::filter::wide;

    #[test]
    fn sums_are_those_of_the_definition_for_any_number_of_taps() {
        let numbers: Vec<u8> = (0..200u32).map(|i| (i * 37 % 256) as u8).collect();
        for taps in 1..20 {
            let starts: Vec<usize> = (0..taps).map(|t| t * 5 % 90).collect();
            let weights: Vec<u16> = (0..taps).map(|t| t as u16 % 12 + 1).collect();
            let (mut plain, mut widest) = (vec![7; 101], vec![9; 101]);
            weigh(&numbers, &starts, &weights, &mut plain);
            wide::weigh_bytes(&numbers, &starts, &weights, &mut widest);
            let sum = |i: usize| (0..taps).map(|t| weights[t] * u16::from(numbers[starts[t] + i])).sum::<u16>();
            assert_eq!(plain, (0..101).map(sum).collect::<Vec<_>>());
            assert_eq!(plain, widest);
        }
    }

    #[test]
    fn floats_round_alike_in_any_vector() {
        let numbers: Vec<f32> = (0..300u32).map(|i| (i * 37 % 256) as f32 / 3.0).collect();
        let starts: Vec<usize> = (0..13).map(|t| t * 7).collect();
        let weights: Vec<f32> = (0..13).map(|t| 1.0 / (t as f32 + 1.7)).collect();
        let (mut plain, mut widest) = (vec![0.0; 150], vec![0.0; 150]);
        weigh(&numbers, &starts, &weights, &mut plain);
        wide::weigh_floats(&numbers, &starts, &weights, &mut widest);
        assert_eq!(plain, widest);
    }
}

//! Factors that come from the column by itself and the row by itself, so that no pixel needs more than a few products.

use super::super::{Work, widened};
use crate::image::Image;

/// Levels that are changed at once.
const BLOCK: usize = 64;

/// Fills `target` with the levels of `source` times the factor of their place.
///
/// `column` gives a number for each column; `row` gives for each row what makes of it the factor; `round` gives the
/// level for a product. `numbers` is memory to work in.
pub(super) fn multiply<F: Fn(f32) -> f32>(
    source: &Image,
    column: impl Fn(u32) -> f64,
    row: impl Fn(u32) -> F,
    round: impl Fn(f32) -> u8,
    numbers: &mut Vec<f32>,
    target: &mut [u8],
) {
    assert_eq!(source.bytes().len(), target.len(), "invariant: pixel for pixel");
    numbers.clear();
    numbers.extend((0..source.size().width).flat_map(|x| [column(x) as f32; 3]));
    widened(Multiply { source, numbers, row, round, target });
}

/// [`multiply`], with the numbers of the columns once for each channel.
struct Multiply<'a, R, L> {
    source: &'a Image,
    numbers: &'a [f32],
    row: R,
    round: L,
    target: &'a mut [u8],
}

impl<F: Fn(f32) -> f32, R: Fn(u32) -> F, L: Fn(f32) -> u8> Work for Multiply<'_, R, L> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Self { source, numbers, row, round, target } = self;
        let (blocks, last) = numbers.as_chunks::<BLOCK>();
        for (y, to) in (0..).zip(target.chunks_exact_mut(numbers.len().max(1))) {
            let factor = row(y);
            let (from, from_last) = source.row(y).as_chunks::<BLOCK>();
            let (to, to_last) = to.as_chunks_mut::<BLOCK>();
            for ((to, from), numbers) in to.iter_mut().zip(from).zip(blocks) {
                for i in 0..BLOCK {
                    to[i] = round(f32::from(from[i]) * factor(numbers[i]));
                }
            }
            for ((to, from), number) in to_last.iter_mut().zip(from_last).zip(last) {
                *to = round(f32::from(*from) * factor(*number));
            }
        }
    }
}

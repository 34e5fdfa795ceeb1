//! Which parts of a picture bear coarser steps: libwebp's analysis, which sorts macroblocks into four kinds.

use super::planes::{Plane, Planes};
use super::predict::{Sides, WHOLE, Whole};
use super::steps::Segment;
use super::transform::forward;

/// Kinds of macroblocks.
const KINDS: usize = 4;

/// What a thread keeps between pictures.
#[derive(Clone, Debug, Default)]
pub(super) struct Kinds {
    /// The kind of each macroblock, before that how hard it is: 0 to 255.
    pub(super) of: Vec<u8>,
    pub(super) segments: [Segment; KINDS],
}

impl Kinds {
    /// Sorts the macroblocks of a picture, and sets what their kinds decide at `quality`.
    #[inline(always)]
    pub(super) fn sort(&mut self, planes: &Planes, (columns, rows): (usize, usize), quality: u32) {
        self.of.clear();
        let mut chroma = 0;
        for (row, column) in (0..rows).flat_map(|row| (0..columns).map(move |column| (row, column))) {
            let luma = easiness(spread::<16>(&[&planes.luma], column, row));
            let colour = easiness(spread::<8>(&[&planes.blue, &planes.red], column, row));
            chroma += colour;
            self.of.push(255 - ((3 * luma + colour + 2) >> 2).clamp(0, 255) as u8);
        }
        let (centres, kinds, middle) = centres(&self.of);
        let (least, most) = centres.iter().fold((255, 0), |(least, most), c| (c.min(&least).to_owned(), c.max(&most).to_owned()));
        let range = (most - least).max(1);
        let chroma = (chroma as usize / self.of.len()) as i32;
        self.segments = centres.map(|centre| {
            let alpha = (255 * (centre - middle) / range).clamp(-127, 127);
            Segment::new(quality, alpha, (255 * (centre - least) / range).clamp(0, 255), chroma)
        });
        self.of.iter_mut().for_each(|kind| *kind = kinds[usize::from(*kind)]);
    }
}

/// Sizes of frequencies, in eighths, the last for all that are larger.
type Histogram = [u32; 32];

/// The histograms of a macroblock after either of two guesses.
#[inline(always)]
fn spread<const N: usize>(planes: &[&Plane], column: usize, row: usize) -> [Histogram; 2] {
    let mut made = [[0; 32]; 2];
    for plane in planes {
        let sides = Sides::<N>::of(plane, column, row);
        for (y, x) in (0..N).step_by(4).flat_map(|y| (0..N).step_by(4).map(move |x| (y, x))) {
            let source = plane.block(plane.at(N * column + x, N * row + y));
            for (made, mode) in made.iter_mut().zip([WHOLE[0], Whole::Both]) {
                for frequency in forward(&source, &sides.guess(mode, x, y)) {
                    made[(frequency.unsigned_abs() as usize >> 3).min(31)] += 1;
                }
            }
        }
    }
    made
}

/// How far the sizes reach for how many are alike: of the better guess, 0 and more.
fn easiness(histograms: [Histogram; 2]) -> i32 {
    let of = |histogram: Histogram| {
        let most = histogram.iter().copied().max().unwrap_or(0) as i32;
        let last = histogram.iter().rposition(|count| *count > 0).unwrap_or(0) as i32;
        if most > 1 { 510 * last / most } else { 0 }
    };
    of(histograms[0]).max(of(histograms[1]))
}

/// Four centres of the numbers, the nearest of them for every number, and the mean of the centres by what they hold.
fn centres(numbers: &[u8]) -> ([i32; KINDS], [u8; 256], i32) {
    let mut counts = [0i32; 256];
    numbers.iter().for_each(|number| counts[usize::from(*number)] += 1);
    let least = counts.iter().position(|count| *count > 0).unwrap_or(0);
    let most = counts.iter().rposition(|count| *count > 0).unwrap_or(0);
    let mut centres: [i32; KINDS] =
        std::array::from_fn(|k| least as i32 + (2 * k as i32 + 1) * (most - least) as i32 / (2 * KINDS as i32));
    let (mut kinds, mut middle) = ([0; 256], 0);
    for _ in 0..6 {
        let (mut sums, mut held, mut kind) = ([0; KINDS], [0; KINDS], 0);
        for number in (least..=most).filter(|number| counts[*number] > 0) {
            let off = |kind: usize| (number as i32 - centres[kind]).abs();
            while kind + 1 < KINDS && off(kind + 1) < off(kind) {
                kind += 1;
            }
            kinds[number] = kind as u8;
            sums[kind] += number as i32 * counts[number];
            held[kind] += counts[number];
        }
        let (mut moved, mut weighted, mut all) = (0, 0, 0);
        for kind in (0..KINDS).filter(|kind| held[*kind] > 0) {
            let centre = (sums[kind] + held[kind] / 2) / held[kind];
            moved += (centres[kind] - centre).abs();
            centres[kind] = centre;
            weighted += centre * held[kind];
            all += held[kind];
        }
        middle = (weighted + all / 2) / all.max(1);
        if moved < 5 {
            break;
        }
    }
    (centres, kinds, middle)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_gather_at_centres() {
        let numbers = [10, 12, 14, 60, 61, 120, 121, 200, 202];
        let (centres, kinds, middle) = centres(&numbers);
        assert_eq!(centres, [12, 61, 121, 201]);
        assert_eq!([10, 61, 121, 200].map(|number| kinds[number]), [0, 1, 2, 3]);
        assert_eq!(middle, (3 * 12 + 2 * 61 + 2 * 121 + 2 * 201 + 4) / 9);
    }

    #[test]
    fn what_is_flat_is_all_of_one_kind() {
        let (centres, kinds, middle) = centres(&[255; 7]);
        assert_eq!((centres, kinds[255], middle), ([255; 4], 0, 255));
    }
}

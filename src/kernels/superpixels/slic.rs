//! Simple linear iterative clustering: R. Achanta et al., "SLIC superpixels compared to state-of-the-art superpixel
//! methods" (2012), in whole numbers and without their last step, which joins what is not connected.

use crate::image::{Image, Size};
use crate::kernels::{Work, widened};

/// How much more a step of the grid counts than the way from black to white in one channel.
const COMPACTNESS: u64 = 10;

/// How often middles are moved.
const ROUNDS: u64 = 10;

/// Bits for the number of the round in which a pixel was nearest.
const ROUND_BITS: u32 = 4;

/// Pixels that are compared at once.
const LANES: usize = 8;

/// Farther than every pixel: what stands behind the end of a row of a neighbourhood.
const BEYOND: u64 = 1 << 62;

/// Pixels from one middle to the next, at first.
fn step(size: Size, segments: u32) -> u32 {
    ((size.pixels() as f64 / f64::from(segments)).sqrt() as u32).max(1)
}

/// How many middles a row and a column of the grid have: about `segments` in all. None if the picture is less than
/// half a step wide or high, and then it is one area.
fn grid(size: Size, segments: u32) -> [u32; 2] {
    let step = step(size, segments);
    [size.width, size.height].map(|side| side.saturating_sub(step / 2).div_ceil(step))
}

/// How many areas a picture of `size` is parted into, one or more.
pub fn middles(size: Size, segments: u32) -> u32 {
    let [columns, rows] = grid(size, segments);
    (columns * rows).max(1)
}

/// Planes and middles. Keeps its memory from one picture to the next.
#[derive(Debug, Default)]
pub(super) struct Slic {
    /// Red, green and blue, rows of `stride`.
    planes: [Vec<u8>; 3],
    /// For each pixel the distance of the nearest middle, then in the low bits the round and the middle's number.
    nearest: Vec<u64>,
    stride: usize,
    middles: Vec<[usize; 2]>,
    sums: Vec<Sums>,
    /// For the columns of a neighbourhood what their way counts.
    ways: Vec<u64>,
    /// The colours of the areas that are replaced.
    means: Vec<Option<[u8; 3]>>,
}

/// Of the pixels of an area.
#[derive(Clone, Copy, Debug, Default)]
struct Sums {
    count: u64,
    place: [u64; 2],
    colour: [u64; 3],
}

impl Slic {
    /// Fills `target` with `source`, whose areas `replaced` take their mean colour, rounded half to even.
    ///
    /// # Algorithm
    /// ```text
    /// g = floor(sqrt(pixels / segments)); middles every g pixels from g / 2 on
    /// ten times:  each middle claims the pixels up to g away across and down to which it is nearer than any was before,
    ///             by  |colour - colour at the middle|^2 / M^2 + 10 |place - middle|^2 / g^2;
    ///             then it moves to the mean of the places it holds, cut
    /// M: the greatest level of the picture
    /// ```
    /// Distances are multiplied by `g^2 M^2`, which makes them whole; of equal ones the first stays.
    pub(super) fn flatten(&mut self, source: &Image, segments: u32, replaced: &[u32], target: &mut [u8]) {
        let size = source.size();
        let step = step(size, segments);
        self.load(source);
        self.place(size, segments, step);
        let bits = self.middles.len().next_power_of_two().ilog2();
        let brightest = source.bytes().iter().copied().max().unwrap_or(0).max(1);
        for round in 0..ROUNDS {
            widened(Claim { slic: self, size, step: step as usize, brightest, bits, round });
            self.sum(size, bits, |sums, [x, y], _| {
                sums.place[0] += x as u64;
                sums.place[1] += y as u64;
            });
            for (middle, sums) in self.middles.iter_mut().zip(&self.sums).filter(|(_, sums)| sums.count > 0) {
                *middle = sums.place.map(|sum| (sum / sums.count) as usize);
            }
        }
        let planes = std::mem::take(&mut self.planes);
        self.sum(size, bits, |sums, _, at| {
            for (sum, plane) in sums.colour.iter_mut().zip(&planes) {
                *sum += u64::from(plane[at]);
            }
        });
        self.planes = planes;
        self.means.clear();
        self.means.extend(self.sums.iter().map(|_| None));
        for area in replaced {
            if let (Some(mean), Some(sums)) = (self.means.get_mut(*area as usize), self.sums.get(*area as usize)) {
                *mean = sums.mean();
            }
        }
        let mask = (1 << bits) - 1;
        let width = size.width as usize;
        let rows = source.bytes().chunks_exact(3 * width).zip(target.chunks_exact_mut(3 * width));
        for ((from, to), nearest) in rows.zip(self.nearest.chunks_exact(self.stride)) {
            let pixels = from.as_chunks::<3>().0.iter().zip(to.as_chunks_mut::<3>().0);
            for ((from, to), nearest) in pixels.zip(nearest) {
                *to = self.means[(nearest & mask) as usize].unwrap_or(*from);
            }
        }
    }

    /// Parts the channels; nothing is near to any middle yet.
    fn load(&mut self, source: &Image) {
        let Size { width, height } = source.size();
        self.stride = width as usize + LANES;
        let length = self.stride * height as usize;
        for (c, plane) in self.planes.iter_mut().enumerate() {
            plane.resize(length, 0);
            for (y, row) in plane.chunks_exact_mut(self.stride).enumerate() {
                let pixels = source.row(y as u32).as_chunks::<3>().0;
                row.iter_mut().zip(pixels).for_each(|(level, pixel)| *level = pixel[c]);
            }
        }
        self.nearest.clear();
        self.nearest.resize(length, u64::MAX);
    }

    /// Puts the middles on the grid, row by row. Where there is none, all pixels belong to one area.
    fn place(&mut self, size: Size, segments: u32, step: u32) {
        let [columns, rows] = grid(size, segments);
        let at = |i: u32| (step / 2 + i * step) as usize;
        self.middles.clear();
        self.middles.extend((0..rows).flat_map(|y| (0..columns).map(move |x| [at(x), at(y)])));
        if self.middles.is_empty() {
            self.nearest.fill(0);
        }
    }

    /// Sums over the pixels of each area what `add` takes of them.
    fn sum(&mut self, size: Size, bits: u32, add: impl Fn(&mut Sums, [usize; 2], usize)) {
        self.sums.clear();
        self.sums.resize(1 << bits, Sums::default());
        for (y, nearest) in self.nearest.chunks_exact(self.stride).enumerate() {
            for (x, nearest) in nearest[..size.width as usize].iter().enumerate() {
                let sums = &mut self.sums[*nearest as usize & ((1 << bits) - 1)];
                sums.count += 1;
                add(sums, [x, y], y * self.stride + x);
            }
        }
    }
}

impl Sums {
    /// The mean colour, halves to even; none without pixels.
    fn mean(&self) -> Option<[u8; 3]> {
        let count = self.count;
        let rounded = |sum: u64| {
            let (whole, twice) = (sum / count, 2 * (sum % count));
            (whole + u64::from(twice > count || twice == count && whole % 2 == 1)) as u8
        };
        (count > 0).then(|| self.colour.map(rounded))
    }
}

/// One round in which every middle claims what is nearest to it.
struct Claim<'a> {
    slic: &'a mut Slic,
    size: Size,
    step: usize,
    brightest: u8,
    bits: u32,
    round: u64,
}

impl Work for Claim<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Self { slic, size, step, brightest, bits, round } = self;
        let Slic { planes, nearest, stride, middles, ways, .. } = slic;
        let shift = bits + ROUND_BITS;
        let square = |way: usize| (COMPACTNESS * u64::from(brightest).pow(2) * (way as u64).pow(2)) << shift;
        ways.clear();
        ways.extend((0..=2 * step).map(|i| square(i.abs_diff(step))));
        ways.extend([BEYOND; LANES]);
        let weight = (step as u64 * step as u64) << shift;
        for (number, [x, y]) in middles.iter().copied().enumerate() {
            let mine = std::array::from_fn(|c| i32::from(planes[c][y * *stride + x]));
            let columns = x.saturating_sub(step)..(x + step + 1).min(size.width as usize);
            let ways = &ways[columns.start + step - x..];
            for row in y.saturating_sub(step)..(y + step + 1).min(size.height as usize) {
                let away = square(row.abs_diff(y)) | round << bits | number as u64;
                let begin = row * *stride + columns.start;
                let length = columns.len().next_multiple_of(LANES);
                let levels: [&[u8]; 3] = std::array::from_fn(|c| &planes[c][begin..][..length]);
                claim_row(levels, mine, weight, (&ways[..length], away), &mut nearest[begin..][..length]);
            }
        }
    }
}

/// What lies in a row of a neighbourhood and is nearer to its middle, whose colour is `mine`, than to others.
#[inline(always)]
fn claim_row(levels: [&[u8]; 3], mine: [i32; 3], weight: u64, (ways, away): (&[u64], u64), nearest: &mut [u64]) {
    let [red, green, blue] = levels.map(|plane| plane.as_chunks::<LANES>().0);
    let blocks = red.iter().zip(green).zip(blue).zip(ways.as_chunks::<LANES>().0);
    for ((((red, green), blue), ways), nearest) in blocks.zip(nearest.as_chunks_mut::<LANES>().0) {
        for i in 0..LANES {
            let [r, g, b] = [i32::from(red[i]) - mine[0], i32::from(green[i]) - mine[1], i32::from(blue[i]) - mine[2]];
            let colour = (r * r + g * g + b * b) as u32;
            nearest[i] = nearest[i].min(u64::from(colour) * weight + ways[i] + away);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grids_have_about_as_many_middles() {
        assert_eq!(grid(Size::new(100, 100), 100), [10, 10]);
        assert_eq!(middles(Size::new(96, 72), 100), 108);
        // Fewer pixels than middles: each is its own.
        assert_eq!(middles(Size::new(3, 2), 100), 6);
        // Lower than half a step: one area.
        assert_eq!(middles(Size::new(4000, 1), 1), 1);
    }

    /// A picture of gray columns.
    fn columns(levels: &[u8], height: u32) -> Image {
        let row: Vec<u8> = levels.iter().flat_map(|level| [*level; 3]).collect();
        Image::from_bytes(Size::new(levels.len() as u32, height), row.repeat(height as usize))
    }

    #[test]
    fn an_area_takes_its_mean_and_the_others_stay() {
        let source = columns(&[0, 10, 20, 30, 200, 210, 220, 230], 4);
        let mut target = vec![0; source.bytes().len()];
        Slic::default().flatten(&source, 2, &[1], &mut target);
        assert_eq!(target, columns(&[0, 10, 20, 30, 215, 215, 215, 215], 4).bytes());
        Slic::default().flatten(&source, 2, &[0, 1, 7], &mut target);
        assert_eq!(target, columns(&[15, 15, 15, 15, 215, 215, 215, 215], 4).bytes());
    }

    #[test]
    fn means_are_rounded_half_to_even() {
        let mean = |count, sum| Sums { count, colour: [sum; 3], place: [0; 2] }.mean();
        assert_eq!([mean(2, 3), mean(2, 5), mean(3, 5)].map(|mean| mean.map(|m| m[0])), [Some(2), Some(2), Some(2)]);
        assert_eq!(mean(0, 0), None);
    }

    #[test]
    fn every_vector_gives_the_same() {
        let noise = crate::kernels::random::Noise::new(2);
        for (width, height, segments) in [(1, 1, 5), (9, 7, 3), (40, 33, 20), (5, 300, 1), (64, 64, 1000)] {
            let size = Size::new(width, height);
            let source = Image::from_bytes(size, (0..size.bytes()).map(|i| noise.bits(i) as u8).collect());
            let (mut slic, bits, step) = (Slic::default(), 12, step(size, segments));
            let mut claimed = |run: fn(Claim<'_>)| {
                slic.load(&source);
                slic.place(size, segments, step);
                run(Claim { slic: &mut slic, size, step: step as usize, brightest: 255, bits, round: 3 });
                let rows = slic.nearest.chunks_exact(slic.stride);
                rows.flat_map(|row| row[..width as usize].to_vec()).collect::<Vec<_>>()
            };
            assert_eq!(claimed(|claim| widened(claim)), claimed(|claim| claim.run()), "{size}");
        }
    }
}

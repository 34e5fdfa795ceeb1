//! The waves of a side, and sums over them there and back.

use super::product::{Product, padded};
use crate::image::{Image, Size};
use crate::kernels::rounding::rounded;
use crate::kernels::{Work, widened};
use std::f64::consts::TAU;

/// Subtracted from levels, so that sums lose few digits to what all levels have in common.
pub(super) const MIDDLE: f32 = 128.0;

/// Waves 0, 1, 2, ... along a side, each from place 0 to the middle; beyond it they mirror themselves.
#[derive(Clone, Debug, Default)]
pub(super) struct Waves {
    side: usize,
    count: usize,
    /// A row for each wave.
    cosines: Vec<f32>,
    sines: Vec<f32>,
}

impl Waves {
    /// Makes at least `count` waves of `side`, unless they are there.
    fn make(&mut self, side: usize, count: usize) {
        if self.side == side && self.count >= count {
            return;
        }
        (self.side, self.count) = (side, count);
        self.cosines.clear();
        self.sines.clear();
        for wave in 0..count {
            for place in 0..=side / 2 {
                let angle = TAU * ((wave * place) % side) as f64 / side as f64;
                self.cosines.push(libm::cos(angle) as f32);
                self.sines.push(libm::sin(angle) as f32);
            }
        }
    }

    /// Places from one end to the middle.
    fn half(&self) -> usize {
        self.side / 2 + 1
    }
}

/// Both directions of a picture: what is summed, and the sums. Numbers of pixels stand three together.
#[derive(Clone, Debug, Default)]
pub(super) struct Plane {
    size: Size,
    /// Waves across and down that are summed.
    count: [usize; 2],
    across: Waves,
    down: Waves,
    /// Rows of the picture, each with its mirror image added, or subtracted.
    even: Vec<f32>,
    odd: Vec<f32>,
    /// A pair of rows for each wave down: its cosine's and its sine's share, or real and imaginary part.
    lines: Vec<f32>,
    /// The columns of `lines` as rows, folded like the rows of the picture.
    even_columns: Vec<f32>,
    odd_columns: Vec<f32>,
    /// For each wave across, the sums of the folded columns with its cosine and with its sine; see [`Self::place`].
    pub(super) cosines: Vec<f32>,
    pub(super) sines: Vec<f32>,
}

impl Plane {
    /// Takes a size and a number of waves across and down.
    fn shape(&mut self, size: Size, count: [usize; 2]) {
        (self.size, self.count) = (size, count);
        self.across.make(size.width as usize, count[0]);
        self.down.make(size.height as usize, count[1]);
        let (row, column) = (self.row(), self.column());
        let grow = |numbers: &mut Vec<f32>, length: usize| numbers.resize(length.max(numbers.len()), 0.0);
        let (halves, half_columns) = (self.down.half() * row, self.across.half() * column);
        grow(&mut self.even, halves);
        grow(&mut self.odd, halves);
        grow(&mut self.lines, 2 * count[1] * row);
        grow(&mut self.even_columns, half_columns);
        grow(&mut self.odd_columns, half_columns);
        grow(&mut self.cosines, count[0] * column);
        grow(&mut self.sines, count[0] * column);
    }

    /// Numbers from one row of the picture to the next.
    fn row(&self) -> usize {
        padded(3 * self.size.width as usize)
    }

    /// Numbers from one column of `lines` to the next.
    fn column(&self) -> usize {
        padded(6 * self.count[1])
    }

    /// Where the sums of a wave across and one down stand in `cosines` and `sines`: three numbers for the cosine down
    /// (or the real part), and three more for the sine (or the imaginary part).
    pub(super) fn place(&self, across: usize, down: usize) -> usize {
        across * self.column() + 6 * down
    }

    /// Sums the waves of `picture` less [`MIDDLE`]: `count[0]` across, `count[1]` down.
    pub(super) fn sum(&mut self, picture: &Image, count: [usize; 2]) {
        self.shape(picture.size(), count);
        let (row, column) = (self.row(), self.column());
        widened(FoldRows { picture, even: &mut self.even, odd: &mut self.odd, row });
        for (part, source, waves) in [(0, &self.even, &self.down.cosines), (1, &self.odd, &self.down.sines)] {
            widened(Product {
                weights: waves,
                steps: (self.down.half(), 1),
                source,
                from_stride: row,
                inner: self.down.half(),
                target: &mut self.lines[part * row..],
                to_stride: 2 * row,
                rows: count[1],
                columns: row,
            });
        }
        self.fold_columns();
        for (source, waves, target) in [
            (&self.even_columns, &self.across.cosines, &mut self.cosines),
            (&self.odd_columns, &self.across.sines, &mut self.sines),
        ] {
            widened(Product {
                weights: waves,
                steps: (self.across.half(), 1),
                source,
                from_stride: column,
                inner: self.across.half(),
                target,
                to_stride: column,
                rows: count[0],
                columns: column,
            });
        }
    }

    /// Adds up the waves whose heights stand in `cosines` (real and imaginary part of what the cosine across carries)
    /// and `sines`, and fills `target` with `picture` and the real part of their sum added to it, to the nearest level.
    pub(super) fn add(&mut self, picture: &Image, target: &mut [u8]) {
        let (row, column, [across, down]) = (self.row(), self.column(), self.count);
        for (source, waves, target) in [
            (&self.cosines, &self.across.cosines, &mut self.even_columns),
            (&self.sines, &self.across.sines, &mut self.odd_columns),
        ] {
            widened(Product {
                weights: waves,
                steps: (1, self.across.half()),
                source,
                from_stride: column,
                inner: across,
                target,
                to_stride: column,
                rows: self.across.half(),
                columns: column,
            });
        }
        self.unfold_columns();
        for (part, waves, target) in [(0, &self.down.cosines, &mut self.even), (1, &self.down.sines, &mut self.odd)] {
            widened(Product {
                weights: waves,
                steps: (1, self.down.half()),
                source: &self.lines[part * row..],
                from_stride: 2 * row,
                inner: down,
                target,
                to_stride: row,
                rows: self.down.half(),
                columns: row,
            });
        }
        widened(AddRows { picture, even: &self.even, odd: &self.odd, row, target });
    }

    /// Columns of `lines` to folded rows.
    fn fold_columns(&mut self) {
        let (row, column, width) = (self.row(), self.column(), self.size.width as usize);
        for x in 0..=width / 2 {
            let mirrored = (width - x) % width;
            let (even, odd) = (&mut self.even_columns[x * column..], &mut self.odd_columns[x * column..]);
            for line in 0..2 * self.count[1] {
                let numbers = &self.lines[line * row..];
                for c in 0..3 {
                    let (a, b) = (numbers[3 * x + c], numbers[3 * mirrored + c]);
                    (even[3 * line + c], odd[3 * line + c]) = if mirrored == x { (a, 0.0) } else { (a + b, a - b) };
                }
            }
        }
    }

    /// Folded rows to columns of `lines`.
    fn unfold_columns(&mut self) {
        let (row, column, width) = (self.row(), self.column(), self.size.width as usize);
        for x in 0..=width / 2 {
            let mirrored = (width - x) % width;
            let (even, odd) = (&self.even_columns[x * column..], &self.odd_columns[x * column..]);
            for line in 0..2 * self.count[1] {
                let numbers = &mut self.lines[line * row..];
                for c in 0..3 {
                    let (e, o) = (even[3 * line + c], odd[3 * line + c]);
                    numbers[3 * mirrored + c] = e - o;
                    numbers[3 * x + c] = e + o;
                }
            }
        }
    }
}

/// Rows of a picture with their mirror images added and subtracted.
struct FoldRows<'a> {
    picture: &'a Image,
    even: &'a mut [f32],
    odd: &'a mut [f32],
    row: usize,
}

impl Work for FoldRows<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Size { height, .. } = self.picture.size();
        for y in 0..=height / 2 {
            let mirrored = (height - y) % height;
            let (one, other) = (self.picture.row(y), self.picture.row(mirrored));
            let even = &mut self.even[y as usize * self.row..][..one.len()];
            let odd = &mut self.odd[y as usize * self.row..][..one.len()];
            if mirrored == y {
                odd.fill(0.0);
                even.iter_mut().zip(one).for_each(|(even, level)| *even = f32::from(*level) - MIDDLE);
                continue;
            }
            for (((even, odd), one), other) in even.iter_mut().zip(odd).zip(one).zip(other) {
                let (one, other) = (f32::from(*one), f32::from(*other));
                *even = one + other - 2.0 * MIDDLE;
                *odd = one - other;
            }
        }
    }
}

/// A picture with folded rows added to it.
struct AddRows<'a> {
    picture: &'a Image,
    even: &'a [f32],
    odd: &'a [f32],
    row: usize,
    target: &'a mut [u8],
}

impl Work for AddRows<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Size { width, height } = self.picture.size();
        let length = 3 * width as usize;
        for (y, target) in (0..height).zip(self.target.chunks_exact_mut(length)) {
            let mirrored = height - y < y;
            let folded = if mirrored { height - y } else { y } as usize * self.row;
            let (even, odd) = (&self.even[folded..][..length], &self.odd[folded..][..length]);
            let sign = if mirrored { 1.0 } else { -1.0 };
            for (((to, from), even), odd) in target.iter_mut().zip(self.picture.row(y)).zip(even).zip(odd) {
                *to = rounded(f32::from(*from) + (even + sign * odd));
            }
        }
    }
}

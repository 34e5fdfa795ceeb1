//! Bilinear reading through maps that only scale, mirror and move: the twin of `bilinear_row`, byte for byte.
//!
//! All output rows read the same columns, so each source row is blended across once, into a line of
//! 120ths, and an output row is a blend of two lines.

#[cfg(target_arch = "x86_64")]
mod avx2;
mod tap;

use super::bilinear::{ACROSS, down};
use super::fixed::{Position, fixed};
use crate::image::{Size, Window};
use crate::kernels::matrix::Matrix;
use crate::units::Border;
use tap::Tap;

/// What is kept from one picture to the next, so that a picture takes no memory of its own.
#[derive(Debug, Default)]
pub struct Scratch {
    columns: Vec<Tap>,
    lines: Lines,
    #[cfg(target_arch = "x86_64")]
    lanes: avx2::Lanes,
}

/// Whether `map` neither turns nor slants, and [`warp`] is the way to read through it.
pub(super) fn is_upright(map: &Matrix) -> bool {
    map.0[1] == 0.0 && map.0[3] == 0.0 && !moves_whole_pixels(map)
}

/// Whether pixels are only moved and mirrored: copies are faster than any blending.
fn moves_whole_pixels(map: &Matrix) -> bool {
    let Matrix([a, _, c, _, e, f]) = *map;
    a.abs() == 1.0 && e.abs() == 1.0 && c.fract() == 0.0 && f.fract() == 0.0
}

/// Fills `target` (`size`, three bytes a pixel) with what `map` reads from `source`.
pub(super) fn warp(source: Window<'_>, map: &Matrix, border: Border, size: Size, scratch: &mut Scratch, target: &mut [u8]) {
    #[cfg(target_arch = "x86_64")]
    if crate::kernels::cpu::avx2() && avx2::fits(source) {
        scratch.start(source, map, border, size);
        let Scratch { columns, lines, lanes } = scratch;
        lanes.lay(columns, source.size().width, border);
        return rows(source, map, border, lines, target, &avx2::Kernel { columns, lanes });
    }
    warp_plain(source, map, border, size, scratch, target);
}

/// [`warp`] on every machine.
pub(super) fn warp_plain(source: Window<'_>, map: &Matrix, border: Border, size: Size, scratch: &mut Scratch, target: &mut [u8]) {
    scratch.start(source, map, border, size);
    let Scratch { columns, lines, .. } = scratch;
    rows(source, map, border, lines, target, &Plain { columns });
}

impl Scratch {
    fn start(&mut self, source: Window<'_>, map: &Matrix, border: Border, size: Size) {
        let (from, step) = (Position::of(map.map(0.0, 0.0).0), fixed(map.0[0]));
        tap::line(from, step, source.size().width, border.fill_mode, size.width as usize, &mut self.columns);
        self.lines.clear(size.width as usize * 3);
    }
}

/// The two loops over pixels.
trait Kernel {
    /// Blends a source row across into a line.
    fn across(&self, source: Window<'_>, y: u32, border: Border, line: &mut [i16]);
    /// Blends two lines, the lower one by `fy` quanta, into an output row.
    fn down(&self, upper: &[i16], lower: &[i16], fy: i32, row: &mut [u8]);
}

fn rows(source: Window<'_>, map: &Matrix, border: Border, lines: &mut Lines, target: &mut [u8], kernel: &impl Kernel) {
    let mut rows = tap::Cursor::new(source.size().height, border.fill_mode);
    for (y, row) in target.chunks_exact_mut(lines.width).enumerate() {
        let Tap { near, far, beyond } = rows.at(Position::of(map.map(0.0, y as f64).1));
        let upper = lines.with(near, far, |line| fill(source, near, border, line, kernel));
        let lower = lines.with(far, near, |line| fill(source, far, border, line, kernel));
        kernel.down(lines.line(upper), lines.line(lower), beyond, row);
    }
}

fn fill(source: Window<'_>, y: Option<u32>, border: Border, line: &mut [i16], kernel: &impl Kernel) {
    match y {
        Some(y) => kernel.across(source, y, border, line),
        None => {
            for (word, level) in line.iter_mut().zip(border.fill_value.iter().cycle()) {
                *word = i16::from(*level) * ACROSS as i16;
            }
        }
    }
}

/// Two source rows, blended across; which of them is known, so that it is not blended again.
#[derive(Debug, Default)]
struct Lines {
    /// Words of a line that are shown; behind them lies room for whole vectors.
    width: usize,
    words: [Vec<i16>; 2],
    /// The source row in each line; the inner `None` is a row of fill colour.
    rows: [Option<Option<u32>>; 2],
}

impl Lines {
    /// Words that kernels write at once.
    const VECTOR: usize = 16;

    fn clear(&mut self, width: usize) {
        self.width = width;
        self.rows = [None, None];
        for words in &mut self.words {
            words.resize(width.next_multiple_of(Self::VECTOR), 0);
        }
    }

    /// Which line holds source row `y`; if none does, `fill` makes it, not in the line that holds `other`.
    fn with(&mut self, y: Option<u32>, other: Option<u32>, fill: impl FnOnce(&mut [i16])) -> usize {
        if let Some(at) = self.rows.iter().position(|row| *row == Some(y)) {
            return at;
        }
        let at = usize::from(self.rows[0] == Some(other));
        fill(&mut self.words[at]);
        self.rows[at] = Some(y);
        at
    }

    fn line(&self, at: usize) -> &[i16] {
        &self.words[at]
    }
}

/// Word by word, on every machine.
struct Plain<'a> {
    columns: &'a [Tap],
}

impl Kernel for Plain<'_> {
    fn across(&self, source: Window<'_>, y: u32, border: Border, line: &mut [i16]) {
        for (words, tap) in line.chunks_exact_mut(3).zip(self.columns) {
            words.copy_from_slice(&tap.across(source.row(y), border));
        }
    }

    fn down(&self, upper: &[i16], lower: &[i16], fy: i32, row: &mut [u8]) {
        blend(upper, lower, fy, row);
    }
}

fn blend(upper: &[i16], lower: &[i16], fy: i32, row: &mut [u8]) {
    for ((out, upper), lower) in row.iter_mut().zip(upper).zip(lower) {
        *out = down(i32::from(*upper), i32::from(*lower), fy);
    }
}

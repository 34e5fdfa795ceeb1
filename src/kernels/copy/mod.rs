//! Pixels that are copied as they are: crops, pads, pictures upside down, and quarter turns.

mod moved;
mod turned;
#[cfg(target_arch = "x86_64")]
mod turned_avx2;

use super::matrix::Matrix;
use super::warp::border_index;
use crate::image::{Size, Window};
use crate::units::{Border, FillMode};
use moved::Moved;
use std::ops::Range;

/// What is kept from one picture to the next, so that a picture takes no memory of its own.
#[derive(Debug, Default)]
pub struct Scratch {
    /// The pixel of the source's axis that each output column shows; `None` is the fill colour.
    columns: Vec<Option<u32>>,
}

/// Fills `target`, a picture of `size`, with what `map` reads from `source`, if it moves whole pixels: to another place, to
/// rows in the other order, to columns for rows. Says whether it does. Pictures mirrored from left to right are left to
/// [`warp`](super::warp::warp), which has vectors for them.
///
/// Outside the picture `border` holds. Every interpolation shows pixels as they are where it reads at whole ones, so that
/// there is one way to copy.
///
/// # Panics
/// If `target` is not `size` in bytes.
pub fn copy_pixels(
    source: Window<'_>,
    map: &Matrix,
    border: Border,
    size: Size,
    scratch: &mut Scratch,
    target: &mut [u8],
) -> bool {
    assert_eq!(target.len() as u64, size.bytes(), "invariant: three bytes a pixel");
    let Some(moved) = Moved::of(map, source.size()) else { return false };
    let (xs, ys) = (moved.across.inside(size.width), moved.down.inside(size.height));
    let columns = &mut scratch.columns;
    columns.clear();
    if xs.len() < size.width as usize || ys.len() < size.height as usize {
        let across = moved.across;
        columns.extend((0..size.width as usize).map(|x| border_index(across.at(x), across.side, border.fill_mode)));
    }
    let stride = size.width as usize * 3;
    if moved.turned {
        turned::copy(source, &moved, (xs.clone(), ys.clone()), stride, target);
    }
    for (y, row) in target.chunks_exact_mut(stride.max(1)).enumerate() {
        let shown = match border_index(moved.down.at(y), moved.down.side, border.fill_mode) {
            Some(shown) => shown,
            None => {
                fill(border.fill_value, row);
                continue;
            }
        };
        if moved.turned {
            let made = if ys.contains(&y) { xs.clone() } else { 0..0 };
            frame(row, made, columns, border, |x| pixel(source, shown, x));
        } else {
            let from = source.row(shown);
            if !xs.is_empty() {
                let first = moved.across.at(xs.start) as usize;
                row[xs.start * 3..xs.end * 3].copy_from_slice(&from[first * 3..][..xs.len() * 3]);
            }
            frame(row, xs.clone(), columns, border, |x| {
                let at = x as usize * 3;
                [from[at], from[at + 1], from[at + 2]]
            });
        }
    }
    true
}

/// Fills what of `row` lies beside `made`, from the pixels that `columns` name.
fn frame(row: &mut [u8], made: Range<usize>, columns: &[Option<u32>], border: Border, pixel: impl Fn(u32) -> [u8; 3]) {
    let mut fill_columns = |xs: Range<usize>| {
        let row = &mut row[xs.start * 3..xs.end * 3];
        if border.fill_mode == FillMode::Constant {
            return fill(border.fill_value, row);
        }
        for (out, shown) in row.chunks_exact_mut(3).zip(&columns[xs]) {
            out.copy_from_slice(&shown.map_or(border.fill_value, &pixel));
        }
    };
    if !columns.is_empty() {
        fill_columns(0..made.start);
        fill_columns(made.end..columns.len());
    }
}

fn pixel(source: Window<'_>, x: u32, y: u32) -> [u8; 3] {
    let at = y as usize * source.stride() + x as usize * 3;
    let bytes = &source.padded()[at..at + 3];
    [bytes[0], bytes[1], bytes[2]]
}

fn fill(colour: [u8; 3], row: &mut [u8]) {
    // Black, white and grays are bytes all alike.
    if colour == [colour[0]; 3] {
        return row.fill(colour[0]);
    }
    for out in row.chunks_exact_mut(3) {
        out.copy_from_slice(&colour);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::Image;
    use crate::kernels::warp::{self, warp};
    use crate::units::Interpolation;

    const MODES: [FillMode; 5] = [FillMode::Constant, FillMode::Nearest, FillMode::Reflect, FillMode::Mirror, FillMode::Wrap];

    fn copied(source: Window<'_>, map: &Matrix, fill_mode: FillMode, size: Size) -> Option<Vec<u8>> {
        let border = Border { fill_mode, fill_value: [7, 8, 9] };
        let mut target = vec![99; size.bytes() as usize];
        copy_pixels(source, map, border, size, &mut Scratch::default(), &mut target).then_some(target)
    }

    /// The red levels of what a 3x2 picture of 0, 1, 2; 3, 4, 5 shows.
    fn shown(map: [f64; 6], size: Size) -> Option<Vec<u8>> {
        let source = Image::from_bytes(Size::new(3, 2), (0..6).flat_map(|level| [level; 3]).collect());
        let made = copied(source.window(), &Matrix(map), FillMode::Constant, size)?;
        Some(made.chunks_exact(3).map(|pixel| pixel[0]).collect())
    }

    #[test]
    fn crops_pads_and_upside_down() {
        assert_eq!(shown([1.0, 0.0, 1.0, 0.0, 1.0, 1.0], Size::new(2, 1)).unwrap(), [4, 5]);
        assert_eq!(shown([1.0, 0.0, 0.0, 0.0, -1.0, 1.0], Size::new(2, 2)).unwrap(), [3, 4, 0, 1]);
        assert_eq!(
            shown([1.0, 0.0, -1.0, 0.0, 1.0, 0.0], Size::new(5, 3)).unwrap(),
            [7, 0, 1, 2, 7, 7, 3, 4, 5, 7, 7, 7, 7, 7, 7]
        );
    }

    #[test]
    fn columns_become_rows() {
        let size = Size::new(2, 3);
        assert_eq!(shown([0.0, 1.0, 0.0, 1.0, 0.0, 0.0], size).unwrap(), [0, 3, 1, 4, 2, 5]);
        // A quarter turn to the left shows the right column first.
        assert_eq!(shown([0.0, -1.0, 2.0, 1.0, 0.0, 0.0], size).unwrap(), [2, 5, 1, 4, 0, 3]);
        assert_eq!(shown([0.0, 1.0, 0.0, -1.0, 0.0, 1.0], size).unwrap(), [3, 0, 4, 1, 5, 2]);
    }

    #[test]
    fn what_mirrors_or_blends_is_not_copied() {
        for map in [
            [-1.0, 0.0, 1.0, 0.0, 1.0, 0.0],
            [1.0, 0.0, 0.5, 0.0, 1.0, 0.0],
            [1.0, 0.0, 0.0, 0.0, 1.0, f64::NAN],
            [1.0, 1.0, 0.0, 0.0, 1.0, 0.0],
            [0.0, 2.0, 0.0, 1.0, 0.0, 0.0],
        ] {
            assert_eq!(shown(map, Size::new(2, 2)), None, "{map:?}");
        }
    }

    /// A map that moves whole pixels, of any of the six kinds that are copied.
    fn any_map(rng: &mut crate::rng::Rng) -> Matrix {
        let mut offset = || rng.below(81) as f64 - 40.0;
        let (c, f) = (offset(), offset());
        match rng.below(6) {
            0 => Matrix([1.0, 0.0, c, 0.0, 1.0, f]),
            1 => Matrix([1.0, 0.0, c, 0.0, -1.0, f]),
            2 => Matrix([0.0, 1.0, c, 1.0, 0.0, f]),
            3 => Matrix([0.0, -1.0, c, 1.0, 0.0, f]),
            4 => Matrix([0.0, 1.0, c, -1.0, 0.0, f]),
            _ => Matrix([0.0, -1.0, c, -1.0, 0.0, f]),
        }
    }

    #[test]
    fn copies_are_what_a_warp_reads() {
        let mut rng = crate::rng::Key::new(5).rng();
        for round in 0..400 {
            let mut side = || 1 + rng.below([3, 12, 90][round % 3]) as u32;
            let (from, size) = (Size::new(side(), side()), Size::new(side(), side()));
            let source = Image::from_bytes(from, (0..from.bytes()).map(|_| rng.bits() as u8).collect());
            let map = any_map(&mut rng);
            for fill_mode in MODES {
                let border = Border { fill_mode, fill_value: [7, 8, 9] };
                let mut warped = vec![0; size.bytes() as usize];
                let nearest = (Interpolation::Nearest, border);
                warp(source.window(), &map, nearest, size, &mut warp::Scratch::default(), &mut warped);
                let made = copied(source.window(), &map, fill_mode, size).unwrap();
                assert_eq!(made, warped, "{map:?} {fill_mode:?} {from} {size}");
            }
        }
    }

    #[test]
    fn a_part_of_a_picture_is_all_that_is_seen() {
        let whole = Image::from_bytes(Size::new(4, 3), (0..12).flat_map(|level| [level; 3]).collect());
        let part = whole.window().part(1, 1, Size::new(2, 2));
        let made = copied(part, &Matrix::translation(-1.0, 0.0), FillMode::Nearest, Size::new(4, 1)).unwrap();
        assert_eq!(made.chunks_exact(3).map(|pixel| pixel[0]).collect::<Vec<_>>(), [5, 5, 6, 6]);
    }
}

//! From coordinates to the fixed-point positions that a picture is read at.

use crate::image::{Size, Window};
use crate::kernels::warp::{
    fixed::{FAR, Position, SHIFT, WEIGHT},
    fold::Stretch,
};
use crate::units::{Border, FillMode};

/// A sum with it keeps [`WEIGHT`] bits behind the point, rounded to nearest (half to even).
const ROUNDING: f64 = (3u64 << (51 - WEIGHT)) as f64;

/// `c`, held between `low` and `high`; no number becomes `low`.
fn held(c: f64, low: f64, high: f64) -> f64 {
    // One instruction each, which `clamp` is not.
    let c = if c > low { c } else { low };
    if c < high { c } else { high }
}

/// The position nearest to `coordinate`, in steps of 1/2^15 pixel.
fn position(coordinate: f64) -> Position {
    let bits = |c: f64| c.to_bits().cast_signed();
    Position::start_of(bits(coordinate + ROUNDING).wrapping_sub(bits(ROUNDING)))
}

/// Where the pixels of a row are read, along one axis.
pub(in crate::kernels) fn positions(coordinates: &[f64], made: &mut [Position]) {
    for (made, c) in made.iter_mut().zip(coordinates) {
        *made = position(held(*c, -FAR, FAR));
    }
}

/// As [`positions`], with what lies outside an axis of `len` pixels held at its ends.
pub(super) fn positions_within(coordinates: &[f64], len: u32, made: &mut [Position]) {
    let last = f64::from(len) - 1.0;
    for (made, c) in made.iter_mut().zip(coordinates) {
        *made = position(held(*c, 0.0, last));
    }
}

/// A pixel of a row whose neighbours are no neighbours in the picture, or the fill colour.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rim {
    /// Which pixel of the row.
    pub(super) n: usize,
    /// Where it is read.
    pub(super) at: (Position, Position),
}

/// Brings all positions of a row into the picture as the border rule says; those that no position inside stands
/// for go to `rims`, and are read at the first pixel meanwhile.
///
/// Afterwards the right and the lower neighbour of every position may be read too: a position on the last row is
/// moved 1/2^15 pixel up, which is less than a rounding step of the blend, and one on the last column has weight 0
/// for what lies beyond.
pub(super) fn fold(source: Window<'_>, border: Border, x: &mut [Position], y: &mut [Position], rims: &mut Vec<Rim>) {
    let Size { width, height } = source.size();
    let last = |len: u32| Position::start_of((i64::from(len) - 1) << WEIGHT).0;
    let (end_x, end_y) = (last(width), last(height));
    rims.clear();
    // Negative as soon as one of them is.
    let outside = |x: Position, y: Position| (x.0 | (end_x - x.0) | y.0 | (end_y - y.0)) < 0;
    let any = x.iter().zip(&*y).fold(0, |any, (x, y)| any | x.0 | (end_x - x.0) | y.0 | (end_y - y.0)) < 0;
    if any {
        for (n, (x, y)) in x.iter_mut().zip(&mut *y).enumerate() {
            if !outside(*x, *y) {
                continue;
            }
            let inside = |p: Position, len| Stretch::at(p.quantum(), len, border.fill_mode).line(p, 0);
            match (inside(*x, width), inside(*y, height)) {
                (Some((inner_x, _)), Some((inner_y, _))) => (*x, *y) = (inner_x, inner_y),
                _ => {
                    rims.push(Rim { n, at: (*x, *y) });
                    (*x, *y) = (Position::start_of(0), Position::start_of(0));
                }
            }
        }
    }
    let end = (end_y - (1 << SHIFT)).max(0);
    for y in y {
        y.0 = if y.0 < end { y.0 } else { end };
    }
}

/// Whether a pixel of the fill colour alone stands at a rim.
pub(super) fn is_outside(source: Window<'_>, border: Border, (x, y): (Position, Position)) -> bool {
    let Size { width, height } = source.size();
    let beyond = |p: Position, len: u32| !(-1..i64::from(len)).contains(&(p.quantum() >> WEIGHT));
    border.fill_mode == FillMode::Constant && (beyond(x, width) || beyond(y, height))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::warp::fixed::QUANTA;

    #[test]
    fn coordinates_are_rounded_to_the_nearest_quantum() {
        let one = 1.0 / QUANTA as f64;
        let cases = [(0.0, 0), (1.0, QUANTA), (-1.0, -QUANTA), (2.25, 9 * QUANTA / 4), (3.4 * one, 3), (-3.6 * one, -4)];
        for (coordinate, quanta) in cases {
            assert_eq!(position(coordinate).quantum(), quanta, "{coordinate}");
        }
        let mut made = [Position(0); 4];
        positions(&[f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1e300], &mut made);
        assert_eq!(made.map(|p| p.quantum() >> WEIGHT), [-(1 << 28), 1 << 28, -(1 << 28), 1 << 28]);
        positions_within(&[-0.25, 7.0, f64::NAN, 1.5], 3, &mut made);
        assert_eq!(made.map(|p| p.quantum()), [0, 2 * QUANTA, 0, 3 * QUANTA / 2]);
    }
}

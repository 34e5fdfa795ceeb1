//! Reads a picture through an affine map, or at a coordinate of its own for every output pixel.

use crate::image::{Deep, DeepWindow, Depth, MOST_CHANNELS, Planes, Size};
use crate::kernels::field::{self, Field};
use crate::kernels::matrix::Matrix;
use crate::kernels::remap::places;
use crate::kernels::warp::bilinear;
use crate::kernels::warp::border_index;
use crate::kernels::warp::fixed::{Position, QUANTA, WEIGHT};
use crate::kernels::warp::fold::Stretch;
use crate::kernels::warp::lines;
use crate::units::{Border, FillMode, Interpolation};

/// Fills `target`, whose size and channels are set, with what `map` reads from `source`.
///
/// # Algorithm
/// ```text
/// s = map(x, y)              stepped along the row with 32 bits behind the point, rounded to 1/2^15
/// nearest:   the pixel at floor(s + 1/2)
/// bilinear:  the four neighbours weighted by the quanta between, as whole numbers, rounded once; of 8 bits as ordinary pictures
/// bicubic:   Keys's kernel with a = -1/2 over 4x4 pixels, in double precision, rounded once
/// ```
/// Borders are those of [`crate::kernels::warp::warp`]; the levels of a fill colour become samples by [`Depth::of_level`].
pub fn warp(source: DeepWindow<'_>, map: &Matrix, (interpolation, border): (Interpolation, Border), target: &mut Deep) {
    let (line, channels) = (lines(map), source.planes().channels);
    let reader = Reader::new(source, interpolation, border);
    for (y, row) in target.rows_mut().enumerate() {
        let line = line(y);
        for (x, out) in row.chunks_exact_mut(channels).enumerate() {
            reader.read(line.at(x), out);
        }
    }
}

/// Where the pixels of a row are read; keeps its memory from one picture to the next.
#[derive(Debug, Default)]
pub struct Coordinates {
    field: field::Scratch,
    coordinates: [Vec<f64>; 2],
    positions: [Vec<Position>; 2],
}

/// Fills `target`, whose size and channels are set, with what `field` reads from `source`, as [`warp`] does at a map's places.
pub fn remap(
    source: DeepWindow<'_>,
    field: &Field,
    (interpolation, border): (Interpolation, Border),
    scratch: &mut Coordinates,
    target: &mut Deep,
) {
    let (size, channels) = (target.size(), source.planes().channels);
    let Coordinates { field: prepared, coordinates, positions } = scratch;
    field.prepare(size, prepared);
    coordinates.iter_mut().for_each(|axis| axis.resize(size.width as usize, 0.0));
    positions.iter_mut().for_each(|axis| axis.resize(size.width as usize, Position(0)));
    let reader = Reader::new(source, interpolation, border);
    for (row, y) in target.rows_mut().zip(0..) {
        let [xs, ys] = &mut *coordinates;
        field.row(y, prepared, xs, ys);
        for (coordinates, positions) in coordinates.iter().zip(&mut *positions) {
            places::positions(coordinates, positions);
        }
        let [xs, ys] = &*positions;
        for (out, (x, y)) in row.chunks_exact_mut(channels).zip(xs.iter().zip(ys)) {
            reader.read((*x, *y), out);
        }
    }
}

/// A way to read a picture.
struct Reader<'a> {
    source: DeepWindow<'a>,
    interpolation: Interpolation,
    mode: FillMode,
    fill: [u16; MOST_CHANNELS],
}

impl<'a> Reader<'a> {
    fn new(source: DeepWindow<'a>, interpolation: Interpolation, border: Border) -> Self {
        Self { source, interpolation, mode: border.fill_mode, fill: colour(border.fill_value, source.planes()) }
    }

    fn read(&self, (x, y): (Position, Position), out: &mut [u16]) {
        match self.interpolation {
            Interpolation::Nearest => out.copy_from_slice(self.pixel(x.nearest(), y.nearest())),
            Interpolation::Bicubic => self.cubic((x, y), out),
            Interpolation::Bilinear | Interpolation::Area | Interpolation::Lanczos3 => self.linear((x, y), out),
        }
    }

    /// The samples at pixel (`x`, `y`), which may lie outside.
    fn pixel(&self, x: i64, y: i64) -> &[u16] {
        let Size { width, height } = self.source.size();
        match (border_index(x, width, self.mode), border_index(y, height, self.mode)) {
            (Some(x), Some(y)) => self.source.pixel(x, y),
            _ => &self.fill[..self.source.planes().channels],
        }
    }

    fn linear(&self, (x, y): (Position, Position), out: &mut [u16]) {
        let Size { width, height } = self.source.size();
        let inside = |p: Position, len| Stretch::at(p.quantum(), len, self.mode).line(p, 0).map(|(p, _)| p);
        // What stands still or goes backwards is brought inside; what blends with the other end, or with the fill, is not.
        let (x, y) = match (inside(x, width), inside(y, height)) {
            (Some(x), Some(y)) => (x, y),
            _ => (x, y),
        };
        let (column, row) = (x.quantum() >> WEIGHT, y.quantum() >> WEIGHT);
        let (right, below) = (i64::from(x.beyond()), i64::from(y.beyond()));
        if (right, below) == (0, 0) {
            return out.copy_from_slice(self.pixel(column, row));
        }
        let p = |dx: i64, dy: i64| self.pixel(column + dx, row + dy);
        let (upper, lower) = ([p(0, 0), p(1, 0)], [p(0, 1), p(1, 1)]);
        let of_levels = self.source.planes().depth == Depth::Uint8;
        for (c, out) in out.iter_mut().enumerate() {
            if of_levels {
                let [upper, lower] = [upper, lower].map(|pair| (pair[0][c] as u8, pair[1][c] as u8));
                *out = u16::from(bilinear::level(upper, lower, x.beyond(), y.beyond()));
                continue;
            }
            let across = |pair: [&[u16]; 2]| i64::from(pair[0][c]) * (QUANTA - right) + i64::from(pair[1][c]) * right;
            let sum = across(upper) * (QUANTA - below) + across(lower) * below;
            *out = ((sum + (1 << (2 * WEIGHT - 1))) >> (2 * WEIGHT)) as u16;
        }
    }

    fn cubic(&self, (x, y): (Position, Position), out: &mut [u16]) {
        let (column, row) = (x.quantum() >> WEIGHT, y.quantum() >> WEIGHT);
        let (across, down) = (keys(x.beyond()), keys(y.beyond()));
        let mut sums = [0.0; MOST_CHANNELS];
        for (weight, dy) in down.into_iter().zip(-1..) {
            for (share, dx) in across.into_iter().zip(-1..) {
                let weight = weight * share;
                for (sum, sample) in sums.iter_mut().zip(self.pixel(column + dx, row + dy)) {
                    *sum += weight * f64::from(*sample);
                }
            }
        }
        let greatest = f64::from(self.source.planes().depth.greatest());
        out.iter_mut().zip(sums).for_each(|(out, sum)| *out = (sum + 0.5).clamp(0.0, greatest) as u16);
    }
}

/// The samples of a colour: with three channels each has its own, else all have the first.
pub(super) fn colour(colour: [u8; 3], planes: Planes) -> [u16; MOST_CHANNELS] {
    let of = |c: usize| if planes.channels == 3 { colour[c % 3] } else { colour[0] };
    std::array::from_fn(|c| sample(of(c), planes.depth))
}

/// The sample that a level of 8 bits stands for.
pub(super) fn sample(level: u8, depth: Depth) -> u16 {
    u16::from(level) * depth.of_level()
}

/// Keys's kernel, a = -1/2, at -1-t, -t, 1-t, 2-t, for t in quanta; sums to one.
fn keys(beyond: i32) -> [f64; 4] {
    let t = f64::from(beyond) / QUANTA as f64;
    let (w0, w2, w3) = (0.5 * t * ((2.0 - t) * t - 1.0), 0.5 * t * ((4.0 - 3.0 * t) * t + 1.0), 0.5 * t * t * (t - 1.0));
    [w0, 1.0 - w0 - w2 - w3, w2, w3]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_weights_of_half_way_are_those_of_keys() {
        assert_eq!(keys(1 << 14), [-0.0625, 0.5625, 0.5625, -0.0625]);
        assert_eq!(keys(0), [0.0, 1.0, 0.0, 0.0]);
    }

    #[test]
    fn a_quarter_is_exact_and_the_border_is_the_fill() {
        let planes = Planes { channels: 1, depth: Depth::Uint16 };
        let source = Deep::from_samples(Size::new(2, 1), planes, vec![1000, 60_000]);
        let shown = |x: f64, fill_mode| {
            let mut made = Deep::from_samples(Size::new(1, 1), planes, vec![0]);
            let border = Border { fill_mode, fill_value: [10; 3] };
            warp(source.window(), &Matrix::translation(x, 0.0), (Interpolation::Bilinear, border), &mut made);
            made.samples()[0]
        };
        assert_eq!(shown(0.25, FillMode::Nearest), 15_750);
        assert_eq!(shown(-0.5, FillMode::Constant), 1785);
        assert_eq!(shown(-3.0, FillMode::Constant), 2570);
        assert_eq!(shown(1.5, FillMode::Wrap), 30_500);
    }
}

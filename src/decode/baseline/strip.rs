//! The rows of a picture that are decoded and not yet in it: planes of luma and chroma.

use super::frame::{Component, Frame};
use crate::image::Image;
use crate::kernels::color::from_ycc;
use crate::kernels::jpeg::{Frequencies, FrequencySteps, doubled_across, doubled_down, to_levels};

/// A component's levels: a ring of rows of blocks.
struct Plane {
    levels: Vec<u8>,
    stride: usize,
    /// Blocks in a unit of the scan.
    across: usize,
    down: usize,
    steps: FrequencySteps,
    /// The mean of the last block.
    mean: i32,
}

/// A mean beyond which a picture is not regular.
const MOST: i32 = 1 << 16;

/// Two rows of units, and what becomes of them.
pub(super) struct Strip {
    planes: Vec<Plane>,
    width: usize,
    height: usize,
    /// Whether chroma is of half the size.
    half: (bool, bool),
    /// Rows of units in the picture.
    rows: usize,
    /// Rows of the picture that are made.
    made: usize,
    /// A row of each chroma: doubled down, and across after that.
    doubled: [[Vec<u8>; 2]; 2],
}

impl Plane {
    /// Row `y` of the whole plane; it is one of the last two rows of units.
    fn row(&self, y: usize) -> &[u8] {
        &self.levels[y % (16 * self.down) * self.stride..][..self.stride]
    }
}

impl Strip {
    /// For a picture of which nothing is decoded.
    pub(super) fn new(frame: &Frame<'_>) -> Self {
        let plane = |component: &Component| {
            let stride = frame.unit_columns() * component.across * 8;
            let levels = vec![0; stride * component.down * 16];
            let &Component { across, down, steps, .. } = component;
            Plane { levels, stride, across, down, steps, mean: 0 }
        };
        let luma = &frame.components[0];
        Self {
            planes: frame.components.iter().map(plane).collect(),
            width: frame.size.width as usize,
            height: frame.size.height as usize,
            half: (luma.across == 2, luma.down == 2),
            rows: frame.unit_rows(),
            made: 0,
            doubled: Default::default(),
        }
    }

    /// Takes a block of component `c` in a unit, both by row and column, the block's in the unit. Its mean is a difference
    /// to that of the last; nothing is made of one that lies too far from gray.
    pub(super) fn put(&mut self, c: usize, unit: (usize, usize), at: (usize, usize), block: &Frequencies) -> Option<()> {
        let plane = &mut self.planes[c];
        plane.mean += i32::from(block[0]);
        let mean = i16::try_from(plane.mean).ok().filter(|_| (plane.mean * plane.steps.0[0]).abs() < MOST)?;
        let (row, column) = (unit.0 % 2 * plane.down + at.0, unit.1 * plane.across + at.1);
        let first = row * 8 * plane.stride + column * 8;
        to_levels(block, mean, &plane.steps, &mut plane.levels[first..], plane.stride);
        Some(())
    }

    /// Makes the rows of the picture that row `row` of units, which is whole, is enough for.
    pub(super) fn finish_row(&mut self, row: usize, image: &mut Image) {
        let decoded = (row + 1) * 8 * self.planes[0].down;
        // The last row takes chroma of the next one.
        let known = if self.half.1 && row + 1 < self.rows { decoded - 1 } else { decoded };
        let bytes = image.bytes_mut();
        for y in self.made..known.min(self.height) {
            self.make(y, &mut bytes[y * self.width * 3..][..self.width * 3]);
        }
        self.made = known.min(self.height);
    }

    fn make(&mut self, y: usize, target: &mut [u8]) {
        let [luma, chroma @ ..] = &self.planes[..] else { return };
        let luma = &luma.row(y)[..self.width];
        let [blue, red] = chroma else {
            return target.as_chunks_mut().0.iter_mut().zip(luma).for_each(|(pixel, level)| *pixel = [*level; 3]);
        };
        let last = self.rows * 8 - 1;
        let [for_blue, for_red] = &mut self.doubled;
        let blue = whole(blue, y, last, self.half, for_blue);
        let red = whole(red, y, last, self.half, for_red);
        from_ycc([luma, &blue[..self.width], &red[..self.width]], target);
    }
}

/// Row `y` of a chroma, whose last is `last`, doubled where it is of half the size: down, and then across.
fn whole<'a>(
    plane: &'a Plane,
    y: usize,
    last: usize,
    (half_across, half_down): (bool, bool),
    [down, across]: &'a mut [Vec<u8>; 2],
) -> &'a [u8] {
    let mut row = plane.row(if half_down { y / 2 } else { y });
    if half_down {
        let far = if y.is_multiple_of(2) { (y / 2).saturating_sub(1) } else { (y / 2 + 1).min(last) };
        down.resize(row.len(), 0);
        doubled_down(row, plane.row(far), down);
        row = down;
    }
    if half_across {
        across.resize(2 * row.len(), 0);
        doubled_across(row, across);
        row = across;
    }
    row
}

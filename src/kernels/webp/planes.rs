//! Luma and the two chroma planes of half the size, in whole macroblocks, with what stands around them.

/// Columns before the first and behind the last.
const MARGIN: usize = 16;

/// What VP8 takes for the levels above a picture, and left of it.
const ABOVE: u8 = 127;
const LEFT: u8 = 129;

/// One plane with a row above and margins left and right.
#[derive(Clone, Debug, Default)]
pub(super) struct Plane {
    pub(super) bytes: Vec<u8>,
    pub(super) stride: usize,
}

impl Plane {
    /// Takes a size, and sets what stands around; what is inside is left open.
    fn reshape(&mut self, width: usize, height: usize) {
        self.stride = width + 2 * MARGIN;
        self.bytes.resize(self.stride * (height + 1), 0);
        self.bytes[..self.stride].fill(ABOVE);
        for row in self.bytes.chunks_exact_mut(self.stride).skip(1) {
            row[MARGIN - 1] = LEFT;
        }
    }

    /// Where the level at (x, y) is.
    #[inline(always)]
    pub(super) fn at(&self, x: usize, y: usize) -> usize {
        (y + 1) * self.stride + MARGIN + x
    }

    /// Rows, without the one above.
    pub(super) fn height(&self) -> usize {
        self.bytes.len() / self.stride - 1
    }

    #[inline(always)]
    pub(super) fn row(&self, y: usize) -> &[u8] {
        &self.bytes[self.at(0, y)..][..self.stride - 2 * MARGIN]
    }

    #[inline(always)]
    pub(super) fn row_mut(&mut self, y: usize) -> &mut [u8] {
        let begin = self.at(0, y);
        &mut self.bytes[begin..][..self.stride - 2 * MARGIN]
    }

    /// Fills row `y` with the one above.
    pub(super) fn repeat_row(&mut self, y: usize) {
        let begin = self.at(0, y);
        let above = begin - self.stride;
        self.bytes.copy_within(above..above + self.stride - 2 * MARGIN, begin);
    }

    /// Repeats the last level of row `y` behind it.
    pub(super) fn repeat_behind(&mut self, y: usize) {
        let end = self.at(0, y) + self.stride - 2 * MARGIN;
        let last = self.bytes[end - 1];
        self.bytes[end..end + 4].fill(last);
    }

    /// A block of 4x4 levels at index `at`.
    #[inline(always)]
    pub(super) fn block(&self, at: usize) -> [[u8; 4]; 4] {
        std::array::from_fn(|y| std::array::from_fn(|x| self.bytes[at + y * self.stride + x]))
    }

    /// Puts a block of 4x4 levels at index `at`.
    #[inline(always)]
    pub(super) fn put(&mut self, at: usize, block: &[[u8; 4]; 4]) {
        for (y, row) in block.iter().enumerate() {
            self.bytes[at + y * self.stride..][..4].copy_from_slice(row);
        }
    }
}

/// The planes of a picture.
#[derive(Clone, Debug, Default)]
pub(super) struct Planes {
    pub(super) luma: Plane,
    pub(super) blue: Plane,
    pub(super) red: Plane,
}

impl Planes {
    /// Takes a size in macroblocks of 16x16 pixels.
    pub(super) fn reshape(&mut self, columns: usize, rows: usize) {
        self.luma.reshape(16 * columns, 16 * rows);
        self.blue.reshape(8 * columns, 8 * rows);
        self.red.reshape(8 * columns, 8 * rows);
    }
}

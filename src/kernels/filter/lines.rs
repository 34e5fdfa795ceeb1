//! Rows with a margin on both sides, kept while a filter needs them.

/// Numbers of a pixel.
pub(super) const CHANNELS: usize = 3;

/// Lines of equal length; line `i` is in place `i % places`.
#[derive(Debug, Default)]
pub(super) struct Lines<T> {
    numbers: Vec<T>,
    /// Pixels on each side.
    margin: usize,
    /// Numbers in a line, margins included.
    stride: usize,
    places: usize,
}

impl<T: Copy + Default> Lines<T> {
    /// Makes room for `places` lines of `width` pixels with `margin` pixels on both sides.
    pub(super) fn reset(&mut self, width: usize, margin: usize, places: usize) {
        (self.margin, self.stride, self.places) = (margin, (width + 2 * margin) * CHANNELS, places);
        self.numbers.resize(self.stride * places, T::default());
    }

    /// All lines.
    pub(super) fn numbers(&self) -> &[T] {
        &self.numbers
    }

    /// Where line `i` begins in [`Self::numbers`], its left margin first.
    pub(super) fn start(&self, i: usize) -> usize {
        i % self.places * self.stride
    }

    /// Line `i` with its margins.
    pub(super) fn line(&self, i: usize) -> &[T] {
        &self.numbers[self.start(i)..][..self.stride]
    }

    /// Line `i` without its margins.
    pub(super) fn inner_mut(&mut self, i: usize) -> &mut [T] {
        let edge = self.margin * CHANNELS;
        let start = self.start(i);
        &mut self.numbers[start + edge..start + self.stride - edge]
    }

    /// All `N` lines without their margins.
    ///
    /// # Panics
    /// If there are fewer.
    pub(super) fn all_mut<const N: usize>(&mut self) -> [&mut [T]; N] {
        let edge = self.margin * CHANNELS;
        let mut lines = self.numbers.chunks_exact_mut(self.stride);
        std::array::from_fn(|_| {
            let line = lines.next().expect("invariant: as many lines as were asked for");
            let end = line.len() - edge;
            &mut line[edge..end]
        })
    }

    /// Fills the margins of line `i` from what it holds between them, by `rule`: from a place of the axis and its
    /// length to a place within.
    pub(super) fn fill_margins(&mut self, i: usize, rule: fn(isize, usize) -> usize) {
        let start = self.start(i);
        let line = &mut self.numbers[start..][..self.stride];
        let width = self.stride / CHANNELS - 2 * self.margin;
        let margin = self.margin as isize;
        for x in (-margin..0).chain(width as isize..width as isize + margin) {
            let from = (rule(x, width) + self.margin) * CHANNELS;
            line.copy_within(from..from + CHANNELS, (x + margin) as usize * CHANNELS);
        }
    }
}

/// Where place `at` of an axis of `len` pixels is read, mirrored about the edge pixels as often as needed.
pub(in crate::kernels) fn mirror(at: isize, len: usize) -> usize {
    if len == 1 {
        return 0;
    }
    let period = 2 * (len - 1);
    let at = at.rem_euclid(period as isize) as usize;
    at.min(period - at)
}

/// Where place `at` of an axis of `len` pixels is read, the edge pixels held.
pub(super) fn hold(at: isize, len: usize) -> usize {
    at.clamp(0, len as isize - 1) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mirrors_go_on_for_ever() {
        let read = |len| (-5..8).map(|at| mirror(at, len)).collect::<Vec<_>>();
        assert_eq!(read(3), [1, 0, 1, 2, 1, 0, 1, 2, 1, 0, 1, 2, 1]);
        assert_eq!(read(1), [0; 13]);
    }

    #[test]
    fn margins_are_filled_by_their_rule() {
        let mut lines = Lines::<u8>::default();
        lines.reset(2, 2, 1);
        lines.inner_mut(0).copy_from_slice(&[1, 2, 3, 4, 5, 6]);
        lines.fill_margins(0, mirror);
        assert_eq!(lines.line(0), [1, 2, 3, 4, 5, 6, 1, 2, 3, 4, 5, 6, 1, 2, 3, 4, 5, 6]);
        lines.fill_margins(0, hold);
        assert_eq!(lines.line(0), [1, 2, 3, 1, 2, 3, 1, 2, 3, 4, 5, 6, 4, 5, 6, 4, 5, 6]);
    }
}

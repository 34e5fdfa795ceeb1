//! Resampling with AVX2: the twin of `plain`, byte for byte.
//!
//! Rows are brought to their width, as lines, when a row of the result needs them, and only the last lines
//! are kept, so that they are read from the cache.

use super::across_avx2::{Across, BEHIND, ROWS};
use super::down_avx2::{BYTES, Down, Lines};
use super::taps::Axis;
use crate::image::Window;

/// What is kept from one picture to the next.
#[derive(Debug, Default)]
pub(super) struct Workspace {
    across: Cache<Across>,
    down: Cache<Down>,
    /// The last lines: line `i` is in place `i % places`.
    lines: Vec<u8>,
    /// Where the lines of a row begin, by twos.
    starts: Vec<[usize; 2]>,
}

impl Workspace {
    pub(super) fn resize(&mut self, source: Window<'_>, across: &Axis, down: &Axis, target: &mut [u8]) {
        let width = across.part.len() * 3;
        let (across, down) = (self.across.get(across, Across::new), self.down.get(down, Down::new));
        // One byte more, which a kernel may overwrite.
        let stride = (width + 1).next_multiple_of(BYTES);
        // As many as a row needs are there when the last of them has been made.
        let places = (down.count + ROWS - 1).next_multiple_of(ROWS);
        self.lines.resize(places * stride, 0);
        let mut made = 0;
        for (y, row) in target.chunks_exact_mut(width).enumerate() {
            let needed = down.needed(y);
            while made < needed.end {
                let lines = &mut self.lines[made % places * stride..][..ROWS * stride];
                across.make(rows(source, &down.rows, made), lines);
                made += ROWS;
            }
            debug_assert!(made <= needed.start + places, "invariant: windows only move on");
            self.starts.clear();
            let start = |line: usize| line % places * stride;
            let last = needed.end - 1;
            self.starts.extend(needed.step_by(2).map(|line| [start(line), start(last.min(line + 1))]));
            down.make(y, Lines { bytes: &self.lines, starts: &self.starts }, row);
        }
    }
}

/// The rows of `source` that make the lines from `first` on; after the last one the last one again.
fn rows<'a>(source: Window<'a>, rows: &[u32], first: usize) -> [&'a [u8]; ROWS] {
    let width = source.size().width as usize * 3;
    std::array::from_fn(|i| {
        let y = rows[(first + i).min(rows.len() - 1)] as usize;
        &source.padded()[y * source.stride()..][..width + BEHIND]
    })
}

/// Photos of a folder have some sizes, each in two directions.
const KEPT: usize = 32;

/// What was made for the last axes, the latest first.
#[derive(Debug)]
struct Cache<T>(Vec<(Axis, T)>);

impl<T> Default for Cache<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> Cache<T> {
    fn get(&mut self, axis: &Axis, make: fn(&Axis) -> T) -> &T {
        if let Some(at) = self.0.iter().position(|(kept, _)| kept == axis) {
            self.0[..=at].rotate_right(1);
        } else {
            self.0.truncate(KEPT - 1);
            self.0.insert(0, (axis.clone(), make(axis)));
        }
        &self.0[0].1
    }
}

//! Pixels to planes.

use super::blocks::{Change, Collect, PIXELS, Planes, collect};

/// Fills `planes` with the reds of the pixels of `source`, then their greens, then their blues.
///
/// # Panics
/// If they differ in length, or hold no whole pixels.
pub fn parted(source: &[u8], planes: &mut [u8]) {
    assert!(source.len() == planes.len() && source.len().is_multiple_of(3), "invariant: pixel for pixel");
    let (red, others) = planes.split_at_mut(source.len() / 3);
    let (green, blue) = others.split_at_mut(source.len() / 3);
    collect(source, &mut Rows { left: [red, green, blue] });
}

/// Fills three rows with the levels that `change` makes of the pixels of `source`.
///
/// # Panics
/// If a row has fewer levels than `source` has pixels.
pub(super) fn changed(source: &[u8], change: &impl Change, rows: [&mut [u8]; 3]) {
    collect(source, &mut Parting { change, made: [[0; PIXELS]; 3], rows: Rows { left: rows } });
}

/// What is not filled yet of each row.
struct Rows<'a> {
    left: [&'a mut [u8]; 3],
}

impl Collect for Rows<'_> {
    #[inline(always)]
    fn collect(&mut self, from: &Planes, pixels: usize) {
        for (left, from) in self.left.iter_mut().zip(from) {
            let (filled, rest) = std::mem::take(left).split_at_mut(pixels);
            match filled.as_chunks_mut().0 {
                // Of a known length, and so by vectors.
                [block] => *block = *from,
                _ => filled.copy_from_slice(&from[..pixels]),
            }
            *left = rest;
        }
    }
}

struct Parting<'a, C> {
    change: &'a C,
    made: Planes,
    rows: Rows<'a>,
}

impl<C: Change> Collect for Parting<'_, C> {
    #[inline(always)]
    fn collect(&mut self, from: &Planes, pixels: usize) {
        self.change.change(from, &mut self.made);
        self.rows.collect(&self.made, pixels);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn planes_hold_every_pixel() {
        for pixels in [0, 1, 63, 64, 130] {
            let source: Vec<u8> = (0..3 * pixels).map(|i| (i % 251) as u8).collect();
            let mut planes = vec![0; source.len()];
            parted(&source, &mut planes);
            let expected: Vec<u8> = (0..3).flat_map(|c| source.iter().skip(c).step_by(3).copied()).collect();
            assert_eq!(planes, expected);
        }
    }
}

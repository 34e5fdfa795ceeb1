//! Pixels to planes.

use super::blocks::{Collect, Planes, collect};

/// Fills `planes` with the reds of the pixels of `source`, then their greens, then their blues.
///
/// # Panics
/// If they differ in length, or hold no whole pixels.
pub fn parted(source: &[u8], planes: &mut [u8]) {
    assert!(source.len() == planes.len() && source.len().is_multiple_of(3), "invariant: pixel for pixel");
    let (red, others) = planes.split_at_mut(source.len() / 3);
    let (green, blue) = others.split_at_mut(source.len() / 3);
    collect(source, &mut Parting { left: [red, green, blue] });
}

/// What is not filled yet of each plane.
struct Parting<'a> {
    left: [&'a mut [u8]; 3],
}

impl Collect for Parting<'_> {
    #[inline(always)]
    fn collect(&mut self, from: &Planes, pixels: usize) {
        for (left, from) in self.left.iter_mut().zip(from) {
            let (filled, rest) = std::mem::take(left).split_at_mut(pixels);
            filled.copy_from_slice(&from[..pixels]);
            *left = rest;
        }
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

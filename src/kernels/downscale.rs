//! A picture made small and brought back to its size: what a low resolution takes.

use super::resize::{Resizer, Scaling};
use crate::image::{Image, Size};
use crate::units::Interpolation;

/// What a thread keeps between pictures: the small picture, and the weights of both ways.
#[derive(Debug, Default)]
pub struct Scratch {
    small: Image,
    down: Resizer,
    up: Resizer,
}

/// Fills `target` with `source` brought to the size `small` by `down` and back to its own by `up`, neither of which
/// averages more than its interpolation does (OpenCV's rule: no antialias).
///
/// # Panics
/// If `target` has another length than the picture, or `small` has no pixels.
pub fn downscale(
    source: &Image,
    small: Size,
    (down, up): (Interpolation, Interpolation),
    scratch: &mut Scratch,
    target: &mut [u8],
) {
    let scaling = |to: Size, interpolation| Scaling { to, x: 0, y: 0, size: to, interpolation, antialias: false };
    scratch.small.reshape(small);
    scratch.down.resize(source, &scaling(small, down), scratch.small.bytes_mut());
    scratch.up.resize(&scratch.small, &scaling(source.size(), up), target);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(levels: &[u8], width: u32, ways: (Interpolation, Interpolation)) -> Vec<u8> {
        let source = Image::from_bytes(Size::new(levels.len() as u32, 1), levels.iter().flat_map(|l| [*l; 3]).collect());
        let mut target = vec![0; source.bytes().len()];
        downscale(&source, Size::new(width, 1), ways, &mut Scratch::default(), &mut target);
        target.chunks_exact(3).map(|pixel| pixel[0]).collect()
    }

    #[test]
    fn known_rows() {
        use Interpolation::{Area, Bilinear, Nearest};
        assert_eq!(row(&[1, 2, 3, 4, 5, 6], 2, (Nearest, Nearest)), [2, 2, 2, 5, 5, 5]);
        assert_eq!(row(&[0, 100, 200, 40], 2, (Area, Nearest)), [50, 50, 120, 120]);
        assert_eq!(row(&[0, 100, 200, 40], 2, (Area, Bilinear)), [50, 68, 103, 120]);
        assert_eq!(row(&[7, 9, 11], 3, (Area, Bilinear)), [7, 9, 11]);
    }
}

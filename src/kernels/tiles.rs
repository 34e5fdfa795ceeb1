//! Pieces of a picture that change places.

use crate::image::{Image, Size};

/// A rectangle, and the place that it is laid at; left and top edges in pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tile {
    /// Where it is cut out.
    pub from: (u32, u32),
    /// Where it is laid.
    pub to: (u32, u32),
    /// Its size.
    pub size: Size,
}

/// Fills `target`, a picture of the size of `source`, with `tiles`, which cover it.
///
/// # Panics
/// If a tile reaches beyond the picture, or `target` has another length.
pub fn lay_tiles(source: &Image, tiles: &[Tile], target: &mut [u8]) {
    assert_eq!(target.len(), source.bytes().len(), "invariant: pixel for pixel");
    let stride = source.size().width as usize * 3;
    for Tile { from, to, size } in tiles {
        let length = size.width as usize * 3;
        for row in 0..size.height {
            let at = (to.1 + row) as usize * stride + to.0 as usize * 3;
            target[at..at + length].copy_from_slice(&source.row(from.1 + row)[from.0 as usize * 3..][..length]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_halves_change_places() {
        let source = Image::from_bytes(Size::new(4, 1), (0..4).flat_map(|level| [level; 3]).collect());
        let size = Size::new(2, 1);
        let tiles = [Tile { from: (0, 0), to: (2, 0), size }, Tile { from: (2, 0), to: (0, 0), size }];
        let mut made = vec![9; 12];
        lay_tiles(&source, &tiles, &mut made);
        assert_eq!(made, [2, 2, 2, 3, 3, 3, 0, 0, 0, 1, 1, 1]);
    }
}

//! Pieces that change places, and channels that do.

use crate::image::Deep;
use crate::kernels::tiles::Tile;

/// Fills `target`, a picture like `source`, with `tiles`, which cover it.
///
/// # Panics
/// If a tile reaches beyond the picture.
pub fn lay_tiles(source: &Deep, tiles: &[Tile], target: &mut Deep) {
    let channels = source.planes().channels;
    let stride = source.size().width as usize * channels;
    for Tile { from, to, size } in tiles {
        let cut = source.window().part(from.0, from.1, *size);
        for row in 0..size.height {
            let at = (to.1 + row) as usize * stride + to.0 as usize * channels;
            target.samples_mut()[at..][..size.width as usize * channels].copy_from_slice(cut.row(row));
        }
    }
}

/// Fills `target`, a picture like `source`, with channel `order[c]` in place of channel `c`.
///
/// # Panics
/// If there are not as many channels as `order` names.
pub fn shuffle(source: &Deep, order: [u8; 3], target: &mut Deep) {
    assert_eq!(source.planes().channels, order.len(), "invariant: three channels");
    for (to, from) in target.samples_mut().chunks_exact_mut(3).zip(source.samples().chunks_exact(3)) {
        to.copy_from_slice(&order.map(|c| from[usize::from(c)]));
    }
}

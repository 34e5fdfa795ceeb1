//! Gravel: small squares of one lightness.

use super::hls;
use crate::image::Image;

/// A piece of gravel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Piece {
    /// First column, and the one behind the last.
    pub columns: (u32, u32),
    /// First row, and the one behind the last.
    pub rows: (u32, u32),
    /// Its lightness, 0 to 255; hue and saturation stay.
    pub level: u8,
}

/// Fills `target` with `source` and pieces of gravel on it.
///
/// As Albumentations' `add_gravel`, but what no piece covers is left as it is, where that one rounds the whole
/// picture to 8-bit hues.
pub fn gravel(source: &Image, pieces: impl Iterator<Item = Piece>, target: &mut [u8]) {
    target.copy_from_slice(source.bytes());
    let size = source.size();
    let stride = size.width as usize * 3;
    for piece in pieces {
        let columns = piece.columns.0.min(size.width) as usize * 3..piece.columns.1.min(size.width) as usize * 3;
        for y in piece.rows.0..piece.rows.1.min(size.height) {
            if columns.is_empty() {
                continue;
            }
            // From the source: a later piece replaces an earlier one.
            let row = &mut target[y as usize * stride..][columns.clone()];
            for (to, from) in row.chunks_exact_mut(3).zip(source.row(y)[columns.clone()].chunks_exact(3)) {
                let [hue, _, saturation] = hls::from_rgb(from[0], from[1], from[2]);
                to.copy_from_slice(&hls::to_rgb([hue, f32::from(piece.level), saturation]));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::Size;

    #[test]
    fn the_last_piece_is_seen() {
        let source = Image::from_bytes(Size::new(3, 1), vec![100; 9]);
        let mut target = [0; 9];
        let one = Piece { columns: (0, 2), rows: (0, 1), level: 30 };
        gravel(&source, [one, Piece { columns: (1, 9), rows: (0, 9), level: 200 }].into_iter(), &mut target);
        assert_eq!(target, [30, 30, 30, 200, 200, 200, 200, 200, 200]);
    }
}

//! Shadows: darkened polygons.

use super::{Scratch, table};
use crate::image::Image;

/// Fills `target` with `source` and each shadow's polygon darkened by its intensity (0 to 1).
///
/// Points are (x, y) in pixels. Levels are cut, not rounded, after each shadow, as in Albumentations' `add_shadow`.
pub fn shadow<'a>(
    source: &Image,
    shadows: impl Iterator<Item = (&'a [[i64; 2]], f64)>,
    scratch: &mut Scratch,
    target: &mut [u8],
) {
    target.copy_from_slice(source.bytes());
    for (points, intensity) in shadows {
        scratch.mask.clear(source.size());
        scratch.mask.polygon(points);
        let darker = table(|level| (f64::from(level) * (1.0 - intensity)) as u8);
        let rows = target.chunks_exact_mut(source.size().width as usize * 3).zip(scratch.mask.rows());
        for (pixels, covered) in rows {
            for (pixel, covered) in pixels.chunks_exact_mut(3).zip(covered) {
                if *covered != 0 {
                    pixel.iter_mut().for_each(|level| *level = darker[*level as usize]);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::Size;

    #[test]
    fn shadows_add_up() {
        let source = Image::from_bytes(Size::new(3, 1), vec![101; 9]);
        let mut target = vec![0; 9];
        let wide: &[[i64; 2]] = &[[0, 0], [1, 0], [1, 0]];
        let narrow: &[[i64; 2]] = &[[0, 0], [0, 0], [0, 0]];
        shadow(&source, [(wide, 0.5), (narrow, 0.5)].into_iter(), &mut Scratch::default(), &mut target);
        assert_eq!(target, [25, 25, 25, 50, 50, 50, 101, 101, 101]);
    }
}

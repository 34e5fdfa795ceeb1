//! Rows that are copied as they are: crops, and pictures upside down.

use super::matrix::Matrix;
use crate::image::{Size, Window};

/// Fills `target`, a picture of `size`, with whole rows of `source` as `map` names them, if it moves them by whole pixels
/// and at most turns their order round; says whether it does. Never reads outside: then it does not.
pub fn copy_rows(source: Window<'_>, map: &Matrix, size: Size, target: &mut [u8]) -> bool {
    let Matrix([a, b, left, d, e, top]) = *map;
    let last = top + e * (f64::from(size.height) - 1.0);
    let fits = |first: f64, last: f64, side: u32| first.min(last) >= 0.0 && first.max(last) < f64::from(side);
    let whole = a == 1.0 && b == 0.0 && d == 0.0 && e.abs() == 1.0 && left.fract() == 0.0 && top.fract() == 0.0;
    let right = left + f64::from(size.width) - 1.0;
    if !whole || !fits(left, right, source.size().width) || !fits(top, last, source.size().height) {
        return false;
    }
    let stride = size.width as usize * 3;
    for (y, row) in target.chunks_exact_mut(stride.max(1)).enumerate() {
        let from = source.row((top + e * y as f64) as u32);
        row.copy_from_slice(&from[left as usize * 3..][..stride]);
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::Image;

    fn copied(map: [f64; 6], size: Size) -> Option<Vec<u8>> {
        let source = Image::from_bytes(Size::new(3, 2), (0..18).collect());
        let mut target = vec![99; size.bytes() as usize];
        copy_rows(source.window(), &Matrix(map), size, &mut target).then_some(target)
    }

    #[test]
    fn crops_and_upside_down() {
        let (two, one) = (Size::new(2, 2), Size::new(2, 1));
        assert_eq!(copied([1.0, 0.0, 1.0, 0.0, 1.0, 1.0], one).unwrap(), [12, 13, 14, 15, 16, 17]);
        assert_eq!(copied([1.0, 0.0, 0.0, 0.0, -1.0, 1.0], two).unwrap(), [9, 10, 11, 12, 13, 14, 0, 1, 2, 3, 4, 5]);
    }

    #[test]
    fn what_mirrors_blends_or_leaves_the_picture_is_not_copied() {
        let two = Size::new(2, 2);
        for map in [
            [-1.0, 0.0, 1.0, 0.0, 1.0, 0.0],
            [1.0, 0.0, 0.5, 0.0, 1.0, 0.0],
            [1.0, 0.0, 2.0, 0.0, 1.0, 0.0],
            [1.0, 0.0, 0.0, 0.0, 1.0, -1.0],
        ] {
            assert_eq!(copied(map, two), None, "{map:?}");
        }
    }
}

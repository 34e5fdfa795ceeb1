//! What a picture looks like, in 64 bits.

use super::resize::{Resizer, Scaling};
use crate::image::{Image, Size};
use crate::units::Interpolation;

/// The difference hash: of the picture averaged to 9x8 and gray, whether each pixel is darker than its right neighbour
/// (N. Krawetz, "Kind of like that", 2013, as in `imagehash.dhash`). Copies in another size, quality or format differ
/// in few bits.
pub fn difference_hash(image: &Image, resizer: &mut Resizer) -> u64 {
    let size = Size::new(9, 8);
    let scaling = Scaling { to: size, x: 0, y: 0, size, interpolation: Interpolation::Area, antialias: true };
    let mut small = [0; 9 * 8 * 3];
    resizer.resize_part(image.window(), &scaling, &mut small);
    let gray: Vec<u32> =
        small.chunks_exact(3).map(|p| 299 * u32::from(p[0]) + 587 * u32::from(p[1]) + 114 * u32::from(p[2])).collect();
    let darker = gray.chunks_exact(9).flat_map(|row| row.windows(2).map(|pair| u64::from(pair[0] < pair[1])));
    darker.fold(0, |hash, bit| hash << 1 | bit)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ramp(size: Size, level: impl Fn(u32, u32) -> u32) -> Image {
        let places = (0..size.height).flat_map(|y| (0..size.width).map(move |x| (x, y)));
        Image::from_bytes(size, places.flat_map(|(x, y)| [level(x, y) as u8; 3]).collect())
    }

    #[test]
    fn it_says_where_it_gets_brighter() {
        let mut resizer = Resizer::default();
        let brighter = ramp(Size::new(90, 40), |x, _| x);
        assert_eq!(difference_hash(&brighter, &mut resizer), u64::MAX);
        assert_eq!(difference_hash(&ramp(Size::new(90, 40), |x, _| 200 - x), &mut resizer), 0);
        let half = ramp(Size::new(90, 40), |x, y| if y < 20 { x } else { 200 - x });
        assert_eq!(difference_hash(&half, &mut resizer), 0xffff_ffff_0000_0000);
    }

    #[test]
    fn another_size_changes_little_and_a_single_pixel_has_no_look() {
        let mut resizer = Resizer::default();
        let wave = |x: u32, y: u32, scale: u32| (x * 7 / scale + y * 3 / scale) % 200;
        let small = difference_hash(&ramp(Size::new(90, 80), |x, y| wave(x, y, 1)), &mut resizer);
        let large = difference_hash(&ramp(Size::new(180, 160), |x, y| wave(x, y, 2)), &mut resizer);
        assert!((small ^ large).count_ones() <= 3, "{small:x} {large:x}");
        assert_eq!(difference_hash(&Image::new(Size::new(1, 1)), &mut resizer), 0);
    }
}

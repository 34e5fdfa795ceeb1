//! Brings pictures to the size in which they are shown.

use crate::image::{Image, Size};
use crate::kernels::resize::{Resizer, Scaling};
use crate::units::Interpolation;

/// The picture brought into a box: a small one as it is, or a whole number of times larger; a large one shrunk.
/// Sides keep their proportion.
pub fn fit(image: &Image, most: Size) -> Image {
    let Size { width, height } = image.size();
    let times = (most.width / width.max(1)).min(most.height / height.max(1));
    if times >= 1 {
        return enlarged(image, times);
    }
    let share = (f64::from(most.width) / f64::from(width)).min(f64::from(most.height) / f64::from(height));
    let side = |side: u32, most: u32| ((f64::from(side) * share + 0.5) as u32).clamp(1, most);
    let size = Size::new(side(width, most.width), side(height, most.height));
    let scaling = Scaling { to: size, x: 0, y: 0, size, interpolation: Interpolation::Bilinear, antialias: true };
    let mut made = Image::new(size);
    Resizer::default().resize(image, &scaling, made.bytes_mut());
    made
}

/// Every pixel as a square of `times` by `times`: what is small is shown as it is.
fn enlarged(image: &Image, times: u32) -> Image {
    let Size { width, height } = image.size();
    let size = Size::new(width * times, height * times);
    let times = times as usize;
    let row_of = |y: u32| image.row(y).chunks_exact(3).flat_map(|pixel| pixel.repeat(times)).collect::<Vec<u8>>().repeat(times);
    Image::from_bytes(size, (0..height).flat_map(row_of).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_pictures_grow_by_whole_numbers_and_large_ones_shrink() {
        let pixels = Image::from_bytes(Size::new(2, 1), vec![1, 2, 3, 4, 5, 6]);
        let larger = fit(&pixels, Size::new(5, 9));
        assert_eq!(larger.size(), Size::new(4, 2));
        assert_eq!(larger.row(1), [1, 2, 3, 1, 2, 3, 4, 5, 6, 4, 5, 6]);
        assert_eq!(fit(&Image::new(Size::new(400, 100)), Size::new(100, 100)).size(), Size::new(100, 25));
        assert_eq!(fit(&Image::new(Size::new(4000, 1)), Size::new(100, 100)).size(), Size::new(100, 1));
    }
}

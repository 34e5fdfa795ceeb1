//! Filters: every pixel from those around it. Beyond the picture stands the picture mirrored about its edge
//! pixels, as OpenCV's `BORDER_REFLECT_101`, where nothing else is said.
//!
//! The inner loops run along whole rows of numbers, so that the compiler makes vectors of them; `wide`
//! has each of them made once more for wider vectors, with the same roundings.

mod boxes;
mod convolve;
mod gaussian;
mod glass;
mod lines;
mod mean;
mod median;
mod motion;
mod narrow;
mod shapes;
mod surround;
mod unsharp;
mod weigh;
mod wide;
mod zoom;

pub use boxes::{LARGEST_BOX, box_blur};
pub use convolve::{Kernel, convolve};
pub(super) use gaussian::fill_weights;
pub use gaussian::gaussian_blur;
pub use glass::{Glass, glass_blur};
pub(super) use lines::mirror;
pub use median::median_blur;
pub use motion::{Line, motion_blur};
pub use shapes::{LARGEST_DISC, defocus, emboss, ringing};
pub use surround::{sharpen, sharpness};
pub use unsharp::{Mask, unsharp_mask};
pub(super) use weigh::weigh;
pub use zoom::zoom_blur;

use crate::image::Image;
use lines::Lines;

/// What filters keep from one picture to the next.
#[derive(Debug, Default)]
pub struct Scratch {
    bytes: Lines<u8>,
    words: Lines<u16>,
    long_words: Lines<u32>,
    numbers: Lines<f32>,
    /// Sums of a row.
    sums: Vec<u16>,
    more_sums: Vec<u16>,
    weights: Vec<u16>,
    wide_sums: Vec<u32>,
    float_sums: Vec<f32>,
    more_floats: Vec<f32>,
    float_weights: Vec<f32>,
    /// A number for each level.
    plane: Vec<u8>,
    picture: Image,
    places: Vec<zoom::Place>,
    /// Where the taps of a row begin.
    starts: Vec<usize>,
    /// Rows and columns of a line's pixels.
    points: Vec<[usize; 2]>,
    kernel: Kernel,
    /// Counts of levels by column.
    counts: median::Counts,
}

#[cfg(test)]
mod tests {
    use crate::image::{Image, Size};
    use crate::rng::Key;

    /// Pictures of odd sizes, so bright that sums come near what holds them.
    pub(super) fn bright_pictures() -> impl Iterator<Item = Image> {
        let mut rng = Key::new(2).rng();
        [(1, 1), (1, 9), (3, 2), (37, 11), (90, 5)].into_iter().map(move |(width, height)| {
            let size = Size::new(width, height);
            Image::from_bytes(size, (0..size.bytes()).map(|_| rng.bits() as u8 | 0xc0).collect())
        })
    }
}

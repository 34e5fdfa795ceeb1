//! The same for pictures of any channels and depth: [`Deep`](crate::image::Deep). One plain way for all, by the rules of the kernels for
//! three channels of 8 bits; samples are whole numbers, and each pass is rounded once, half up.

mod blur;
mod noise;
mod paint;
mod read;
mod resize;
mod tiles;
mod tones;

pub use blur::{box_blur, gaussian_blur};
pub use noise::add_normal;
pub use paint::Painter;
pub use read::{Coordinates, remap, warp};
pub use resize::resize;
pub use tiles::{lay_tiles, shuffle};
pub use tones::apply_tones;

/// What is kept from one picture to the next.
#[derive(Debug, Default)]
pub struct Scratch {
    /// Where pixels are read.
    pub coordinates: Coordinates,
    /// What is painted over.
    pub painter: Painter,
    /// The picture between the two directions of a resize.
    pub between: Vec<i32>,
    /// The sums between the two directions of a blur.
    pub sums: Vec<u32>,
}

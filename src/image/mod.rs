//! Pixels in memory: RGB with 8 bits a channel, row after row; and, for jobs that ask for it, other channels and depths.

mod deep;
mod shelf;

pub use deep::{Deep, DeepWindow, Depth, MOST_CHANNELS, Planes, Wanted};
pub use shelf::{Place, Shelf};

use serde::{Deserialize, Serialize};
use shelf::Memory;

/// Pictures of more pixels are not made: 768 MiB.
pub const MOST_PIXELS: u64 = 1 << 28;

/// Width and height in pixels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Size {
    /// Pixels in a row.
    pub width: u32,
    /// Rows.
    pub height: u32,
}

impl Size {
    /// A size from its width and height, in this order.
    pub const fn new(width: u32, height: u32) -> Self {
        Self { width, height }
    }

    /// How many pixels a picture of this size has.
    pub const fn pixels(self) -> u64 {
        self.width as u64 * self.height as u64
    }

    /// How many bytes a picture of this size takes as [`Image`]; of one that could never be made, the most that can be said.
    pub const fn bytes(self) -> u64 {
        self.pixels().saturating_mul(3)
    }
}

impl std::fmt::Display for Size {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}x{}", self.width, self.height)
    }
}

/// The sizes that a picture may have at some step: either side is from `least` to `most`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sizes {
    /// The least width and the least height.
    pub least: Size,
    /// The greatest width and the greatest height.
    pub most: Size,
}

impl Sizes {
    /// This size and no other.
    pub const fn one(size: Size) -> Self {
        Self { least: size, most: size }
    }

    /// The one size that there is, if there is one.
    pub fn fixed(self) -> Option<Size> {
        (self.least == self.most).then_some(self.most)
    }

    /// What `change` makes of them; it must not make a larger size smaller than a smaller one.
    #[must_use]
    pub fn map(self, change: impl Fn(Size) -> Size) -> Self {
        Self { least: change(self.least), most: change(self.most) }
    }

    /// All sizes of either.
    #[must_use]
    pub fn hull(self, other: Self) -> Self {
        let of = |a: Size, b: Size, side: fn(u32, u32) -> u32| Size::new(side(a.width, b.width), side(a.height, b.height));
        Self { least: of(self.least, other.least, u32::min), most: of(self.most, other.most, u32::max) }
    }
}

impl std::fmt::Display for Sizes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.fixed() {
            Some(size) => write!(f, "{size}"),
            None => write!(f, "{} to {}", self.least, self.most),
        }
    }
}

/// Bytes behind the last pixel, so that kernels may load eight bytes at any pixel.
const PADDING: usize = 8;

/// A picture: `size.height` rows of `size.width` pixels, each pixel red, green, blue.
#[derive(Clone, Debug)]
pub struct Image {
    size: Size,
    /// The pixels, then [`PADDING`] zeros, then what larger pictures left.
    bytes: Memory,
}

impl PartialEq for Image {
    fn eq(&self, other: &Self) -> bool {
        self.size == other.size && self.bytes() == other.bytes()
    }
}

impl Eq for Image {}

impl Default for Image {
    fn default() -> Self {
        Self::new(Size::new(0, 0))
    }
}

impl Image {
    /// A black picture.
    pub fn new(size: Size) -> Self {
        Self { size, bytes: Memory::Own(vec![0; padded(size)]) }
    }

    /// A picture from its bytes.
    ///
    /// # Panics
    /// If there are not exactly `size.bytes()` bytes.
    pub fn from_bytes(size: Size, mut bytes: Vec<u8>) -> Self {
        assert_eq!(bytes.len() as u64, size.bytes(), "invariant: three bytes a pixel");
        bytes.resize(bytes.len() + PADDING, 0);
        Self { size, bytes: Memory::Own(bytes) }
    }

    /// Takes another size; what the pixels show then is left open. Keeps its memory, and clears none that it had.
    pub fn reshape(&mut self, size: Size) {
        let end = length(size);
        let bytes = self.bytes.own();
        if bytes.len() < padded(size) {
            bytes.resize(padded(size), 0);
        }
        bytes[end..][..PADDING].fill(0);
        self.size = size;
    }

    /// Its width and height.
    pub fn size(&self) -> Size {
        self.size
    }

    /// All bytes, row after row, three a pixel.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes[..length(self.size)]
    }

    /// All bytes, to be changed in place.
    pub fn bytes_mut(&mut self) -> &mut [u8] {
        &mut self.bytes.own()[..length(self.size)]
    }

    /// Row `y` as bytes.
    pub fn row(&self, y: u32) -> &[u8] {
        let stride = self.size.width as usize * 3;
        &self.bytes[y as usize * stride..][..stride]
    }

    /// The whole picture, to be read.
    pub fn window(&self) -> Window<'_> {
        Window { padded: &self.bytes[..padded(self.size)], stride: self.size.width as usize * 3, size: self.size }
    }
}

fn length(size: Size) -> usize {
    usize::try_from(size.bytes()).expect("invariant: sizes are limited before memory is taken")
}

/// Bytes of a picture of this size with its padding.
fn padded(size: Size) -> usize {
    length(size) + PADDING
}

/// A part of a picture, read where it lies.
#[derive(Clone, Copy, Debug)]
pub struct Window<'a> {
    padded: &'a [u8],
    stride: usize,
    size: Size,
}

impl<'a> Window<'a> {
    /// The part of `self` that begins at (`x`, `y`).
    ///
    /// # Panics
    /// If the part does not lie inside.
    #[must_use]
    pub fn part(self, x: u32, y: u32, size: Size) -> Self {
        let inside = |at: u32, len: u32, side: u32| u64::from(at) + u64::from(len) <= u64::from(side);
        assert!(inside(x, size.width, self.size.width) && inside(y, size.height, self.size.height), "invariant: a part");
        Self { padded: &self.padded[y as usize * self.stride + x as usize * 3..], size, ..self }
    }

    /// Its width and height.
    pub fn size(self) -> Size {
        self.size
    }

    /// Bytes from one row to the next.
    pub fn stride(self) -> usize {
        self.stride
    }

    /// All bytes from the first pixel on; at least eight may be read at any pixel.
    pub fn padded(self) -> &'a [u8] {
        self.padded
    }

    /// Row `y` as bytes.
    pub fn row(self, y: u32) -> &'a [u8] {
        &self.padded[y as usize * self.stride..][..self.size.width as usize * 3]
    }
}

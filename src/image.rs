//! Pixels in memory: one layout, RGB with 8 bits a channel, row after row.

use serde::{Deserialize, Serialize};

/// Width and height in pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
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

    /// How many bytes a picture of this size takes as [`Image`].
    pub const fn bytes(self) -> u64 {
        self.pixels() * 3
    }
}

impl std::fmt::Display for Size {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}x{}", self.width, self.height)
    }
}

/// A picture: `size.height` rows of `size.width` pixels, each pixel red, green, blue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    size: Size,
    bytes: Vec<u8>,
}

impl Image {
    /// A black picture.
    pub fn new(size: Size) -> Self {
        let len = usize::try_from(size.bytes()).expect("invariant: sizes are limited before memory is taken");
        Self { size, bytes: vec![0; len] }
    }

    /// A picture from its bytes.
    ///
    /// # Panics
    /// If there are not exactly `size.bytes()` bytes.
    pub fn from_bytes(size: Size, bytes: Vec<u8>) -> Self {
        assert_eq!(bytes.len() as u64, size.bytes(), "invariant: three bytes a pixel");
        Self { size, bytes }
    }

    /// Its width and height.
    pub fn size(&self) -> Size {
        self.size
    }

    /// All bytes, row after row, three a pixel.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// All bytes, to be changed in place.
    pub fn bytes_mut(&mut self) -> &mut [u8] {
        &mut self.bytes
    }

    /// Row `y` as bytes.
    pub fn row(&self, y: u32) -> &[u8] {
        let stride = self.size.width as usize * 3;
        &self.bytes[y as usize * stride..][..stride]
    }
}

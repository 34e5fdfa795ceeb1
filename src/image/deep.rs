//! Pictures of other channels than red, green and blue, or of more than 8 bits.

use super::{Image, Size};

/// Pictures of more channels are not read.
pub const MOST_CHANNELS: usize = 16;

/// The bits of a sample.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Depth {
    /// 8: 0 to 255.
    #[default]
    Uint8,
    /// 16: 0 to 65535.
    Uint16,
}

impl Depth {
    /// The greatest sample.
    pub const fn greatest(self) -> u16 {
        match self {
            Self::Uint8 => 255,
            Self::Uint16 => u16::MAX,
        }
    }

    /// What a level of 8 bits is multiplied with to be a sample: 255 becomes the greatest.
    pub const fn of_level(self) -> u16 {
        self.greatest() / 255
    }

    /// How many bits.
    pub const fn bits(self) -> u32 {
        match self {
            Self::Uint8 => 8,
            Self::Uint16 => 16,
        }
    }
}

/// How many channels, and of which depth.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Planes {
    /// 1 to [`MOST_CHANNELS`].
    pub channels: usize,
    /// Of every sample.
    pub depth: Depth,
}

impl Planes {
    /// Bytes that a picture of `size` takes as [`Deep`]: two a sample, whatever the depth.
    pub const fn bytes(self, size: Size) -> u64 {
        size.pixels().saturating_mul(2 * self.channels as u64)
    }
}

impl std::fmt::Display for Planes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { channels, depth } = self;
        write!(f, "{channels} channel{} of {} bits", if *channels == 1 { "" } else { "s" }, depth.bits())
    }
}

/// What pictures of a job must be, where it says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Channels and depth of every picture.
    pub planes: Planes,
    /// Whether arrays of three axes begin with the channels, and do not end with them.
    pub channels_first: bool,
}

/// A picture: `size.height` rows of `size.width` pixels, each with a sample of every channel.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Deep {
    size: Size,
    planes: Planes,
    samples: Vec<u16>,
}

impl Deep {
    /// A picture from its samples, channel by channel within each pixel, pixel by pixel within each row.
    ///
    /// # Panics
    /// If there are not as many as the pixels have channels.
    pub fn from_samples(size: Size, planes: Planes, samples: Vec<u16>) -> Self {
        assert_eq!(samples.len(), count(size, planes), "invariant: a sample for each channel of each pixel");
        Self { size, planes, samples }
    }

    /// Takes another size and other channels; what the pixels show then is left open. Keeps its memory.
    pub fn reshape(&mut self, size: Size, planes: Planes) {
        self.samples.resize(count(size, planes), 0);
        (self.size, self.planes) = (size, planes);
    }

    /// Its width and height.
    pub fn size(&self) -> Size {
        self.size
    }

    /// Its channels and their depth.
    pub fn planes(&self) -> Planes {
        self.planes
    }

    /// All samples.
    pub fn samples(&self) -> &[u16] {
        &self.samples
    }

    /// All samples, to be changed in place.
    pub fn samples_mut(&mut self) -> &mut [u16] {
        &mut self.samples
    }

    /// Its rows, from the top, to be changed in place.
    pub fn rows_mut(&mut self) -> impl Iterator<Item = &mut [u16]> {
        self.samples.chunks_exact_mut((self.size.width as usize * self.planes.channels).max(1))
    }

    /// Pixel (`x`, `y`), a sample for each channel.
    pub fn pixel(&self, x: u32, y: u32) -> &[u16] {
        self.window().pixel(x, y)
    }

    /// The whole picture, to be read.
    pub fn window(&self) -> DeepWindow<'_> {
        DeepWindow { picture: self, x: 0, y: 0, size: self.size }
    }

    /// Makes in `image` what there is to look at: the first three channels as red, green and blue, or the first as gray if
    /// there are fewer; 16 bits are brought to 8 and rounded.
    pub fn show(&self, image: &mut Image) {
        image.reshape(self.size);
        let factor = u32::from(self.planes.depth.of_level());
        let level = |sample: u16| ((u32::from(sample) + factor / 2) / factor) as u8;
        let of = if self.planes.channels < 3 { [0; 3] } else { [0, 1, 2] };
        for (out, pixel) in image.bytes_mut().chunks_exact_mut(3).zip(self.samples.chunks_exact(self.planes.channels.max(1))) {
            out.copy_from_slice(&of.map(|c| level(pixel[c])));
        }
    }
}

fn count(size: Size, planes: Planes) -> usize {
    usize::try_from(planes.bytes(size) / 2).expect("invariant: sizes are limited before memory is taken")
}

/// A part of a picture, read where it lies.
#[derive(Clone, Copy, Debug)]
pub struct DeepWindow<'a> {
    picture: &'a Deep,
    x: u32,
    y: u32,
    size: Size,
}

impl<'a> DeepWindow<'a> {
    /// The part of `self` that begins at (`x`, `y`).
    ///
    /// # Panics
    /// If the part does not lie inside.
    #[must_use]
    pub fn part(self, x: u32, y: u32, size: Size) -> Self {
        let inside = |at: u32, len: u32, side: u32| u64::from(at) + u64::from(len) <= u64::from(side);
        assert!(inside(x, size.width, self.size.width) && inside(y, size.height, self.size.height), "invariant: a part");
        Self { x: self.x + x, y: self.y + y, size, ..self }
    }

    /// Its width and height.
    pub fn size(self) -> Size {
        self.size
    }

    /// Its channels and their depth.
    pub fn planes(self) -> Planes {
        self.picture.planes
    }

    /// Pixel (`x`, `y`) of the part.
    pub fn pixel(self, x: u32, y: u32) -> &'a [u16] {
        let channels = self.picture.planes.channels;
        &self.row(y)[x as usize * channels..][..channels]
    }

    /// Row `y` of the part.
    pub fn row(self, y: u32) -> &'a [u16] {
        let Deep { size, planes, samples } = self.picture;
        let first = (self.y + y) as usize * size.width as usize + self.x as usize;
        &samples[first * planes.channels..][..self.size.width as usize * planes.channels]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_read_where_it_lies() {
        let planes = Planes { channels: 2, depth: Depth::Uint16 };
        let picture = Deep::from_samples(Size::new(3, 2), planes, (0..12).collect());
        let part = picture.window().part(1, 1, Size::new(2, 1));
        assert_eq!((part.row(0), part.pixel(1, 0)), (&[8, 9, 10, 11][..], &[10, 11][..]));
    }

    #[test]
    fn what_is_shown_is_rounded_to_levels() {
        let shown = |channels, samples: &[u16]| {
            let (mut image, planes) = (Image::default(), Planes { channels, depth: Depth::Uint16 });
            Deep::from_samples(Size::new(1, 1), planes, samples.to_vec()).show(&mut image);
            image.bytes().to_vec()
        };
        assert_eq!(shown(4, &[0, 128, 129, 7]), [0, 0, 1]);
        assert_eq!(shown(2, &[u16::MAX, 0]), [255; 3]);
    }

    #[test]
    fn a_level_of_white_is_the_greatest_sample() {
        for depth in [Depth::Uint8, Depth::Uint16] {
            assert_eq!(255 * depth.of_level(), depth.greatest());
        }
    }
}

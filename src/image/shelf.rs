//! Memory for many pictures that stay: one piece, which the system may give in huge pages.
//!
//! A picture after the other in memory of its own costs a fault for each 4 KiB, some 50,000 of them for a thousand
//! pictures, and as many entries of the tables that addresses are looked up in.

use super::{Image, Size, length, padded};
use memmap2::MmapMut;
use std::ops::{Deref, Range};
use std::sync::{Arc, Mutex, PoisonError};

/// Room for pictures of known sizes.
#[derive(Debug)]
pub struct Shelf {
    map: MmapMut,
    sizes: Vec<Size>,
}

/// The room of one picture.
#[derive(Debug)]
pub struct Place<'a> {
    size: Size,
    bytes: Mutex<&'a mut [u8]>,
}

/// Where the bytes of a picture are.
#[derive(Clone, Debug)]
pub(super) enum Memory {
    /// Its own.
    Own(Vec<u8>),
    /// Beside others.
    Shelf(Arc<MmapMut>, Range<usize>),
}

impl Shelf {
    /// Room for a picture of each of `sizes`, which takes no memory before they are put there.
    ///
    /// # Errors
    /// If the system has no room.
    pub fn new(sizes: Vec<Size>) -> std::io::Result<Self> {
        let bytes = sizes.iter().copied().map(padded).sum::<usize>();
        let map = MmapMut::map_anon(bytes.max(1))?;
        // A wish: a system without huge pages gives others.
        #[cfg(target_os = "linux")]
        let _ = map.advise(memmap2::Advice::HugePage);
        Ok(Self { map, sizes })
    }

    /// The room of each, which threads may fill at the same time.
    pub fn places(&mut self) -> Vec<Place<'_>> {
        let mut rest = &mut self.map[..];
        let place = |&size: &Size| {
            let (bytes, others) = std::mem::take(&mut rest).split_at_mut(padded(size));
            rest = others;
            Place { size, bytes: Mutex::new(bytes) }
        };
        self.sizes.iter().map(place).collect()
    }

    /// The pictures, black where none was put.
    pub fn images(self) -> impl Iterator<Item = Image> {
        let map = Arc::new(self.map);
        let mut end = 0;
        self.sizes.into_iter().map(move |size| {
            let first = end;
            end += padded(size);
            Image { size, bytes: Memory::Shelf(Arc::clone(&map), first..end) }
        })
    }
}

impl Place<'_> {
    /// Copies `image` there, if it has the size that the room is for; says whether it did.
    pub fn put(&self, image: &Image) -> bool {
        let fits = self.size == image.size();
        if fits {
            let mut bytes = self.bytes.lock().unwrap_or_else(PoisonError::into_inner);
            bytes[..length(self.size)].copy_from_slice(image.bytes());
        }
        fits
    }
}

impl Memory {
    /// What may be changed: memory of its own, into which what lies beside others is copied before.
    pub(super) fn own(&mut self) -> &mut Vec<u8> {
        if let Self::Shelf(..) = self {
            *self = Self::Own(self.to_vec());
        }
        match self {
            Self::Own(bytes) => bytes,
            Self::Shelf(..) => unreachable!("invariant: just made its own"),
        }
    }
}

impl Deref for Memory {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Self::Own(bytes) => bytes,
            Self::Shelf(map, range) => &map[range.clone()],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::PADDING;
    use super::*;

    fn image(size: Size, level: u8) -> Image {
        Image::from_bytes(size, vec![level; length(size)])
    }

    #[test]
    fn pictures_come_back_as_they_were_put() {
        let sizes = [Size::new(3, 2), Size::new(0, 0), Size::new(700, 500), Size::new(1, 1)];
        let put: Vec<Image> = sizes.iter().zip(1..).map(|(size, level)| image(*size, level)).collect();
        let mut shelf = Shelf::new(sizes.to_vec()).unwrap();
        let places = shelf.places();
        assert!(places.iter().zip(&put).rev().all(|(place, image)| place.put(image)));
        assert!(!places[0].put(&put[3]));
        drop(places);
        let mut images: Vec<Image> = shelf.images().collect();
        assert_eq!(images, put);
        // The padding behind each is its own, so that kernels may read there.
        assert!(images.iter().all(|image| image.window().padded()[length(image.size())..] == [0; PADDING]));
        images[0].bytes_mut()[5] = 99;
        assert_eq!((images[0].bytes()[5], images[2].bytes()), (99, put[2].bytes()));
        assert_eq!(images[3], put[3]);
    }

    #[test]
    fn no_picture_needs_no_room() {
        assert_eq!(Shelf::new(Vec::new()).unwrap().images().count(), 0);
    }
}

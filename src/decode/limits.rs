//! What a picture may be: how large is checked from its header, before memory is taken.

use crate::image::Size;
use indicatif::BinaryBytes;

/// What a picture may be, and where it may lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Pixels, at most.
    pub pixels: u64,
    /// Bytes that decoding takes, at most, the pixels that it makes included and the file not.
    pub memory: u64,
    /// Bytes of its path below the input, at most.
    pub path: u64,
    /// Folders within folders below the input, at most.
    pub folders: usize,
}

impl Limits {
    /// Whatever there is.
    pub const NONE: Self = Self { pixels: u64::MAX, memory: u64::MAX, path: u64::MAX, folders: Self::DEEPEST };
    /// Folders within folders, whatever is asked for: deeper ones would take the stack of the thread that walks.
    const DEEPEST: usize = 1000;

    /// Refuses a picture of this `size`, whose decoding takes so many `bytes`.
    ///
    /// # Errors
    /// If it has no pixels, or is above a limit.
    pub(super) fn allow(self, size: Size, bytes: u64) -> Result<(), String> {
        let Self { pixels, memory, .. } = self;
        if size.width == 0 || size.height == 0 {
            return Err("the picture has no pixels".into());
        }
        if size.pixels() > pixels {
            return Err(format!("{size} is {} pixels, above the limit of {pixels} (--max-pixels)", size.pixels()));
        }
        if bytes > memory {
            let (bytes, memory) = (BinaryBytes(bytes), BinaryBytes(memory));
            return Err(format!("{size} takes {bytes} to decode, above the limit of {memory} (--max-picture-memory)"));
        }
        Ok(())
    }

    /// The same as the image crate takes it, for what its decoders take on the way.
    pub(super) fn of_image(self) -> image::Limits {
        let mut limits = image::Limits::no_limits();
        limits.max_alloc = Some(self.memory);
        limits
    }

    /// Bytes as the other decoders take them.
    pub(super) fn bytes(self) -> usize {
        usize::try_from(self.memory).unwrap_or(usize::MAX)
    }
}

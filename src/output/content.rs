//! Whether what stands in the folder is what is listed there.

use crate::manifest::Listed;
use crate::source::ContentHash;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;
use twox_hash::XxHash3_128 as Hash;

/// How files that are there already are trusted.
#[derive(Clone, Copy, Debug)]
pub enum Trust {
    /// By their lengths: nobody but us writes there, and we write files whole.
    Lengths,
    /// By what this says of each of them, below the folder.
    Content(fn(&Path, &[&Listed]) -> Vec<bool>),
}

impl Trust {
    /// Which files below `root` are what is listed.
    pub(super) fn of(self, root: &Path, listed: &[&Listed]) -> Vec<bool> {
        match self {
            Self::Lengths => listed.iter().map(|file| file.is_whole_at(root)).collect(),
            Self::Content(check) => check(root, listed),
        }
    }
}

/// Bytes read at once.
const CHUNK: usize = 1 << 20;

/// The hash of what `file` holds, as [`Listed`] has it; in pieces, since shards may be larger than memory.
///
/// # Errors
/// If it cannot be read.
pub fn hash_of(file: &Path) -> io::Result<String> {
    let (mut file, mut hash, mut bytes) = (File::open(file)?, Hash::new(), vec![0; CHUNK]);
    loop {
        match file.read(&mut bytes)? {
            0 => return Ok(ContentHash::from(hash.finish_128()).to_string()),
            count => hash.write(&bytes[..count]),
        }
    }
}

/// Whether the file, and not a link to another, is there with the listed content.
pub fn holds(root: &Path, listed: &Listed) -> bool {
    let path = root.join(&listed.path);
    let whole = fs::symlink_metadata(&path).is_ok_and(|there| there.is_file() && there.len() == listed.bytes);
    whole && hash_of(&path).is_ok_and(|hash| hash == listed.xxh3_128)
}

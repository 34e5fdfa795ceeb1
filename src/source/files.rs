//! Where files are read from: a folder, an archive, a bucket.

use super::walk::{self, Found};
use crate::error::{Error, Result, shown};
use std::fmt::Debug;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What holds the pictures, and what belongs to them; paths are relative, with `/` between folders.
pub trait Files: Debug + Send + Sync {
    /// All that is there, `deepest` folders down.
    ///
    /// # Errors
    /// If it cannot be listed.
    fn list(&self, deepest: usize) -> Result<Found>;

    /// The length of the file at `path`; `None` if there is none.
    fn length(&self, path: &str) -> Option<u64>;

    /// Reads the file at `path` into `bytes`, which keeps its memory: all of it, or its first `most` bytes.
    ///
    /// # Errors
    /// If it cannot be read.
    fn read(&self, path: &str, most: u64, bytes: &mut Vec<u8>) -> io::Result<()>;

    /// Where the file at `path` is, for people; the input itself for no path.
    fn place(&self, path: &str) -> String;

    /// What marks the version of the file at `path`, where the place keeps such a mark (ETag).
    fn version(&self, _path: &str) -> Option<Box<str>> {
        None
    }

    /// The files that were listed and are `wanted`, where the place keeps marks of versions.
    fn known(&self, _wanted: &dyn Fn(&str) -> bool) -> Vec<Known> {
        Vec::new()
    }

    /// From now on, these files are all that there is, have this length, and are read in this version only.
    fn expect(&self, _all: &mut dyn Iterator<Item = Known>) {}

    /// Whether every file could be read so far: where one could not, and that is no fault of the file, it is not to be left out.
    ///
    /// # Errors
    /// With the first that could not.
    fn reachable(&self) -> Result<()> {
        Ok(())
    }

    /// Says that the files at `paths` are read next, about in this order, so that what is far away can be on its way.
    fn ahead(&self, _paths: &mut dyn Iterator<Item = &str>) {}

    /// How many files are best read together, if those that follow are to be on their way meanwhile.
    fn together(&self) -> usize {
        usize::MAX
    }
}

/// A file's path, its length, and the mark of its version.
pub type Known = (Arc<str>, u64, Option<Box<str>>);

/// A folder of this machine.
#[derive(Debug)]
pub struct Folder(PathBuf);

impl Folder {
    /// The folder at `root`, which need not be there.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self(root.into())
    }

    /// The folder at `root`.
    ///
    /// # Errors
    /// If there is none.
    pub(super) fn open(root: &Path) -> Result<Self> {
        if !root.exists() {
            return Err(Error::Usage(format!("{}: no such directory (INPUT is the folder of pictures)", shown(root))));
        }
        if !root.is_dir() {
            let problem = "not a directory (INPUT is the folder of pictures)";
            return Err(Error::Usage(format!("{}: {problem}", shown(root))));
        }
        Ok(Self::new(root))
    }
}

impl Files for Folder {
    fn list(&self, deepest: usize) -> Result<Found> {
        walk::walk(&self.0, deepest)
    }

    fn length(&self, path: &str) -> Option<u64> {
        fs::metadata(self.0.join(path)).ok().filter(fs::Metadata::is_file).map(|known| known.len())
    }

    fn read(&self, path: &str, most: u64, bytes: &mut Vec<u8>) -> io::Result<()> {
        bytes.clear();
        let mut file = File::open(self.0.join(path))?;
        if most == u64::MAX { file.read_to_end(bytes) } else { file.take(most).read_to_end(bytes) }.map(|_| ())
    }

    fn place(&self, path: &str) -> String {
        if path.is_empty() { shown(&self.0) } else { shown(self.0.join(path)) }
    }
}

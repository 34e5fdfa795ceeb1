//! Where shards go: a folder, a bucket.

use super::folder::sync_folder;
use super::huge::{Places, Stretch};
use super::names::shard_path;
use super::staged::Staged;
use super::{Output, shard::OPEN_SHARDS};
use crate::error::{Error, Result};
use crate::manifest::ShardFiles;
use crate::plan::Slot;
use crate::spec::fields::Choice;
use std::fmt::Debug;
use std::sync::Arc;

/// A place for whole files, and for notes of which shards are there; paths are relative, with `/` between folders.
pub trait Depot: Debug + Sync {
    /// Whether the files of a shard are there: made by a run of the same plan, or by an earlier dataset and part of this one.
    ///
    /// # Errors
    /// If what is kept cannot be noted.
    fn has(&self, plan_hash: &str, shard: &Slot) -> Result<bool>;

    /// Begins the file at `path`, which will have so many `bytes`, and is seen when it is finished.
    ///
    /// # Errors
    /// If the place refuses.
    fn begin(&self, path: &str, bytes: u64) -> Result<Box<dyn Begun>>;

    /// Writes a file whole or not at all.
    ///
    /// # Errors
    /// If the place refuses.
    fn write(&self, path: &str, bytes: Vec<u8>) -> Result<()>;

    /// Notes that the files of `shard`, which were all finished, are there: the note is there after them.
    ///
    /// # Errors
    /// If the place refuses.
    fn note(&self, plan_hash: &str, shard: &Slot, files: &ShardFiles) -> Result<()>;

    /// Waits until all that was handed over is there.
    ///
    /// # Errors
    /// If some of it could not be brought there.
    fn settle(&self) -> Result<()>;

    /// How many whole shards of so many bytes may wait to be finished.
    fn backlog(&self, _shard_bytes: u64) -> usize {
        OPEN_SHARDS
    }
}

/// A file that grows, and goes if it is not finished.
pub trait Begun: Debug + Send {
    /// Writes what comes next.
    ///
    /// # Errors
    /// If the place refuses.
    fn write(&mut self, bytes: &[u8]) -> Result<()>;

    /// Where what comes later can be made in the file itself, from any thread; nothing if it cannot.
    fn places(&self) -> Option<Arc<Places>> {
        None
    }

    /// Goes on behind `stretch`, which is what comes next.
    ///
    /// # Errors
    /// If the place refuses.
    fn pass(&mut self, stretch: &Stretch) -> Result<()> {
        self.write(stretch)
    }

    /// Hands it over: it is seen whole, now or when the place settles.
    ///
    /// # Errors
    /// If the place refuses.
    fn finish(self: Box<Self>) -> Result<()>;
}

impl Depot for Output {
    fn has(&self, plan_hash: &str, shard: &Slot) -> Result<bool> {
        self.holds(plan_hash, shard)
    }

    fn begin(&self, path: &str, bytes: u64) -> Result<Box<dyn Begun>> {
        let file = Staged::below(&self.root, path)?;
        let huge = Places::new(file.file(), bytes, &self.luck);
        Ok(Box::new(FolderFile { file, huge }))
    }

    fn write(&self, path: &str, bytes: Vec<u8>) -> Result<()> {
        Self::write(self, path, &bytes)
    }

    fn note(&self, plan_hash: &str, shard: &Slot, files: &ShardFiles) -> Result<()> {
        // Else a disk that does not keep the order of renamings could have the receipt and not the files.
        let folder = self.root.join(shard_path(shard, "images"));
        folder.parent().map_or(Ok(()), sync_folder)?;
        self.put_receipt(plan_hash, shard.side.word(), files)
    }

    fn settle(&self) -> Result<()> {
        Ok(())
    }
}

/// A file that grows in the folder.
#[derive(Debug)]
struct FolderFile {
    file: Staged,
    huge: Option<Arc<Places>>,
}

impl Begun for FolderFile {
    fn write(&mut self, bytes: &[u8]) -> Result<()> {
        if let Some(huge) = &self.huge {
            huge.before(bytes.len());
        }
        self.file.write(bytes)
    }

    fn places(&self) -> Option<Arc<Places>> {
        self.huge.clone()
    }

    fn pass(&mut self, stretch: &Stretch) -> Result<()> {
        if let Some(huge) = &self.huge {
            huge.before(stretch.len());
        }
        self.file.pass(stretch.len())
    }

    fn finish(self: Box<Self>) -> Result<()> {
        let Self { file, huge } = *self;
        huge.map_or(Ok(()), |huge| huge.end()).map_err(Error::io(file.target(), "cannot write"))?;
        file.finish()
    }
}

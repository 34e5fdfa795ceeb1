//! What every container is written from.

use super::dest::{Destination, OpenFile};
use super::picture::Picture;
use super::shard::Shard;
use crate::engine::{Progress, each};
use crate::error::Result;
use crate::manifest::Manifest;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::AtomicUsize;

/// A dataset and where it goes.
#[derive(Debug)]
pub(super) struct Work<'a> {
    /// The dataset's folder.
    pub(super) root: &'a Path,
    /// Its manifest.
    pub(super) manifest: &'a Manifest,
    /// The path of each picture, by what `sources` says.
    pub(super) samples: BTreeMap<i64, String>,
    /// What is exported of it, by side, epoch and place.
    pub(super) shards: Vec<Shard<'a>>,
    /// How pictures are written.
    pub(super) picture: Picture<'a>,
    /// The folder to write.
    pub(super) dest: Destination,
    /// The signal that asks to stop, or 0.
    pub(super) stop: &'a AtomicUsize,
    /// Who is told.
    pub(super) progress: &'a dyn Progress,
}

impl<'a> Work<'a> {
    /// Has `write` write the file of every shard, of this `ending`, that an earlier run did not leave whole.
    ///
    /// # Errors
    /// If a file cannot be begun, or `write` says so.
    pub(super) fn each_file(&self, ending: &str, write: impl Fn(&Shard<'a>, OpenFile) -> Result<()> + Sync) -> Result<()> {
        each(
            &self.shards,
            || (),
            |(), shard| {
                let name = shard.file(ending);
                if self.dest.has(&name) {
                    self.progress.found(shard.rows);
                    return Ok(());
                }
                write(shard, self.dest.begin(&name)?)
            },
        )
    }
}

//! Receipts: which shards are on the disk, for a later run and for the commit.

use super::{Output, WORK};
use crate::error::{Error, Result};
use crate::manifest::{FILE, Manifest, ShardFiles};
use crate::plan::Shard;
use crate::spec::fields::Choice;
use std::fs;

impl Output {
    /// The receipt of a shard that a run of the same plan finished, if its files are still there.
    pub fn receipt(&self, plan_hash: &str, shard: &Shard) -> Option<ShardFiles> {
        let text = fs::read_to_string(self.root.join(receipt_path(shard.side.word(), shard.epoch, shard.index))).ok()?;
        let (hash, json) = text.split_once('\n')?;
        let files: ShardFiles = serde_json::from_str(json).ok()?;
        let whole = files.arrays.values().all(|file| file.is_whole_at(&self.root));
        (hash == plan_hash && files.rows == shard.rows.len() as u64 && whole).then_some(files)
    }

    /// Notes that a shard is on the disk.
    ///
    /// # Errors
    /// If the note cannot be written.
    pub fn put_receipt(&self, plan_hash: &str, split: &str, files: &ShardFiles) -> Result<()> {
        let json = serde_json::to_string(files).expect("invariant: a receipt is plain JSON");
        self.write(&receipt_path(split, files.epoch, files.index), format!("{plan_hash}\n{json}").as_bytes())
    }

    /// Makes a dataset of the same plan that lost files an unfinished one again, with what it still has.
    ///
    /// # Errors
    /// If the system refuses.
    pub(super) fn take_up(&self, damaged: &Manifest) -> Result<()> {
        let shards = damaged.splits.iter().flat_map(|(name, split)| split.shards.iter().map(move |shard| (name, shard)));
        for (name, shard) in shards.filter(|(_, shard)| shard.arrays.values().all(|file| file.is_whole_at(&self.root))) {
            self.put_receipt(&damaged.plan_hash, name, shard)?;
        }
        let manifest = self.root.join(FILE);
        fs::remove_file(&manifest).map_err(Error::io(&manifest, "cannot remove"))
    }
}

fn receipt_path(split: &str, epoch: u64, index: u64) -> String {
    format!("{WORK}/receipts/{split}-{epoch:06}-{index:06}")
}

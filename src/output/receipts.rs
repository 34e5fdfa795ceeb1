//! Receipts: which shards are on the disk, for a later run and for the commit.

use super::{Output, WORK};
use crate::error::{Error, Result};
use crate::manifest::{FILE, Manifest, ShardFiles};
use crate::plan::Shard;
use crate::spec::fields::Choice;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// Shards by side, epoch and place.
pub(super) type Places = BTreeSet<(String, u64, u64)>;

/// A receipt, whoever wrote it.
#[derive(Clone, Debug)]
pub struct Receipt {
    /// The side.
    pub side: String,
    /// Of which plan.
    pub plan_hash: String,
    /// The files, which may be gone since.
    pub files: ShardFiles,
}

/// The receipts in the output folder `root` that can be read.
pub fn receipts(root: &Path) -> impl Iterator<Item = Receipt> {
    let entries = fs::read_dir(root.join(WORK).join("receipts")).into_iter().flatten().flatten();
    entries.filter_map(|entry| {
        let side = entry.file_name().to_str()?.split('-').next()?.to_string();
        let text = fs::read_to_string(entry.path()).ok()?;
        let (hash, json) = text.split_once('\n')?;
        Some(Receipt { side, plan_hash: hash.into(), files: serde_json::from_str(json).ok()? })
    })
}

/// The shards of a plan that are on the disk with their receipts, and those that only a dataset in `root` lists.
pub(super) fn of_plan(root: &Path, plan_hash: &str) -> (Places, Places) {
    let is_whole = |files: &ShardFiles| files.arrays.values().all(|file| file.is_whole_at(root));
    let noted = receipts(root).filter(|one| one.plan_hash == plan_hash && is_whole(&one.files));
    let noted = noted.map(|one| (one.side, one.files.epoch, one.files.index)).collect();
    let manifest = Manifest::load(&root.join(FILE)).ok().flatten().filter(|there| there.plan_hash == plan_hash);
    let splits = manifest.iter().flat_map(|manifest| &manifest.splits);
    let listed = splits.flat_map(|(name, split)| split.shards.iter().map(move |shard| (name, shard)));
    let listed = listed.filter(|(_, shard)| is_whole(shard)).map(|(name, shard)| (name.clone(), shard.epoch, shard.index));
    (noted, listed.collect())
}

/// What a receipt says.
pub(super) fn text(plan_hash: &str, files: &ShardFiles) -> String {
    let json = serde_json::to_string(files).expect("invariant: a receipt is plain JSON");
    format!("{plan_hash}\n{json}")
}

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
        self.write(&receipt_path(split, files.epoch, files.index), text(plan_hash, files).as_bytes())
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

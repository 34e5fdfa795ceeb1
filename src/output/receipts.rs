//! Receipts: which shards are on the disk, for a later run and for the commit.

use super::{Output, WORK};
use crate::error::{Error, Result};
use crate::manifest::{FILE, Manifest, ShardFiles};
use crate::plan::Shard;
use crate::spec::Side;
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

/// The shards of the plan of `draft` that are on the disk with their receipts, and the paths of the images of those that only a dataset in
/// `root` lists.
pub(super) fn of_plan(root: &Path, draft: &Manifest) -> (Places, BTreeSet<String>) {
    let is_whole = |files: &ShardFiles| files.arrays.values().all(|file| file.is_whole_at(root));
    let noted = receipts(root).filter(|one| one.plan_hash == draft.plan_hash && is_whole(&one.files));
    let noted = noted.map(|one| (one.side, one.files.epoch, one.files.index)).collect();
    let manifest = Manifest::load(&root.join(FILE)).ok().flatten().filter(|there| draft.may_keep(there));
    let shards = manifest.iter().flat_map(|there| there.splits.values()).flat_map(|split| &split.shards);
    let images = shards.filter(|shard| is_whole(shard)).filter_map(|shard| Some(shard.arrays.get("images")?.path.clone()));
    (noted, images.collect())
}

/// What a receipt says.
pub(super) fn text(plan_hash: &str, files: &ShardFiles) -> String {
    let json = serde_json::to_string(files).expect("invariant: a receipt is plain JSON");
    format!("{plan_hash}\n{json}")
}

impl Output {
    /// Whether the files of a shard are there: made by a run of the same plan, or by an earlier dataset and part of this one.
    ///
    /// # Errors
    /// If what is kept cannot be noted.
    pub fn has(&self, plan_hash: &str, shard: &Shard) -> Result<bool> {
        let rows = shard.rows.len() as u64;
        if self.receipt_at(plan_hash, shard.side, shard.epoch, shard.index).is_some_and(|files| files.rows == rows) {
            return Ok(true);
        }
        let kept = self.kept_for(shard).filter(|files| files.rows == rows && self.are_whole(files));
        kept.map(|files| self.put_receipt(plan_hash, shard.side.word(), &files)).transpose().map(|noted| noted.is_some())
    }

    /// The receipt of a shard that a run of the same plan finished, if its files are still there.
    pub(super) fn receipt_at(&self, plan_hash: &str, side: Side, epoch: u64, index: u64) -> Option<ShardFiles> {
        let text = fs::read_to_string(self.root.join(receipt_path(side.word(), epoch, index))).ok()?;
        let (hash, json) = text.split_once('\n')?;
        let files: ShardFiles = serde_json::from_str(json).ok()?;
        (hash == plan_hash && self.are_whole(&files)).then_some(files)
    }

    fn are_whole(&self, files: &ShardFiles) -> bool {
        files.arrays.values().all(|file| file.is_whole_at(&self.root))
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

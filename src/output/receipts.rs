//! Receipts: which shards are on the disk, for a later run and for the commit.

use super::{Output, Trust, WORK};
use crate::error::{Error, Result};
use crate::manifest::{FILE, Listed, Manifest, ShardFiles};
use crate::plan::Shard;
use crate::spec::fields::Choice;
use std::borrow::Borrow;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

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

    /// Makes a dataset of the same plan that lost files an unfinished one again, with what it still has that can be trusted.
    ///
    /// # Errors
    /// If the system refuses.
    pub(super) fn take_up(&self, damaged: &Manifest, trust: Trust) -> Result<()> {
        let shards = damaged.splits.iter().flat_map(|(name, split)| split.shards.iter().map(move |shard| (name.as_str(), shard)));
        for (name, shard) in Sorted::new(&self.root, shards.collect(), trust).trusted {
            self.put_receipt(&damaged.plan_hash, name, shard)?;
        }
        let manifest = self.root.join(FILE);
        fs::remove_file(&manifest).map_err(Error::io(&manifest, "cannot remove"))
    }

    /// Removes the receipts of shards that cannot be trusted, so that they are made again. Lengths are looked at whenever
    /// a receipt is.
    ///
    /// # Errors
    /// If the system refuses.
    pub(super) fn check_receipts(&self, trust: Trust) -> Result<()> {
        if matches!(trust, Trust::Lengths) {
            return Ok(());
        }
        let noted = receipts(&self.root);
        let shards = noted.iter().map(|(path, _, shard)| (path.as_path(), shard)).collect();
        for (path, _) in Sorted::new(&self.root, shards, trust).others {
            fs::remove_file(path).map_err(Error::io(path, "cannot remove"))?;
        }
        Ok(())
    }
}

/// Shards, each with where it belongs, by whether all their files can be trusted.
#[derive(Debug)]
pub struct Sorted<T, S> {
    /// Those that can.
    pub trusted: Vec<(T, S)>,
    /// The others.
    pub others: Vec<(T, S)>,
}

impl<T, S: Borrow<ShardFiles>> Sorted<T, S> {
    /// Looks at all files of `shards` below `root`.
    pub fn new(root: &Path, shards: Vec<(T, S)>, trust: Trust) -> Self {
        let listed: Vec<&Listed> = shards.iter().flat_map(|(_, shard)| shard.borrow().arrays.values()).collect();
        let mut fits = trust.of(root, &listed).into_iter();
        // Every file takes its answer, whatever those before it say.
        let all = |shard: &S, fits: &mut dyn Iterator<Item = bool>| {
            let files = shard.borrow().arrays.len();
            fits.take(files).filter(|fits| *fits).count() == files
        };
        let (trusted, others) = shards.into_iter().partition(|(_, shard)| all(shard, &mut fits));
        Self { trusted, others }
    }
}

/// The paths of the files that receipts in `root` note: no dataset lists them yet.
pub fn noted(root: &Path) -> BTreeMap<String, Listed> {
    let files = receipts(root).into_iter().flat_map(|(_, _, shard)| shard.arrays.into_values());
    files.map(|file| (file.path.clone(), file)).collect()
}

/// Every receipt in `root` that can be read: its path, the plan's hash, the shard.
fn receipts(root: &Path) -> Vec<(PathBuf, String, ShardFiles)> {
    let read = |path: PathBuf| {
        let text = fs::read_to_string(&path).ok()?;
        let (hash, json) = text.split_once('\n')?;
        let shard: ShardFiles = serde_json::from_str(json).ok()?;
        let inside = shard.arrays.values().all(Listed::stays_inside);
        inside.then(|| (path, hash.to_string(), shard))
    };
    let entries = fs::read_dir(root.join(WORK).join("receipts")).into_iter().flatten().flatten();
    entries.filter_map(|entry| read(entry.path())).collect()
}

/// The path of the receipt of a shard.
pub(super) fn receipt_path(split: &str, epoch: u64, index: u64) -> String {
    format!("{WORK}/receipts/{split}-{epoch:06}-{index:06}")
}

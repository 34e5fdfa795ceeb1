//! Receipts: which shards are on the disk, for a later run and for the commit.

use super::folder::sync_folder;
use super::{Output, Trust, WORK};
use crate::error::{Error, Result};
use crate::manifest::{FILE, Listed, Manifest, ShardFiles};
use crate::plan::Slot;
use crate::spec::Side;
use crate::spec::fields::Choice;
use std::borrow::Borrow;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Shards by side, epoch and place.
pub(super) type Places = BTreeSet<(String, u64, u64)>;

/// A receipt, whoever wrote it.
#[derive(Clone, Debug)]
pub struct Receipt {
    /// Where it stands.
    pub path: PathBuf,
    /// The side.
    pub side: String,
    /// Of which plan.
    pub plan_hash: String,
    /// The files, which may be gone since.
    pub files: ShardFiles,
}

impl Receipt {
    /// The receipt at `path`; `None` if there is none that can be read, or it names files elsewhere.
    pub(super) fn read(path: PathBuf) -> Option<Self> {
        let side = path.file_name()?.to_str()?.split('-').next()?.to_string();
        let (plan_hash, files) = parse(&fs::read(&path).ok()?)?;
        Some(Self { path, side, plan_hash, files })
    }
}

/// The receipts in the output folder `root` that can be read.
pub fn receipts(root: &Path) -> impl Iterator<Item = Receipt> {
    let entries = fs::read_dir(root.join(WORK).join("receipts")).into_iter().flatten().flatten();
    entries.filter_map(|entry| Receipt::read(entry.path()))
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

/// The plan and the files that a receipt tells of; `None` if it is none, or names files elsewhere.
pub fn parse(receipt: &[u8]) -> Option<(String, ShardFiles)> {
    let (hash, json) = std::str::from_utf8(receipt).ok()?.split_once('\n')?;
    let files: ShardFiles = serde_json::from_str(json).ok()?;
    files.arrays.values().all(Listed::stays_inside).then(|| (hash.into(), files))
}

/// What a receipt says.
pub fn text(plan_hash: &str, files: &ShardFiles) -> String {
    let json = serde_json::to_string(files).expect("invariant: a receipt is plain JSON");
    format!("{plan_hash}\n{json}")
}

impl Output {
    /// Whether the files of a shard are there: made by a run of the same plan, or by an earlier dataset and part of this one.
    ///
    /// # Errors
    /// If what is kept cannot be noted.
    pub(super) fn holds(&self, plan_hash: &str, shard: &Slot) -> Result<bool> {
        let rows = shard.rows;
        if self.receipt_at(plan_hash, shard.side, shard.epoch, shard.index).is_some_and(|files| files.rows == rows) {
            return Ok(true);
        }
        let kept = self.kept_for(shard).filter(|files| files.rows == rows && self.are_whole(files));
        let Some(files) = kept else { return Ok(false) };
        // It is found again if it is lost, so that nobody waits for the disk.
        let receipt = receipt_path(shard.side.word(), files.epoch, files.index);
        self.write_lightly(&receipt, text(plan_hash, &files).as_bytes())?;
        Ok(true)
    }

    /// The receipt of a shard that a run of the same plan finished, if its files are still there.
    pub(super) fn receipt_at(&self, plan_hash: &str, side: Side, epoch: u64, index: u64) -> Option<ShardFiles> {
        let Receipt { plan_hash: of, files, .. } = Receipt::read(self.root.join(receipt_path(side.word(), epoch, index)))?;
        let fits = of == plan_hash && (files.epoch, files.index) == (epoch, index);
        (fits && self.are_whole(&files)).then_some(files)
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

    /// Notes what a dataset of the same plan that lost files still has that can be trusted.
    ///
    /// # Errors
    /// If the system refuses.
    pub(super) fn take_up(&self, damaged: &Manifest, trust: Trust) -> Result<()> {
        let shards = damaged.splits.iter().flat_map(|(name, split)| split.shards.iter().map(move |shard| (name.as_str(), shard)));
        for (name, shard) in Sorted::new(&self.root, shards.collect(), trust).trusted {
            self.put_receipt(&damaged.plan_hash, name, shard)?;
        }
        Ok(())
    }

    /// Makes a damaged dataset an unfinished one, once the disk has all that the next run needs to go on with it.
    ///
    /// # Errors
    /// If the system refuses.
    pub(super) fn withdraw(&self) -> Result<()> {
        let work = self.root.join(WORK);
        sync_folder(&work.join("receipts"))?;
        self.end_replacing()?;
        // Another worker may have done it.
        self.remove_file(FILE)
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
        let noted: Vec<Receipt> = receipts(&self.root).collect();
        let shards = noted.iter().map(|one| (one.path.as_path(), &one.files)).collect();
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
    let files = receipts(root).flat_map(|one| one.files.arrays.into_values());
    files.map(|file| (file.path.clone(), file)).collect()
}

/// The path of the receipt of a shard.
pub fn receipt_path(split: &str, epoch: u64, index: u64) -> String {
    format!("{WORK}/receipts/{split}-{epoch:06}-{index:06}")
}

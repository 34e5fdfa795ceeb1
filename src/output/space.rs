//! Room on the disk: what is still to be written, known before it is.

use super::shard_path;
use super::{DRAFT, WORK, receipts, site};
use crate::error::{Error, Result, shown};
use crate::manifest::{self, Array, Axis, FILE, Listed, Manifest, ShardFiles};
use crate::npy::HEADER_BYTES;
use crate::plan::Slot;
use crate::spec::fields::Choice;
use indicatif::BinaryBytes;
use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::Path;

/// Notes of progress that a run has at once: the one that is there, and the one that takes its place.
const NOTES: u64 = 2;

/// Free bytes where `out` is, or will be.
pub fn free(out: &Path) -> Option<u64> {
    of_nearest(out, |folder| fs4::available_space(folder).ok())
}

/// Asks the folder `out`, or the nearest above it that is there.
fn of_nearest(out: &Path, ask: impl Fn(&Path) -> Option<u64>) -> Option<u64> {
    let absolute = std::path::absolute(out).ok()?;
    absolute.ancestors().find_map(ask)
}

/// What a dataset takes on a disk.
#[derive(Clone, Copy, Debug)]
pub struct Room<'a> {
    /// The output folder.
    pub root: &'a Path,
    /// The manifest, but for its shards.
    pub draft: &'a Manifest,
    /// What it will hold.
    pub planned: &'a Planned,
}

/// The shards of a plan, before their rows are made.
#[derive(Clone, Debug, Default)]
pub struct Planned {
    /// All of them, by side and epoch.
    pub slots: Vec<Slot>,
    /// Bytes that the boxes of an epoch take at most, by side, where they stand end to end; what else there is has a length that is known.
    pub boxes: BTreeMap<String, u64>,
}

/// What a shard takes.
struct Needs {
    /// Its arrays, in whole blocks of the disk.
    arrays: u64,
    /// Its receipt, in whole blocks of the disk.
    receipt: u64,
    /// Its bytes in the manifest.
    listed: u64,
}

impl Needs {
    fn of(plan_hash: &str, shard: &ShardFiles, taken: impl Fn(u64) -> u64) -> Self {
        Self {
            arrays: shard.arrays.values().map(|file| taken(file.bytes)).fold(0, u64::saturating_add),
            receipt: taken(receipts::text(plan_hash, shard).len() as u64),
            listed: manifest::listed_bytes(shard),
        }
    }
}

/// What decides how much a shard takes: there may be millions of them, of a few shapes.
fn shape(slot: &Slot) -> (&'static str, u64, [usize; 3], bool) {
    let digits = |number: u64| number.checked_ilog10().unwrap_or(0) as usize;
    (slot.side.word(), slot.rows, [digits(slot.epoch), digits(slot.index), slot.stem.len()], slot.index == 0)
}

impl Room<'_> {
    /// Checks that what is still to be written fits once so many bytes are `freed`. Where the system cannot say what is free, the run
    /// tells.
    ///
    /// # Errors
    /// If it does not fit, with what is missing.
    pub fn require(&self, freed: u64) -> Result<()> {
        let left = self.left();
        match free(self.root).map(|free| free.saturating_add(freed)) {
            Some(free) if free < left => Err(Error::NoSpace(format!(
                "{}: {} more needed: {} are still to be written, {} are free (make room, choose another disk, or fewer --epochs)",
                shown(self.root),
                BinaryBytes(left - free),
                BinaryBytes(left),
                BinaryBytes(free)
            ))),
            _ => Ok(()),
        }
    }

    /// What ended a run; if no room was left, with how much more is needed. Called when the files that were being written are gone.
    pub fn explain(&self, error: Error) -> Error {
        let Error::Io { path, source, .. } = &error else { return error };
        let what = match source.kind() {
            ErrorKind::StorageFull => "no space left on device",
            ErrorKind::QuotaExceeded => "disk quota exceeded",
            _ => return error,
        };
        let left = self.left();
        let missing = match free(self.root).filter(|free| source.kind() == ErrorKind::StorageFull && *free < left) {
            Some(free) => BinaryBytes(left - free).to_string(),
            // What a quota leaves, or a disk without room for more names, is not told.
            None => format!("up to {}", BinaryBytes(left)),
        };
        let remedy = "make room, then run the same command again: finished shards are kept";
        Error::NoSpace(format!("{}: {what}: {missing} more needed ({remedy})", shown(path)))
    }

    /// Bytes of the disk that are still to be written, whole blocks of it: arrays with their receipts; the files beside them, which
    /// stand in the working folder until the end, too; draft, manifest and notes.
    pub fn left(&self) -> u64 {
        let block = of_nearest(self.root, |folder| fs4::allocation_granularity(folder).ok()).unwrap_or(1).max(1);
        let taken = |bytes: u64| bytes.div_ceil(block).saturating_mul(block);
        let site = site(self.root, &self.draft.plan_hash);
        let (done, kept) = receipts::of_plan(&site, self.draft);
        let (mut left, mut listed) = (0u64, self.draft.to_bytes().len() as u64);
        let mut known = BTreeMap::new();
        for slot in &self.planned.slots {
            let needs = known.entry(shape(slot)).or_insert_with(|| Needs::of(&self.draft.plan_hash, &self.planned(slot), taken));
            let noted = !done.is_empty() && done.contains(&(slot.side.word().to_string(), slot.epoch, slot.index));
            if !noted && (kept.is_empty() || !kept.contains(&shard_path(slot, "images"))) {
                left = left.saturating_add(needs.arrays);
            }
            left = left.saturating_add(if noted { 0 } else { needs.receipt });
            listed = listed.saturating_add(needs.listed);
        }
        listed += self.draft.splits.len() as u64 * manifest::SHARDS_FRAME;
        let draft = Listed::of(DRAFT.into(), &self.draft.to_bytes());
        let beside = || self.draft.files.iter().chain([&draft]);
        let there = |path: &Path| path.is_file();
        let work = site.join(WORK);
        // A file that is there already is replaced, beside which the new one stands for a moment.
        let replaced = beside().filter(|file| there(&work.join(&file.path))).map(|file| taken(file.bytes)).max().unwrap_or(0);
        let noted = beside().filter(|file| !there(&work.join(&file.path))).map(|file| taken(file.bytes));
        // The last ones, the manifest among them, are all there before the first takes its name, with a copy of the manifest before it.
        let last = self.draft.files.iter().map(|file| taken(file.bytes));
        let before = std::fs::metadata(self.root.join(FILE)).map_or(0, |there| taken(there.len()));
        let manifest = before.saturating_add(taken(listed));
        noted.chain(last).chain([replaced, manifest, NOTES * block]).fold(left, u64::saturating_add)
    }

    /// A shard as it will be listed: every length is known but that of boxes, all of which count as in the epoch's first shard.
    fn planned(&self, slot: &Slot) -> ShardFiles {
        let boxes = if slot.index == 0 { self.planned.boxes.get(slot.side.word()).copied().unwrap_or(0) } else { 0 };
        let all: u64 =
            self.draft.arrays.values().filter(|array| array.first_axis == Axis::Boxes).map(|array| array.row_bytes()).sum();
        let of_array = |(name, array): (&String, &Array)| {
            let values = match array.first_axis {
                // Each array of boxes takes its share of them.
                Axis::Boxes => boxes.checked_div(all).unwrap_or(0),
                _ => array.length(slot.rows, 0),
            };
            let bytes = values.saturating_mul(array.row_bytes()).saturating_add(HEADER_BYTES);
            (name.clone(), Listed { path: shard_path(slot, name), bytes, xxh3_128: "0".repeat(32) })
        };
        ShardFiles {
            epoch: slot.epoch,
            index: slot.index,
            rows: slot.rows,
            arrays: self.draft.arrays.iter().map(of_array).collect(),
        }
    }
}

//! The output folder: lock, receipts, whole files only, the manifest last.
//!
//! Order of durability: a file's content, its name, its receipt; all files, their folders, the manifest.

mod clear;
mod content;
mod depot;
mod folder;
mod found;
mod huge;
mod links;
mod lock;
mod mend;
mod names;
pub mod place;
mod receipts;
mod replace;
mod shard;
mod space;
mod staged;
mod update;

pub use clear::gone;
pub use content::{Trust, hash_of, holds};
pub use depot::{Begun, Depot};
pub use folder::{Opening, Other, Outcome, Output, sync_folder};
pub use huge::{Places, Stretch};
pub use links::make_folder_of;
pub use lock::Worker;
pub use mend::{Kept, obstacle, paths};
pub use names::{begun, could_be_ours, read_shard_path, shard_path, shard_paths};
pub use receipts::{Receipt, Sorted, noted, parse as read_receipt, receipt_path, receipts, text as receipt_text};
pub use replace::{site, staged};
pub use shard::{OPEN_SHARDS, OpenShard, Piece, header};
pub use space::{Planned, Room, free as free_space};
pub use staged::{Staged, remove_temporaries};

use crate::error::Result;
use crate::manifest::Manifest;
use crate::spec::Side;
use crate::spec::fields::Choice;
use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};

/// Our working folder in the output, gone after the end.
pub const WORK: &str = ".prebake";
/// The manifest of what is being built, but for its shards, in the working folder.
pub const DRAFT: &str = "draft.json";

/// The plan that is being built in the output folder `root`, if a run noted one.
///
/// # Errors
/// If it is not a manifest that this program can read.
pub fn draft_in(root: &Path) -> Result<Option<Manifest>> {
    Manifest::load(&root.join(WORK).join(DRAFT))
}

/// Where a run of this name notes how far it is, for [`mod@crate::status`].
pub fn note_path(root: &Path, name: &str) -> PathBuf {
    root.join(WORK).join(format!("progress-{name}.json"))
}

/// What a run of this name locks as long as it works in the folder.
fn running_path(root: &Path, name: &str) -> PathBuf {
    root.join(WORK).join(format!("running-{name}.lock"))
}

/// The names ([`Worker::name`]) of the runs that work in the folder `root`. Disturbs none of them.
pub fn running(root: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(root.join(WORK)).into_iter().flatten().flatten();
    let of_entry = |entry: std::fs::DirEntry| {
        let name = entry.file_name().into_string().ok()?;
        let worker = name.strip_prefix("running-")?.strip_suffix(".lock")?;
        let held = File::open(entry.path()).ok()?.try_lock_shared();
        matches!(held, Err(TryLockError::WouldBlock)).then(|| worker.to_string())
    };
    let mut workers: Vec<String> = entries.filter_map(of_entry).collect();
    workers.sort();
    workers
}

/// The folders of epochs that are there, on every side: what an edited manifest says of them may have no end.
fn epochs(root: &Path) -> Vec<PathBuf> {
    let sides = Side::ALL.iter().map(|(side, _)| root.join(side));
    let folders = sides.flat_map(|side| std::fs::read_dir(side).into_iter().flatten().flatten().map(|entry| entry.path()));
    let is_epoch = |path: &PathBuf| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("epoch-"));
    folders.filter(is_epoch).collect()
}

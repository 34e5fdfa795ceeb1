//! The output folder: lock, receipts, whole files only, the manifest last.
//!
//! Order of durability: a file's content, its name, its receipt; all files, their folders, the manifest.

mod clear;
mod folder;
mod found;
mod links;
pub mod place;
mod receipts;
mod shard;
mod space;
mod staged;

pub use folder::{Opening, Outcome, Output};
pub use shard::{OpenShard, Piece, header};
pub use space::free as free_space;

use crate::spec::Side;
use crate::spec::fields::Choice;
use std::path::{Path, PathBuf};

/// Our working folder in the output, gone after the end.
pub const WORK: &str = ".prebake";

/// The folders of epochs that are there, on every side: what an edited manifest says of them may have no end.
fn epochs(root: &Path) -> Vec<PathBuf> {
    let sides = Side::ALL.iter().map(|(side, _)| root.join(side));
    let folders = sides.flat_map(|side| std::fs::read_dir(side).into_iter().flatten().flatten().map(|entry| entry.path()));
    let is_epoch = |path: &PathBuf| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("epoch-"));
    folders.filter(is_epoch).collect()
}

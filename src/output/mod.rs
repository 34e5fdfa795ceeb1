//! The output folder: lock, receipts, whole files only, the manifest last.
//!
//! Order of durability: a file's content, its name, its receipt; all files, their folders, the manifest.

mod folder;
mod shard;
mod staged;

pub use folder::{Outcome, Output};
pub use shard::{OpenShard, header};

/// Our working folder in the output, gone after the end.
const WORK: &str = ".prebake";

//! The output folder: lock, receipts, whole files only, the manifest last.
//!
//! Order of durability: a file's content, its name, its receipt; all files, their folders, the manifest.

mod folder;
mod shard;

pub use folder::{Outcome, Output};
pub use shard::{Arrays, header, write_shard};

/// Our working folder in the output, gone after the end.
const WORK: &str = ".prebake";

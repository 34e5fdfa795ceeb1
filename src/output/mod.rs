//! The output folder: lock, receipts, whole files only, the manifest last.
//!
//! Order of durability: a file's content, its name, its receipt; all files, their folders, the manifest.

mod clear;
mod folder;
mod found;
pub mod place;
mod receipts;
mod shard;
mod space;
mod staged;

pub use folder::{Opening, Outcome, Output};
pub use shard::{OpenShard, header};
pub use space::free as free_space;

/// Our working folder in the output, gone after the end.
pub const WORK: &str = ".prebake";

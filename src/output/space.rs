//! Room on the disk.

use super::epochs;
use crate::error::{Error, Result, shown};
use indicatif::BinaryBytes;
use std::fs;
use std::path::Path;

/// Free bytes where `out` is, or will be.
pub fn free(out: &Path) -> Option<u64> {
    let absolute = std::path::absolute(out).ok()?;
    absolute.ancestors().find_map(|folder| fs4::available_space(folder).ok())
}

/// Checks that `bytes` fit at `out`, together with what is there already. Where the system cannot say, the run tells.
pub(super) fn require(out: &Path, bytes: u64) -> Result<()> {
    let needed = bytes.saturating_sub(stored(out));
    match free(out) {
        Some(free) if free < needed => Err(Error::NoSpace(format!(
            "{}: {} needed, {} free (make room, choose another disk, or fewer --epochs)",
            shown(out),
            BinaryBytes(needed),
            BinaryBytes(free)
        ))),
        _ => Ok(()),
    }
}

/// Bytes of the shards that are there: kept, or replaced by what is written.
fn stored(out: &Path) -> u64 {
    let files = epochs(out).into_iter().flat_map(|epoch| fs::read_dir(epoch).into_iter().flatten().flatten());
    files.filter_map(|file| Some(file.metadata().ok()?.len())).sum()
}

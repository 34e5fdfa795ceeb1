//! Which shards of a dataset are exported.

use crate::cli::Exporting;
use crate::error::{Error, Result, few, shown};
use crate::manifest::{Array, FILE, Listed, Manifest};
use crate::npy::HEADER_BYTES;
use crate::spec::fields::Choice;
use std::collections::BTreeMap;
use std::path::Path;

/// How many files are named that are not as they should be.
const NAMED: usize = 8;

/// A shard of the dataset.
#[derive(Clone, Debug)]
pub(super) struct Shard<'a> {
    /// The side.
    pub(super) side: &'a str,
    /// The epoch.
    pub(super) epoch: u64,
    /// The place in the epoch.
    pub(super) index: u64,
    /// Rows.
    pub(super) rows: u64,
    /// The number of the first row in the epoch.
    pub(super) first: u64,
    /// The file of each array.
    pub(super) files: &'a BTreeMap<String, Listed>,
}

impl Shard<'_> {
    /// The name of the file that it becomes.
    pub(super) fn file(&self, ending: &str) -> String {
        format!("{}-epoch-{:03}-{:05}.{ending}", self.side, self.epoch, self.index)
    }

    /// The name of its epoch.
    pub(super) fn epoch_folder(&self) -> String {
        format!("{}/epoch-{:03}", self.side, self.epoch)
    }
}

/// The shards that are asked for, by side, epoch and place.
///
/// # Errors
/// If there are none.
pub(super) fn choose<'a>(manifest: &'a Manifest, asked: &Exporting) -> Result<Vec<Shard<'a>>> {
    let wanted = |side: &str| asked.split.is_none_or(|split| split.word() == side);
    let splits = || manifest.splits.iter().filter(|(side, _)| wanted(side));
    let there = || manifest.splits.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
    if let (Some(split), None) = (asked.split, splits().next()) {
        let problem = format!("no split `{}` (there is {})", split.word(), there());
        return Err(Error::Usage(format!("{}: {problem}", shown(&asked.out))));
    }
    let epochs = splits().map(|(_, split)| split.epochs).max().unwrap_or(0);
    if let Some(beyond) = asked.epochs.as_ref().map(|list| list.last()).filter(|last| *last >= epochs) {
        let problem = format!("no epoch {beyond} (--epochs: they are 0 to {})", epochs.saturating_sub(1));
        return Err(Error::Usage(format!("{}: {problem}", shown(&asked.out))));
    }
    let mut shards = Vec::new();
    for (side, split) in splits() {
        let mut first = 0;
        for shard in &split.shards {
            first = if shard.index == 0 { 0 } else { first };
            if asked.epochs.as_ref().is_none_or(|list| list.has(shard.epoch)) {
                let (epoch, index, rows, files) = (shard.epoch, shard.index, shard.rows, &shard.arrays);
                shards.push(Shard { side, epoch, index, rows, first, files });
            }
            first = first.saturating_add(shard.rows);
        }
    }
    Ok(shards)
}

/// Checks that every file of the shards is there, in the length that is listed and that its rows have.
///
/// # Errors
/// With the files that are not.
pub(super) fn check_whole(root: &Path, manifest: &Manifest, shards: &[Shard<'_>]) -> Result<()> {
    let unlisted = |shard: &Shard<'_>| {
        let wrong = manifest
            .arrays
            .iter()
            .find(|(name, array)| !shard.files.get(*name).is_some_and(|file| holds(array, shard.rows, file)));
        wrong.map(|(name, _)| format!("{FILE}: {name} of {}, shard {}, is not as it was made", shard.epoch_folder(), shard.index))
    };
    let files = shards.iter().flat_map(|shard| shard.files.values());
    let gone = files.filter(|file| !file.is_whole_at(root)).map(|file| problem(root, file));
    let bad: Vec<String> = shards.iter().filter_map(unlisted).chain(gone).collect();
    if bad.is_empty() { Ok(()) } else { Err(Error::Verification(few(bad, NAMED, |more| format!("and {more} more")))) }
}

/// Whether a file of so many bytes can hold so many rows.
fn holds(array: &Array, rows: u64, file: &Listed) -> bool {
    let values = file.bytes.checked_sub(HEADER_BYTES);
    values.is_some_and(|values| array.row_bytes().saturating_mul(array.length(rows, values)) == values)
}

fn problem(root: &Path, file: &Listed) -> String {
    let problem = match std::fs::metadata(root.join(&file.path)) {
        Ok(there) => format!("{} bytes, {FILE} says {}", there.len(), file.bytes),
        Err(_) => "missing".into(),
    };
    format!("{}: {problem} (`prebake repair` makes it again)", shown(&file.path))
}

//! Checks a dataset in a bucket against its manifest.

use super::manifest_at;
use crate::error::{Error, Result};
use crate::manifest::{FILE, Listed, Manifest};
use crate::output::WORK;
use crate::store::Bucket;
use crate::verify::{Checked, Depth, Problem, unplanned};
use std::collections::BTreeSet;

/// Bytes that are fetched together, unless one object has more.
const TOGETHER: u64 = 128 << 20;

/// Looks at every object of the dataset below `url`: at its length, or at every byte.
///
/// # Errors
/// If there is no dataset, or the store refuses.
pub fn check(url: &str, depth: Depth) -> Result<Checked> {
    let bucket = Bucket::open(url)?;
    let Some((manifest, _)) = manifest_at(&bucket, FILE)? else {
        let begun = bucket.head(&super::draft_path())?.is_some();
        let why = if begun { "a build that is not finished" } else { "no dataset of prebake" };
        return Err(Error::NotADataset(format!("{}: {why} (there is no {FILE})", bucket.place(""))));
    };
    let mut problems = unplanned(&manifest);
    if !manifest.is_unedited() {
        problems.push(Problem::new(FILE, "was edited: its plan hash is not that of what it says"));
    }
    let listed: Vec<&Listed> = manifest.listed().collect();
    problems.extend(lengths(&bucket, &manifest, &listed)?);
    if depth == Depth::Full && problems.is_empty() {
        problems.extend(contents(&bucket, &listed)?);
    }
    problems.sort();
    problems.dedup();
    Ok(Checked { files: listed.len() as u64 + 1, manifest: Some(Box::new(manifest)), problems })
}

/// What is missing, has another length, or is there and not listed.
fn lengths(bucket: &Bucket, manifest: &Manifest, listed: &[&Listed]) -> Result<Vec<Problem>> {
    let there = super::lengths(bucket.list("")?);
    let wrong = |file: &&Listed| match there.get(&file.path) {
        None => Some(Problem::new(&file.path, "missing")),
        Some(bytes) if *bytes != file.bytes => {
            Some(Problem::new(&file.path, format!("has {bytes} bytes, the manifest says {}", file.bytes)))
        }
        Some(_) => None,
    };
    let known: BTreeSet<&str> = listed.iter().map(|file| file.path.as_str()).chain([FILE]).collect();
    let work = format!("{WORK}/");
    let is_extra = |path: &&String| {
        let of_side =
            manifest.splits.keys().any(|side| path.strip_prefix(side.as_str()).is_some_and(|rest| rest.starts_with('/')));
        of_side && !known.contains(path.as_str()) && !path.starts_with(&work)
    };
    let extra = there.keys().filter(is_extra).map(|path| Problem::new(path, "is not in the manifest"));
    Ok(listed.iter().filter_map(wrong).chain(extra).collect())
}

/// What holds other bytes than were written.
fn contents(bucket: &Bucket, listed: &[&Listed]) -> Result<Vec<Problem>> {
    let mut problems = Vec::new();
    let mut rest = listed;
    while !rest.is_empty() {
        let mut bytes = 0;
        let some = rest.iter().take_while(|file| {
            bytes += file.bytes;
            bytes <= TOGETHER
        });
        let (some, others) = rest.split_at(some.count().max(1));
        let paths: Vec<String> = some.iter().map(|file| file.path.clone()).collect();
        let read = bucket.get_all(&paths)?;
        let differs =
            |(file, bytes): (&&Listed, &Vec<u8>)| (!file.is_of(bytes)).then(|| Problem::new(&file.path, "holds other bytes"));
        problems.extend(some.iter().zip(&read).filter_map(differs));
        rest = others;
    }
    Ok(problems)
}

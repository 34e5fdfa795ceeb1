//! Checks an output folder against its manifest: lengths, headers, hashes, nothing missing or extra.

use crate::error::{Error, Result, shown, told};
use crate::manifest::{FILE, Listed, Manifest};
use crate::npy::HEADER_BYTES;
use crate::output::header;
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// Reads every file that the manifest lists.
///
/// # Errors
/// With everything that does not fit, or if there is no manifest of ours.
pub fn verify(root: &Path) -> Result<Manifest> {
    let Some(manifest) = Manifest::load(&root.join(FILE))? else {
        let why = if root.join(".prebake").is_dir() { "a build that is not finished" } else { "no dataset of prebake" };
        return Err(Error::NotADataset(format!("{}: {why} (there is no {FILE})", shown(root))));
    };
    let mut problems = Vec::new();
    let mut remedy = "damaged (remove the files named here, then run `prebake build` again: it makes what is missing)";
    if !manifest.is_unedited() {
        problems.push(format!("{FILE}: was edited (its plan hash does not fit)"));
        remedy = "damaged (make it again: `prebake build --force`)";
    }
    for (name, split) in &manifest.splits {
        let planned = split.epochs * split.shards_per_epoch;
        if split.shards.len() as u64 != planned {
            problems.push(format!("{FILE}: {name} lists {} shards of {planned}", split.shards.len()));
        }
    }
    let headers = expected_headers(&manifest);
    let listed: Vec<&Listed> = manifest.listed().collect();
    problems.par_extend(listed.par_iter().filter_map(|file| {
        check(root, file, headers.get(file.path.as_str()).map(Vec::as_slice))
            .map(|problem| format!("{}: {problem}", shown(&file.path)))
    }));
    problems.extend(extra(root, &manifest));
    if problems.is_empty() {
        return Ok(manifest);
    }
    problems.push(format!("{}: {remedy}", shown(root)));
    Err(Error::Verification(problems))
}

fn expected_headers<'a>(manifest: &'a Manifest) -> BTreeMap<&'a str, Vec<u8>> {
    let shards = manifest.splits.values().flat_map(|split| &split.shards);
    let arrays = shards.flat_map(|shard| shard.arrays.iter().map(move |(name, file)| (name, file, shard.rows)));
    let expected = |(name, file, rows): (&String, &'a Listed, u64)| {
        let array = manifest.arrays.get(name)?;
        Some((file.path.as_str(), header(array, rows, file.bytes.saturating_sub(HEADER_BYTES))))
    };
    arrays.filter_map(expected).collect()
}

fn check(root: &Path, file: &Listed, expected_header: Option<&[u8]>) -> Option<String> {
    let bytes = match fs::read(root.join(&file.path)) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Some("missing".into()),
        Err(error) => return Some(format!("cannot read: {}", told(&error))),
    };
    if bytes.len() as u64 != file.bytes {
        return Some(format!("{} bytes, the manifest says {}", bytes.len(), file.bytes));
    }
    if expected_header.is_some_and(|header| !bytes.starts_with(header)) {
        return Some("the header is not the one that its shape and type need".into());
    }
    (!file.is_of(&bytes)).then(|| "the content changed (its hash does not fit)".into())
}

/// Arrays in the epochs' folders that the manifest does not list: a loader that globs would read them.
fn extra(root: &Path, manifest: &Manifest) -> Vec<String> {
    let known: BTreeSet<&str> = manifest.listed().map(|file| file.path.as_str()).collect();
    let mut found = Vec::new();
    for split in manifest.splits.keys() {
        for folder in fs::read_dir(root.join(split)).into_iter().flatten().flatten() {
            for file in fs::read_dir(folder.path()).into_iter().flatten().flatten() {
                let path = file.path();
                let relative = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().into_owned();
                if relative.ends_with(".npy") && !known.contains(relative.as_str()) {
                    found.push(format!("{}: not in the manifest", shown(&relative)));
                }
            }
        }
    }
    found.sort();
    found
}

//! Whether files hold what is listed of them.

use super::{Depth, Problem};
use crate::error::{shown, told};
use crate::manifest::{FILE, Listed, Manifest};
use crate::npy::HEADER_BYTES;
use crate::output::{hash_of, header, holds};
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{ErrorKind, Read};
use std::path::Path;

/// Which files below `root` are there with the listed content.
pub fn by_content(root: &Path, listed: &[&Listed]) -> Vec<bool> {
    listed.par_iter().map(|file| holds(root, file)).collect()
}

/// What is wrong with the files that `manifest` lists.
pub(super) fn check(root: &Path, manifest: &Manifest, listed: &[&Listed], depth: Depth) -> Vec<Problem> {
    let headers = expected_headers(manifest);
    let by_hash: BTreeMap<&str, &str> = listed.iter().map(|file| (file.xxh3_128.as_str(), file.path.as_str())).collect();
    let check = |file: &&Listed| {
        let header = headers.get(file.path.as_str()).map(Vec::as_slice);
        let problem = match depth {
            Depth::Quick => quick(root, file, header)?,
            Depth::Full => full(root, file, header, &by_hash)?,
        };
        Some(Problem::new(&file.path, problem))
    };
    listed.par_iter().filter_map(check).collect()
}

fn expected_headers(manifest: &Manifest) -> BTreeMap<&str, Vec<u8>> {
    let shards = manifest.splits.values().flat_map(|split| &split.shards);
    let arrays = shards.flat_map(|shard| shard.arrays.iter().map(move |(name, file)| (name, file, shard.rows)));
    let expected = |(name, file, rows)| {
        let file: &Listed = file;
        let array = manifest.arrays.get::<String>(name)?;
        Some((file.path.as_str(), header(array, rows, file.bytes.saturating_sub(HEADER_BYTES))))
    };
    arrays.filter_map(expected).collect()
}

/// What is wrong with a file, as far as its first bytes and the system tell.
fn quick(root: &Path, file: &Listed, header: Option<&[u8]>) -> Option<String> {
    let path = root.join(&file.path);
    let there = match fs::symlink_metadata(&path) {
        Ok(there) => there,
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => return Some("missing".into()),
        Err(error) => return Some(format!("cannot read: {}", told(&error))),
    };
    if there.is_dir() {
        return Some("a folder, not a file".into());
    }
    if !there.is_file() {
        return Some(if there.is_symlink() { "a link, not a file" } else { "a device or a pipe, not a file" }.into());
    }
    if there.len() != file.bytes {
        return Some(format!("{} bytes, {FILE} says {}", there.len(), file.bytes));
    }
    let header = header?;
    let mut first = Vec::new();
    let read = File::open(&path).and_then(|file| file.take(HEADER_BYTES).read_to_end(&mut first));
    match read {
        Err(error) => Some(format!("cannot read: {}", told(&error))),
        Ok(_) => (first != header).then(|| "the header is not the one that its shape and type need".into()),
    }
}

/// What is wrong with a file; whose content it holds, if it is that of another.
fn full(root: &Path, file: &Listed, header: Option<&[u8]>, by_hash: &BTreeMap<&str, &str>) -> Option<String> {
    let problem = quick(root, file, header);
    let path = root.join(&file.path);
    if !fs::symlink_metadata(&path).is_ok_and(|there| there.is_file()) {
        return problem;
    }
    let hash = match hash_of(&path) {
        Ok(hash) => hash,
        Err(error) => return Some(format!("cannot read: {}", told(&error))),
    };
    if hash == file.xxh3_128 {
        return problem;
    }
    let others = by_hash.get(hash.as_str()).map(|other| format!("holds the content of {}", shown(other)));
    others.or(problem).or_else(|| Some(format!("the content is not what {FILE} lists (its hash does not fit)")))
}

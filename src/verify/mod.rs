//! Checks an output folder against its manifest, and the manifest against itself and the files beside it.

mod edits;
mod extra;
mod files;
mod shards;

pub use extra::extra;
pub use files::by_content;
pub use shards::unplanned;

use crate::error::{Error, Result, shown};
use crate::manifest::{FILE, Listed, Manifest, SAMPLES, SPEC};
use crate::output::{WORK, read_shard_path};
use serde::Serialize;
use std::fs;
use std::path::Path;

/// How closely files are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// Names, lengths and headers.
    Quick,
    /// Every byte.
    Full,
}

/// Something that is not as it was made.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Problem {
    /// The file, below the output folder.
    pub path: String,
    /// What is wrong with it.
    pub problem: String,
}

/// What a look at a dataset found.
#[derive(Debug)]
pub struct Checked {
    /// The manifest, if it can be read at all.
    pub manifest: Option<Box<Manifest>>,
    /// How many files were looked at.
    pub files: u64,
    /// What is wrong; nothing if all is as it was made.
    pub problems: Vec<Problem>,
}

impl Problem {
    /// With a file, and what is wrong with it.
    pub fn new(path: impl Into<String>, problem: impl Into<String>) -> Self {
        Self { path: path.into(), problem: problem.into() }
    }

    /// As a line for people.
    pub fn line(&self) -> String {
        format!("{}: {}", shown(&self.path), self.problem)
    }
}

/// Looks at every file of the dataset in `root`.
///
/// # Errors
/// If there is no dataset of ours, whole or damaged.
pub fn verify(root: &Path, depth: Depth) -> Result<Checked> {
    let (manifest, bytes) = match read(root)? {
        Ok(read) => read,
        Err(problem) => return Ok(Checked { manifest: None, files: 1, problems: vec![Problem::new(FILE, problem)] }),
    };
    let listed: Vec<&Listed> = manifest.listed().collect();
    let mut problems = edits::edits(&manifest, &bytes, root);
    problems.extend(shards::unplanned(&manifest));
    problems.extend(files::check(root, &manifest, &listed, depth));
    problems.extend(extra(root, &manifest));
    problems.sort();
    problems.dedup();
    // A run that replaced the dataset meanwhile is no damage.
    if !problems.is_empty() && fs::read(root.join(FILE)).is_ok_and(|now| now != bytes) {
        return Err(Error::Changed(shown(root)));
    }
    let files = listed.len() as u64 + 1;
    Ok(Checked { manifest: Some(manifest), files, problems })
}

/// A manifest with its bytes, or what is wrong with it.
type Read = std::result::Result<(Box<Manifest>, Vec<u8>), String>;

/// The manifest in `root`, with its bytes; or what is wrong with it, where the rest shows that there was one of ours.
///
/// # Errors
/// If nothing shows that, or a build is not finished.
fn read(root: &Path) -> Result<Read> {
    let file = root.join(FILE);
    let not_ours = |why: String| Err(Error::NotADataset(format!("{}: {why}", shown(root))));
    let problem = match fs::symlink_metadata(&file) {
        Err(_) if root.join(WORK).is_dir() => {
            return not_ours(format!("a build that is not finished (there is no {FILE}; `prebake build` goes on with it)"));
        }
        Err(_) if !was_ours(root) => return not_ours(format!("no dataset of prebake (there is no {FILE})")),
        Err(_) => "missing".into(),
        Ok(there) if there.is_dir() => "a folder, not a file".into(),
        Ok(there) if there.is_symlink() => "a link, not a file".into(),
        Ok(_) => {
            let bytes = fs::read(&file).map_err(Error::io(&file, "cannot read"))?;
            match Manifest::parse(&bytes) {
                Ok(manifest) => return Ok(Ok((Box::new(manifest), bytes))),
                Err(why) => format!("was edited or cut: not a manifest of prebake: {why}"),
            }
        }
    };
    if was_ours(root) || root.join(WORK).is_dir() {
        Ok(Err(problem))
    } else {
        not_ours(format!("{FILE}: {problem} (choose another folder)"))
    }
}

/// Whether files beside the manifest show that a dataset of ours is, or was, in `root`.
pub fn was_ours(root: &Path) -> bool {
    let beside = [SPEC, SAMPLES].iter().all(|name| root.join(name).is_file());
    beside || extra::files_of_sides(root).iter().any(|path| read_shard_path(path).is_some())
}

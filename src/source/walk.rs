//! Finds files: recursively, in code-point order of their relative paths.

use crate::error::{Error, Result, shown};
use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Ways to a folder, at most. Links to folders with links to folders make them many, without a loop.
const MOST_WAYS: u32 = 100;

/// What lies below the input folder.
#[derive(Debug, Default)]
pub struct Found {
    /// Files, as relative paths with `/` between folders, sorted by code points.
    pub files: Vec<Arc<str>>,
    /// Folders directly below the input, and those directly below these, sorted.
    pub folders: Vec<String>,
    /// Files and folders that were left out because their name starts with a dot.
    pub hidden: u64,
}

/// A walk.
#[derive(Default)]
struct Walk {
    found: Found,
    /// How often each folder was entered.
    ways: BTreeMap<PathBuf, u32>,
}

/// Walks `root`, `deepest` folders down. Links are followed; a link to a folder that holds it is refused.
pub(super) fn walk(root: &Path, deepest: usize) -> Result<Found> {
    let mut walk = Walk::default();
    let start = fs::canonicalize(root).map_err(Error::io(root, "cannot open"))?;
    enter((root, ""), deepest, &mut vec![start], &mut walk)?;
    let mut found = walk.found;
    found.files.sort_unstable();
    found.folders.sort_unstable();
    Ok(found)
}

fn enter((folder, relative): (&Path, &str), deepest: usize, above: &mut Vec<PathBuf>, walk: &mut Walk) -> Result<()> {
    for entry in fs::read_dir(folder).map_err(Error::io(folder, "cannot list"))? {
        let path = entry.map_err(Error::io(folder, "cannot list"))?.path();
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else {
            return Err(Error::Usage(format!(
                "{}: the name is not UTF-8 (rename it, so that every tool can read the labels)",
                shown(&path)
            )));
        };
        if name.starts_with('.') {
            walk.found.hidden += 1;
            continue;
        }
        let below = if relative.is_empty() { name.to_string() } else { format!("{relative}/{name}") };
        let kind = match fs::metadata(&path) {
            Ok(kind) => kind,
            // A link to nowhere, or to itself, is a file that cannot be read, and so one picture among others, if its name says so.
            Err(error) if error.kind() == ErrorKind::NotFound || path.is_symlink() => {
                walk.found.files.push(below.into());
                continue;
            }
            Err(error) => return Err(Error::io(&path, "cannot read")(error)),
        };
        if kind.is_dir() {
            let real = fs::canonicalize(&path).map_err(Error::io(&path, "cannot open"))?;
            if above.contains(&real) {
                return Err(Error::Usage(format!("{}: a link to a folder that holds it (remove the link)", shown(&path))));
            }
            if above.len() > deepest {
                let remedy = "move it up, or remove the links that make it, or raise --max-folder-depth";
                return Err(Error::Usage(format!("{}: more than {deepest} folders deep ({remedy})", shown(&path))));
            }
            let ways = walk.ways.entry(real.clone()).or_default();
            *ways += 1;
            if *ways > MOST_WAYS {
                let problem = format!("links lead to it by more than {MOST_WAYS} ways (remove some)");
                return Err(Error::Usage(format!("{}: {problem}", shown(&real))));
            }
            if !relative.contains('/') {
                walk.found.folders.push(below.clone());
            }
            above.push(real);
            enter((&path, &below), deepest, above, walk)?;
            above.pop();
        } else if kind.is_file() {
            walk.found.files.push(below.into());
        }
    }
    Ok(())
}

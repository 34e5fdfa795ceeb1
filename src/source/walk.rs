//! Finds files: recursively, in code-point order of their relative paths.

use crate::error::{Error, Result, shown};
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Ways to a folder, at most. Links to folders with links to folders make them many, without a loop.
const MOST_WAYS: u32 = 100;

/// Links that a thread looks up at least.
const LINKS: usize = 64;
/// Links that are looked up together, so that what is known of them meanwhile takes little memory.
const TOGETHER: usize = 1 << 12;

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
    // Folders, and links to who knows what: the system says only of plain files what they are as it lists them.
    let mut others: Vec<String> = Vec::new();
    // One that may be listed and not entered is an error; its first file tells.
    let mut may_enter = false;
    for entry in fs::read_dir(folder).map_err(Error::io(folder, "cannot list"))? {
        let entry = entry.map_err(Error::io(folder, "cannot list"))?;
        let name = entry.file_name().into_string().map_err(|_| {
            let problem = "the name is not UTF-8 (rename it, so that every tool can read the labels)";
            Error::Usage(format!("{}: {problem}", shown(entry.path())))
        })?;
        if name.starts_with('.') {
            walk.found.hidden += 1;
        } else if may_enter && entry.file_type().is_ok_and(|kind| kind.is_file()) {
            walk.found.files.push(below(relative, &name).into());
        } else {
            others.push(name);
            if others.len() == TOGETHER || !may_enter {
                look_up((folder, relative), &std::mem::take(&mut others), deepest, above, walk)?;
                may_enter = true;
            }
        }
    }
    look_up((folder, relative), &others, deepest, above, walk)
}

/// Finds what there is at `names` in a folder: from all threads, since each link is a way of its own through the system, or to a server.
fn look_up(
    (folder, relative): (&Path, &str),
    names: &[String],
    deepest: usize,
    above: &mut Vec<PathBuf>,
    walk: &mut Walk,
) -> Result<()> {
    let kind = |name: &String| fs::metadata(folder.join(name)).map(|known| known.file_type());
    let kinds: Vec<_> = names.par_iter().with_min_len(LINKS).map(kind).collect();
    names.iter().zip(kinds).try_for_each(|(name, kind)| {
        let (path, below) = (folder.join(name), below(relative, name));
        match kind {
            Ok(kind) if kind.is_dir() => descend((&path, below), deepest, above, walk)?,
            Ok(kind) if kind.is_file() => walk.found.files.push(below.into()),
            Ok(_) => {}
            // A link to nowhere, or to itself, is a file that cannot be read, and so one picture among others, if its name says so.
            Err(error) if error.kind() == ErrorKind::NotFound || path.is_symlink() => walk.found.files.push(below.into()),
            Err(error) => return Err(Error::io(&path, "cannot read")(error)),
        }
        Ok(())
    })
}

/// Enters the folder at `path`, unless it is too deep, or was entered too often.
fn descend((path, relative): (&Path, String), deepest: usize, above: &mut Vec<PathBuf>, walk: &mut Walk) -> Result<()> {
    let real = fs::canonicalize(path).map_err(Error::io(path, "cannot open"))?;
    if above.contains(&real) {
        return Err(Error::Usage(format!("{}: a link to a folder that holds it (remove the link)", shown(path))));
    }
    if above.len() > deepest {
        let remedy = "move it up, or remove the links that make it, or raise --max-folder-depth";
        return Err(Error::Usage(format!("{}: more than {deepest} folders deep ({remedy})", shown(path))));
    }
    let ways = walk.ways.entry(real.clone()).or_default();
    *ways += 1;
    if *ways > MOST_WAYS {
        let problem = format!("links lead to it by more than {MOST_WAYS} ways (remove some)");
        return Err(Error::Usage(format!("{}: {problem}", shown(&real))));
    }
    if above.len() <= 2 {
        walk.found.folders.push(relative.clone());
    }
    above.push(real);
    enter((path, &relative), deepest, above, walk)?;
    above.pop();
    Ok(())
}

/// The relative path of `name` in the folder at `relative`.
fn below(relative: &str, name: &str) -> String {
    if relative.is_empty() { name.to_string() } else { format!("{relative}/{name}") }
}

//! What stands in the folder and is not listed: a loader that takes whatever there is would read it.

use super::Problem;
use crate::manifest::Manifest;
use crate::output::{DRAFT, WORK, could_be_ours, noted, read_shard_path};
use crate::spec::Side;
use crate::spec::fields::Choice;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// Whatever lies in the folders of sides, arrays anywhere else, and files of names that a dataset has, unless the manifest or
/// a build that goes on has them. Other files at the top, as a README, are the user's.
pub fn extra(root: &Path, manifest: &Manifest) -> Vec<Problem> {
    let noted = noted(root);
    let mut known: BTreeSet<&str> = manifest.listed().map(|file| file.path.as_str()).collect();
    known.extend(noted.keys().map(String::as_str));
    known.insert(crate::manifest::FILE);
    let (working, planned) = (root.join(WORK).is_dir(), root.join(WORK).join(DRAFT).is_file());
    let folders: BTreeSet<&str> = known.iter().flat_map(|path| folders_of(path)).collect();
    let mut found = Vec::new();
    walk(root, "", &mut |path, folder| {
        let name = path.rsplit('/').next().unwrap_or_default();
        let of_side = path.split_once('/').is_some_and(|(side, _)| Side::called(side).is_some());
        let counts = of_side || could_be_ours(path) || name.to_ascii_lowercase().ends_with(".npy");
        // A build at work, or one that stopped, has files that it did not note yet; the next one finishes or removes them.
        let begun = (working && name.starts_with('.') && name.ends_with(".tmp")) || (planned && read_shard_path(path).is_some());
        let listed = if folder { folders.contains(path) } else { known.contains(path) };
        if counts && !listed && !begun {
            found.push(Problem::new(path, if folder { "a folder that no dataset has" } else { "not in the manifest" }));
        }
    });
    found
}

/// Every file in the folders of sides, links included.
pub(super) fn files_of_sides(root: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for (side, _) in Side::ALL {
        walk(&root.join(side), side, &mut |path, folder| {
            if !folder {
                found.push(path.to_string());
            }
        });
    }
    found
}

/// The folders above a path.
fn folders_of(path: &str) -> impl Iterator<Item = &str> {
    path.match_indices('/').map(|(at, _)| &path[..at])
}

/// Tells `see` of every file, and of every empty folder, below `folder`, which is `path` below the output folder; follows no link,
/// and leaves out what runs note.
fn walk(folder: &Path, path: &str, see: &mut dyn FnMut(&str, bool)) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if path.is_empty() && name == WORK {
            continue;
        }
        let below = if path.is_empty() { name } else { format!("{path}/{name}") };
        if !entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            see(&below, false);
            continue;
        }
        if fs::read_dir(entry.path()).is_ok_and(|mut entries| entries.next().is_none()) {
            see(&below, true);
        }
        walk(&entry.path(), &below, see);
    }
}

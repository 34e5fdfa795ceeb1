//! Why a dataset cannot be made again from some pictures.

use super::{Remains, lines_of};
use crate::error::{Error, few, shown};
use crate::prepare::Prepared;
use std::path::Path;

/// How many differences are named.
const NAMED: usize = 5;

/// Pictures that differ, by name; or, where none does, in what else the plans differ.
pub(super) fn refused(remains: &Remains, prepared: &Prepared, input: &Path) -> Error {
    let pictures = pictures(remains, prepared);
    let root = shown(&remains.root);
    if !pictures.is_empty() {
        let mut lines = few(pictures, NAMED, |more| format!("and {more} more pictures"));
        lines.push(format!(
            "{root}: the pictures in {} are not those that it was made from (--input names their folder; or build a new dataset)",
            shown(input)
        ));
        return Error::Picture(lines.join("\n"));
    }
    let differences = remains.manifest.as_ref().map(|manifest| manifest.differences(&prepared.draft)).unwrap_or_default();
    let mut lines = few(differences, NAMED, |more| format!("and {more} more"));
    lines.push(format!("{root}: cannot be made again: what it says of itself leads to another plan (build a new dataset)"));
    Error::Verification(lines)
}

/// Pictures that are not as the dataset says, each with what is different.
fn pictures(remains: &Remains, prepared: &Prepared) -> Vec<String> {
    if remains.samples().is_empty() {
        return Vec::new();
    }
    let now = lines_of(prepared);
    let then = remains.lines();
    let mut found = Vec::new();
    for (path, line) in &then {
        let problem = match now.get(path) {
            None => match prepared.source.bad.iter().find(|bad| bad.path == *path) {
                Some(bad) => &format!("cannot be used any more: {}", bad.problem),
                None => "is not there any more",
            },
            Some(there) if there["xxh3_128"] != line["xxh3_128"] => "changed since",
            Some(there) if there != line => "its label, its side or what belongs to it changed since",
            Some(_) => continue,
        };
        found.push(format!("{}: {problem}", shown(path)));
    }
    found.extend(now.keys().filter(|path| !then.contains_key(*path)).map(|path| format!("{}: came since", shown(path))));
    found
}

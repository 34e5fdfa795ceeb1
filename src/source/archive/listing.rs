//! What is in an archive, by path.

use super::names;
use crate::error::{Error, Result, shown};
use std::collections::{BTreeMap, BTreeSet};

/// Links that are followed one after the other, as Linux does.
const MOST_LINKS: usize = 40;

/// Where a member's bytes are.
#[derive(Clone, Debug)]
pub(super) struct Member {
    /// Where they begin, or the header that stands before them.
    pub(super) offset: u64,
    /// How many there are, unpacked, or are said to be.
    pub(super) length: u64,
    /// Its number in the list of a zip.
    pub(super) number: usize,
}

/// What stands at a path.
#[derive(Clone, Debug)]
pub(super) enum Entry {
    /// A file.
    File(Member),
    /// A link to another path.
    Link(String),
    /// What cannot be read, and why.
    Lost(&'static str),
}

/// What is in one archive.
#[derive(Debug, Default)]
pub(super) struct Listing {
    entries: BTreeMap<String, Entry>,
    folders: BTreeSet<String>,
}

/// What is in one archive and is not hidden, with every link followed.
#[derive(Debug, Default)]
pub(super) struct Visible {
    pub(super) entries: BTreeMap<String, Entry>,
    pub(super) folders: BTreeSet<String>,
    pub(super) hidden: BTreeSet<String>,
}

impl Listing {
    /// Puts `entry` at `path`, and says whether nothing stood there.
    pub(super) fn put(&mut self, path: String, entry: Entry) -> bool {
        self.put_folders(&path);
        self.entries.insert(path, entry).is_none()
    }

    /// Adds a folder.
    pub(super) fn put_folder(&mut self, path: String) {
        self.put_folders(&path);
        if !path.is_empty() {
            self.folders.insert(path);
        }
    }

    fn put_folders(&mut self, path: &str) {
        for folder in names::folders(path) {
            if !self.folders.contains(folder) {
                self.folders.insert(folder.to_string());
            }
        }
    }

    /// What stands at `path` now.
    pub(super) fn at(&self, path: &str) -> Option<&Entry> {
        self.entries.get(path)
    }

    /// Follows links and leaves out what is hidden; `place` is the archive's.
    ///
    /// # Errors
    /// If a link leads to a folder.
    pub(super) fn visible(self, place: &str) -> Result<Visible> {
        let mut visible = Visible::default();
        for (path, entry) in &self.entries {
            match names::hidden(path) {
                Some(hidden) => drop(visible.hidden.insert(hidden.to_string())),
                None => drop(visible.entries.insert(path.clone(), self.followed(path, entry, place)?)),
            }
        }
        for path in self.folders {
            match names::hidden(&path) {
                Some(hidden) => visible.hidden.insert(hidden.to_string()),
                None => visible.folders.insert(path),
            };
        }
        Ok(visible)
    }

    fn followed<'a>(&'a self, path: &str, mut entry: &'a Entry, place: &str) -> Result<Entry> {
        for _ in 0..MOST_LINKS {
            let Entry::Link(target) = entry else { return Ok(entry.clone()) };
            if target.is_empty() || self.folders.contains(target) {
                let remedy = "put its files in, as tar -h and zip do";
                return Err(Error::Usage(format!("{place}: {}: a link to a folder ({remedy})", shown(path))));
            }
            let Some(next) = self.at(target) else { return Ok(Entry::Lost("a link to what is not in the archive")) };
            entry = next;
        }
        Ok(Entry::Lost("a link to itself"))
    }
}

//! Files that are the objects below a URL.

use super::archive::ReadAt;
use super::files::{Files, Known};
use super::walk::Found;
use crate::decode::{claims_to_be_an_image, claims_to_be_deep};
use crate::error::{Error, Result};
use crate::store::{Ahead, Bucket, Object};
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::Path;
use std::sync::{OnceLock, PoisonError, RwLock, RwLockReadGuard};

/// Files that are best read together, while as many are on their way.
const TOGETHER: usize = 64;

/// Objects that are longer are fetched when they are read.
const LONG: u64 = 32 << 20;

/// The objects below a URL, each in the version in which it was listed.
#[derive(Debug)]
pub(super) struct Remote {
    bucket: Bucket,
    ahead: Ahead,
    /// Length and version by path.
    known: RwLock<BTreeMap<String, (u64, Option<String>)>>,
    /// Set when these are all that there are.
    listed: OnceLock<()>,
    /// The first object that could not be read, and why.
    trouble: OnceLock<String>,
}

impl Remote {
    /// The objects below `url`.
    ///
    /// # Errors
    /// If the environment does not say how to get there.
    pub(super) fn open(url: &str) -> Result<Self> {
        Ok(Self {
            bucket: Bucket::open(url)?,
            ahead: Ahead::default(),
            known: RwLock::default(),
            listed: OnceLock::new(),
            trouble: OnceLock::new(),
        })
    }

    fn versions(&self) -> RwLockReadGuard<'_, BTreeMap<String, (u64, Option<String>)>> {
        self.known.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes what kept an object from being read; the first counts.
    fn failed(&self, why: String) {
        let _ = self.trouble.set(why);
    }

    fn learn(&self, path: String, bytes: u64, version: Option<String>) {
        self.known.write().unwrap_or_else(PoisonError::into_inner).insert(path, (bytes, version));
    }
}

impl Files for Remote {
    fn list(&self, deepest: usize) -> Result<Found> {
        let objects = self.bucket.list("")?;
        if objects.is_empty() {
            let place = self.place("");
            return Err(Error::Usage(format!(
                "{place}: no object there (INPUT is the folder of pictures, or what their keys start with)"
            )));
        }
        let found = found(&objects, deepest).map_err(|path| {
            let remedy = "move it up, or raise --max-folder-depth";
            Error::Usage(format!("{}: more than {deepest} folders deep ({remedy})", self.place(path)))
        })?;
        self.expect(objects.into_iter().map(|Object { path, bytes, version, .. }| (path, bytes, version)).collect());
        Ok(found)
    }

    fn length(&self, path: &str) -> Option<u64> {
        if let Some((bytes, _)) = self.versions().get(path) {
            return Some(*bytes);
        }
        if self.listed.get().is_some() {
            return None;
        }
        let found = self.bucket.head(path).map_err(|error| self.failed(error.to_string())).ok()?;
        let Object { bytes, version, .. } = found?;
        self.learn(path.into(), bytes, version);
        Some(bytes)
    }

    fn read(&self, path: &str, most: u64, bytes: &mut Vec<u8>) -> io::Result<()> {
        bytes.clear();
        let read = self.ahead.take(path).unwrap_or_else(|| self.bucket.read(path, most, self.version(path).as_deref()));
        *bytes = read.inspect_err(|error| self.failed(trouble(&self.place(path), error)))?;
        bytes.truncate(usize::try_from(most).unwrap_or(usize::MAX));
        Ok(())
    }

    fn place(&self, path: &str) -> String {
        self.bucket.place(path)
    }

    fn version(&self, path: &str) -> Option<String> {
        self.versions().get(path)?.1.clone()
    }

    fn known(&self) -> Vec<Known> {
        self.versions().iter().map(|(path, (bytes, version))| (path.clone(), *bytes, version.clone())).collect()
    }

    fn expect(&self, all: Vec<Known>) {
        all.into_iter().for_each(|(path, bytes, version)| self.learn(path, bytes, version));
        let _ = self.listed.set(());
    }

    fn reachable(&self) -> Result<()> {
        self.trouble.get().map_or(Ok(()), |trouble| Err(Error::Store(trouble.clone())))
    }

    fn ahead(&self, paths: &mut dyn Iterator<Item = &str>) {
        let known = self.versions();
        let mut seen = BTreeSet::new();
        let wanted = paths.filter(|path| seen.insert(*path)).filter_map(|path| {
            let (bytes, version) = known.get(path).filter(|(bytes, _)| *bytes <= LONG)?;
            Some((path.to_string(), *bytes, version.clone()))
        });
        self.ahead.fetch(&self.bucket, wanted.collect());
    }

    fn together(&self) -> usize {
        TOGETHER
    }
}

/// Bytes of an archive that are read at once while it is listed.
const WINDOW: usize = 1 << 20;

/// An archive that is an object, in the version in which it was opened.
#[derive(Debug)]
pub(super) struct RemoteFile {
    bucket: Bucket,
    object: Object,
    trouble: OnceLock<String>,
}

impl RemoteFile {
    /// The object at `url`.
    ///
    /// # Errors
    /// If there is none, or the store refuses.
    pub(super) fn open(url: &str) -> Result<Self> {
        let bucket = Bucket::open(url)?;
        let missing = || Error::Usage(format!("{}: no such object (INPUT is an archive of pictures)", bucket.place("")));
        let object = bucket.head("")?.ok_or_else(missing)?;
        Ok(Self { bucket, object, trouble: OnceLock::new() })
    }
}

impl ReadAt for RemoteFile {
    fn length(&self) -> u64 {
        self.object.bytes
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
        // An empty range is none.
        if buffer.is_empty() {
            return Ok(());
        }
        self.bucket.read_at("", offset, buffer, self.object.version.as_deref()).inspect_err(|error| {
            let _ = self.trouble.set(trouble(&self.place(), error));
        })
    }

    fn place(&self) -> String {
        self.bucket.place("")
    }

    fn reachable(&self) -> Result<()> {
        self.trouble.get().map_or(Ok(()), |trouble| Err(Error::Store(trouble.clone())))
    }

    fn window(&self) -> usize {
        WINDOW
    }
}

/// What kept the object at `place` from being read, and what can be done.
fn trouble(place: &str, error: &io::Error) -> String {
    let remedy = match error.kind() {
        io::ErrorKind::NotFound => "was it moved or removed? Then run the command again, and freeze a plan anew",
        io::ErrorKind::PermissionDenied => "check the credentials in the environment, and what they allow",
        _ if error.to_string().starts_with("changed") => "run the command again, and freeze a plan anew",
        _ => "run the same command again when the store answers",
    };
    format!("{place}: cannot be read: {error} ({remedy})")
}

/// What a walk through folders would find; or the path of what lies too deep.
fn found(objects: &[Object], deepest: usize) -> std::result::Result<Found, &str> {
    let (mut found, mut folders, mut hidden) = (Found::default(), BTreeSet::new(), BTreeSet::new());
    for Object { path, bytes, .. } in objects {
        // Some tools mark a folder by an empty object, whose key ends with a slash that nobody shows.
        if *bytes == 0 && !claims_to_be_an_image(Path::new(path)) && !claims_to_be_deep(Path::new(path)) {
            continue;
        }
        let ends: Vec<usize> = path.match_indices('/').map(|(end, _)| end).collect();
        // What lies in a hidden folder is not seen at all, and the folder counts once.
        let starts = std::iter::once(0).chain(ends.iter().map(|end| end + 1));
        if let Some(start) = starts.into_iter().find(|start| path[*start..].starts_with('.')) {
            let end = ends.iter().find(|end| **end > start).copied().unwrap_or(path.len());
            hidden.insert(&path[..end]);
            continue;
        }
        if ends.len() > deepest {
            return Err(path);
        }
        folders.extend(ends.iter().take(2).map(|end| path[..*end].to_string()));
        found.files.push(path.clone());
    }
    found.folders = folders.into_iter().collect();
    found.hidden = hidden.len() as u64;
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_are_found_as_files_would_be() {
        let object = |(path, bytes): &(&str, u64)| Object { path: (*path).into(), bytes: *bytes, version: None, written: 0 };
        let objects = [
            ("a", 0),
            ("a-b", 0),
            ("a-b.txt", 2),
            ("a/.git/x", 1),
            ("a/.git/y", 1),
            ("a/b/c/d.png", 9),
            ("a/e.png", 9),
            (".f", 1),
        ];
        let objects: Vec<Object> = objects.iter().map(object).collect();
        let Found { files, folders, hidden } = found(&objects, 3).unwrap();
        assert_eq!(files, ["a-b.txt", "a/b/c/d.png", "a/e.png"]);
        assert_eq!(folders, ["a", "a/b"]);
        assert_eq!(hidden, 2);
        assert_eq!(found(&objects, 2).unwrap_err(), "a/b/c/d.png");
    }
}

//! Files that are the objects below a URL.

use super::archive::ReadAt;
use super::files::{Files, Known};
use super::names;
use super::walk::Found;
use crate::decode::{claims_to_be_an_image, claims_to_be_deep};
use crate::error::{Error, Result};
use crate::store::{Ahead, Bucket, Object};
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::Path;
use std::sync::{Arc, OnceLock, PoisonError, RwLock, RwLockReadGuard};

/// Files that are best read together, while as many are on their way.
const TOGETHER: usize = 64;

/// Objects that are longer are fetched when they are read.
const LONG: u64 = 32 << 20;

/// The length of an object, and the mark of its version.
type Version = (u64, Option<Box<str>>);

/// The objects below a URL, each in the version in which it was listed.
#[derive(Debug)]
pub(super) struct Remote {
    bucket: Bucket,
    ahead: Ahead,
    /// Length and version by path.
    known: RwLock<BTreeMap<Arc<str>, Version>>,
    /// Set when these are all that there are.
    listed: OnceLock<()>,
    trouble: Trouble,
}

/// The first that could not be read, and why.
#[derive(Debug, Default)]
struct Trouble(OnceLock<String>);

impl Trouble {
    /// Notes what kept the object at `place` from being read.
    fn note(&self, place: &str, error: &io::Error) {
        let remedy = match error.kind() {
            io::ErrorKind::NotFound => "was it moved or removed? Then run the command again, and freeze a plan anew",
            io::ErrorKind::PermissionDenied => "check the credentials in the environment, and what they allow",
            _ if error.to_string().starts_with("changed") => "run the command again, and freeze a plan anew",
            _ => "run the same command again when the store answers",
        };
        self.set(format!("{place}: cannot be read: {error} ({remedy})"));
    }

    fn set(&self, why: String) {
        // The first counts.
        let _ = self.0.set(why);
    }

    fn told(&self) -> Result<()> {
        self.0.get().map_or(Ok(()), |trouble| Err(Error::Store(trouble.clone())))
    }
}

impl Remote {
    /// The objects below `url`.
    ///
    /// # Errors
    /// If the environment does not say how to get there.
    pub(super) fn open(url: &str) -> Result<Self> {
        let bucket = Bucket::open(url)?;
        Ok(Self {
            ahead: Ahead::of(bucket.clone()),
            bucket,
            known: RwLock::default(),
            listed: OnceLock::new(),
            trouble: Trouble::default(),
        })
    }

    fn versions(&self) -> RwLockReadGuard<'_, BTreeMap<Arc<str>, Version>> {
        self.known.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn learn(&self, known: impl Iterator<Item = Known>) {
        let known = known.map(|(path, bytes, version)| (path, (bytes, version)));
        let mut all = self.known.write().unwrap_or_else(PoisonError::into_inner);
        // All at once, they are packed tight.
        if all.is_empty() { *all = known.collect() } else { all.extend(known) }
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
        // The names of pictures are kept once.
        let name = |path: &str| {
            let at = found.files.binary_search_by(|file| (**file).cmp(path));
            at.map_or_else(|_| path.into(), |at| Arc::clone(&found.files[at]))
        };
        let mut known = objects.into_iter().map(|object| (name(&object.path), object.bytes, object.version.map(Into::into)));
        self.expect(&mut known);
        Ok(found)
    }

    fn length(&self, path: &str) -> Option<u64> {
        if let Some((bytes, _)) = self.versions().get(path) {
            return Some(*bytes);
        }
        if self.listed.get().is_some() {
            return None;
        }
        let found = self.bucket.head(path).map_err(|error| self.trouble.set(error.to_string())).ok()?;
        let Object { bytes, version, .. } = found?;
        self.learn(std::iter::once((path.into(), bytes, version.map(Into::into))));
        Some(bytes)
    }

    fn read(&self, path: &str, most: u64, bytes: &mut Vec<u8>) -> io::Result<()> {
        bytes.clear();
        let read = self.ahead.take(path).unwrap_or_else(|| self.bucket.read(path, most, self.version(path).as_deref()));
        *bytes = read.inspect_err(|error| self.trouble.note(&self.place(path), error))?;
        bytes.truncate(usize::try_from(most).unwrap_or(usize::MAX));
        Ok(())
    }

    fn place(&self, path: &str) -> String {
        self.bucket.place(path)
    }

    fn version(&self, path: &str) -> Option<Box<str>> {
        self.versions().get(path)?.1.clone()
    }

    fn known(&self, wanted: &dyn Fn(&str) -> bool) -> Vec<Known> {
        let versions = self.versions();
        let wanted = versions.iter().filter(|(path, _)| wanted(path));
        wanted.map(|(path, (bytes, version))| (Arc::clone(path), *bytes, version.clone())).collect()
    }

    fn expect(&self, all: &mut dyn Iterator<Item = Known>) {
        self.learn(all);
        let _ = self.listed.set(());
    }

    fn reachable(&self) -> Result<()> {
        self.trouble.told()
    }

    fn ahead(&self, paths: &mut dyn Iterator<Item = &str>) {
        let known = self.versions();
        let mut seen = BTreeSet::new();
        let wanted = paths.filter(|path| seen.insert(*path)).filter_map(|path| {
            let (bytes, version) = known.get(path).filter(|(bytes, _)| *bytes <= LONG)?;
            Some((path.to_string(), *bytes, version.as_deref().map(String::from)))
        });
        self.ahead.fetch(wanted.collect());
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
    trouble: Trouble,
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
        Ok(Self { bucket, object, trouble: Trouble::default() })
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
        self.bucket
            .read_at("", offset, buffer, self.object.version.as_deref())
            .inspect_err(|error| self.trouble.note(&self.place(), error))
    }

    fn place(&self) -> String {
        self.bucket.place("")
    }

    fn reachable(&self) -> Result<()> {
        self.trouble.told()
    }

    fn window(&self) -> usize {
        WINDOW
    }
}

/// What a walk through folders would find; or the path of what lies too deep.
fn found(objects: &[Object], deepest: usize) -> std::result::Result<Found, &str> {
    let (mut found, mut folders, mut hidden) = (Found::default(), BTreeSet::new(), BTreeSet::new());
    for Object { path, bytes, .. } in objects {
        // Some tools mark a folder by an empty object, whose key ends with a slash that nobody shows.
        if *bytes == 0 && !claims_to_be_an_image(Path::new(path)) && !claims_to_be_deep(Path::new(path)) {
            continue;
        }
        // What lies in a hidden folder is not seen at all, and the folder counts once.
        if let Some(top) = names::hidden(path) {
            hidden.insert(top);
            continue;
        }
        if names::folders(path).count() > deepest {
            return Err(path);
        }
        folders.extend(names::folders(path).take(2).map(String::from));
        found.files.push(path.as_str().into());
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
        assert_eq!(files, ["a-b.txt", "a/b/c/d.png", "a/e.png"].map(Arc::from));
        assert_eq!(folders, ["a", "a/b"]);
        assert_eq!(hidden, 2);
        assert_eq!(found(&objects, 2).unwrap_err(), "a/b/c/d.png");
    }
}

//! The folder that an export writes: checked before the first row, whole files only, the index last.

use crate::error::{Error, Result, shown};
use crate::output::{Staged, begun, place, sync_folder};
use std::fs::{self, File, TryLockError};
use std::io::{self, BufWriter, ErrorKind, Write};
use std::path::{Path, PathBuf};

/// The index: an export is finished if and only if it is there.
pub(super) const INDEX: &str = "export.json";
/// What the index is called until then.
const BEGUN: &str = ".export.json.unfinished";
/// What is written at once.
const BUFFER: usize = 1 << 20;

/// The folder, held against other runs as long as this is kept.
#[derive(Debug)]
pub(super) struct Destination {
    root: PathBuf,
    _lock: File,
}

/// A file that appears when it is finished.
#[derive(Debug)]
pub(super) struct OpenFile {
    to: BufWriter<Staged>,
    path: PathBuf,
}

/// Whether an export was begun in the folder.
pub(super) fn is_begun(root: &Path) -> bool {
    root.join(BEGUN).exists()
}

impl Destination {
    /// Opens the folder for the export that `index` says.
    ///
    /// # Errors
    /// If something else is there, or another run works there.
    pub(super) fn open(root: &Path, index: &[u8]) -> Result<Self> {
        let begun = root.join(BEGUN);
        match fs::read(&begun) {
            Ok(there) if there == index => {}
            Ok(_) => return Err(refused(root, "holds another export that is not finished")),
            Err(error) if error.kind() == ErrorKind::NotFound => {
                refuse_what_is_there(root)?;
                fs::create_dir_all(root).map_err(Error::io(root, "cannot create"))?;
                place::replace(&begun, index)?;
            }
            Err(error) if error.kind() == ErrorKind::NotADirectory => return Err(refused(root, "not a folder")),
            Err(error) => return Err(Error::io(&begun, "cannot read")(error)),
        }
        let lock = File::open(&begun).map_err(Error::io(&begun, "cannot read"))?;
        match lock.try_lock() {
            Err(TryLockError::WouldBlock) => return Err(Error::Locked(shown(root))),
            Err(TryLockError::Error(error)) => return Err(Error::io(&begun, "cannot lock")(error)),
            Ok(()) => {}
        }
        sweep(root)?;
        Ok(Self { root: root.to_path_buf(), _lock: lock })
    }

    /// Whether the file is there: it has its name only when it is whole and on the disk.
    pub(super) fn has(&self, relative: &str) -> bool {
        self.root.join(relative).is_file()
    }

    /// Begins a file, and its folder.
    pub(super) fn begin(&self, relative: &str) -> Result<OpenFile> {
        let to = BufWriter::with_capacity(BUFFER, Staged::below(&self.root, relative)?);
        Ok(OpenFile { to, path: self.root.join(relative) })
    }

    /// Writes a whole file, in place of one that is there.
    pub(super) fn put(&self, relative: &str, bytes: &[u8]) -> Result<()> {
        let mut file = Staged::below(&self.root, relative)?;
        file.write(bytes)?;
        file.finish()
    }

    /// Makes a folder, which may stay empty.
    pub(super) fn folder(&self, relative: &str) -> Result<()> {
        let folder = self.root.join(relative);
        fs::create_dir_all(&folder).map_err(Error::io(&folder, "cannot create"))
    }

    /// Writes the index, now that all else is there.
    pub(super) fn finish(self, index: &[u8]) -> Result<()> {
        folders(&self.root)?.iter().try_for_each(|folder| sync_folder(folder))?;
        self.put(INDEX, index)?;
        let begun = self.root.join(BEGUN);
        fs::remove_file(&begun).map_err(Error::io(&begun, "cannot remove"))?;
        sync_folder(&self.root)
    }
}

impl OpenFile {
    /// Writes what comes next.
    pub(super) fn put(&mut self, bytes: &[u8]) -> Result<()> {
        self.to.write_all(bytes).map_err(Error::io(&self.path, "cannot write"))
    }

    /// What the system said of this file, as an error of ours.
    pub(super) fn refused(&self, error: io::Error) -> Error {
        Error::io(&self.path, "cannot write")(error)
    }

    /// Where it will stand.
    #[cfg(feature = "parquet")]
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Brings the file to the disk, then gives it its name.
    pub(super) fn finish(self) -> Result<()> {
        let to = self.to.into_inner().map_err(|error| Error::io(&self.path, "cannot write")(error.into_error()))?;
        to.finish()
    }
}

impl Write for OpenFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.to.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}

fn refused(root: &Path, problem: &str) -> Error {
    Error::Usage(format!("{}: {problem} (name a folder that is new or empty, or remove this one)", shown(root)))
}

fn refuse_what_is_there(root: &Path) -> Result<()> {
    if root.join(INDEX).is_file() {
        return Err(refused(root, "holds a finished export"));
    }
    match fs::read_dir(root).map(|mut entries| entries.next().is_some()) {
        Ok(true) => Err(refused(root, "not empty")),
        Err(error) if error.kind() == ErrorKind::NotADirectory => Err(refused(root, "not a folder")),
        Err(error) if error.kind() != ErrorKind::NotFound => Err(Error::io(root, "cannot list")(error)),
        _ => Ok(()),
    }
}

/// Removes temporary files that a killed run left.
fn sweep(root: &Path) -> Result<()> {
    for folder in folders(root)? {
        for entry in fs::read_dir(&folder).map_err(Error::io(&folder, "cannot list"))?.flatten() {
            if begun(&entry.file_name().to_string_lossy()).is_some() {
                fs::remove_file(entry.path()).map_err(Error::io(&entry.path(), "cannot remove"))?;
            }
        }
    }
    Ok(())
}

/// The folder and all below it, through no link.
fn folders(root: &Path) -> Result<Vec<PathBuf>> {
    let (mut found, mut at) = (vec![root.to_path_buf()], 0);
    while let Some(folder) = found.get(at).cloned() {
        let entries = fs::read_dir(&folder).map_err(Error::io(&folder, "cannot list"))?.flatten();
        found.extend(entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir())).map(|entry| entry.path()));
        at += 1;
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_export_goes_on_and_others_are_refused() {
        let place = tempfile::TempDir::new().unwrap();
        let root = place.path().join("export");
        let open = |index: &[u8]| Destination::open(&root, index).map_err(|error| error.to_string());
        let first = open(b"one").unwrap();
        assert!(open(b"one").unwrap_err().contains("locked by another run"));
        drop(first);
        fs::write(root.join(".a.tar.123.tmp"), "cut").unwrap();
        assert!(open(b"other").unwrap_err().contains("another export that is not finished"));
        let again = open(b"one").unwrap();
        assert!(!root.join(".a.tar.123.tmp").exists(), "swept");
        again.put("train/a", b"a").unwrap();
        again.finish(b"one").unwrap();
        let mut names: Vec<_> = fs::read_dir(&root).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        assert_eq!(names, ["export.json", "train"]);
        assert!(open(b"one").unwrap_err().contains("holds a finished export"));
    }

    #[test]
    fn what_is_no_new_folder_is_refused() {
        let place = tempfile::TempDir::new().unwrap();
        let file = place.path().join("file");
        fs::write(&file, "").unwrap();
        let refused = |root: &Path| Destination::open(root, b"").unwrap_err().to_string();
        assert!(refused(&file).contains("not a folder"));
        assert!(refused(&file.join("below")).contains("not a folder"));
        assert!(refused(place.path()).contains("not empty"));
    }
}

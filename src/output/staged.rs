//! A file that appears whole or not at all.

use super::links;
use crate::error::{Error, Result};
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::hash::{BuildHasher, Hasher, RandomState};
use std::io::{self, ErrorKind, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};

/// The number of this process among those of all machines that write to the folder: system's numbers are alike in all containers, and two
/// workers may make the same file.
static PROCESS: LazyLock<u64> = LazyLock::new(|| RandomState::new().build_hasher().finish());
/// The temporary files of this process.
static TEMPORARIES: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());

fn temporaries() -> MutexGuard<'static, BTreeSet<PathBuf>> {
    TEMPORARIES.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Removes the temporary files of this process, whoever writes them: none is made as long as the result is kept. For a process that is
/// about to end.
#[must_use = "files are made again when it is dropped"]
pub fn remove_temporaries() -> impl Drop {
    let all = temporaries();
    for temporary in all.iter() {
        // One that got its name just now is a whole file, and stays.
        let _ = fs::remove_file(temporary);
    }
    all
}

/// A file under a temporary name in the folder that it will stand in.
#[derive(Debug)]
pub struct Staged {
    file: Arc<File>,
    temporary: PathBuf,
    target: PathBuf,
}

impl Staged {
    /// Begins the file `target`; makes its folder if need be.
    ///
    /// # Errors
    /// If the system refuses.
    pub fn new(target: PathBuf) -> Result<Self> {
        let folder = target.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(folder).map_err(Error::io(folder, "cannot create"))?;
        Self::begin(target)
    }

    /// Begins the file `relative` below `root`; makes its folder if need be, and goes through no link on the way.
    ///
    /// # Errors
    /// If there is a link, or the system refuses.
    pub fn below(root: &Path, relative: &str) -> Result<Self> {
        links::make_folder_of(root, Path::new(relative))?;
        Self::begin(root.join(relative))
    }

    fn begin(target: PathBuf) -> Result<Self> {
        let temporary = target.with_file_name(temporary_name(&target));
        temporaries().insert(temporary.clone());
        let begun = match File::create_new(&temporary) {
            // A killed run with our number left it, or it is a link, which is not to be followed.
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                fs::remove_file(&temporary).and_then(|()| File::create_new(&temporary))
            }
            begun => begun,
        };
        let file = begun.map_err(|error| {
            temporaries().remove(&temporary);
            Error::io(&target, "cannot write")(error)
        })?;
        Ok(Self { file: Arc::new(file), temporary, target })
    }

    /// Where it will stand.
    pub(super) fn target(&self) -> &Path {
        &self.target
    }

    /// The file, which has what was written.
    pub(super) fn file(&self) -> &Arc<File> {
        &self.file
    }

    /// Writes what comes next.
    ///
    /// # Errors
    /// If the system refuses.
    pub fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.file.write_all(bytes).map_err(Error::io(&self.target, "cannot write"))
    }

    /// Passes over so many bytes, which come to the file otherwise.
    ///
    /// # Errors
    /// If the system refuses.
    pub(super) fn pass(&mut self, bytes: usize) -> Result<()> {
        let passed = i64::try_from(bytes).map_err(io::Error::other).and_then(|bytes| self.file.seek(SeekFrom::Current(bytes)));
        passed.map(drop).map_err(Error::io(&self.target, "cannot write"))
    }

    /// Brings the content to the disk.
    ///
    /// # Errors
    /// If the system refuses.
    pub fn sync(&self) -> Result<()> {
        self.file.sync_all().map_err(Error::io(&self.target, "cannot write"))
    }

    /// Brings the content to the disk, then gives it its name: what failed to get there never has it.
    ///
    /// That the file could not be closed is not asked: everything is on the disk by then, and an error of `close`, as network file systems
    /// have them, could only tell of what is not.
    ///
    /// # Errors
    /// If the system refuses.
    pub fn finish(self) -> Result<()> {
        self.sync()?;
        self.name()
    }

    /// Gives the file its name; its content is on the disk, or may be lost.
    ///
    /// # Errors
    /// If the system refuses.
    pub fn name(self) -> Result<()> {
        fs::rename(&self.temporary, &self.target).map_err(Error::io(&self.target, "cannot write"))
    }
}

/// For writers that want one; errors are the system's.
impl Write for Staged {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// A name beside the file's own, hidden, that is no longer than names may be.
fn temporary_name(target: &Path) -> String {
    const MOST: usize = 200;
    let name = target.file_name().unwrap_or_default().to_string_lossy();
    let end = name.char_indices().map(|(at, c)| at + c.len_utf8()).take_while(|end| *end <= MOST).last().unwrap_or(0);
    format!(".{}.{}.tmp", &name[..end], *PROCESS)
}

impl Drop for Staged {
    fn drop(&mut self) {
        // Gone already if it was finished; what a killed run leaves is swept by the next.
        let _ = fs::remove_file(&self.temporary);
        temporaries().remove(&self.temporary);
    }
}

//! Who works in an output folder.

use super::{WORK, running_path};
use crate::error::{Error, Result, shown};
use std::fs::{self, File, TryLockError};
use std::io::ErrorKind;
use std::path::Path;
use std::time::Duration;

/// The file that is locked by whoever works in the folder.
pub(super) const LOCK: &str = "lock";

/// A run that does a part of the work, beside others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Worker<'a> {
    /// The share of this number, from 1, of so many.
    Share(u64, u64),
    /// What it claims, task by task.
    Claims {
        /// Its name, which no other has.
        owner: &'a str,
        /// How long a lease of it lasts that it does not renew; whole seconds.
        lease: Duration,
    },
}

impl Worker<'_> {
    /// What its files in the working folder are called: those of a run that does all as those of the first share of one.
    pub fn name(worker: Option<Self>) -> String {
        match worker.unwrap_or(Self::Share(1, 1)) {
            Self::Share(index, of) => format!("{index}-of-{of}"),
            Self::Claims { owner, .. } => owner.into(),
        }
    }
}

/// The locks of a run, as long as it works in the folder.
#[derive(Debug)]
pub(super) struct Locks {
    /// Of the folder: shared by workers, else for one run alone.
    _folder: File,
    /// Of the share, or of what is claimed.
    worker: Option<File>,
    /// For `status`.
    _running: File,
}

impl Locks {
    /// Takes the locks: workers share the folder, each alone in its part; anything else is alone.
    ///
    /// # Errors
    /// If another run has them, or the system refuses.
    pub(super) fn take(root: &Path, worker: Option<Worker<'_>>) -> Result<Self> {
        let work = root.join(WORK);
        let _folder = hold(root, &work.join(LOCK), if worker.is_some() { File::try_lock_shared } else { File::try_lock })?;
        let name = Worker::name(worker);
        let of_share = |_| hold(root, &work.join(format!("worker-{name}.lock")), File::try_lock);
        let worker_lock = worker.map(of_share).transpose()?;
        // `status` may hold it for a moment to see whether a run does: so runs wait for it, and for no other lock.
        let path = running_path(root, &name);
        let running = open(&path).and_then(|file| file.lock().map(|()| file)).map_err(Error::io(&path, "cannot lock"))?;
        Ok(Self { _folder, worker: worker_lock, _running: running })
    }

    /// Whether other workers may write to the folder as well.
    pub(super) fn are_shared(&self) -> bool {
        self.worker.is_some()
    }
}

impl Drop for Locks {
    fn drop(&mut self) {
        if let Some(lock) = &self.worker {
            let _ = lock.unlock();
        }
    }
}

fn open(path: &Path) -> std::io::Result<File> {
    File::options().create(true).truncate(false).write(true).open(path)
}

/// Opens the file at `path` and takes its lock.
fn hold(root: &Path, path: &Path, take: fn(&File) -> std::result::Result<(), TryLockError>) -> Result<File> {
    let file = match open(path) {
        // A run that ended in between removed the folder.
        Err(error) if error.kind() == ErrorKind::NotFound => return Err(Error::Changed(shown(root))),
        opened => opened.map_err(Error::io(path, "cannot create"))?,
    };
    match take(&file) {
        // A run that ended in between removed the file: this is the lock of nothing, and a third run may hold its successor.
        Ok(()) if is_at(&file, path) => Ok(file),
        Ok(()) => Err(Error::Changed(shown(root))),
        Err(TryLockError::WouldBlock) => Err(Error::Locked(shown(root))),
        Err(TryLockError::Error(error)) => Err(Error::io(path, "cannot lock")(error)),
    }
}

/// Whether `file` is what stands at `path`.
#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let place = |there: fs::Metadata| (there.dev(), there.ino());
    file.metadata().is_ok_and(|own| fs::symlink_metadata(path).is_ok_and(|there| place(own) == place(there)))
}

/// Whether something stands at `path`: elsewhere, a file that is open keeps its name.
#[cfg(not(unix))]
fn is_at(_file: &File, path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use tempfile::TempDir;

    #[test]
    fn the_lock_of_a_file_that_was_removed_is_none() {
        let root = TempDir::new().unwrap();
        fs::create_dir(root.path().join(WORK)).unwrap();
        let path = root.path().join(WORK).join("lock");
        let ended = |file: &File| {
            fs::remove_file(&path).unwrap();
            file.try_lock()
        };
        // What another run does between the opening and the locking.
        let file = open(&path).unwrap();
        ended(&file).unwrap();
        assert!(!is_at(&file, &path));
        open(&path).unwrap();
        assert!(!is_at(&file, &path), "another file of the same name");
        assert!(hold(root.path(), &path, File::try_lock).is_ok());
    }

    #[test]
    fn shares_are_locked_one_by_one_and_a_run_alone_by_all() {
        let root = TempDir::new().unwrap();
        fs::create_dir(root.path().join(WORK)).unwrap();
        let first = Locks::take(root.path(), Some(Worker::Share(1, 2))).unwrap();
        let second = Locks::take(root.path(), Some(Worker::Share(2, 2))).unwrap();
        assert!(first.are_shared() && second.are_shared());
        assert!(matches!(Locks::take(root.path(), Some(Worker::Share(1, 2))), Err(Error::Locked(_))));
        assert!(matches!(Locks::take(root.path(), None), Err(Error::Locked(_))));
        drop((first, second));
        let alone = Locks::take(root.path(), None).unwrap();
        assert!(!alone.are_shared());
        assert!(matches!(Locks::take(root.path(), Some(Worker::Share(1, 2))), Err(Error::Locked(_))));
    }
}

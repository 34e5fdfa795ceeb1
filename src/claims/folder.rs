//! Leases in a folder that all workers share.
//!
//! The lease on a task is the file `.prebake/leases/TASK/NUMBER` with the highest number. To take it is to create the file 1, to replace
//! number n is to create n + 1: a file system lets one of several do so. No lock is needed, which a worker that is paused would
//! hold for ever.

use super::lease::{Lease, Leases, Version};
use crate::error::{Error, Result};
use crate::output::{WORK, gone, make_folder_of};
use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

/// Where leases are, in the working folder.
const LEASES: &str = "leases";

/// Leases in the working folder of an output folder.
#[derive(Clone, Debug)]
pub struct FolderLeases {
    root: PathBuf,
}

/// The leases that are held in the output folder `root`, by the names of their tasks. Only looks.
pub fn held(root: &Path) -> Vec<(String, Lease)> {
    let leases = FolderLeases::new(root);
    let tasks = fs::read_dir(root.join(WORK).join(LEASES)).into_iter().flatten().flatten();
    let names = tasks.filter_map(|entry| entry.file_name().into_string().ok());
    let mut held: Vec<(String, Lease)> =
        names.filter_map(|name| Some((leases.look(&name).ok()??.0, name))).map(|(lease, name)| (name, lease)).collect();
    held.sort_by(|(a, _), (b, _)| a.cmp(b));
    held
}

impl FolderLeases {
    /// The leases of the output folder `root`.
    pub fn new(root: &Path) -> Self {
        Self { root: root.to_path_buf() }
    }

    fn folder(&self, task: &str) -> PathBuf {
        self.root.join(WORK).join(LEASES).join(task)
    }

    /// The numbers of the lease files of a task, ascending.
    fn numbers(&self, task: &str) -> Result<Vec<u64>> {
        let folder = self.folder(task);
        let entries = match fs::read_dir(&folder) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries.map_err(Error::io(&folder, "cannot list"))?,
        };
        let mut numbers: Vec<u64> = entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect();
        numbers.sort_unstable();
        Ok(numbers)
    }

    /// Creates lease file `number`; nothing if another worker did, or is further.
    fn create(&self, task: &str, number: u64, lease: &Lease) -> Result<Option<Version>> {
        let path = self.folder(task).join(number.to_string());
        let mut file = match File::create_new(&path) {
            // Another has it, or gave it back just now, and the folder with it.
            Err(error) if matches!(error.kind(), ErrorKind::AlreadyExists | ErrorKind::NotFound) => return Ok(None),
            created => created.map_err(Error::io(&path, "cannot create"))?,
        };
        // Who reads it before all is written sees a lease of nobody, and then another one: nothing is concluded from that.
        if let Err(error) = file.write_all(&lease.to_bytes()) {
            let _ = fs::remove_file(&path);
            return Err(Error::io(&path, "cannot write")(error));
        }
        // One that slept may create a number anew that others had and went on from: the higher one is always there first.
        if self.numbers(task)?.last().is_some_and(|last| *last > number) {
            gone(&path)?;
            return Ok(None);
        }
        Ok(Some(Version(number.to_string())))
    }

    /// Removes the lease files of a task up to this number.
    fn remove(&self, task: &str, number: u64) -> Result<()> {
        for old in self.numbers(task)?.into_iter().filter(|old| *old <= number) {
            let path = self.folder(task).join(old.to_string());
            gone(&path)?;
        }
        Ok(())
    }
}

impl Leases for FolderLeases {
    fn take(&self, task: &str, lease: &Lease) -> Result<Option<Version>> {
        make_folder_of(&self.root, &Path::new(WORK).join(LEASES).join(task).join("1"))?;
        self.create(task, 1, lease)
    }

    fn look(&self, task: &str) -> Result<Option<(Lease, Version)>> {
        let Some(number) = self.numbers(task)?.pop() else { return Ok(None) };
        let path = self.folder(task).join(number.to_string());
        match fs::read(&path) {
            // It was replaced or given back just now; what comes next is seen at the next look.
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Some((Lease::default(), Version(number.to_string())))),
            read => Ok(Some((Lease::read(&read.map_err(Error::io(&path, "cannot read"))?), Version(number.to_string())))),
        }
    }

    fn replace(&self, task: &str, lease: &Lease, version: &Version) -> Result<Option<Version>> {
        let Some(number) = number_of(version) else { return Ok(None) };
        let replaced = self.create(task, number.saturating_add(1), lease)?;
        if replaced.is_some() {
            self.remove(task, number)?;
        }
        Ok(replaced)
    }

    fn release(&self, task: &str, version: &Version) -> Result<()> {
        let Some(number) = number_of(version) else { return Ok(()) };
        self.remove(task, number)?;
        // It stays if another worker has come.
        let _ = fs::remove_dir(self.folder(task));
        Ok(())
    }
}

fn number_of(version: &Version) -> Option<u64> {
    version.0.parse().ok()
}

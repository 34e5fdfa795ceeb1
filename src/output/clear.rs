//! Removes what is ours from an output folder, and nothing else.

use super::found::REPLACED;
use super::lock::LOCK;
use super::names::begun;
use super::replace::NEXT;
use super::update::BEFORE;
use super::{Output, Receipt, WORK, epochs, read_shard_path, site};
use crate::error::{Error, Result};
use crate::manifest::{FILE, Manifest};
use crate::spec::Side;
use crate::spec::fields::Choice;
use std::collections::BTreeSet;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

impl Output {
    /// Removes the working folder: last the note of what was there before, and the lock, so that a run that is killed meanwhile leaves
    /// both, and no other begins.
    pub(super) fn clear(&self) -> Result<()> {
        let work = self.root.join(WORK);
        for entry in fs::read_dir(&work).map_err(Error::io(&work, "cannot list"))?.flatten() {
            let (path, name) = (entry.path(), entry.file_name());
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                fs::remove_dir_all(&path).map_err(Error::io(&path, "cannot remove"))?;
            } else if name != LOCK && name != BEFORE {
                gone(&path)?;
            }
        }
        gone(&work.join(BEFORE))?;
        gone(&work.join(LOCK))?;
        // Another run may have come since the lock went.
        let _ = fs::remove_dir(&work);
        Ok(())
    }

    /// Removes what a manifest of ours lists, and nothing else. A run that is killed meanwhile leaves the manifest in the working folder, where
    /// [`super::found`] finds it, so that the next one removes the rest.
    pub(super) fn remove(&self, manifest: &Manifest) -> Result<()> {
        // The manifest first: from here on there is no dataset, rather than half of one.
        let (file, replaced) = (self.root.join(FILE), self.root.join(WORK).join(REPLACED));
        match fs::rename(&file, &replaced) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(Error::io(&file, "cannot remove")(error)),
            _ => {}
        }
        manifest.listed().try_for_each(|listed| self.remove_file(&listed.path))?;
        self.drop_receipts(|_| true)?;
        self.remove_empty_folders(manifest);
        gone(&replaced)
    }

    /// Removes all receipts, and those of their files whose path `goes`.
    pub(super) fn drop_receipts(&self, goes: impl Fn(&str) -> bool) -> Result<()> {
        let receipts = self.root.join(WORK).join("receipts");
        for entry in fs::read_dir(&receipts).map_err(Error::io(&receipts, "cannot list"))?.flatten() {
            let own = Receipt::read(entry.path()).into_iter().flat_map(|one| one.files.arrays.into_values());
            own.filter(|listed| goes(&listed.path)).try_for_each(|listed| self.remove_file(&listed.path))?;
            gone(&entry.path())?;
        }
        Ok(())
    }

    /// Removes files with names of shards that `manifest` does not list: a run that was killed between a file's name and its receipt,
    /// or given up, left them. Only called with the folder to ourselves.
    pub(super) fn sweep_shards(&self, manifest: &Manifest) -> Result<()> {
        let listed: BTreeSet<&str> = manifest.listed().map(|file| file.path.as_str()).collect();
        for (side, _) in Side::ALL {
            for epoch in names_in(&self.root.join(side))? {
                for name in names_in(&self.root.join(side).join(&epoch))? {
                    let path = format!("{side}/{epoch}/{name}");
                    if read_shard_path(&path).is_some() && !listed.contains(path.as_str()) {
                        self.remove_file(&path)?;
                    }
                }
                // One that holds nothing else goes too.
                let _ = fs::remove_dir(self.root.join(side).join(&epoch));
            }
        }
        Ok(())
    }

    /// Removes a file of ours, if it is there.
    pub(super) fn remove_file(&self, relative: &str) -> Result<()> {
        gone(&self.root.join(relative))
    }

    /// Removes the folders of epochs and sides that `manifest` has and that hold nothing now; one that holds more than ours stays.
    pub(super) fn remove_empty_folders(&self, manifest: &Manifest) {
        let epochs: BTreeSet<&Path> = manifest.listed().filter_map(|file| Path::new(&file.path).parent()).collect();
        let sides: BTreeSet<&Path> = epochs.iter().filter_map(|epoch| epoch.parent()).collect();
        for folder in epochs.into_iter().chain(sides).filter(|folder| !folder.as_os_str().is_empty()) {
            let _ = fs::remove_dir(self.root.join(folder));
        }
    }

    /// Removes temporary files that a killed run left. Only called with the folder to ourselves.
    pub(super) fn sweep(&self) -> Result<()> {
        temporaries(&self.root).try_for_each(|path| gone(&path))
    }

    /// Bytes in `root` that a run of the plan `plan_hash` removes before it writes: temporary files, and what was to take the place of a
    /// dataset and is of another plan.
    pub(super) fn to_be_swept(root: &Path, plan_hash: &str) -> u64 {
        let site = site(root, plan_hash);
        let given_up = if site == root { files_below(&root.join(WORK).join(NEXT)) } else { Vec::new() };
        let swept = temporaries(root).chain(temporaries(&site)).collect::<BTreeSet<_>>();
        let bytes = |path: PathBuf| fs::symlink_metadata(path).map_or(0, |there| there.len());
        swept.into_iter().chain(given_up).map(bytes).sum()
    }
}

/// Temporary files in the output folder `root`.
fn temporaries(root: &Path) -> impl Iterator<Item = PathBuf> + use<> {
    let mut folders = vec![root.to_path_buf(), root.join(WORK), root.join(WORK).join("receipts")];
    folders.extend(epochs(root));
    let files = folders.into_iter().flat_map(|folder| fs::read_dir(folder).into_iter().flatten().flatten());
    files.filter(|file| begun(&file.file_name().to_string_lossy()).is_some()).map(|file| file.path())
}

/// All files below a folder; follows no link.
fn files_below(folder: &Path) -> Vec<PathBuf> {
    let (mut files, mut folders) = (Vec::new(), vec![folder.to_path_buf()]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let list = if entry.file_type().is_ok_and(|kind| kind.is_dir()) { &mut folders } else { &mut files };
            list.push(entry.path());
        }
    }
    files
}

/// Removes a file; that it is gone already is as good.
///
/// # Errors
/// If the system refuses.
pub fn gone(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(Error::io(path, "cannot remove")(error)),
        _ => Ok(()),
    }
}

/// The names in a folder, as text; none if it is not there, or no folder.
fn names_in(folder: &Path) -> Result<Vec<String>> {
    let entries = match fs::read_dir(folder) {
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => return Ok(Vec::new()),
        entries => entries.map_err(Error::io(folder, "cannot list"))?,
    };
    Ok(entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect())
}

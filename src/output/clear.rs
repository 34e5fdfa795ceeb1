//! Removes what is ours from an output folder, and nothing else.

use super::found::REPLACED;
use super::{Output, WORK, epochs};
use crate::error::{Error, Result};
use crate::manifest::{FILE, Manifest, ShardFiles};
use crate::spec::Side;
use crate::spec::fields::Choice;
use std::fs;
use std::path::Path;

impl Output {
    /// Removes the working folder.
    pub(super) fn clear(&self) -> Result<()> {
        let work = self.root.join(WORK);
        fs::remove_dir_all(&work).map_err(Error::io(&work, "cannot remove"))
    }

    /// Removes what a manifest of ours lists, and nothing else. A run that is killed meanwhile leaves the manifest in the working folder, where
    /// [`super::found`] finds it, so that the next one removes the rest.
    pub(super) fn remove(&self, manifest: &Manifest) -> Result<()> {
        let gone = |path: &Path, result: std::io::Result<()>| match result {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(Error::io(path, "cannot remove")(error)),
            _ => Ok(()),
        };
        // The manifest first: from here on there is no dataset, rather than half of one.
        let (file, replaced) = (self.root.join(FILE), self.root.join(WORK).join(REPLACED));
        gone(&file, fs::rename(&file, &replaced))?;
        for listed in manifest.listed() {
            let path = self.root.join(&listed.path);
            gone(&path, fs::remove_file(&path))?;
        }
        let receipts = self.root.join(WORK).join("receipts");
        for entry in fs::read_dir(&receipts).map_err(Error::io(&receipts, "cannot list"))?.flatten() {
            if let Ok(text) = fs::read_to_string(entry.path())
                && let Some(files) = text.split_once('\n').and_then(|(_, json)| serde_json::from_str::<ShardFiles>(json).ok())
            {
                for listed in files.arrays.values().filter(|listed| listed.stays_inside()) {
                    let path = self.root.join(&listed.path);
                    gone(&path, fs::remove_file(&path))?;
                }
            }
            gone(&entry.path(), fs::remove_file(entry.path()))?;
        }
        for folder in epochs(&self.root).into_iter().chain(Side::ALL.iter().map(|(side, _)| self.root.join(side))) {
            // One that holds more than ours stays.
            let _ = fs::remove_dir(folder);
        }
        gone(&replaced, fs::remove_file(&replaced))
    }

    /// Removes temporary files that a killed run left. Only called with the folder to ourselves.
    pub(super) fn sweep(&self) -> Result<()> {
        let mut folders = vec![self.root.clone(), self.root.join(WORK), self.root.join(WORK).join("receipts")];
        folders.extend(epochs(&self.root));
        for folder in folders {
            for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
                let name = entry.file_name().to_string_lossy().into_owned();
                if name.starts_with('.') && name.ends_with(".tmp") {
                    fs::remove_file(entry.path()).map_err(Error::io(&entry.path(), "cannot remove"))?;
                }
            }
        }
        Ok(())
    }
}

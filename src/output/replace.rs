//! From one dataset to another whose files have the same names.
//!
//! The next one is built whole, as a dataset of its own, in the working folder of the one that is there, which stays as it is.
//! Then files are renamed into place, which takes moments: the manifest goes first and comes last, so that there is no dataset
//! meanwhile, rather than half of one; a run that is killed on the way leaves the rest to the next one.

use super::folder::sync_folder;
use super::{Opening, Other, Outcome, Output, WORK, draft_in, links};
use crate::error::{Error, Result};
use crate::manifest::{FILE, Manifest, SideFile};
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// Where the next dataset is built, in the working folder.
const NEXT: &str = "next";

/// Where the dataset is built that will take the place of the one in `root`.
pub(super) fn next_in(root: &Path) -> PathBuf {
    root.join(WORK).join(NEXT)
}

/// Where a build into `root` has its plan, its receipts and its shards: there, or apart until it takes the place of what is there.
pub fn site(root: &Path) -> PathBuf {
    let next = next_in(root);
    if next.is_dir() { next } else { root.to_path_buf() }
}

impl Output {
    /// Opens the place where the dataset of `draft`'s plan is built while another stays in this folder.
    ///
    /// # Errors
    /// As [`Output::open`].
    pub(super) fn stage(self, draft: &Manifest, side: &[SideFile], opening: Opening<'_>) -> Result<Outcome> {
        let next = next_in(&self.root);
        links::make_folder_of(&self.root, &Path::new(WORK).join(NEXT).join("any"))?;
        if Manifest::load(&next.join(FILE))?.is_some_and(|whole| !whole.is_of_plan(draft)) {
            fs::remove_dir_all(&next).map_err(Error::io(&next, "cannot remove"))?;
        }
        match Output::open(&next, draft, side, Opening { other: Other::Replaced, worker: None, ..opening })? {
            Outcome::Open(inner) => Ok(Outcome::Open(Output { replaces: Some(Box::new(self)), ..inner })),
            Outcome::Complete(manifest) => {
                self.take_place(&manifest)?;
                Ok(Outcome::Complete(manifest))
            }
        }
    }

    /// Whether a dataset is being built, or was, that will take the place of the one in `root`.
    ///
    /// # Errors
    /// If its plan cannot be read.
    pub(super) fn is_staged(root: &Path) -> Result<bool> {
        let next = next_in(root);
        Ok(Manifest::load(&next.join(FILE))?.or(draft_in(&next)?).is_some())
    }

    /// Puts the dataset of `manifest`, which was built apart, in the place of what is in this folder.
    ///
    /// # Errors
    /// If the system refuses; then the next run goes on with it.
    pub(super) fn take_place(&self, manifest: &Manifest) -> Result<()> {
        let next = next_in(&self.root);
        self.note_before()?;
        self.remove_file(FILE)?;
        sync_folder(&self.root)?;
        for file in manifest.listed() {
            links::make_folder_of(&self.root, Path::new(&file.path))?;
            put(&next.join(&file.path), &self.root.join(&file.path))?;
        }
        self.sync_epochs(manifest)?;
        put(&next.join(FILE), &self.root.join(FILE))?;
        sync_folder(&self.root)?;
        self.finish_up(manifest)
    }

    /// Ends what a run did not that was killed while one dataset took the place of another in `root`.
    ///
    /// # Errors
    /// If the folder is locked, or the system refuses.
    pub fn finish_replacing(root: &Path) -> Result<()> {
        let begun = || -> Result<Option<Manifest>> {
            if fs::symlink_metadata(root.join(FILE)).is_ok() || !root.join(WORK).is_dir() {
                return Ok(None);
            }
            // Without a note of what was there, it did not begin.
            let whole = Manifest::load(&next_in(root).join(FILE))?;
            Ok(Self::before_in(root)?.and(whole))
        };
        if begun()?.is_none() {
            return Ok(());
        }
        links::refuse(root)?;
        links::refuse(&next_in(root))?;
        let output = Self::lock(root, None)?;
        // Another run may have done it before the lock.
        begun()?.map_or(Ok(()), |manifest| output.take_place(&manifest))
    }
}

/// Renames a file, unless that is done.
fn put(from: &Path, to: &Path) -> Result<()> {
    match fs::rename(from, to) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(Error::io(to, "cannot write")(error)),
        _ => Ok(()),
    }
}

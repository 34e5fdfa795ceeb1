//! From one dataset to another whose files have the same names.
//!
//! The next one is built whole, as a dataset of its own, in the working folder of the one that is there, which stays as it is.
//! Then files are renamed into place, which takes moments: the manifest goes first and comes last, so that there is no dataset
//! meanwhile, rather than half of one; a run that is killed on the way leaves the rest to the next one.

use super::folder::sync_folder;
use super::{Opening, Other, Outcome, Output, WORK, draft_in, holds, links, obstacle, paths};
use crate::error::{Error, Result};
use crate::manifest::{FILE, Manifest, SideFile};
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// Where the next dataset is built, in the working folder.
pub(super) const NEXT: &str = "next";
/// What is given up of it, while it is removed.
const GONE: &str = "gone";
/// Says that the next dataset takes the place of the one that was there: the plan's hash.
const REPLACING: &str = "replacing";

fn next_in(root: &Path) -> PathBuf {
    root.join(WORK).join(NEXT)
}

/// Where the dataset of the plan `plan_hash` is built that will be in `root`: there, or apart until it takes the place of another.
pub fn site(root: &Path, plan_hash: &str) -> PathBuf {
    let staged = matches!(staged(root), Ok(Some(plan)) if plan.plan_hash == plan_hash);
    if staged { next_in(root) } else { root.to_path_buf() }
}

/// The plan of the dataset that will take the place of the one in `root`, if a run began it.
///
/// # Errors
/// If it cannot be read.
pub fn staged(root: &Path) -> Result<Option<Manifest>> {
    let next = next_in(root);
    Ok(Manifest::load(&next.join(FILE))?.or(draft_in(&next)?))
}

impl Output {
    /// Opens the place where the dataset of `draft`'s plan is built while another stays in this folder.
    ///
    /// # Errors
    /// As [`Output::open`]; or if files of others are where it will stand.
    pub(super) fn stage(self, draft: &Manifest, side: &[SideFile<'_>], opening: Opening<'_>) -> Result<Outcome> {
        obstacle(&self.root, paths(draft, opening.planned))?;
        self.sweep()?;
        let next = next_in(&self.root);
        // One of another plan is given up, and so is what is left of one that took its place.
        if staged(&self.root)?.is_none_or(|plan| plan.plan_hash != draft.plan_hash) {
            self.drop_staged()?;
        }
        links::make_folder_of(&self.root, &Path::new(WORK).join(NEXT).join("any"))?;
        match Output::open(&next, draft, side, Opening { other: Other::Replaced, worker: None, ..opening })? {
            Outcome::Open(inner) => Ok(Outcome::Open(Output { replaces: Some(Box::new(self)), ..inner })),
            Outcome::Complete(manifest) => {
                self.take_place(&manifest)?;
                Ok(Outcome::Complete(manifest))
            }
        }
    }

    /// Gives up what was built to take the place of the dataset in this folder.
    ///
    /// # Errors
    /// If the system refuses.
    pub(super) fn drop_staged(&self) -> Result<()> {
        self.end_replacing()?;
        let (next, gone) = (next_in(&self.root), self.root.join(WORK).join(GONE));
        // Under another name first: half of one would be neither a dataset nor an empty folder.
        unless_missing(&gone, fs::remove_dir_all(&gone))?;
        unless_missing(&next, fs::rename(&next, &gone))?;
        unless_missing(&gone, fs::remove_dir_all(&gone))
    }

    /// Takes back that one dataset takes the place of another: the manifest that is to go now is another matter.
    ///
    /// # Errors
    /// If the system refuses.
    pub(super) fn end_replacing(&self) -> Result<()> {
        self.remove_file(&format!("{WORK}/{REPLACING}"))?;
        sync_folder(&self.root.join(WORK))
    }

    /// Puts the dataset of `manifest`, which was built apart, in the place of what is in this folder.
    ///
    /// # Errors
    /// If files of others are in the way, which is known before anything is touched; or if the system refuses: then the next run goes
    /// on with it.
    pub(super) fn take_place(&self, manifest: &Manifest) -> Result<()> {
        obstacle(&self.root, manifest.listed().map(|file| file.path.clone()))?;
        self.note_before()?;
        self.write(&format!("{WORK}/{REPLACING}"), manifest.plan_hash.as_bytes())?;
        sync_folder(&self.root.join(WORK))?;
        self.remove_file(FILE)?;
        sync_folder(&self.root)?;
        let next = next_in(&self.root);
        for file in manifest.listed() {
            links::make_folder_of(&self.root, Path::new(&file.path))?;
            let to = self.root.join(&file.path);
            match fs::rename(next.join(&file.path), &to) {
                // An earlier run put it there; what was there before it must not pass for it.
                Err(error) if error.kind() == ErrorKind::NotFound && !holds(&self.root, file) => self.remove_file(&file.path)?,
                renamed => unless_missing(&to, renamed)?,
            }
        }
        self.sync_epochs(manifest)?;
        sync_folder(&self.root)?;
        let file = self.root.join(FILE);
        unless_missing(&file, fs::rename(next.join(FILE), &file))?;
        sync_folder(&self.root)?;
        self.finish_up(manifest)
    }

    /// Ends what a run did not that was killed while one dataset took the place of another in `root`.
    ///
    /// # Errors
    /// If the folder is locked, or the system refuses.
    pub fn finish_replacing(root: &Path) -> Result<()> {
        let begun = || -> Result<Option<Manifest>> {
            let noted = fs::read_to_string(root.join(WORK).join(REPLACING));
            if noted.is_err() || fs::symlink_metadata(root.join(FILE)).is_ok() {
                return Ok(None);
            }
            Ok(Manifest::load(&next_in(root).join(FILE))?.filter(|whole| noted.is_ok_and(|hash| hash == whole.plan_hash)))
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

fn unless_missing(path: &Path, done: std::io::Result<()>) -> Result<()> {
    match done {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(Error::io(path, "cannot replace")(error)),
        _ => Ok(()),
    }
}

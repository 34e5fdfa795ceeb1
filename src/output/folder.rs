//! Opens an output folder, goes on where a run stopped, and commits.

use super::found::Found;
use super::staged::Staged;
use super::{WORK, links, space};
use crate::error::{Error, Result, shown};
use crate::manifest::{FILE, Manifest, SideFile};
use crate::plan::{Entry, Shard};
use crate::spec::Side;
use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

/// An output folder that this run may write to, until it is dropped.
#[derive(Debug)]
pub struct Output {
    pub(super) root: PathBuf,
    _lock: File,
    worker_lock: Option<File>,
}

/// How an output folder is opened.
#[derive(Clone, Copy, Debug)]
pub struct Opening {
    /// The share that will be built, from 1, and of how many.
    pub worker: Option<(u64, u64)>,
    /// Whether a dataset of another plan is replaced.
    pub force: bool,
    /// Bytes that the whole output takes.
    pub bytes: u64,
}

/// What was found in the output folder.
#[derive(Debug)]
pub enum Outcome {
    /// It holds the dataset already.
    Complete(Box<Manifest>),
    /// It is open for writing.
    Open(Output),
}

impl Output {
    /// Opens `root` for the plan of `draft`: new, or left unfinished by a run with the same plan.
    ///
    /// # Errors
    /// If the folder holds something else (unless `force` and it is ours), has no room, or is locked.
    pub fn open(root: &Path, draft: &Manifest, side: &[SideFile], opening: Opening) -> Result<Outcome> {
        links::refuse(root)?;
        let found = Found::at(root)?;
        if let Some(manifest) = found.dataset_of(draft, root) {
            return Ok(Outcome::Complete(Box::new(manifest.clone())));
        }
        found.to_replace(draft, root, opening.force)?;
        space::require(root, opening.bytes)?;
        links::make_folder_of(root, &Path::new(WORK).join("receipts/any"))?;
        let output = Self::lock(root, opening.worker)?;
        // Another run may have ended between the look and the lock.
        let found = Found::at(root)?;
        if let Some(manifest) = found.dataset_of(draft, root) {
            output.clear()?;
            return Ok(Outcome::Complete(Box::new(manifest.clone())));
        }
        match (found.to_replace(draft, root, opening.force)?, &found) {
            (Some(other), _) => output.remove(other)?,
            (None, Found::Complete(damaged)) => output.take_up(damaged)?,
            (None, _) => {}
        }
        if opening.worker.is_none() {
            output.sweep()?;
        }
        for file in side {
            output.write(&format!("{WORK}/{}", file.path), &file.bytes)?;
        }
        output.write(&format!("{WORK}/draft.json"), &draft.to_bytes())?;
        Ok(Outcome::Open(output))
    }

    /// Why [`Self::open`] would refuse `root` to a dataset of `draft`'s plan, if it would; writes nothing.
    pub fn refusal(root: &Path, draft: &Manifest) -> Option<Error> {
        links::refuse(root)
            .and_then(|()| Found::at(root))
            .and_then(|found| found.to_replace(draft, root, false).map(|_| ()))
            .err()
    }

    /// Opens `root` to commit what workers built.
    ///
    /// # Errors
    /// If there is nothing to commit, or the folder is locked.
    pub fn reopen(root: &Path) -> Result<(Outcome, Box<Manifest>)> {
        let nothing = |why: &str| Err(Error::NotADataset(format!("{}: {why} (run `prebake build` first)", shown(root))));
        links::refuse(root)?;
        match Found::at(root) {
            Ok(Found::Complete(manifest)) if manifest.is_whole_at(root) => Ok((Outcome::Complete(manifest.clone()), manifest)),
            Ok(Found::Complete(_)) => nothing("files of the dataset are missing"),
            Ok(Found::Unfinished(Some(draft))) => {
                let output = Self::lock(root, None)?;
                // Workers that were stopped leave files that they had begun.
                output.sweep()?;
                Ok((Outcome::Open(output), draft))
            }
            Ok(_) | Err(Error::Usage(_)) => nothing("no build of prebake to commit"),
            Err(error) => Err(error),
        }
    }

    /// Takes the lock: workers share the folder, each alone in its part; anything else is alone.
    fn lock(root: &Path, worker: Option<(u64, u64)>) -> Result<Self> {
        let work = root.join(WORK);
        let open = |name: &str| {
            let path = work.join(name);
            File::options().create(true).truncate(false).write(true).open(&path).map_err(Error::io(&path, "cannot create"))
        };
        let held = |result: std::result::Result<(), TryLockError>| match result {
            Ok(()) => Ok(()),
            Err(TryLockError::WouldBlock) => Err(Error::Locked(shown(root))),
            Err(TryLockError::Error(error)) => Err(Error::io(&work, "cannot lock")(error)),
        };
        let lock = open("lock")?;
        held(if worker.is_some() { lock.try_lock_shared() } else { lock.try_lock() })?;
        let worker_lock = worker.map(|(index, of)| open(&format!("worker-{index}-of-{of}.lock"))).transpose()?;
        if let Some(lock) = &worker_lock {
            held(lock.try_lock())?;
        }
        Ok(Self { root: root.to_path_buf(), _lock: lock, worker_lock })
    }

    /// The output folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Writes a file whole or not at all: under a temporary name, to the disk, then renamed.
    ///
    /// # Errors
    /// If the system refuses; then nothing is left.
    pub fn write(&self, relative: &str, bytes: &[u8]) -> Result<()> {
        let mut file = Staged::below(&self.root, relative)?;
        file.write(bytes)?;
        file.finish()
    }

    /// Writes the files beside the shards, then the manifest, then clears the working folder.
    ///
    /// # Errors
    /// If a shard is missing, or the system refuses.
    pub fn commit(self, mut manifest: Manifest) -> Result<Manifest> {
        for (name, split) in &mut manifest.splits {
            let side = Side::called(name).ok_or_else(|| self.missing(name, 0, 0))?;
            for epoch in 0..split.epochs {
                for index in 0..split.shards_per_epoch {
                    let rows = (split.rows_per_epoch - index * split.rows_per_shard).min(split.rows_per_shard) as usize;
                    let shard = Shard { side, epoch, index, rows: vec![Entry::default(); rows] };
                    let files = self.receipt(&manifest.plan_hash, &shard).ok_or_else(|| self.missing(name, epoch, index))?;
                    split.shards.push(files);
                }
                sync_folder(&self.root.join(format!("{name}/epoch-{epoch:03}")))?;
            }
            sync_folder(&self.root.join(name))?;
        }
        for file in &manifest.files {
            let from = self.root.join(WORK).join(&file.path);
            let bytes = fs::read(&from).map_err(Error::io(&from, "cannot read"))?;
            self.write(&file.path, &bytes)?;
        }
        sync_folder(&self.root)?;
        self.write(FILE, &manifest.to_bytes())?;
        sync_folder(&self.root)?;
        self.clear()?;
        Ok(manifest)
    }

    fn missing(&self, split: &str, epoch: u64, index: u64) -> Error {
        Error::NotADataset(format!(
            "{}: not finished: {split} epoch {epoch} shard {index} is missing (run the remaining workers, then commit again)",
            shown(&self.root)
        ))
    }
}

impl Drop for Output {
    fn drop(&mut self) {
        if let Some(lock) = &self.worker_lock {
            let _ = lock.unlock();
        }
    }
}

fn sync_folder(folder: &Path) -> Result<()> {
    File::open(folder).and_then(|file| file.sync_all()).map_err(Error::io(folder, "cannot write to disk"))
}

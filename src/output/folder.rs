//! Opens an output folder, goes on where a run stopped, and commits.

use super::WORK;
use super::staged::Staged;
use crate::error::{Error, Result, shown};
use crate::manifest::{FILE, Manifest, ShardFiles, SideFile};
use crate::plan::Shard;
use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

/// How many differences a refusal names.
const NAMED: usize = 8;

/// An output folder that this run may write to, until it is dropped.
#[derive(Debug)]
pub struct Output {
    root: PathBuf,
    _lock: File,
    worker_lock: Option<File>,
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
    /// If the folder holds something else (unless `force` and it is ours), or is locked.
    pub fn open(root: &Path, draft: &Manifest, side: &[SideFile], worker: Option<(u64, u64)>, force: bool) -> Result<Outcome> {
        let found = look(root)?;
        if let Found::Complete(manifest) = &found
            && manifest.plan_hash == draft.plan_hash
        {
            return Ok(Outcome::Complete(manifest.clone()));
        }
        let other = match &found {
            Found::Complete(manifest) => Some(manifest),
            Found::Unfinished(Some(manifest)) if manifest.plan_hash != draft.plan_hash => Some(manifest),
            _ => None,
        };
        if let (Some(other), false) = (other, force) {
            return Err(Error::Usage(refusal(root, other, draft)));
        }
        fs::create_dir_all(root.join(WORK).join("receipts")).map_err(Error::io(root, "cannot create"))?;
        let output = Self::lock(root, worker)?;
        if let Some(other) = other {
            output.remove(other)?;
        }
        if worker.is_none() {
            output.sweep()?;
        }
        for file in side {
            output.write(&format!("{WORK}/{}", file.path), &file.bytes)?;
        }
        output.write(&format!("{WORK}/draft.json"), &draft.to_bytes())?;
        Ok(Outcome::Open(output))
    }

    /// Opens `root` to commit what workers built.
    ///
    /// # Errors
    /// If there is nothing to commit, or the folder is locked.
    pub fn reopen(root: &Path) -> Result<(Outcome, Manifest)> {
        match look(root) {
            Ok(Found::Complete(manifest)) => Ok((Outcome::Complete(manifest.clone()), *manifest)),
            Ok(Found::Unfinished(Some(draft))) => Ok((Outcome::Open(Self::lock(root, None)?), *draft)),
            Ok(_) | Err(Error::Usage(_)) => {
                Err(Error::NotADataset(format!("{}: no build of prebake to commit (run `prebake build` first)", shown(root))))
            }
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
        let mut file = Staged::new(self.root.join(relative))?;
        file.write(bytes)?;
        file.finish()
    }

    /// Bytes in the shards that are there already.
    pub fn stored_bytes(&self) -> u64 {
        let files = |folder: &Path| fs::read_dir(folder).into_iter().flatten().flatten();
        let epochs = files(&self.root.join("train")).map(|entry| entry.path());
        epochs.flat_map(|epoch| files(&epoch).filter_map(|file| file.metadata().ok()).map(|m| m.len()).collect::<Vec<_>>()).sum()
    }

    /// The receipt of a shard that a run of the same plan finished, if its files are still there.
    pub fn receipt(&self, plan_hash: &str, shard: &Shard) -> Option<ShardFiles> {
        let text = fs::read_to_string(self.root.join(receipt_path(shard.epoch, shard.index))).ok()?;
        let (hash, json) = text.split_once('\n')?;
        let files: ShardFiles = serde_json::from_str(json).ok()?;
        let whole =
            files.arrays.values().all(|file| fs::metadata(self.root.join(&file.path)).is_ok_and(|m| m.len() == file.bytes));
        (hash == plan_hash && files.rows == shard.items.len() as u64 && whole).then_some(files)
    }

    /// Notes that a shard is on the disk.
    ///
    /// # Errors
    /// If the note cannot be written.
    pub fn put_receipt(&self, plan_hash: &str, files: &ShardFiles) -> Result<()> {
        let json = serde_json::to_string(files).expect("invariant: a receipt is plain JSON");
        self.write(&receipt_path(files.epoch, files.index), format!("{plan_hash}\n{json}").as_bytes())
    }

    /// Writes the files beside the shards, then the manifest, then clears the working folder.
    ///
    /// # Errors
    /// If a shard is missing, or the system refuses.
    pub fn commit(self, mut manifest: Manifest) -> Result<Manifest> {
        for (name, split) in &mut manifest.splits {
            for epoch in 0..split.epochs {
                for index in 0..split.shards_per_epoch {
                    let rows = (split.rows_per_epoch - index * split.rows_per_shard).min(split.rows_per_shard) as usize;
                    let shard = Shard { epoch, index, items: vec![0; rows] };
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
        fs::remove_dir_all(self.root.join(WORK)).map_err(Error::io(&self.root.join(WORK), "cannot remove"))?;
        Ok(manifest)
    }

    fn missing(&self, split: &str, epoch: u64, index: u64) -> Error {
        Error::NotADataset(format!(
            "{}: not finished: {split} epoch {epoch} shard {index} is missing (run the remaining workers, then commit again)",
            shown(&self.root)
        ))
    }

    /// Removes what a manifest of ours lists, and nothing else.
    fn remove(&self, manifest: &Manifest) -> Result<()> {
        let gone = |path: &Path, result: std::io::Result<()>| match result {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(Error::io(path, "cannot remove")(error)),
            _ => Ok(()),
        };
        // The manifest first: from here on there is no dataset, rather than half of one.
        let file = self.root.join(FILE);
        gone(&file, fs::remove_file(&file))?;
        for listed in manifest.listed() {
            let path = self.root.join(&listed.path);
            gone(&path, fs::remove_file(&path))?;
        }
        for (name, split) in &manifest.splits {
            for epoch in 0..split.epochs {
                let _ = fs::remove_dir(self.root.join(format!("{name}/epoch-{epoch:03}")));
            }
        }
        let receipts = self.root.join(WORK).join("receipts");
        for entry in fs::read_dir(&receipts).map_err(Error::io(&receipts, "cannot list"))?.flatten() {
            if let Ok(text) = fs::read_to_string(entry.path())
                && let Some(files) = text.split_once('\n').and_then(|(_, json)| serde_json::from_str::<ShardFiles>(json).ok())
            {
                for listed in files.arrays.values() {
                    let path = self.root.join(&listed.path);
                    gone(&path, fs::remove_file(&path))?;
                }
            }
            gone(&entry.path(), fs::remove_file(entry.path()))?;
        }
        Ok(())
    }

    /// Removes temporary files that a killed run left. Only called with the folder to ourselves.
    fn sweep(&self) -> Result<()> {
        let mut folders = vec![self.root.clone(), self.root.join(WORK), self.root.join(WORK).join("receipts")];
        if let Ok(epochs) = fs::read_dir(self.root.join("train")) {
            folders.extend(epochs.flatten().map(|entry| entry.path()));
        }
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

impl Drop for Output {
    fn drop(&mut self) {
        if let Some(lock) = &self.worker_lock {
            let _ = lock.unlock();
        }
    }
}

enum Found {
    Nothing,
    Unfinished(Option<Box<Manifest>>),
    Complete(Box<Manifest>),
}

fn look(root: &Path) -> Result<Found> {
    if let Some(manifest) = Manifest::load(&root.join(FILE))? {
        return Ok(Found::Complete(Box::new(manifest)));
    }
    if root.join(WORK).is_dir() {
        return Ok(Found::Unfinished(Manifest::load(&root.join(WORK).join("draft.json"))?.map(Box::new)));
    }
    let empty = match fs::read_dir(root) {
        Ok(mut entries) => entries.next().is_none(),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => true,
        Err(error) => return Err(Error::io(root, "cannot list")(error)),
    };
    if empty {
        return Ok(Found::Nothing);
    }
    Err(Error::Usage(format!("{}: not empty, and not a dataset of prebake (choose a new folder)", shown(root))))
}

fn refusal(root: &Path, there: &Manifest, here: &Manifest) -> String {
    let mut differences = there.differences(here);
    let more = differences.len().saturating_sub(NAMED);
    differences.truncate(NAMED);
    if more > 0 {
        differences.push(format!("and {more} more"));
    }
    format!("{}: holds a dataset of another plan (--force replaces it):\n  {}", shown(root), differences.join("\n  "))
}

fn receipt_path(epoch: u64, index: u64) -> String {
    format!("{WORK}/receipts/{epoch:06}-{index:06}")
}

fn sync_folder(folder: &Path) -> Result<()> {
    File::open(folder).and_then(|file| file.sync_all()).map_err(Error::io(folder, "cannot write to disk"))
}

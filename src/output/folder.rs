//! Opens an output folder, goes on where a run stopped, and commits.

use super::found::{Found, Way};
use super::huge::Luck;
use super::lock::{Locks, Worker};
use super::staged::Staged;
use super::{DRAFT, Planned, Room, Trust, WORK, holds, links};
use crate::error::{Error, Result, shown};
use crate::manifest::{FILE, Manifest, ShardFiles, SideFile};
use crate::spec::Side;
use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// An output folder that this run may write to, until it is dropped.
#[derive(Debug)]
pub struct Output {
    pub(super) root: PathBuf,
    /// What of an earlier dataset is part of this one, by the path of its images.
    pub(super) kept: BTreeMap<String, ShardFiles>,
    /// The output whose dataset this one will replace.
    pub(super) replaces: Option<Box<Output>>,
    pub(super) locks: Locks,
    /// With huge pages for its files.
    pub(super) luck: Arc<Luck>,
}

/// How an output folder is opened.
#[derive(Clone, Copy, Debug)]
pub struct Opening<'a> {
    /// Which part will be built, if not all.
    pub worker: Option<Worker<'a>>,
    /// What is done with a dataset of another plan.
    pub other: Other,
    /// The shards of all epochs.
    pub planned: &'a Planned,
    /// How what is there already is trusted.
    pub trust: Trust,
}

/// What is done with a dataset of another plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Other {
    /// It stays, and the run is refused.
    Stays,
    /// What is alike is kept, the rest is made; until all is there, it stays as it is.
    Updated,
    /// As updated, by more epochs alone.
    Extended,
    /// It goes: when this one is complete, or at once if it cannot be used anyway.
    Replaced,
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
    /// If the folder holds something else (unless `other` says otherwise and it is ours), has no room, or is locked.
    pub fn open(root: &Path, draft: &Manifest, side: &[SideFile<'_>], opening: Opening<'_>) -> Result<Outcome> {
        links::refuse(root)?;
        Self::finish_replacing(root)?;
        Self::end_before(root);
        let found = Found::at(root)?;
        if let Some(manifest) = found.dataset_of(draft, root, opening.trust) {
            match opening.other {
                Other::Stays => Self::try_end(root, &manifest.plan_hash),
                // Whoever asks so for this plan gives up another that was begun.
                _ => Self::end(root, &manifest.plan_hash, false)?,
            }
            return Ok(Outcome::Complete(Box::new(manifest.clone())));
        }
        let mut freed = if opening.worker.is_none() { Self::to_be_swept(root, &draft.plan_hash) } else { 0 };
        if let Way::Replace(there) = found.way_to(draft, root, opening.other)? {
            freed += there.listed().filter(|file| file.is_whole_at(root)).map(|file| file.bytes).sum::<u64>();
        }
        Room { root, draft, planned: opening.planned }.require(freed)?;
        links::make_folder_of(root, &Path::new(WORK).join("receipts/any"))?;
        let mut output = Self::lock(root, opening.worker)?;
        // Another run may have ended between the look and the lock.
        let found = Found::at(root)?;
        if let Some(manifest) = found.dataset_of(draft, root, opening.trust) {
            // Others may work beside a worker.
            if !output.is_shared() {
                output.finish_up(manifest)?;
            }
            return Ok(Outcome::Complete(Box::new(manifest.clone())));
        }
        match found.way_to(draft, root, opening.other)? {
            Way::Replace(_) | Way::Stage if output.is_shared() => Err(not_by_workers(root)),
            Way::Stage => output.stage(draft, side, opening),
            way => output.begin(&way, draft, side, opening.trust).map(|()| Outcome::Open(output)),
        }
    }

    /// Makes ready for the first row of `draft`'s plan.
    ///
    /// # Errors
    /// If the system refuses.
    fn begin(&mut self, way: &Way<'_>, draft: &Manifest, side: &[SideFile<'_>], trust: Trust) -> Result<()> {
        if !self.is_shared() {
            self.drop_staged()?;
        }
        match way {
            Way::Begin | Way::Stage => self.check_receipts(trust)?,
            Way::TakeUp(damaged) => self.take_up(damaged, trust)?,
            Way::Update(there) => {
                self.check_receipts(trust)?;
                self.keep(there, draft, trust)?;
            }
            Way::Replace(other) => self.remove(other)?,
        }
        if !self.is_shared() {
            self.sweep()?;
        }
        // What another worker put there needs no second time. Its length alone would not tell: a run of another plan may have put it there,
        // and have been killed before it noted its plan.
        let work = self.root.join(WORK);
        let is_there = |file: &SideFile<'_>| draft.file(&file.path).is_some_and(|listed| holds(&work, listed));
        side.iter().filter(|file| !is_there(file)).try_for_each(|file| self.put_beside(file))?;
        self.write(&format!("{WORK}/{DRAFT}"), &draft.to_bytes())?;
        if matches!(way, Way::TakeUp(_)) { self.withdraw() } else { Ok(()) }
    }

    /// Why [`Self::open`] would refuse `root` to a dataset of `draft`'s plan, if it would; writes nothing.
    pub fn refusal(root: &Path, draft: &Manifest, other: Other) -> Option<Error> {
        let found = links::refuse(root).and_then(|()| Found::at(root));
        found.and_then(|found| found.way_to(draft, root, other).map(|_| ())).err()
    }

    /// Opens `root` to commit what workers built.
    ///
    /// # Errors
    /// If there is nothing to commit, or the folder is locked.
    pub fn reopen(root: &Path) -> Result<(Outcome, Box<Manifest>)> {
        let nothing = |why: &str| Err(Error::NotADataset(format!("{}: {why} (run `prebake build` first)", shown(root))));
        links::refuse(root)?;
        Self::finish_replacing(root)?;
        Self::end_before(root);
        match Found::at(root) {
            Ok(Found::Complete(there)) if let Some(draft) = Self::update_of(&there, root)? => {
                let mut output = Self::lock(root, None)?;
                output.keep(&there, &draft, Trust::Lengths)?;
                output.sweep()?;
                Ok((Outcome::Open(output), Box::new(draft)))
            }
            Ok(Found::Complete(manifest)) if manifest.is_whole_at(root) => {
                Self::try_end(root, &manifest.plan_hash);
                Ok((Outcome::Complete(manifest.clone()), manifest))
            }
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

    /// Takes the locks of `root`.
    ///
    /// # Errors
    /// If another run has them.
    pub(super) fn lock(root: &Path, worker: Option<Worker<'_>>) -> Result<Self> {
        let locks = Locks::take(root, worker)?;
        Ok(Self { root: root.to_path_buf(), kept: BTreeMap::new(), replaces: None, locks, luck: Arc::default() })
    }

    /// Whether other workers may write to the folder as well.
    pub(super) fn is_shared(&self) -> bool {
        self.locks.are_shared()
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
        self.staged(relative, bytes)?.finish()
    }

    /// As [`Self::write`], of what may be lost with the machine.
    pub(super) fn write_lightly(&self, relative: &str, bytes: &[u8]) -> Result<()> {
        let mut file = Staged::below(&self.root, relative)?;
        file.write(bytes)?;
        file.name()
    }

    /// Writes a file beside the shards to where it waits for the commit.
    ///
    /// # Errors
    /// If the system refuses.
    pub(super) fn put_beside(&self, file: &SideFile<'_>) -> Result<()> {
        let mut staged = Staged::below(&self.root, &format!("{WORK}/{}", file.path))?;
        file.each_piece(|piece| staged.write(piece))?;
        staged.finish()
    }

    /// A whole file on the disk that has not its name yet.
    fn staged(&self, relative: &str, bytes: &[u8]) -> Result<Staged> {
        let mut file = Staged::below(&self.root, relative)?;
        file.write(bytes)?;
        file.sync()?;
        Ok(file)
    }

    /// Writes the files beside the shards, then the manifest, then removes what only the dataset before it had.
    ///
    /// # Errors
    /// If a shard is missing, or the system refuses.
    pub fn commit(mut self, mut manifest: Manifest) -> Result<Manifest> {
        for (name, split) in &mut manifest.splits {
            let side = Side::called(name).ok_or_else(|| self.missing(name, 0, 0))?;
            for epoch in 0..split.epochs {
                let shards = (0..split.shards_per_epoch).map(|index| {
                    self.receipt_at(&manifest.plan_hash, side, epoch, index).ok_or_else(|| self.missing(name, epoch, index))
                });
                let shards = shards.collect::<Result<Vec<_>>>()?;
                // Whole files of one plan that hold another number of rows are receipts that somebody edited.
                if shards.iter().map(|shard| shard.rows).sum::<u64>() != split.rows_per_epoch {
                    return Err(self.missing(name, epoch, 0));
                }
                split.shards.extend(shards);
            }
        }
        self.sync_epochs(&manifest)?;
        let beside = manifest.files.iter().map(|file| {
            let from = self.root.join(WORK).join(&file.path);
            let mut copy = Staged::below(&self.root, &file.path)?;
            let mut file = File::open(&from).map_err(Error::io(&from, "cannot read"))?;
            io::copy(&mut file, &mut copy).map_err(Error::io(&from, "cannot copy"))?;
            copy.sync()?;
            Ok(copy)
        });
        // All are on the disk before the first has its name, so that an update changes them and the manifest almost at once.
        let beside = beside.collect::<Result<Vec<Staged>>>()?;
        let last = self.staged(FILE, &manifest.to_bytes())?;
        let before = self.note_before()?;
        beside.into_iter().try_for_each(Staged::name)?;
        sync_folder(&self.root)?;
        last.name()?;
        sync_folder(&self.root)?;
        if let Some(before) = before {
            self.remove_leftovers(&before, &manifest)?;
        }
        self.sweep_shards(&manifest)?;
        self.clear()?;
        self.replaces.take().map_or(Ok(()), |output| output.take_place(&manifest))?;
        Ok(manifest)
    }

    /// Brings the names of all shards to the disk.
    pub(super) fn sync_epochs(&self, manifest: &Manifest) -> Result<()> {
        for (name, split) in &manifest.splits {
            (0..split.epochs).try_for_each(|epoch| sync_folder(&self.root.join(format!("{name}/epoch-{epoch:03}"))))?;
            sync_folder(&self.root.join(name))?;
        }
        Ok(())
    }

    fn missing(&self, split: &str, epoch: u64, index: u64) -> Error {
        Error::NotADataset(format!(
            "{}: not finished: {split} epoch {epoch} shard {index} is missing (run the remaining workers, then commit again)",
            shown(&self.root)
        ))
    }
}

/// Workers that begin together would remove each other's shards.
fn not_by_workers(root: &Path) -> Error {
    let problem =
        "holds a dataset of another plan, which workers cannot replace (remove the folder first, or build into another)";
    Error::Usage(format!("{}: {problem}", shown(root)))
}

/// Brings the names in a folder to the disk.
///
/// # Errors
/// If the system refuses.
pub fn sync_folder(folder: &Path) -> Result<()> {
    File::open(folder).and_then(|file| file.sync_all()).map_err(Error::io(folder, "cannot write to disk"))
}

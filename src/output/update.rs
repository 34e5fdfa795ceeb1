//! From one dataset to the next in the same folder.
//!
//! Files of the next one have names of their own, so the one that is there stays whole until its manifest is replaced. Only then
//! is removed what the next one does not list; a run that is killed on the way leaves a note of it, and the next run does it.

use super::folder::sync_folder;
use super::{Output, Sorted, Trust, WORK, draft_in, shard_path, staged};
use crate::error::{Error, Result, shown};
use crate::manifest::{FILE, Manifest, ShardFiles};
use crate::plan::Slot;
use std::collections::BTreeSet;
use std::path::Path;

/// The manifest of the dataset before this one, while it is replaced.
pub(super) const BEFORE: &str = "before.json";

impl Output {
    /// Keeps of the dataset `there` what `draft` plans as well, and can be trusted.
    ///
    /// # Errors
    /// If what an update left that was given up cannot be removed.
    pub(super) fn keep(&mut self, there: &Manifest, draft: &Manifest, trust: Trust) -> Result<()> {
        self.drop_other_updates(there, draft)?;
        let shards = there.splits.values().flat_map(|split| &split.shards).map(|shard| ((), shard)).collect();
        let shards = Sorted::new(&self.root, shards, trust).trusted.into_iter().map(|((), shard)| shard);
        let by_path = shards.filter_map(|shard| Some((shard.arrays.get("images")?.path.clone(), shard.clone())));
        self.kept = by_path.collect();
        Ok(())
    }

    /// The files of an earlier dataset that are those of `shard`: the name says it.
    pub(super) fn kept_for(&self, shard: &Slot) -> Option<ShardFiles> {
        let files = self.kept.get(&shard_path(shard, "images"))?;
        Some(ShardFiles { index: shard.index, ..files.clone() })
    }

    /// The draft of an update of the dataset `there` that was begun in `root`, if there is one.
    pub(super) fn update_of(there: &Manifest, root: &Path) -> Result<Option<Manifest>> {
        let draft = draft_in(root)?;
        Ok(draft.filter(|draft| draft.plan_hash != there.plan_hash && draft.may_keep(there)))
    }

    /// Removes what an update to another plan than `draft`'s made, and that is no part of `there`.
    fn drop_other_updates(&self, there: &Manifest, draft: &Manifest) -> Result<()> {
        let other = Self::update_of(there, &self.root)?.filter(|other| other.plan_hash != draft.plan_hash);
        if other.is_none() {
            return Ok(());
        }
        if self.is_shared() {
            let begun =
                "an update to another plan was begun (finish it with `prebake commit`, or give it up: --update without --worker)";
            return Err(Error::Usage(format!("{}: {begun}", shown(&self.root))));
        }
        let listed: BTreeSet<&str> = there.listed().map(|file| file.path.as_str()).collect();
        self.drop_receipts(|path| !listed.contains(path))
    }

    /// The dataset that the one in `root` replaced, if the run that did it was killed before its end.
    ///
    /// # Errors
    /// If the note of it is not a manifest that this program can read.
    pub fn before_in(root: &Path) -> Result<Option<Manifest>> {
        Manifest::load(&root.join(WORK).join(BEFORE))
    }

    /// Notes which dataset is about to be replaced, if one is.
    pub(super) fn note_before(&self) -> Result<Option<Manifest>> {
        let before = Manifest::load(&self.root.join(FILE))?;
        if let Some(before) = &before {
            self.write(&format!("{WORK}/{BEFORE}"), &before.to_bytes())?;
            sync_folder(&self.root.join(WORK))?;
        }
        Ok(before)
    }

    /// Removes the files of the dataset `before` that `now` does not list.
    pub(super) fn remove_leftovers(&self, before: &Manifest, now: &Manifest) -> Result<()> {
        let listed: BTreeSet<&str> = now.listed().map(|file| file.path.as_str()).collect();
        before.listed().filter(|file| !listed.contains(file.path.as_str())).try_for_each(|file| self.remove_file(&file.path))?;
        self.remove_empty_folders(before);
        Ok(())
    }

    /// Ends what a run did not that was killed after it wrote the manifest `now`; gives up an update of it that was begun.
    pub(super) fn finish_up(&self, now: &Manifest) -> Result<()> {
        if let Some(before) = Self::before_in(&self.root)? {
            self.remove_leftovers(&before, now)?;
        }
        self.sweep_shards(now)?;
        self.clear()
    }

    /// Ends in `root`, where the dataset of the plan `plan_hash` is, what a run did not that was killed after it wrote its manifest; a
    /// begun one of another plan, in its place or beside it, stays if it is `kept`.
    ///
    /// # Errors
    /// If a run works there, or the system refuses.
    pub(super) fn end(root: &Path, plan_hash: &str, kept: bool) -> Result<()> {
        if !root.join(WORK).is_dir() {
            return Ok(());
        }
        let output = Self::lock(root, None)?;
        // What was there before the lock, another run may have replaced.
        let Some(now) = Manifest::load(&root.join(FILE))?.filter(|now| now.plan_hash == plan_hash) else { return Ok(()) };
        let begun = Self::update_of(&now, root)?.is_some() || staged(root)?.is_some();
        if kept && begun { Ok(()) } else { output.finish_up(&now) }
    }

    /// Ends in `root`, where the dataset of the plan `plan_hash` is, what a run did not that was killed after it wrote its manifest; what
    /// is begun stays. Where nothing may be written, or a run works, all stays: the dataset is whole all the same.
    pub fn try_end(root: &Path, plan_hash: &str) {
        let _ = Self::end(root, plan_hash, true);
    }

    /// Ends what a run did not that was killed after it wrote the manifest that is in `root`, in place of another. Where nothing may
    /// be written, it stays: the dataset is whole all the same.
    pub(super) fn end_before(root: &Path) {
        let Ok(Some(now)) = Manifest::load(&root.join(FILE)) else { return };
        if matches!(Self::before_in(root), Ok(Some(before)) if before.plan_hash != now.plan_hash) {
            let _ = Self::end(root, &now.plan_hash, false);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::example;
    use tempfile::TempDir;

    #[test]
    fn what_is_ended_is_the_dataset_that_is_there_under_the_lock() {
        let root = TempDir::new().unwrap();
        let text = example();
        let now = Manifest::parse(&text).unwrap();
        std::fs::write(root.path().join(FILE), &text).unwrap();
        let unlisted = root.path().join("train/epoch-000/images-00008-of-00009.npy");
        std::fs::create_dir_all(unlisted.parent().unwrap()).unwrap();
        std::fs::write(&unlisted, "a shard").unwrap();
        std::fs::create_dir(root.path().join(WORK)).unwrap();
        // Whoever looked before another run replaced the dataset.
        Output::end(root.path(), "the hash of what was there", true).unwrap();
        assert!(unlisted.exists());
        Output::end(root.path(), &now.plan_hash, true).unwrap();
        assert!(!unlisted.exists() && !root.path().join(WORK).exists());
    }
}

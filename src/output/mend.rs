//! Makes a damaged dataset an unfinished one, which the ordinary way finishes.

use super::folder::sync_folder;
use super::receipts::receipt_path;
use super::{DRAFT, Output, Planned, Room, WORK, links, shard_paths};
use crate::error::{Error, Result, shown};
use crate::manifest::{FILE, Manifest, ShardFiles, SideFile};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// A shard whose files are as they were made, with its side.
pub type Kept = (String, ShardFiles);

impl Output {
    /// Opens `root`, which holds what is left of the dataset of `draft`'s plan, and held `seen` as its manifest when that was looked
    /// at: `kept` stays, all else will be made again. Killed at any moment, it leaves the dataset as damaged as it was, or an
    /// unfinished one.
    ///
    /// # Errors
    /// If there is no room, the folder is locked or was changed since, or the system refuses.
    pub fn mend(
        root: &Path,
        seen: Option<&[u8]>,
        draft: &Manifest,
        side: &[SideFile<'_>],
        kept: &[Kept],
        planned: &Planned,
    ) -> Result<Self> {
        Room { root, draft, planned }.require(0)?;
        let receipts = root.join(WORK).join("receipts");
        links::make_folder_of(root, &Path::new(WORK).join("receipts/any"))?;
        let output = Self::lock(root, None)?;
        // Looking takes long, and may not write, so that no lock is held; what another run did meanwhile must not be undone.
        if fs::read(root.join(FILE)).ok().as_deref() != seen {
            return Err(Error::Changed(shown(root)));
        }
        output.drop_staged()?;
        output.sweep()?;
        side.iter().try_for_each(|file| output.put_beside(file))?;
        output.write(&format!("{WORK}/{DRAFT}"), &draft.to_bytes())?;
        let mut noted = BTreeSet::new();
        for (side, shard) in kept {
            output.put_receipt(&draft.plan_hash, side, shard)?;
            noted.insert(root.join(receipt_path(side, shard.epoch, shard.index)));
        }
        for entry in fs::read_dir(&receipts).map_err(Error::io(&receipts, "cannot list"))?.flatten() {
            let stale = entry.path();
            if !noted.contains(&stale) {
                fs::remove_file(&stale).map_err(Error::io(&stale, "cannot remove"))?;
            }
        }
        sync_folder(&receipts)?;
        sync_folder(&root.join(WORK))?;
        // What is to be written again must not be followed elsewhere.
        for path in paths(draft, planned).chain([FILE.to_string()]).map(|path| root.join(path)) {
            let removed = match fs::symlink_metadata(&path) {
                Ok(there) if there.is_dir() => fs::remove_dir(&path),
                Ok(there) if there.is_symlink() || path.ends_with(FILE) => fs::remove_file(&path),
                _ => Ok(()),
            };
            removed.map_err(Error::io(&path, "cannot remove"))?;
        }
        sync_folder(root)?;
        Ok(output)
    }

    /// Does `work` in `root`, where the dataset of `manifest` is, and keeps other runs out meanwhile.
    ///
    /// # Errors
    /// If one is in it, or changed it; or as `work`.
    pub fn alone(root: &Path, manifest: &Manifest, work: impl FnOnce() -> Result<()>) -> Result<()> {
        let working = root.join(WORK).is_dir();
        links::make_folder_of(root, &Path::new(WORK).join("any"))?;
        let output = Self::lock(root, None)?;
        let same = Manifest::load(&root.join(FILE))?.is_some_and(|there| there.plan_hash == manifest.plan_hash);
        let done = if same { work() } else { Err(Error::Changed(shown(root))) };
        // What another run noted there stays.
        if working { done } else { done.and(output.clear()) }
    }
}

/// What stands where a dataset has a file of `paths` and would have to be moved away first, since it holds files of others: a folder
/// that is not empty, or a file in place of a folder.
///
/// # Errors
/// With the first of them.
pub fn obstacle(root: &Path, paths: impl Iterator<Item = String>) -> Result<()> {
    let refused = |path: &Path, what: &str| {
        Err(Error::Verification(vec![format!("{}: {what} (move it away, then run the command again)", shown(path))]))
    };
    let paths: Vec<PathBuf> = paths.chain([FILE.to_string()]).map(|path| root.join(path)).collect();
    let folders: BTreeSet<&Path> = paths.iter().filter_map(|path| path.parent()).collect();
    for folder in folders {
        for above in folder.ancestors().take_while(|above| *above != root) {
            if fs::symlink_metadata(above).is_ok_and(|there| !there.is_dir()) && !above.is_dir() {
                return refused(above, "a file in place of a folder");
            }
        }
    }
    for path in &paths {
        let folder = fs::symlink_metadata(path).is_ok_and(|there| there.is_dir());
        if folder && fs::read_dir(path).is_ok_and(|mut entries| entries.next().is_some()) {
            return refused(path, "a folder in place of a file, and not empty");
        }
    }
    Ok(())
}

/// The path of every file that is planned, but the manifest's.
pub fn paths<'a>(draft: &'a Manifest, planned: &'a Planned) -> impl Iterator<Item = String> + 'a {
    let shards = planned.slots.iter().flat_map(|slot| shard_paths(slot, draft.arrays.keys())).map(|(_, path)| path);
    draft.files.iter().map(|file| file.path.clone()).chain(shards)
}

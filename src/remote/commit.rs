//! From receipts to the manifest, the commit point: written once, whoever commits.

use super::{ELSEWHERE, Outcome, Remote, clear, draft_path, is_whole, lengths, manifest_at};
use crate::error::{Error, Result};
use crate::manifest::{FILE, Listed, Manifest, ShardFiles};
use crate::output::{WORK, read_receipt, receipt_path};
use crate::store::Bucket;
use std::collections::BTreeSet;
use std::io::ErrorKind;

/// Bytes that are copied at once.
const PIECE: usize = 32 << 20;

impl Remote {
    /// Opens what is below `url` to commit what workers built.
    ///
    /// # Errors
    /// If there is nothing to commit.
    pub fn reopen(url: &str) -> Result<(Outcome, Box<Manifest>)> {
        let bucket = Bucket::open(url)?;
        if let Some((there, _)) = manifest_at(&bucket, FILE)? {
            clear(&bucket)?;
            let there = Box::new(there);
            return Ok((Outcome::Complete(there.clone()), there));
        }
        let Some((draft, _)) = manifest_at(&bucket, &draft_path())? else {
            let nothing = "no build of prebake to commit (run `prebake build` first)";
            return Err(Error::NotADataset(format!("{}: {nothing}", bucket.place(""))));
        };
        Ok((Outcome::Open(Self::of(bucket, BTreeSet::new())), Box::new(draft)))
    }

    /// Checks that all shards are there, writes the files beside them, and then the manifest.
    ///
    /// # Errors
    /// If a shard is missing, another manifest is there, or the store refuses.
    pub fn commit(&self, draft: &Manifest) -> Result<Manifest> {
        self.conclude(draft).or_else(|error| match manifest_at(&self.bucket, FILE) {
            // Another commit was faster, and took away what this one was reading.
            Ok(Some((there, _))) if there.is_of_plan(draft) => Ok(there),
            _ => Err(error),
        })
    }

    fn conclude(&self, draft: &Manifest) -> Result<Manifest> {
        let mut manifest = draft.clone();
        let names: BTreeSet<String> = self.bucket.list(&format!("{WORK}/receipts"))?.into_iter().map(|one| one.path).collect();
        let (mut wanted, mut counts) = (Vec::new(), Vec::new());
        for (side, split) in &manifest.splits {
            for (epoch, index) in (0..split.epochs).flat_map(|epoch| (0..split.shards_per_epoch).map(move |index| (epoch, index)))
            {
                let path = receipt_path(side, epoch, index);
                if !names.contains(&path) {
                    return Err(self.missing(side, epoch, index));
                }
                wanted.push(path);
            }
            counts.push(wanted.len());
        }
        let mut shards = self.shards(&wanted, &manifest.plan_hash)?;
        for (count, (side, split)) in counts.iter().rev().zip(manifest.splits.iter_mut().rev()) {
            let before = count - usize::try_from(split.epochs * split.shards_per_epoch).unwrap_or(0);
            split.shards = shards.split_off(before);
            let rows: u64 = split.shards.iter().map(|shard| shard.rows).sum();
            if rows != split.rows_per_epoch * split.epochs {
                return Err(self.missing(side, 0, 0));
            }
        }
        manifest.files.iter().try_for_each(|file| self.bring(file))?;
        self.uploads.settle()?;
        if self.bucket.put_if(FILE, &manifest.to_bytes(), None)?.is_none() {
            return Err(Error::Changed(self.bucket.place("")));
        }
        clear(&self.bucket)?;
        Ok(manifest)
    }

    /// Copies a file beside the shards from where it waited, in pieces: it may be as long as there are pictures.
    fn bring(&self, file: &Listed) -> Result<()> {
        let from = format!("{WORK}/{}", file.path);
        let mut copy = self.uploads.begin(&file.path, file.bytes)?;
        let mut piece = Vec::new();
        let mut at = 0;
        while at < file.bytes {
            piece.resize(usize::try_from(file.bytes - at).map_or(PIECE, |left| left.min(PIECE)), 0);
            self.bucket.read_at(&from, at, &mut piece, None).map_err(|error| match error.kind() {
                ErrorKind::NotFound => Error::Changed(self.bucket.place("")),
                _ => Error::Store(format!("{}: cannot read: {error}", self.bucket.place(&from))),
            })?;
            copy.write(&piece)?;
            at += piece.len() as u64;
        }
        copy.finish()
    }

    /// What the receipts at `paths` say, whose objects are all there.
    fn shards(&self, paths: &[String], plan_hash: &str) -> Result<Vec<ShardFiles>> {
        let there = lengths(self.bucket.list("")?);
        let (mut shards, mut lost) = (Vec::with_capacity(paths.len()), Vec::new());
        for (path, bytes) in paths.iter().zip(self.bucket.get_all(paths)?) {
            match read_receipt(&bytes).filter(|(hash, files)| hash == plan_hash && is_whole(files, &there)) {
                Some((_, files)) => shards.push(files),
                None => lost.push(path.clone()),
            }
        }
        if lost.is_empty() {
            return Ok(shards);
        }
        // The next run makes them again.
        let (first, count) = (lost[0].clone(), lost.len());
        self.bucket.remove(lost)?;
        let remedy = "run the workers again, then commit again";
        let place = self.bucket.place("");
        Err(Error::NotADataset(format!(
            "{place}: not finished: objects of {count} shards were lost, of {first} first ({remedy})"
        )))
    }

    fn missing(&self, side: &str, epoch: u64, index: u64) -> Error {
        let remedy = "run the remaining workers, then commit again";
        let place = self.bucket.place("");
        Error::NotADataset(format!("{place}: not finished: {side} epoch {epoch} shard {index} is missing ({remedy})"))
    }
}

/// That a bucket cannot do what a folder can.
pub(crate) fn only_folders(url: &str, what: &str) -> Error {
    Error::Usage(format!("{url}: {what} works in folders only ({ELSEWHERE})"))
}

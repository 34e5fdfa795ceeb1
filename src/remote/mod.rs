//! Datasets that are built into a bucket.
//!
//! Nothing is renamed or locked there: an object is seen when it is whole, equal objects may be written twice, the plan is noted by
//! whoever is first (create-if-absent), and so is the manifest. The keys are those of a folder, `.prebake/` included, so that either
//! can be copied to the other.

mod check;
mod commit;
mod leases;
mod run;
mod status;

pub use check::check;
pub use run::{build, commit};
pub use status::status;

use crate::error::{Error, Result, few};
use crate::manifest::{FILE, Manifest, ShardFiles, SideFile};
use crate::output::{Begun, DRAFT, Depot, OPEN_SHARDS, WORK, receipt_path, receipt_text};
use crate::plan::Slot;
use crate::spec::fields::Choice;
use crate::store::{Bucket, Object, Upload, Uploads};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How many differences a refusal names.
const NAMED: usize = 8;
/// Bytes of shards that may wait to be sent.
const WAITING: u64 = 64 << 20;
/// How old a listing of receipts may be for a worker among others.
const LISTED: Duration = Duration::from_secs(2);
/// What can be done about what is there.
const ELSEWHERE: &str = "choose another place, or remove the objects there";

/// A bucket that this run may write to.
#[derive(Debug)]
pub struct Remote {
    bucket: Bucket,
    uploads: Arc<Uploads>,
    /// The paths of the receipts that are there.
    receipts: Mutex<Receipts>,
    /// Whether other workers write receipts that this one wants to see.
    others: bool,
}

/// The paths of receipts, as they were listed, and those that were written since.
#[derive(Debug)]
struct Receipts {
    paths: BTreeSet<String>,
    listed: Instant,
    /// How long the listing took.
    took: Duration,
}

impl Receipts {
    fn list(bucket: &Bucket) -> Result<Self> {
        let started = Instant::now();
        let paths = bucket.list(&format!("{WORK}/receipts"))?.into_iter().map(|object| object.path).collect();
        Ok(Self { paths, listed: Instant::now(), took: started.elapsed() })
    }

    /// Whether a new listing is worth its time: a bucket of many receipts is asked seldom.
    fn is_old(&self) -> bool {
        self.listed.elapsed() > LISTED.max(self.took * 10)
    }
}

/// What was found in the bucket.
#[derive(Debug)]
pub enum Outcome {
    /// It holds the dataset already.
    Complete(Box<Manifest>),
    /// It is open for writing.
    Open(Remote),
}

fn draft_path() -> String {
    format!("{WORK}/{DRAFT}")
}

/// Lengths by path.
type Lengths = BTreeMap<String, u64>;

fn lengths(objects: Vec<Object>) -> Lengths {
    objects.into_iter().map(|object| (object.path, object.bytes)).collect()
}

fn is_whole(files: &ShardFiles, there: &Lengths) -> bool {
    files.arrays.values().all(|file| there.get(&file.path) == Some(&file.bytes))
}

/// Whether every file that `dataset` lists is there, in its full length.
fn is_complete(dataset: &Manifest, there: &Lengths) -> bool {
    dataset.listed().all(|file| there.get(&file.path) == Some(&file.bytes))
}

/// The manifest at `path`, if there is one.
fn manifest_at(bucket: &Bucket, path: &str) -> Result<Option<(Manifest, Option<String>)>> {
    let Some((bytes, version)) = bucket.get(path)? else { return Ok(None) };
    let not_ours = |why| Error::NotADataset(format!("{}: not a manifest of prebake: {why} ({ELSEWHERE})", bucket.place(path)));
    Manifest::parse(&bytes).map(|manifest| Some((manifest, version))).map_err(not_ours)
}

impl Remote {
    fn of(bucket: Bucket, paths: BTreeSet<String>) -> Self {
        let receipts = Mutex::new(Receipts { paths, listed: Instant::now(), took: Duration::ZERO });
        Self { uploads: Arc::new(Uploads::new(bucket.clone())), bucket, receipts, others: false }
    }

    /// The same, for a worker that looks for what others did.
    #[must_use]
    pub fn among_others(self) -> Self {
        Self { others: true, ..self }
    }

    /// Refuses to call it done if the objects were removed meanwhile, and another plan's build began in their place.
    ///
    /// # Errors
    /// If it is so.
    pub fn is_still_of(&self, draft: &Manifest) -> Result<()> {
        let there = match manifest_at(&self.bucket, &draft_path())? {
            Some(there) => Some(there),
            None => manifest_at(&self.bucket, FILE)?,
        };
        match there {
            Some((there, _)) if there.is_of_plan(draft) => Ok(()),
            _ => Err(Error::Changed(self.bucket.place(""))),
        }
    }

    fn receipts(&self) -> MutexGuard<'_, Receipts> {
        self.receipts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Opens what is below `url` for the plan of `draft`: new, or left unfinished by runs with the same plan.
    ///
    /// # Errors
    /// If something else is there, or the store refuses.
    pub fn open(url: &str, draft: &Manifest, side: &[SideFile<'_>]) -> Result<Outcome> {
        let bucket = Bucket::open(url)?;
        if let Some((there, _)) = manifest_at(&bucket, FILE)? {
            return Self::with_dataset(bucket, there, draft, side);
        }
        let begun = match manifest_at(&bucket, &draft_path())? {
            Some((begun, _)) => begun,
            None => {
                let is_foreign = |object: &Object| !object.path.starts_with(&format!("{WORK}/"));
                // The first few tell: what others began meanwhile is ours.
                let begun = || Ok(manifest_at(&bucket, &draft_path())?.is_some() || manifest_at(&bucket, FILE)?.is_some());
                if bucket.list_at_most("", 1000)?.iter().any(is_foreign) && !begun()? {
                    let place = bucket.place("");
                    return Err(Error::Usage(format!("{place}: not empty, and not a dataset of prebake ({ELSEWHERE})")));
                }
                // Of runs that begin at once, one is first.
                bucket.put_if(&draft_path(), &draft.to_bytes(), None)?;
                manifest_at(&bucket, &draft_path())?.ok_or_else(|| Error::Changed(bucket.place("")))?.0
            }
        };
        if !begun.is_of_plan(draft) {
            return Err(Error::Usage(refusal(&bucket, "an unfinished build", &begun, draft)));
        }
        // Another run may have begun and ended since the first look; a manifest is there before its draft goes.
        if let Some((there, _)) = manifest_at(&bucket, FILE)? {
            bucket.remove(vec![draft_path()])?;
            return Self::with_dataset(bucket, there, draft, side);
        }
        let remote = Self::of(bucket, BTreeSet::new());
        remote.put_beside(draft, side)?;
        let receipts = Mutex::new(Receipts::list(&remote.bucket)?);
        Ok(Outcome::Open(Self { receipts, ..remote }))
    }

    /// What to do where a dataset is `there`.
    fn with_dataset(bucket: Bucket, there: Manifest, draft: &Manifest, side: &[SideFile<'_>]) -> Result<Outcome> {
        if !there.is_of_plan(draft) {
            return Err(Error::Usage(refusal(&bucket, "a dataset", &there, draft)));
        }
        let objects = lengths(bucket.list("")?);
        if !is_complete(&there, &objects) {
            return Self::take_up(bucket, &there, &objects, side).map(Outcome::Open);
        }
        clear(&bucket)?;
        Ok(Outcome::Complete(Box::new(there)))
    }

    /// Makes a dataset that lost objects an unfinished one, which still has the others.
    fn take_up(bucket: Bucket, there: &Manifest, objects: &Lengths, side: &[SideFile<'_>]) -> Result<Self> {
        let remote = Self::of(bucket, BTreeSet::new());
        let shards = there.splits.iter().flat_map(|(name, split)| split.shards.iter().map(move |shard| (name, shard)));
        let mut receipts = BTreeSet::new();
        for (name, shard) in shards.filter(|(_, shard)| is_whole(shard, objects)) {
            let path = receipt_path(name, shard.epoch, shard.index);
            remote.uploads.send(&path, receipt_text(&there.plan_hash, shard).into_bytes(), std::iter::empty());
            remote.uploads.check()?;
            receipts.insert(path);
        }
        remote.uploads.settle()?;
        remote.put_beside(there, side)?;
        let draft = Manifest {
            splits: there.splits.iter().map(|(name, split)| (name.clone(), split.without_shards())).collect(),
            ..there.clone()
        };
        remote.bucket.put(&draft_path(), draft.to_bytes())?;
        remote.bucket.remove(vec![FILE.into()])?;
        remote.receipts().paths = receipts;
        Ok(remote)
    }

    /// Writes the files beside the shards that are not there, where they wait for the commit.
    fn put_beside(&self, draft: &Manifest, side: &[SideFile<'_>]) -> Result<()> {
        for file in side {
            let (path, bytes) = (format!("{WORK}/{}", file.path), draft.file(&file.path).map_or(0, |listed| listed.bytes));
            if self.bucket.head(&path)?.is_none_or(|there| there.bytes != bytes) {
                let mut upload = self.uploads.begin(&path, bytes)?;
                file.each_piece(|piece| upload.write(piece))?;
                upload.finish()?;
            }
        }
        self.uploads.settle()
    }
}

/// Removes what only builds need: a commit that was killed, or a worker that came late, may have left it.
fn clear(bucket: &Bucket) -> Result<()> {
    let work: Vec<String> = bucket.list(WORK)?.into_iter().map(|object| object.path).collect();
    if work.is_empty() { Ok(()) } else { bucket.remove(work) }
}

fn refusal(bucket: &Bucket, what: &str, there: &Manifest, here: &Manifest) -> String {
    let differences = few(there.differences(here), NAMED, |more| format!("and {more} more"));
    format!("{}: holds {what} of another plan ({ELSEWHERE}):\n  {}", bucket.place(""), differences.join("\n  "))
}

impl Depot for Remote {
    fn has(&self, _plan_hash: &str, shard: &Slot) -> Result<bool> {
        let path = receipt_path(shard.side.word(), shard.epoch, shard.index);
        let mut receipts = self.receipts();
        if self.others && !receipts.paths.contains(&path) && receipts.is_old() {
            *receipts = Receipts::list(&self.bucket)?;
        }
        Ok(receipts.paths.contains(&path))
    }

    fn begin(&self, path: &str, bytes: u64) -> Result<Box<dyn Begun>> {
        Ok(Box::new(self.uploads.begin(path, bytes)?))
    }

    fn write(&self, path: &str, bytes: Vec<u8>) -> Result<()> {
        self.uploads.check()?;
        self.uploads.send(path, bytes, std::iter::empty());
        Ok(())
    }

    fn note(&self, plan_hash: &str, shard: &Slot, files: &ShardFiles) -> Result<()> {
        let path = receipt_path(shard.side.word(), shard.epoch, shard.index);
        let after = files.arrays.values().map(|file| file.path.clone());
        self.uploads.send(&path, receipt_text(plan_hash, files).into_bytes(), after);
        // Whoever asks waits for all of them first.
        self.receipts().paths.insert(path);
        Ok(())
    }

    fn settle(&self) -> Result<()> {
        self.uploads.settle()
    }

    fn backlog(&self, shard_bytes: u64) -> usize {
        usize::try_from(WAITING / shard_bytes.max(1)).unwrap_or(OPEN_SHARDS).clamp(1, OPEN_SHARDS)
    }
}

impl Begun for Upload {
    fn write(&mut self, bytes: &[u8]) -> Result<()> {
        Self::write(self, bytes)
    }

    fn finish(self: Box<Self>) -> Result<()> {
        Self::finish(*self)
    }
}

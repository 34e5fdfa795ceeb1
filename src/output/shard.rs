//! The files of a shard.

use super::{Output, staged::Staged};
use crate::error::Result;
use crate::manifest::{Array, Listed, Manifest, ShardFiles};
use crate::npy;
use crate::plan::Shard;
use crate::spec::fields::Choice;
use std::collections::BTreeMap;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use xxhash_rust::xxh3::Xxh3;

/// Pieces that may wait for an earlier one; threads that are further ahead than this wait too.
const AHEAD: usize = 16;

/// A shard that is being written: its images come in pieces, from any thread, in any order.
#[derive(Debug)]
pub struct OpenShard<'a> {
    output: &'a Output,
    manifest: &'a Manifest,
    shard: Shard,
    path: String,
    images: Mutex<Images>,
    written: Condvar,
}

/// The images file: what is written is a beginning, without gaps, and its hash.
struct Images {
    file: Staged,
    bytes: u64,
    hash: Xxh3,
    next: usize,
    waiting: BTreeMap<usize, Vec<u8>>,
    spare: Vec<Vec<u8>>,
    failed: bool,
}

impl std::fmt::Debug for Images {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Images").field("file", &self.file).field("next", &self.next).finish_non_exhaustive()
    }
}

impl<'a> OpenShard<'a> {
    /// Begins `shard` in `output`.
    ///
    /// # Errors
    /// If the system refuses.
    pub fn new(output: &'a Output, manifest: &'a Manifest, shard: Shard) -> Result<Self> {
        let path = array_path(manifest, &shard, "images");
        let mut images = Images {
            file: Staged::new(output.root().join(&path))?,
            bytes: 0,
            hash: Xxh3::new(),
            next: 0,
            waiting: BTreeMap::new(),
            spare: Vec::new(),
            failed: false,
        };
        images.write(&header(&manifest.arrays["images"], shard.items.len() as u64))?;
        Ok(Self { output, manifest, shard, path, images: Mutex::new(images), written: Condvar::new() })
    }

    /// What is in it.
    pub fn shard(&self) -> &Shard {
        &self.shard
    }

    /// Writes piece `index` of the images once all before it are there; gives a buffer back.
    ///
    /// # Errors
    /// If the system refuses.
    pub fn put(&self, index: usize, rows: Vec<u8>) -> Result<Vec<u8>> {
        let mut images = self.lock();
        while index > images.next + AHEAD && !images.failed {
            // The time limit lets go if the thread that has the next piece met an error.
            let (again, late) = self.written.wait_timeout(images, Duration::from_secs(1)).unwrap_or_else(PoisonError::into_inner);
            images = again;
            if late.timed_out() {
                break;
            }
        }
        images.waiting.insert(index, rows);
        let written = images.write_waiting();
        images.failed |= written.is_err();
        let spare = images.spare.pop().unwrap_or_default();
        drop(images);
        self.written.notify_all();
        written.map(|()| spare)
    }

    /// Brings the shard to the disk, with its other arrays, given by name without their headers, and notes that it is there.
    ///
    /// # Errors
    /// If the system refuses.
    pub fn finish(self, others: Vec<(String, Vec<u8>)>) -> Result<()> {
        let images = self.images.into_inner().unwrap_or_else(PoisonError::into_inner);
        images.file.finish()?;
        let hash = format!("{:032x}", images.hash.digest128());
        let mut arrays = BTreeMap::new();
        arrays.insert("images".to_string(), Listed { path: self.path, bytes: images.bytes, xxh3_128: hash });
        let rows = self.shard.items.len() as u64;
        for (name, body) in others {
            let mut bytes = header(&self.manifest.arrays[&name], rows);
            bytes.extend(body);
            let path = array_path(self.manifest, &self.shard, &name);
            self.output.write(&path, &bytes)?;
            arrays.insert(name, Listed::of(path, &bytes));
        }
        let files = ShardFiles { epoch: self.shard.epoch, index: self.shard.index, rows, arrays };
        self.output.put_receipt(&self.manifest.plan_hash, self.shard.side.word(), &files)
    }

    fn lock(&self) -> MutexGuard<'_, Images> {
        self.images.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Images {
    fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.hash.update(bytes);
        self.bytes += bytes.len() as u64;
        self.file.write(bytes)
    }

    fn write_waiting(&mut self) -> Result<()> {
        while let Some(rows) = self.waiting.remove(&self.next) {
            self.write(&rows)?;
            self.next += 1;
            self.spare.push(rows);
        }
        Ok(())
    }
}

fn array_path(manifest: &Manifest, shard: &Shard, name: &str) -> String {
    let side = shard.side.word();
    let total = manifest.splits[side].shards_per_epoch;
    format!("{side}/epoch-{:03}/{name}-{:05}-of-{total:05}.npy", shard.epoch, shard.index)
}

/// The header of `rows` rows of `array`.
pub fn header(array: &Array, rows: u64) -> Vec<u8> {
    let shape: Vec<u64> = std::iter::once(rows).chain(array.shape.iter().copied()).collect();
    npy::header(&array.dtype, &shape)
}

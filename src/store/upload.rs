//! Objects that are written: at once, or in parts where they are long; seen when they are whole.

use super::Bucket;
use crate::error::{Error, Result};
use object_store::{ObjectStoreExt, WriteMultipart};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;

/// Objects that are longer are sent in parts as they grow.
const LONG: u64 = 64 << 20;
/// Bytes of a part; a store takes ten thousand.
const PART: usize = 32 << 20;
/// Parts of one object that may be on their way at once.
const PARTS: usize = 2;
/// Mebibytes of whole objects that may be on their way at once, which is also the most of them.
const ROOM: u32 = 64;

/// What becomes of an object that is on its way.
type Sent = JoinHandle<Result<()>>;

/// Objects that are on their way to a bucket.
#[derive(Debug)]
pub struct Uploads {
    bucket: Bucket,
    room: Arc<Semaphore>,
    /// Those that nobody waits for yet, by path.
    sent: Mutex<HashMap<String, Sent>>,
}

impl Uploads {
    /// Of nothing yet.
    pub fn new(bucket: Bucket) -> Self {
        Self { bucket, room: Arc::new(Semaphore::new(ROOM as usize)), sent: Mutex::default() }
    }

    fn sent(&self) -> MutexGuard<'_, HashMap<String, Sent>> {
        self.sent.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins the object at `path`, of so many bytes.
    ///
    /// # Errors
    /// If the store refuses.
    pub fn begin(self: &Arc<Self>, path: &str, bytes: u64) -> Result<Upload> {
        let mut parts = None;
        if bytes > LONG {
            let begun = Bucket::wait(async { self.bucket.store.put_multipart(&self.bucket.key(path)?).await });
            let begun = begun.map_err(self.bucket.refused(path, "cannot write"))?;
            let part = PART.max(usize::try_from(bytes / 9000).unwrap_or(PART));
            parts = Some(WriteMultipart::new_with_chunk_size(begun, part));
        }
        let room = if parts.is_some() { 0 } else { usize::try_from(bytes).unwrap_or(0) };
        Ok(Upload { uploads: Arc::clone(self), path: path.into(), whole: Vec::with_capacity(room), parts })
    }

    /// Sends the object at `path` as soon as there is room, once those at `after` are there.
    pub fn send(&self, path: &str, bytes: Vec<u8>, after: impl Iterator<Item = String>) {
        let share = u32::try_from(bytes.len().div_ceil(1 << 20)).unwrap_or(ROOM).clamp(1, ROOM);
        let before: Vec<Sent> = {
            let mut sent = self.sent();
            after.filter_map(|path| sent.remove(&path)).collect()
        };
        let (bucket, key) = (self.bucket.clone(), path.to_string());
        // What waits for others takes no room, or they might wait for it.
        let permit = before.is_empty().then(|| Bucket::wait(Arc::clone(&self.room).acquire_many_owned(share)));
        let sending = Bucket::spawn(async move {
            for one in before {
                one.await.unwrap_or_else(|panic| Err(Error::Internal(panic.to_string())))?;
            }
            let put = match bucket.key(&key) {
                Ok(at) => bucket.store.put(&at, bytes.into()).await,
                Err(error) => Err(error),
            };
            drop(permit);
            put.map(|_| ()).map_err(bucket.refused(&key, "cannot write"))
        });
        self.sent().insert(path.into(), sending);
    }

    /// Says what became of those that ended; the others go on.
    ///
    /// # Errors
    /// If one could not be written.
    pub fn check(&self) -> Result<()> {
        let ended: Vec<Sent> = {
            let mut sent = self.sent();
            let paths: Vec<String> = sent.iter().filter(|(_, one)| one.is_finished()).map(|(path, _)| path.clone()).collect();
            paths.iter().filter_map(|path| sent.remove(path)).collect()
        };
        wait_for(ended)
    }

    /// Waits for all.
    ///
    /// # Errors
    /// If one could not be written.
    pub fn settle(&self) -> Result<()> {
        let all = std::mem::take(&mut *self.sent());
        wait_for(all.into_values())
    }
}

/// Waits for all of `sent`, and tells of the first that failed.
fn wait_for(sent: impl IntoIterator<Item = Sent>) -> Result<()> {
    let mut first = Ok(());
    for one in sent {
        let done = Bucket::wait(one).unwrap_or_else(|panic| Err(Error::Internal(panic.to_string())));
        first = first.and(done);
    }
    first
}

/// An object that grows.
pub struct Upload {
    uploads: Arc<Uploads>,
    path: String,
    whole: Vec<u8>,
    parts: Option<WriteMultipart>,
}

impl std::fmt::Debug for Upload {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Upload").field("path", &self.path).finish_non_exhaustive()
    }
}

impl Upload {
    /// Takes what comes next.
    ///
    /// # Errors
    /// If a part that was sent before could not be written.
    pub fn write(&mut self, bytes: &[u8]) -> Result<()> {
        let Some(parts) = &mut self.parts else {
            self.whole.extend_from_slice(bytes);
            return Ok(());
        };
        let written = Bucket::wait(async {
            parts.wait_for_capacity(PARTS).await?;
            parts.write(bytes);
            Ok(())
        });
        written.map_err(self.uploads.bucket.refused(&self.path, "cannot write"))
    }

    /// Sends it, or its last part.
    ///
    /// # Errors
    /// If an object that was sent before could not be written, or a part of this one.
    pub fn finish(mut self) -> Result<()> {
        self.uploads.check()?;
        match self.parts.take() {
            None => self.uploads.send(&self.path, std::mem::take(&mut self.whole), std::iter::empty()),
            Some(parts) => {
                let done = Bucket::wait(parts.finish());
                done.map_err(self.uploads.bucket.refused(&self.path, "cannot write"))?;
            }
        }
        Ok(())
    }
}

impl Drop for Upload {
    fn drop(&mut self) {
        // Parts of what is not finished would be paid for.
        if let Some(parts) = self.parts.take() {
            drop(Bucket::wait(parts.abort()));
        }
    }
}

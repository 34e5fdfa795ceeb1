//! Objects that are on their way before they are asked for.

use super::Bucket;
use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

/// Mebibytes that may wait to be asked for, which is also the most requests at once.
const ROOM: u32 = 64;

/// An object that arrived, or why it did not; its room is free again when it is taken.
type Arrived = (io::Result<Vec<u8>>, OwnedSemaphorePermit);

/// What will be read, by path: nothing while there is no room for it.
type Coming = HashMap<String, Option<oneshot::Receiver<Arrived>>>;

/// What to fetch: the path, its length, its version.
pub(crate) type Wanted = (String, u64, Option<String>);

/// Objects of a bucket that will be read soon.
#[derive(Debug)]
pub struct Ahead {
    room: Arc<Semaphore>,
    coming: Arc<Mutex<Coming>>,
}

impl Default for Ahead {
    fn default() -> Self {
        Self { room: Arc::new(Semaphore::new(ROOM as usize)), coming: Arc::default() }
    }
}

fn lock(coming: &Mutex<Coming>) -> MutexGuard<'_, Coming> {
    coming.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Ahead {
    /// Fetches `wanted` in their order, as far as there is room, and goes on as they are taken.
    pub(crate) fn fetch(&self, bucket: &Bucket, wanted: Vec<Wanted>) {
        let mut places = lock(&self.coming);
        for (path, ..) in &wanted {
            // What is on its way already is not forgotten.
            places.entry(path.clone()).or_default();
        }
        drop(places);
        let (bucket, room, coming) = (bucket.clone(), Arc::clone(&self.room), Arc::clone(&self.coming));
        Bucket::spawn(async move {
            for (path, bytes, version) in wanted {
                let share = u32::try_from(bytes.div_ceil(1 << 20)).unwrap_or(ROOM).clamp(1, ROOM);
                let Ok(permit) = Arc::clone(&room).acquire_many_owned(share).await else { return };
                let (tell, told) = oneshot::channel();
                // Who could not wait fetched it meanwhile.
                match lock(&coming).get_mut(&path) {
                    Some(place @ None) => *place = Some(told),
                    _ => continue,
                }
                let bucket = bucket.clone();
                Bucket::spawn(async move {
                    let read = bucket.reading(&path, u64::MAX, version.as_deref()).await;
                    // Nobody waits any more where the run ended.
                    drop(tell.send((read, permit)));
                });
            }
        });
    }

    /// The object at `path`, if it arrived or is on its way; waits for it.
    pub fn take(&self, path: &str) -> Option<io::Result<Vec<u8>>> {
        let told = lock(&self.coming).remove(path)??;
        Bucket::wait(told).ok().map(|(read, _)| read)
    }
}

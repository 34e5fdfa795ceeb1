//! Objects that are on their way before they are asked for.

use super::Bucket;
use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
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
    /// One queue for all: what is wanted sooner must not find the room taken by what is wanted later.
    queue: UnboundedSender<Wanted>,
    coming: Arc<Mutex<Coming>>,
}

fn lock(coming: &Mutex<Coming>) -> MutexGuard<'_, Coming> {
    coming.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Ahead {
    /// Objects of `bucket`.
    pub(crate) fn of(bucket: Bucket) -> Self {
        Self::by(move |(path, _, version)| {
            let bucket = bucket.clone();
            async move { bucket.reading(&path, u64::MAX, version.as_deref()).await }
        })
    }

    /// What `read` reads.
    fn by<F>(read: impl Fn(Wanted) -> F + Send + 'static) -> Self
    where
        F: Future<Output = io::Result<Vec<u8>>> + Send + 'static,
    {
        let ((queue, wanted), coming) = (unbounded_channel(), Arc::<Mutex<Coming>>::default());
        Bucket::spawn(serve(wanted, Arc::clone(&coming), read));
        Self { queue, coming }
    }

    /// Fetches `wanted` in their order and after all that was wanted before, as far as there is room, and goes on as they are taken.
    pub(crate) fn fetch(&self, wanted: Vec<Wanted>) {
        let mut places = lock(&self.coming);
        for one in wanted {
            // What is on its way already is not forgotten.
            places.entry(one.0.clone()).or_default();
            self.queue.send(one).expect("invariant: the queue is served while there is one");
        }
    }

    /// The object at `path`, if it arrived or is on its way; waits for it.
    pub fn take(&self, path: &str) -> Option<io::Result<Vec<u8>>> {
        let told = lock(&self.coming).remove(path)??;
        Bucket::wait(told).ok().map(|(read, _)| read)
    }
}

/// Sends for what is wanted, each when there is room for it.
async fn serve<F>(mut queue: UnboundedReceiver<Wanted>, coming: Arc<Mutex<Coming>>, read: impl Fn(Wanted) -> F)
where
    F: Future<Output = io::Result<Vec<u8>>> + Send + 'static,
{
    let room = Arc::new(Semaphore::new(ROOM as usize));
    while let Some(wanted) = queue.recv().await {
        let share = u32::try_from(wanted.1.div_ceil(1 << 20)).unwrap_or(ROOM).clamp(1, ROOM);
        let permit = Arc::clone(&room).acquire_many_owned(share).await.expect("invariant: nobody closes the room");
        let (tell, told) = oneshot::channel();
        // Who could not wait fetched it meanwhile.
        match lock(&coming).get_mut(&wanted.0) {
            Some(place @ None) => *place = Some(told),
            _ => continue,
        }
        let read = read(wanted);
        Bucket::spawn(async move {
            // Nobody waits any more where the run ended.
            drop(tell.send((read.await, permit)));
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, Instant};

    #[test]
    fn what_is_wanted_first_is_sent_for_first_however_late_room_is_free() {
        let sent = Arc::<Mutex<Vec<String>>>::default();
        let ahead = Ahead::by({
            let sent = Arc::clone(&sent);
            move |(path, ..)| {
                sent.lock().unwrap().push(path.clone());
                async move { Ok(path.into_bytes()) }
            }
        });
        let names: Vec<String> = (0..64 * ROOM).map(|index| index.to_string()).collect();
        for some in names.chunks(ROOM as usize / 2) {
            ahead.fetch(some.iter().map(|name| (name.clone(), 1, None)).collect());
        }
        let deadline = Instant::now() + Duration::from_secs(60);
        for name in &names {
            // It may be our turn before theirs; but never would it be theirs if the room were held by later ones.
            while lock(&ahead.coming)[name].is_none() {
                assert!(Instant::now() < deadline, "{name} is not sent for, but others are");
                std::thread::yield_now();
            }
            assert_eq!(ahead.take(name).unwrap().unwrap(), name.as_bytes());
        }
        assert_eq!(*sent.lock().unwrap(), names);
    }
}

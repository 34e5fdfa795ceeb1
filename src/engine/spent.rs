//! Where the time of a run went.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

/// Time that threads took for a kind of work, summed over them.
#[derive(Debug, Default)]
pub struct Clock(AtomicU64);

impl Clock {
    /// Does `work` and counts how long it took.
    pub(super) fn time<T>(&self, work: impl FnOnce() -> T) -> T {
        let started = Instant::now();
        let done = work();
        let nanos = u64::try_from(started.elapsed().as_nanos()).unwrap_or(u64::MAX);
        self.0.fetch_add(nanos, Ordering::Relaxed);
        done
    }

    /// Seconds so far.
    pub fn seconds(&self) -> f64 {
        self.0.load(Ordering::Relaxed) as f64 / 1e9
    }
}

/// Where the time of all threads went; told, never written to the output.
#[derive(Debug, Default)]
pub struct Spent {
    /// Reading, decoding, and the steps that run once per picture.
    pub decode: Clock,
    /// Making rows.
    pub render: Clock,
    /// Hashing and writing rows, waiting for earlier ones, and bringing files to the disk.
    pub write: Clock,
    /// Rows that were there already.
    pub kept: AtomicU64,
}

//! What a lease says, and what a place must do to keep leases.

use crate::error::Result;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The longest that a lease may last, in seconds: what says more is damaged.
pub const LONGEST: u64 = 86_400;

/// A worker's lease on a task.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lease {
    /// The worker's name.
    pub owner: String,
    /// How often the worker renewed it, and one more: that it goes on is all that it tells.
    pub beat: u64,
    /// How many seconds it lasts after a beat, 1 to 86,400.
    pub seconds: u64,
}

impl Lease {
    /// The lease that `bytes` hold. What is damaged, or cut by the end of its writer, is a lease of nobody, which never beats.
    pub fn read(bytes: &[u8]) -> Self {
        serde_json::from_slice(bytes).unwrap_or_default()
    }

    /// What [`Self::read`] reads.
    pub fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("invariant: a lease is plain JSON")
    }

    /// How long it lasts after a beat; nothing if it does not say so.
    pub fn lasts(&self) -> Option<Duration> {
        (1..=LONGEST).contains(&self.seconds).then(|| Duration::from_secs(self.seconds))
    }
}

/// A state of a task's lease, as the place that keeps it tells it apart from all others of that task: a number, an ETag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version(pub String);

/// A place that keeps leases, one for each task at most.
///
/// Of several that take or replace the same state of a lease, one may succeed. Should two succeed all the same (a lease was given back
/// and taken again meanwhile, a file system answers from its cache), both do the task, which costs time and no byte.
pub trait Leases: Sync + std::fmt::Debug {
    /// Takes the lease on a task that has none; nothing if it has one.
    ///
    /// # Errors
    /// If the place cannot be written.
    fn take(&self, task: &str, lease: &Lease) -> Result<Option<Version>>;

    /// The lease on a task, if it has one.
    ///
    /// # Errors
    /// If the place cannot be read.
    fn look(&self, task: &str) -> Result<Option<(Lease, Version)>>;

    /// Puts `lease` in the place of the one that is there; nothing if that is no more of `version`. To renew one, and to take one over.
    ///
    /// # Errors
    /// If the place cannot be written.
    fn replace(&self, task: &str, lease: &Lease, version: &Version) -> Result<Option<Version>>;

    /// Gives back the lease of `version`.
    ///
    /// # Errors
    /// If the place cannot be written.
    fn release(&self, task: &str, version: &Version) -> Result<()>;
}

//! Leases that are objects: taken by create-if-absent, replaced by compare-and-swap.

use super::Remote;
use crate::claims::{Lease, Leases, Version};
use crate::error::Result;
use crate::output::WORK;
use crate::store::{Bucket, Object};

fn path(task: &str) -> String {
    format!("{WORK}/leases/{task}")
}

/// The leases that are held, each with when it was renewed, in seconds of the store's clock since 1970.
pub(super) fn held(bucket: &Bucket) -> Result<Vec<(Lease, i64)>> {
    let objects = bucket.list(&format!("{WORK}/leases"))?;
    let read = |Object { path, written, .. }: Object| match bucket.get(&path) {
        Ok(Some((bytes, _))) => Some(Ok((Lease::read(&bytes), written))),
        // Given back meanwhile.
        Ok(None) => None,
        Err(error) => Some(Err(error)),
    };
    objects.into_iter().filter_map(read).collect()
}

impl Leases for Remote {
    fn take(&self, task: &str, lease: &Lease) -> Result<Option<Version>> {
        Ok(self.bucket.put_if(&path(task), &lease.to_bytes(), None)?.map(Version))
    }

    fn look(&self, task: &str) -> Result<Option<(Lease, Version)>> {
        let there = self.bucket.get(&path(task))?;
        Ok(there.map(|(bytes, mark)| (Lease::read(&bytes), Version(mark.unwrap_or_default()))))
    }

    fn replace(&self, task: &str, lease: &Lease, version: &Version) -> Result<Option<Version>> {
        Ok(self.bucket.put_if(&path(task), &lease.to_bytes(), Some(&version.0))?.map(Version))
    }

    /// Whoever took it over in this moment loses it, which costs time and no byte: few stores remove by version.
    fn release(&self, task: &str, version: &Version) -> Result<()> {
        match self.look(task)? {
            Some((_, there)) if there == *version => self.bucket.remove(vec![path(task)]),
            _ => Ok(()),
        }
    }
}

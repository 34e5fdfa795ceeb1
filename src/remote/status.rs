//! How far a build in a bucket is, told from its receipts and leases.

use super::leases::held;
use super::{draft_path, is_complete, is_whole, lengths, manifest_at};
use crate::error::{Error, Result};
use crate::manifest::FILE;
use crate::output::{WORK, read_receipt};
use crate::report::Told;
use crate::status::{State, Status};
use crate::store::Bucket;
use std::collections::BTreeSet;
use std::time::SystemTime;

/// Says how far the build below `url` is; writes nothing.
///
/// # Errors
/// If nothing of ours is there, or the store refuses.
pub fn status(url: &str) -> Result<Box<dyn Told>> {
    let bucket = Bucket::open(url)?;
    if let Some((dataset, _)) = manifest_at(&bucket, FILE)? {
        let there = lengths(bucket.list("")?);
        let state = if is_complete(&dataset, &there) { State::Complete } else { State::Damaged };
        let shards = dataset.splits.values().flat_map(|split| &split.shards).filter(|shard| is_whole(shard, &there));
        let shards = shards.cloned().collect();
        return Ok(Box::new(Status::new(state, Some(&dataset), shards, BTreeSet::new(), bucket.place(""))));
    }
    let Some((draft, _)) = manifest_at(&bucket, &draft_path())? else {
        return Err(Error::NotADataset(format!("{}: no dataset of prebake (run `prebake build` first)", bucket.place(""))));
    };
    let paths: Vec<String> = bucket.list(&format!("{WORK}/receipts"))?.into_iter().map(|object| object.path).collect();
    let noted = bucket.get_all(&paths)?;
    let ours = noted.iter().filter_map(|bytes| read_receipt(bytes)).filter(|(hash, _)| *hash == draft.plan_hash);
    let shards = ours.map(|(_, files)| files).collect();
    // By our clock, which need not be the store's: so what is told is only about right.
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let leases = held(&bucket)?;
    let is_live = |written: i64, seconds: u64| u64::try_from(written).unwrap_or(0).saturating_add(seconds) >= now;
    let (live, stale): (Vec<_>, Vec<_>) = leases.into_iter().partition(|(lease, written)| is_live(*written, lease.seconds));
    let state = if live.is_empty() { State::Unfinished } else { State::Running };
    let owners = live.iter().map(|(lease, _)| lease.owner.clone()).collect();
    let mut status = Status::new(state, Some(&draft), shards, owners, bucket.place(""));
    status.claimed(live.len() as u64, stale.len() as u64);
    Ok(Box::new(status))
}

//! Whether the list of shards is the one that the manifest plans: its own hash does not cover it.

use super::Problem;
use crate::manifest::{Axis, FILE, Manifest, ShardFiles, Split};
use crate::npy::HEADER_BYTES;
use crate::output::{read_shard_path, shard_paths};
use crate::plan::{Slot, counted_stem};
use crate::source::ContentHash;
use crate::spec::Side;

/// How many shards of a side are named.
const NAMED: usize = 8;

/// What the list of shards says that the plan does not.
pub fn unplanned(manifest: &Manifest) -> Vec<Problem> {
    manifest.splits.iter().flat_map(|(side, split)| of_side(manifest, side, split)).map(|what| Problem::new(FILE, what)).collect()
}

fn of_side(manifest: &Manifest, side: &str, split: &Split) -> Vec<String> {
    let at = format!("splits.{side}");
    let Split { epochs, rows_per_epoch, rows_per_shard, shards_per_epoch, shards } = split;
    let Some(of) = Side::called(side) else { return vec![format!("{at}: no side (there are train, val and test)")] };
    let stable = manifest.names_by_content();
    if *rows_per_shard == 0 || (!stable && rows_per_epoch.div_ceil(*rows_per_shard) != *shards_per_epoch) {
        let each = format!("{rows_per_epoch} rows in shards of {rows_per_shard}");
        return vec![format!("{at}.shards_per_epoch: {shards_per_epoch}, but {each} are not so many")];
    }
    let planned = epochs * shards_per_epoch;
    let mut found = Vec::new();
    if shards.len() as u64 != planned {
        found.push(format!("{at}.shards: lists {} shards of {planned}", shards.len()));
    }
    if *shards_per_epoch == 0 {
        return found;
    }
    // Epoch by epoch, in order; what is said of a shard follows from where it is listed.
    let wrong = |(place, shard): (usize, &ShardFiles)| {
        let (epoch, index) = (place as u64 / shards_per_epoch, place as u64 % shards_per_epoch);
        let rows = if stable { shard.rows } else { rows_per_epoch.saturating_sub(index * rows_per_shard).min(*rows_per_shard) };
        let stem = if stable { stem_of(shard) } else { counted_stem(index, *shards_per_epoch) };
        of_shard(manifest, shard, &Slot { side: of, epoch, index, stem, rows }).map(|what| format!("{at}.shards[{place}].{what}"))
    };
    found.extend(shards.iter().enumerate().filter_map(wrong).take(NAMED));
    for (epoch, shards) in shards.chunks(usize::try_from(*shards_per_epoch).unwrap_or(usize::MAX)).enumerate() {
        let rows: u64 = shards.iter().fold(0, |rows, shard| rows.saturating_add(shard.rows));
        if stable && rows != *rows_per_epoch {
            found.push(format!("{at}.shards: {rows} rows in epoch {epoch}, the plan says {rows_per_epoch}"));
        }
    }
    found
}

/// What the images of a shard are called behind the array's name; nothing if that is no name of ours.
fn stem_of(shard: &ShardFiles) -> String {
    let images = shard.arrays.get("images").and_then(|listed| read_shard_path(&listed.path));
    images.map_or(String::new(), |name| name.stem.into())
}

/// The first thing that is said of a shard, and is not so.
fn of_shard(manifest: &Manifest, shard: &ShardFiles, slot: &Slot) -> Option<String> {
    let numbers = [("epoch", shard.epoch, slot.epoch), ("index", shard.index, slot.index), ("rows", shard.rows, slot.rows)];
    if let Some((name, there, here)) = numbers.into_iter().find(|(_, there, here)| there != here) {
        return Some(format!("{name}: {there}, the plan says {here}"));
    }
    let paths = shard_paths(slot, manifest.arrays.keys());
    if let Some(name) = shard.arrays.keys().find(|name| !manifest.arrays.contains_key(*name)) {
        return Some(format!("arrays: `{}` is no array of the dataset", name.escape_debug()));
    }
    for (name, path) in paths {
        let Some(listed) = shard.arrays.get(&name) else { return Some(format!("arrays: `{name}` is missing")) };
        let at = format!("arrays.{name}");
        if listed.path != path {
            return Some(format!("{at}.path: {:?}, the plan says {path:?}", listed.path));
        }
        let array = &manifest.arrays[&name];
        let values = listed.bytes.saturating_sub(HEADER_BYTES);
        let needed = array.row_bytes().saturating_mul(array.length(slot.rows, values)).saturating_add(HEADER_BYTES);
        if listed.bytes != needed {
            let problem =
                if array.first_axis == Axis::Boxes { "are no whole boxes".into() } else { format!("the plan says {needed}") };
            return Some(format!("{at}.bytes: {}, {problem}", listed.bytes));
        }
        if let Err(problem) = listed.xxh3_128.parse::<ContentHash>() {
            return Some(format!("{at}.xxh3_128: {:?} is {problem}", listed.xxh3_128));
        }
    }
    None
}

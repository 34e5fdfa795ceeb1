//! The names of files in an output folder.

use crate::manifest::{FILE, Manifest, WHITENING};
use crate::spec::Side;

/// The path of a shard's array.
pub fn shard_path(side: &str, epoch: u64, array: &str, index: u64, shards_per_epoch: u64) -> String {
    format!("{side}/epoch-{epoch:03}/{array}-{index:05}-of-{shards_per_epoch:05}.npy")
}

/// The paths of every array of a shard that `manifest` plans, by array; none on a side that it does not have.
pub fn shard_paths(manifest: &Manifest, side: &str, epoch: u64, index: u64) -> Vec<(String, String)> {
    let Some(split) = manifest.splits.get(side) else { return Vec::new() };
    let path = |name: &String| (name.clone(), shard_path(side, epoch, name, index, split.shards_per_epoch));
    manifest.arrays.keys().map(path).collect()
}

/// Where the shard of an array stands that has this path, if it is a path of one: epoch, array, index, shards of an epoch.
pub fn read_shard_path(path: &str) -> Option<(u64, &str, u64, u64)> {
    let (side, rest) = path.split_once('/')?;
    Side::called(side)?;
    let (epoch, name) = rest.strip_prefix("epoch-")?.split_once('/')?;
    let (front, total) = name.strip_suffix(".npy")?.rsplit_once("-of-")?;
    let (array, index) = front.rsplit_once('-')?;
    let read = (number(epoch)?, array, number(index)?, number(total)?);
    // Only as we would write it.
    (shard_path(side, read.0, read.1, read.2, read.3) == path).then_some(read)
}

/// Whether a dataset of ours could have a file of this path, or a killed run have left it.
pub fn could_be_ours(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default();
    let classes = name.strip_prefix("classes").and_then(|rest| rest.strip_suffix(".txt"));
    let beside = [FILE, WHITENING, "label_map.json", "errors.jsonl", "samples.jsonl", "spec.json"].contains(&name)
        || classes.is_some_and(|head| head.is_empty() || head.starts_with('-'));
    let top = !path.contains('/');
    // `.NAME.PID.tmp`, beside the file that it was to become.
    let begun = name.strip_prefix('.').and_then(|name| name.strip_suffix(".tmp")?.rsplit_once('.'));
    let target = begun.filter(|(_, process)| number(process).is_some()).map(|(target, _)| target);
    let target = target.map(|target| format!("{}{target}", &path[..path.len() - name.len()]));
    (top && beside) || read_shard_path(path).is_some() || target.is_some_and(|target| could_be_ours(&target))
}

fn number(text: &str) -> Option<u64> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_ours_are_known_and_others_are_not() {
        let path = shard_path("val", 12, "labels-color", 3, 70);
        assert_eq!(path, "val/epoch-012/labels-color-00003-of-00070.npy");
        assert_eq!(read_shard_path(&path), Some((12, "labels-color", 3, 70)));
        for ours in [
            "train/epoch-1000/images-123456-of-200000.npy",
            "classes-color.txt",
            "train/epoch-000/.images-00000-of-00001.npy.77.tmp",
        ] {
            assert!(could_be_ours(ours), "{ours}");
        }
        for other in [
            "train/epoch-0/images-00000-of-00001.npy",
            "train/epoch-000/images-00000-of-00001 (1).npy",
            "train/epoch-000/classes.txt",
            "photos/epoch-000/images-00000-of-00001.npy",
            "train/epoch-000/images-+0001-of-00001.npy",
            "train/images-00000-of-00001.npy",
            "train/epoch-000/.notes.tmp",
            "classes2.txt",
        ] {
            assert!(!could_be_ours(other), "{other}");
        }
    }
}

//! The names of files in an output folder.

use crate::manifest::{ERRORS, FILE, LABEL_MAP, SAMPLES, SPEC, WHITENING};
use crate::plan::{Slot, counted_stem};
use crate::spec::Side;
use crate::spec::fields::Choice;

/// The path of an array of the shard in `slot`.
pub fn shard_path(slot: &Slot, array: &str) -> String {
    format!("{}/epoch-{:03}/{array}-{}.npy", slot.side.word(), slot.epoch, slot.stem)
}

/// The paths of all `arrays` of the shard in `slot`, by array.
pub fn shard_paths<'a>(slot: &Slot, arrays: impl Iterator<Item = &'a String>) -> Vec<(String, String)> {
    arrays.map(|name| (name.clone(), shard_path(slot, name))).collect()
}

/// What the path of a shard's array says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShardName<'a> {
    /// The side.
    pub side: &'a str,
    /// The epoch.
    pub epoch: u64,
    /// The array.
    pub array: &'a str,
    /// What is behind the array's name.
    pub stem: &'a str,
    /// Shards of the epoch, where the name says it.
    pub total: Option<u64>,
}

/// What `path` says, if it is one that a shard's array has: `SIDE/epoch-EEE/ARRAY-IIIII-of-NNNNN.npy`, or `ARRAY-BITS-PPP-HASH.npy`.
pub fn read_shard_path(path: &str) -> Option<ShardName<'_>> {
    let (side, rest) = path.split_once('/')?;
    let known = Side::called(side)?;
    let (epoch, name) = rest.strip_prefix("epoch-")?.split_once('/')?;
    let name = name.strip_suffix(".npy")?;
    let (array, stem, total) = counted(name).or_else(|| by_content(name))?;
    let slot = Slot { side: known, epoch: number(epoch)?, index: 0, stem: stem.into(), rows: 0 };
    // Only as we would write it.
    (shard_path(&slot, array) == path).then_some(ShardName { side, epoch: slot.epoch, array, stem, total })
}

/// `ARRAY-IIIII-of-NNNNN`
fn counted(name: &str) -> Option<(&str, &str, Option<u64>)> {
    let (front, total) = name.rsplit_once("-of-")?;
    let (array, index) = front.rsplit_once('-')?;
    let (index, total) = (number(index)?, number(total)?);
    let stem = &name[array.len() + 1..];
    (counted_stem(index, total) == stem).then_some((array, stem, Some(total)))
}

/// `ARRAY-BITS-PPP-HASH`
fn by_content(name: &str) -> Option<(&str, &str, Option<u64>)> {
    let mut parts = name.rsplitn(4, '-');
    let (key, piece, bits, array) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let binary = bits == "all" || (!bits.is_empty() && bits.bytes().all(|bit| matches!(bit, b'0' | b'1')));
    let hex = key.len() == 16 && key.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'));
    let fits = binary && hex && number(piece).is_some_and(|number| format!("{number:03}") == piece);
    fits.then(|| (array, &name[array.len() + 1..], None))
}

/// Whether a dataset of ours could have a file of this path, or a killed run have left it.
pub fn could_be_ours(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default();
    let classes = name.strip_prefix("classes").and_then(|rest| rest.strip_suffix(".txt"));
    let beside = [FILE, WHITENING, LABEL_MAP, ERRORS, SAMPLES, SPEC].contains(&name)
        || classes.is_some_and(|head| head.is_empty() || head.starts_with('-'));
    let top = !path.contains('/');
    let target = begun(name);
    let target = target.map(|target| format!("{}{target}", &path[..path.len() - name.len()]));
    (top && beside) || read_shard_path(path).is_some() || target.is_some_and(|target| could_be_ours(&target))
}

/// What a file was to become that a run did not finish, by its name: `.NAME.PROCESS.tmp`, beside the file itself.
pub fn begun(name: &str) -> Option<&str> {
    let (target, process) = name.strip_prefix('.')?.strip_suffix(".tmp")?.rsplit_once('.')?;
    number(process).filter(|_| !target.is_empty()).map(|_| target)
}

fn number(text: &str) -> Option<u64> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_ours_are_known_and_others_are_not() {
        let slot = Slot { side: Side::Val, epoch: 12, index: 3, stem: counted_stem(3, 70), rows: 8 };
        let path = shard_path(&slot, "labels-color");
        assert_eq!(path, "val/epoch-012/labels-color-00003-of-00070.npy");
        let read = read_shard_path(&path).unwrap();
        assert_eq!((read.epoch, read.array, read.stem, read.total), (12, "labels-color", "00003-of-00070", Some(70)));
        let read = read_shard_path("train/epoch-000/labels-color-0110-002-0123456789abcdef.npy").unwrap();
        assert_eq!((read.array, read.stem, read.total), ("labels-color", "0110-002-0123456789abcdef", None));
        for ours in [
            "train/epoch-1000/images-123456-of-200000.npy",
            "classes-color.txt",
            "train/epoch-000/.images-00000-of-00001.npy.77.tmp",
            "train/epoch-000/images-all-000-0123456789abcdef.npy",
        ] {
            assert!(could_be_ours(ours), "{ours}");
        }
        for other in [
            "train/epoch-0/images-00000-of-00001.npy",
            "train/epoch-000/images-00000-of-00001 (1).npy",
            "train/epoch-000/classes.txt",
            "train/epoch-000/images-012-000-0123456789abcdef.npy",
            "train/epoch-000/images-01-000-0123456789ABCDEF.npy",
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

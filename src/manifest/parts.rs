//! What the manifest is made of.

use crate::ground_truth::{Axis, GroundTruth};
use crate::labels::{Head, Labels};
use crate::plan::Plan;
use crate::source::{Bad, content_hash};
use crate::spec::LabelKind;
use crate::spec::fields::Choice;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Component, Path};

/// One array of a shard.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Array {
    /// NumPy's `descr`.
    pub dtype: String,
    /// Shape of a row, or of whatever else the first axis counts.
    pub shape: Vec<u64>,
    /// Order of axes, for images.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub layout: Option<String>,
    /// Channels, for images.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub color: Option<String>,
    /// What the first axis counts, where it is not rows.
    #[serde(default, skip_serializing_if = "Array::counts_rows")]
    pub first_axis: Axis,
}

impl Array {
    fn counts_rows(axis: &Axis) -> bool {
        *axis == Axis::Rows
    }

    /// The length of the first axis in a file of so many `rows`, with so many bytes behind the header.
    pub fn length(&self, rows: u64, bytes: u64) -> u64 {
        match self.first_axis {
            Axis::Rows => rows,
            Axis::Offsets => rows.saturating_add(1),
            Axis::Boxes => bytes.checked_div(self.row_bytes()).unwrap_or(0),
        }
    }

    /// The values of a file, whose rows gave these bytes in their order: of offsets, how many boxes each has.
    pub fn values(&self, given: Vec<u8>) -> Vec<u8> {
        if self.first_axis != Axis::Offsets {
            return given;
        }
        let counts = given.as_chunks().0.iter().map(|count| i64::from_le_bytes(*count));
        let ends = counts.scan(0, |end, count| {
            *end += count;
            Some(*end)
        });
        std::iter::once(0).chain(ends).flat_map(i64::to_le_bytes).collect()
    }

    /// Bytes of a row, or of whatever else the first axis counts.
    pub fn row_bytes(&self) -> u64 {
        let value = self.dtype.trim_start_matches(|c: char| !c.is_ascii_digit()).parse().unwrap_or(1);
        self.shape.iter().fold(value, |bytes: u64, side| bytes.saturating_mul(*side))
    }
}

/// What an array of labels holds.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HeadInfo {
    /// `class`, `one_hot`, `multi_label` or `regression`; `soft` where rows are mixed, and have a share of each class.
    pub kind: String,
    /// The classes in the order of their numbers; none for numbers.
    pub class_names: Vec<String>,
    /// Training pictures of each class.
    pub train_counts: Vec<u64>,
    /// What each class weighs in training, so that all together weigh alike: `pictures / (classes count)`, over the classes
    /// that have pictures, as scikit-learn's `balanced`; 0 for a class without any. Not there where a picture may have
    /// several classes, or none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub class_weights: Option<Vec<f64>>,
    /// How often a model is right on training pictures that always says the commonest class.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub majority_baseline: Option<f64>,
}

impl HeadInfo {
    /// What the manifest says of each head, whose training pictures are `train`.
    pub(super) fn of_all(labels: &Labels, train: &[usize]) -> BTreeMap<String, Self> {
        labels.heads.iter().map(|head| (head.array(), Self::of(head, train))).collect()
    }

    fn of(head: &Head, train: &[usize]) -> Self {
        let train_counts = head.counts_of(train);
        let (all, most) = (train.len() as f64, train_counts.iter().max());
        let present = train_counts.iter().filter(|count| **count > 0).count() as f64;
        let weight = |count: &u64| if *count == 0 { 0.0 } else { all / (present * *count as f64) };
        let single = matches!(head.kind, LabelKind::Class | LabelKind::OneHot);
        Self {
            kind: if single && head.soft { "soft" } else { head.kind.word() }.into(),
            class_names: head.classes.clone(),
            class_weights: single.then(|| train_counts.iter().map(weight).collect()),
            majority_baseline: most.filter(|_| single && all > 0.0).map(|most| *most as f64 / all),
            train_counts,
        }
    }
}

/// What stands in the boxes.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BoxInfo {
    /// What four numbers say a box.
    pub format: String,
    /// The classes, in the order of the numbers in `box_labels`.
    pub class_names: Vec<String>,
    /// Boxes of each class in all pictures.
    pub class_counts: Vec<u64>,
    /// The key points, in the order of `key_points`; none without any.
    pub key_points: Vec<String>,
}

impl BoxInfo {
    /// What the manifest says of the boxes of `truth`.
    pub(super) fn of(truth: &GroundTruth) -> Option<Self> {
        truth.boxes.as_ref().map(|boxes| Self {
            format: boxes.rule.format.word().into(),
            class_names: boxes.classes.clone(),
            class_counts: boxes.counts.clone(),
            key_points: boxes.skeleton.names.clone(),
        })
    }
}

/// The pictures, by number and by hash.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Origin {
    /// How many.
    pub pictures: u64,
    /// xxh3-128 of `samples.jsonl`: paths, contents and labels.
    pub xxh3_128: String,
}

/// A picture that was left out, or for which another one stands in.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Left {
    /// Relative path.
    pub path: String,
    /// Why.
    pub problem: String,
    /// The picture that stands in for it; not there if none does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub substitute: Option<String>,
}

impl Left {
    /// What a manifest says of it.
    pub fn of(bad: &Bad) -> Self {
        Self { path: bad.path.clone(), problem: bad.problem.clone(), substitute: bad.substitute.clone() }
    }
}

/// A split.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Split {
    /// Passes over the pictures.
    pub epochs: u64,
    /// Rows of each pass.
    pub rows_per_epoch: u64,
    /// Rows of each shard but the last.
    pub rows_per_shard: u64,
    /// Shards of each pass.
    pub shards_per_epoch: u64,
    /// Every shard, by epoch and place.
    pub shards: Vec<ShardFiles>,
}

/// How deep a shard stands in `dataset.json`, in blanks: in the list of a split, of the object of splits.
const SHARD_INDENT: u64 = 8;

/// Bytes that a list of shards takes beside [`listed_bytes`] of each: the blanks before the closing bracket. That there is the end of a
/// line before the first makes up for the comma that is not behind the last.
pub const SHARDS_FRAME: u64 = SHARD_INDENT - 2;

/// Bytes that a shard takes in `dataset.json`, with the comma and the end of the line behind it.
pub fn listed_bytes(shard: &ShardFiles) -> u64 {
    let text = serde_json::to_string_pretty(shard).expect("invariant: a shard is plain JSON");
    let lines = text.lines().count() as u64;
    text.len() as u64 + lines * SHARD_INDENT + 2
}

impl Split {
    /// What is planned, without shards.
    pub(super) fn planned(plan: &Plan) -> Self {
        Self {
            epochs: plan.epochs,
            rows_per_epoch: plan.rows_per_epoch,
            rows_per_shard: plan.rows_per_shard,
            shards_per_epoch: plan.shards_per_epoch,
            shards: Vec::new(),
        }
    }

    /// The same plan, of which nothing is there.
    #[must_use]
    pub fn without_shards(&self) -> Self {
        Self { shards: Vec::new(), ..*self }
    }
}

/// One shard: its place, its rows and its files.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShardFiles {
    /// The epoch.
    pub epoch: u64,
    /// The place in the epoch.
    pub index: u64,
    /// Rows.
    pub rows: u64,
    /// A file for each array.
    pub arrays: BTreeMap<String, Listed>,
}

/// A file with its length and hash.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Listed {
    /// Relative path.
    pub path: String,
    /// Length.
    pub bytes: u64,
    /// xxh3-128, in hex.
    pub xxh3_128: String,
}

impl Origin {
    /// Whether these are the bytes of `samples.jsonl`.
    pub fn is_of(&self, samples: &[u8]) -> bool {
        self.xxh3_128 == content_hash(samples)
    }
}

impl Listed {
    /// The file at `path` whose content is `bytes`.
    pub fn of(path: String, bytes: &[u8]) -> Self {
        Self { path, bytes: bytes.len() as u64, xxh3_128: content_hash(bytes) }
    }

    /// Whether the file is in the output folder `root`, in its full length.
    pub fn is_whole_at(&self, root: &Path) -> bool {
        std::fs::metadata(root.join(&self.path)).is_ok_and(|there| there.is_file() && there.len() == self.bytes)
    }

    /// Whether these are the bytes of the file.
    pub fn is_of(&self, bytes: &[u8]) -> bool {
        self.xxh3_128 == content_hash(bytes)
    }

    /// Whether the path leads nowhere but into the output folder.
    pub fn stays_inside(&self) -> bool {
        Path::new(&self.path).components().all(|part| matches!(part, Component::Normal(_)))
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Manifest, example};
    use super::*;

    #[test]
    fn a_manifest_is_as_long_as_is_said_of_its_shards() {
        let mut manifest = Manifest::parse(&example()).unwrap();
        let shard = manifest.splits["train"].shards[0].clone();
        let bare = |manifest: &Manifest| {
            let mut bare = manifest.clone();
            bare.splits.values_mut().for_each(|split| split.shards.clear());
            bare.to_bytes().len() as u64
        };
        let empty = bare(&manifest);
        for count in [1, 2, 11] {
            let mut said = empty;
            for split in manifest.splits.values_mut() {
                split.shards = vec![shard.clone(); count];
                said += split.shards.iter().map(listed_bytes).sum::<u64>() + SHARDS_FRAME;
            }
            assert_eq!(manifest.to_bytes().len() as u64, said, "{count} shards");
        }
    }
}

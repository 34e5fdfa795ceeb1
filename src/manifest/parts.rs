//! What the manifest is made of.

use super::hex;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Component, Path};

/// One array of a shard.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Array {
    /// NumPy's `descr`.
    pub dtype: String,
    /// Shape of a row.
    pub shape: Vec<u64>,
    /// Order of axes, for images.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub layout: Option<String>,
    /// Channels, for images.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub color: Option<String>,
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

/// A picture that was left out.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Left {
    /// Relative path.
    pub path: String,
    /// Why.
    pub problem: String,
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
        self.xxh3_128 == hex(samples)
    }
}

impl Listed {
    /// The file at `path` whose content is `bytes`.
    pub fn of(path: String, bytes: &[u8]) -> Self {
        Self { path, bytes: bytes.len() as u64, xxh3_128: hex(bytes) }
    }

    /// Whether the file is in the output folder `root`, in its full length.
    pub fn is_whole_at(&self, root: &Path) -> bool {
        std::fs::metadata(root.join(&self.path)).is_ok_and(|there| there.is_file() && there.len() == self.bytes)
    }

    /// Whether these are the bytes of the file.
    pub fn is_of(&self, bytes: &[u8]) -> bool {
        self.xxh3_128 == hex(bytes)
    }

    /// Whether the path leads nowhere but into the output folder.
    pub fn stays_inside(&self) -> bool {
        Path::new(&self.path).components().all(|part| matches!(part, Component::Normal(_)))
    }
}

/// A small file of the output, ready to be written.
#[derive(Clone, Debug)]
pub struct SideFile {
    /// Relative path.
    pub path: &'static str,
    /// Content.
    pub bytes: Vec<u8>,
}

impl SideFile {
    pub(super) fn listed(&self) -> Listed {
        Listed::of(self.path.into(), &self.bytes)
    }
}

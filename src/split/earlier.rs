//! The sides of an earlier dataset, which pictures keep.

use super::assign::Unit;
use crate::error::{Error, Result, shown};
use crate::source::Item;
use crate::spec::Side;
use crate::spec::fields::Choice;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::Path;

/// Sides by content and by path.
#[derive(Clone, Debug, Default)]
pub struct Earlier {
    by_content: BTreeMap<String, Side>,
    by_path: BTreeMap<String, Side>,
}

/// A line of `samples.jsonl`, as far as it is needed.
#[derive(Deserialize)]
struct Sample {
    path: String,
    xxh3_128: String,
    split: Option<String>,
}

impl Earlier {
    /// Reads `samples`, the content of the file of that name in the dataset at `folder`.
    ///
    /// # Errors
    /// If it is damaged, or its pictures were not divided.
    pub fn read(folder: &Path, samples: &[u8]) -> Result<Self> {
        let refused = |why: &str| Error::Usage(format!("--split-from {}: {why}", shown(folder)));
        let mut earlier = Self::default();
        for line in samples.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            let sample: Sample =
                serde_json::from_slice(line).map_err(|_| refused("samples.jsonl is damaged (`prebake verify` tells more)"))?;
            let side = sample.split.as_deref().and_then(Side::called);
            let side = side.ok_or_else(|| refused("its pictures are not divided (it was made without a split)"))?;
            earlier.by_content.insert(sample.xxh3_128, side);
            earlier.by_path.insert(sample.path, side);
        }
        Ok(earlier)
    }

    /// The side that the pictures of `unit` had; where they had several, the one of most, and training of equals.
    pub(super) fn side_of(&self, unit: &Unit, items: &[Item], warnings: &mut Vec<String>) -> Option<Side> {
        let mut counts: BTreeMap<Side, usize> = BTreeMap::new();
        for item in unit.items.iter().map(|&at| &items[at]) {
            if let Some(side) = self.by_content.get(&item.xxh3_128).or_else(|| self.by_path.get(&item.path)) {
                *counts.entry(*side).or_default() += 1;
            }
        }
        let most = counts.values().max()?;
        let side = counts.iter().find(|(_, count)| *count == most).map(|(side, _)| *side)?;
        if counts.len() > 1 {
            let path = shown(&items[unit.items[0]].path);
            warnings
                .push(format!("{path}: belongs together with pictures that were on other sides; all are {} now", side.word()));
        }
        Some(side)
    }
}

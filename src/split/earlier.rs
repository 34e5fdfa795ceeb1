//! The sides of an earlier dataset, which pictures keep.

use super::assign::Unit;
use crate::error::shown;
use crate::source::{ContentHash, Item};
use crate::spec::Side;
use crate::spec::fields::Choice;
use std::collections::BTreeMap;

/// Sides by content and by path.
#[derive(Clone, Debug, Default)]
pub struct Earlier {
    by_content: BTreeMap<ContentHash, Side>,
    by_path: BTreeMap<String, Side>,
}

impl Earlier {
    /// Notes the side of a picture by its path and its content.
    pub fn put(&mut self, path: &str, xxh3_128: ContentHash, side: Side) {
        self.by_content.insert(xxh3_128, side);
        self.by_path.insert(path.into(), side);
    }

    /// The side that the pictures of `unit` had; where they had several, the one of most, and training of equals.
    pub(super) fn side_of(&self, unit: &Unit, items: &[Item], warnings: &mut Vec<String>) -> Option<Side> {
        let mut counts: BTreeMap<Side, usize> = BTreeMap::new();
        for item in unit.items.iter().map(|&at| &items[at]) {
            if let Some(side) = self.by_content.get(&item.xxh3_128).or_else(|| self.by_path.get(&*item.path)) {
                *counts.entry(*side).or_default() += 1;
            }
        }
        let most = counts.values().max()?;
        let side = counts.iter().find(|(_, count)| *count == most).map(|(side, _)| *side)?;
        if counts.len() > 1 {
            let path = shown(&*items[unit.items[0]].path);
            warnings
                .push(format!("{path}: belongs together with pictures that were on other sides; all are {} now", side.word()));
        }
        Some(side)
    }
}

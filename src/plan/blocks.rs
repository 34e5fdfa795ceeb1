//! Which pictures share a block, and in which order a block's rows stand.

use super::Entry;
use super::balance::Balanced;
use super::stable::Leaf;
use crate::rng::Key;
use crate::source::Source;
use crate::spec::{Shuffle, Spec};

/// Prepared pixels that a block holds by default.
const BLOCK_BYTES: u64 = 1 << 30;
/// Pictures that a block holds at least.
const BLOCK_ROWS: u64 = 1024;

/// Runs of rows whose pictures are the same in every epoch, and are kept in memory for all.
#[derive(Clone, Debug)]
pub(super) enum Blocks {
    /// Each picture once.
    Once(Vec<Vec<usize>>),
    /// Each picture once, in the block that its path decides.
    Stable(Vec<Leaf>),
    /// So many rows of each class.
    Balanced(Balanced),
}

impl Blocks {
    /// Cuts runs of `block` rows.
    pub(super) fn cut(balanced: Option<Balanced>, items: &[usize], shuffle: Shuffle, block: u64, key: Key) -> Self {
        if let Some(mut balanced) = balanced {
            balanced.cut(block);
            return Self::Balanced(balanced);
        }
        let mut order: Vec<usize> = items.to_vec();
        if shuffle != Shuffle::None {
            key.word(b"blocks").rng().shuffle(&mut order);
        }
        Self::Once(order.chunks(usize::try_from(block).unwrap_or(usize::MAX)).map(<[usize]>::to_vec).collect())
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        match self {
            Self::Once(blocks) => blocks.len(),
            Self::Stable(leaves) => leaves.len(),
            Self::Balanced(balanced) => balanced.blocks(),
        }
    }

    /// Rows of a block in an epoch.
    pub(super) fn rows(&self, block: usize) -> u64 {
        match self {
            Self::Once(blocks) => blocks[block].len() as u64,
            Self::Stable(leaves) => leaves[block].items.len() as u64,
            Self::Balanced(balanced) => balanced.rows_of(block),
        }
    }

    /// The pictures of a block.
    pub(super) fn pictures(&self, block: usize) -> Vec<usize> {
        match self {
            Self::Once(blocks) => blocks[block].clone(),
            Self::Stable(leaves) => leaves[block].items.clone(),
            Self::Balanced(balanced) => balanced.pictures_of(block),
        }
    }

    /// `base`, told which block is meant: by the name that it keeps, or by its number.
    pub(super) fn key(&self, base: Key, block: usize) -> Key {
        match self {
            Self::Stable(leaves) => base.word(leaves[block].bits.as_bytes()),
            _ => base.number(block as u64),
        }
    }

    /// The rows of a block in an epoch; drawn from `key`, or in the order of the names.
    pub(super) fn entries(&self, block: usize, epoch: u64, key: Option<Key>) -> Vec<Entry> {
        let pictures = match self {
            Self::Balanced(balanced) => return balanced.entries(block, epoch, &mut key.unwrap_or(Key::NONE).rng()),
            Self::Once(blocks) => &blocks[block],
            Self::Stable(leaves) => &leaves[block].items,
        };
        let mut rows: Vec<Entry> = pictures.iter().map(|&item| Entry::only(item)).collect();
        if let Some(key) = key {
            key.rng().shuffle(&mut rows);
        }
        rows
    }
}

/// Pictures of a block: as many as make a gibibyte once the first steps have run.
pub(super) fn block_rows(spec: &Spec, source: &Source, items: &[usize]) -> u64 {
    let bytes = items.iter().map(|&at| spec.input.bytes(spec.pipeline.prepared_size(source.items[at].size)));
    let total = bytes.fold(0, u64::saturating_add);
    let mean = (total / items.len().max(1) as u64).max(1);
    (BLOCK_BYTES / mean).max(BLOCK_ROWS)
}

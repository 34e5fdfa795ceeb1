//! A shard of an epoch: its place, and its rows.

use crate::spec::Side;

/// The place of a shard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slot {
    /// The side.
    pub side: Side,
    /// The epoch.
    pub epoch: u64,
    /// The place in the epoch.
    pub index: u64,
    /// What its files are called behind the array's name: its place of how many, or its block and the block's content.
    pub stem: String,
    /// How many rows it has.
    pub rows: u64,
}

/// What the files of shard `index` of so many are called behind the array's name.
pub fn counted_stem(index: u64, total: u64) -> String {
    format!("{index:05}-of-{total:05}")
}

/// One shard of one epoch: its place and its pictures, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shard {
    /// The place.
    pub slot: Slot,
    /// What it holds, in order.
    pub rows: Vec<Entry>,
}

impl std::ops::Deref for Shard {
    type Target = Slot;

    fn deref(&self) -> &Slot {
        &self.slot
    }
}

/// A row: the picture that it shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    /// Index of the item.
    pub item: usize,
    /// Which of the item's rows in the epoch it is, from 0.
    pub copy: u64,
}

impl Entry {
    /// The only row of an item in the epoch.
    pub const fn only(item: usize) -> Self {
        Self { item, copy: 0 }
    }
}

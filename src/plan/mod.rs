//! Which row goes where: a pure function of the spec, the pictures and their labels.

mod balance;
mod blocks;
mod shard;
mod stable;
#[cfg(test)]
mod tests;
mod turns;

use crate::error::{Error, Result, shown};
use crate::image::Size;
use crate::labels::Membership;
use crate::rng::Key;
use crate::source::{Source, content_hash};
use crate::spec::fields::Choice;
use crate::spec::{Arrangement, Shuffle, Side, Spec};
use crate::split::Sides;
use balance::Balanced;
use blocks::{Blocks, block_rows};
pub use shard::{Entry, Shard, Slot, counted_stem};
use std::collections::{BTreeMap, BTreeSet};

/// How many rows a shard takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sharding {
    /// As many whole batches as fit into this many bytes, at least one.
    Bytes(u64),
    /// This many batches.
    Batches(u64),
}

/// The assignment of a side's rows to shards, for every epoch.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The side whose rows they are.
    pub side: Side,
    /// Rows of an epoch.
    pub rows_per_epoch: u64,
    /// The size of every row's picture.
    pub row_size: Size,
    /// Bytes of a row in the images array.
    pub row_bytes: u64,
    /// Rows of a shard; the last of an epoch may have fewer.
    pub rows_per_shard: u64,
    /// Shards of an epoch.
    pub shards_per_epoch: u64,
    /// Epochs.
    pub epochs: u64,
    /// Rows of an epoch, by class, if classes are balanced.
    pub rows_by_class: Option<Vec<u64>>,
    blocks: Blocks,
    /// What a row of each picture weighs, by the number of its item, if rows have weights.
    weights: Option<Vec<f32>>,
    shards_per_block: u64,
    shuffle: Shuffle,
    /// What is the same for all sides: what a row draws from.
    seed: Key,
    /// What the order of rows is drawn from.
    key: Key,
}

/// A side: what its rows are made by, and which goes where.
#[derive(Clone, Debug)]
pub struct Part {
    /// The spec as it is for this side.
    pub spec: Spec,
    /// The rows.
    pub plan: Plan,
}

impl Part {
    /// Plans every side that has pictures.
    ///
    /// # Errors
    /// As [`Plan::new`]; or if rows of one side would have another size than those of another.
    pub fn of_all(
        spec: &Spec,
        source: &Source,
        classes: Option<&Membership>,
        sides: &Sides,
        sharding: Sharding,
    ) -> Result<Vec<Self>> {
        let mut parts: Vec<Self> = Vec::new();
        for side in sides.present() {
            let of_side = spec.of_side(side);
            let plan = Plan::new(&of_side, source, classes, (side, &sides.items(side)), sharding)?;
            if let Some(first) = parts.first().filter(|first| first.plan.row_size != plan.row_size) {
                return Err(Error::Spec(vec![format!(
                    "pipeline: rows would differ in size, {} in {} and {} in {} (write an eval_pipeline that makes rows of {})",
                    first.plan.row_size,
                    first.plan.side.word(),
                    plan.row_size,
                    side.word(),
                    first.plan.row_size
                )]));
            }
            parts.push(Self { spec: of_side, plan });
        }
        Ok(parts)
    }
}

/// A block over some epochs: what a worker does in one go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Task {
    /// The block.
    pub block: usize,
    /// The epochs to make.
    pub epochs: std::ops::Range<u64>,
}

impl Plan {
    /// Plans every row that `spec` makes of the pictures numbered `items`, which are those on `side`; `classes` are there
    /// if the spec balances them.
    ///
    /// # Errors
    /// If rows would differ in size, a picture is too small for a crop, or classes cannot be balanced as is asked.
    pub fn new(
        spec: &Spec,
        source: &Source,
        classes: Option<&Membership>,
        (side, items): (Side, &[usize]),
        sharding: Sharding,
    ) -> Result<Self> {
        let row_size = row_size(spec, source, items)?;
        let row_bytes = row_size.pixels() * spec.output.channels() * spec.output.dtype.bytes();
        let batches = match sharding {
            Sharding::Batches(batches) => batches,
            Sharding::Bytes(bytes) => (bytes / (row_bytes * spec.batch_size)).max(1),
        };
        let rows_per_shard = batches * spec.batch_size;
        let seed = Key::new(spec.seed);
        let key = if side == Side::Train { seed } else { seed.word(side.word().as_bytes()) };
        let balance = spec.balance.as_ref().zip(classes);
        if let Some((balance, classes)) = balance.filter(|_| side == Side::Train) {
            balance::check(balance, classes, items)?;
        }
        let arranged = balance.filter(|(balance, _)| side == Side::Train && balance.arranges());
        let balanced = arranged.map(|(balance, classes)| Balanced::new(spec, balance, classes, items, key)).transpose()?;
        let count = balanced.as_ref().map_or(items.len() as u64, Balanced::rows);
        let shards_per_block = match spec.shuffle {
            Shuffle::Global => count.div_ceil(rows_per_shard),
            _ => block_rows(spec, source, items).div_ceil(rows_per_shard),
        };
        let rows_by_class = balanced.as_ref().map(Balanced::rows_by_class);
        let blocks = match spec.arrangement {
            Arrangement::Packed => {
                Blocks::cut(balanced, items, spec.shuffle, (shards_per_block * rows_per_shard).min(count), key)
            }
            Arrangement::Stable => {
                Blocks::Stable(stable::cut(source, items, stable::most_rows(rows_per_shard, spec.batch_size))?)
            }
        };
        let shards_of = |block| blocks.rows(block).div_ceil(rows_per_shard);
        let weights = balance.and_then(|(balance, classes)| {
            let rows = rows_by_class.clone().unwrap_or_else(|| classes.counts_of(items));
            let by_class = balance::weights(balance, classes, &rows)?;
            // Validation and test are as they are found.
            Some(classes.of.iter().map(|&class| if side == Side::Train { by_class[class] } else { 1.0 }).collect())
        });
        Ok(Self {
            side,
            rows_per_epoch: count,
            row_size,
            row_bytes,
            rows_per_shard,
            shards_per_epoch: (0..blocks.count()).map(shards_of).sum(),
            epochs: spec.epochs,
            rows_by_class,
            blocks,
            weights,
            shards_per_block,
            shuffle: spec.shuffle,
            seed,
            key,
        })
    }

    /// Every picture that may have rows, ascending.
    pub fn items(&self) -> BTreeSet<usize> {
        (0..self.blocks.count()).flat_map(|block| self.block(block)).collect()
    }

    /// The pictures of a block.
    pub fn block(&self, block: usize) -> Vec<usize> {
        self.blocks.pictures(block)
    }

    /// Rows of a block in an epoch.
    pub fn rows_of(&self, block: usize) -> u64 {
        self.blocks.rows(block)
    }

    /// What a row of item `at` weighs, if rows have weights.
    pub fn weight(&self, at: usize) -> Option<f32> {
        Some(self.weights.as_ref()?[at])
    }

    /// All shards of an epoch.
    pub fn epoch(&self, epoch: u64) -> Vec<Shard> {
        (0..self.blocks.count()).flat_map(|block| self.shards(block, epoch)).collect()
    }

    /// The share of worker `index` (from 1) of `of`: a run of blocks and epochs, one block after the other.
    pub fn tasks(&self, index: u64, of: u64) -> Vec<Task> {
        let all = self.blocks.count() as u64 * self.epochs;
        let share = |i: u64| (u128::from(all) * u128::from(i) / u128::from(of)) as u64;
        let (mut at, end) = (share(index - 1), share(index));
        let mut tasks = Vec::new();
        while at < end {
            let (block, epoch) = (at / self.epochs, at % self.epochs);
            let last = (epoch + end - at).min(self.epochs);
            tasks.push(Task { block: block as usize, epochs: epoch..last });
            at += last - epoch;
        }
        tasks
    }

    /// The shards of a block in an epoch.
    pub fn shards(&self, block: usize, epoch: u64) -> Vec<Shard> {
        self.shards_in(block, &self.slots(block, epoch))
    }

    /// The shards of a block in the places `slots`, which are of one epoch.
    pub fn shards_in(&self, block: usize, slots: &[Slot]) -> Vec<Shard> {
        let Some(epoch) = slots.first().map(|slot| slot.epoch) else { return Vec::new() };
        let (first, entries) = (self.first_shard(block, epoch), self.rows(block, epoch));
        let of = |slot: &Slot| {
            let from = ((slot.index - first) * self.rows_per_shard) as usize;
            Shard { slot: slot.clone(), rows: entries[from..from + slot.rows as usize].to_vec() }
        };
        slots.iter().map(of).collect()
    }

    /// The places of the shards of a block in an epoch.
    pub fn slots(&self, block: usize, epoch: u64) -> Vec<Slot> {
        self.slots_from(self.first_shard(block, epoch), block, epoch)
    }

    fn slots_from(&self, first: u64, block: usize, epoch: u64) -> Vec<Slot> {
        let all = self.rows_of(block);
        let slot = |piece: u64| Slot {
            side: self.side,
            epoch,
            index: first + piece,
            stem: match &self.blocks {
                Blocks::Stable(leaves) => leaves[block].stem(piece),
                _ => counted_stem(first + piece, self.shards_per_epoch),
            },
            rows: (all - piece * self.rows_per_shard).min(self.rows_per_shard),
        };
        (0..self.shards_of(block)).map(slot).collect()
    }

    /// The places of all shards.
    pub fn all_slots(&self) -> Vec<Slot> {
        let of_epoch = |epoch| {
            let first = self.first_shards(epoch);
            (0..first.len()).flat_map(move |block| self.slots_from(first[block], block, epoch))
        };
        (0..self.epochs).flat_map(of_epoch).collect()
    }

    /// The rows of a block in an epoch, in order.
    pub fn rows(&self, block: usize, epoch: u64) -> Vec<Entry> {
        let key = self.blocks.key(self.key.word(b"rows").number(epoch), block);
        self.blocks.entries(block, epoch, (self.shuffle != Shuffle::None).then_some(key))
    }

    /// A block that may show picture `at`.
    pub fn block_with(&self, at: usize) -> Option<usize> {
        (0..self.blocks.count()).find(|&block| self.block(block).contains(&at))
    }

    /// The block that `shard` is of.
    pub fn block_of(&self, shard: &Shard) -> Option<usize> {
        (0..self.blocks.count()).find(|&block| {
            let first = self.first_shard(block, shard.epoch);
            (first..first + self.shards_of(block)).contains(&shard.index)
        })
    }

    /// The key of a row: seed, epoch, the picture's path, and which of the picture's rows it is.
    pub fn row_key(&self, epoch: u64, path: &str, copy: u64) -> Key {
        let key = self.seed.word(b"row").number(epoch).word(path.as_bytes());
        if copy == 0 { key } else { key.word(b"copy").number(copy) }
    }

    /// Says what decides the bytes of a block that stays: `common` to all of them, and a line of each picture.
    pub fn name_blocks(&mut self, common: &str, line: impl Fn(usize) -> String) {
        let Blocks::Stable(leaves) = &mut self.blocks else { return };
        for leaf in leaves {
            let weight = |at: &usize| self.weights.as_ref().map(|weights| weights[*at].to_bits());
            let lines = leaf.items.iter().map(|at| format!("{:?} {}\n", weight(at), line(*at)));
            let (side, rows, lines) = (self.side.word(), self.rows_per_shard, lines.collect::<String>());
            leaf.key = content_hash(format!("{common}\n{side}\n{rows}\n{lines}").as_bytes());
        }
    }

    /// Shards of a block in an epoch.
    fn shards_of(&self, block: usize) -> u64 {
        self.rows_of(block).div_ceil(self.rows_per_shard)
    }

    /// The place of a block's first shard in an epoch.
    fn first_shard(&self, block: usize, epoch: u64) -> u64 {
        self.first_shards(epoch)[block]
    }

    /// The place of each block's first shard in an epoch.
    fn first_shards(&self, epoch: u64) -> Vec<u64> {
        let mut first = vec![0; self.blocks.count()];
        let mut at = 0;
        for block in self.order(epoch) {
            first[block] = at;
            at += self.shards_of(block);
        }
        first
    }

    /// The blocks of an epoch in the order in which they stand: the ragged one, if blocks are packed, last.
    fn order(&self, epoch: u64) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.blocks.count()).collect();
        if self.shuffle == Shuffle::None {
            return order;
        }
        let key = self.key.word(b"order").number(epoch);
        if let Blocks::Stable(_) = &self.blocks {
            // Each draws its turn alone, so that those that come or go leave the order of the others.
            order.sort_by_cached_key(|&block| (self.blocks.key(key, block).rng().bits(), block));
            return order;
        }
        let full = self.shards_per_block * self.rows_per_shard;
        let whole = order.iter().filter(|&&block| self.blocks.rows(block) == full).count();
        key.rng().shuffle(&mut order[..whole]);
        order
    }
}

/// The one size that all rows have.
fn row_size(spec: &Spec, source: &Source, items: &[usize]) -> Result<Size> {
    let mut sizes: BTreeMap<Size, &str> = BTreeMap::new();
    for item in items.iter().map(|&at| &source.items[at]) {
        sizes.entry(item.size).or_insert(&item.path);
    }
    let mut first: Option<(Size, &str)> = None;
    for (input, path) in sizes {
        let path = shown(path);
        let size = spec.pipeline.output_size(input).map_err(|problem| Error::Spec(vec![format!("{problem}, for {path}")]))?;
        match &first {
            None => first = Some((size, source_path(source, items, input))),
            Some((other, other_path)) if *other != size => {
                return Err(Error::Spec(vec![format!(
                    "pipeline: rows would differ in size, {other} from {} and {size} from {path} (begin with a resize step)",
                    shown(other_path)
                )]));
            }
            Some(_) => {}
        }
    }
    first.map(|(size, _)| size).ok_or_else(|| Error::Usage("no picture can be used".into()))
}

fn source_path<'a>(source: &'a Source, items: &[usize], size: Size) -> &'a str {
    items.iter().map(|&at| &source.items[at]).find(|item| item.size == size).map_or("", |item| &item.path)
}

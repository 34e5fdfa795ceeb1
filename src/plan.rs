//! Which row goes where: a pure function of the spec, the pictures and their labels.

use crate::error::{Error, Result, shown};
use crate::image::Size;
use crate::rng::Key;
use crate::source::Source;
use crate::spec::fields::Choice;
use crate::spec::{Shuffle, Side, Spec};
use crate::split::Sides;
use std::collections::BTreeMap;

/// Prepared pixels that a block holds by default.
const BLOCK_BYTES: u64 = 1 << 30;
/// Pictures that a block holds at least.
const BLOCK_ROWS: u64 = 1024;

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
    blocks: Vec<Vec<usize>>,
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
    pub fn of_all(spec: &Spec, source: &Source, sides: &Sides, sharding: Sharding) -> Result<Vec<Self>> {
        let mut parts: Vec<Self> = Vec::new();
        for side in sides.present() {
            let of_side = spec.of_side(side);
            let plan = Plan::new(&of_side, source, side, &sides.items(side), sharding)?;
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

/// One shard of one epoch: its place and its pictures, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shard {
    /// The side.
    pub side: Side,
    /// The epoch.
    pub epoch: u64,
    /// The place in the epoch.
    pub index: u64,
    /// Indices of items, one a row.
    pub items: Vec<usize>,
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
    /// Plans every row that `spec` makes of the pictures numbered `items`, which are those on `side`.
    ///
    /// # Errors
    /// If rows would differ in size, or a picture is too small for a crop.
    pub fn new(spec: &Spec, source: &Source, side: Side, items: &[usize], sharding: Sharding) -> Result<Self> {
        let row_size = row_size(spec, source, items)?;
        let row_bytes = row_size.pixels() * spec.output.channels() * spec.output.dtype.bytes();
        let batches = match sharding {
            Sharding::Batches(batches) => batches,
            Sharding::Bytes(bytes) => (bytes / (row_bytes * spec.batch_size)).max(1),
        };
        let rows_per_shard = batches * spec.batch_size;
        let count = items.len() as u64;
        let shards_per_block = match spec.shuffle {
            Shuffle::Global => count.div_ceil(rows_per_shard),
            _ => block_rows(spec, source, items).div_ceil(rows_per_shard),
        };
        let seed = Key::new(spec.seed);
        let key = if side == Side::Train { seed } else { seed.word(side.word().as_bytes()) };
        let mut order: Vec<usize> = items.to_vec();
        if spec.shuffle != Shuffle::None {
            key.word(b"blocks").rng().shuffle(&mut order);
        }
        let block = usize::try_from((shards_per_block * rows_per_shard).min(count)).unwrap_or(usize::MAX);
        Ok(Self {
            side,
            rows_per_epoch: count,
            row_size,
            row_bytes,
            rows_per_shard,
            shards_per_epoch: count.div_ceil(rows_per_shard),
            epochs: spec.epochs,
            blocks: order.chunks(block).map(<[usize]>::to_vec).collect(),
            shards_per_block,
            shuffle: spec.shuffle,
            seed,
            key,
        })
    }

    /// Every picture.
    pub fn items(&self) -> impl Iterator<Item = usize> + '_ {
        self.blocks.iter().flatten().copied()
    }

    /// The pictures of a block.
    pub fn block(&self, block: usize) -> &[usize] {
        &self.blocks[block]
    }

    /// All shards of an epoch.
    pub fn epoch(&self, epoch: u64) -> Vec<Shard> {
        (0..self.blocks.len()).flat_map(|block| self.shards(block, epoch)).collect()
    }

    /// The share of worker `index` (from 1) of `of`: a run of blocks and epochs, one block after the other.
    pub fn tasks(&self, index: u64, of: u64) -> Vec<Task> {
        let all = self.blocks.len() as u64 * self.epochs;
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
        let mut items = self.blocks[block].clone();
        if self.shuffle != Shuffle::None {
            self.key.word(b"rows").number(epoch).number(block as u64).rng().shuffle(&mut items);
        }
        let first = self.position(block, epoch) * self.shards_per_block;
        let rows = usize::try_from(self.rows_per_shard).unwrap_or(usize::MAX);
        items
            .chunks(rows)
            .zip(first..)
            .map(|(items, index)| Shard { side: self.side, epoch, index, items: items.to_vec() })
            .collect()
    }

    /// The key of a row: seed, epoch and the picture's path.
    pub fn row_key(&self, epoch: u64, path: &str) -> Key {
        self.seed.word(b"row").number(epoch).word(path.as_bytes())
    }

    /// Where a block stands in an epoch: the ragged block, if there is one, stays last.
    fn position(&self, block: usize, epoch: u64) -> u64 {
        if self.shuffle == Shuffle::None {
            return block as u64;
        }
        let full = self.shards_per_block * self.rows_per_shard;
        let whole = self.blocks.iter().filter(|block| block.len() as u64 == full).count();
        if block >= whole {
            return block as u64;
        }
        let mut order: Vec<usize> = (0..whole).collect();
        self.key.word(b"order").number(epoch).rng().shuffle(&mut order);
        order.iter().position(|b| *b == block).unwrap_or(block) as u64
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

/// Pictures of a block: as many as make a gibibyte once the first steps have run.
fn block_rows(spec: &Spec, source: &Source, items: &[usize]) -> u64 {
    let bytes = items.iter().map(|&at| spec.input.bytes(spec.pipeline.prepared_size(source.items[at].size)));
    let total = bytes.fold(0, u64::saturating_add);
    let mean = (total / items.len().max(1) as u64).max(1);
    (BLOCK_BYTES / mean).max(BLOCK_ROWS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Item;
    use crate::spec::Overrides;

    fn plan(count: usize, shuffle: &str, batches: u64) -> Plan {
        let text = format!(
            r#"{{"version": 1, "epochs": 3, "batch_size": 4, "shuffle": "{shuffle}", "pipeline": [{{"op": "resize", "width": 600, "height": 600}}]}}"#
        );
        let spec = Spec::parse("s.json", &text, &Overrides::default()).unwrap();
        let item = |i| Item { path: format!("{i:05}"), bytes: 1, xxh3_128: String::new(), format: "png", size: Size::new(1, 1) };
        let items = (0..count).map(item).collect();
        let source = Source { root: ".".into(), items, bad: Vec::new(), folders: Vec::new(), ignored: 0, hidden: 0 };
        Plan::new(&spec, &source, Side::Train, &(0..count).collect::<Vec<_>>(), Sharding::Batches(batches)).unwrap()
    }

    /// The shards of an epoch, by place.
    fn epoch(plan: &Plan, epoch: u64) -> Vec<Shard> {
        let mut all: Vec<Shard> = (0..plan.blocks.len()).flat_map(|block| plan.shards(block, epoch)).collect();
        all.sort_by_key(|shard| shard.index);
        all
    }

    #[test]
    fn every_epoch_holds_every_picture_once_and_only_its_last_batch_is_short() {
        for (count, shuffle) in [(1, "block"), (10, "block"), (2501, "block"), (2501, "global"), (2501, "none"), (2048, "block")]
        {
            let plan = plan(count, shuffle, 16);
            for at in 0..3 {
                let shards = epoch(&plan, at);
                assert_eq!(shards.len() as u64, plan.shards_per_epoch);
                assert!(shards.iter().enumerate().all(|(i, s)| s.index == i as u64));
                assert!(shards[..shards.len() - 1].iter().all(|s| s.items.len() == 64), "{count} {shuffle}");
                let mut items: Vec<usize> = shards.into_iter().flat_map(|s| s.items).collect();
                assert_eq!(items.is_sorted(), shuffle == "none" || count == 1);
                items.sort_unstable();
                assert_eq!(items, (0..count).collect::<Vec<_>>());
            }
        }
    }

    #[test]
    fn any_split_into_workers_covers_every_task_once() {
        let plan = plan(2501, "block", 16);
        let every = |of: u64| -> Vec<(usize, u64)> {
            (1..=of).flat_map(|i| plan.tasks(i, of)).flat_map(|t| t.epochs.map(move |e| (t.block, e))).collect()
        };
        for of in [2, 3, 7, 50] {
            assert_eq!(every(1), every(of));
        }
    }

    #[test]
    fn epochs_differ_in_order() {
        let plan = plan(40, "block", 16);
        assert_ne!(plan.shards(0, 0)[0].items, plan.shards(0, 1)[0].items);
    }
}

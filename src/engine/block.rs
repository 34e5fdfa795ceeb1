//! The prepared pictures of a block, as far as memory goes.

use super::reader::Reader;
use super::{Job, go_on, team};
use crate::error::Result;
use crate::image::{Deep, Image};
use crate::plan::{Entry, Shard};
use crate::targets::Carried;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

/// Pictures after the steps that are the same for every row.
#[derive(Debug)]
pub(super) struct Block {
    /// Sorted by item.
    items: Vec<usize>,
    pictures: Vec<OnceLock<Prepared>>,
    /// By epoch, all rows, among which partners are; none if rows are not mixed.
    rows: BTreeMap<u64, Vec<Entry>>,
}

/// A picture after the steps that are the same for every row, and what belongs to it after the same.
#[derive(Debug, Default)]
pub(super) struct Prepared {
    pub(super) image: Image,
    /// In place of it, where pictures have other channels or another depth.
    pub(super) deep: Deep,
    /// Empty without masks.
    pub(super) mask: Image,
    /// Boxes and key points; nothing without any.
    pub(super) carried: Carried,
}

impl Block {
    /// Makes ready for `shards` of block `index`: decodes and prepares their pictures, if it pays.
    pub(super) fn for_shards(job: &Job<'_>, index: usize, shards: &[Shard]) -> Result<Self> {
        let mixed = shards.iter().filter(|_| !job.spec.mixing.is_empty());
        let epochs: BTreeSet<u64> = mixed.map(|shard| shard.epoch).collect();
        let rows: BTreeMap<u64, Vec<Entry>> = epochs.into_iter().map(|epoch| (epoch, job.plan.rows(index, epoch))).collect();
        let own = || shards.iter().flat_map(|shard| &shard.rows);
        let pictures: BTreeSet<usize> = own().chain(rows.values().flatten()).map(|row| row.item).collect();
        // If each makes one row, nothing is worth keeping.
        let again = own().count() > pictures.len() || !rows.is_empty();
        Self::prepare(job, if again { pictures.into_iter().collect() } else { Vec::new() }, rows)
    }

    /// Decodes and prepares `items`, ascending, the largest files first, so that no slow one is left for the end.
    fn prepare(job: &Job<'_>, items: Vec<usize>, rows: BTreeMap<u64, Vec<Entry>>) -> Result<Self> {
        let kept = fitting(job, items);
        let pictures: Vec<OnceLock<Prepared>> = kept.iter().map(|_| OnceLock::new()).collect();
        let mut order: Vec<usize> = (0..kept.len()).collect();
        order.sort_by_key(|&place| Reverse(job.source.items[kept[place]].bytes));
        team::each(
            &order,
            || Reader::new(job.references),
            |reader, &place| {
                go_on(job.stop)?;
                let mut made = Prepared::default();
                job.spent.decode.time(|| reader.prepare_all(job.pictures(), kept[place], &mut made))?;
                // Each place is handed out once.
                let _ = pictures[place].set(made);
                Ok(())
            },
        )?;
        Ok(Self { items: kept, pictures, rows })
    }

    /// All rows of the block in `epoch`; none if rows are not mixed.
    pub(super) fn rows(&self, epoch: u64) -> &[Entry] {
        self.rows.get(&epoch).map_or(&[], Vec::as_slice)
    }

    /// The prepared picture of item `at`, if it is kept.
    pub(super) fn get(&self, at: usize) -> Option<&Prepared> {
        self.pictures[self.items.binary_search(&at).ok()?].get()
    }
}

/// The items whose prepared pictures fit the memory.
fn fitting(job: &Job<'_>, mut items: Vec<usize>) -> Vec<usize> {
    let mut room = job.memory.saturating_sub(job.references.library.bytes());
    let masks = u64::from(job.truth.masks.is_some());
    items.retain(|&at| {
        let size = job.spec.pipeline.prepared_size(job.source.items[at].size);
        let bytes = job.spec.input.bytes(size) + size.bytes() * masks;
        let fits = bytes <= room;
        room -= if fits { bytes } else { 0 };
        fits
    });
    items
}

//! The prepared pictures of a block, as far as memory goes.

use super::reader::Reader;
use super::{Job, go_on, team};
use crate::error::{Error, Result};
use crate::image::{Deep, Image, Shelf, Size};
use crate::plan::{Entry, Slot};
use crate::targets::Carried;
use indicatif::BinaryBytes;
use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::sync::OnceLock;

/// Pictures after the steps that are the same for every row.
#[derive(Debug)]
pub(super) struct Block {
    /// For each item up to the last that is kept, the place of its picture, plus one; 0 if it is not kept.
    places: Vec<u32>,
    pictures: Vec<OnceLock<Prepared>>,
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
    /// Makes ready for the shards of block `index` in the places `slots`, by epoch: decodes and prepares their pictures, if it pays.
    pub(super) fn for_slots(job: &Job<'_>, index: usize, slots: &[Slot]) -> Result<Self> {
        let mixed = !job.spec.mixing.is_empty();
        let all = job.plan.block(index).len();
        let mut pictures: BTreeSet<usize> = BTreeSet::new();
        for slots in slots.chunk_by(|a, b| a.epoch == b.epoch) {
            // One epoch may have them all.
            if pictures.len() == all {
                break;
            }
            // Partners are among all rows of the block.
            let rows = if mixed { job.plan.rows(index, slots[0].epoch) } else { rows_in(job, index, slots) };
            pictures.extend(rows.iter().map(|row| row.item));
        }
        // If each makes one row, nothing is worth keeping.
        let again = mixed || slots.iter().map(|slot| slot.rows).sum::<u64>() > pictures.len() as u64;
        Self::prepare(job, if again { pictures.into_iter().collect() } else { Vec::new() })
    }

    /// Decodes and prepares `items`, ascending, the largest files first, so that no slow one is left for the end.
    fn prepare(job: &Job<'_>, items: Vec<usize>) -> Result<Self> {
        let (kept, sizes): (Vec<usize>, Vec<Size>) = fitting(job, items).unzip();
        let mut shelf = shelf_for(job, sizes)?;
        let places = shelf.places();
        let pictures: Vec<OnceLock<Prepared>> = kept.iter().map(|_| OnceLock::new()).collect();
        let mut order: Vec<usize> = (0..kept.len()).collect();
        order.sort_by_key(|&place| Reverse(job.source.items[kept[place]].bytes));
        job.source.ahead(order.iter().map(|&place| kept[place]));
        team::each(
            order,
            || (Reader::new(job.references), Image::default()),
            |(reader, image), place| {
                go_on(job.stop)?;
                let mut made = Prepared { image: std::mem::take(image), ..Prepared::default() };
                job.spent.decode.time(|| reader.prepare_all(job.pictures(), kept[place], &mut made))?;
                if places.get(place).is_some_and(|room| room.put(&made.image)) {
                    *image = std::mem::take(&mut made.image);
                }
                // Each place is handed out once.
                let _ = pictures[place].set(made);
                Ok(())
            },
        )?;
        drop(places);
        let mut block = Self { places: places_of(&kept), pictures };
        for (picture, image) in block.pictures.iter_mut().zip(shelf.images()) {
            if let Some(picture) = picture.get_mut().filter(|picture| picture.image.size() == Size::default()) {
                picture.image = image;
            }
        }
        Ok(block)
    }

    /// The prepared picture of item `at`, if it is kept.
    pub(super) fn get(&self, at: usize) -> Option<&Prepared> {
        self.pictures[self.places.get(at)?.checked_sub(1)? as usize].get()
    }
}

/// For each item up to the last of `kept`, which are sorted, its place among them, plus one: a row finds its picture by one look.
fn places_of(kept: &[usize]) -> Vec<u32> {
    // Zeros take no memory until something lies beside them.
    let mut places = vec![0; kept.last().map_or(0, |last| last + 1)];
    for (item, place) in kept.iter().zip(1..) {
        places[*item] = place;
    }
    places
}

/// The rows in some places of an epoch.
fn rows_in(job: &Job<'_>, index: usize, slots: &[Slot]) -> Vec<Entry> {
    job.plan.shards_in(index, slots).into_iter().flat_map(|shard| shard.rows).collect()
}

/// Room for prepared pictures of `sizes`; those of other channels or another depth have their own.
fn shelf_for(job: &Job<'_>, sizes: Vec<Size>) -> Result<Shelf> {
    let sizes = if job.spec.input.deep.is_some() { Vec::new() } else { sizes };
    let bytes = sizes.iter().map(|size| size.bytes()).sum();
    Shelf::new(sizes).map_err(|error| {
        Error::Usage(format!("--memory: cannot take {} for prepared pictures: {error} (give less)", BinaryBytes(bytes)))
    })
}

/// The items whose prepared pictures fit the memory, with the sizes of those.
fn fitting(job: &Job<'_>, items: Vec<usize>) -> impl Iterator<Item = (usize, Size)> {
    let mut room = job.memory.saturating_sub(job.references.library.bytes());
    let masks = u64::from(job.truth.masks.is_some());
    items.into_iter().filter_map(move |at| {
        let size = job.spec.pipeline.prepared_size(job.source.items[at].size);
        let bytes = job.spec.input.bytes(size) + size.bytes() * masks;
        room = room.checked_sub(bytes)?;
        Some((at, size))
    })
}

//! Blocks that stay when pictures come and go.
//!
//! A picture's id is a number that its path decides. The block `0110` holds the pictures whose ids begin with these bits; one
//! that would hold too many is halved by the next bit. So a picture that comes or goes changes its own block, and at most
//! halves or joins it, and no other.

use crate::error::{Error, Result, shown};
use crate::source::{ID_BITS, Source};

/// A block.
#[derive(Clone, Debug)]
pub(super) struct Leaf {
    /// What the ids of its pictures begin with, in binary.
    pub(super) bits: String,
    /// Its pictures, ascending.
    pub(super) items: Vec<usize>,
    /// The hash of all that decides its bytes; empty until it is known.
    pub(super) key: String,
}

/// How many digits of a block's key its files are called by.
const DIGITS: usize = 16;

/// As many pictures share a block as make a shard, but so many at least, that epochs mix them well,
const FEWEST: u64 = 1024;
/// and so many at most, that a change is a small one.
const MOST: u64 = 8192;

/// How many rows a block may have: a whole number of shards, or a part of one. It must not depend on the pictures.
pub(super) fn most_rows(rows_per_shard: u64, batch_size: u64) -> u64 {
    let rows = rows_per_shard.clamp(FEWEST, MOST);
    rows.next_multiple_of(rows_per_shard.min(rows)).next_multiple_of(batch_size)
}

impl Leaf {
    /// What the files of its shard number `piece` are called behind the array's name.
    pub(super) fn stem(&self, piece: u64) -> String {
        let bits = if self.bits.is_empty() { "all" } else { &self.bits };
        format!("{bits}-{piece:03}-{}", self.key.get(..DIGITS).unwrap_or_default())
    }
}

/// Blocks of at most `most` pictures, in the order of their bits.
///
/// # Errors
/// If two pictures have the same id, as one pair of a hundred million pictures has in a thousand datasets.
pub(super) fn cut(source: &Source, items: &[usize], most: u64) -> Result<Vec<Leaf>> {
    let mut by_id: Vec<(i64, usize)> = items.iter().map(|&at| (source.items[at].id(), at)).collect();
    by_id.sort_unstable();
    if let Some(pair) = by_id.windows(2).find(|pair| pair[0].0 == pair[1].0) {
        let [one, other] = [pair[0].1, pair[1].1].map(|at| shown(&*source.items[at].path));
        return Err(Error::Usage(format!("{one}: has the same id as {other} (rename one of them)")));
    }
    let mut leaves = Vec::new();
    halve(&by_id, String::new(), usize::try_from(most).unwrap_or(usize::MAX), &mut leaves);
    Ok(leaves)
}

fn halve(by_id: &[(i64, usize)], bits: String, most: usize, leaves: &mut Vec<Leaf>) {
    if by_id.is_empty() {
        return;
    }
    if by_id.len() <= most {
        let mut items: Vec<usize> = by_id.iter().map(|(_, at)| *at).collect();
        items.sort_unstable();
        leaves.push(Leaf { bits, items, key: String::new() });
        return;
    }
    let bit = 1 << (ID_BITS - 1 - bits.len());
    let (low, high) = by_id.split_at(by_id.partition_point(|(id, _)| id & bit == 0));
    halve(low, format!("{bits}0"), most, leaves);
    halve(high, format!("{bits}1"), most, leaves);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::Size;
    use crate::source::{ContentHash, Item};
    use std::collections::BTreeMap;
    use std::sync::Arc;

    fn source(names: impl Iterator<Item = usize>) -> Source {
        let item = |i| Item {
            path: format!("{i:05}.png").into(),
            bytes: 1,
            xxh3_128: ContentHash::default(),
            format: "png",
            size: Size::new(1, 1),
            substitute: None,
        };
        Source::of_items(".".as_ref(), names.map(item).collect())
    }

    fn blocks(source: &Source, most: u64) -> BTreeMap<String, Vec<Arc<str>>> {
        let all: Vec<usize> = (0..source.items.len()).collect();
        let name = |at: &usize| source.items[*at].path.clone();
        cut(source, &all, most).unwrap().into_iter().map(|leaf| (leaf.bits, leaf.items.iter().map(name).collect())).collect()
    }

    #[test]
    fn every_picture_is_in_the_block_that_its_id_begins_with() {
        let source = source(0..1000);
        let blocks = blocks(&source, 100);
        assert_eq!(blocks.values().map(Vec::len).sum::<usize>(), 1000);
        assert!(blocks.values().all(|block| block.len() <= 100));
        for item in source.items.iter() {
            let id = format!("{:063b}", item.id());
            let home = blocks.iter().find(|(bits, _)| id.starts_with(bits.as_str())).unwrap();
            assert!(home.1.contains(&item.path));
        }
    }

    #[test]
    fn a_picture_that_comes_changes_only_its_own_block() {
        for count in 90..200 {
            let (before, after) = (blocks(&source(0..count), 20), blocks(&source(0..=count), 20));
            let same = before.iter().filter(|(bits, block)| after.get(*bits) == Some(block)).count();
            assert_eq!(same, before.len() - 1, "{count}");
        }
    }

    #[test]
    fn a_block_is_as_large_as_a_shard_within_limits() {
        let of = |(shard, batch)| most_rows(shard, batch);
        assert_eq!(
            [(352, 32), (2048, 32), (1_000_000, 32), (1_000_000, 100), (20_000, 20_000)].map(of),
            [1056, 2048, 8192, 8200, 20_000]
        );
    }

    #[test]
    fn few_pictures_are_one_block() {
        assert_eq!(blocks(&source(0..20), 20).keys().collect::<Vec<_>>(), [""]);
        assert_eq!(
            Leaf { bits: String::new(), items: Vec::new(), key: "0123456789abcdef0".into() }.stem(2),
            "all-002-0123456789abcdef"
        );
    }
}

//! What stays together.

use super::assign::Unit;
use crate::rng::Key;
use crate::source::{ContentHash, Item};
use std::collections::BTreeMap;

/// Which items stay together, as a forest: each item points to one before it, or to itself.
#[derive(Debug)]
pub(super) struct Together(Vec<usize>);

impl Together {
    /// Joins items of one group, of equal bytes, and of the pairs `alike`.
    pub(super) fn new(items: &[Item], groups: Option<&[String]>, alike: &[(usize, usize)]) -> Self {
        let mut forest = Self((0..items.len()).collect());
        let mut first: BTreeMap<ContentHash, usize> = BTreeMap::new();
        for (at, item) in items.iter().enumerate() {
            forest.join(*first.entry(item.xxh3_128).or_insert(at), at);
        }
        let mut first: BTreeMap<&str, usize> = BTreeMap::new();
        for (at, group) in groups.unwrap_or_default().iter().enumerate() {
            forest.join(*first.entry(group).or_insert(at), at);
        }
        alike.iter().for_each(|(a, b)| forest.join(*a, *b));
        forest
    }

    fn root(&mut self, mut at: usize) -> usize {
        while self.0[at] != at {
            self.0[at] = self.0[self.0[at]];
            at = self.0[at];
        }
        at
    }

    fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.root(a), self.root(b));
        self.0[a.max(b)] = a.min(b);
    }

    /// Items that stay together, each with the first of its unit.
    pub(super) fn pairs(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
        let root = |mut at: usize| {
            while self.0[at] != at {
                at = self.0[at];
            }
            at
        };
        (0..self.0.len()).map(move |at| (root(at), at)).filter(|(first, at)| first != at)
    }

    /// The items of each unit, by its first.
    fn members(&mut self) -> BTreeMap<usize, Vec<usize>> {
        let mut members: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for at in 0..self.0.len() {
            members.entry(self.root(at)).or_default().push(at);
        }
        members
    }

    /// Every unit, by its hash. The hash is of the least name of a group in it, or else of the least content.
    pub(super) fn units(mut self, seed: u64, groups: Option<&[String]>, items: &[Item]) -> Vec<Unit> {
        let members = self.members();
        let key = Key::new(seed).word(b"split");
        let hash = |members: &[usize]| {
            let name = match groups {
                Some(groups) => members.iter().map(|at| &groups[*at]).min().cloned(),
                None => members.iter().map(|at| items[*at].xxh3_128).min().map(|hash| hash.to_string()),
            };
            key.word(name.unwrap_or_default().as_bytes()).rng().bits()
        };
        let mut units: Vec<Unit> = members.into_values().map(|items| Unit { hash: hash(&items), items }).collect();
        units.sort_by_key(|unit| (unit.hash, unit.items[0]));
        units
    }
}

/// Bits of a difference hash that may differ between pictures that look alike.
const NEAR: u32 = 3;

/// Pairs of items whose difference hashes are near, each item with the first that it is near to.
///
/// Two hashes of 64 bits that differ in three agree in one of their four quarters, so only those are compared.
pub fn alike(hashes: &[u64]) -> Vec<(usize, usize)> {
    let mut pairs = Vec::new();
    for quarter in 0..4 {
        let mut same: BTreeMap<u16, Vec<usize>> = BTreeMap::new();
        for (at, hash) in hashes.iter().enumerate() {
            let others = same.entry((hash >> (16 * quarter)) as u16).or_default();
            pairs.extend(others.iter().find(|other| (hashes[**other] ^ hash).count_ones() <= NEAR).map(|other| (*other, at)));
            others.push(at);
        }
    }
    pairs.sort_unstable();
    pairs.dedup();
    pairs
}

/// The groups of two and more of `count` items that `pairs` join, directly or by others, each in order.
pub fn joined(count: usize, pairs: &[(usize, usize)]) -> Vec<Vec<usize>> {
    let mut forest = Together((0..count).collect());
    pairs.iter().for_each(|(a, b)| forest.join(*a, *b));
    forest.members().into_values().filter(|group| group.len() > 1).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::Size;

    fn items(contents: &[&str]) -> Vec<Item> {
        let item = |(i, content): (usize, &&str)| Item {
            path: format!("{i}").into(),
            bytes: 1,
            xxh3_128: ContentHash::of(content.as_bytes()),
            format: "png",
            size: Size::new(1, 1),
            substitute: None,
        };
        contents.iter().enumerate().map(item).collect()
    }

    fn members(units: &[Unit]) -> Vec<Vec<usize>> {
        let mut all: Vec<Vec<usize>> = units.iter().map(|unit| unit.items.clone()).collect();
        all.sort();
        all
    }

    #[test]
    fn copies_and_groups_and_chains_of_them_stay_together() {
        let items = items(&["a", "b", "a", "c", "d"]);
        assert_eq!(members(&Together::new(&items, None, &[]).units(0, None, &items)), [vec![0, 2], vec![1], vec![3], vec![4]]);
        let groups: Vec<String> = ["x", "y", "z", "z", "y"].map(String::from).into();
        let units = Together::new(&items, Some(&groups), &[]).units(0, Some(&groups), &items);
        assert_eq!(members(&units), [vec![0, 2, 3], vec![1, 4]]);
        let units = Together::new(&items, None, &[(3, 4)]).units(0, None, &items);
        assert_eq!(members(&units), [vec![0, 2], vec![1], vec![3, 4]]);
    }

    #[test]
    fn a_hash_is_of_the_content_and_not_of_the_place() {
        let (few, many) = (items(&["b", "a"]), items(&["c", "a", "d", "b"]));
        let hash = |items: &[Item], content: &str| {
            let units = Together::new(items, None, &[]).units(7, None, items);
            units.iter().find(|unit| items[unit.items[0]].xxh3_128 == ContentHash::of(content.as_bytes())).map(|unit| unit.hash)
        };
        assert_eq!(hash(&few, "a"), hash(&many, "a"));
        assert_ne!(hash(&few, "a"), hash(&few, "b"));
    }

    #[test]
    fn hashes_within_three_bits_are_alike() {
        assert_eq!(alike(&[0, 0b111, 1 << 63 | 1 << 40 | 1 << 20, u64::MAX, u64::MAX << 3]), [(0, 1), (0, 2), (3, 4)]);
        assert_eq!(alike(&[0, 0b1111]), []);
    }

    #[test]
    fn pairs_join_into_groups() {
        assert_eq!(joined(6, &[(3, 4), (0, 2), (2, 5)]), [vec![0, 2, 5], vec![3, 4]]);
        assert_eq!(joined(2, &[]), Vec::<Vec<usize>>::new());
    }
}

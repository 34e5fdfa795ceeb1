//! How often rows show each class, and which of its pictures.
//!
//! A class has so many rows in an epoch. Its pictures lie in a drawn order along a line that is as long, and a row is a
//! step along it: so rows show each picture equally often, to one, and where they cannot, the epochs take turns. All
//! kinds of balance are this one rule. A block owns a stretch of every class's line, so that its pictures are
//! the same in every epoch.

use super::Entry;
use super::turns::Turns;
use crate::error::{Error, Result, unknown};
use crate::labels::Membership;
use crate::rng::{Key, Rng};
use crate::spec::{Balance, Sampling, Spec, Weights};
use std::ops::Range;

/// The rows of a balanced side.
#[derive(Clone, Debug)]
pub(super) struct Balanced {
    classes: Vec<Line>,
    /// By block and class, the stretch of the class's line.
    blocks: Vec<Vec<Range<u64>>>,
    /// The rows of a batch, if every batch holds the classes in their shares.
    even: Option<usize>,
}

/// A class.
#[derive(Clone, Debug)]
struct Line {
    pictures: Vec<usize>,
    /// Rows of an epoch.
    rows: u64,
    /// How many epochs there are, if all of them together show each picture equally often; else any number of them does, about.
    epochs: Option<u64>,
}

impl Balanced {
    /// Lines up the pictures numbered `items`, and cuts blocks of `block` rows.
    ///
    /// # Errors
    /// If no rows are left.
    pub(super) fn new(spec: &Spec, balance: &Balance, classes: &Membership, items: &[usize], key: Key) -> Result<Self> {
        let classes = lines(spec, balance, classes, items, key);
        if classes.iter().all(|line| line.rows == 0) {
            return Err(Error::Spec(vec!["balance: no rows are left (raise counts or epochs)".into()]));
        }
        let even = balance.even_batches.then(|| usize::try_from(spec.batch_size).unwrap_or(usize::MAX));
        Ok(Self { classes, blocks: Vec::new(), even })
    }

    /// Rows of an epoch.
    pub(super) fn rows(&self) -> u64 {
        self.classes.iter().map(|line| line.rows).sum()
    }

    /// Rows of an epoch, by class.
    pub(super) fn rows_by_class(&self) -> Vec<u64> {
        self.classes.iter().map(|line| line.rows).collect()
    }

    /// Cuts blocks of `block` rows, each of which has about the epoch's share of every class.
    pub(super) fn cut(&mut self, block: u64) {
        let mut at = vec![0; self.classes.len()];
        let mut turns = Turns::new(self.rows_by_class()).peekable();
        while turns.peek().is_some() {
            let from = at.clone();
            turns.by_ref().take(usize::try_from(block).unwrap_or(usize::MAX)).for_each(|class| at[class] += 1);
            self.blocks.push(from.into_iter().zip(&at).map(|(from, to)| from..*to).collect());
        }
    }

    pub(super) fn blocks(&self) -> usize {
        self.blocks.len()
    }

    pub(super) fn rows_of(&self, block: usize) -> u64 {
        self.blocks[block].iter().map(|slots| slots.end - slots.start).sum()
    }

    /// The pictures that rows of the block may show, ascending.
    pub(super) fn pictures_of(&self, block: usize) -> Vec<usize> {
        let of = |(line, slots): (&Line, &Range<u64>)| line.reach(slots).map(|at| line.pictures[at]).collect::<Vec<_>>();
        let mut pictures: Vec<usize> = self.classes.iter().zip(&self.blocks[block]).flat_map(of).collect();
        pictures.sort_unstable();
        pictures
    }

    /// The rows of the block in `epoch`, in a drawn order.
    pub(super) fn entries(&self, block: usize, epoch: u64, rng: &mut Rng) -> Vec<Entry> {
        let of = |(line, slots): (&Line, &Range<u64>)| slots.clone().map(|slot| line.entry(slot, epoch)).collect();
        let mut by_class: Vec<Vec<Entry>> = self.classes.iter().zip(&self.blocks[block]).map(of).collect();
        let Some(batch) = self.even else {
            let mut all = by_class.concat();
            rng.shuffle(&mut all);
            return all;
        };
        by_class.iter_mut().for_each(|rows| rng.shuffle(rows));
        let turns = Turns::new(by_class.iter().map(|rows| rows.len() as u64));
        let mut all: Vec<Entry> = turns.filter_map(|class| by_class[class].pop()).collect();
        all.chunks_mut(batch).for_each(|rows| rng.shuffle(rows));
        all
    }
}

/// Refuses to balance classes that have no pictures among `items`.
///
/// # Errors
/// With the class.
pub(super) fn check(balance: &Balance, classes: &Membership, items: &[usize]) -> Result<()> {
    let counts = classes.counts_of(items);
    for name in balance.classes() {
        match classes.names.iter().position(|known| known == name) {
            None => {
                let known: Vec<&str> = classes.names.iter().map(String::as_str).collect();
                return Err(Error::Spec(vec![format!("balance: {}", unknown("class", name, &known))]));
            }
            Some(at) if counts[at] == 0 => {
                return Err(Error::Spec(vec![format!("balance: class `{name}` has no pictures to train on (leave it out)")]));
            }
            Some(_) => {}
        }
    }
    Ok(())
}

/// The line of every class, each with its own order.
fn lines(spec: &Spec, balance: &Balance, classes: &Membership, items: &[usize], key: Key) -> Vec<Line> {
    let mut pictures = vec![Vec::new(); classes.names.len()];
    items.iter().for_each(|&at| pictures[classes.of[at]].push(at));
    let counts = || pictures.iter().map(|pictures| pictures.len() as u64).filter(|count| *count > 0);
    let (most, least) = (counts().max().unwrap_or(0), counts().min().unwrap_or(0));
    let line = |(mut pictures, name): (Vec<usize>, &String)| {
        key.word(b"balance").word(name.as_bytes()).rng().shuffle(&mut pictures);
        let own = pictures.len() as u64;
        let (rows, epochs) = match (balance.counts.get(name), balance.epochs.get(name), balance.sampling) {
            _ if own == 0 => (0, None),
            (Some(rows), ..) => (*rows, None),
            // Rounded up, so that no picture is without a row.
            (_, Some(copies), _) => ((own * copies).div_ceil(spec.epochs), Some(spec.epochs)),
            (.., Sampling::All) => (own, None),
            (.., Sampling::Oversample) => (most, None),
            (.., Sampling::Undersample) => (least, None),
        };
        Line { pictures, rows, epochs }
    };
    pictures.into_iter().zip(&classes.names).map(line).collect()
}

impl Line {
    /// How far `epoch` moves the steps, as a part of one: numerator and denominator. Without a number of epochs that is
    /// van der Corput's sequence (the bits behind the point are those of the epoch, reversed), of which any beginning is
    /// spread evenly: so an epoch stays as it is when others are added.
    fn offset(&self, epoch: u64) -> (u128, u128) {
        match self.epochs {
            Some(epochs) => (u128::from(2 * epoch + 1), u128::from(2 * epochs)),
            None => (u128::from((epoch as u32).reverse_bits()) * 2 + 1, 1 << 33),
        }
    }

    /// Row `slot` of the class in `epoch`.
    fn entry(&self, slot: u64, epoch: u64) -> Entry {
        let (numerator, denominator) = self.offset(epoch);
        let (own, rows) = (self.pictures.len() as u128, u128::from(self.rows));
        let picture = (denominator * u128::from(slot) + numerator) * own / (denominator * rows);
        // The first row that shows it.
        let reached = (denominator * rows * picture).div_ceil(own);
        let first = reached.saturating_sub(numerator).div_ceil(denominator);
        Entry { item: self.pictures[picture as usize], copy: slot - first as u64 }
    }

    /// The places on the line that `slots` reach in any epoch.
    fn reach(&self, slots: &Range<u64>) -> Range<usize> {
        let own = self.pictures.len() as u128;
        let place = |slot: u64| u128::from(slot) * own;
        let rows = u128::from(self.rows.max(1));
        if slots.is_empty() { 0..0 } else { (place(slots.start) / rows) as usize..place(slots.end).div_ceil(rows) as usize }
    }
}

/// What a row of each class weighs, if rows have weights; `rows` are those of an epoch, by class.
pub(super) fn weights(balance: &Balance, classes: &Membership, rows: &[u64]) -> Option<Vec<f32>> {
    let (all, present) = (rows.iter().sum::<u64>() as f64, rows.iter().filter(|count| **count > 0).count() as f64);
    let balanced = |count: &u64| if *count == 0 { 0.0 } else { (all / (present * *count as f64)) as f32 };
    match balance.weights.as_ref()? {
        Weights::Balanced => Some(rows.iter().map(balanced).collect()),
        Weights::Given(given) => {
            Some(classes.names.iter().map(|name| given.get(name).map_or(1.0, |weight| *weight as f32)).collect())
        }
    }
}

//! How often training rows show each class.

use super::fields::{About, Choice, Fields};
use std::collections::BTreeMap;

/// How many rows of an epoch each class gets, in which order, and what they weigh. Of training alone.
#[derive(Clone, Debug, PartialEq)]
pub struct Balance {
    /// The head whose classes these are; the first one, if it is not there.
    pub head: Option<String>,
    /// What holds for classes that are not named.
    pub sampling: Sampling,
    /// Rows of an epoch, by class.
    pub counts: BTreeMap<String, u64>,
    /// Rows of each picture in all epochs together, by class.
    pub epochs: BTreeMap<String, u64>,
    /// Whether every batch holds the classes in the shares that the epoch has.
    pub even_batches: bool,
    /// What rows weigh, if they have weights.
    pub weights: Option<Weights>,
}

/// How many rows of an epoch a class gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sampling {
    /// One for each of its pictures.
    All,
    /// As many as the class with the most pictures.
    Oversample,
    /// As many as the class with the fewest pictures.
    Undersample,
}

impl Choice for Sampling {
    const ALL: &'static [(&'static str, Self)] =
        &[("all", Self::All), ("oversample", Self::Oversample), ("undersample", Self::Undersample)];
}

/// What a row weighs.
#[derive(Clone, Debug, PartialEq)]
pub enum Weights {
    /// All classes together weigh alike, and a row 1 on average.
    Balanced,
    /// What is given for its class; 1 for a class that is not named.
    Given(BTreeMap<String, f64>),
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Batches {
    Shuffled,
    Even,
}

impl Choice for Batches {
    const ALL: &'static [(&'static str, Self)] = &[("shuffled", Self::Shuffled), ("even", Self::Even)];
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum SampleWeight {
    None,
    Balanced,
}

impl Choice for SampleWeight {
    const ALL: &'static [(&'static str, Self)] = &[("none", Self::None), ("balanced", Self::Balanced)];
}

/// Reads the section; `None`, without a trace in the resolved spec, if it is not there.
pub(super) fn read_balance(fields: &mut Fields<'_>) -> Option<Balance> {
    let about =
        About("", "how often training rows show each class, and what they weigh; without it each picture once in an epoch");
    fields.optional_object("balance", about, read_section)
}

fn read_section(fields: &mut Fields<'_>) -> Balance {
    let sampling = fields.choice(
        "sampling",
        Sampling::All,
        About(
            "",
            "rows of a class in an epoch: one for each picture, or as many as the largest or the smallest class has pictures",
        ),
    );
    let counts = fields.integers_by_name(
        "counts",
        (0, 100_000_000),
        About("rows of an epoch", "for these classes, whatever `sampling` says: {\"cat\": 500}"),
    );
    let epochs = fields.integers_by_name(
        "epochs",
        (0, 100_000),
        About(
            "rows of a picture",
            "for these classes, in all epochs together: {\"rare\": 30} beside `epochs` 10 shows each three times in each",
        ),
    );
    for class in counts.keys().filter(|class| epochs.contains_key(*class)) {
        fields.complain("epochs", &format!("`{class}` stands in counts too (keep one)"));
    }
    let batches = fields.choice(
        "batches",
        Batches::Shuffled,
        About("", "`even`: every batch holds the classes in the shares that the epoch has"),
    );
    let weights = read_weights(fields);
    let head = fields.text("head", None, About("", "the head whose classes these are; the first one, if it is not there"));
    Balance { head, sampling, counts, epochs, even_batches: batches == Batches::Even, weights }
}

fn read_weights(fields: &mut Fields<'_>) -> Option<Weights> {
    let weight = fields.choice(
        "sample_weight",
        SampleWeight::None,
        About("", "an array `sample_weight`; `balanced`: so that all classes together weigh alike"),
    );
    let given = fields.numbers_by_name(
        "class_weight",
        (0.0, 1e9),
        About(
            "weight",
            "an array `sample_weight` of what a row of the class weighs, 1 if it is not named, as Keras's `class_weight`",
        ),
    );
    match (weight, given.is_empty()) {
        (SampleWeight::None, true) => None,
        (SampleWeight::Balanced, true) => Some(Weights::Balanced),
        (SampleWeight::None, false) => Some(Weights::Given(given)),
        (SampleWeight::Balanced, false) => {
            fields.complain("class_weight", "given beside sample_weight (keep one)");
            Some(Weights::Given(given))
        }
    }
}

impl Balance {
    /// Every class that is named.
    pub fn classes(&self) -> impl Iterator<Item = &str> {
        let weights = if let Some(Weights::Given(weights)) = &self.weights { Some(weights) } else { None };
        let weighed = weights.into_iter().flat_map(BTreeMap::keys);
        self.counts.keys().chain(self.epochs.keys()).chain(weighed).map(String::as_str)
    }

    /// Whether an epoch is other than each picture once, in any order.
    pub fn arranges(&self) -> bool {
        self.sampling != Sampling::All || !self.counts.is_empty() || !self.epochs.is_empty() || self.even_batches
    }
}

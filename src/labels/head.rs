//! One array of labels.

use super::classes::Classes;
use crate::annotations::{Place, Problems};
use crate::spec::{HeadRule, LabelKind};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// One array of labels.
#[derive(Clone, Debug)]
pub struct Head {
    /// Its name, where there are several.
    pub name: Option<String>,
    /// What is written.
    pub kind: LabelKind,
    /// Whether a row may be of several pictures, and so has a share of each class.
    pub soft: bool,
    /// Names of classes, in the order of their numbers; none for numbers.
    pub classes: Vec<String>,
    /// Pictures of each class.
    pub counts: Vec<u64>,
    /// What each picture has, in the order of the items.
    pub values: Values,
}

/// What pictures are labelled with.
#[derive(Clone, Debug, PartialEq)]
pub enum Values {
    /// The number of the class.
    One(Vec<i64>),
    /// The numbers of the classes, ascending.
    Sets(Vec<Vec<i64>>),
    /// So many numbers for each, one after the other.
    Numbers(usize, Vec<f32>),
}

/// How messages name a picture.
pub(super) type Places<'a> = &'a dyn Fn(usize) -> Place<'a>;

impl Head {
    /// A head of a word for each picture; `known` classes are there even without pictures.
    pub(super) fn of_words(
        rule: &HeadRule,
        words: &[impl AsRef<str>],
        known: &BTreeSet<String>,
        place: Places<'_>,
        problems: &mut Problems,
        warnings: &mut Vec<String>,
    ) -> Self {
        if rule.kind == LabelKind::MultiLabel {
            let sets: Vec<Vec<&str>> = words.iter().map(|word| parted(word.as_ref(), &rule.multi_separator)).collect();
            return Self::of_sets(rule, &sets, known, place, problems, warnings);
        }
        let classes = Classes::new(rule, words.iter().map(AsRef::as_ref), known);
        let number = |(at, word)| classes.number(word, &place(at), problems).unwrap_or(0);
        let ids: Vec<i64> = words.iter().map(AsRef::as_ref).enumerate().map(number).collect();
        let counts = counts(classes.names.len(), ids.iter().copied());
        classes.look_over(&counts, problems, warnings);
        Self { name: rule.name.clone(), kind: rule.kind, soft: false, classes: classes.names, counts, values: Values::One(ids) }
    }

    /// A head of some words for each picture.
    pub(super) fn of_sets(
        rule: &HeadRule,
        sets: &[Vec<&str>],
        known: &BTreeSet<String>,
        place: Places<'_>,
        problems: &mut Problems,
        warnings: &mut Vec<String>,
    ) -> Self {
        let classes = Classes::new(rule, sets.iter().flatten().copied(), known);
        let numbers = sets.iter().enumerate().map(|(at, words)| {
            let place = place(at);
            let mut numbers: Vec<i64> = words.iter().filter_map(|word| classes.number(word, &place, problems)).collect();
            numbers.sort_unstable();
            numbers.dedup();
            numbers
        });
        let sets: Vec<Vec<i64>> = numbers.collect();
        let counts = counts(classes.names.len(), sets.iter().flatten().copied());
        classes.look_over(&counts, problems, warnings);
        Self { name: rule.name.clone(), kind: rule.kind, soft: false, classes: classes.names, counts, values: Values::Sets(sets) }
    }

    /// A head of `width` numbers for each picture.
    pub(super) fn of_numbers(rule: &HeadRule, width: usize, numbers: Vec<f32>) -> Self {
        let values = Values::Numbers(width, numbers);
        Self { name: rule.name.clone(), kind: rule.kind, soft: false, classes: Vec::new(), counts: Vec::new(), values }
    }

    /// What its arrays are called.
    pub fn array(&self) -> String {
        self.name.as_ref().map_or("labels".into(), |name| format!("labels-{name}"))
    }

    /// NumPy's `descr` of a value, and the shape of a row.
    pub fn layout(&self) -> (&'static str, Vec<u64>) {
        match (self.kind, &self.values) {
            (LabelKind::Class, _) if !self.soft => ("<i8", Vec::new()),
            (_, Values::Numbers(1, _)) => ("<f4", Vec::new()),
            (_, Values::Numbers(width, _)) => ("<f4", vec![*width as u64]),
            _ => ("<f4", vec![self.classes.len() as u64]),
        }
    }

    /// The rows of the pictures `items`, as bytes.
    pub fn rows(&self, items: &[usize]) -> Vec<u8> {
        match &self.values {
            Values::One(ids) if self.kind == LabelKind::Class && !self.soft => {
                items.iter().flat_map(|&at| ids[at].to_le_bytes()).collect()
            }
            Values::One(ids) => items.iter().flat_map(|&at| self.marks(&ids[at..=at])).collect(),
            Values::Sets(sets) => items.iter().flat_map(|&at| self.marks(&sets[at])).collect(),
            Values::Numbers(width, numbers) => {
                items.iter().flat_map(|&at| &numbers[at * width..][..*width]).flat_map(|n| n.to_le_bytes()).collect()
            }
        }
    }

    /// The row of a mixed picture, as bytes: the sum of what its pictures have, each by its share.
    pub fn mixed(&self, shares: &[(usize, f64)]) -> Vec<u8> {
        let (_, shape) = self.layout();
        let mut sums = vec![0.0; shape.first().map_or(1, |width| usize::try_from(*width).unwrap_or(0))];
        for &(at, share) in shares {
            let mut add = |number: i64| sums[usize::try_from(number).unwrap_or(0)] += share;
            match &self.values {
                Values::One(ids) => add(ids[at]),
                Values::Sets(sets) => sets[at].iter().copied().for_each(add),
                Values::Numbers(width, numbers) => {
                    let own = &numbers[at * width..][..*width];
                    sums.iter_mut().zip(own).for_each(|(sum, number)| *sum += share * f64::from(*number));
                }
            }
        }
        sums.iter().flat_map(|sum| (*sum as f32).to_le_bytes()).collect()
    }

    /// A 1 at each of `numbers`, 0 elsewhere.
    fn marks(&self, numbers: &[i64]) -> Vec<u8> {
        (0..self.classes.len() as i64).flat_map(|class| f32::from(u8::from(numbers.contains(&class))).to_le_bytes()).collect()
    }

    /// How many of the pictures `items` each class has.
    pub fn counts_of(&self, items: &[usize]) -> Vec<u64> {
        match &self.values {
            Values::One(ids) => counts(self.classes.len(), items.iter().map(|&at| ids[at])),
            Values::Sets(sets) => counts(self.classes.len(), items.iter().flat_map(|&at| sets[at].iter().copied())),
            Values::Numbers(..) => Vec::new(),
        }
    }

    /// The name of the class of picture `at`; `None` if it has none, or may have several.
    pub fn class_of(&self, at: usize) -> Option<&str> {
        match &self.values {
            Values::One(ids) => Some(self.name_of(ids[at])),
            _ => None,
        }
    }

    /// The number of the class of picture `at`, the first of several; 0 if it has none.
    pub fn number_of(&self, at: usize) -> usize {
        let number = match &self.values {
            Values::One(ids) => Some(ids[at]),
            Values::Sets(sets) => sets[at].first().copied(),
            Values::Numbers(..) => None,
        };
        number.and_then(|number| usize::try_from(number).ok()).unwrap_or(0)
    }

    fn name_of(&self, number: i64) -> &str {
        usize::try_from(number).ok().and_then(|at| self.classes.get(at)).map_or("", String::as_str)
    }

    /// Adds to the JSON of picture `at` what it has: `label`, and `class` by name.
    pub(super) fn describe(&self, at: usize, line: &mut Map<String, Value>) {
        let (label, class) = match &self.values {
            Values::One(ids) => (json!(ids[at]), json!(self.name_of(ids[at]))),
            Values::Sets(sets) => (json!(sets[at]), sets[at].iter().map(|number| self.name_of(*number)).collect()),
            Values::Numbers(1, numbers) => (json!(numbers[at]), Value::Null),
            Values::Numbers(width, numbers) => (json!(numbers[at * width..][..*width]), Value::Null),
        };
        line.insert("label".into(), label);
        if !class.is_null() {
            line.insert("class".into(), class);
        }
    }
}

/// The words in `text`, without spaces about them.
pub(super) fn parted<'a>(text: &'a str, separator: &str) -> Vec<&'a str> {
    let parts = if separator.is_empty() { vec![text] } else { text.split(separator).collect() };
    parts.into_iter().map(str::trim).filter(|word| !word.is_empty()).collect()
}

fn counts(classes: usize, numbers: impl Iterator<Item = i64>) -> Vec<u64> {
    let mut counts = vec![0; classes];
    numbers.filter_map(|number| usize::try_from(number).ok()).for_each(|number| counts[number] += 1);
    counts
}

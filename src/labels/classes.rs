//! Names of classes, and their numbers.

use crate::annotations::{Place, Problems};
use crate::error::{shown, unknown};
use crate::spec::{HeadRule, LabelOrder, Oov};
use std::collections::{BTreeMap, BTreeSet};

/// The word that `StringLookup` keeps for what it does not know.
const UNKNOWN: &str = "[UNK]";

/// Classes in the order of their numbers.
#[derive(Clone, Debug)]
pub(super) struct Classes {
    pub(super) names: Vec<String>,
    numbers: BTreeMap<String, i64>,
    has_unknown: bool,
}

impl Classes {
    /// Numbers the classes of `words`, those in `known` besides, as `rule` says; or those that the rule gives.
    pub(super) fn new<'a>(rule: &HeadRule, words: impl Iterator<Item = &'a str>, known: &BTreeSet<String>) -> Self {
        let mut names = match &rule.classes {
            Some(given) => given.clone(),
            None => ordered(rule, words, known),
        };
        let has_unknown = rule.oov == Oov::First;
        if has_unknown {
            names.insert(0, UNKNOWN.into());
        }
        let numbers = names.iter().cloned().zip(0..).collect();
        Self { names, numbers, has_unknown }
    }

    /// The number of `word`; `None`, and a problem at `place`, if it is no class.
    pub(super) fn number(&self, word: &str, place: &Place<'_>, problems: &mut Problems) -> Option<i64> {
        let number = self.numbers.get(word).copied().or(self.has_unknown.then_some(0));
        if number.is_none() {
            let names: Vec<&str> = self.names.iter().map(String::as_str).collect();
            let told = if names.len() > 20 { &names[..20] } else { &names };
            problems.add(place, format_args!("{} (\"oov\": \"first\" takes it as `[UNK]`)", unknown("class", word, told)));
        }
        number
    }

    /// What a person should know of classes with these counts, and of names that cannot be written.
    pub(super) fn look_over(&self, counts: &[u64], problems: &mut Problems, warnings: &mut Vec<String>) {
        let classes = self.names.iter().zip(counts).skip(usize::from(self.has_unknown));
        for (name, count) in classes.clone() {
            if name.chars().any(|c| matches!(c, '\n' | '\r')) {
                problems.add(
                    &Place::file("labels"),
                    format_args!("class `{}`: the name holds a line break (rename it)", shown(name)),
                );
            }
            if *count == 0 {
                warnings.push(format!("class `{name}`: no picture in it"));
            }
        }
        if let [(name, _)] = classes.clone().collect::<Vec<_>>()[..] {
            warnings.push(format!("class `{name}`: the only class (is the input one folder too deep?)"));
        }
        let mut folded: BTreeMap<String, Vec<&str>> = BTreeMap::new();
        for (name, _) in classes {
            folded.entry(name.to_lowercase()).or_default().push(name);
        }
        for alike in folded.values().filter(|names| names.len() > 1) {
            warnings.push(format!("classes `{}`: differ by case only (one class spelled twice?)", alike.join("`, `")));
        }
    }
}

/// The classes that there are, by name or by count.
fn ordered<'a>(rule: &HeadRule, words: impl Iterator<Item = &'a str>, known: &BTreeSet<String>) -> Vec<String> {
    let mut counts: BTreeMap<&str, u64> = known.iter().map(|name| (name.as_str(), 0)).collect();
    words.for_each(|word| *counts.entry(word).or_default() += 1);
    let mut classes: Vec<(&str, u64)> = counts.into_iter().collect();
    if rule.order == LabelOrder::Frequency {
        classes.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| b.0.cmp(a.0)));
    }
    classes.into_iter().map(|(name, _)| name.to_string()).collect()
}

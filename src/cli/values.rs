//! What stands behind a flag: sizes, times, places.

use crate::spec::fields::Choice;
use crate::spec::{Arrangement, Shuffle, Side};
use crate::store::local;
use clap::builder::{PathBufValueParser, TypedValueParser};
use std::path::PathBuf;
use std::time::Duration;

/// How many pictures may be left out.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Budget {
    /// A number.
    Count(u64),
    /// A share of all pictures, 0 to 1.
    Share(f64),
}

impl Budget {
    /// Whether `bad` of `all` pictures are within it.
    pub fn allows(self, bad: u64, all: u64) -> bool {
        match self {
            Self::Count(count) => bad <= count,
            Self::Share(share) => bad as f64 <= share * all as f64,
        }
    }
}

/// Some epochs of a dataset: ranges, both ends among them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Epochs(Vec<(u64, u64)>);

impl Epochs {
    /// Whether `epoch` is one of them.
    pub fn has(&self, epoch: u64) -> bool {
        self.0.iter().any(|(first, last)| (*first..=*last).contains(&epoch))
    }

    /// The last one.
    pub fn last(&self) -> u64 {
        self.0.iter().map(|(_, last)| *last).max().unwrap_or(0)
    }
}

pub(super) fn parse_epochs(text: &str) -> Result<Epochs, String> {
    let range = |part: &str| {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (first, last) = (first.parse().ok()?, last.parse().ok()?);
        (first <= last).then_some((first, last))
    };
    let ranges: Option<Vec<(u64, u64)>> = text.split(',').map(range).collect();
    ranges.map(Epochs).ok_or_else(|| "expected epochs from 0 and ranges of them, as in 0,3 or 2-5".into())
}

pub(super) fn parse_budget(text: &str) -> Result<Budget, String> {
    let wrong = || "expected a number or a percentage, as in 10 or 1%".to_string();
    match text.strip_suffix('%') {
        None => text.parse().map(Budget::Count).map_err(|_| wrong()),
        Some(percent) => match percent.parse::<f64>() {
            Ok(percent) if (0.0..=100.0).contains(&percent) => Ok(Budget::Share(percent / 100.0)),
            _ => Err(wrong()),
        },
    }
}

pub(super) fn parse_place(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| "expected a whole number from 0".into())
}

pub(super) fn parse_seed(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| format!("expected a whole number from 0 to {}", u64::MAX))
}

pub(super) fn parse_shuffle(text: &str) -> Result<Shuffle, String> {
    let found = Shuffle::ALL.iter().find(|(word, _)| *word == text);
    found.map(|(_, shuffle)| *shuffle).ok_or_else(|| "expected block, global or none".into())
}

pub(super) fn parse_arrangement(text: &str) -> Result<Arrangement, String> {
    let found = Arrangement::ALL.iter().find(|(word, _)| *word == text);
    found.map(|(_, arrangement)| *arrangement).ok_or_else(|| "expected packed or stable".into())
}

pub(super) fn parse_side(text: &str) -> Result<Side, String> {
    Side::called(text).ok_or_else(|| "expected train, val or test".into())
}

/// A path, or a URL; `file://` is a path.
pub(super) fn place() -> impl TypedValueParser<Value = PathBuf> {
    PathBufValueParser::new().map(|place| local(&place))
}

pub(super) fn parse_bytes(text: &str) -> Result<u64, String> {
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let factor: u64 = match &text[digits..] {
        "" | "B" => 1,
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        "GiB" => 1 << 30,
        "TiB" => 1 << 40,
        "kB" | "KB" => 1000,
        "MB" => 1_000_000,
        "GB" => 1_000_000_000,
        "TB" => 1_000_000_000_000,
        _ => return Err("expected a size, as in 64MiB or 2GB".into()),
    };
    match text[..digits].parse::<f64>() {
        Ok(number) if number * factor as f64 >= 1.0 => Ok((number * factor as f64) as u64),
        _ => Err("expected a size above zero, as in 64MiB or 2GB".into()),
    }
}

pub(super) fn parse_seconds(text: &str) -> Result<Duration, String> {
    let seconds = text.parse().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    seconds.ok_or_else(|| "expected seconds, as in 60 or 0.5; 0 for no limit".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn epochs_are_listed_and_ranged() {
        let some = parse_epochs("0,3-5").unwrap();
        assert_eq!((0..7).filter(|epoch| some.has(*epoch)).collect::<Vec<_>>(), [0, 3, 4, 5]);
        assert_eq!(some.last(), 5);
        for wrong in ["", "5-3", "1,,2", "-1", "a", "1-", "+1-+2x"] {
            assert!(parse_epochs(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn sizes_times_and_budgets() {
        assert_eq!(parse_bytes("64MiB"), Ok(64 << 20));
        assert_eq!(parse_bytes("1.5kB"), Ok(1500));
        assert!(parse_bytes("0").is_err() && parse_bytes("x").is_err() && parse_bytes("1 GB").is_err());
        assert!(parse_budget("1%").is_ok_and(|b| b.allows(1, 100) && !b.allows(2, 100)));
        assert!(parse_budget("3").is_ok_and(|b| b.allows(3, 3) && !b.allows(4, 9)));
        assert!(parse_budget("101%").is_err());
        assert_eq!(parse_seconds("0.5"), Ok(Duration::from_millis(500)));
        assert!(parse_seconds("-1").is_err() && parse_seconds("nan").is_err() && parse_seconds("x").is_err());
    }
}

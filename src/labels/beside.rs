//! A word for each picture, by a text beside it, as the `.cls` of a WebDataset.

use crate::annotations::beside::Rule;
use crate::annotations::{Place, Problems};
use crate::error::{Result, reason};
use crate::source::{Files, Source};
use crate::spec::{HeadRule, LabelOrder};

/// Bytes of a text that names a class, at most.
const MOST: u64 = 4096;
/// Classes that are taken as numbers, at most: more than any data set has, and few enough for a row of each.
const MOST_NUMBERS: usize = 1 << 16;

/// What a WebDataset calls the text with a picture's class.
pub(super) fn web_dataset() -> Rule {
    Rule::new("NAME.cls", "").expect("invariant: a good rule")
}

/// Whether every picture of `source` has its class in a `.cls` beside it.
pub(super) fn is_web_dataset(source: &Source) -> bool {
    let rule = web_dataset();
    !source.items.is_empty() && source.items.iter().all(|item| found(&rule, &*source.files, &item.path).is_some())
}

/// The path of the text of `picture`, if there is one.
fn found(rule: &Rule, files: &dyn Files, picture: &str) -> Option<String> {
    rule.names(picture).into_iter().find(|name| files.length(name).is_some())
}

/// The word of every picture of `source`: the text called by `rule`, without spaces about it.
///
/// # Errors
/// With the pictures that have no text, and the texts that are no word.
pub(super) fn of(rule: &Rule, source: &Source) -> Result<Vec<String>> {
    let mut problems = Problems::default();
    let mut paths = Vec::with_capacity(source.items.len());
    for item in source.items.iter() {
        match found(rule, &*source.files, &item.path) {
            Some(path) => paths.push(path),
            None => {
                let names = rule.names(&item.path).join("` or `");
                problems.add(&Place::file(&item.path), format_args!("has no `{names}` with its class (every picture needs one)"));
            }
        }
    }
    problems.finish()?;
    let read = source.by_chunks(&paths, String::as_str, Vec::new, |bytes, path| word(&*source.files, path, bytes));
    let mut problems = Problems::default();
    let words = paths.iter().zip(read).map(|(path, read)| {
        read.unwrap_or_else(|problem| {
            problems.add(&Place::file(path), problem);
            String::new()
        })
    });
    let words = words.collect();
    problems.finish().map(|_| words)
}

/// The word in the text at `path`.
fn word(files: &dyn Files, path: &str, bytes: &mut Vec<u8>) -> std::result::Result<String, String> {
    files.read(path, MOST + 1, bytes).map_err(|error| format!("cannot be read: {}", reason(&error)))?;
    if bytes.len() as u64 > MOST {
        return Err(format!("has more than {MOST} bytes, and so is no name of a class"));
    }
    let text = std::str::from_utf8(bytes).map_err(|_| "is no text of UTF-8 (it should hold the name of a class)")?;
    let word = text.trim_start_matches('\u{feff}').trim();
    if word.is_empty() { Err("is empty (it should hold the name of a class)".into()) } else { Ok(word.into()) }
}

/// `rule`, with the classes from 0 on if all `words` are numbers, so that each is the number of its class.
pub(super) fn numbered(rule: &HeadRule, words: &[String]) -> HeadRule {
    let number = |word: &String| word.parse().ok().filter(|number: &usize| *number < MOST_NUMBERS && number.to_string() == *word);
    let largest = words.iter().map(number).try_fold(0, |largest, number| number.map(|number| largest.max(number)));
    match largest {
        Some(largest) if rule.classes.is_none() && rule.order == LabelOrder::Name => {
            HeadRule { classes: Some((0..=largest).map(|class| class.to_string()).collect()), ..rule.clone() }
        }
        _ => rule.clone(),
    }
}

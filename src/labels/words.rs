//! A word for each picture, by its folder or its file's name.

use crate::error::{Error, Result, few, shown};
use crate::source::{Item, Source};
use crate::spec::LabelSource;
use regex::Regex;
use std::collections::BTreeSet;

/// How many files an error names.
const NAMED: usize = 5;

/// The word of every picture of `source`, and the words that are there without pictures. Class folders stand `depth`
/// folders below the input: 1 where the first ones are the sides of a split, else 0.
///
/// # Errors
/// With the pictures that have no word.
pub(super) fn of<'a>(from: &LabelSource, source: &'a Source, depth: usize) -> Result<(Vec<&'a str>, BTreeSet<String>)> {
    let by_folder = match from {
        LabelSource::Auto => source.items.iter().any(|item| item.path.matches('/').count() > depth),
        LabelSource::Directory => true,
        _ => false,
    };
    let rule = Rule::new(from, by_folder.then_some(depth))?;
    let words: Vec<&str> = source.items.iter().filter_map(|item| rule.label(item)).collect();
    if words.len() < source.items.len() {
        let missing: Vec<&Item> = source.items.iter().filter(|item| rule.label(item).is_none()).collect();
        return Err(unlabelled(&missing, &rule));
    }
    let folders = source.folders.iter().filter(|_| by_folder).filter_map(|folder| {
        let mut names = folder.split('/').skip(depth);
        names.next().filter(|_| names.next().is_none())
    });
    Ok((words, folders.map(str::to_string).collect()))
}

enum Rule<'a> {
    /// The folder that stands so many below the input.
    Folder(usize),
    Filename(&'a str),
    Pattern(Regex),
}

impl<'a> Rule<'a> {
    fn new(source: &'a LabelSource, folder: Option<usize>) -> Result<Self> {
        if let Some(depth) = folder {
            return Ok(Self::Folder(depth));
        }
        match source {
            LabelSource::Auto | LabelSource::Directory => Ok(Self::Filename("_")),
            LabelSource::Filename(separator) => Ok(Self::Filename(separator)),
            LabelSource::Beside(_) | LabelSource::Table(_) | LabelSource::Boxes | LabelSource::None => {
                unreachable!("invariant: not of names")
            }
            LabelSource::Pattern(pattern) => {
                Regex::new(pattern).map(Self::Pattern).map_err(|error| Error::Usage(format!("labels.pattern: {error}")))
            }
        }
    }

    fn label<'b>(&self, item: &'b Item) -> Option<&'b str> {
        let name = item.path.rsplit('/').next().unwrap_or(&item.path);
        let word = match self {
            Self::Folder(depth) => {
                let mut names = item.path.split('/').skip(*depth);
                names.next().filter(|_| names.next().is_some())?
            }
            Self::Filename(separator) => name.split_once(separator)?.0,
            Self::Pattern(regex) => regex.captures(&item.path)?.name("label")?.as_str(),
        };
        Some(word).filter(|word| !word.is_empty())
    }

    fn wanted(&self) -> String {
        match self {
            Self::Folder(_) => {
                "is in no class folder (move it into one, or take labels from file names: --labels filename)".into()
            }
            Self::Filename(separator) => format!("has no `{separator}` after a label in its name (rename it, or see --labels)"),
            Self::Pattern(regex) => format!("does not match the label pattern `{regex}`"),
        }
    }
}

fn unlabelled(missing: &[&Item], rule: &Rule<'_>) -> Error {
    let lines = missing.iter().map(|item| format!("{}: {}", shown(&*item.path), rule.wanted())).collect();
    Error::Usage(few(lines, NAMED, |more| format!("and {more} more pictures without a label")).join("\n"))
}

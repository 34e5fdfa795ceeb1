//! Which class a picture belongs to, and which number a class has.

use super::{Item, Source};
use crate::error::{Error, Result, shown};
use crate::spec::{LabelOrder, LabelSource, Labels, Oov};
use regex::Regex;
use std::collections::BTreeMap;

/// The word that `StringLookup` keeps for what it does not know.
const UNKNOWN: &str = "[UNK]";
/// How many files an error names.
const NAMED: usize = 5;

/// Classes, their numbers, and the number of every picture.
#[derive(Clone, Debug)]
pub struct LabelMap {
    /// Class names; the place in the list is the number.
    pub classes: Vec<String>,
    /// Pictures in each class.
    pub counts: Vec<u64>,
    /// The number of each picture's class, in the order of the items.
    pub ids: Vec<i64>,
    /// What a person should know.
    pub warnings: Vec<String>,
}

impl LabelMap {
    /// Labels every picture of `source`. Class folders stand `depth` folders below the input: 1 where the first ones
    /// are the sides of a split, else 0.
    ///
    /// # Errors
    /// With the pictures that have no label.
    pub fn new(source: &Source, labels: &Labels, depth: usize) -> Result<Self> {
        let by_folder = match labels.source {
            LabelSource::Auto => source.items.iter().any(|item| item.path.matches('/').count() > depth),
            LabelSource::Directory => true,
            _ => false,
        };
        let rule = Rule::new(&labels.source, by_folder.then_some(depth))?;
        let words = source.items.iter().map(|item| rule.label(item).ok_or(item)).collect::<Vec<_>>();
        let missing: Vec<&Item> = words.iter().filter_map(|word| word.as_ref().err().copied()).collect();
        if !missing.is_empty() {
            return Err(unlabelled(&missing, &rule));
        }
        let words: Vec<String> = words.into_iter().flatten().collect();
        let mut counts: BTreeMap<String, u64> = BTreeMap::new();
        if by_folder {
            let there = source.folders.iter().filter_map(|folder| {
                let mut names = folder.split('/').skip(depth);
                names.next().filter(|_| names.next().is_none())
            });
            counts.extend(there.map(|name| (name.to_string(), 0)));
        }
        for word in &words {
            *counts.entry(word.clone()).or_default() += 1;
        }
        Self::numbered(&words, counts, labels)
    }

    fn numbered(words: &[String], counts: BTreeMap<String, u64>, labels: &Labels) -> Result<Self> {
        if let Some(word) = counts.keys().find(|word| word.chars().any(|c| matches!(c, '\n' | '\r'))) {
            return Err(Error::Usage(format!("class `{}`: the name holds a line break (rename it)", shown(word))));
        }
        let mut classes: Vec<(String, u64)> = counts.into_iter().collect();
        if labels.order == LabelOrder::Frequency {
            classes.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| b.0.cmp(&a.0)));
        }
        let warnings = warnings(&classes);
        if labels.oov == Oov::First {
            classes.insert(0, (UNKNOWN.into(), 0));
        }
        let numbers: BTreeMap<&str, i64> = classes.iter().zip(0..).map(|((name, _), number)| (name.as_str(), number)).collect();
        let ids = words.iter().map(|word| numbers[word.as_str()]).collect();
        let (classes, counts) = classes.into_iter().unzip();
        Ok(Self { classes, counts, ids, warnings })
    }
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
            LabelSource::Pattern(pattern) => {
                Regex::new(pattern).map(Self::Pattern).map_err(|error| Error::Usage(format!("labels.pattern: {error}")))
            }
        }
    }

    fn label(&self, item: &Item) -> Option<String> {
        let name = item.path.rsplit('/').next().unwrap_or(&item.path);
        let word = match self {
            Self::Folder(depth) => {
                let mut names = item.path.split('/').skip(*depth);
                names.next().filter(|_| names.next().is_some())?
            }
            Self::Filename(separator) => name.split_once(separator)?.0,
            Self::Pattern(regex) => regex.captures(&item.path)?.name("label")?.as_str(),
        };
        (!word.is_empty()).then(|| word.to_string())
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
    let mut lines: Vec<String> =
        missing.iter().take(NAMED).map(|item| format!("{}: {}", shown(&item.path), rule.wanted())).collect();
    if missing.len() > NAMED {
        lines.push(format!("and {} more pictures without a label", missing.len() - NAMED));
    }
    Error::Usage(lines.join("\n"))
}

fn warnings(classes: &[(String, u64)]) -> Vec<String> {
    let mut warnings: Vec<String> =
        classes.iter().filter(|(_, count)| *count == 0).map(|(name, _)| format!("class `{name}`: no picture in it")).collect();
    if let [(name, _)] = classes {
        warnings.push(format!("class `{name}`: the only class (is the input one folder too deep?)"));
    }
    let mut folded: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for (name, _) in classes {
        folded.entry(name.to_lowercase()).or_default().push(name);
    }
    for alike in folded.values().filter(|names| names.len() > 1) {
        warnings.push(format!("classes `{}`: differ by case only (one class spelled twice?)", alike.join("`, `")));
    }
    warnings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::Size;

    fn source(paths: &[&str], folders: &[&str]) -> Source {
        let item =
            |path: &&str| Item { path: (*path).into(), bytes: 1, xxh3_128: String::new(), format: "png", size: Size::new(1, 1) };
        Source {
            root: ".".into(),
            items: paths.iter().map(item).collect(),
            bad: Vec::new(),
            folders: folders.iter().map(|f| (*f).to_string()).collect(),
            ignored: 0,
            hidden: 0,
        }
    }

    fn labels(source: LabelSource, order: LabelOrder, oov: Oov) -> Labels {
        Labels { source, order, oov }
    }

    #[test]
    fn frequency_orders_as_string_lookup_does() {
        let source = source(&["a_1", "b_1", "b_2", "c_1", "d_1", "d_2"], &[]);
        let map =
            LabelMap::new(&source, &labels(LabelSource::Filename("_".into()), LabelOrder::Frequency, Oov::First), 0).unwrap();
        assert_eq!(map.classes, ["[UNK]", "d", "b", "c", "a"]);
        assert_eq!(map.ids, [4, 2, 2, 3, 1, 1]);
        assert_eq!(map.counts, [0, 2, 2, 1, 1]);
    }

    #[test]
    fn auto_takes_folders_if_there_are_any() {
        let auto = labels(LabelSource::Auto, LabelOrder::Name, Oov::None);
        assert_eq!(LabelMap::new(&source(&["dog/x_1", "cat/y"], &["cat", "dog"]), &auto, 0).unwrap().classes, ["cat", "dog"]);
        assert_eq!(LabelMap::new(&source(&["x_1", "y_2"], &[]), &auto, 0).unwrap().classes, ["x", "y"]);
        assert!(
            LabelMap::new(&source(&["x_1", "cat/y"], &["cat"]), &auto, 0)
                .unwrap_err()
                .to_string()
                .starts_with("x_1: is in no class")
        );
    }

    #[test]
    fn below_the_sides_of_a_split_stand_the_classes() {
        let auto = labels(LabelSource::Auto, LabelOrder::Name, Oov::None);
        let source = source(&["train/cat/a", "val/dog/x/b"], &["train", "train/cat", "train/eel", "val", "val/dog"]);
        let map = LabelMap::new(&source, &auto, 1).unwrap();
        assert_eq!((map.classes, map.ids), (["cat", "dog", "eel"].map(String::from).to_vec(), vec![0, 1]));
    }

    #[test]
    fn a_pattern_names_the_class() {
        let pattern = labels(LabelSource::Pattern(r"-(?<label>[a-z]+)\.png$".into()), LabelOrder::Name, Oov::None);
        assert_eq!(LabelMap::new(&source(&["7-cat.png", "8-dog.png"], &[]), &pattern, 0).unwrap().classes, ["cat", "dog"]);
    }

    #[test]
    fn odd_classes_are_told() {
        let auto = labels(LabelSource::Auto, LabelOrder::Name, Oov::None);
        let map = LabelMap::new(&source(&["Cat/a", "cat/b"], &["Cat", "cat", "eel"]), &auto, 0).unwrap();
        assert_eq!(map.warnings.len(), 2, "{:?}", map.warnings);
        assert_eq!(map.counts, [1, 1, 0]);
    }
}

//! What pictures are labelled with, and which number a class has.

mod beside;
mod boxes;
mod classes;
mod head;
mod table;
#[cfg(test)]
mod tests;
mod words;

mod membership;

pub use head::{Head, Values};
pub use membership::Membership;

use crate::annotations::beside::Rule;
use crate::annotations::{Place, Problems};
use crate::error::{Error, Result};
use crate::ground_truth::GroundTruth;
use crate::source::Source;
use crate::spec::{By, Group, LabelSource, Spec, TableRule};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};
use table::Rows;

/// The labels of all pictures.
#[derive(Clone, Debug, Default)]
pub struct Labels {
    /// An array each; none if rows have no labels.
    pub heads: Vec<Head>,
    /// What every picture has in the columns that a split names, in the order of the items.
    pub columns: BTreeMap<String, Vec<String>>,
    /// What a person should know.
    pub warnings: Vec<String>,
}

impl Labels {
    /// Labels every picture of `source` as `spec` says, where `truth` is what stands in them; those that a table does not know
    /// are left out of it, if that is allowed.
    ///
    /// # Errors
    /// With everything that is wrong in the table, or the pictures that have no label.
    pub fn new(source: &mut Source, spec: &Spec, truth: &GroundTruth) -> Result<Self> {
        let mut labels = match &spec.labels.source {
            LabelSource::None => Self::default(),
            LabelSource::Table(rule) => Self::of_table(rule, source, spec)?,
            LabelSource::Boxes => Self::of_boxes(source, spec, truth)?,
            LabelSource::Beside(rule) => Self::of_texts(rule, source, spec)?,
            LabelSource::Auto if beside::is_web_dataset(source) => Self::of_texts(&beside::web_dataset(), source, spec)?,
            _ => Self::of_names(source, spec)?,
        };
        labels.heads.iter_mut().for_each(|head| head.soft = !spec.mixing.is_empty());
        Ok(labels)
    }

    /// Labels by folders and file names.
    fn of_names(source: &Source, spec: &Spec) -> Result<Self> {
        let (words, known) = words::of(&spec.labels.source, source, spec.folders_before_classes())?;
        let mut problems = Problems::default();
        let place = |at: usize| Place::file(&source.items[at].path);
        let rule = &spec.labels.heads[0];
        let mut warnings = Vec::new();
        let head = Head::of_words(rule, &words, &known, &place, &mut problems, &mut warnings);
        problems.finish()?;
        Ok(Self { heads: vec![head], columns: BTreeMap::new(), warnings })
    }

    /// Labels by the texts beside the pictures.
    fn of_texts(rule: &Rule, source: &Source, spec: &Spec) -> Result<Self> {
        let words = beside::of(rule, source)?;
        let head = beside::numbered(&spec.labels.heads[0], &words);
        let (mut problems, mut warnings) = (Problems::default(), Vec::new());
        let place = |at: usize| Place::file(&source.items[at].path);
        let head = Head::of_words(&head, &words, &BTreeSet::new(), &place, &mut problems, &mut warnings);
        problems.finish()?;
        Ok(Self { heads: vec![head], columns: BTreeMap::new(), warnings })
    }

    /// Labels by what stands in the pictures; none where that could not be read.
    fn of_boxes(source: &Source, spec: &Spec, truth: &GroundTruth) -> Result<Self> {
        let Some(boxes) = &truth.boxes else { return Ok(Self::default()) };
        let (mut problems, mut warnings) = (Problems::default(), Vec::new());
        let place = |at: usize| Place::file(&source.items[at].path);
        let head = boxes::head(&spec.labels.heads[0], boxes, &place, &mut problems, &mut warnings);
        problems.finish()?;
        Ok(Self { heads: head.into_iter().collect(), columns: BTreeMap::new(), warnings })
    }

    fn of_table(rule: &TableRule, source: &mut Source, spec: &Spec) -> Result<Self> {
        let mut problems = Problems::default();
        let Some(rows) = Rows::load(rule, source, &mut problems)? else {
            return Err(problems.finish().err().unwrap_or_else(|| Error::Usage(format!("{}: no table", rule.path))));
        };
        let mut warnings = Vec::new();
        let heads = spec.labels.heads.iter().filter_map(|rule| rows.head(rule, &mut problems, &mut warnings)).collect();
        let columns = split_columns(spec).into_iter();
        let columns = columns.map(|column| (column.to_string(), rows.texts(column, &mut problems))).collect();
        warnings.extend(problems.finish()?);
        Ok(Self { heads, columns, warnings })
    }

    /// The name of the class of picture `at`, by the first head; empty if it has none, or several.
    pub fn class_of(&self, at: usize) -> &str {
        self.heads.first().and_then(|head| head.class_of(at)).unwrap_or_default()
    }

    /// The number of the class of picture `at`, by the first head; 0 if it has none, the first of several.
    pub fn number_of(&self, at: usize) -> usize {
        self.heads.first().map_or(0, |head| head.number_of(at))
    }

    /// The names of the classes of the first head.
    pub fn classes(&self) -> &[String] {
        self.heads.first().map_or(&[], |head| &head.classes)
    }

    /// Adds to the JSON of picture `at` what it is labelled with.
    pub fn describe(&self, at: usize, line: &mut Map<String, Value>) {
        match &self.heads[..] {
            [head] if head.name.is_none() => head.describe(at, line),
            heads => {
                for head in heads {
                    let mut own = Map::new();
                    head.describe(at, &mut own);
                    let all = line.entry("labels").or_insert_with(|| Value::Object(Map::new()));
                    all[head.name.as_deref().unwrap_or_default()] = Value::Object(own);
                }
            }
        }
    }
}

/// The columns of the table that the split names.
fn split_columns(spec: &Spec) -> BTreeSet<&str> {
    let Some(split) = &spec.split else { return BTreeSet::new() };
    let by = if let By::Column(column) = &split.by { Some(column.as_str()) } else { None };
    let group = if let Some(Group::Column(column)) = &split.group { Some(column.as_str()) } else { None };
    by.into_iter().chain(group).collect()
}

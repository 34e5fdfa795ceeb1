//! Where labels come from, what kind they are, and how classes are numbered.

use super::fields::{About, Choice, Fields};
use super::pattern::{self, Named};
use crate::annotations::beside::Rule;
use serde_json::{Value, json};

/// What the group of a pattern is called.
const GROUP: Named = Named { group: "label", what: "what names the class" };

/// How a WebDataset calls the text that says a picture's class.
const BESIDE: &str = "NAME.cls";

/// Where labels come from, and what is made of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Labels {
    /// Where the words come from.
    pub source: LabelSource,
    /// What is made of them: at least one head.
    pub heads: Vec<HeadRule>,
}

/// Where a picture's label comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LabelSource {
    /// The `.cls` files beside the pictures if each has one; else class folders if there are any, else the file name up to the first `_`.
    Auto,
    /// The first folder below the input.
    Directory,
    /// The file name up to the first separator.
    Filename(String),
    /// The group `label` of a regular expression over the relative path.
    Pattern(String),
    /// A text file for each picture, called by this rule.
    Beside(Rule),
    /// A table with a row for each picture.
    Table(TableRule),
    /// The classes of a picture's boxes.
    Boxes,
    /// Nowhere: rows have none.
    None,
}

/// A table with a row for each picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableRule {
    /// The way to it from the input.
    pub path: String,
    /// The column that names the picture, if it has an unusual name.
    pub file_column: Option<String>,
    /// Whether pictures without a row, and rows without a picture, are left out.
    pub skip_unmatched: bool,
}

/// One array of labels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeadRule {
    /// Its name, where there are several.
    pub name: Option<String>,
    /// The columns of the table that it is made of.
    pub columns: Vec<String>,
    /// What is written.
    pub kind: LabelKind,
    /// How classes are numbered.
    pub order: LabelOrder,
    /// Whether an index is kept for unknown words.
    pub oov: Oov,
    /// The classes in their order, if they are given.
    pub classes: Option<Vec<String>>,
    /// What stands between several labels in one text.
    pub multi_separator: String,
}

/// What is written for a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LabelKind {
    /// The number of its class.
    Class,
    /// A 1 at its class, 0 elsewhere.
    OneHot,
    /// A 1 at each of its classes, 0 elsewhere.
    MultiLabel,
    /// Numbers as they are.
    Regression,
}

impl Choice for LabelKind {
    const ALL: &'static [(&'static str, Self)] =
        &[("class", Self::Class), ("one_hot", Self::OneHot), ("multi_label", Self::MultiLabel), ("regression", Self::Regression)];
}

/// How classes are numbered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LabelOrder {
    /// By name, in code-point order.
    Name,
    /// By count, descending; equal counts by name, descending: the order of Keras's `StringLookup`.
    Frequency,
}

impl Choice for LabelOrder {
    const ALL: &'static [(&'static str, Self)] = &[("name", Self::Name), ("frequency", Self::Frequency)];
}

/// Whether an index is kept for words that are not classes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Oov {
    /// No such index.
    None,
    /// Index 0 is `[UNK]`, as in `StringLookup(mask_token=None)`.
    First,
}

impl Choice for Oov {
    const ALL: &'static [(&'static str, Self)] = &[("none", Self::None), ("first", Self::First)];
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum From {
    Auto,
    Directory,
    Filename,
    Pattern,
    Beside,
    Table,
    Boxes,
    None,
}

impl Choice for From {
    const ALL: &'static [(&'static str, Self)] = &[
        ("auto", Self::Auto),
        ("directory", Self::Directory),
        ("filename", Self::Filename),
        ("pattern", Self::Pattern),
        ("beside", Self::Beside),
        ("table", Self::Table),
        ("boxes", Self::Boxes),
        ("none", Self::None),
    ];
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Skip(bool);

impl Choice for Skip {
    const ALL: &'static [(&'static str, Self)] = &[("error", Self(false)), ("skip", Self(true))];
}

impl LabelSource {
    /// Reads `--labels`: `auto`, `directory`, `filename`, `filename:SEPARATOR`, `pattern:REGEX`, `beside`,
    /// `beside:NAME.cls`, `table:PATH`, `boxes` or `none`.
    ///
    /// # Errors
    /// If the text is none of these.
    pub fn from_argument(text: &str) -> Result<Self, String> {
        match text.split_once(':').map_or((text, None), |(kind, rest)| (kind, Some(rest))) {
            ("auto", None) => Ok(Self::Auto),
            ("directory", None) => Ok(Self::Directory),
            ("filename", None) => Ok(Self::Filename("_".into())),
            ("filename", Some(separator)) if !separator.is_empty() => Ok(Self::Filename(separator.into())),
            ("pattern", Some(pattern)) if !pattern.is_empty() => {
                pattern::check(pattern, GROUP).map(|()| Self::Pattern(pattern.into()))
            }
            ("beside", rule) => Rule::new(rule.unwrap_or(BESIDE), "").map(Self::Beside),
            ("table", Some(path)) if !path.is_empty() => {
                let (path, file_column) = (path.to_string(), None);
                Ok(Self::Table(TableRule { path, file_column, skip_unmatched: false }))
            }
            ("boxes", None) => Ok(Self::Boxes),
            ("none", None) => Ok(Self::None),
            _ => Err("expected auto, directory, filename, filename:SEPARATOR, pattern:REGEX, beside, beside:NAME.cls, table:PATH, boxes or none".into()),
        }
    }
}

pub(super) fn read_labels(fields: &mut Fields<'_>, given: Option<&LabelSource>) -> Labels {
    let mut section = fields.object("labels", About("", "where labels come from, and what is made of them"));
    let source = read_source(&mut section);
    let source = given.cloned().unwrap_or(source);
    let is_table = matches!(source, LabelSource::Table(_));
    let single = read_head(&mut section, None, is_table);
    let about = About("", "several arrays of labels of one table: each with a `name`, and the fields from `column` on");
    let mut heads = section.objects("heads", about, |fields| {
        let name = fields.text("name", None, About("", "the arrays are labels-NAME")).unwrap_or_default();
        if fields.is_written() && (name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')) {
            fields.complain("name", "expected letters, digits and `_` (the arrays are named by it)");
        }
        read_head(fields, Some(name), is_table)
    });
    if !heads.is_empty() && !is_table {
        section.complain("heads", "several heads come from a table (write \"from\": \"table\")");
    }
    for (i, head) in heads.iter().enumerate() {
        if heads[..i].iter().any(|before| before.name == head.name) {
            section.complain("heads", &format!("two heads are called {:?}", head.name.as_deref().unwrap_or_default()));
        }
    }
    if heads.is_empty() {
        if is_table && single.columns.is_empty() {
            section.complain("column", "missing (a table's column says the label)");
        }
        heads.push(single);
    }
    fields.close("labels", section);
    let labels = Labels { source, heads };
    fields.put("labels", as_json(&labels));
    labels
}

fn read_source(section: &mut Fields<'_>) -> LabelSource {
    let from = section.choice(
        "from",
        From::Auto,
        About(
            "",
            "`auto` takes `.cls` files if each picture has one beside it, else class folders if there are any, else file names",
        ),
    );
    let separator =
        section.text("separator", Some("_"), About("", "ends the label in a file name, for `filename`")).unwrap_or_default();
    if separator.is_empty() {
        section.complain("separator", "is empty (write the text that ends the label)");
    }
    let pattern =
        section.text("pattern", None, About("", "regular expression over the relative path with a group `label`, for `pattern`"));
    let about = About(
        "",
        "the table: .csv, .tsv, .jsonl or .parquet, as a way from the input, for `table`; for `beside` how the text that says a picture's class is called, `NAME.cls` if it is not there",
    );
    let path = section.optional_path("path", about);
    let about =
        About("", "the column that names the picture; `file_name`, `file`, `filename`, `path`, `image`, if it is not there");
    let file_column = section.text("file_column", None, about);
    let about = About("", "what pictures without a row and rows without a picture are, for `table`: refused, or left out");
    let Skip(skip_unmatched) = section.choice("unmatched", Skip(false), about);
    match (from, pattern, path) {
        (From::Auto, ..) => LabelSource::Auto,
        (From::Directory, ..) => LabelSource::Directory,
        (From::Filename, ..) => LabelSource::Filename(separator),
        (From::Pattern, Some(pattern), _) => {
            if let Err(problem) = pattern::check(&pattern, GROUP) {
                section.complain("pattern", &problem);
            }
            LabelSource::Pattern(pattern)
        }
        (From::Pattern, None, _) => {
            section.complain("pattern", "missing (labels from a pattern need one)");
            LabelSource::Auto
        }
        (From::Beside, _, path) => LabelSource::Beside(read_rule(section, path.as_deref().unwrap_or(BESIDE))),
        (From::Table, _, Some(path)) => LabelSource::Table(TableRule { path, file_column, skip_unmatched }),
        (From::Table, _, None) => {
            section.complain("path", "missing (labels from a table need one)");
            LabelSource::Auto
        }
        (From::Boxes, ..) => LabelSource::Boxes,
        (From::None, ..) => LabelSource::None,
    }
}

fn read_rule(section: &Fields<'_>, path: &str) -> Rule {
    Rule::new(path, "").unwrap_or_else(|problem| {
        section.complain("path", &problem);
        Rule::new(BESIDE, "").expect("invariant: a good rule")
    })
}

fn read_head(fields: &mut Fields<'_>, name: Option<String>, is_table: bool) -> HeadRule {
    let column = fields.text("column", None, About("", "the table's column that says the label"));
    let about = About("", "several columns: numbers for `regression`; for `multi_label` one a class, with 1 where it is one");
    let columns = fields.optional_texts("columns", about);
    let kind = fields.choice("kind", LabelKind::Class, About("", "what is written for a picture"));
    let order = fields.choice("order", LabelOrder::Name, About("", "`frequency` numbers as Keras's StringLookup does"));
    let oov = fields.choice("oov", Oov::None, About("", "`first` keeps index 0 for `[UNK]`"));
    let classes = fields.optional_texts("classes", About("", "the classes, in the order of their numbers"));
    let about = About("", "stands between several labels in one text, for `multi_label`");
    let multi_separator = fields.text("multi_separator", Some("|"), about).unwrap_or_default();
    if column.is_some() && columns.is_some() {
        fields.complain("columns", "given beside column (keep one)");
    }
    let columns: Vec<String> = column.into_iter().chain(columns.into_iter().flatten()).collect();
    if columns.len() > 1 && !matches!(kind, LabelKind::MultiLabel | LabelKind::Regression) {
        fields.complain("columns", "one column says the class (write column, or the kind multi_label or regression)");
    }
    if !is_table && fields.is_written() && !columns.is_empty() {
        fields.complain("column", "columns are a table's (write \"from\": \"table\")");
    }
    if kind == LabelKind::Regression && !is_table {
        fields.complain("kind", "numbers come from a table (write \"from\": \"table\")");
    }
    if let Some(twice) = classes.iter().flat_map(|classes| twice(classes)).next() {
        fields.complain("classes", &format!("{twice:?} is given twice (keep one)"));
    }
    if classes.is_some() && order == LabelOrder::Frequency {
        fields.complain("order", "the classes are given in their order (leave one out)");
    }
    HeadRule { name, columns, kind, order, oov, classes, multi_separator }
}

fn twice(words: &[String]) -> impl Iterator<Item = &String> {
    words.iter().enumerate().filter(|(i, word)| words[..*i].contains(word)).map(|(_, word)| word)
}

/// What decides the labels, and no more.
fn as_json(labels: &Labels) -> Value {
    let mut json = match &labels.source {
        LabelSource::Auto => json!({"from": "auto"}),
        LabelSource::Directory => json!({"from": "directory"}),
        LabelSource::Filename(separator) => json!({"from": "filename", "separator": separator}),
        LabelSource::Pattern(pattern) => json!({"from": "pattern", "pattern": pattern}),
        LabelSource::Beside(rule) => json!({"from": "beside", "path": rule.to_string()}),
        LabelSource::Table(TableRule { path, file_column, skip_unmatched }) => {
            let mut json = json!({"from": "table", "path": path, "unmatched": Skip(*skip_unmatched).word()});
            if let Some(column) = file_column {
                json["file_column"] = json!(column);
            }
            json
        }
        LabelSource::Boxes => json!({"from": "boxes"}),
        LabelSource::None => return json!({"from": "none"}),
    };
    match &labels.heads[..] {
        [HeadRule { name: None, .. }] => put_head(&labels.heads[0], &mut json),
        heads => {
            let each = heads.iter().map(|head| {
                let mut json = json!({"name": head.name});
                put_head(head, &mut json);
                json
            });
            json["heads"] = each.collect();
        }
    }
    json
}

fn put_head(head: &HeadRule, json: &mut Value) {
    match &head.columns[..] {
        [] => {}
        [column] => json["column"] = json!(column),
        columns => json["columns"] = json!(columns),
    }
    if head.kind != LabelKind::Class {
        json["kind"] = head.kind.word().into();
    }
    if head.kind == LabelKind::MultiLabel {
        json["multi_separator"] = json!(head.multi_separator);
    }
    json["order"] = head.order.word().into();
    json["oov"] = head.oov.word().into();
    if let Some(classes) = &head.classes {
        json["classes"] = json!(classes);
    }
}

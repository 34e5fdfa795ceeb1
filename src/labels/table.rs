//! Labels of a table that has a row for each picture.

use super::head::{Head, parted};
use crate::annotations::table::{Cell, Record, Table, read};
use crate::annotations::{Place, Problems};
use crate::error::{Result, shown};
use crate::source::Source;
use crate::spec::{HeadRule, LabelKind, TableRule};
use std::collections::{BTreeMap, BTreeSet};

/// The row of every picture.
#[derive(Debug)]
pub(super) struct Rows {
    table: Table,
    /// The place of each picture's row, in the order of the items.
    of: Vec<usize>,
}

impl Rows {
    /// Reads the table, and finds the row of every picture of `source`; pictures without one leave it, if that is
    /// allowed.
    ///
    /// # Errors
    /// If the file cannot be read. What is wrong in it goes to `problems`; `None` if nothing can be said of rows then.
    pub(super) fn load(rule: &TableRule, source: &mut Source, problems: &mut Problems) -> Result<Option<Self>> {
        let remedy = "labels.path is the way to the table from the input";
        let bytes = source.read_beside(&rule.path, "the table of labels", remedy)?;
        let Some(table) = read(&rule.path, &bytes, problems) else { return Ok(None) };
        // Paths are relative to the table, if it stands among the pictures.
        let inside = !rule.path.split('/').any(|part| part == "..");
        let folder = rule.path.rsplit_once('/').filter(|_| inside).map_or("", |(folder, _)| folder);
        let before = problems.count();
        let by_path = table.files(rule.file_column.as_deref(), folder, problems);
        if by_path.is_empty() && problems.count() > before {
            return Ok(None);
        }
        let places: BTreeMap<u64, usize> = table.rows.iter().enumerate().map(|(at, row)| (row.line, at)).collect();
        let row_of = |path: &str| by_path.get(path).and_then(|row| places.get(&row.line).copied());
        let of: Vec<Option<usize>> = source.items.iter().map(|item| row_of(&item.path)).collect();
        // A quote that does not close takes the rows after it along: that they are missing would hide it.
        if problems.count() == 0 {
            match_up(rule, (&table.file, &by_path), source, &of, problems);
        }
        source.leave_out(of.iter().map(|row| row.is_none().then(|| format!("has no row in {}", shown(&rule.path)))));
        let of = of.into_iter().flatten().collect();
        Ok(Some(Self { table, of }))
    }

    /// A head of the columns that `rule` names; `None`, and problems, if there are no such columns.
    pub(super) fn head(&self, rule: &HeadRule, problems: &mut Problems, warnings: &mut Vec<String>) -> Option<Head> {
        let found: Vec<Option<usize>> = rule.columns.iter().map(|name| self.table.column(name, problems)).collect();
        let columns: Vec<usize> = found.into_iter().collect::<Option<_>>()?;
        let place = |at: usize| self.place(at);
        match (rule.kind, &columns[..]) {
            (LabelKind::Regression, columns) => self.numbers(rule, columns, problems),
            (LabelKind::MultiLabel, [column]) => {
                let sets: Vec<Vec<String>> = (0..self.of.len()).map(|at| self.set(rule, at, *column, problems)).collect();
                let sets: Vec<Vec<&str>> = sets.iter().map(|set| set.iter().map(String::as_str).collect()).collect();
                Some(Head::of_sets(rule, &sets, &BTreeSet::new(), &place, problems, warnings))
            }
            (LabelKind::MultiLabel, columns) => {
                let sets: Vec<Vec<&str>> = (0..self.of.len()).map(|at| self.marked(at, columns, problems)).collect();
                // The columns are the classes, in their order.
                let rule = HeadRule { classes: rule.classes.clone().or_else(|| Some(rule.columns.clone())), ..rule.clone() };
                Some(Head::of_sets(&rule, &sets, &BTreeSet::new(), &place, problems, warnings))
            }
            (_, columns) => {
                let words = self.words(columns[0], problems);
                Some(Head::of_words(rule, &words, &BTreeSet::new(), &place, problems, warnings))
            }
        }
    }

    /// What every picture has in a column, as text.
    pub(super) fn texts(&self, column: &str, problems: &mut Problems) -> Vec<String> {
        self.table.column(column, problems).map(|column| self.words(column, problems)).unwrap_or_default()
    }

    fn place(&self, at: usize) -> Place<'_> {
        Place::line(&self.table.file, self.table.rows[self.of[at]].line)
    }

    fn cell(&self, at: usize, column: usize) -> &Cell {
        &self.table.rows[self.of[at]].cells[column]
    }

    fn words(&self, column: usize, problems: &mut Problems) -> Vec<String> {
        let name = &self.table.columns[column];
        let word = |at: usize| match self.cell(at, column).as_text().filter(|text| !text.trim().is_empty()) {
            Some(text) => text.trim().to_string(),
            None => {
                problems.add(&self.place(at), format_args!("{name}: no label (every picture needs one)"));
                String::new()
            }
        };
        (0..self.of.len()).map(word).collect()
    }

    fn set(&self, rule: &HeadRule, at: usize, column: usize, problems: &mut Problems) -> Vec<String> {
        match self.cell(at, column) {
            Cell::Empty => Vec::new(),
            Cell::Texts(texts) => texts.clone(),
            Cell::Numbers(numbers) => numbers.iter().map(f64::to_string).collect(),
            Cell::Text(text) => parted(text, &rule.multi_separator).into_iter().map(str::to_string).collect(),
            Cell::Number(number) => vec![number.to_string()],
            Cell::Other => {
                let name = &self.table.columns[column];
                problems.add(&self.place(at), format_args!("{name}: no labels (expected a text or a list of texts)"));
                Vec::new()
            }
        }
    }

    /// The columns that hold a yes: 1 or `true`; a no is 0, -1, `false` or nothing.
    fn marked(&self, at: usize, columns: &[usize], problems: &mut Problems) -> Vec<&str> {
        let mut is_marked = |column: &usize| match self.cell(at, *column) {
            Cell::Empty => false,
            cell => match cell.as_text().as_deref().map(str::trim) {
                Some("1" | "1.0" | "true" | "True") => true,
                Some("0" | "0.0" | "-1" | "-1.0" | "false" | "False" | "") => false,
                found => {
                    let (name, found) = (&self.table.columns[*column], found.unwrap_or("something else"));
                    problems.add(&self.place(at), format_args!("{name}: expected 0 or 1, found `{}`", found.escape_debug()));
                    false
                }
            },
        };
        columns.iter().filter(|column| is_marked(column)).map(|column| self.table.columns[*column].as_str()).collect()
    }

    fn numbers(&self, rule: &HeadRule, columns: &[usize], problems: &mut Problems) -> Option<Head> {
        let mut all: Vec<f32> = Vec::new();
        let mut width = None;
        for at in 0..self.of.len() {
            let (before, problems_before) = (all.len(), problems.count());
            for &column in columns {
                self.add_numbers(at, column, &mut all, problems);
            }
            if problems.count() > problems_before {
                continue;
            }
            let count = all.len() - before;
            let expected = *width.get_or_insert(count);
            if count != expected {
                problems.add(
                    &self.place(at),
                    format_args!("{count} numbers, and {expected} in the rows before (one length for all)"),
                );
            }
        }
        (problems.count() == 0).then(|| Head::of_numbers(rule, width.unwrap_or(columns.len()), all))
    }

    fn add_numbers(&self, at: usize, column: usize, all: &mut Vec<f32>, problems: &mut Problems) {
        let name = &self.table.columns[column];
        let cell = self.cell(at, column);
        let numbers = match cell {
            Cell::Numbers(numbers) => numbers.clone(),
            cell => cell.as_number().into_iter().collect(),
        };
        if numbers.is_empty() {
            let found = cell.as_text().map_or("nothing".into(), |text| format!("`{}`", text.escape_debug()));
            problems.add(&self.place(at), format_args!("{name}: expected a number, found {found}"));
        }
        let beyond = numbers.iter().find(|number| !(**number as f32).is_finite());
        if let Some(number) = beyond {
            problems.add(&self.place(at), format_args!("{name}: {number} is beyond what float32 holds"));
        }
        all.extend(numbers.iter().map(|number| *number as f32));
    }
}

/// Tells of rows without a picture, and of pictures without a row.
fn match_up(
    rule: &TableRule,
    (file, rows): (&str, &BTreeMap<String, &Record>),
    source: &Source,
    of: &[Option<usize>],
    problems: &mut Problems,
) {
    let items = source.items.iter().map(|item| &*item.path);
    let there: BTreeSet<&str> = items.chain(source.bad.iter().map(|bad| bad.path.as_str())).collect();
    for (path, row) in rows.iter().filter(|(path, _)| !there.contains(path.as_str())) {
        let place = Place::line(file, row.line);
        let said = format!("`{}` is not among the pictures", path.escape_debug());
        match rule.skip_unmatched {
            true => problems.warn(&place, said),
            false => problems.add(&place, format_args!("{said} (remove the row, or write \"unmatched\": \"skip\")")),
        }
    }
    let without = source.items.iter().zip(of).filter(|(_, row)| row.is_none() && !rule.skip_unmatched);
    for (item, _) in without {
        let remedy = "add one, or write \"unmatched\": \"skip\"";
        problems.add(&Place::file(&item.path), format_args!("has no row in {} ({remedy})", shown(&rule.path)));
    }
}

//! Collects every problem of annotation files, so that the user sees them together.

use crate::error::{Error, Result, shown};
use std::fmt::{self, Display};

/// The most problems that are told, and the most warnings.
const TOLD: usize = 20;

/// Where something stands: a file, a line of it or none, and what there is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place<'a> {
    file: &'a str,
    /// From 1; 0 for no line.
    line: u64,
    thing: String,
}

impl<'a> Place<'a> {
    /// A file as a whole.
    pub fn file(file: &'a str) -> Self {
        Self::line(file, 0)
    }

    /// A line of a file, from 1.
    pub fn line(file: &'a str, line: u64) -> Self {
        Self { file, line, thing: String::new() }
    }

    /// A thing that stands here, as `annotation 17`.
    #[must_use]
    pub fn thing(self, thing: impl Display) -> Self {
        Self { thing: thing.to_string(), ..self }
    }
}

impl Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&shown(self.file))?;
        if self.line > 0 {
            write!(f, ":{}", self.line)?;
        }
        if self.thing.is_empty() { Ok(()) } else { write!(f, ": {}", self.thing) }
    }
}

#[derive(Debug)]
struct Told {
    file: String,
    line: u64,
    message: String,
}

/// What is wrong so far, and what a person should know.
///
/// Readers add to it and go on, so that one run names whatever has to be mended in all files.
#[derive(Debug, Default)]
pub struct Problems {
    found: Vec<Told>,
    warnings: Vec<Told>,
}

impl Problems {
    /// Something that has to be mended.
    pub fn add(&mut self, place: &Place<'_>, problem: impl Display) {
        self.found.push(told(place, problem));
    }

    /// Something that the reader made good by itself.
    pub fn warn(&mut self, place: &Place<'_>, warning: impl Display) {
        self.warnings.push(told(place, warning));
    }

    /// How many things have to be mended.
    pub fn count(&self) -> usize {
        self.found.len()
    }

    /// The warnings, by file and line, if nothing is wrong.
    ///
    /// # Errors
    /// With the first twenty problems by file and line, and how many more there are.
    pub fn finish(self) -> Result<Vec<String>> {
        if self.found.is_empty() {
            return Ok(lines(self.warnings, "warnings"));
        }
        Err(Error::Usage(lines(self.found, "problems").join("\n")))
    }
}

fn told(place: &Place<'_>, what: impl Display) -> Told {
    Told { file: place.file.into(), line: place.line, message: format!("{place}: {what}") }
}

fn lines(mut told: Vec<Told>, noun: &str) -> Vec<String> {
    // Stable: what has no line keeps the order in which it was found.
    told.sort_by(|a, b| (&a.file, a.line).cmp(&(&b.file, b.line)));
    let more = told.len().saturating_sub(TOLD);
    let mut lines: Vec<String> = told.into_iter().take(TOLD).map(|told| told.message).collect();
    match more {
        0 => {}
        1 => lines.push(format!("and 1 more {}", noun.trim_end_matches('s'))),
        _ => lines.push(format!("and {more} more {noun}")),
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn problems_stand_by_file_and_line() {
        let mut problems = Problems::default();
        problems.add(&Place::line("b.csv", 2), "third");
        problems.add(&Place::line("a.csv", 10), "second");
        problems.add(&Place::line("a.csv", 9), "first");
        problems.add(&Place::file("c.json").thing("annotation 7"), "last");
        let message = problems.finish().unwrap_err().to_string();
        assert_eq!(message, "a.csv:9: first\na.csv:10: second\nb.csv:2: third\nc.json: annotation 7: last");
    }

    #[test]
    fn many_are_counted() {
        let mut problems = Problems::default();
        for line in 1..=100_000 {
            problems.warn(&Place::line("a.csv", line), "odd");
        }
        let warnings = problems.finish().unwrap();
        assert_eq!((warnings.len(), warnings[20].as_str()), (21, "and 99980 more warnings"));
    }

    #[test]
    fn a_name_cannot_break_the_line() {
        assert_eq!(Place::line("a\n.csv", 1).to_string(), "a\\n.csv:1");
    }
}

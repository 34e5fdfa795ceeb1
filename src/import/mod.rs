//! Pipelines of other libraries, as files, made into specs.
//!
//! What a file means is kept or refused, never bent without a word: each transform becomes a step of ours, what had to
//! be taken for granted is a note, and what has no counterpart is a problem that names transform and argument.

mod albumentations;
pub mod call;
pub mod json;
pub mod keras;
pub mod log;
pub mod sizes;
mod text;

use crate::error::{Error, Result, reason, shown};
use crate::output::place;
use crate::report::Told;
use crate::spec::{Overrides, Spec, VERSION};
use log::Log;
use serde_json::{Map, Value, json};
use sizes::Sizing;
use std::path::{Path, PathBuf};

/// A kind of file that can be imported.
#[derive(Clone, Copy, Debug)]
struct Format {
    /// What the user calls it.
    name: &'static str,
    /// Whether a file is one.
    recognises: fn(&Value) -> bool,
    /// Makes steps of it.
    read: fn(Value, &Log) -> Draft,
}

/// Every kind of file that can be imported.
const FORMATS: &[Format] = &[albumentations::FORMAT, keras::MODEL, keras::GENERATOR];

/// What is left of a file of another library.
#[derive(Debug, Default)]
struct Draft {
    /// Steps of ours, in order.
    steps: Vec<Value>,
    /// What rows look like, where the file says it.
    output: Map<String, Value>,
    /// Other fields of the spec.
    more: Map<String, Value>,
}

impl Draft {
    fn into_spec(self) -> Value {
        let mut spec = json!({"version": VERSION});
        for (name, value) in self.more {
            spec[name] = value;
        }
        spec["pipeline"] = self.steps.into();
        if !self.output.is_empty() {
            spec["output"] = self.output.into();
        }
        spec
    }
}

/// A file that was imported.
#[derive(Debug)]
pub struct Imported {
    /// The spec, which has no problems of its own.
    pub spec: Value,
    /// The library that the file is of.
    pub format: &'static str,
    /// What was taken for granted.
    pub notes: Vec<String>,
    /// What was left out.
    pub problems: Vec<String>,
    /// Where the spec was written, if not to standard output.
    pub written: Option<PathBuf>,
}

/// Reads `file` of another library; `lenient` leaves out what cannot be kept. Writes the spec to `out`, if given.
///
/// # Errors
/// If the file cannot be read, or is of no kind that is known; with everything that cannot be kept, unless `lenient`.
pub fn import(file: &Path, out: Option<&Path>, lenient: bool) -> Result<Imported> {
    let text = std::fs::read(file).map_err(|error| {
        let reason = reason(&error);
        Error::Usage(format!("{}: cannot read the file: {reason} (FILE is a saved pipeline)", shown(file)))
    })?;
    let Ok(text) = String::from_utf8(text) else {
        return Err(Error::Usage(format!("{}: not UTF-8 text (FILE is JSON or YAML)", shown(file))));
    };
    out.map_or(Ok(()), place::check)?;
    let imported = parse(&shown(file), &text, lenient)?;
    let Some(out) = out else { return Ok(imported) };
    if let (Ok(file), Ok(there)) = (file.canonicalize(), out.canonicalize())
        && file == there
    {
        return Err(Error::Usage(format!("{}: is the imported file itself (-o names another file)", shown(out))));
    }
    place::replace(out, json::pretty(&imported.spec).as_bytes())?;
    Ok(Imported { written: Some(out.into()), ..imported })
}

/// As [`import`], of `text`; `file` names it in messages.
///
/// # Errors
/// As [`import`].
pub fn parse(file: &str, text: &str, lenient: bool) -> Result<Imported> {
    let wrong = |problem: &str| Error::Spec(vec![format!("{file}: {}", shown(problem))]);
    let value = text::read(text).map_err(|problem| wrong(&problem))?;
    let format = detect(&value).map_err(|problem| wrong(&problem))?;
    let log = Log::default();
    let draft = (format.read)(value, &log);
    if draft.steps.iter().fold(Sizing::default(), Sizing::after).known().is_none() {
        log.note("pipeline", "rows have one size only if pictures have (else add a resize or a crop)");
    }
    let spec = draft.into_spec();
    let (notes, problems) = log.into_lines();
    if !lenient && !problems.is_empty() {
        let mut lines: Vec<String> = problems.iter().map(|problem| format!("{file}: {problem}")).collect();
        lines.push(format!("{file}: not imported (mend the pipeline and save it again, or leave out what is named: --lenient)"));
        return Err(Error::Spec(lines));
    }
    // Steps were checked one by one; what is left are bounds on all of them together, such as how deep they stand.
    Spec::parse(&format!("{file}, imported"), &spec.to_string(), &Overrides::default())?;
    Ok(Imported { spec, format: format.name, notes, problems, written: None })
}

/// The names of everything in a file of Albumentations that import knows, also of what it refuses.
pub fn albumentations_names() -> Vec<&'static str> {
    albumentations::names()
}

/// The kind of file that this is, by its content.
fn detect(value: &Value) -> std::result::Result<&'static Format, String> {
    if let Some(format) = FORMATS.iter().find(|format| (format.recognises)(value)) {
        return Ok(format);
    }
    if value.get("pipeline").is_some() {
        return Err("is a spec of prebake already (`prebake plan` and `build` take it by --spec)".into());
    }
    let names: Vec<&str> = FORMATS.iter().map(|format| format.name).collect();
    Err(format!("no saved pipeline that is known (expected a file of {})", names.join(", or of ")))
}

impl Told for Imported {
    fn text(&self) -> String {
        match &self.written {
            None => json::pretty(&self.spec),
            Some(out) => format!("{}: written, from {}\n", shown(out), self.format),
        }
    }

    fn json(&self) -> Value {
        json!({
            "format": self.format, "spec": self.spec, "written": self.written.as_ref().map(|out| out.to_string_lossy()),
            "notes": self.notes, "warnings": self.warnings(),
        })
    }

    fn notes(&self) -> Vec<String> {
        self.notes.clone()
    }

    fn warnings(&self) -> Vec<String> {
        self.problems.iter().map(|problem| format!("not kept: {problem}")).collect()
    }
}

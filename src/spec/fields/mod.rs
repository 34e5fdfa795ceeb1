//! Reads a JSON object field by field: each call declares a field and checks what the user wrote.
//!
//! One declaration serves five ends: the value, the error that names path and place, the resolved spec that
//! is kept in the output, the reference (`docs/spec.md` is checked against it) and the JSON Schema.

mod by_name;
mod declared;
mod lists;
mod objects;
mod range;
mod read;
mod schedule;

pub(crate) use crate::error::unknown;
pub use declared::{About, Declared, Kind};
pub use range::{Interval, Whole};
pub(crate) use read::{kind, unknown_op};
pub use schedule::Shape;

use super::problems::{Problems, Value};
use serde_json::{Map, json};
use std::cell::Cell;
use std::fmt::Debug;

/// Said of a schedule where none is taken.
pub(super) const NO_SCHEDULE: &str =
    "a schedule is not taken here (only steps of a pipeline, and their `p`, may depend on the epoch)";

/// A word out of a fixed list.
pub trait Choice: Copy + Debug + PartialEq + 'static {
    /// Every word with its value.
    const ALL: &'static [(&'static str, Self)];

    /// The word for this value.
    fn word(self) -> &'static str {
        Self::ALL.iter().find(|(_, value)| *value == self).map_or("", |(word, _)| word)
    }
}

/// One JSON object being read, as it stands in one epoch.
#[derive(Debug)]
pub struct Fields<'a> {
    value: Option<&'a Value<'a>>,
    path: String,
    problems: &'a Problems,
    epoch: u64,
    /// The first epoch from which on every schedule seen so far stays as it is.
    horizon: Cell<u64>,
    declared: Vec<Declared>,
    resolved: Map<String, serde_json::Value>,
}

impl<'a> Fields<'a> {
    /// Reads `value`, which stands at `path`; with `None`, every field takes its default.
    pub fn new(value: Option<&'a Value<'a>>, path: &str, problems: &'a Problems) -> Self {
        Self::in_epoch(value, path, problems, 0)
    }

    /// As [`Self::new`]; schedules give what they have in `epoch`.
    pub fn in_epoch(value: Option<&'a Value<'a>>, path: &str, problems: &'a Problems, epoch: u64) -> Self {
        if let Some(value) = value
            && value.as_object().is_none()
        {
            problems.at(value, path, &format!("expected an object, found {}", kind(value)));
        }
        let (declared, resolved) = (Vec::new(), Map::new());
        Self { value, path: path.to_string(), problems, epoch, horizon: Cell::new(0), declared, resolved }
    }

    /// Reports a problem with field `name`, or with the whole object if it is not there.
    pub fn complain(&self, name: &str, problem: &str) {
        let value = self.get(name).or(self.value);
        self.problems.at_optional(value, &self.path_of(name), problem);
    }

    /// A number within `low..=high`.
    pub fn number(&mut self, name: &'static str, default: Option<f64>, bounds: (f64, f64), about: About) -> f64 {
        self.declare(name, Kind::Number(bounds.0, bounds.1), default.map(|d| json!(d)), about);
        let one = |value: &Value<'_>, path: &str, me: &Self| me.bounded(value, path, bounds).map(Interval::at);
        let (read, schedule) = self.ranged(name, one);
        let number = self.resolve(name, read.map(|i| i.low), default, bounds.0, |n| json!(n));
        self.note(name, schedule);
        number
    }

    /// As [`Self::number`]; `None` if it is not there, or `null`.
    pub fn optional_number(&mut self, name: &'static str, bounds: (f64, f64), about: About) -> Option<f64> {
        if self.has(name) {
            return Some(self.number(name, Some(bounds.0), bounds, about)).inspect(|_| self.make_optional(name));
        }
        self.absent(name, Kind::Number(bounds.0, bounds.1), about)
    }

    /// A number, or `[low, high]`, within `low..=high`.
    pub fn interval(&mut self, name: &'static str, default: Option<Interval>, bounds: (f64, f64), about: About) -> Interval {
        let as_json = |i: &Interval| json!([i.low, i.high]);
        self.declare(name, Kind::Interval(bounds.0, bounds.1), default.as_ref().map(as_json), about);
        let one = |value: &Value<'_>, path: &str, me: &Self| me.read_interval(value, path, bounds);
        let (read, schedule) = self.ranged(name, one);
        let interval = self.resolve(name, read, default, Interval::at(bounds.0), as_json);
        self.note(name, schedule);
        interval
    }

    /// As [`Self::interval`]; `None` if it is not there, or `null`.
    pub fn optional_interval(&mut self, name: &'static str, bounds: (f64, f64), about: About) -> Option<Interval> {
        if self.has(name) {
            let default = Some(Interval::at(bounds.0));
            return Some(self.interval(name, default, bounds, about)).inspect(|_| self.make_optional(name));
        }
        self.absent(name, Kind::Interval(bounds.0, bounds.1), about)
    }

    /// A whole number within `low..=high`.
    pub fn integer(&mut self, name: &'static str, default: Option<u64>, bounds: (u64, u64), about: About) -> u64 {
        self.declare(name, Kind::Integer(bounds.0, bounds.1), default.map(|d| json!(d)), about);
        let Some(value) = self.get(name).filter(|value| schedule::is_schedule(value)) else {
            let read = self.get(name).and_then(|value| self.natural(value, &self.path_of(name), bounds));
            return self.resolve(name, read, default, bounds.0, |n| json!(n));
        };
        let one = |value: &Value<'_>, path: &str| self.natural(value, path, bounds).map(|n| Interval::at(n as f64));
        let scheduled = self.scheduled(value, &self.path_of(name), one);
        let read = scheduled.as_ref().map(|s| (s.now.low + 0.5) as u64);
        let number = self.resolve(name, read, default, bounds.0, |n| json!(n));
        self.note(name, scheduled);
        number
    }

    /// As [`Self::integer`]; `None` if it is not there, or `null`.
    pub fn optional_integer(&mut self, name: &'static str, bounds: (u64, u64), about: About) -> Option<u64> {
        if self.has(name) {
            return Some(self.integer(name, Some(bounds.0), bounds, about)).inspect(|_| self.make_optional(name));
        }
        self.absent(name, Kind::Integer(bounds.0, bounds.1), about)
    }

    /// A whole number, or `[low, high]`, within `low..=high`.
    pub fn whole(&mut self, name: &'static str, default: Option<Whole>, bounds: (i64, i64), about: About) -> Whole {
        let as_json = |w: &Whole| json!([w.low, w.high]);
        self.declare(name, Kind::Whole(bounds.0, bounds.1), default.as_ref().map(as_json), about);
        let one = |value: &Value<'_>, path: &str, me: &Self| me.read_whole(value, path, bounds);
        let (read, schedule) = self.ranged(name, one);
        let rounded = read.map(|i| Whole::new((i.low + 0.5).floor() as i64, (i.high + 0.5).floor() as i64));
        let whole = self.resolve(name, rounded, default, Whole::at(bounds.0), as_json);
        self.note(name, schedule);
        whole
    }

    /// As [`Self::whole`]; `None` if it is not there, or `null`.
    pub fn optional_whole(&mut self, name: &'static str, bounds: (i64, i64), about: About) -> Option<Whole> {
        if self.has(name) {
            let default = Some(Whole::at(bounds.0));
            return Some(self.whole(name, default, bounds, about)).inspect(|_| self.make_optional(name));
        }
        self.absent(name, Kind::Whole(bounds.0, bounds.1), about)
    }

    /// `true` or `false`.
    pub fn flag(&mut self, name: &'static str, default: bool, about: About) -> bool {
        self.declare(name, Kind::Flag, Some(json!(default)), about);
        let read = self.get(name).and_then(|value| match value {
            Value::BooleanLit(literal) => Some(literal.value),
            other => self.mismatch(other, &self.path_of(name), "true or false"),
        });
        self.resolve(name, read, Some(default), default, |b| json!(b))
    }

    /// One of the words of `T`.
    pub fn choice<T: Choice>(&mut self, name: &'static str, default: T, about: About) -> T {
        self.choice_of(name, T::ALL, default, "", about)
    }

    /// As [`Self::choice`]; `None` if it is not there, or `null`.
    pub fn optional_choice<T: Choice>(&mut self, name: &'static str, about: About) -> Option<T> {
        let (words, (_, first)) = (T::ALL.iter().map(|(word, _)| *word).collect(), T::ALL[0]);
        if self.has(name) {
            return Some(self.choice(name, first, about)).inspect(|_| self.make_optional(name));
        }
        self.absent(name, Kind::Choice(words), about)
    }

    /// As [`Self::choice`], of the words in `taken` alone; `elsewhere` says where the others of `T` are taken.
    pub fn choice_of<T: Choice>(
        &mut self,
        name: &'static str,
        taken: &[(&'static str, T)],
        default: T,
        elsewhere: &str,
        about: About,
    ) -> T {
        let words: Vec<&str> = taken.iter().map(|(word, _)| *word).collect();
        self.declare(name, Kind::Choice(words.clone()), Some(json!(default.word())), about);
        let read = self.get(name).and_then(|value| {
            let text = self.string(value, &self.path_of(name))?;
            let found = taken.iter().find(|(word, _)| *word == text).map(|(_, choice)| *choice);
            if found.is_none() {
                let problem = match T::ALL.iter().find(|(word, _)| *word == text) {
                    Some((word, _)) => format!("`{word}` is not taken here (there are `{}`; {elsewhere})", words.join("`, `")),
                    None => unknown("value", &text, &words),
                };
                self.problems.at(value, &self.path_of(name), &problem);
            }
            found
        });
        self.resolve(name, read, Some(default), default, |c| json!(c.word()))
    }

    /// A string; `None` if it is not there.
    pub fn text(&mut self, name: &'static str, default: Option<&str>, about: About) -> Option<String> {
        self.declare(name, Kind::Text, default.map(|d| json!(d)), about);
        let read = self.get(name).and_then(|value| self.string(value, &self.path_of(name)));
        let text = read.or(default.map(str::to_string))?;
        self.resolved.insert(name.into(), json!(text));
        Some(text)
    }

    /// The path of a folder or a file. One that begins at the root is refused: it would name this machine in the
    /// output, and be another plan elsewhere.
    pub fn path(&mut self, name: &'static str, about: About) -> String {
        self.declare(name, Kind::Path, None, about);
        let read = self.read_path(name);
        self.resolve(name, read, None, String::new(), |path| json!(path))
    }

    /// As [`Self::path`]; `None` if it is not there, or `null`.
    pub fn optional_path(&mut self, name: &'static str, about: About) -> Option<String> {
        if self.has(name) {
            return Some(self.path(name, about)).inspect(|_| self.make_optional(name));
        }
        self.absent(name, Kind::Path, about)
    }

    fn read_path(&self, name: &'static str) -> Option<String> {
        let read = self.get(name).and_then(|value| self.string(value, &self.path_of(name)));
        let mut letters = read.iter().flat_map(|path| path.chars());
        match (letters.next(), letters.next()) {
            (None, _) if read.is_some() => self.complain(name, "is empty (name a folder; `.` is the spec's own)"),
            (Some('/' | '\\'), _) | (_, Some(':')) => {
                self.complain(name, "begins at the root (write the way to it)");
            }
            _ => {}
        }
        read
    }

    /// Declares a field whose text only other programs read.
    pub fn leave(&mut self, name: &'static str, about: About) {
        self.text(name, None, about);
        self.resolved.remove(name);
    }

    /// Leaves a field out of the resolved spec where it says no more than its default. For fields that came to an op
    /// later: specs without them resolve, and hash, as they did before.
    pub fn keep_untraced(&mut self, name: &str) {
        let default =
            self.declared.iter().rev().find(|declared| declared.name == name).and_then(|declared| declared.default.clone());
        if self.resolved.get(name) == default.as_ref() {
            self.resolved.remove(name);
        }
    }

    /// Records the resolved form of a field that the caller read.
    pub fn put(&mut self, name: &str, value: serde_json::Value) {
        self.resolved.insert(name.into(), value);
    }

    /// The resolved form of a field that was read.
    pub fn resolved(&self, name: &str) -> Option<&serde_json::Value> {
        self.resolved.get(name)
    }

    /// Ends the reading: fields that nobody declared are errors. Gives the resolved object.
    pub fn finish(self) -> Map<String, serde_json::Value> {
        let names: Vec<&str> = self.declared.iter().map(|d| d.name).collect();
        let mut seen: Vec<&str> = Vec::new();
        for property in self.value.and_then(|v| v.as_object()).map_or(&[][..], |o| &o.properties) {
            let name = property.name.as_str();
            if seen.contains(&name) {
                self.problems.place(property.range.start, &self.path_of(name), "given twice (keep one)");
            } else if !names.contains(&name) {
                self.problems.place(property.range.start, &self.path_of(name), &unknown("field", name, &names));
            }
            seen.push(name);
        }
        self.resolved
    }

    /// Whether there is an object, and not only its defaults.
    pub fn is_written(&self) -> bool {
        self.value.is_some()
    }

    /// Every field declared so far, in order.
    pub fn declared(&self) -> &[Declared] {
        &self.declared
    }

    /// The first epoch from which on what was read stays as it is: 0 without schedules.
    pub fn horizon(&self) -> u64 {
        self.horizon.get()
    }

    fn get(&self, name: &str) -> Option<&'a Value<'a>> {
        self.value?.as_object()?.get(name).map(|property| &property.value)
    }

    /// Whether a number stands at `name`.
    pub fn has_number(&self, name: &str) -> bool {
        matches!(self.get(name), Some(Value::NumberLit(_)))
    }

    /// Whether something stands at `name`, and not `null`.
    pub fn has(&self, name: &str) -> bool {
        self.get(name).is_some_and(|value| !matches!(value, Value::NullKeyword(_)))
    }

    fn path_of(&self, name: &str) -> String {
        match (self.path.as_str(), name) {
            ("", name) => name.to_string(),
            (path, "") => path.to_string(),
            (path, name) => format!("{path}.{name}"),
        }
    }

    fn declare(&mut self, name: &'static str, kind: Kind, default: Option<serde_json::Value>, about: About) {
        self.declared.push(Declared { name, kind, default, about });
    }

    /// Declares an optional field that is not there.
    fn absent<T>(&mut self, name: &'static str, kind: Kind, about: About) -> Option<T> {
        self.declare(name, kind, Some(serde_json::Value::Null), about);
        self.resolved.insert(name.into(), serde_json::Value::Null);
        None
    }

    /// Says of the field just declared that nothing may stand there too.
    fn make_optional(&mut self, name: &'static str) {
        if let Some(declared) = self.declared.iter_mut().rev().find(|declared| declared.name == name) {
            declared.default = Some(serde_json::Value::Null);
        }
    }

    /// Reads a field that `one` reads, or a schedule of what `one` reads.
    fn ranged(
        &self,
        name: &str,
        one: impl Fn(&Value<'_>, &str, &Self) -> Option<Interval>,
    ) -> (Option<Interval>, Option<schedule::Scheduled>) {
        let Some(value) = self.get(name) else { return (None, None) };
        let path = self.path_of(name);
        if !schedule::is_schedule(value) {
            return (one(value, &path, self), None);
        }
        let scheduled = self.scheduled(value, &path, |value, path| one(value, path, self));
        (scheduled.as_ref().map(|scheduled| scheduled.now), scheduled)
    }

    /// Keeps a schedule in the resolved spec in place of its value in this epoch.
    fn note(&mut self, name: &str, scheduled: Option<schedule::Scheduled>) {
        if let Some(scheduled) = scheduled {
            self.horizon.set(self.horizon.get().max(scheduled.horizon));
            self.resolved.insert(name.into(), scheduled.resolved);
        }
    }

    fn resolve<T: Clone>(
        &mut self,
        name: &str,
        read: Option<T>,
        default: Option<T>,
        stand_in: T,
        to_json: impl Fn(&T) -> serde_json::Value,
    ) -> T {
        if self.get(name).is_none() && default.is_none() && self.value.is_some_and(|v| v.as_object().is_some()) {
            self.complain(name, "missing (it is required)");
        }
        let value = read.or(default).unwrap_or(stand_in);
        self.resolved.insert(name.into(), to_json(&value));
        value
    }
}

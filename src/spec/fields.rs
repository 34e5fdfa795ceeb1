//! Reads a JSON object field by field: each call declares a field and checks what the user wrote.
//!
//! One declaration serves four ends: the value, the error that names path and place, the resolved
//! spec that is kept in the output, and the reference (`docs/spec.md` is checked against it).

use super::problems::{Problems, Value};
use crate::rng::Rng;
use serde_json::{Map, json};
use std::fmt::Debug;

/// A closed interval to draw from; a fixed number has equal ends.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

impl Interval {
    /// From one end to the other.
    pub const fn new(low: f64, high: f64) -> Self {
        Self { low, high }
    }

    /// A fixed number.
    pub const fn at(number: f64) -> Self {
        Self { low: number, high: number }
    }

    /// A number from it, all equally likely; takes one draw even if it is fixed.
    pub fn draw(self, rng: &mut Rng) -> f64 {
        rng.uniform(self.low, self.high)
    }

    /// Whether nothing is left to chance.
    pub fn is_fixed(self) -> bool {
        self.low == self.high
    }
}

/// What a field is for: unit and meaning, in a few words each.
#[derive(Clone, Copy, Debug)]
pub struct About(pub &'static str, pub &'static str);

/// A declared field, for the reference.
#[derive(Clone, Debug)]
pub struct Declared {
    /// Its name in the JSON object.
    pub name: &'static str,
    /// What may stand there, with bounds.
    pub accepts: String,
    /// The default as JSON, or `None` if the field is required.
    pub default: Option<serde_json::Value>,
    /// Unit and meaning.
    pub about: About,
}

/// A word out of a fixed list.
pub trait Choice: Copy + Debug + PartialEq + 'static {
    /// Every word with its value.
    const ALL: &'static [(&'static str, Self)];

    /// The word for this value.
    fn word(self) -> &'static str {
        Self::ALL.iter().find(|(_, value)| *value == self).map_or("", |(word, _)| word)
    }
}

/// One JSON object being read.
#[derive(Debug)]
pub struct Fields<'a> {
    value: Option<&'a Value<'a>>,
    path: String,
    problems: &'a Problems,
    declared: Vec<Declared>,
    resolved: Map<String, serde_json::Value>,
}

impl<'a> Fields<'a> {
    /// Reads `value`, which stands at `path`; with `None`, every field takes its default.
    pub fn new(value: Option<&'a Value<'a>>, path: &str, problems: &'a Problems) -> Self {
        if let Some(value) = value
            && value.as_object().is_none()
        {
            problems.at(value, path, &format!("expected an object, found {}", kind(value)));
        }
        Self { value, path: path.to_string(), problems, declared: Vec::new(), resolved: Map::new() }
    }

    /// Reports a problem with field `name`, or with the whole object if it is not there.
    pub fn complain(&self, name: &str, problem: &str) {
        let value = self.get(name).or(self.value);
        self.problems.at_optional(value, &self.path_of(name), problem);
    }

    /// A number within `low..=high`.
    pub fn number(&mut self, name: &'static str, default: Option<f64>, (low, high): (f64, f64), about: About) -> f64 {
        self.declare(name, format!("number, {low} to {high}"), default.map(|d| json!(d)), about);
        let read = self.get(name).and_then(|value| self.bounded(value, &self.path_of(name), (low, high)));
        self.resolve(name, read, default, low, |n| json!(n))
    }

    /// A number, or `[low, high]`, within `low..=high`.
    pub fn interval(&mut self, name: &'static str, default: Option<Interval>, (low, high): (f64, f64), about: About) -> Interval {
        let as_json = |i: &Interval| json!([i.low, i.high]);
        self.declare(name, format!("number or [low, high], {low} to {high}"), default.as_ref().map(as_json), about);
        let read = self.get(name).and_then(|value| self.read_interval(value, name, (low, high)));
        self.resolve(name, read, default, Interval::at(low), as_json)
    }

    fn read_interval(&self, value: &Value<'_>, name: &str, bounds: (f64, f64)) -> Option<Interval> {
        let path = self.path_of(name);
        let Some(array) = value.as_array() else {
            return self.bounded(value, &path, bounds).map(Interval::at);
        };
        let [low, high] = &array.elements[..] else {
            self.problems.at(value, &path, &format!("expected [low, high], found {} values", array.elements.len()));
            return None;
        };
        let low = self.bounded(low, &format!("{path}[0]"), bounds);
        let high = self.bounded(high, &format!("{path}[1]"), bounds);
        let (low, high) = (low?, high?);
        if low > high {
            self.problems.at(value, &path, &format!("{low} is above {high} (write the lower bound first)"));
            return None;
        }
        Some(Interval::new(low, high))
    }

    /// A whole number within `low..=high`.
    pub fn integer(&mut self, name: &'static str, default: Option<u64>, (low, high): (u64, u64), about: About) -> u64 {
        self.declare(name, format!("whole number, {low} to {high}"), default.map(|d| json!(d)), about);
        let read = self.get(name).and_then(|value| self.whole(value, &self.path_of(name), (low, high)));
        self.resolve(name, read, default, low, |n| json!(n))
    }

    /// `true` or `false`.
    pub fn flag(&mut self, name: &'static str, default: bool, about: About) -> bool {
        self.declare(name, "true or false".into(), Some(json!(default)), about);
        let read = self.get(name).and_then(|value| match value {
            Value::BooleanLit(literal) => Some(literal.value),
            other => self.mismatch(other, &self.path_of(name), "true or false"),
        });
        self.resolve(name, read, Some(default), default, |b| json!(b))
    }

    /// One of the words of `T`.
    pub fn choice<T: Choice>(&mut self, name: &'static str, default: T, about: About) -> T {
        let words: Vec<&str> = T::ALL.iter().map(|(word, _)| *word).collect();
        self.declare(name, format!("one of `{}`", words.join("`, `")), Some(json!(default.word())), about);
        let read = self.get(name).and_then(|value| {
            let text = self.string(value, &self.path_of(name))?;
            let found = T::ALL.iter().find(|(word, _)| *word == text).map(|(_, choice)| *choice);
            if found.is_none() {
                self.problems.at(value, &self.path_of(name), &unknown("value", &text, &words));
            }
            found
        });
        self.resolve(name, read, Some(default), default, |c| json!(c.word()))
    }

    /// A string; `None` if it is not there.
    pub fn text(&mut self, name: &'static str, default: Option<&str>, about: About) -> Option<String> {
        self.declare(name, "string".into(), default.map(|d| json!(d)), about);
        let read = self.get(name).and_then(|value| self.string(value, &self.path_of(name)));
        let text = read.or(default.map(str::to_string))?;
        self.resolved.insert(name.into(), json!(text));
        Some(text)
    }

    /// A colour: one level for all three channels, or `[red, green, blue]`, 0 to 255.
    pub fn colour(&mut self, name: &'static str, default: [u8; 3], about: About) -> [u8; 3] {
        self.declare(name, "level or [red, green, blue], 0 to 255".into(), Some(json!(default)), about);
        let read = self.get(name).and_then(|value| {
            let levels = self.numbers(value, name, 255.0)?.map(|n| n as u8);
            Some(levels)
        });
        self.resolve(name, read, Some(default), default, |c| json!(c))
    }

    /// One number for all three channels, or three, within `-limit..=limit` (`0..=255` for colours).
    pub fn per_channel(&mut self, name: &'static str, default: [f64; 3], about: About) -> [f64; 3] {
        self.declare(name, "number or three numbers".into(), Some(json!(default)), about);
        let read = self.get(name).and_then(|value| self.numbers(value, name, f64::from(f32::MAX)));
        self.resolve(name, read, Some(default), default, |c| json!(c))
    }

    fn numbers(&self, value: &Value<'_>, name: &str, high: f64) -> Option<[f64; 3]> {
        let bounds = if high == 255.0 { (0.0, high) } else { (-high, high) };
        let path = self.path_of(name);
        let one = |value, path: &str| {
            if high == 255.0 { self.whole(value, path, (0, 255)).map(|n| n as f64) } else { self.bounded(value, path, bounds) }
        };
        match value.as_array().map(|array| &array.elements[..]) {
            None => one(value, &path).map(|n| [n; 3]),
            Some([r, g, b]) => {
                let read = [one(r, &format!("{path}[0]")), one(g, &format!("{path}[1]")), one(b, &format!("{path}[2]"))];
                Some([read[0]?, read[1]?, read[2]?])
            }
            Some(other) => {
                self.problems.at(value, &path, &format!("expected one value or three, found {}", other.len()));
                None
            }
        }
    }

    /// The object at `name`, to be read by the caller; hand its resolved form back to [`Self::put`].
    pub fn object(&mut self, name: &'static str, about: About) -> Fields<'a> {
        self.declare(name, "object".into(), Some(json!({})), about);
        Fields::new(self.get(name), &self.path_of(name), self.problems)
    }

    /// The elements of the array at `name`, each with its path.
    pub fn list(&mut self, name: &'static str, about: About) -> Vec<(&'a Value<'a>, String)> {
        self.declare(name, "list".into(), None, about);
        let path = self.path_of(name);
        match self.get(name) {
            None => {
                self.complain(name, "missing (it is required)");
                Vec::new()
            }
            Some(value) => match value.as_array() {
                Some(array) => array.elements.iter().enumerate().map(|(i, v)| (v, format!("{path}[{i}]"))).collect(),
                None => self.mismatch(value, &path, "a list").unwrap_or_default(),
            },
        }
    }

    /// Records the resolved form of a field that the caller read.
    pub fn put(&mut self, name: &str, value: serde_json::Value) {
        self.resolved.insert(name.into(), value);
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

    /// Every field declared so far, in order.
    pub fn declared(&self) -> &[Declared] {
        &self.declared
    }

    fn get(&self, name: &str) -> Option<&'a Value<'a>> {
        self.value?.as_object()?.get(name).map(|property| &property.value)
    }

    fn path_of(&self, name: &str) -> String {
        if self.path.is_empty() { name.to_string() } else { format!("{}.{name}", self.path) }
    }

    fn declare(&mut self, name: &'static str, accepts: String, default: Option<serde_json::Value>, about: About) {
        self.declared.push(Declared { name, accepts, default, about });
    }

    fn resolve<T: Clone>(
        &mut self,
        name: &str,
        read: Option<T>,
        default: Option<T>,
        stand_in: T,
        to_json: impl Fn(&T) -> serde_json::Value,
    ) -> T {
        if self.get(name).is_none() && default.is_none() && self.value.is_none_or(|v| v.as_object().is_some()) {
            self.complain(name, "missing (it is required)");
        }
        let value = read.or(default).unwrap_or(stand_in);
        self.resolved.insert(name.into(), to_json(&value));
        value
    }

    fn bounded(&self, value: &Value<'_>, path: &str, (low, high): (f64, f64)) -> Option<f64> {
        let Value::NumberLit(literal) = value else { return self.mismatch(value, path, "a number") };
        let number: f64 = literal.value.parse().ok()?;
        if (low..=high).contains(&number) {
            return Some(number);
        }
        self.problems.at(value, path, &format!("{} is outside {low} to {high}", literal.value));
        None
    }

    fn whole(&self, value: &Value<'_>, path: &str, (low, high): (u64, u64)) -> Option<u64> {
        let Value::NumberLit(literal) = value else { return self.mismatch(value, path, "a whole number") };
        match literal.value.parse::<u64>() {
            Ok(number) if (low..=high).contains(&number) => Some(number),
            _ => {
                self.problems.at(value, path, &format!("{} is not a whole number from {low} to {high}", literal.value));
                None
            }
        }
    }

    fn string(&self, value: &Value<'_>, path: &str) -> Option<String> {
        match value {
            Value::StringLit(literal) => Some(literal.value.to_string()),
            other => self.mismatch(other, path, "a string"),
        }
    }

    fn mismatch<T>(&self, value: &Value<'_>, path: &str, expected: &str) -> Option<T> {
        self.problems.at(value, path, &format!("expected {expected}, found {}", kind(value)));
        None
    }
}

/// What the user wrote, in words.
pub(super) fn kind(value: &Value<'_>) -> String {
    match value {
        Value::StringLit(literal) => format!("the string \"{}\"", literal.value.escape_debug()),
        Value::NumberLit(literal) => format!("the number {}", literal.value),
        Value::BooleanLit(literal) => format!("{}", literal.value),
        Value::Object(_) => "an object".into(),
        Value::Array(_) => "a list".into(),
        Value::NullKeyword(_) => "null".into(),
    }
}

/// "unknown field `degree` (did you mean `degrees`?)", or the list of what there is.
pub(crate) fn unknown(what: &str, word: &str, known: &[&str]) -> String {
    let near = known.iter().map(|k| (strsim::damerau_levenshtein(word, k), k)).min();
    let word = word.escape_debug();
    match near {
        Some((distance, name)) if distance <= 1.max(name.len() / 3) => {
            format!("unknown {what} `{word}` (did you mean `{name}`?)")
        }
        _ => format!("unknown {what} `{word}` (there are `{}`)", known.join("`, `")),
    }
}

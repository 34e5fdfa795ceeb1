//! One transform of a file that is imported, and its arguments.
//!
//! Every argument must be taken by someone: one that nobody asked for would be a part of the meaning that is
//! lost without a word, so [`Call::finish`] complains about it.

use super::log::Log;
use crate::error::Error;
use crate::image::Size;
use crate::spec::{Overrides, Spec, VERSION};
use serde_json::{Map, Value, json};

/// The version of a library: major, minor, patch.
pub type Version = [u64; 3];

/// A transform, where it stands, and those of its arguments that nobody took yet.
#[derive(Debug)]
pub struct Call<'a> {
    path: String,
    name: String,
    arguments: Map<String, Value>,
    version: Version,
    size: Option<Size>,
    sound: bool,
    log: &'a Log,
}

impl<'a> Call<'a> {
    /// The transform called `name` that stands at `path` of the file.
    pub fn new(path: &str, name: &str, arguments: Map<String, Value>, log: &'a Log) -> Self {
        Self { path: path.into(), name: name.into(), arguments, version: [0; 3], size: None, sound: true, log }
    }

    /// The same, written by this version of its library.
    #[must_use]
    pub fn of_version(self, version: Version) -> Self {
        Self { version, ..self }
    }

    /// The same, on pictures of this size.
    #[must_use]
    pub fn on(self, size: Option<Size>) -> Self {
        Self { size, ..self }
    }

    /// The library's version; zeros if nobody said it.
    pub fn version(&self) -> Version {
        self.version
    }

    /// The size that every picture has here, if the steps before make it so.
    pub fn size(&self) -> Option<Size> {
        self.size
    }

    /// Where it stands, as in `transform.transforms[3]`.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// What the file calls it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Where problems and notes go.
    pub fn log(&self) -> &'a Log {
        self.log
    }

    /// Whether the file gives this argument a value; `null` is none.
    pub fn has(&self, argument: &str) -> bool {
        self.arguments.get(argument).is_some_and(|value| !value.is_null())
    }

    /// The argument's value, which stays to be taken.
    pub fn peek(&self, argument: &str) -> Option<&Value> {
        self.arguments.get(argument)
    }

    /// The argument's value, if there is one; `null` is none.
    pub fn take(&mut self, argument: &str) -> Option<Value> {
        self.arguments.shift_remove(argument).filter(|value| !value.is_null())
    }

    /// Takes arguments that change nothing in a picture.
    pub fn ignore(&mut self, arguments: &[&str]) {
        for argument in arguments {
            self.arguments.shift_remove(*argument);
        }
    }

    /// Takes all arguments, of a transform that is refused as a whole.
    pub fn ignore_all(&mut self) {
        self.arguments.clear();
    }

    /// A number.
    pub fn number(&mut self, argument: &str, default: f64) -> f64 {
        self.optional_number(argument).unwrap_or(default)
    }

    /// A number that may be absent.
    pub fn optional_number(&mut self, argument: &str) -> Option<f64> {
        let value = self.take(argument)?;
        let number = number(&value);
        if number.is_none() {
            self.expected(argument, "a number", &value);
        }
        number
    }

    /// A whole number.
    pub fn whole(&mut self, argument: &str, default: i64) -> i64 {
        let Some(value) = self.take(argument) else { return default };
        // Python writes whole floats as 3.0.
        let whole = value.as_i64().or_else(|| number(&value).filter(|n| n.fract() == 0.0 && n.abs() < 9e15).map(|n| n as i64));
        whole.unwrap_or_else(|| {
            self.expected(argument, "a whole number", &value);
            default
        })
    }

    /// Yes or no.
    pub fn flag(&mut self, argument: &str, default: bool) -> bool {
        match self.take(argument) {
            None => default,
            Some(Value::Bool(flag)) => flag,
            Some(Value::Number(n)) if n.as_f64() == Some(0.0) => false,
            Some(Value::Number(n)) if n.as_f64() == Some(1.0) => true,
            Some(other) => {
                self.expected(argument, "true or false", &other);
                default
            }
        }
    }

    /// A word.
    pub fn word(&mut self, argument: &str, default: &str) -> String {
        match self.take(argument) {
            None => default.into(),
            Some(Value::String(word)) => word,
            Some(other) => {
                self.expected(argument, "a word", &other);
                default.into()
            }
        }
    }

    /// A list of numbers.
    pub fn numbers(&mut self, argument: &str) -> Option<Vec<f64>> {
        let value = self.take(argument)?;
        let numbers = value.as_array().and_then(|list| list.iter().map(number).collect());
        if numbers.is_none() {
            self.expected(argument, "a list of numbers", &value);
        }
        numbers
    }

    /// Both ends of what is drawn from; a single number is both.
    pub fn range(&mut self, argument: &str, default: (f64, f64)) -> (f64, f64) {
        self.optional_range(argument).unwrap_or(default)
    }

    /// As [`Self::range`], if the argument is there.
    pub fn optional_range(&mut self, argument: &str) -> Option<(f64, f64)> {
        self.ends(argument, |x| (x, x))
    }

    /// As [`Self::range`], but a single number `x` is `-x` to `x`.
    pub fn symmetric(&mut self, argument: &str, default: (f64, f64)) -> (f64, f64) {
        self.ends(argument, |x| (-x.abs(), x.abs())).unwrap_or(default)
    }

    /// Both ends; `single` makes them of one number.
    pub fn ends(&mut self, argument: &str, single: impl Fn(f64) -> (f64, f64)) -> Option<(f64, f64)> {
        let value = self.take(argument)?;
        let ends = ends(&value, single);
        if ends.is_none() {
            self.expected(argument, "a number or [low, high]", &value);
        }
        ends
    }

    /// Says what was taken for granted.
    pub fn note(&self, text: &str) {
        self.log.note(&self.path, &format!("{}: {text}", self.name));
    }

    /// Says that `argument`, or the transform itself if that is empty, cannot be kept, and why.
    pub fn refuse(&mut self, argument: &str, why: &str) {
        self.sound = false;
        let argument = if argument.is_empty() { String::new() } else { format!("{argument}: ") };
        self.log.problem(&self.path, &format!("{}: {argument}{why}", self.name));
    }

    /// Says that `argument` is not what it should be.
    pub fn expected(&mut self, argument: &str, what: &str, found: &Value) {
        self.refuse(argument, &format!("expected {what}, found {}", short(found)));
    }

    /// Complains about every argument that nobody took. `true` if the transform can be kept.
    pub fn finish(mut self) -> bool {
        for argument in std::mem::take(&mut self.arguments).keys() {
            self.refuse(argument, "is not known here, so its meaning would be lost");
        }
        self.sound
    }

    /// As [`Self::finish`], and complains if `step` is none of ours, as a value out of bounds makes it.
    pub fn finish_as(mut self, step: Value) -> Option<Value> {
        // What is refused already makes a step that is none.
        if self.sound {
            for problem in problems_of(&step) {
                self.refuse("", &format!("becomes {}: {problem}", short(&step)));
            }
        }
        self.finish().then_some(step)
    }

    /// As [`Self::finish_as`], of a call whose arguments are transforms of their own: gives those `steps` that can be kept,
    /// also where an argument beside them cannot.
    pub fn finish_each(mut self, mut steps: Vec<Value>) -> Vec<Value> {
        let sound = self.sound;
        steps.retain(|step| {
            let problems = problems_of(step);
            for problem in problems.iter().filter(|_| sound) {
                self.refuse("", &format!("becomes {}: {problem}", short(step)));
            }
            problems.is_empty()
        });
        self.finish();
        steps
    }
}

/// A number; JSON of Python may have it as `Infinity`, which is none.
pub fn number(value: &Value) -> Option<f64> {
    value.as_f64().filter(|number| number.is_finite())
}

/// Both ends of `[low, high]`, or of one number.
pub fn ends(value: &Value, single: impl Fn(f64) -> (f64, f64)) -> Option<(f64, f64)> {
    match value.as_array().map(Vec::as_slice) {
        None => number(value).map(single),
        Some([low, high]) => Some((number(low)?, number(high)?)),
        Some(_) => None,
    }
}

/// What is wrong with a step of ours, as its own spec would have it.
fn problems_of(step: &Value) -> Vec<String> {
    let text = json!({"version": VERSION, "pipeline": [step]}).to_string();
    match Spec::parse("", &text, &Overrides::default()) {
        Err(Error::Spec(lines)) => lines.iter().map(|line| within_step(line).into()).collect(),
        _ => Vec::new(),
    }
}

/// A problem of the first step, from its field on: file, place and step are of no file that the user has.
fn within_step(line: &str) -> &str {
    line.split_once("pipeline[0]").map_or(line, |(_, rest)| rest.trim_start_matches(['.', ':', ' ']))
}

/// The value as JSON, cut off where it gets long.
fn short(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(160) {
        None => text,
        Some((end, _)) => format!("{}...", &text[..end]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call<'a>(arguments: &Value, log: &'a Log) -> Call<'a> {
        Call::new("at", "Name", arguments.as_object().cloned().unwrap_or_default(), log)
    }

    #[test]
    fn what_nobody_takes_is_a_problem() {
        let log = Log::default();
        let mut call = call(&json!({"a": 1, "b": 2, "c": null, "d": 3}), &log);
        assert_eq!(call.take("a"), Some(json!(1)));
        assert_eq!(call.take("c"), None);
        call.ignore(&["d"]);
        assert!(!call.finish());
        let (_, problems) = log.into_lines();
        assert_eq!(problems, ["at: Name: b: is not known here, so its meaning would be lost"]);
    }

    #[test]
    fn arguments_are_read_as_python_writes_them() {
        let log = Log::default();
        let mut call = call(&json!({"x": 3, "pair": [1, 2.5], "n": 4.0, "yes": 1, "null": null}), &log);
        assert_eq!(call.symmetric("x", (0.0, 0.0)), (-3.0, 3.0));
        assert_eq!(call.range("pair", (0.0, 0.0)), (1.0, 2.5));
        assert_eq!(call.whole("n", 0), 4);
        assert!(call.flag("yes", false));
        assert_eq!(call.number("null", 7.0), 7.0);
        assert!(call.finish());
    }

    #[test]
    fn what_has_another_type_is_told_and_not_kept() {
        let log = Log::default();
        let mut call = call(&json!({"x": "wide", "pair": [1, 2, 3], "n": 0.5}), &log);
        assert_eq!((call.number("x", 1.0), call.range("pair", (0.0, 0.0)), call.whole("n", 0)), (1.0, (0.0, 0.0), 0));
        assert_eq!(call.finish_as(json!({"op": "d4"})), None);
        let (_, problems) = log.into_lines();
        assert_eq!(
            problems,
            [
                "at: Name: x: expected a number, found \"wide\"",
                "at: Name: pair: expected a number or [low, high], found [1,2,3]",
                "at: Name: n: expected a whole number, found 0.5",
            ]
        );
    }

    #[test]
    fn a_step_that_our_spec_would_not_take_is_none() {
        let log = Log::default();
        assert_eq!(call(&json!({}), &log).finish_as(json!({"op": "posterize", "bits": 9})), None);
        let (_, problems) = log.into_lines();
        assert_eq!(problems, ["at: Name: becomes {\"op\":\"posterize\",\"bits\":9}: bits: 9 is not a whole number from 0 to 8"]);
    }
}

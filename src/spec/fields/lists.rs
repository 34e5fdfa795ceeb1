//! Fields that hold more than one value.

use super::{About, Fields, Kind, Value};
use serde_json::json;

impl<'a> Fields<'a> {
    /// A colour: one level for all three channels, or `[red, green, blue]`, 0 to 255.
    pub fn colour(&mut self, name: &'static str, default: [u8; 3], about: About) -> [u8; 3] {
        self.declare(name, Kind::Colour, Some(json!(default)), about);
        let one = |value: &Value<'_>, path: &str| self.natural(value, path, (0, 255)).map(|n| n as u8);
        let read = self.get(name).and_then(|value| self.three(value, &self.path_of(name), one));
        self.resolve(name, read, Some(default), default, |c| json!(c))
    }

    /// As [`Self::colour`]; `None` if it is not there, or `null`.
    pub fn optional_colour(&mut self, name: &'static str, about: About) -> Option<[u8; 3]> {
        if self.has(name) {
            return Some(self.colour(name, [0; 3], about)).inspect(|_| self.make_optional(name));
        }
        self.absent(name, Kind::Colour, about)
    }

    /// One number for all channels, or one for each of so many, as far as a float of 32 bits goes.
    pub fn per_channel(&mut self, name: &'static str, channels: usize, default: f64, about: About) -> Vec<f64> {
        let default = vec![default; channels];
        self.declare(name, Kind::PerChannel, Some(json!(default)), about);
        let limit = f64::from(f32::MAX);
        let one = |value: &Value<'_>, path: &str| self.bounded(value, path, (-limit, limit));
        let read = self.get(name).and_then(|value| self.each(value, &self.path_of(name), channels, one));
        self.resolve(name, read, Some(default.clone()), default, |c| json!(c))
    }

    /// One of what `one` reads, for all three channels, or three of it.
    fn three<T: Copy>(&self, value: &Value<'_>, path: &str, one: impl Fn(&Value<'_>, &str) -> Option<T>) -> Option<[T; 3]> {
        self.each(value, path, 3, one)?.try_into().ok()
    }

    /// One of what `one` reads, for all `channels`, or as many of it.
    fn each<T: Copy>(
        &self,
        value: &Value<'_>,
        path: &str,
        channels: usize,
        one: impl Fn(&Value<'_>, &str) -> Option<T>,
    ) -> Option<Vec<T>> {
        match value.as_array().map(|array| &array.elements[..]) {
            None => one(value, path).map(|n| vec![n; channels]),
            Some(list) if list.len() == channels => {
                let read: Vec<_> = list.iter().enumerate().map(|(i, value)| one(value, &format!("{path}[{i}]"))).collect();
                read.into_iter().collect()
            }
            Some(other) => {
                let expected = if channels == 3 { "three".into() } else { channels.to_string() };
                self.problems.at(value, path, &format!("expected one value or {expected}, found {}", other.len()));
                None
            }
        }
    }

    /// From `count.0` to `count.1` numbers within `low..=high`.
    pub fn numbers(
        &mut self,
        name: &'static str,
        default: Option<&[f64]>,
        count: (usize, usize),
        bounds: (f64, f64),
        about: About,
    ) -> Vec<f64> {
        self.declare(name, Kind::Numbers(count, bounds), default.map(|d| json!(d)), about);
        let read = self.get(name).and_then(|value| {
            let path = self.path_of(name);
            let Some(array) = value.as_array() else { return self.mismatch(value, &path, "a list of numbers") };
            let found = array.elements.len();
            if !(count.0..=count.1).contains(&found) {
                let expected = Kind::Numbers(count, bounds).accepts();
                return self.mismatch(value, &path, &format!("{expected}, not {found} of them,"));
            }
            let numbers = array.elements.iter().enumerate();
            let numbers: Vec<_> = numbers.map(|(i, value)| self.bounded(value, &format!("{path}[{i}]"), bounds)).collect();
            numbers.into_iter().collect::<Option<Vec<f64>>>()
        });
        let stand_in = vec![bounds.0; count.0];
        self.resolve(name, read, default.map(<[f64]>::to_vec), stand_in, |n| json!(n))
    }

    /// As [`Self::numbers`]; `None` if it is not there, or `null`.
    pub fn optional_numbers(
        &mut self,
        name: &'static str,
        count: (usize, usize),
        bounds: (f64, f64),
        about: About,
    ) -> Option<Vec<f64>> {
        if self.has(name) {
            return Some(self.numbers(name, Some(&[]), count, bounds, about)).inspect(|_| self.make_optional(name));
        }
        self.absent(name, Kind::Numbers(count, bounds), about)
    }

    /// Strings, at least one.
    pub fn texts(&mut self, name: &'static str, about: About) -> Vec<String> {
        self.declare(name, Kind::Texts, None, about);
        let read = self.get(name).and_then(|value| {
            let path = self.path_of(name);
            let Some(array) = value.as_array().filter(|array| !array.elements.is_empty()) else {
                return self.mismatch(value, &path, "a list of strings, at least one");
            };
            let texts: Vec<_> =
                array.elements.iter().enumerate().map(|(i, value)| self.string(value, &format!("{path}[{i}]"))).collect();
            texts.into_iter().collect::<Option<Vec<String>>>()
        });
        self.resolve(name, read, None, Vec::new(), |t| json!(t))
    }

    /// As [`Self::texts`]; `None` if it is not there, or `null`.
    pub fn optional_texts(&mut self, name: &'static str, about: About) -> Option<Vec<String>> {
        if self.has(name) {
            return Some(self.texts(name, about)).inspect(|_| self.make_optional(name));
        }
        self.absent(name, Kind::Texts, about)
    }

    /// The elements of the array at `name`, each with its path; nothing if it may be absent and is.
    pub fn list(&mut self, name: &'static str, about: About) -> Vec<(&'a Value<'a>, String)> {
        self.declare(name, Kind::Steps, None, about);
        if self.get(name).is_none() {
            self.complain(name, "missing (it is required)");
        }
        self.elements(name)
    }

    /// As [`Self::list`], empty if it is not there.
    pub fn optional_list(&mut self, name: &'static str, about: About) -> Vec<(&'a Value<'a>, String)> {
        self.declare(name, Kind::Steps, Some(json!([])), about);
        self.elements(name)
    }

    /// Whether an array stands at `name`.
    pub fn has_list(&self, name: &str) -> bool {
        self.get(name).is_some_and(|value| value.as_array().is_some())
    }

    /// How many elements the array at `name` has.
    pub fn count(&self, name: &str) -> usize {
        self.get(name).and_then(|value| value.as_array()).map_or(0, |array| array.elements.len())
    }

    pub(super) fn elements(&self, name: &str) -> Vec<(&'a Value<'a>, String)> {
        let path = self.path_of(name);
        let Some(value) = self.get(name) else { return Vec::new() };
        match value.as_array() {
            Some(array) => array.elements.iter().enumerate().map(|(i, v)| (v, format!("{path}[{i}]"))).collect(),
            None => self.mismatch(value, &path, "a list").unwrap_or_default(),
        }
    }
}

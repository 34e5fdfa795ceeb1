//! One JSON value each: what it is, or what is wrong with it.

use super::{Fields, Interval, Value};
use crate::error::unknown_or;

impl Fields<'_> {
    pub(super) fn read_interval(&self, value: &Value<'_>, path: &str, bounds: (f64, f64)) -> Option<Interval> {
        self.read_pair(value, path, |value, path| self.bounded(value, path, bounds))
    }

    pub(super) fn read_whole(&self, value: &Value<'_>, path: &str, bounds: (i64, i64)) -> Option<Interval> {
        self.read_pair(value, path, |value, path| self.whole_number(value, path, bounds).map(|n| n as f64))
    }

    /// What `one` reads, or two of it in order.
    fn read_pair(&self, value: &Value<'_>, path: &str, one: impl Fn(&Value<'_>, &str) -> Option<f64>) -> Option<Interval> {
        let Some(array) = value.as_array() else { return one(value, path).map(Interval::at) };
        let [low, high] = &array.elements[..] else {
            self.problems.at(value, path, &format!("expected [low, high], found {} values", array.elements.len()));
            return None;
        };
        let (low, high) = (one(low, &format!("{path}[0]")), one(high, &format!("{path}[1]")));
        let (low, high) = (low?, high?);
        if low > high {
            self.problems.at(value, path, &format!("{low} is above {high} (write the lower bound first)"));
            return None;
        }
        Some(Interval::new(low, high))
    }

    pub(super) fn bounded(&self, value: &Value<'_>, path: &str, (low, high): (f64, f64)) -> Option<f64> {
        let Value::NumberLit(literal) = value else { return self.mismatch(value, path, "a number") };
        let number: f64 = literal.value.parse().ok()?;
        if (low..=high).contains(&number) {
            return Some(number);
        }
        self.problems.at(value, path, &format!("{} is outside {low} to {high}", literal.value));
        None
    }

    /// A whole number of up to 64 bits, not below zero.
    pub(super) fn natural(&self, value: &Value<'_>, path: &str, (low, high): (u64, u64)) -> Option<u64> {
        self.parsed(value, path, |text| text.parse().ok().filter(|n| (low..=high).contains(n)), (&low, &high))
    }

    pub(super) fn whole_number(&self, value: &Value<'_>, path: &str, (low, high): (i64, i64)) -> Option<i64> {
        self.parsed(value, path, |text| text.parse().ok().filter(|n| (low..=high).contains(n)), (&low, &high))
    }

    fn parsed<T: std::fmt::Display>(
        &self,
        value: &Value<'_>,
        path: &str,
        parse: impl Fn(&str) -> Option<T>,
        (low, high): (&T, &T),
    ) -> Option<T> {
        let Value::NumberLit(literal) = value else { return self.mismatch(value, path, "a whole number") };
        let number = parse(literal.value);
        if number.is_none() {
            self.problems.at(value, path, &format!("{} is not a whole number from {low} to {high}", literal.value));
        }
        number
    }

    pub(super) fn string(&self, value: &Value<'_>, path: &str) -> Option<String> {
        match value {
            Value::StringLit(literal) => Some(literal.value.to_string()),
            other => self.mismatch(other, path, "a string"),
        }
    }

    pub(super) fn mismatch<T>(&self, value: &Value<'_>, path: &str, expected: &str) -> Option<T> {
        self.problems.at(value, path, &format!("expected {expected}, found {}", kind(value)));
        None
    }
}

/// What the user wrote, in words.
pub(crate) fn kind(value: &Value<'_>) -> String {
    match value {
        Value::StringLit(literal) => format!("the string \"{}\"", literal.value.escape_debug()),
        Value::NumberLit(literal) => format!("the number {}", literal.value),
        Value::BooleanLit(literal) => format!("{}", literal.value),
        Value::Object(_) => "an object".into(),
        Value::Array(_) => "a list".into(),
        Value::NullKeyword(_) => "null".into(),
    }
}

/// As [`unknown`](crate::error::unknown), of an op or a composition: there are too many to list.
pub(crate) fn unknown_op(word: &str, known: &[&str]) -> String {
    unknown_or("op", word, known, "`prebake ops` lists them")
}

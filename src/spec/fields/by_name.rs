//! Objects whose names are the user's own: a number for each class.

use super::{About, Fields, Kind, Value};
use serde_json::{Map, json};
use std::collections::BTreeMap;

impl<'a> Fields<'a> {
    /// A whole number within `low..=high` for each name; none if it is not there.
    pub fn integers_by_name(&mut self, name: &'static str, bounds: (u64, u64), about: About) -> BTreeMap<String, u64> {
        self.declare(name, Kind::IntegersByName(bounds.0, bounds.1), Some(json!({})), about);
        self.by_name(name, |value, path, me| me.natural(value, path, bounds))
    }

    /// A number within `low..=high` for each name; none if it is not there.
    pub fn numbers_by_name(&mut self, name: &'static str, bounds: (f64, f64), about: About) -> BTreeMap<String, f64> {
        self.declare(name, Kind::NumbersByName(bounds.0, bounds.1), Some(json!({})), about);
        self.by_name(name, |value, path, me| me.bounded(value, path, bounds))
    }

    fn by_name<T: Copy + serde::Serialize>(
        &mut self,
        name: &'static str,
        one: impl Fn(&Value<'_>, &str, &Self) -> Option<T>,
    ) -> BTreeMap<String, T> {
        let mut made = BTreeMap::new();
        let path = self.path_of(name);
        let Some(value) = self.get(name) else { return made };
        let Some(object) = value.as_object() else {
            self.mismatch::<()>(value, &path, "an object with a number for each name");
            return made;
        };
        for property in &object.properties {
            let (word, path) = (property.name.as_str(), format!("{path}.{}", property.name.as_str()));
            let Some(number) = one(&property.value, &path, self) else { continue };
            if made.insert(word.to_string(), number).is_some() {
                self.problems.place(property.range.start, &path, "given twice (keep one)");
            }
        }
        let resolved: Map<String, serde_json::Value> = made.iter().map(|(word, n)| (word.clone(), json!(n))).collect();
        self.resolved.insert(name.into(), resolved.into());
        made
    }
}

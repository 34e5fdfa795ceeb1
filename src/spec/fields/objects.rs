//! Objects within the object.

use super::{About, Fields, Kind, NO_SCHEDULE, Value};
use serde_json::json;

impl<'a> Fields<'a> {
    /// The object at `name`, to be read by the caller and handed back to [`Self::close`].
    pub fn object(&mut self, name: &'static str, about: About) -> Fields<'a> {
        self.declare(name, Kind::Object(Vec::new()), Some(json!({})), about);
        Fields::new(self.get(name), &self.path_of(name), self.problems)
    }

    /// The object at `name`, as `read` reads it; `None`, without a trace in the resolved spec, if it is not there, or `null`.
    pub fn optional_object<T>(&mut self, name: &'static str, about: About, read: impl FnOnce(&mut Fields<'a>) -> T) -> Option<T> {
        let there = self.has(name);
        self.declare(name, Kind::Object(Vec::new()), Some(serde_json::Value::Null), about);
        let mut object = Fields::new(self.get(name).filter(|_| there), &self.path_of(name), self.problems);
        let made = read(&mut object);
        self.close(name, object);
        if !there {
            self.resolved.remove(name);
        }
        there.then_some(made)
    }

    /// The objects of the list at `name`, each read by `read`; none if it is not there.
    pub fn objects<T>(&mut self, name: &'static str, about: About, read: impl Fn(&mut Fields<'a>) -> T) -> Vec<T> {
        let problems = self.problems;
        let mut bare = Fields::new(None, "", problems);
        read(&mut bare);
        self.declare(name, Kind::Objects(bare.declared), Some(json!([])), about);
        let read_one = |(value, path): (&'a Value<'a>, String)| {
            let mut object = Fields::new(Some(value), &path, problems);
            let made = read(&mut object);
            if object.horizon() > 0 {
                object.complain("", NO_SCHEDULE);
            }
            (made, object.finish().into())
        };
        let (made, resolved): (Vec<T>, Vec<serde_json::Value>) = self.elements(name).into_iter().map(read_one).unzip();
        self.resolved.insert(name.into(), resolved.into());
        made
    }

    /// Ends the reading of the object at `name`.
    pub fn close(&mut self, name: &'static str, object: Fields<'a>) {
        if let Some(declared) = self.declared.iter_mut().rev().find(|declared| declared.name == name) {
            declared.kind = Kind::Object(object.declared.clone());
        }
        if object.horizon() > 0 {
            self.complain(name, NO_SCHEDULE);
        }
        self.resolved.insert(name.into(), object.finish().into());
    }
}

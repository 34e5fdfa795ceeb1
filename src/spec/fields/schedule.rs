//! A value as a function of the epoch: `{"schedule": "linear", "from": 0, "to": 0.5, "epochs": 10}`.
//!
//! A schedule names the epochs that it runs over, never the number of epochs that are made, so that the rows
//! of an epoch do not change when epochs are added.

use super::{Choice, Fields, Interval, Value};
use serde_json::{Map, json};

/// The longest schedule, in epochs.
const LONGEST: u64 = 10_000;

/// How a value gets from one end to the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Along a straight line.
    Linear,
    /// Along half a cosine: slow, fast, slow.
    Cosine,
    /// By steps at given epochs.
    Steps,
}

impl Choice for Shape {
    const ALL: &'static [(&'static str, Self)] = &[("linear", Self::Linear), ("cosine", Self::Cosine), ("steps", Self::Steps)];
}

/// A schedule's value at one epoch, and what the resolved spec says of the schedule.
pub(super) struct Scheduled {
    pub(super) now: Interval,
    /// From this epoch on, the value stays.
    pub(super) horizon: u64,
    pub(super) resolved: serde_json::Value,
}

impl Shape {
    /// The way that is done after a share `t` of the time, both 0 to 1.
    ///
    /// Linear: `t`. Cosine: `(1 - cos(pi t)) / 2`, as half a period of Loshchilov and Hutter's annealing (2017).
    fn progress(self, t: f64) -> f64 {
        match self {
            Self::Cosine => (1.0 - libm::cos(std::f64::consts::PI * t)) / 2.0,
            Self::Linear | Self::Steps => t,
        }
    }
}

/// Whether `value` is meant as a schedule.
pub(super) fn is_schedule(value: &Value<'_>) -> bool {
    value.as_object().is_some_and(|object| object.get("schedule").is_some())
}

impl Fields<'_> {
    /// Reads the schedule `value` at `path`, whose values `one` reads, as it stands in this reader's epoch.
    pub(super) fn scheduled(
        &self,
        value: &Value<'_>,
        path: &str,
        one: impl Fn(&Value<'_>, &str) -> Option<Interval>,
    ) -> Option<Scheduled> {
        let mut fields = Fields::new(Some(value), path, self.problems);
        let shape = fields.choice("schedule", Shape::Linear, super::About("", "how the value moves"));
        let scheduled = match shape {
            Shape::Steps => self.stepped(&mut fields, one),
            Shape::Linear | Shape::Cosine => self.moved(&mut fields, shape, one),
        };
        fields.finish();
        scheduled
    }

    fn moved(
        &self,
        fields: &mut Fields<'_>,
        shape: Shape,
        one: impl Fn(&Value<'_>, &str) -> Option<Interval>,
    ) -> Option<Scheduled> {
        let mut end = |name| fields.raw(name, &one);
        let (from, to) = (end("from"), end("to"));
        let about = super::About("epochs", "how many epochs the way takes; the last of them has `to`");
        let epochs = fields.integer("epochs", None, (2, LONGEST), about);
        let start = fields.integer("start", Some(0), (0, LONGEST), super::About("epoch", "the first that has `from`"));
        let ((from, from_json), (to, to_json)) = (from?, to?);
        let done = self.epoch.saturating_sub(start).min(epochs - 1) as f64 / (epochs - 1) as f64;
        let way = shape.progress(done);
        // Both ends are met exactly.
        let between = |a: f64, b: f64| if way >= 1.0 { b } else { (a + (b - a) * way).clamp(a.min(b), a.max(b)) };
        let mut resolved = Map::new();
        resolved.insert("schedule".into(), json!(shape.word()));
        resolved.insert("from".into(), from_json);
        resolved.insert("to".into(), to_json);
        resolved.insert("epochs".into(), json!(epochs));
        resolved.insert("start".into(), json!(start));
        let now = Interval::new(between(from.low, to.low), between(from.high, to.high));
        Some(Scheduled { now, horizon: start + epochs - 1, resolved: resolved.into() })
    }

    fn stepped(&self, fields: &mut Fields<'_>, one: impl Fn(&Value<'_>, &str) -> Option<Interval>) -> Option<Scheduled> {
        let mut steps: Vec<(u64, Interval)> = Vec::new();
        let mut listed = Vec::new();
        let about = super::About("", "pairs of an epoch and the value that holds from it on; the first epoch is 0");
        let pairs = fields.list("values", about);
        if pairs.is_empty() && fields.get("values").is_some() {
            fields.complain("values", "is empty (write at least [0, VALUE])");
        }
        for (pair, path) in pairs {
            let Some([epoch, value]) = pair.as_array().map(|array| &array.elements[..]) else {
                self.problems.at(pair, &path, "expected [epoch, value]");
                return None;
            };
            let epoch = self.natural(epoch, &format!("{path}[0]"), (0, LONGEST))?;
            let now = one(value, &format!("{path}[1]"))?;
            if steps.last().map_or(epoch != 0, |(before, _)| *before >= epoch) {
                self.problems.at(pair, &path, "out of order (the first epoch is 0, and epochs rise)");
                return None;
            }
            listed.push(json!([epoch, as_json(now)]));
            steps.push((epoch, now));
        }
        let (horizon, _) = *steps.last()?;
        let (_, now) = *steps.iter().rev().find(|(epoch, _)| *epoch <= self.epoch)?;
        Some(Scheduled { now, horizon, resolved: json!({"schedule": "steps", "values": listed}) })
    }

    /// A required field that `one` reads, with its resolved form.
    fn raw(
        &mut self,
        name: &'static str,
        one: &impl Fn(&Value<'_>, &str) -> Option<Interval>,
    ) -> Option<(Interval, serde_json::Value)> {
        self.declare(name, super::Kind::Object(Vec::new()), None, super::About("", "an end of the schedule"));
        let Some(value) = self.get(name) else {
            self.complain(name, "missing (a schedule needs it)");
            return None;
        };
        one(value, &self.path_of(name)).map(|interval| (interval, as_json(interval)))
    }
}

fn as_json(interval: Interval) -> serde_json::Value {
    if interval.is_fixed() { json!(interval.low) } else { json!([interval.low, interval.high]) }
}

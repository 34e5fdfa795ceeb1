//! The tree: compositions, and the order of steps.

use super::given::ignore_targets;
use super::{convert, output};
use crate::import::Draft;
use crate::import::call::{Call, Version};
use crate::import::json::plain;
use crate::import::log::Log;
use crate::import::sizes::Sizing;
use serde_json::{Map, Value, json};

/// From here on `SomeOf` and `RandomOrder` choose evenly, and what they choose still has its own `p`. Before, `p` was
/// the weight, and what was chosen was applied.
const EVEN_CHOICE: Version = [2, 0, 6];

/// Every composition.
pub(super) const NAMES: &[&str] =
    &["Compose", "ReplayCompose", "Sequential", "OneOf", "SomeOf", "RandomOrder", "OneOrOther", "SelectiveChannelTransform"];

/// Walks the tree and collects steps.
#[derive(Debug)]
pub(super) struct Walk<'a> {
    version: Version,
    log: &'a Log,
    draft: Draft,
    sizing: Sizing,
    /// The transform that made floats, or channels first: only others of its kind may follow.
    ended: Option<String>,
}

/// A step without its `p`, and what the library's `p` means for it.
#[derive(Debug)]
struct Part {
    step: Value,
    /// How often a parent that weighs chooses it.
    weight: f64,
    /// How often it applies.
    p: f64,
    /// How often it applies where a parent chose it.
    forced: f64,
}

impl Part {
    fn step(self) -> Value {
        with_p(self.step, self.p)
    }

    fn forced_step(self) -> Value {
        with_p(self.step, self.forced)
    }
}

impl<'a> Walk<'a> {
    /// Nothing walked yet in a file of `version`.
    pub(super) fn new(version: Version, log: &'a Log) -> Self {
        Self { version, log, draft: Draft::default(), sizing: Sizing::default(), ended: None }
    }

    /// What was collected.
    pub(super) fn into_draft(self) -> Draft {
        self.draft
    }

    /// Adds a node that every row runs through, in order.
    pub(super) fn top(&mut self, node: Value, path: &str) {
        let Some(mut call) = self.call(node, path) else { return };
        if is_sequence(call.name()) && applies_always(&call) {
            probability(&mut call);
            let children = self.children(&mut call);
            call.finish();
            children.into_iter().for_each(|(child, path)| self.top(child, &path));
        } else if let Some(convert) = output::find(call.name()) {
            if probability(&mut call).0 < 1.0 {
                call.refuse("p", "below 1: rows must all be of one kind (give it p 1)");
            }
            convert(&mut call, &mut self.draft.output);
            self.ended = Some(call.name().into());
            call.finish();
        } else if let Some(ended) = &self.ended {
            call.ignore_all();
            call.refuse("", &format!("stands after {ended}, which must come last (put it before)"));
        } else if let Some(part) = self.part(call, self.sizing) {
            let step = part.step();
            self.sizing = self.sizing.after(&step);
            // Of what does nothing, only a choice needs to know.
            if step["steps"] != json!([]) {
                self.draft.steps.push(step);
            }
        }
    }

    /// What a node becomes that stands where pictures have the sizes of `sizing`.
    fn part(&self, mut call: Call<'a>, sizing: Sizing) -> Option<Part> {
        let (weight, p) = probability(&mut call);
        let forced = if self.version >= EVEN_CHOICE && is_choice(call.name()) { p } else { 1.0 };
        let part = |step: Value| Part { step, weight, p, forced };
        let call = call.on(sizing.known());
        match call.name() {
            "OneOf" => self.one_of(call, sizing).map(part),
            "SomeOf" => self.some_of(call, sizing).map(part),
            "RandomOrder" => self.random_order(call, sizing).map(part),
            "SelectiveChannelTransform" => self.channels(call, sizing).map(part),
            // Its `p` says which of the two.
            "OneOrOther" => self.one_or_other(call, sizing, p).map(|step| Part { step, weight, p: 1.0, forced: 1.0 }),
            name if is_sequence(name) => self.sequential(call, sizing).map(part),
            _ => leaf(call).map(part),
        }
    }

    fn one_of(&self, mut call: Call<'a>, sizing: Sizing) -> Option<Value> {
        let parts = self.parts(&mut call, sizing);
        let weights = weights(&parts);
        if parts.iter().all(|part| part.weight <= 0.0) {
            call.refuse("transforms", "none of them can be chosen (their p are the weights)");
        }
        let steps = parts.into_iter().map(Part::forced_step).collect();
        call.finish_as(composed("one_of", "of", steps, [("weights", weights)]))
    }

    fn some_of(&self, mut call: Call<'a>, sizing: Sizing) -> Option<Value> {
        let parts = self.parts(&mut call, sizing);
        let replace = call.flag("replace", self.version < EVEN_CHOICE);
        let n = self.count(&mut call, parts.len(), replace);
        let weights = if self.version < EVEN_CHOICE { weights(&parts) } else { None };
        let chosen = if self.version < EVEN_CHOICE { Part::forced_step } else { Part::step };
        let steps = parts.into_iter().map(chosen).collect();
        let more = [("n", Some(json!(n))), ("replace", replace.then(|| json!(true))), ("weights", weights)];
        call.finish_as(composed("some_of", "of", steps, more))
    }

    fn random_order(&self, mut call: Call<'a>, sizing: Sizing) -> Option<Value> {
        let parts = self.parts(&mut call, sizing);
        let replace = call.flag("replace", false);
        let n = self.count(&mut call, parts.len(), replace);
        if replace && n > 1 {
            call.refuse("replace", "true: a transform cannot come twice in a random order (false)");
        }
        let weighed = self.version < EVEN_CHOICE;
        if weighed && n < parts.len() && weights(&parts).is_some() {
            call.refuse("n", "below the number of transforms, whose p, their weights here, differ (give all the same p)");
        }
        let all = n >= parts.len();
        let steps = parts.into_iter().map(if weighed { Part::forced_step } else { Part::step }).collect();
        call.finish_as(composed("random_order", "steps", steps, [("n", (!all).then(|| json!(n)))]))
    }

    /// Takes `n`; without repetition it is at most how many there are.
    fn count(&self, call: &mut Call<'_>, most: usize, replace: bool) -> usize {
        let n = call.whole("n", 1).max(0).try_into().unwrap_or(usize::MAX);
        if replace { n } else { n.min(most) }
    }

    fn one_or_other(&self, mut call: Call<'a>, sizing: Sizing, share: f64) -> Option<Value> {
        let mut parts = self.parts(&mut call, sizing);
        // With one left out, the other would take its share.
        if parts.len() < 2 {
            call.refuse("transforms", "two are needed");
        }
        let second = parts.pop().map(Part::forced_step);
        let first = parts.into_iter().next().map(Part::forced_step);
        let step = json!({"op": "one_or_other", "share": plain(share), "first": [first], "second": [second]});
        call.finish_as(step)
    }

    fn channels(&self, mut call: Call<'a>, sizing: Sizing) -> Option<Value> {
        let steps = self.steps(&mut call, sizing);
        let channels = call.numbers("channels").map(|channels| channels.into_iter().map(plain).collect::<Value>());
        if channels.is_none() {
            call.refuse(
                "channels",
                "missing: Albumentations does not save it (add \"channels\": [0, 2] to the file, for red and blue)",
            );
        }
        call.finish_as(composed("channels", "steps", steps, [("channels", channels)]))
    }

    fn sequential(&self, mut call: Call<'a>, sizing: Sizing) -> Option<Value> {
        let steps = self.steps(&mut call, sizing);
        call.finish_as(composed("sequential", "steps", steps, []))
    }

    /// The children as parts of which any may come first.
    fn parts(&self, call: &mut Call<'a>, sizing: Sizing) -> Vec<Part> {
        let children = self.children(call);
        children.into_iter().filter_map(|(child, path)| self.part(self.call(child, &path)?, sizing)).collect()
    }

    /// The children as steps, one after the other.
    fn steps(&self, call: &mut Call<'a>, mut sizing: Sizing) -> Vec<Value> {
        let mut steps = Vec::new();
        for (child, path) in self.children(call) {
            let part = self.call(child, &path).and_then(|call| self.part(call, sizing));
            if let Some(step) = part.map(Part::step) {
                sizing = sizing.after(&step);
                steps.push(step);
            }
        }
        steps
    }

    /// Takes the children, each with its path, and what a composition says besides.
    fn children(&self, call: &mut Call<'_>) -> Vec<(Value, String)> {
        call.ignore(&["is_check_shapes", "strict", "mask_interpolation", "save_applied_params", "save_key"]);
        if call.take("seed").is_some() {
            call.note("seed is left aside: draws are made from the spec's own");
        }
        for targets in ["bbox_params", "keypoint_params", "additional_targets"] {
            if call.take(targets).is_some_and(|value| value != Value::Object(Map::new())) {
                call.note(&format!("{targets} is left aside: only pictures are augmented"));
            }
        }
        let path = call.path().to_string();
        match call.take("transforms") {
            Some(Value::Array(children)) => {
                let placed = |(i, child)| (child, format!("{path}.transforms[{i}]"));
                children.into_iter().enumerate().map(placed).collect()
            }
            _ => {
                call.refuse("transforms", "missing (a list of transforms)");
                Vec::new()
            }
        }
    }

    /// A node's transform and arguments.
    fn call(&self, node: Value, path: &str) -> Option<Call<'a>> {
        let Value::Object(mut arguments) = node else {
            self.log.problem(path, "expected a transform, an object with `__class_fullname__`");
            return None;
        };
        let Some(Value::String(full)) = arguments.shift_remove("__class_fullname__") else {
            self.log.problem(path, "missing `__class_fullname__`, the transform's name");
            return None;
        };
        Some(Call::new(path, short_name(&full), arguments, self.log).of_version(self.version))
    }
}

/// The step of a transform that is no composition.
fn leaf(mut call: Call<'_>) -> Option<Value> {
    ignore_targets(&mut call);
    if let Some(convert) = convert(call.name()) {
        let step = convert(&mut call);
        return call.finish_as(step);
    }
    call.ignore_all();
    if output::find(call.name()).is_some() {
        call.refuse("", "stands within a composition (it must be the last of all, for every picture)");
    } else {
        call.refuse("", super::refused::why(call.name()));
    }
    None
}

/// The name without the library's modules; a class of somebody else keeps its own.
fn short_name(full: &str) -> &str {
    match full.strip_prefix("albumentations.") {
        Some(rest) => rest.rsplit('.').next().unwrap_or(rest),
        None => full,
    }
}

/// Whether a composition runs all of its children in order.
fn is_sequence(name: &str) -> bool {
    ["Compose", "ReplayCompose", "Sequential"].contains(&name)
}

/// Whether a composition chooses some of its children.
fn is_choice(name: &str) -> bool {
    ["SomeOf", "RandomOrder"].contains(&name)
}

fn applies_always(call: &Call<'_>) -> bool {
    call.peek("p").and_then(Value::as_f64).unwrap_or(1.0) >= 1.0
}

/// Takes `p`, and says how a parent weighs the transform and how often it applies.
fn probability(call: &mut Call<'_>) -> (f64, f64) {
    // What the library takes where a file says nothing.
    let default = if is_sequence(call.name()) { 1.0 } else { 0.5 };
    let p = call.number("p", default);
    (p, if call.flag("always_apply", false) { 1.0 } else { p })
}

/// What each part weighs, unless all weigh alike.
fn weights(parts: &[Part]) -> Option<Value> {
    let differ = parts.windows(2).any(|pair| pair[0].weight != pair[1].weight);
    differ.then(|| parts.iter().map(|part| plain(part.weight)).collect())
}

/// A composition of ours.
fn composed<const N: usize>(op: &str, list: &str, steps: Vec<Value>, more: [(&str, Option<Value>); N]) -> Value {
    let mut step = json!({"op": op});
    for (name, value) in more {
        if let Some(value) = value {
            step[name] = value;
        }
    }
    step[list] = steps.into();
    step
}

/// The step with how often it applies.
fn with_p(mut step: Value, p: f64) -> Value {
    if p < 1.0 {
        step["p"] = plain(p);
    }
    step
}

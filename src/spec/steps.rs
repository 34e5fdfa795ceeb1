//! The steps of the pipeline, and those within steps.

use super::fields::{About, Declared, Fields, NO_SCHEDULE, unknown_op};
use super::policies::{self, Policy, Shape};
use super::problems::{Problems, Value};
use crate::ops::{Op, Serves};
use crate::pipeline::{Action, Augmix, Choices, Composition, MOST_CHOICES, PerEpoch, Step, When};

/// How deep steps may stand within steps.
const DEEPEST: usize = 16;

/// A step made of steps, as the reference names it.
#[derive(Clone, Copy, Debug)]
pub struct Form {
    /// The word in the spec.
    pub name: &'static str,
    /// What it does, in one line.
    pub summary: &'static str,
    /// A step that uses it, as JSON.
    pub example: &'static str,
    /// Which pictures it serves, if that is not what its steps do.
    pub serves: Option<Serves>,
}

/// Every way to put steps together.
pub const COMPOSITIONS: &[Form] = &[
    Form {
        name: "sequential",
        summary: "All of the steps, in order: for a `p` that holds for them together.",
        example: r#"{"op": "sequential", "steps": [{"op": "horizontal_flip"}, {"op": "vertical_flip"}], "p": 0.5}"#,
        serves: None,
    },
    Form {
        name: "one_of",
        summary: "One of the steps, each as often as its weight says against the others.",
        example: r#"{"op": "one_of", "of": [{"op": "rotate", "degrees": [-20, 20]}, {"op": "zoom", "scale": [0.8, 1.2]}], "weights": [2, 1]}"#,
        serves: None,
    },
    Form {
        name: "some_of",
        summary: "Some of the steps, in the order in which they stand.",
        example: r#"{"op": "some_of", "n": [1, 2], "of": [{"op": "horizontal_flip"}, {"op": "vertical_flip"}, {"op": "rotate", "degrees": 90}]}"#,
        serves: None,
    },
    Form {
        name: "random_order",
        summary: "The steps, or `n` of them, in a drawn order.",
        example: r#"{"op": "random_order", "steps": [{"op": "brightness", "delta": [-0.2, 0.2]}, {"op": "contrast", "factor": [0.8, 1.2]}]}"#,
        serves: None,
    },
    Form {
        name: "one_or_other",
        summary: "The first steps with probability `share`, else the second.",
        example: r#"{"op": "one_or_other", "share": 0.7, "first": [{"op": "horizontal_flip"}], "second": [{"op": "rotate", "degrees": [-10, 10]}]}"#,
        serves: None,
    },
    Form {
        name: "channels",
        summary: "The steps on some channels only; 0 is red, 1 green, 2 blue.",
        example: r#"{"op": "channels", "channels": [0, 2], "steps": [{"op": "brightness", "delta": [-0.2, 0.2]}]}"#,
        serves: Some(Serves::Levels),
    },
    Form {
        name: "at_epochs",
        summary: "The steps in the epochs from one to another, both included, and others in the rest.",
        example: r#"{"op": "at_epochs", "from": 2, "to": 7, "steps": [{"op": "rotate", "degrees": [-20, 20]}]}"#,
        serves: None,
    },
    Form {
        name: "on_classes",
        summary: "The steps for pictures of some classes, and others for the rest.",
        example: r#"{"op": "on_classes", "classes": ["cat", "dog"], "steps": [{"op": "horizontal_flip", "p": 0.5}]}"#,
        serves: None,
    },
    Form {
        name: "auto_augment",
        summary: "One of the pairs of ops that AutoAugment found.",
        example: r#"{"op": "auto_augment", "policy": "cifar10"}"#,
        serves: None,
    },
    Form {
        name: "rand_augment",
        summary: "Some ops out of a fixed set, one after the other, all at one strength.",
        example: r#"{"op": "rand_augment", "n": 2, "interpolation": "bilinear"}"#,
        serves: None,
    },
    Form {
        name: "trivial_augment_wide",
        summary: "One op out of a fixed set, at any strength.",
        example: r#"{"op": "trivial_augment_wide"}"#,
        serves: None,
    },
    Form {
        name: "augmix",
        summary: "Chains of ops out of a fixed set, laid over the picture.",
        example: r#"{"op": "augmix", "width": 3}"#,
        serves: Some(Serves::Levels),
    },
];

/// A step and its resolved form.
type Read = (Step, serde_json::Value);

/// The names of everything that a step may be.
fn names() -> Vec<&'static str> {
    Op::ALL.iter().map(|op| op.name).chain(COMPOSITIONS.iter().map(|form| form.name)).collect()
}

/// Reads the pipeline.
pub(super) fn read_pipeline(fields: &mut Fields<'_>, problems: &Problems) -> Vec<Step> {
    let listed = fields.list("pipeline", About("", "the steps, in order"));
    let (steps, resolved) = read_each(&listed, problems, 0);
    fields.put("pipeline", resolved);
    steps
}

/// Reads the pipeline of validation and test rows; `None`, without a trace in the resolved spec, if it is not there.
pub(super) fn read_eval_pipeline(fields: &mut Fields<'_>, problems: &Problems) -> Option<Vec<Step>> {
    const NAME: &str = "eval_pipeline";
    let about = About("", "the steps of validation and test rows; those of `pipeline` that do not vary, if it is not there");
    let listed = fields.optional_list(NAME, about);
    let (steps, resolved) = read_each(&listed, problems, 0);
    let there = fields.has_list(NAME);
    if there {
        fields.put(NAME, resolved);
    }
    there.then_some(steps)
}

fn read_each(listed: &[(&Value<'_>, String)], problems: &Problems, depth: usize) -> (Vec<Step>, serde_json::Value) {
    let read = listed.iter().filter_map(|(value, path)| read_step(value, path, problems, depth));
    let (steps, resolved): (Vec<Step>, Vec<serde_json::Value>) = read.unzip();
    (steps, resolved.into())
}

/// Reads one step: `op`, its own fields, `p`.
fn read_step(value: &Value<'_>, path: &str, problems: &Problems, depth: usize) -> Option<Read> {
    let mut fields = Fields::new(Some(value), path, problems);
    value.as_object()?;
    let Some(name) = fields.text("op", None, About("", "what the step does")) else {
        fields.complain("op", "missing (every step names its op)");
        return None;
    };
    if depth >= DEEPEST {
        fields.complain("op", &format!("stands within more than {DEEPEST} steps (nest less deep)"));
        return None;
    }
    let composition = read_composition(&name, &mut fields, problems, depth);
    if composition.is_some() {
        if fields.horizon() > 0 {
            fields.complain("op", NO_SCHEDULE);
        }
        let p = read_p(&mut fields);
        let p = each_epoch(p, &fields, |epoch| read_p(&mut Fields::in_epoch(Some(value), path, problems, epoch)));
        let action = Action::Composition(composition?);
        return Some((Step { action, p }, fields.finish().into()));
    }
    let Some(op) = Op::read(&name, &mut fields) else {
        fields.complain("op", &unknown_op(&name, &names()));
        return None;
    };
    let p = read_p(&mut fields);
    let mut ops = vec![op];
    let p = each_epoch(p, &fields, |epoch| {
        let mut fields = Fields::in_epoch(Some(value), path, problems, epoch);
        ops.extend(Op::read(&name, &mut fields));
        read_p(&mut fields)
    });
    Some((Step { action: Action::Op(PerEpoch::new(ops)), p }, fields.finish().into()))
}

fn read_p(fields: &mut Fields<'_>) -> f64 {
    fields.number("p", Some(1.0), (0.0, 1.0), About("probability", "how often the step applies"))
}

/// `first`, and what `read` says of every further epoch until the schedules in `fields` have come to their ends.
fn each_epoch(first: f64, fields: &Fields<'_>, read: impl FnMut(u64) -> f64) -> PerEpoch<f64> {
    PerEpoch::new(std::iter::once(first).chain((1..=fields.horizon()).map(read)).collect())
}

/// Reads the composition called `name`; `None` if there is none.
fn read_composition(name: &str, fields: &mut Fields<'_>, problems: &Problems, depth: usize) -> Option<Composition> {
    let steps = |fields: &mut Fields<'_>, field, text| {
        let listed = fields.list(field, About("", text));
        let (steps, resolved) = read_each(&listed, problems, depth + 1);
        fields.put(field, resolved);
        steps
    };
    let more = |fields: &mut Fields<'_>, field, text| {
        let listed = fields.optional_list(field, About("", text));
        let (steps, resolved) = read_each(&listed, problems, depth + 1);
        fields.put(field, resolved);
        steps
    };
    Some(match name {
        "sequential" => Composition::Sequential(steps(fields, "steps", "the steps")),
        "one_of" => {
            let of = steps(fields, "of", "the steps to choose from");
            Composition::OneOf(read_choices(of, 1, fields))
        }
        "some_of" => {
            let of = steps(fields, "of", "the steps to choose from");
            let bounds = (0, MOST_CHOICES as i64);
            let n = fields.whole("n", None, bounds, About("steps", "how many are chosen"));
            let replace = fields.flag("replace", false, About("", "whether one may be chosen more than once"));
            let least = if replace { 1 } else { usize::try_from(n.high).unwrap_or(0) };
            Composition::SomeOf { of: read_choices(of, least, fields), n, replace }
        }
        "random_order" => {
            let steps = steps(fields, "steps", "the steps");
            check_count(&steps, "steps", fields);
            let about = About("steps", "how many are chosen; all if it is not there");
            Composition::RandomOrder { steps, n: fields.optional_whole("n", (0, MOST_CHOICES as i64), about) }
        }
        "one_or_other" => Composition::OneOrOther {
            share: fields.number("share", Some(0.5), (0.0, 1.0), About("probability", "how often the first are taken")),
            first: steps(fields, "first", "the first steps"),
            second: steps(fields, "second", "the second steps"),
        },
        "channels" => {
            let listed = fields.numbers("channels", None, (1, 3), (0.0, 2.0), About("", "0 is red, 1 green, 2 blue"));
            if listed.iter().any(|channel| channel.fract() != 0.0) {
                fields.complain("channels", "expected 0, 1 or 2 (red, green, blue)");
            }
            let channels = std::array::from_fn(|c| listed.contains(&(c as f64)));
            Composition::Channels { channels, steps: steps(fields, "steps", "the steps") }
        }
        "at_epochs" => {
            let from = fields.integer("from", Some(0), (0, 99_999), About("epoch", "the first epoch that has the steps"));
            let to = fields.integer("to", Some(99_999), (0, 99_999), About("epoch", "the last epoch that has the steps"));
            if from > to {
                fields.complain("from", &format!("{from} is above `to`, {to} (write the first epoch, then the last)"));
            }
            let when = When::Epochs(from, to);
            let (steps, otherwise) =
                (steps(fields, "steps", "the steps"), more(fields, "otherwise", "steps of the other epochs"));
            Composition::When { when, steps, otherwise }
        }
        "on_classes" => {
            let when = When::Classes(fields.texts("classes", About("", "names of classes")));
            let (steps, otherwise) =
                (steps(fields, "steps", "the steps"), more(fields, "otherwise", "steps of the other classes"));
            Composition::When { when, steps, otherwise }
        }
        _ => composed(policies::read(name, fields)?),
    })
}

/// What a policy comes down to. Its choices are written by this program, so that they have no problems.
fn composed(Policy { name, choices, shape }: Policy) -> Composition {
    let text = serde_json::Value::from(choices).to_string();
    let problems = Problems::new(name, &text);
    let listed = problems.parse(None);
    let listed = listed.as_ref().and_then(Value::as_array).map_or(&[][..], |list| &list.elements);
    let listed: Vec<(&Value<'_>, String)> = listed.iter().map(|value| (value, String::new())).collect();
    let (steps, _) = read_each(&listed, &problems, 0);
    debug_assert!(problems.is_empty(), "invariant: policies are made of good steps: {:?}", problems.into_messages());
    let of = Choices { weights: vec![1.0; steps.len()], steps };
    match shape {
        Shape::Row(n) => Composition::Policy { name, n, of },
        Shape::Chains { width, depth, alpha } => Composition::Augmix(Augmix { of, width, depth, alpha }),
    }
}

/// Reads `weights` for `steps`, of which at least `least` must have one above zero.
fn read_choices(steps: Vec<Step>, least: usize, fields: &mut Fields<'_>) -> Choices {
    check_count(&steps, "of", fields);
    let about = About("", "how often each is chosen, against the others; alike if they are not there");
    let weights = fields.optional_numbers("weights", (1, MOST_CHOICES), (0.0, 1e6), about);
    let weights = weights.unwrap_or_else(|| vec![1.0; steps.len()]);
    // Steps that could not be read have their own problems.
    if fields.count("of") != weights.len() {
        let problem = format!("{} weights for {} steps (one each)", weights.len(), fields.count("of"));
        fields.complain("weights", &problem);
    } else if weights.iter().filter(|weight| **weight > 0.0).count() < least {
        fields.complain("of", &format!("fewer than {least} steps to choose from (their weights must be above 0)"));
    }
    Choices { steps, weights }
}

fn check_count(steps: &[Step], name: &str, fields: &Fields<'_>) {
    if steps.len() > MOST_CHOICES {
        fields.complain(name, &format!("{} steps, above {MOST_CHOICES}", steps.len()));
    }
}

/// The fields of the op or composition called `name`, as the reference shows them.
pub fn declared(name: &str) -> Option<Vec<Declared>> {
    let problems = Problems::new("", "");
    let mut fields = Fields::new(None, "", &problems);
    let known = read_composition(name, &mut fields, &problems, 0).is_some() || Op::read(name, &mut fields).is_some();
    known.then(|| fields.declared().to_vec())
}

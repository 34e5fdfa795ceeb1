//! The spec: what the user said, checked. All its problems are found before a picture is opened.

mod balance;
mod deep;
pub mod fields;
mod labels;
mod mixing;
mod normalise;
mod pattern;
mod policies;
pub mod problems;
mod sections;
mod split;
mod steps;
mod targets;

pub use balance::{Balance, Sampling, Weights};
pub use deep::DeepOutput;
pub use labels::{HeadRule, LabelKind, LabelOrder, LabelSource, Labels, Oov, TableRule};
pub use normalise::{Center, Featurewise, Per, Samplewise, Scale, Zca};
pub use sections::{Arrangement, Color, Dtype, Input, Layout, Output, Shuffle};
pub use split::{Amount, By, Duplicates, Group, Side, Split, amounts_from_argument};
pub use steps::{COMPOSITIONS, Form, declared};
pub use targets::{BoxFormat, BoxLayout, BoxSource, Boxes, MaskSource, Masks, Targets, Unmatched};

use crate::error::{Error, Result, reason, shown};
use crate::mixing::Step;
use crate::ops::References;
use crate::pipeline::Pipeline;
use fields::{About, Declared, Fields};
use problems::{Problems, Value};
use serde_json::{Map, json};
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// The version of the spec's format that this program reads.
pub const VERSION: u64 = 1;

/// A spec is no longer than this.
const MOST_BYTES: u64 = 1 << 24;

/// What the command line says over the spec.
#[derive(Clone, Debug, Default)]
pub struct Overrides {
    /// `--epochs`
    pub epochs: Option<u64>,
    /// `--seed`
    pub seed: Option<u64>,
    /// `--batch-size`
    pub batch_size: Option<u64>,
    /// `--labels`
    pub labels: Option<LabelSource>,
    /// `--shuffle`
    pub shuffle: Option<Shuffle>,
    /// `--layout`
    pub arrangement: Option<Arrangement>,
    /// `--split`
    pub split: Option<By>,
    /// `--dedupe near`
    pub near: bool,
    /// `--max-spec-depth`
    pub deepest: Option<usize>,
}

/// A spec that has no problems.
#[derive(Clone, Debug)]
pub struct Spec {
    /// What every draw starts from.
    pub seed: u64,
    /// How many augmented passes over the pictures to make.
    pub epochs: u64,
    /// Rows that a training step takes.
    pub batch_size: u64,
    /// How the order of rows is drawn.
    pub shuffle: Shuffle,
    /// How pictures are laid in blocks.
    pub arrangement: Arrangement,
    /// Where labels come from.
    pub labels: Labels,
    /// How pictures are read.
    pub input: Input,
    /// What follows the pixels besides labels, if anything.
    pub targets: Option<Targets>,
    /// How pictures are divided, if they are.
    pub split: Option<Split>,
    /// How often training rows show each class, if not each picture once.
    pub balance: Option<Balance>,
    /// What makes training rows of several pictures, if anything does.
    pub mixing: Vec<Step>,
    /// The steps.
    pub pipeline: Pipeline,
    /// The steps of validation and test rows, if they are written.
    pub eval_pipeline: Option<Pipeline>,
    /// What rows look like.
    pub output: Output,
    /// The whole spec with every default filled in, in a fixed order.
    pub resolved: Map<String, serde_json::Value>,
}

impl Spec {
    /// Reads the spec in `file`, `overrides` first.
    ///
    /// # Errors
    /// If the file cannot be read, or with every problem found in it.
    pub fn load(file: &Path, overrides: &Overrides) -> Result<Self> {
        let mut text = Vec::new();
        let read = File::open(file).and_then(|file| file.take(MOST_BYTES + 1).read_to_end(&mut text));
        read.map_err(|error| {
            Error::Usage(format!("{}: cannot read the spec: {} (--spec names a JSON file)", shown(file), reason(&error)))
        })?;
        if text.len() as u64 > MOST_BYTES {
            return Err(Error::Usage(format!("{}: longer than {MOST_BYTES} bytes (a spec is a JSON file)", shown(file))));
        }
        let Ok(text) = String::from_utf8(text) else {
            return Err(Error::Usage(format!("{}: not UTF-8 text (a spec is a JSON file)", crate::error::shown(file))));
        };
        Self::parse(&crate::error::shown(file), &text, overrides)
    }

    /// Reads the spec in `text`; `file` names it in messages.
    ///
    /// # Errors
    /// With every problem found in it.
    pub fn parse(file: &str, text: &str, overrides: &Overrides) -> Result<Self> {
        let problems = Problems::new(file, text.strip_prefix('\u{feff}').unwrap_or(text));
        let spec = problems.parse(overrides.deepest).map(|value| read(&value, overrides, &problems));
        match spec {
            Some(spec) if problems.is_empty() => Ok(spec),
            _ => Err(Error::Spec(problems.into_messages())),
        }
    }

    /// Shows every op that refers to pictures, with its place in the spec: once for each epoch, if it depends on it.
    pub fn references(&mut self, visit: &mut dyn FnMut(&str, &mut References)) {
        self.pipeline.references("pipeline", visit);
        if let Some(pipeline) = &mut self.eval_pipeline {
            pipeline.references("eval_pipeline", visit);
        }
    }

    /// How many pictures a row is made of at most.
    pub fn mixed_pictures(&self) -> usize {
        1 + self.mixing.iter().map(Step::partners).sum::<usize>()
    }

    /// How many folders stand between the input and the class folders: 1 where the first ones are sides, else 0.
    pub fn folders_before_classes(&self) -> usize {
        usize::from(self.split.as_ref().is_some_and(|split| split.by == By::Folders))
    }

    /// What the rows of `side` are made by. Those of validation and test get `eval_pipeline`, or the steps that do the
    /// same to every row; once, in the order of the names; unless they are augmented as those of training. They are never mixed.
    #[must_use]
    pub fn of_side(&self, side: Side) -> Self {
        if side == Side::Train {
            return self.clone();
        }
        if self.split.as_ref().is_some_and(|split| split.augment_all) {
            return Self { mixing: Vec::new(), ..self.clone() };
        }
        let pipeline = self.eval_pipeline.clone().unwrap_or_else(|| self.pipeline.fixed_steps());
        Self { epochs: 1, shuffle: Shuffle::None, mixing: Vec::new(), pipeline, ..self.clone() }
    }
}

fn read(value: &Value<'_>, overrides: &Overrides, problems: &Problems) -> Spec {
    let mut fields = Fields::new(Some(value), "", problems);
    let spec = read_fields(&mut fields, overrides, problems);
    if fields.horizon() > 0 {
        fields.complain("", fields::NO_SCHEDULE);
    }
    Spec { resolved: fields.finish(), ..spec }
}

fn read_fields(fields: &mut Fields<'_>, overrides: &Overrides, problems: &Problems) -> Spec {
    fields.leave("$schema", About("", "where an editor finds the JSON Schema, as `prebake schema` prints it"));
    let version = fields.integer("version", None, (0, u64::MAX), About("", "version of the spec's format"));
    if version != VERSION && fields.has_number("version") {
        fields.complain("version", &format!("version {version} is not known (this program reads version {VERSION})"));
    }
    let mut counted = |name, default, (low, high), given: Option<u64>, text| {
        let written = fields.integer(name, Some(default), (low, high), About("", text));
        let value = given.unwrap_or(written);
        fields.put(name, json!(value));
        value
    };
    let seed = counted("seed", 0, (0, u64::MAX), overrides.seed, "what every draw starts from");
    let epochs = counted("epochs", 1, (1, 100_000), overrides.epochs, "augmented passes over the pictures");
    let batch_size = counted("batch_size", 32, (1, 1 << 20), overrides.batch_size, "rows that a training step takes");
    let written = fields.choice(
        "shuffle",
        Shuffle::Block,
        About("", "order of rows: `block` and `global` draw one for each epoch, `none` keeps the order of the names"),
    );
    let shuffle = overrides.shuffle.unwrap_or(written);
    fields.put("shuffle", json!(fields::Choice::word(shuffle)));
    let arrangement = sections::read_arrangement(fields, overrides.arrangement, shuffle);
    let fuse = fields.flag("fuse", true, About("", "join neighbouring steps into one pass; off runs them one by one"));
    let labels = labels::read_labels(fields, overrides.labels.as_ref());
    let input = sections::read_input(fields);
    let targets = targets::read_targets(fields);
    if labels.source == LabelSource::Boxes && targets.as_ref().is_none_or(|targets| targets.boxes.is_none()) {
        fields.complain("labels", "classes of boxes, and there are none (write targets.boxes, or take labels from elsewhere)");
    }
    let split = split::read_split(fields, overrides.split.as_ref(), overrides.near);
    if split.as_ref().is_some_and(Split::has_columns) && !matches!(labels.source, LabelSource::Table(_)) {
        fields.complain("split", "its columns are those of a table of labels (write \"from\": \"table\" in labels)");
    }
    let balance = balance::read_balance(fields);
    if balance.as_ref().is_some_and(Balance::arranges) && shuffle == Shuffle::None {
        fields.complain("balance", "rows in the order of the names cannot be balanced (write \"shuffle\": \"block\")");
    }
    if balance.as_ref().is_some_and(Balance::arranges) && arrangement == Arrangement::Stable {
        fields.complain(
            "balance",
            "blocks that stay hold each picture once (write \"layout\": \"packed\", or only `sample_weight`)",
        );
    }
    let mixing = mixing::read_mixing(fields);
    mixing::check(&mixing, &labels, targets.as_ref(), fields);
    let pipeline = Pipeline { steps: steps::read_pipeline(fields, problems), fuse };
    let eval_pipeline = steps::read_eval_pipeline(fields, problems).map(|steps| Pipeline { steps, fuse });
    if eval_pipeline.is_some() && split.as_ref().is_none_or(|split| split.augment_all) {
        fields.complain("eval_pipeline", "no rows are made by it (write a split whose `augment` is \"train\", or leave it out)");
    }
    if targets.is_some() {
        let evaluated = eval_pipeline.iter().flat_map(|pipeline| pipeline.cannot_carry("eval_pipeline"));
        pipeline.cannot_carry("pipeline").into_iter().chain(evaluated).for_each(|problem| fields.complain("targets", &problem));
    }
    if let Some(wanted) = &input.deep {
        if !mixing.is_empty() {
            fields.complain("mixing", "is not made of pictures that keep their channels (leave it out, or `input.channels`)");
        }
        let of = |pipeline, at| deep::unserved(pipeline, at, fields.resolved(at), wanted.planes);
        let evaluated = eval_pipeline.iter().flat_map(|pipeline| of(pipeline, "eval_pipeline"));
        let problems: Vec<String> = of(&pipeline, "pipeline").into_iter().chain(evaluated).collect();
        problems.iter().for_each(|problem| fields.complain("input", problem));
    }
    let output = sections::read_output(fields, &input);
    Spec {
        seed,
        epochs,
        batch_size,
        shuffle,
        arrangement,
        labels,
        input,
        targets,
        split,
        balance,
        mixing,
        pipeline,
        eval_pipeline,
        output,
        resolved: Map::new(),
    }
}

/// The fields of the spec itself, as the reference and the schema show them.
pub fn declared_sections() -> Vec<Declared> {
    let problems = Problems::new("", "{}");
    let value = problems.parse(None);
    let mut fields = Fields::new(value.as_ref(), "", &problems);
    read_fields(&mut fields, &Overrides::default(), &problems);
    fields.declared().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(text: &str) -> Vec<String> {
        match Spec::parse("s.json", text, &Overrides::default()) {
            Ok(_) => Vec::new(),
            Err(Error::Spec(messages)) => messages,
            Err(other) => vec![other.to_string()],
        }
    }

    #[test]
    fn every_problem_is_told_at_once_with_path_and_place() {
        let text = r#"{
  "version": 1, "epoch": 3, "batch_size": "32",
  "pipeline": [
    {"op": "rotat", "degrees": 3},
    {"op": "rotate", "degree": 3},
    {"op": "zoom", "scale": [1.2, 0.8], "p": 1.5}
  ]
}"#;
        assert_eq!(
            problems(text),
            [
                "s.json:2:17: epoch: unknown field `epoch` (did you mean `epochs`?)",
                "s.json:2:43: batch_size: expected a whole number, found the string \"32\"",
                "s.json:4:12: pipeline[0].op: unknown op `rotat` (did you mean `rotate`?)",
                "s.json:5:5: pipeline[1].degrees: missing (it is required)",
                "s.json:5:22: pipeline[1].degree: unknown field `degree` (did you mean `degrees`?)",
                "s.json:6:29: pipeline[2].scale: 1.2 is above 0.8 (write the lower bound first)",
                "s.json:6:46: pipeline[2].p: 1.5 is outside 0 to 1",
            ]
        );
    }

    #[test]
    fn what_is_not_json_is_one_problem_with_its_place() {
        let message = problems("{\"version\": 1,\n \"pipeline\": [],}");
        assert_eq!(message.len(), 1);
        assert!(message[0].starts_with("s.json:2:1"), "{message:?}");
        assert!(problems("[]")[0].contains("expected an object"));
        assert!(problems("")[0].contains("empty"));
        assert!(problems("{\"pipeline\": []}")[0].contains("version: missing"));
        assert!(problems("{\"version\": 99, \"pipeline\": []}")[0].contains("version 99 is not known"));
    }

    #[test]
    fn control_characters_of_a_name_are_escaped() {
        assert!(problems("{\"version\": 1, \"\\u001b[2J\": 1, \"pipeline\": []}")[0].contains(": \\u{1b}[2J: unknown field"));
    }

    #[test]
    fn values_that_a_type_does_not_hold_are_refused() {
        let of = |output: &str| problems(&format!(r#"{{"version": 1, "pipeline": [], "output": {{{output}}}}}"#)).join("\n");
        assert_eq!(of(r#""dtype": "float16", "rescale": 256"#), "");
        assert!(of(r#""dtype": "float16", "rescale": 257"#).contains("values reach 6.5535e4, float16 ends at 6.5504e4"));
        assert!(of(r#""dtype": "float32", "std": [1, 1, 5e-324]"#).contains("values reach inf"));
    }

    #[test]
    fn a_resolved_spec_says_everything_and_reads_as_itself() {
        let text = r#"{"version": 1, "pipeline": [{"op": "resize", "width": 8, "height": 8}, {"op": "rotate", "degrees": 5, "p": 0.5}]}"#;
        let first = Spec::parse("s.json", text, &Overrides::default()).unwrap();
        let again = serde_json::to_string_pretty(&first.resolved).unwrap();
        let second = Spec::parse("s.json", &again, &Overrides::default()).unwrap();
        assert_eq!(first.resolved, second.resolved);
        assert_eq!(first.resolved["pipeline"][1]["fill_mode"], "nearest");
    }

    #[test]
    fn every_op_reads_its_own_example() {
        let ops = crate::ops::Op::ALL.iter().map(|op| (op.name, op.example));
        for (name, example) in ops.chain(COMPOSITIONS.iter().map(|form| (form.name, form.example))) {
            let text = format!("{{\"version\": 1, \"pipeline\": [{example}]}}");
            let spec = Spec::parse("s.json", &text, &Overrides::default()).unwrap();
            assert_eq!(spec.pipeline.steps[0].name(), name);
        }
    }
}

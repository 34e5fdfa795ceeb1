//! What there is to choose from: ops, compositions, the schema of a spec, specs to start with.

mod presets;
mod schema;

pub use presets::{Preset, preset};
pub use schema::schema;

use crate::error::{Error, Result};
use crate::ops::{Family, Op, Serves, Targets};
use crate::report::Told;
use crate::spec::fields::{Declared, unknown_op};
use crate::spec::{COMPOSITIONS, declared};
use serde_json::{Value, json};
use std::fmt::Write;

/// An op or a composition, with everything that is known of it.
#[derive(Clone, Debug)]
pub struct Known {
    name: &'static str,
    /// `None` for a composition.
    family: Option<Family>,
    summary: &'static str,
    example: &'static str,
    reference: &'static str,
    /// `None` for a composition.
    targets: Option<Targets>,
    /// `None` for a composition that serves what its steps do.
    serves: Option<Serves>,
    fields: Vec<Declared>,
}

/// Everything that a step can be, in the order of the table: compositions, then ops by family.
pub fn known() -> Vec<Known> {
    let compositions = COMPOSITIONS.iter().map(|form| Known {
        name: form.name,
        family: None,
        summary: form.summary,
        example: form.example,
        reference: "",
        targets: None,
        serves: form.serves,
        fields: declared(form.name).unwrap_or_default(),
    });
    let ops = Op::ALL.iter().map(|op| Known {
        name: op.name,
        family: Some(op.family),
        summary: op.summary,
        example: op.example,
        reference: op.reference,
        targets: Some(op.targets),
        serves: Some(op.serves),
        fields: declared(op.name).unwrap_or_default(),
    });
    compositions.chain(ops).collect()
}

/// Everything that a step can be, or one of it in full.
///
/// # Errors
/// If there is none of this name.
pub fn ops(name: Option<&str>) -> Result<Box<dyn Told>> {
    let all = known();
    let Some(name) = name else { return Ok(Box::new(List(all))) };
    let names: Vec<&str> = all.iter().map(|known| known.name).collect();
    let problem = || Error::Usage(unknown_op(name, &names));
    let found = all.iter().find(|known| known.name == name).cloned().ok_or_else(problem)?;
    Ok(Box::new(One(found)))
}

/// The JSON Schema of a spec, to be printed.
pub fn schema_told() -> Box<dyn Told> {
    Box::new(Schema)
}

#[derive(Debug)]
struct Schema;

impl Told for Schema {
    fn text(&self) -> String {
        format!("{:#}\n", schema())
    }

    fn json(&self) -> Value {
        schema()
    }
}

#[derive(Debug)]
struct List(Vec<Known>);

#[derive(Debug)]
struct One(Known);

impl Known {
    fn family(&self) -> &'static str {
        self.family.map_or("composition", Family::word)
    }

    /// What it does to masks, boxes and key points, by their names.
    fn targets(&self) -> [(&'static str, &'static str); 3] {
        let told = |told: fn(Targets) -> &'static str| self.targets.map_or("as its steps say", told);
        [("masks", told(Targets::masks)), ("boxes", told(Targets::boxes)), ("key_points", told(Targets::key_points))]
    }

    /// Which channels it serves, and of which depths.
    fn serves(&self) -> [(&'static str, &'static str); 2] {
        let told = |told: fn(Serves) -> &'static str| self.serves.map_or("as its steps do", told);
        [("channels", told(Serves::channels)), ("depths", told(Serves::depths))]
    }

    fn json(&self) -> Value {
        let field = |field: &Declared| json!({"name": field.name, "takes": field.kind.accepts(), "unit": field.about.0, "required": field.default.is_none(), "default": field.default, "meaning": field.about.1});
        let example: Value = serde_json::from_str(self.example).unwrap_or_default();
        json!({"name": self.name, "family": self.family(), "summary": self.summary, "example": example, "reference": self.reference, "targets": Value::from_iter(self.targets()), "serves": Value::from_iter(self.serves()), "fields": self.fields.iter().map(field).collect::<Vec<_>>()})
    }
}

impl Told for List {
    fn text(&self) -> String {
        let mut text = String::new();
        let mut family = "";
        for known in &self.0 {
            if family != known.family() {
                family = known.family();
                let gap = if text.is_empty() { "" } else { "\n" };
                let _ = writeln!(text, "{gap}{family}");
            }
            let _ = writeln!(text, "  {:<26} {}", known.name, known.summary);
        }
        text
    }

    fn json(&self) -> Value {
        self.0.iter().map(Known::json).collect()
    }
}

impl Told for One {
    fn text(&self) -> String {
        let known = &self.0;
        let mut text = format!("{} ({})\n  {}\n\n  {}\n", known.name, known.family(), known.summary, known.example);
        if !known.fields.is_empty() {
            text.push_str("\nfields (and `p`, how often the step applies, 0 to 1, by default 1)\n");
        }
        for field in &known.fields {
            let default = match &field.default {
                None => "required".into(),
                Some(Value::Null) => "optional".into(),
                Some(value) => format!("default {value}"),
            };
            let unit = if field.about.0.is_empty() { String::new() } else { format!("; {}", field.about.0) };
            let _ = write!(text, "  {}: {}\n      {}{unit}; {default}\n", field.name, field.about.1, field.kind.accepts());
        }
        let targets = known.targets().map(|(name, told)| format!("{}: {told}", name.replace('_', " ")));
        let _ = write!(text, "\n{}\n", targets.join("\n"));
        let [(_, channels), (_, depths)] = known.serves();
        let _ = writeln!(text, "channels: {channels}; depth: {depths}");
        if !known.reference.is_empty() {
            let _ = writeln!(text, "reference: {}", known.reference);
        }
        text
    }

    fn json(&self) -> Value {
        self.0.json()
    }
}

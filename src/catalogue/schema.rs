//! The JSON Schema of a spec, made from what the fields declare.

use super::known;
use crate::image::MOST_CHANNELS;
use crate::spec::declared_sections;
use crate::spec::fields::{Declared, Kind};
use serde_json::{Map, Value, json};

/// The JSON Schema (draft 2020-12) of a spec.
///
/// What one field says of another (a lower bound above the upper one) and what depends on the pictures is not in
/// it; `prebake plan` checks that.
pub fn schema() -> Value {
    let mut defs = Map::new();
    let known = known();
    for one in &known {
        let mut step = object(&one.fields, true);
        step["title"] = json!(one.name);
        step["description"] = json!(one.summary);
        step["examples"] = json!([serde_json::from_str::<Value>(one.example).unwrap_or_default()]);
        let properties = step["properties"].as_object_mut().expect("invariant: made above");
        properties.insert("op".into(), json!({"const": one.name, "description": one.summary}));
        let mut p = schedulable(json!({"type": "number", "minimum": 0, "maximum": 1}));
        p["description"] = json!("how often the step applies");
        p["default"] = json!(1);
        properties.insert("p".into(), p);
        let required = step["required"].as_array_mut().expect("invariant: made above");
        required.insert(0, json!("op"));
        defs.insert(one.name.into(), step);
    }
    let names: Vec<&str> = known.iter().map(|one| one.name).collect();
    // One branch for each op, chosen by its name, so that an editor tells what is wrong in that op alone.
    let branches: Vec<Value> = names
        .iter()
        .map(|name| {
            json!({"if": {"properties": {"op": {"const": name}}, "required": ["op"]}, "then": {"$ref": format!("#/$defs/{name}")}})
        })
        .collect();
    defs.insert(
        "step".into(),
        json!({"type": "object", "required": ["op"], "properties": {"op": {"enum": names, "description": "what the step does"}}, "allOf": branches}),
    );
    defs.insert("schedule".into(), schedule());
    let mut root = object(&declared_sections(), false);
    root["properties"]["version"] = json!({"const": 1, "description": "version of the spec's format"});
    root["$schema"] = json!("https://json-schema.org/draft/2020-12/schema");
    root["title"] = json!("prebake spec");
    root["$defs"] = defs.into();
    root
}

fn object(fields: &[Declared], in_step: bool) -> Value {
    let property = |field: &Declared| {
        let mut value = of_kind(&field.kind, in_step);
        if field.default == Some(Value::Null) && field.name != "$schema" {
            value = json!({"anyOf": [value, {"type": "null"}]});
        }
        let unit = if field.about.0.is_empty() { String::new() } else { format!(" ({})", field.about.0) };
        value["description"] = json!(format!("{}{unit}", field.about.1));
        if let Some(default) = field.default.as_ref().filter(|default| !default.is_null()) {
            value["default"] = default.clone();
        }
        (field.name.to_string(), value)
    };
    let properties: Map<String, Value> = fields.iter().map(property).collect();
    let optional = |field: &&Declared| field.default.is_some() || matches!(field.kind, Kind::Text);
    let required: Vec<&str> = fields.iter().filter(|field| !optional(field)).map(|field| field.name).collect();
    json!({"type": "object", "properties": properties, "required": required, "additionalProperties": false})
}

fn of_kind(kind: &Kind, in_step: bool) -> Value {
    let number = |low: f64, high: f64| json!({"type": "number", "minimum": low, "maximum": high});
    let pair = |one: Value| json!({"type": "array", "prefixItems": [one, one], "minItems": 2, "maxItems": 2});
    let three = |one: Value| json!({"anyOf": [one, {"type": "array", "items": one, "minItems": 3, "maxItems": 3}]});
    let taken = match kind {
        Kind::Number(low, high) => number(*low, *high),
        Kind::Interval(low, high) => json!({"anyOf": [number(*low, *high), pair(number(*low, *high))]}),
        Kind::Integer(low, high) => json!({"type": "integer", "minimum": low, "maximum": high}),
        Kind::Whole(low, high) => {
            let one = json!({"type": "integer", "minimum": low, "maximum": high});
            json!({"anyOf": [one, pair(one.clone())]})
        }
        Kind::Flag => json!({"type": "boolean"}),
        Kind::Choice(words) => json!({"enum": words}),
        Kind::Text => json!({"type": "string"}),
        Kind::Path => json!({"type": "string", "minLength": 1}),
        Kind::Texts => json!({"type": "array", "items": {"type": "string"}, "minItems": 1}),
        Kind::Colour => three(json!({"type": "integer", "minimum": 0, "maximum": 255})),
        Kind::PerChannel => {
            let one = json!({"type": "number"});
            json!({"anyOf": [one, {"type": "array", "items": one, "minItems": 1, "maxItems": MOST_CHANNELS}]})
        }
        Kind::Numbers((least, most), (low, high)) => {
            let mut list = json!({"type": "array", "items": number(*low, *high), "minItems": least});
            if *most < usize::MAX {
                list["maxItems"] = json!(most);
            }
            list
        }
        Kind::NumbersByName(low, high) => json!({"type": "object", "additionalProperties": number(*low, *high)}),
        Kind::IntegersByName(low, high) => {
            json!({"type": "object", "additionalProperties": {"type": "integer", "minimum": low, "maximum": high}})
        }
        Kind::Object(fields) => object(fields, false),
        Kind::Objects(fields) => json!({"type": "array", "items": object(fields, false)}),
        Kind::Steps => json!({"type": "array", "items": {"$ref": "#/$defs/step"}}),
    };
    if in_step && kind.takes_schedule() { schedulable(taken) } else { taken }
}

/// What is taken, or a schedule of it.
fn schedulable(taken: Value) -> Value {
    json!({"anyOf": [taken, {"$ref": "#/$defs/schedule"}]})
}

fn schedule() -> Value {
    let value =
        json!({"anyOf": [{"type": "number"}, {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2}]});
    let epoch = json!({"type": "integer", "minimum": 0, "maximum": 10_000});
    let moved = json!({
        "type": "object",
        "properties": {
            "schedule": {"enum": ["linear", "cosine"]},
            "from": value,
            "to": value,
            "epochs": {"type": "integer", "minimum": 2, "maximum": 10_000, "description": "how many epochs the way takes"},
            "start": epoch,
        },
        "required": ["schedule", "from", "to", "epochs"],
        "additionalProperties": false,
    });
    let pair = json!({"type": "array", "prefixItems": [epoch, value], "minItems": 2, "maxItems": 2});
    let stepped = json!({
        "type": "object",
        "properties": {"schedule": {"const": "steps"}, "values": {"type": "array", "items": pair, "minItems": 1}},
        "required": ["schedule", "values"],
        "additionalProperties": false,
    });
    json!({"description": "a value as a function of the epoch", "anyOf": [moved, stepped]})
}

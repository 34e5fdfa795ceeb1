//! A recipe in small print: what was drawn, without what every row has alike.

use crate::mixing;
use crate::pipeline::{Recipe, Taken};
use crate::spec::declared;
use crate::spec::fields::Kind;
use serde_json::{Map, Value};

/// Numbers of a list that are shown.
const LISTED: usize = 4;

/// A line for each step: its name, and what was drawn.
pub(super) fn lines(recipe: &[Taken]) -> Vec<(String, String)> {
    recipe.iter().flat_map(|taken| step(&as_json(taken))).collect()
}

/// The whole recipe, a line for each step.
pub(super) fn whole(recipe: &Recipe) -> String {
    recipe.iter().map(|taken| as_json(taken).to_string()).collect::<Vec<_>>().join("\n")
}

/// The line of one step: its name, and what was drawn.
pub(super) fn line(taken: &Taken) -> (String, String) {
    let lines = step(&as_json(taken));
    let (names, values): (Vec<String>, Vec<String>) = lines.into_iter().unzip();
    (names.join(" + "), values.iter().filter(|value| !value.is_empty()).cloned().collect::<Vec<_>>().join("; "))
}

/// The line of an op that mixes rows.
pub(super) fn mixed(drawn: &mixing::Drawn) -> (String, String) {
    let told = serde_json::to_value(drawn).unwrap_or_default();
    let named = |(name, value): (&String, &Value)| (name != "op").then(|| format!("{name} {}", short(value)));
    let values: Vec<String> = told.as_object().into_iter().flatten().filter_map(named).collect();
    (told["op"].as_str().unwrap_or_default().into(), values.join(", "))
}

fn as_json(taken: &Taken) -> Value {
    serde_json::to_value(taken).unwrap_or_default()
}

fn step(taken: &Value) -> Vec<(String, String)> {
    let Some(object) = taken.as_object() else { return Vec::new() };
    let name = object.get("op").and_then(Value::as_str).unwrap_or_default();
    if let Some(chains) = object.get("chains").and_then(Value::as_array) {
        let kept = format!("kept {}", object.get("kept").map(short).unwrap_or_default());
        return std::iter::once((name.into(), kept)).chain(chains.iter().flat_map(chain)).collect();
    }
    match object.get("steps").and_then(Value::as_array) {
        None => vec![(name.into(), values(name, object))],
        Some(steps) => {
            let channels = object.get("channels").and_then(Value::as_array).map(|on| channels(on)).unwrap_or_default();
            let inner = steps.iter().flat_map(step);
            inner.map(|(op, values)| (op, format!("{values} {channels}").trim().to_string())).collect()
        }
    }
}

/// The lines of a chain of AugMix, with its share of the picture.
fn chain(chain: &Value) -> Vec<(String, String)> {
    let share = chain.get("share").map(short).unwrap_or_default();
    let steps = chain.get("steps").and_then(Value::as_array).map_or(&[][..], |steps| steps);
    steps.iter().flat_map(step).map(|(op, values)| (op, format!("{values} ({share} of it)").trim().to_string())).collect()
}

/// Which channels a step is for, as in `(red, blue)`.
fn channels(on: &[Value]) -> String {
    let named = ["red", "green", "blue"].iter().zip(on).filter(|(_, on)| on.as_bool() == Some(true));
    format!("({})", named.map(|(name, _)| *name).collect::<Vec<_>>().join(", "))
}

/// What was drawn, as in `degrees -7.12, x 0.03`; words, flags and colours of the spec are alike in every row.
fn values(op: &str, drawn: &Map<String, Value>) -> String {
    let declared = declared(op).unwrap_or_default();
    let alike = |name: &str| {
        let field = declared.iter().find(|field| field.name == name);
        field.is_some_and(|field| matches!(field.kind, Kind::Choice(_) | Kind::Flag | Kind::Colour | Kind::Text | Kind::Texts))
    };
    let own = drawn.iter().filter(|(name, value)| *name != "op" && !value.is_null() && !alike(name));
    own.map(|(name, value)| format!("{name} {}", short(value))).collect::<Vec<_>>().join(", ")
}

/// A value in a few characters.
fn short(value: &Value) -> String {
    match value {
        Value::Number(number) if number.is_f64() => number.as_f64().map(rounded).unwrap_or_default(),
        Value::Number(number) => {
            let digits = number.to_string();
            if digits.len() > 8 { format!("{}~", &digits[..6]) } else { digits }
        }
        Value::String(text) => text.clone(),
        Value::Array(list) => {
            let listed: Vec<String> = list.iter().take(LISTED).map(short).collect();
            let more = if list.len() > LISTED { format!(" .. {} in all", list.len()) } else { String::new() };
            format!("[{}{more}]", listed.join(" "))
        }
        Value::Object(object) => {
            let listed: Vec<String> =
                object.iter().take(LISTED).map(|(name, value)| format!("{name} {}", short(value))).collect();
            format!("{{{}}}", listed.join(" "))
        }
        other => other.to_string(),
    }
}

/// Three digits behind the point at most, and for small numbers three that say something.
fn rounded(number: f64) -> String {
    if number != 0.0 && number.abs() < 0.01 {
        return format!("{number:.1e}");
    }
    let text = format!("{number:.3}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".into() } else { text.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(json: &str) -> Vec<(String, String)> {
        lines(&serde_json::from_str::<Recipe>(json).unwrap())
    }

    fn pair(op: &str, values: &str) -> (String, String) {
        (op.into(), values.into())
    }

    #[test]
    fn numbers_are_short_and_what_is_alike_is_left_out() {
        let rotate = r#"{"op": "rotate", "degrees": -7.123456, "interpolation": "bilinear", "fill_mode": "nearest", "fill_value": [0, 0, 0]}"#;
        assert_eq!(of(&format!("[{rotate}]")), [pair("rotate", "degrees -7.123")]);
        assert_eq!([rounded(0.5), rounded(-0.0), rounded(0.001_23), rounded(12.0)], ["0.5", "0", "1.2e-3", "12"]);
        assert_eq!(short(&serde_json::json!([1, 2, 3, 4, 5, 6])), "[1 2 3 4 .. 6 in all]");
        assert_eq!(short(&serde_json::json!(1_234_567_890_123_u64)), "123456~");
    }

    #[test]
    fn steps_within_channels_name_them() {
        let within = r#"[{"op": "channels", "channels": [true, false, true], "steps": [{"op": "brightness", "delta": 0.25}]}]"#;
        assert_eq!(of(within), [pair("brightness", "delta 0.25 (red, blue)")]);
    }

    #[test]
    fn chains_tell_their_shares() {
        let augmix = r#"[{"op": "augmix", "kept": 0.5, "chains": [{"share": 0.3, "steps": [{"op": "invert"}]}, {"share": 0.2, "steps": []}]}]"#;
        assert_eq!(of(augmix), [pair("augmix", "kept 0.5"), pair("invert", "(0.3 of it)")]);
    }
}

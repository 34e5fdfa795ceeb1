//! The JSON of a spec as a person would write it.

use serde_json::{Value, json};
use std::fmt::Write;

/// The width of a line that is not broken further.
const LINE: usize = 110;

/// A number without a fraction where it has none, and without the noise of the last bits.
pub fn plain(number: f64) -> Value {
    let tidy: f64 = format!("{number:.9e}").parse().unwrap_or(number);
    // Beyond 2^53 a float is no exact whole number.
    if tidy.fract() == 0.0 && tidy.abs() < 9e15 { json!(tidy as i64) } else { json!(tidy) }
}

/// `[low, high]`, or one number if they are equal.
pub fn range((low, high): (f64, f64)) -> Value {
    if low == high { plain(low) } else { json!([plain(low), plain(high)]) }
}

/// The value with line breaks, but what fits a line on one.
pub(super) fn pretty(value: &Value) -> String {
    let mut text = String::new();
    write(value, 0, &mut text);
    text.push('\n');
    text
}

fn write(value: &Value, indent: usize, text: &mut String) {
    let line = on_one_line(value);
    // The spec, and its list of steps, are broken even if they are short.
    let outer = indent == 0 || (indent == 2 && value.is_array());
    if !outer && indent + line.len() <= LINE {
        text.push_str(&line);
        return;
    }
    let inner = indent + 2;
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            let write_field = |(name, value): (&String, &Value), text: &mut String| {
                let _ = write!(text, "{}: ", json!(name));
                write(value, inner, text);
            };
            write_block(('{', '}'), fields.iter(), write_field, indent, text);
        }
        Value::Array(items) if !items.is_empty() => {
            write_block(('[', ']'), items.iter(), |item, text| write(item, inner, text), indent, text);
        }
        _ => text.push_str(&line),
    }
}

/// Writes items on lines of their own.
fn write_block<T>(
    (open, close): (char, char),
    items: impl Iterator<Item = T>,
    write_item: impl Fn(T, &mut String),
    indent: usize,
    text: &mut String,
) {
    text.push(open);
    for (i, item) in items.enumerate() {
        let _ = write!(text, "{}\n{:w$}", if i == 0 { "" } else { "," }, "", w = indent + 2);
        write_item(item, text);
    }
    let _ = write!(text, "\n{:indent$}{close}", "");
}

fn on_one_line(value: &Value) -> String {
    let joined = |parts: Vec<String>| parts.join(", ");
    match value {
        Value::Object(fields) => {
            format!(
                "{{{}}}",
                joined(fields.iter().map(|(name, value)| format!("{}: {}", json!(name), on_one_line(value))).collect())
            )
        }
        Value::Array(items) => format!("[{}]", joined(items.iter().map(on_one_line).collect())),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_short_as_they_are_meant() {
        assert_eq!(plain(1.0 + 0.1).to_string(), "1.1");
        assert_eq!(plain(0.1 + 0.2).to_string(), "0.3");
        assert_eq!(plain(-20.0).to_string(), "-20");
        assert_eq!(range((0.5, 0.5)).to_string(), "0.5");
        assert_eq!(range((-0.25, 7.0)).to_string(), "[-0.25,7]");
    }

    #[test]
    fn a_step_has_a_line_and_the_spec_has_many() {
        let spec = json!({"version": 1, "pipeline": [{"op": "rotate", "degrees": [-3, 3]}, {"op": "d4"}]});
        assert_eq!(
            pretty(&spec),
            "{\n  \"version\": 1,\n  \"pipeline\": [\n    {\"op\": \"rotate\", \"degrees\": [-3, 3]},\n    {\"op\": \"d4\"}\n  ]\n}\n"
        );
    }
}

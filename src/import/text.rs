//! The text of a file that is imported, as one value: JSON or YAML.

use serde_json::Value;

/// Reads JSON if the text starts as an object or a list of JSON does, else YAML.
///
/// # Errors
/// With what is wrong in the text, and where.
pub(super) fn read(text: &str) -> Result<Value, String> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    match text.trim_start().chars().next() {
        None => Err("the file is empty (expected a saved pipeline)".into()),
        Some('{' | '[') => serde_json::from_str(text).map_err(|error| format!("not valid JSON: {error}")),
        Some(_) => serde_saphyr::from_str(text).map_err(|error| {
            // Below the first line are those of the file.
            let told = error.to_string();
            let first = told.lines().next().unwrap_or_default();
            format!("not valid YAML: {}", first.strip_prefix("error: ").unwrap_or(first))
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_yaml_is_told_in_one_line() {
        let told = read("a:\n- [1, 2\nb: 3").unwrap_err();
        assert!(told.starts_with("not valid YAML: line 3 column ") && !told.contains('\n'), "{told}");
    }
}

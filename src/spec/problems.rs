//! Collects every problem of a spec, so that the user sees them all at once.

pub use jsonc_parser::ast::Value;

use crate::error::shown;
use jsonc_parser::common::Ranged;
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};
use std::cell::RefCell;

/// Lists and objects within each other, at most: whoever reads them goes down as deep, and no spec needs more.
const DEEPEST: usize = 64;

/// The spec's text, its name, and what is wrong in it so far.
#[derive(Debug)]
pub struct Problems {
    file: String,
    text: String,
    found: RefCell<Vec<(usize, String)>>,
}

impl Problems {
    /// No problems yet in `text`, which `file` names in messages.
    pub fn new(file: &str, text: &str) -> Self {
        Self { file: file.into(), text: text.into(), found: RefCell::default() }
    }

    /// Strict JSON: no comments, no trailing commas. What the grammar refuses becomes a problem, and so do lists in lists without end, or
    /// deeper than `deepest`.
    pub fn parse(&self, deepest: Option<usize>) -> Option<Value<'_>> {
        let deepest = deepest.unwrap_or(DEEPEST).min(DEEPEST);
        if let Some(start) = deeper_than(deepest, &self.text) {
            self.place(start, "", &format!("lists and objects are nested deeper than {deepest} (take some out)"));
            return None;
        }
        let strict = ParseOptions {
            allow_comments: false,
            allow_loose_object_property_names: false,
            allow_trailing_commas: false,
            allow_missing_commas: false,
            allow_single_quoted_strings: false,
            allow_hexadecimal_numbers: false,
            allow_unary_plus_numbers: false,
            allow_bare_decimal_point_numbers: false,
            allow_non_finite_numbers: false,
            allow_extended_string_escapes: false,
        };
        match parse_to_ast(&self.text, &CollectOptions::default(), &strict) {
            Ok(parsed) => {
                if parsed.value.is_none() {
                    self.place(0, "", "the file is empty (expected an object)");
                }
                parsed.value
            }
            Err(error) => {
                let said = error.kind().to_string();
                let said = said.strip_suffix('.').unwrap_or(&said);
                let mut lower = said.to_string();
                if let Some(first) = lower.get_mut(..1) {
                    first.make_ascii_lowercase();
                }
                self.place(error.range().start, "", &format!("not valid JSON: {lower}"));
                None
            }
        }
    }

    /// A problem with `value`.
    pub fn at(&self, value: &Value<'_>, path: &str, problem: &str) {
        self.place(value.range().start, path, problem);
    }

    /// A problem with `value`, or with the whole file.
    pub fn at_optional(&self, value: Option<&Value<'_>>, path: &str, problem: &str) {
        self.place(value.map_or(0, |v| v.range().start), path, problem);
    }

    /// A problem at a byte of the text.
    pub fn place(&self, start: usize, path: &str, problem: &str) {
        let before = self.text.get(..start).unwrap_or(&self.text);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().map_or(0, |l| l.chars().count()) + 1;
        let path = if path.is_empty() { String::new() } else { format!("{path}: ") };
        // Names of fields may be any text.
        let told = shown(format!("{path}{problem}"));
        self.found.borrow_mut().push((start, format!("{}:{line}:{column}: {told}", self.file)));
    }

    /// Whether nothing was found.
    pub fn is_empty(&self) -> bool {
        self.found.borrow().is_empty()
    }

    /// Every problem, in the order of the text.
    pub fn into_messages(self) -> Vec<String> {
        let mut found = self.found.into_inner();
        found.sort_by_key(|(start, _)| *start);
        // A step with a schedule is read once for each epoch.
        found.dedup();
        found.into_iter().map(|(_, message)| message).collect()
    }
}

/// Where the JSON `text` is nested deeper than `most`, if it is.
fn deeper_than(most: usize, text: &str) -> Option<usize> {
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    text.bytes().position(|byte| {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'[' | b'{' if !in_string => depth += 1,
            b']' | b'}' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth > most
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn depth_is_that_of_lists_and_objects_alone() {
        assert_eq!(deeper_than(2, r#"[{"a": 1}, [2], {"[[[": "]]{\"[[["}]"#), None);
        assert_eq!(deeper_than(2, r#"[{"a": 1}, [[2]]]"#), Some(12));
        assert_eq!(deeper_than(1, "]]]][{"), Some(5));
    }
}

//! Regular expressions over relative paths, of which one group is asked for.

use regex::Regex;

/// The group of a pattern that is asked for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Named {
    /// Its name.
    pub(super) group: &'static str,
    /// What it stands around.
    pub(super) what: &'static str,
}

/// Checks that `pattern` is a regular expression, and has the group.
///
/// # Errors
/// With what is wrong.
pub(super) fn check(pattern: &str, Named { group, what }: Named) -> Result<(), String> {
    let regex = Regex::new(pattern).map_err(|error| {
        let text = error.to_string();
        format!("not a regular expression: {}", text.lines().last().unwrap_or_default().trim_start_matches("error: "))
    })?;
    if regex.capture_names().flatten().any(|name| name == group) {
        return Ok(());
    }
    Err(format!("has no group called `{group}` (write (?<{group}>...) around {what})"))
}

//! What goes to standard error, in lines for people or of JSON.

use prebake::cli::{LogFormat, Telling};
use serde_json::json;
use std::io::Write;

/// Says something of a level: `error`, `warning` or `note`.
pub(crate) fn log(telling: Telling, level: &str, message: &str) {
    line(&match telling.log_format {
        LogFormat::Text => format!("prebake: {level}: {message}\n"),
        LogFormat::Json => format!("{}\n", json!({"level": level, "message": message})),
    });
}

/// Writes a line at once, so that those of several threads do not mix.
pub(crate) fn line(text: &str) {
    // Nobody listens: nothing to be done.
    let _ = std::io::stderr().write_all(text.as_bytes());
}

//! What a shell needs to complete our commands.

use crate::cli::Cli;
use crate::report::Told;
use clap::CommandFactory;
use clap_complete::Shell;
use serde_json::{Value, json};

/// A script for a shell, to be printed.
#[derive(Debug)]
struct Completions(String);

/// The script that `shell` completes our commands by.
pub fn completions(shell: Shell) -> Box<dyn Told> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "prebake", &mut script);
    Box::new(Completions(String::from_utf8_lossy(&script).into_owned()))
}

impl Told for Completions {
    fn text(&self) -> String {
        self.0.clone()
    }

    fn json(&self) -> Value {
        json!({ "script": self.0 })
    }
}

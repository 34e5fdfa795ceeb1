//! `verify`: how closely a dataset is checked, and what is said of it.

use crate::again::{Remains, again, made_again};
use crate::cli::Closeness;
use crate::error::{Error, Result, counted, shown};
use crate::manifest::Manifest;
use crate::prepare::Running;
use crate::remote;
use crate::report::{Report, Status, Told};
use crate::store::url_of;
use crate::verify::{Checked, Depth, Problem, verify};
use serde_json::{Value, json};
use std::path::Path;
use std::time::Instant;

/// What was found.
#[derive(Debug)]
pub struct Verified {
    depth: &'static str,
    /// How many files were looked at.
    files: u64,
    /// How many shards were made again.
    made_again: u64,
    /// What the manifest says; nothing where something is wrong.
    report: Option<Report>,
    problems: Vec<Problem>,
}

/// Checks the dataset in `out`. With `json`, what is wrong is the answer, and not an error.
///
/// # Errors
/// With everything that is not as it was made; if there is no dataset, or these are not its pictures.
pub fn checked(out: &Path, closeness: &Closeness, json: bool, running: Running<'_>) -> Result<Verified> {
    let started = Instant::now();
    let (depth, word) = match (closeness.quick, closeness.deep) {
        (true, _) => (Depth::Quick, "quick"),
        (_, Some(_)) => (Depth::Full, "deep"),
        _ => (Depth::Full, "full"),
    };
    let checked = match url_of(out) {
        Some(url) if closeness.deep.is_some() => {
            return Err(Error::Usage(format!("{url}: --deep works in folders only (copy it)")));
        }
        Some(url) => remote::check(url, depth)?,
        None => verify(out, depth)?,
    };
    let Checked { manifest, files, mut problems } = checked;
    let mut made = 0;
    if let (true, Some(count), Some(input)) = (problems.is_empty(), closeness.deep, &closeness.input) {
        // Nothing is taken from the dataset that its pictures can say.
        let again = again(&Remains::of(out)?, (input, &closeness.beside), (None, running.stop, running.progress))?;
        (made, problems) = made_again(out, &again, count, running)?;
    }
    if !problems.is_empty() && !json {
        return Err(Error::Verification(lines(out, &problems, manifest.as_deref(), made > 0)));
    }
    let whole = manifest.filter(|_| problems.is_empty());
    let report = whole.map(|manifest| Report::of(&manifest, Status::Verified).with_seconds(started.elapsed().as_secs_f64()));
    Ok(Verified { depth: word, files, made_again: made, report, problems })
}

/// Every problem, and what can be done.
fn lines(out: &Path, problems: &[Problem], manifest: Option<&Manifest>, made_again: bool) -> Vec<String> {
    let mut lines: Vec<String> = problems.iter().map(Problem::line).collect();
    let what = if manifest.is_some() { "damaged" } else { "damaged, and its files were not looked at" };
    if made_again {
        let remedy = "`prebake repair` goes by them and cannot see it: make the dataset anew in another folder";
        lines.push(format!("{}: its files are as they are listed, and not what the pictures give ({remedy})", shown(out)));
        return lines;
    }
    if url_of(out).is_some() {
        let remedy = "remove the objects that are named, and run `prebake build` again: it makes them, from the same pictures";
        lines.push(format!("{}: {what} ({remedy})", shown(out)));
        return lines;
    }
    lines.push(format!("{}: {what} (`prebake repair` makes again what is not as it was, from the same pictures)", shown(out)));
    lines
}

impl Told for Verified {
    fn text(&self) -> String {
        let looked = match self.depth {
            "quick" => "names, lengths and headers",
            _ => "every byte",
        };
        let mut text = self.report.as_ref().map_or(String::new(), Told::text);
        text.push_str(&format!("  checked   {looked} of {}\n", counted(self.files, "file", "files")));
        if self.made_again > 0 {
            text.push_str(&format!(
                "  again     {} made again, with the same bytes\n",
                counted(self.made_again, "shard", "shards")
            ));
        }
        text
    }

    fn json(&self) -> Value {
        let mut told = self.report.as_ref().map_or_else(|| json!({"status": "damaged"}), Told::json);
        told["depth"] = json!(self.depth);
        told["files"] = json!(self.files);
        if self.depth == "deep" {
            told["shards_made_again"] = json!(self.made_again);
        }
        told["problems"] = json!(self.problems);
        told
    }

    fn exit_code(&self) -> u8 {
        if self.problems.is_empty() { 0 } else { Error::Verification(Vec::new()).exit_code() }
    }
}

//! `diff`: what changed in a folder of pictures since a dataset was made from it, and what an update would make again.

use crate::again::{Remains, lines_of, now};
use crate::cli::Differing;
use crate::engine::Progress;
use crate::error::{Error, Result, counted, few, shown};
use crate::manifest::{FILE, Manifest};
use crate::output::shard_path;
use crate::prepare::Prepared;
use crate::report::Told;
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::AtomicUsize;

/// How many pictures of a kind people are told.
const NAMED: usize = 20;

/// What changed.
#[derive(Debug, Default, Serialize)]
pub struct Difference {
    /// Pictures that came.
    added: Vec<String>,
    /// Pictures that went.
    removed: Vec<String>,
    /// Pictures of the same content under another path: from and to.
    renamed: Vec<[String; 2]>,
    /// Pictures of another content.
    changed: Vec<String>,
    /// Pictures of the same content and another label or other classes.
    relabelled: Vec<String>,
    /// Pictures of the same content and label, of which something else is said: the fields of `samples.jsonl`.
    otherwise: BTreeMap<String, Vec<String>>,
    /// Pictures whose class has another number, since classes came or went.
    renumbered: u64,
    /// What differs besides pictures: program, decoders, reference pictures.
    besides: Vec<String>,
    /// Rows that an update would keep.
    rows_kept: u64,
    /// Rows that it would make.
    rows_made: u64,
    /// Shards that it would keep.
    shards_kept: u64,
    /// Shards that it would make.
    shards_made: u64,
    /// Whether an update is possible, or all would be made anew.
    #[serde(skip)]
    may_keep: bool,
    /// The exit code where something differs.
    #[serde(skip)]
    code: u8,
}

/// Compares the dataset with the pictures that are in its input now.
///
/// # Errors
/// If there is no dataset, it is damaged, or as a build.
pub fn diff(differing: &Differing, stop: &AtomicUsize, progress: &dyn Progress) -> Result<Difference> {
    let (out, input) = (&differing.out, &differing.input);
    let missing = || Error::NotADataset(format!("{}: no dataset of prebake (there is no {FILE})", shown(out)));
    let manifest = Manifest::load(&out.join(FILE))?.ok_or_else(missing)?;
    manifest.samples(out)?;
    let remains = Remains::of(out)?;
    let prepared = now(&remains, (input, &differing.beside), (Some(out), stop, progress))?;
    let mut found = Difference { code: u8::from(differing.exit_code), ..Difference::default() };
    found.compare(&remains.lines(), &lines_of(&prepared));
    let of_pictures = |line: &String| line.starts_with("pictures") || line.starts_with("splits");
    found.besides = manifest.differences(&prepared.draft).into_iter().filter(|line| !of_pictures(line)).collect();
    found.count(&manifest, &prepared);
    Ok(found)
}

impl Difference {
    /// Compares what is said of each picture, by path.
    fn compare(&mut self, then: &BTreeMap<String, Value>, now: &BTreeMap<String, Value>) {
        self.added = now.keys().filter(|path| !then.contains_key(*path)).cloned().collect();
        self.removed = then.keys().filter(|path| !now.contains_key(*path)).cloned().collect();
        self.pair(then, now);
        for (path, line) in then {
            let Some(other) = now.get(path).filter(|other| *other != line) else { continue };
            let differs = |name: &str| line.get(name) != other.get(name);
            let fields = line.as_object().into_iter().chain(other.as_object()).flat_map(|line| line.keys());
            let fields: BTreeSet<&String> = fields.filter(|name| differs(name)).collect();
            if differs("xxh3_128") {
                self.changed.push(path.clone());
            } else if !differs("class") && fields.iter().all(|name| *name == "label") && !line["class"].is_null() {
                self.renumbered += 1;
            } else if ["label", "class", "labels"].iter().any(|name| differs(name)) {
                self.relabelled.push(path.clone());
            } else {
                self.otherwise.insert(path.clone(), fields.into_iter().cloned().collect());
            }
        }
    }

    /// Takes a picture that went and one that came for the same, if they alone have a content.
    fn pair(&mut self, then: &BTreeMap<String, Value>, now: &BTreeMap<String, Value>) {
        let by_content = |paths: &[String], lines: &BTreeMap<String, Value>| {
            let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
            for path in paths {
                found.entry(lines[path]["xxh3_128"].to_string()).or_default().push(path.clone());
            }
            found
        };
        let came = by_content(&self.added, now);
        for (content, went) in by_content(&self.removed, then) {
            if let ([from], Some([to])) = (went.as_slice(), came.get(&content).map(Vec::as_slice)) {
                self.renamed.push([from.clone(), to.clone()]);
            }
        }
        self.renamed.sort();
        let (from, to): (BTreeSet<&String>, BTreeSet<&String>) = self.renamed.iter().map(|[from, to]| (from, to)).unzip();
        self.removed.retain(|path| !from.contains(path));
        self.added.retain(|path| !to.contains(path));
    }

    /// Counts what an update would keep of the dataset of `manifest`, and what it would make.
    fn count(&mut self, manifest: &Manifest, prepared: &Prepared) {
        self.may_keep = prepared.draft.may_keep(manifest);
        let there: BTreeSet<&str> = manifest.listed().map(|file| file.path.as_str()).filter(|_| self.may_keep).collect();
        for slot in prepared.planned().slots {
            let kept = there.contains(shard_path(&slot, "images").as_str());
            let (rows, shards) = match kept {
                true => (&mut self.rows_kept, &mut self.shards_kept),
                false => (&mut self.rows_made, &mut self.shards_made),
            };
            *rows += slot.rows;
            *shards += 1;
        }
    }

    fn is_none(&self) -> bool {
        let lists = [&self.added, &self.removed, &self.changed, &self.relabelled, &self.besides];
        let none = self.renamed.is_empty() && self.otherwise.is_empty() && self.renumbered == 0;
        none && lists.iter().all(|list| list.is_empty())
    }
}

impl Told for Difference {
    fn text(&self) -> String {
        if self.is_none() {
            return "no difference: the dataset is what its pictures give\n".into();
        }
        let mut lines = Vec::new();
        let mut list = |what: &str, paths: Vec<String>| {
            if !paths.is_empty() {
                lines.push(format!("{what}: {}", paths.len()));
                lines.extend(few(paths, NAMED, |more| format!("and {more} more")).into_iter().map(|path| format!("  {path}")));
            }
        };
        let all = |paths: &[String]| paths.iter().map(shown).collect();
        list("added", all(&self.added));
        list("removed", all(&self.removed));
        list("renamed", self.renamed.iter().map(|[from, to]| format!("{} to {}", shown(from), shown(to))).collect());
        list("changed", all(&self.changed));
        list("relabelled", all(&self.relabelled));
        let fields = |(path, fields): (&String, &Vec<String>)| format!("{}: {}", shown(path), fields.join(", "));
        list("said otherwise", self.otherwise.iter().map(fields).collect());
        list("besides", all(&self.besides));
        if self.renumbered > 0 {
            lines.push(format!("of classes with other numbers: {}", counted(self.renumbered, "picture", "pictures")));
        }
        let rows = |count: u64| counted(count, "row", "rows");
        lines.push(match self.may_keep {
            true => format!(
                "`build --update` makes {} in {} of {}, and keeps {}",
                rows(self.rows_made),
                self.shards_made,
                counted(self.shards_made + self.shards_kept, "shard", "shards"),
                self.rows_kept
            ),
            false => format!("all {} are made anew (of a \"layout\": \"stable\", most would be kept)", rows(self.rows_made)),
        });
        lines.push(String::new());
        lines.join("\n")
    }

    fn json(&self) -> Value {
        let mut told = json!(self);
        told["status"] = json!(if self.is_none() { "same" } else { "differs" });
        told
    }

    fn exit_code(&self) -> u8 {
        if self.is_none() { 0 } else { self.code }
    }
}

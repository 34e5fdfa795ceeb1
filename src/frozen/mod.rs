//! A plan that is frozen in a file: what the input holds, so that no worker of many lists it, and one that changes meanwhile is found.

mod pictures;

use crate::cli::{OnError, What};
use crate::engine::Progress;
use crate::error::{Error, Result, reason, shown};
use crate::output::place;
use crate::prepare::{self, Given, Prepared, folder_of, prepare_from, scanned};
use crate::source::{Bad, Known, Source, open};
use crate::spec::{Overrides, Spec};
use crate::statistics::{self, Statistics};
use crate::store::no_url;
use pictures::Pictures;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::fs::File;
use std::io::{BufReader, ErrorKind};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

/// What the file says that it is.
const FORMAT: &str = "prebake-plan";
/// Raised when a program could not use the file of one before it.
const VERSION: u32 = 1;

/// What the file holds, a line for each picture.
#[derive(Debug, Serialize, Deserialize)]
struct Frozen {
    format: String,
    version: u32,
    /// The hash of the plan that follows.
    plan_hash: String,
    /// The resolved spec.
    spec: Map<String, Value>,
    batches_per_shard: u64,
    on_error: OnError,
    /// What all pictures have in common, if rows need it, and it was not taken from another dataset.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    statistics: Option<Statistics>,
    ignored: u64,
    hidden: u64,
    folders: Vec<String>,
    bad: Vec<Bad>,
    /// Objects that are no pictures, in a bucket: path, length, ETag.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    beside: Vec<Known>,
    #[serde(serialize_with = "pictures::later")]
    pictures: Pictures,
}

/// Whether `out` names a plan to be frozen, and no dataset.
pub fn is_plan(out: &Path) -> bool {
    out.extension().is_some_and(|extension| extension == "json") && !out.is_dir()
}

/// Plans what a build would make, and freezes that in `file`.
///
/// # Errors
/// As [`prepare()`], or if the file cannot be written.
pub fn freeze(what: &What, file: &Path, stop: &AtomicUsize, progress: &dyn Progress) -> Result<Prepared> {
    no_url(file, "--out FILE.json names a file of this machine; copy it to the workers")?;
    if what.plan.is_some() || what.statistics_from.is_some() || what.split_from.is_some() {
        let flag = "--plan, --statistics-from or --split-from";
        return Err(Error::Usage(format!("{}: a plan of another dataset cannot be frozen ({flag})", shown(file))));
    }
    let spec = what.load_spec()?;
    // What is done to the pictures before they are planned is done again by each worker.
    let source = scanned(&spec, what, stop, progress)?;
    let given = Given { source: Some(source.clone()), ..Given::default() };
    let prepared = prepare_from(spec, folder_of(what.spec_file()), given, what, (None, stop, progress))?;
    let draft = &prepared.draft;
    let rows_per_shard = draft.splits.values().next().map_or(1, |split| split.rows_per_shard);
    let frozen = Frozen {
        format: FORMAT.into(),
        version: VERSION,
        plan_hash: draft.plan_hash.clone(),
        spec: draft.spec.clone(),
        batches_per_shard: rows_per_shard / draft.batch_size.max(1),
        on_error: what.on_error,
        statistics: prepared.known.as_ref().filter(|known| known.whitening.is_none()).map(|known| known.statistics.clone()),
        ignored: source.ignored,
        hidden: source.hidden,
        folders: source.folders.clone(),
        bad: source.bad.clone(),
        beside: beside(&source),
        pictures: Pictures::default(),
    };
    frozen.write(&source, file)?;
    Ok(prepared)
}

/// Reads the spec and the pictures and plans every row, as [`prepare::prepare`] does; or takes the frozen plan that `what` names, whose
/// pictures are not listed again.
///
/// # Errors
/// As there; or if the plan cannot be read, or was made of something else than what is there now.
pub fn prepare(what: &What, out: Option<&Path>, stop: &AtomicUsize, progress: &dyn Progress) -> Result<Prepared> {
    match &what.plan {
        Some(file) => thawed(what, file, stop, progress),
        None => prepare::prepare(what, out, stop, progress),
    }
}

fn thawed(what: &What, file: &Path, stop: &AtomicUsize, progress: &dyn Progress) -> Result<Prepared> {
    no_url(file, "copy the plan here first")?;
    let Frozen {
        plan_hash, spec, batches_per_shard, on_error, statistics, ignored, hidden, folders, bad, beside, pictures, ..
    } = Frozen::read(file)?;
    let text = serde_json::to_string(&spec).expect("invariant: it was JSON");
    let spec = Spec::parse(&shown(file), &text, &Overrides::default())?;
    let files = open(&what.input)?;
    let Pictures { items, etags } = pictures;
    let etags = etags.into_iter().chain(std::iter::repeat(None));
    let known = items.iter().zip(etags).map(|(item, etag)| (Arc::clone(&item.path), item.bytes, etag));
    files.expect(&mut known.chain(beside));
    let source = Source { files: Arc::clone(&files), items: Arc::new(items), bad, folders, ignored, hidden };
    let known = statistics.map(|statistics| statistics::Known { statistics, whitening: None });
    let given = Given { source: Some(source), known, ..Given::default() };
    let what = What { batches_per_shard: Some(batches_per_shard), on_error, ..what.clone() };
    let prepared = prepare_from(spec, folder_of(file), given, &what, (None, stop, progress));
    // What could not be read is neither missing nor changed.
    files.reachable()?;
    let prepared = prepared?;
    if prepared.draft.plan_hash != plan_hash {
        let problem =
            "what belongs to the pictures is not what it was (labels, masks, boxes or references changed; freeze it anew)";
        return Err(Error::Usage(format!("{}: {problem}", shown(file))));
    }
    Ok(prepared)
}

/// The files that were listed, and are no pictures.
fn beside(source: &Source) -> Vec<Known> {
    source.files.known(&|path| source.items.binary_search_by(|item| (*item.path).cmp(path)).is_err())
}

impl Frozen {
    /// Writes the file: one JSON object, whose pictures stand on a line each, and are those of `source`.
    fn write(&self, source: &Source, file: &Path) -> Result<()> {
        let invariant = "invariant: a plan is plain JSON";
        let mut head = serde_json::to_vec(self).expect(invariant);
        // Behind `"pictures":[`.
        head.truncate(head.len() - 2);
        place::replace_by(file, |to| {
            to.write_all(&head)?;
            pictures::write(source, to)?;
            to.write_all(b"]}\n")
        })
    }

    fn read(file: &Path) -> Result<Self> {
        let wrong =
            |why: String| Error::Usage(format!("{}: {why} (make it with `prebake plan INPUT --out FILE.json`)", shown(file)));
        let opened = File::open(file).map_err(|error| match error.kind() {
            ErrorKind::NotFound => wrong("no such file".into()),
            _ => wrong(format!("cannot be read: {}", reason(&error))),
        })?;
        let frozen: Self =
            serde_json::from_reader(BufReader::new(opened)).map_err(|error| wrong(format!("not a frozen plan: {error}")))?;
        if frozen.format != FORMAT || frozen.version != VERSION {
            return Err(wrong(format!(
                "format `{}`, version {}, not `{FORMAT}`, version {VERSION}",
                shown(&frozen.format),
                frozen.version
            )));
        }
        Ok(frozen)
    }
}

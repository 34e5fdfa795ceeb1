//! prebake: precomputed augmented image datasets.
//!
//! The line from arguments to manifest is [`build`]; `docs/architecture.md` names the layers.

pub mod again;
pub mod annotations;
pub mod catalogue;
pub mod checked;
pub mod claims;
pub mod cli;
pub mod completions;
pub mod decode;
pub mod diff;
pub mod encode;
pub mod engine;
pub mod error;
pub mod explain;
pub mod export;
pub mod frozen;
pub mod ground_truth;
pub mod guard;
pub mod html;
pub mod image;
pub mod import;
pub mod kernels;
pub mod labels;
pub mod loader;
pub mod manifest;
pub mod mixing;
pub mod npy;
pub mod ops;
pub mod output;
pub mod pipeline;
pub mod plan;
pub mod prepare;
pub mod preview;
#[cfg(feature = "cloud")]
pub mod remote;
#[cfg(not(feature = "cloud"))]
#[path = "remote/absent.rs"]
pub mod remote;
pub mod repair;
pub mod report;
pub mod reuse;
pub mod rng;
pub mod source;
pub mod spec;
pub mod split;
pub mod statistics;
pub mod stats;
pub mod status;
pub mod store;
pub mod substitute;
pub mod tally;
pub mod targets;
pub mod units;
pub mod verify;

use claims::FolderLeases;
use cli::{Closeness, Look, Mending, What};
use engine::{Job, Phase, Pictures, Progress, Spent};
use error::{Error, Result, shown};
pub use frozen::prepare;
use ground_truth::GroundTruth;
use labels::{Labels, Membership};
use manifest::{FILE, Manifest};
use output::{Opening, Other, Outcome, Output, Planned, Room, Worker, draft_in, free_space, place};
use plan::Plan;
pub use prepare::{Prepared, Running};
use prepare::{divide, folder_of, known_classes};
use preview::{Format, Wanted};
use report::{Report, Status, Told};
use source::{References, Source};
use spec::{Side, Spec};
use std::path::Path;
use std::sync::atomic::AtomicUsize;

/// What the input is called.
const PICTURES: &str = "the folder of pictures";

/// Says what a build would make.
///
/// # Errors
/// As [`prepare()`].
pub fn plan(what: &What, out: Option<&Path>, stop: &AtomicUsize, progress: &dyn Progress) -> Result<Report> {
    if let Some(file) = out.filter(|out| frozen::is_plan(out)) {
        place::apart(&what.input, file, PICTURES, "--out names a file beside it")?;
        let prepared = frozen::freeze(what, file, stop, progress)?;
        return Ok(Report::of_prepared(&prepared, Status::Frozen).with_tally(prepared.tally()?));
    }
    let out = out.filter(|out| store::url_of(out).is_none());
    out.map_or(Ok(()), |out| apart(&what.input, out))?;
    let prepared = prepare(what, out, stop, progress)?;
    let mut report = Report::of_prepared(&prepared, Status::Planned);
    report = report.with_tally(prepared.tally()?);
    report.free_bytes = out.and_then(free_space);
    let planned = prepared.planned();
    let room = out.map(|root| Room { root, draft: &prepared.draft, planned: &planned });
    report.needed_bytes = room.map(|room| room.left());
    let refused = out.and_then(|out| Output::refusal(out, &prepared.draft, Other::Stays)).or_else(|| room?.require(0).err());
    report.warnings.extend(refused.map(|problem| format!("build would refuse it: {problem}")));
    Ok(report)
}

/// Makes a dataset, or goes on with one.
///
/// # Errors
/// Whatever can go wrong on the way; finished shards stay for the next run.
pub fn build(what: &What, out: &Path, running: Running<'_>) -> Result<Report> {
    if let Some(url) = store::url_of(out) {
        return remote::build(what, url, running);
    }
    apart(&what.input, out)?;
    let prepared = prepare(what, Some(out), running.stop, running.progress)?;
    prepared.references_fit(running.memory)?;
    let tally = prepared.tally()?;
    let planned = prepared.planned();
    let opening = Opening { worker: running.worker, other: running.other, planned: &planned, trust: running.trust };
    let room = Room { root: out, draft: &prepared.draft, planned: &planned };
    make(&prepared, what, running, (out, opening)).map(|report| report.with_tally(tally)).map_err(|error| room.explain(error))
}

/// Makes what is not there yet of what was prepared.
fn make(prepared: &Prepared, what: &What, running: Running<'_>, (out, opening): (&Path, Opening<'_>)) -> Result<Report> {
    let output = match Output::open(out, &prepared.draft, &prepared.beside(), opening)? {
        Outcome::Complete(manifest) => return Ok(Report::of(&manifest, Status::UpToDate).with_source(prepared)),
        Outcome::Open(output) => output,
    };
    let spent = Spent::default();
    running.progress.begin(Phase::Build);
    running.progress.note_at(Some(&output::note_path(out, &Worker::name(running.worker))));
    let jobs: Vec<Job<'_>> = prepared.parts.iter().map(|part| prepared.job(part, what, running, &spent)).collect();
    let made = claims::work(&jobs, running.worker, &FolderLeases::new(out), &output, &prepared.draft);
    // Gone before the working folder is.
    running.progress.note_at(None);
    made?;
    if let Some(worker) = running.worker {
        return Ok(Report::of_prepared(prepared, Status::of_worker(worker)).with_spent(&spent));
    }
    running.progress.begin(Phase::Commit);
    let manifest = output.commit(prepared.draft.clone())?;
    Ok(Report::of(&manifest, Status::Built).with_source(prepared).with_spent(&spent))
}

/// Refuses a file for metrics in place of what is not one: a device, a picture, a part of the dataset, anybody's file.
///
/// # Errors
/// If it is one.
pub fn metrics_apart(file: &Path, input: &Path, out: &Path) -> Result<()> {
    const REMEDY: &str = "--metrics-file names a file elsewhere";
    place::check(file)?;
    place::apart(input, file, PICTURES, REMEDY)?;
    place::apart(out, file, "the dataset", REMEDY)?;
    match std::fs::read(file) {
        Ok(there) if !there.is_empty() && !there.starts_with(b"# HELP prebake_") => {
            Err(Error::Usage(format!("{}: holds something else than metrics of prebake ({REMEDY})", shown(file))))
        }
        _ => Ok(()),
    }
}

/// `what`, with `more` epochs than the dataset in `out` has.
///
/// # Errors
/// If there is no dataset.
pub fn appended(what: What, out: &Path, more: u64) -> Result<What> {
    Output::finish_replacing(out)?;
    let missing = || Error::NotADataset(format!("{}: no dataset to append epochs to (build it with --epochs)", shown(out)));
    let there = Manifest::load(&out.join(FILE))?.ok_or_else(missing)?;
    let epochs_of = |manifest: &Manifest| manifest.splits.values().map(|split| split.epochs).max().unwrap_or(0);
    // One that was killed after it wrote the manifest appended them already.
    let before = Output::before_in(out)?.filter(|before| before.plan_hash != there.plan_hash && before.is_beginning_of(&there));
    let done = before.is_some_and(|before| epochs_of(&before).saturating_add(more) == epochs_of(&there));
    let epochs = if done { epochs_of(&there) } else { epochs_of(&there).saturating_add(more) };
    Ok(What { epochs: Some(epochs), ..what })
}

/// Makes a sheet to look at.
///
/// # Errors
/// As [`prepare()`], but that a bad picture is left out; or if the sheet cannot be written.
pub fn preview(look: &Look) -> Result<Box<dyn Told>> {
    let format = Format::of(&look.output)?;
    if let Some(input) = &look.input {
        apart_from_picture(input, &look.output)?;
    }
    let sheet = match &look.op {
        Some(op) => preview::of_op(op, look.input.as_deref(), look.limits.of_pictures())?,
        None => sheet_of_rows(look, format)?,
    };
    Ok(Box::new(sheet.write(&look.output, format, look.steps)?))
}

/// Refuses a sheet in place of the picture that it shows, or among those of a folder.
fn apart_from_picture(input: &Path, sheet: &Path) -> Result<()> {
    if input.is_dir() {
        return place::apart(input, sheet, PICTURES, "-o names a file elsewhere");
    }
    match (input.canonicalize(), sheet.canonicalize()) {
        (Ok(picture), Ok(there)) if picture == there => {
            Err(Error::Usage(format!("{}: is the picture itself (-o names another file)", shown(sheet))))
        }
        _ => Ok(()),
    }
}

fn sheet_of_rows(look: &Look, format: Format) -> Result<preview::Sheet> {
    let (Some(input), Some(file)) = (&look.input, &look.spec) else {
        return Err(Error::Usage("preview: takes INPUT and --spec, or --op".into()));
    };
    let deepest = Some(look.limits.max_spec_depth.into());
    let overrides = spec::Overrides { seed: look.seed, labels: look.labels.clone(), deepest, ..spec::Overrides::default() };
    let mut spec = Spec::load(file, &overrides)?;
    let references = References::load(&mut spec, folder_of(file), look.limits.of_pictures())?;
    references.listed.keys().try_for_each(|path| apart_from_picture(&folder_of(file).join(path), &look.output))?;
    let mut source = Source::scan(source::open(input)?, look.limits.of_pictures(), spec.input.deep)?;
    GroundTruth::set_apart(&spec, &mut source);
    if source.items.is_empty() {
        return Err(preview::nothing_to_show(&source, &[]));
    }
    let targets = spec.targets.is_some() && !look.no_targets;
    let needed = targets || !spec.mixing.is_empty() || spec.labels.source == spec::LabelSource::Boxes;
    let mut truth = if needed { GroundTruth::load(&spec, &mut source)? } else { GroundTruth::default() };
    split::check_folders(spec.split.as_ref(), &source)?;
    let labels = Labels::new(&mut source, &spec, &truth)?;
    truth.follow(&source);
    known_classes(&spec, &labels)?;
    let sides = divide(&spec, &source, &labels, None, (look.limits.of_pictures(), &AtomicUsize::new(0)))?;
    let (classes, train) = (Membership::of_labels(&spec, &labels)?, sides.items(Side::Train));
    let plan = Plan::new(&spec, &source, classes.as_ref(), (Side::Train, &train), plan::Sharding::Batches(1))?;
    let wanted = Wanted {
        images: usize::try_from(look.images).unwrap_or(usize::MAX),
        rows: look.rows,
        epoch_from: look.epoch_from,
        steps: look.steps || format == Format::Html,
        targets,
    };
    let from =
        Pictures { spec: &spec, source: &source, truth: &truth, references: &references, limits: look.limits.of_pictures() };
    let mut sheet = preview::rows(from, &labels, &plan, wanted)?;
    sheet.title = format!("{}: {}", sheet.title, shown(file.file_name().unwrap_or_default()));
    Ok(sheet)
}

/// Finishes a dataset that workers built.
///
/// # Errors
/// If a shard is missing.
pub fn commit(out: &Path) -> Result<Report> {
    if let Some(url) = store::url_of(out) {
        return remote::commit(url);
    }
    finish(out).map_err(|error| match draft_in(out) {
        Ok(Some(draft)) => Room { root: out, draft: &draft, planned: &Planned::default() }.explain(error),
        _ => error,
    })
}

/// Says how far the build in `out` is.
///
/// # Errors
/// If nothing of ours is there, or it cannot be read.
pub fn status(out: &Path) -> Result<Box<dyn report::Told>> {
    store::url_of(out).map_or_else(|| status::status(out), remote::status)
}

fn finish(out: &Path) -> Result<Report> {
    match Output::reopen(out)? {
        (Outcome::Complete(manifest), _) => Ok(Report::of(&manifest, Status::UpToDate)),
        (Outcome::Open(output), draft) => Ok(Report::of(&output.commit(*draft)?, Status::Built)),
    }
}

/// Checks a dataset; with `json`, what is wrong is the answer, and not an error.
///
/// # Errors
/// With everything that is not as it was made.
pub fn verify(out: &Path, closeness: &Closeness, json: bool, running: Running<'_>) -> Result<checked::Verified> {
    checked::checked(out, closeness, json, running)
}

/// Makes again what a dataset lost.
///
/// # Errors
/// If it cannot be told how it was made, or these are not its pictures.
pub fn repair(mending: &Mending, running: Running<'_>) -> Result<repair::Repaired> {
    apart(&mending.input, &mending.out)?;
    repair::repair(mending, running)
}

/// Refuses an output inside the folder of pictures, which the next run would take for input.
fn apart(input: &Path, out: &Path) -> Result<()> {
    place::apart(input, out, PICTURES, "--out names a folder beside it")
}

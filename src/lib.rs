//! prebake: precomputed augmented image datasets.
//!
//! The line from arguments to manifest is [`build`]; `docs/architecture.md` names the layers.

pub mod annotations;
pub mod catalogue;
pub mod cli;
pub mod decode;
pub mod encode;
pub mod engine;
pub mod error;
pub mod explain;
pub mod ground_truth;
pub mod html;
pub mod image;
pub mod import;
pub mod kernels;
pub mod labels;
pub mod manifest;
pub mod mixing;
pub mod npy;
pub mod ops;
pub mod output;
pub mod pipeline;
pub mod plan;
pub mod preview;
pub mod report;
pub mod reuse;
pub mod rng;
pub mod source;
pub mod spec;
pub mod split;
pub mod statistics;
pub mod stats;
pub mod targets;
pub mod units;
pub mod verify;

use cli::{Budget, Look, OnError, What};
use engine::{Job, Pictures, Progress, Spent};
use error::{Error, Result, few, shown};
use ground_truth::GroundTruth;
use indicatif::BinaryBytes;
use labels::{Labels, Membership};
use manifest::{Array, Axis, Manifest, SideFile};
use output::{Opening, Outcome, Output, free_space, place};
use pipeline::Pipeline;
use plan::{Part, Plan};
use preview::{Format, Wanted};
use report::{Report, Status, Told};
use source::{References, Source};
use spec::{Duplicates, Side, Spec};
use split::Sides;
use statistics::Known;
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::atomic::AtomicUsize;

/// What the input is called.
const PICTURES: &str = "the folder of pictures";
/// How many bad pictures an error names.
const NAMED: usize = 5;

/// How a build runs; none of it changes a byte.
#[derive(Clone, Copy, Debug)]
pub struct Running<'a> {
    /// Bytes of prepared pictures to keep.
    pub memory: u64,
    /// The share to build, from 1, and of how many.
    pub worker: Option<(u64, u64)>,
    /// Whether a dataset of another plan is replaced.
    pub force: bool,
    /// Who is told.
    pub progress: &'a dyn Progress,
    /// The signal that asks to stop, or 0.
    pub stop: &'a AtomicUsize,
}

/// Everything known before the first row is made.
#[derive(Debug)]
pub struct Prepared {
    spec: Spec,
    source: Source,
    labels: Labels,
    truth: GroundTruth,
    references: References,
    sides: Sides,
    parts: Vec<Part>,
    known: Option<Known>,
    draft: Manifest,
    side: Vec<SideFile>,
}

/// Reads the spec and the pictures, and plans every row. Writes nothing; what an earlier run found and left in `out`
/// is not counted again.
///
/// # Errors
/// With all problems of the spec; or of the pictures, as `--on-error` and `--max-errors` say.
pub fn prepare(what: &What, out: Option<&Path>, stop: &AtomicUsize) -> Result<Prepared> {
    let mut spec = Spec::load(&what.spec, &what.overrides())?;
    let references = References::load(&mut spec, folder_of(&what.spec), what.max_pixels)?;
    let mut source = Source::scan(&what.input, what.max_pixels, spec.input.deep)?;
    if what.on_error == OnError::Skip {
        engine::check(&mut source, &spec.input, what.max_pixels, stop)?;
    }
    GroundTruth::set_apart(&spec, &mut source);
    within_budget(&source, what.on_error, what.max_errors)?;
    let mut truth = GroundTruth::load(&spec, &mut source)?;
    split::check_folders(spec.split.as_ref(), &source)?;
    let mut labels = Labels::new(&mut source, &spec, &truth)?;
    truth.follow(&source);
    known_classes(&spec, &labels)?;
    let sides = divide(&spec, &source, &labels, what.split_from.as_deref(), (what.max_pixels, stop))?;
    let classes = Membership::of_labels(&spec, &labels)?;
    let parts = Part::of_all(&spec, &source, classes.as_ref(), &sides, what.sharding())?;
    if !spec.mixing.is_empty() {
        let train = sides.items(Side::Train);
        let known: BTreeSet<usize> = train.iter().map(|&at| labels.number_of(at)).collect();
        labels.warnings.extend(mixing::idle(&spec.mixing, train.len(), known.len()).map(String::from));
    }
    let (draft, side) = Manifest::draft(&spec, &source, &labels, &truth, &sides, &references, &parts);
    let mut prepared = Prepared { spec, source, labels, truth, references, sides, parts, known: None, draft, side };
    prepared.known = prepared.statistics(what, out, stop)?;
    if let Some(known) = &prepared.known {
        prepared.side.extend(prepared.draft.add_statistics(known));
    }
    Ok(prepared)
}

/// Says what a build would make.
///
/// # Errors
/// As [`prepare`].
pub fn plan(what: &What, out: Option<&Path>, stop: &AtomicUsize) -> Result<Report> {
    out.map_or(Ok(()), |out| apart(&what.input, out))?;
    let prepared = prepare(what, out, stop)?;
    let mut report = prepared.report(Status::Planned);
    report.free_bytes = out.and_then(free_space);
    let refused = out.and_then(|out| Output::refusal(out, &prepared.draft));
    report.warnings.extend(refused.map(|problem| format!("build would refuse it: {problem}")));
    Ok(report)
}

/// Makes a dataset, or goes on with one.
///
/// # Errors
/// Whatever can go wrong on the way; finished shards stay for the next run.
pub fn build(what: &What, out: &Path, running: Running<'_>) -> Result<Report> {
    apart(&what.input, out)?;
    let prepared = prepare(what, Some(out), running.stop)?;
    prepared.references_fit(running.memory)?;
    let opening = Opening { worker: running.worker, force: running.force, bytes: prepared.bytes() };
    let output = match Output::open(out, &prepared.draft, &prepared.side, opening)? {
        Outcome::Complete(manifest) => return Ok(Report::of(&manifest, Status::UpToDate).with_source(&prepared)),
        Outcome::Open(output) => output,
    };
    let (index, of) = running.worker.unwrap_or((1, 1));
    let spent = Spent::default();
    for part in &prepared.parts {
        prepared.job(part, what, running, &spent).bake(&part.plan.tasks(index, of), &output, &prepared.draft)?;
    }
    if running.worker.is_some() {
        return Ok(prepared.report(Status::Worker { index, of }).with_spent(&spent));
    }
    let manifest = output.commit(prepared.draft.clone())?;
    Ok(Report::of(&manifest, Status::Built).with_source(&prepared).with_spent(&spent))
}

/// Makes a sheet to look at.
///
/// # Errors
/// As [`prepare`], but that a bad picture is left out; or if the sheet cannot be written.
pub fn preview(look: &Look) -> Result<Box<dyn Told>> {
    let format = Format::of(&look.output)?;
    if let Some(input) = &look.input {
        apart_from_picture(input, &look.output)?;
    }
    let sheet = match &look.op {
        Some(op) => preview::of_op(op, look.input.as_deref(), look.max_pixels)?,
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
    let overrides = spec::Overrides { seed: look.seed, labels: look.labels.clone(), ..spec::Overrides::default() };
    let mut spec = Spec::load(file, &overrides)?;
    let references = References::load(&mut spec, folder_of(file), look.max_pixels)?;
    references.listed.keys().try_for_each(|path| apart_from_picture(&folder_of(file).join(path), &look.output))?;
    let mut source = Source::scan(input, look.max_pixels, spec.input.deep)?;
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
    let sides = divide(&spec, &source, &labels, None, (look.max_pixels, &AtomicUsize::new(0)))?;
    let (classes, train) = (Membership::of_labels(&spec, &labels)?, sides.items(Side::Train));
    let plan = Plan::new(&spec, &source, classes.as_ref(), (Side::Train, &train), plan::Sharding::Batches(1))?;
    let wanted = Wanted {
        images: usize::try_from(look.images).unwrap_or(usize::MAX),
        rows: look.rows,
        epoch_from: look.epoch_from,
        steps: look.steps || format == Format::Html,
        targets,
    };
    let from = Pictures { spec: &spec, source: &source, truth: &truth, references: &references, max_pixels: look.max_pixels };
    let mut sheet = preview::rows(from, &labels, &plan, wanted)?;
    sheet.title = format!("{}: {}", sheet.title, shown(file.file_name().unwrap_or_default()));
    Ok(sheet)
}

/// Finishes a dataset that workers built.
///
/// # Errors
/// If a shard is missing.
pub fn commit(out: &Path) -> Result<Report> {
    match Output::reopen(out)? {
        (Outcome::Complete(manifest), _) => Ok(Report::of(&manifest, Status::UpToDate)),
        (Outcome::Open(output), draft) => Ok(Report::of(&output.commit(*draft)?, Status::Built)),
    }
}

/// Checks a dataset.
///
/// # Errors
/// With everything that does not fit.
pub fn verify(out: &Path) -> Result<Report> {
    Ok(Report::of(&verify::verify(out)?, Status::Verified))
}

impl Prepared {
    /// What all pictures have in common, if rows need it.
    fn statistics(&self, what: &What, out: Option<&Path>, stop: &AtomicUsize) -> Result<Option<Known>> {
        let (spec, row_size) = (&self.spec, self.parts[0].plan.row_size);
        if let Some(dataset) = &what.statistics_from {
            return reuse::of_dataset(dataset, spec, row_size).map(Some);
        }
        let known = out.filter(|_| spec.output.needs_statistics()).and_then(|out| reuse::of_earlier_run(out, &self.draft, spec));
        if known.is_some() {
            return Ok(known);
        }
        let Self { source, references, truth, .. } = self;
        let pictures = Pictures { spec, source, truth, references, max_pixels: what.max_pixels };
        engine::survey(pictures, &self.sides.items(Side::Train), row_size, stop)
    }

    fn job<'a>(&'a self, part: &'a Part, what: &What, running: Running<'a>, spent: &'a Spent) -> Job<'a> {
        Job {
            spec: &part.spec,
            source: &self.source,
            labels: &self.labels,
            truth: &self.truth,
            references: &self.references,
            plan: &part.plan,
            known: self.known.as_ref(),
            memory: running.memory,
            max_pixels: what.max_pixels,
            progress: running.progress,
            stop: running.stop,
            spent,
        }
    }

    fn report(&self, status: Status) -> Report {
        let mut report = Report::of(&self.draft, status).with_source(self);
        report.bytes = self.bytes();
        report.bytes_are_most = self.draft.arrays.values().any(|array| array.first_axis == Axis::Boxes);
        report
    }

    /// Refuses to keep more of reference pictures than memory may be taken.
    fn references_fit(&self, memory: u64) -> Result<()> {
        let bytes = self.references.library.bytes();
        if bytes <= memory {
            return Ok(());
        }
        let (bytes, memory) = (BinaryBytes(bytes), BinaryBytes(memory));
        Err(Error::Usage(format!("--memory {memory}: reference pictures take {bytes} (raise it, or take smaller ones)")))
    }

    /// Bytes of all files but the manifest; at most, where boxes stand end to end.
    fn bytes(&self) -> u64 {
        let arrays = &self.draft.arrays;
        let each = |axis| arrays.values().filter(|array| array.first_axis == axis).map(Array::row_bytes).sum::<u64>();
        let (row, offset, of_box) = (each(Axis::Rows), each(Axis::Offsets), each(Axis::Boxes));
        let of_part = |Part { spec, plan }: &Part| {
            let once = (spec.mixing.is_empty() && plan.rows_by_class.is_none()).then(|| plan.items());
            let boxes = self.truth.boxes.as_ref().filter(|_| of_box > 0);
            let boxes = boxes.map_or(0, |boxes| boxes.most_of(plan.rows_per_epoch, once.as_ref()));
            let of_shard = arrays.len() as u64 * npy::HEADER_BYTES + offset;
            let epoch = plan.rows_per_epoch.saturating_mul(row + offset).saturating_add(of_shard * plan.shards_per_epoch);
            epoch.saturating_add(boxes.saturating_mul(of_box)).saturating_mul(plan.epochs)
        };
        let files: u64 = self.draft.files.iter().map(|file| file.bytes).sum();
        self.parts.iter().map(of_part).fold(files, u64::saturating_add)
    }
}

/// Divides the pictures as the spec says; those of an earlier dataset keep their sides.
fn divide(
    spec: &Spec,
    source: &Source,
    labels: &Labels,
    earlier: Option<&Path>,
    (max_pixels, stop): (u64, &AtomicUsize),
) -> Result<Sides> {
    let Some(split) = &spec.split else {
        return match earlier {
            None => Ok(Sides::all_train(source.items.len())),
            Some(_) => Err(Error::Usage("--split-from: the pictures are not divided (write a split, or --split)".into())),
        };
    };
    let alike = if split.duplicates == Duplicates::Near {
        split::alike(&engine::looks(source, spec, max_pixels, stop)?)
    } else {
        Vec::new()
    };
    let earlier = earlier.map(reuse::sides_of).transpose()?;
    Sides::new(split, source, labels, split::Known { alike: &alike, earlier: earlier.as_ref(), columns: &labels.columns })
}

/// Where the ways that a spec names start.
fn folder_of(spec: &Path) -> &Path {
    spec.parent().unwrap_or(Path::new(""))
}

/// Refuses an output inside the folder of pictures, which the next run would take for input.
fn apart(input: &Path, out: &Path) -> Result<()> {
    place::apart(input, out, PICTURES, "--out names a folder beside it")
}

/// Refuses a step for a class that no picture has, which a misspelt name would be.
fn known_classes(spec: &Spec, labels: &Labels) -> Result<()> {
    let classes: Vec<&str> = labels.classes().iter().map(String::as_str).collect();
    let evaluated = spec.eval_pipeline.iter().flat_map(Pipeline::classes);
    let missing: Vec<&str> =
        spec.pipeline.classes().into_iter().chain(evaluated).filter(|class| !classes.contains(class)).collect();
    match missing.first() {
        None => Ok(()),
        Some(class) => {
            Err(Error::Spec(vec![format!("pipeline: on_classes: {}", spec::fields::unknown("class", class, &classes))]))
        }
    }
}

fn within_budget(source: &Source, on_error: OnError, budget: Option<Budget>) -> Result<()> {
    let (bad, all) = (source.bad.len() as u64, (source.bad.len() + source.items.len()) as u64);
    if bad == 0 {
        return Ok(());
    }
    let lines = source.bad.iter().map(|bad| format!("{}: {}", shown(&bad.path), bad.problem)).collect();
    let mut lines = few(lines, NAMED, |more| format!("and {more} more bad pictures"));
    if on_error == OnError::Fail {
        lines.push(format!("{bad} of {all} pictures cannot be used (mend or remove them, or leave them out: --on-error skip)"));
        return Err(Error::Picture(lines.join("\n")));
    }
    if source.items.is_empty() || budget.is_some_and(|budget| !budget.allows(bad, all)) {
        lines.push(format!("{bad} of {all} pictures cannot be used, more than allowed (mend them, or raise --max-errors)"));
        return Err(Error::TooManyErrors(lines.join("\n")));
    }
    Ok(())
}

//! Everything that is known before the first row is made: spec, pictures, labels, sides, plan, statistics.

use crate::cli::{Budget, OnError, What};
use crate::decode::Limits;
use crate::engine::{self, Job, Phase, Pictures, Progress, Spent};
use crate::error::{Error, Result, few, shown};
use crate::ground_truth::GroundTruth;
use crate::labels::{Labels, Membership};
use crate::manifest::{Array, Axis, Manifest, Samples, SideFile};
use crate::mixing;
use crate::npy;
use crate::output::{Other, Planned, Trust, Worker};
use crate::pipeline::Pipeline;
use crate::plan::Part;
use crate::reuse;
use crate::source::{References, Source, open};
use crate::spec::fields::Choice;
use crate::spec::{Arrangement, Duplicates, Side, Spec};
use crate::split::{self, Earlier, Sides};
use crate::statistics::Known;
use crate::substitute::substitute;
use crate::tally::Tally;
use indicatif::BinaryBytes;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::atomic::AtomicUsize;

/// How many bad pictures an error names.
const NAMED: usize = 5;

/// How a build runs; none of it changes a byte.
#[derive(Clone, Copy, Debug)]
pub struct Running<'a> {
    /// Bytes of prepared pictures to keep.
    pub memory: u64,
    /// The part to build, if not all.
    pub worker: Option<Worker<'a>>,
    /// What is done with a dataset of another plan.
    pub other: Other,
    /// How what is there already is trusted.
    pub trust: Trust,
    /// Who is told.
    pub progress: &'a dyn Progress,
    /// The signal that asks to stop, or 0.
    pub stop: &'a AtomicUsize,
}

/// Everything known before the first row is made.
#[derive(Debug)]
pub struct Prepared {
    /// What the user said.
    pub spec: Spec,
    /// The pictures.
    pub source: Source,
    /// How many there were, bad ones included.
    pub read: u64,
    /// Their labels.
    pub labels: Labels,
    /// Their masks, boxes and key points.
    pub truth: GroundTruth,
    /// The pictures that steps refer to.
    pub references: References,
    /// Who trains, who validates, who tests.
    pub sides: Sides,
    /// Every side that has pictures, planned.
    pub parts: Vec<Part>,
    /// What all pictures have in common, if rows need it.
    pub known: Option<Known>,
    /// The manifest, but for its shards.
    pub draft: Manifest,
}

/// Reads the spec and the pictures, and plans every row. Writes nothing; what an earlier run found and left in `out`
/// is not counted again.
///
/// # Errors
/// With all problems of the spec; or of the pictures, as `--on-error` and `--max-errors` say.
pub fn prepare(what: &What, out: Option<&Path>, stop: &AtomicUsize, progress: &dyn Progress) -> Result<Prepared> {
    prepare_from(what.load_spec()?, folder_of(what.spec_file()), Given::default(), what, (out, stop, progress))
}

/// What is known of a dataset besides its spec, and is not found anew.
#[derive(Debug, Default)]
pub struct Given {
    /// What the input holds.
    pub source: Option<Source>,
    /// The sides of its pictures.
    pub sides: Option<Earlier>,
    /// Its statistics, where they are of another dataset.
    pub known: Option<Known>,
}

/// What the input holds, each picture decoded where bad ones are to be left out.
///
/// # Errors
/// If it cannot be listed or holds no picture; if a signal asks to stop.
pub fn scanned(spec: &Spec, what: &What, stop: &AtomicUsize, progress: &dyn Progress) -> Result<Source> {
    progress.begin(Phase::Scan);
    let mut source = Source::scan(open(&what.input)?, what.limits.of_pictures(), spec.input.deep)?;
    if what.on_error != OnError::Fail {
        progress.begin(Phase::Check);
        engine::check(&mut source, &spec.input, what.limits.of_pictures(), stop)?;
    }
    Ok(source)
}

/// As [`prepare`], with a spec that was read already, whose references start from `folder`.
///
/// # Errors
/// As [`prepare`].
pub fn prepare_from(
    mut spec: Spec,
    folder: &Path,
    given: Given,
    what: &What,
    (out, stop, progress): (Option<&Path>, &AtomicUsize, &dyn Progress),
) -> Result<Prepared> {
    let references = References::load(&mut spec, folder, what.limits.of_pictures())?;
    let mut source = match given.source {
        Some(source) => source,
        None => scanned(&spec, what, stop, progress)?,
    };
    progress.begin(Phase::Plan);
    GroundTruth::set_apart(&spec, &mut source);
    let read = (source.items.len() + source.bad.len()) as u64;
    within_budget(&source, what.on_error, what.max_errors)?;
    if what.on_error == OnError::Substitute {
        substitute(&spec, &mut source)?;
    }
    let mut truth = GroundTruth::load(&spec, &mut source)?;
    split::check_folders(spec.split.as_ref(), &source)?;
    let mut labels = Labels::new(&mut source, &spec, &truth)?;
    truth.follow(&source);
    known_classes(&spec, &labels)?;
    if spec.split.is_none() && what.split_from.is_some() {
        return Err(Error::Usage("--split-from: the pictures are not divided (write a split, or --split)".into()));
    }
    let named = what.split_from.as_deref().map(reuse::sides_of).transpose()?;
    let sides = divide(&spec, &source, &labels, given.sides.or(named).as_ref(), (what.limits.of_pictures(), stop))?;
    let classes = Membership::of_labels(&spec, &labels)?;
    let parts = Part::of_all(&spec, &source, classes.as_ref(), &sides, what.sharding())?;
    if !spec.mixing.is_empty() {
        let train = sides.items(Side::Train);
        let known: BTreeSet<usize> = train.iter().map(|&at| labels.number_of(at)).collect();
        labels.warnings.extend(mixing::idle(&spec.mixing, train.len(), known.len()).map(String::from));
    }
    let samples = Samples { spec: &spec, source: &source, labels: &labels, truth: &truth, sides: &sides };
    let draft = Manifest::draft(samples, &references, &parts);
    let mut prepared = Prepared { spec, source, read, labels, truth, references, sides, parts, known: None, draft };
    if prepared.spec.output.needs_statistics() {
        progress.begin(Phase::Statistics);
    }
    prepared.known = match given.known {
        Some(known) => Some(known),
        None => prepared.statistics(what, out, stop)?,
    };
    if let Some(known) = &prepared.known {
        prepared.draft.add_statistics(known);
    }
    prepared.name_blocks();
    Ok(prepared)
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
        let pictures = Pictures { spec, source, truth, references, limits: what.limits.of_pictures() };
        engine::survey(pictures, &self.sides.items(Side::Train), row_size, stop)
    }

    /// Names the files of blocks that stay by all that decides their bytes.
    fn name_blocks(&mut self) {
        if self.spec.arrangement == Arrangement::Packed {
            return;
        }
        let common = self.draft.common();
        // Their lines are made of all else.
        let mut parts = std::mem::take(&mut self.parts);
        let samples = self.samples();
        let line = |at| {
            let mut line = Vec::new();
            samples.line(at, &mut line);
            String::from_utf8_lossy(&line).into_owned()
        };
        parts.iter_mut().for_each(|part| part.plan.name_blocks(&common, line));
        self.parts = parts;
    }

    /// All that is said of the pictures.
    fn samples(&self) -> Samples<'_> {
        let Self { spec, source, labels, truth, sides, .. } = self;
        Samples { spec, source, labels, truth, sides }
    }

    /// The files beside the shards.
    pub fn beside(&self) -> Vec<SideFile<'_>> {
        self.samples().beside(self.known.as_ref())
    }

    /// The rows of `part`, as they are made.
    pub fn job<'a>(&'a self, part: &'a Part, what: &What, running: Running<'a>, spent: &'a Spent) -> Job<'a> {
        Job {
            spec: &part.spec,
            source: &self.source,
            labels: &self.labels,
            truth: &self.truth,
            references: &self.references,
            plan: &part.plan,
            known: self.known.as_ref(),
            memory: running.memory,
            limits: what.limits.of_pictures(),
            progress: running.progress,
            stop: running.stop,
            spent,
        }
    }

    /// Where every picture goes.
    ///
    /// # Errors
    /// If they do not add up, which is a mistake of ours.
    pub fn tally(&self) -> Result<Tally> {
        Tally::of(self.read, &self.source, &self.parts)
    }

    /// Refuses to keep more of reference pictures than memory may be taken.
    ///
    /// # Errors
    /// If they take more.
    pub fn references_fit(&self, memory: u64) -> Result<()> {
        let bytes = self.references.library.bytes();
        if bytes <= memory {
            return Ok(());
        }
        let (bytes, memory) = (BinaryBytes(bytes), BinaryBytes(memory));
        Err(Error::Usage(format!("--memory {memory}: reference pictures take {bytes} (raise it, or take smaller ones)")))
    }

    /// The shards that will be there.
    pub fn planned(&self) -> Planned {
        Planned { slots: self.parts.iter().flat_map(|part| part.plan.all_slots()).collect(), boxes: self.most_boxes() }
    }

    /// Bytes that the boxes of an epoch take at most, by side, where they stand end to end.
    fn most_boxes(&self) -> BTreeMap<String, u64> {
        let arrays = self.draft.arrays.values().filter(|array| array.first_axis == Axis::Boxes);
        let of_box = arrays.map(Array::row_bytes).sum::<u64>();
        let of_part = |Part { spec, plan }: &Part| {
            let boxes = self.truth.boxes.as_ref().filter(|_| of_box > 0).map_or(0, |boxes| {
                let once = (spec.mixing.is_empty() && plan.rows_by_class.is_none()).then(|| plan.items());
                boxes.most_of(plan.rows_per_epoch, once.as_ref())
            });
            (plan.side.word().to_string(), boxes.saturating_mul(of_box))
        };
        self.parts.iter().map(of_part).collect()
    }

    /// Bytes of all files but the manifest; at most, where boxes stand end to end.
    pub fn bytes(&self) -> u64 {
        let arrays = &self.draft.arrays;
        let each = |axis| arrays.values().filter(|array| array.first_axis == axis).map(Array::row_bytes).sum::<u64>();
        let (row, offset, most_boxes) = (each(Axis::Rows), each(Axis::Offsets), self.most_boxes());
        let of_part = |Part { plan, .. }: &Part| {
            let of_shard = arrays.len() as u64 * npy::HEADER_BYTES + offset;
            let epoch = plan.rows_per_epoch.saturating_mul(row + offset).saturating_add(of_shard * plan.shards_per_epoch);
            epoch.saturating_add(most_boxes[plan.side.word()]).saturating_mul(plan.epochs)
        };
        let files: u64 = self.draft.files.iter().map(|file| file.bytes).sum();
        self.parts.iter().map(of_part).fold(files, u64::saturating_add)
    }
}

/// Divides the pictures as the spec says; those of an earlier dataset keep their sides.
///
/// # Errors
/// If they cannot be divided so, or the earlier dataset cannot be used.
pub fn divide(
    spec: &Spec,
    source: &Source,
    labels: &Labels,
    earlier: Option<&Earlier>,
    (limits, stop): (Limits, &AtomicUsize),
) -> Result<Sides> {
    let Some(split) = &spec.split else { return Ok(Sides::all_train(source.items.len())) };
    let alike =
        if split.duplicates == Duplicates::Near { split::alike(&engine::looks(source, spec, limits, stop)?) } else { Vec::new() };
    Sides::new(split, source, labels, split::Known { alike: &alike, earlier, columns: &labels.columns })
}

/// Where the ways that a spec names start.
pub fn folder_of(spec: &Path) -> &Path {
    spec.parent().unwrap_or(Path::new(""))
}

/// Refuses a step for a class that no picture has, which a misspelt name would be.
///
/// # Errors
/// If there is one.
pub fn known_classes(spec: &Spec, labels: &Labels) -> Result<()> {
    let classes: Vec<&str> = labels.classes().iter().map(String::as_str).collect();
    let evaluated = spec.eval_pipeline.iter().flat_map(Pipeline::classes);
    let missing: Vec<&str> =
        spec.pipeline.classes().into_iter().chain(evaluated).filter(|class| !classes.contains(class)).collect();
    match missing.first() {
        None => Ok(()),
        Some(class) => {
            Err(Error::Spec(vec![format!("pipeline: on_classes: {}", crate::spec::fields::unknown("class", class, &classes))]))
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

//! A dataset's plan, made again from its pictures: what is left of the dataset says with which arguments it was built, and its
//! plan hash proves that they were these.

mod refused;
mod remains;
mod shards;

pub use remains::Remains;
pub use shards::made_again;

use crate::cli::{Beside, What};
use crate::engine::Progress;
use crate::error::{Error, Result};
use crate::manifest::{SAMPLES, SPEC, SideFile};
use crate::prepare::{Given, Prepared, prepare_from};
use crate::reuse;
use crate::spec::{By, Overrides, Spec};
use crate::split::Earlier;
use crate::statistics::Known;
use refused::refused;
use remains::lines_by_path;
use serde_json::Value;
use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::sync::atomic::AtomicUsize;

/// A plan that was made again.
#[derive(Debug)]
pub struct Again {
    /// The arguments.
    pub what: What,
    /// The plan, and all that its rows are made from.
    pub prepared: Prepared,
    /// Whether its hash is the one that the dataset had. Else only the spec and what is said of the pictures are the same, and
    /// what was made by it may differ.
    pub proven: bool,
}

/// Plans the dataset of which `remains` are left, again, from the pictures in `input`; `run` is where statistics may be found,
/// which are counted anew without, the signal that asks to stop, and who is told.
///
/// # Errors
/// As `prepare`, or if these are not the pictures that it was made from, with those that differ.
pub fn again(
    remains: &Remains,
    (input, beside): (&Path, &Beside),
    run: (Option<&Path>, &AtomicUsize, &dyn Progress),
) -> Result<Again> {
    let mut first = None;
    let mut batches = remains.batches();
    while let Some(tried) = batches.pop_front() {
        for policy in remains.policies() {
            let what = what(remains, (input, beside), (tried, policy));
            let prepared = planned(remains, &what, beside, sides(remains), run)?;
            if let Some(proven) = remains.is_of(&prepared.draft) {
                return Ok(Again { what, prepared, proven });
            }
            if batches.is_empty() {
                batches.extend(remains.batches_by_hash(&prepared.draft).filter(|found| tried != Some(*found)).map(Some));
            }
            first.get_or_insert(prepared);
        }
    }
    Err(refused(remains, &first.expect("invariant: there is a size of shards to try"), input))
}

/// Plans what a build with the arguments of the dataset of which `remains` are left would make of the pictures that are in `input` now.
///
/// # Errors
/// As `prepare`.
pub fn now(
    remains: &Remains,
    (input, beside): (&Path, &Beside),
    run: (Option<&Path>, &AtomicUsize, &dyn Progress),
) -> Result<Prepared> {
    let batches = remains.batches().into_iter().next().flatten();
    let what = what(remains, (input, beside), (batches, remains.policies().first().copied().unwrap_or("fail")));
    planned(remains, &what, beside, None, run)
}

/// What is said of each picture of a plan, by path.
pub fn lines_of(prepared: &Prepared) -> BTreeMap<String, Value> {
    let samples = prepared.beside().into_iter().find(|file| file.path == SAMPLES);
    lines_by_path(&samples.as_ref().map_or(Vec::new(), SideFile::bytes))
}

fn planned(
    remains: &Remains,
    what: &What,
    beside: &Beside,
    sides: Option<Earlier>,
    run: (Option<&Path>, &AtomicUsize, &dyn Progress),
) -> Result<Prepared> {
    let spec = Spec::parse(&remains.spec.0, &remains.spec.1, &Overrides::default())?;
    let sides = sides.filter(|_| spec.split.as_ref().is_some_and(|split| matches!(split.by, By::Amounts { .. })));
    let given = Given { source: None, sides, known: known(remains, &spec, beside)? };
    prepare_from(spec, &beside.references_from, given, what, run).map_err(named_references)
}

/// Adds how references are found that are not where they were.
fn named_references(error: Error) -> Error {
    match error {
        Error::Spec(mut lines) if lines.iter().any(|line| line.contains(".references: ")) => {
            lines.push("--references-from names the folder that the spec stood in".into());
            Error::Spec(lines)
        }
        other => other,
    }
}

/// The arguments that the dataset was built with, with so many batches in a shard and this policy for bad pictures, as far as
/// they decide a byte.
fn what(remains: &Remains, (input, beside): (&Path, &Beside), (batches, policy): (Option<u64>, &str)) -> What {
    let mut arguments: Vec<OsString> = ["--spec", SPEC, "--on-error", policy].map(OsString::from).to_vec();
    if let Some(batches) = batches {
        arguments.extend(["--batches-per-shard".into(), batches.to_string().into()]);
    }
    if let Some(dataset) = &beside.statistics_from {
        arguments.extend(["--statistics-from".into(), dataset.into()]);
    }
    arguments.extend(["--".into(), input.into()]);
    let mut what = What::of_arguments(&arguments.iter().map(OsString::as_os_str).collect::<Vec<&OsStr>>());
    let most = remains.samples().iter().map(|sample| sample.size.pixels()).max().unwrap_or(0);
    what.limits = beside.limits;
    what.limits.max_pixels = what.limits.max_pixels.max(most);
    what
}

/// The sides of the pictures, where they may have been taken from an earlier dataset.
fn sides(remains: &Remains) -> Option<Earlier> {
    let samples = remains.samples();
    let mut sides = Earlier::default();
    for sample in samples {
        sides.put(&sample.path, sample.xxh3_128, sample.side());
    }
    (!samples.is_empty()).then_some(sides)
}

/// The statistics, if they were taken from another dataset, which need not be there any more.
fn known(remains: &Remains, spec: &Spec, beside: &Beside) -> Result<Option<Known>> {
    match &remains.manifest {
        Some(manifest) if beside.statistics_from.is_none() => reuse::of_other(&remains.root, manifest, spec),
        _ => Ok(None),
    }
}

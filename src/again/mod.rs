//! A dataset's plan, made again from its pictures: what is left of the dataset says with which arguments it was built, and its
//! plan hash proves that they were these.

mod refused;
mod remains;
mod shards;

pub use remains::{Remains, lines_by_path};
pub use shards::made_again;

use crate::cli::{Beside, What};
use crate::engine::Progress;
use crate::error::Result;
use crate::prepare::{Given, Prepared, prepare_from};
use crate::reuse;
use crate::spec::{By, Overrides, Spec};
use crate::split::Earlier;
use crate::statistics::Known;
use refused::refused;
use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::sync::atomic::AtomicUsize;

/// The most pixels of a picture where nothing else is said, as for `build`.
const MAX_PIXELS: u64 = 100_000_000;

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
    for batches in remains.batches() {
        let what = what(remains, (input, beside), batches);
        let prepared = planned(remains, &what, beside, sides(remains), run)?;
        if let Some(proven) = remains.is_of(&prepared.draft, &prepared.side) {
            return Ok(Again { what, prepared, proven });
        }
        first.get_or_insert(prepared);
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
    let what = what(remains, (input, beside), remains.batches().into_iter().next().flatten());
    planned(remains, &what, beside, None, run)
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
    let given = Given { sides, known: known(remains, &spec, beside)? };
    prepare_from(spec, &beside.references_from, given, what, run)
}

/// The arguments that the dataset was built with, with so many batches in a shard, as far as they decide a byte.
fn what(remains: &Remains, (input, beside): (&Path, &Beside), batches: Option<u64>) -> What {
    let most = remains.samples().iter().map(|sample| sample.size.pixels()).max().unwrap_or(0);
    let max_pixels = beside.max_pixels.unwrap_or(most.max(MAX_PIXELS)).to_string();
    let mut arguments: Vec<OsString> = ["--spec", "spec.json", "--max-pixels", &max_pixels].map(OsString::from).to_vec();
    if let Some(batches) = batches {
        arguments.extend(["--batches-per-shard".into(), batches.to_string().into()]);
    }
    arguments.extend(remains.on_error.map(|policy| format!("--on-error={policy}").into()));
    if let Some(dataset) = &beside.statistics_from {
        arguments.extend(["--statistics-from".into(), dataset.into()]);
    }
    arguments.extend(["--".into(), input.into()]);
    What::of_arguments(&arguments.iter().map(OsString::as_os_str).collect::<Vec<&OsStr>>())
}

/// The sides of the pictures, where they may have been taken from an earlier dataset.
fn sides(remains: &Remains) -> Option<Earlier> {
    let samples = remains.samples();
    let mut sides = Earlier::default();
    for sample in samples {
        sides.put(&sample.path, &sample.xxh3_128, sample.side());
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

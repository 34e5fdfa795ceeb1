//! What is known already, of another dataset or of this one from an earlier run: statistics, sides.

use crate::error::{Error, Result, reason, shown};
use crate::image::Size;
use crate::manifest::{FILE, Listed, Manifest, WHITENING};
use crate::output::{DRAFT, WORK, site};
use crate::spec::{Side, Spec};
use crate::split::Earlier;
use crate::statistics::{Known, Statistics, Whitening};
use serde_json::Value;
use std::path::Path;

/// The fields of `output` that decide a whitening matrix.
const DECIDE: [&str; 6] = ["layout", "color", "rescale", "mean", "std", "zca"];

/// What an earlier run with the plan of `draft`, to which no statistics were added yet, found and left in `out`:
/// finished or not.
///
/// The plan says everything that statistics depend on, so that they need not be counted again.
pub fn of_earlier_run(out: &Path, draft: &Manifest, spec: &Spec) -> Option<Known> {
    [(out.to_path_buf(), FILE), (out.join(WORK), DRAFT), (site(out, &draft.plan_hash).join(WORK), DRAFT)].into_iter().find_map(
        |(folder, file)| {
            let manifest = Manifest::load(&folder.join(file)).ok()??;
            let statistics = manifest.statistics.clone().filter(|there| there.from.is_none() && manifest.answers(draft))?;
            let whitening = match spec.output.zca {
                None => None,
                Some(_) => {
                    let listed = manifest.files.iter().find(|file| file.path == WHITENING)?;
                    Some(read(&folder.join(WHITENING), listed, side(&manifest)).ok()?)
                }
            };
            Some(Known { statistics, whitening })
        },
    )
}

/// The statistics that the dataset of `manifest` in `out` took from another, if it did.
///
/// # Errors
/// If the whitening matrix is damaged, which only that other dataset has then.
pub fn of_other(out: &Path, manifest: &Manifest, spec: &Spec) -> Result<Option<Known>> {
    let Some(statistics) = manifest.statistics.clone().filter(|there| there.from.is_some()) else { return Ok(None) };
    let refused = |why: String| {
        let remedy = "--statistics-from names the dataset that it was taken from";
        Error::Verification(vec![format!("{}: {why} ({remedy})", shown(out))])
    };
    let listed = manifest.files.iter().find(|file| file.path == WHITENING).filter(|_| spec.output.zca.is_some());
    let whitening = listed.map(|listed| read(&out.join(WHITENING), listed, side(manifest)).map_err(refused)).transpose()?;
    Ok(Some(Known { statistics, whitening }))
}

/// The statistics of the dataset in `folder`, for rows of `spec`.
///
/// # Errors
/// If rows need none, there is no dataset, it has none, or they are of other channels or other values.
pub fn of_dataset(folder: &Path, spec: &Spec, row: Size) -> Result<Known> {
    let output = &spec.output;
    let refused = |why: String| Error::Usage(format!("--statistics-from {}: {why}", shown(folder)));
    if !output.needs_statistics() {
        return Err(refused("rows need no statistics (leave it out, or write output.featurewise or output.zca)".into()));
    }
    let Some(manifest) = Manifest::load(&folder.join(FILE))? else {
        return Err(refused(format!("no dataset of prebake (there is no {FILE})")));
    };
    if !manifest.is_unedited() {
        return Err(refused(format!("{FILE} was edited (`prebake repair` mends it)")));
    }
    let Some(there) = &manifest.statistics else {
        return Err(refused("it has no statistics (make it with output.featurewise or output.zca)".into()));
    };
    if there.sums.len() as u64 != output.color.channels() {
        let channels = output.color.channels();
        return Err(refused(format!("its rows have {} channels, here {channels} (make both alike)", there.sums.len())));
    }
    let mut statistics = Statistics { from: Some(manifest.plan_hash.clone()), ..there.clone() };
    statistics.conclude(output);
    let whitening = output.zca.map(|_| whitening(folder, &manifest, spec, row).map_err(refused)).transpose()?;
    Ok(Known { statistics, whitening })
}

/// The sides of the pictures of the dataset in `folder`.
///
/// # Errors
/// If there is no dataset, it is damaged, or its pictures were not divided.
pub fn sides_of(folder: &Path) -> Result<Earlier> {
    let refused = |why: String| Error::Usage(format!("--split-from {}: {why}", shown(folder)));
    let Some(manifest) = Manifest::load(&folder.join(FILE))? else {
        return Err(refused(format!("no dataset of prebake (there is no {FILE})")));
    };
    let samples = manifest.samples(folder).map_err(|error| match error {
        Error::Verification(_) => refused("damaged (`prebake verify` tells more, `prebake repair` mends it)".into()),
        other => other,
    })?;
    let mut earlier = Earlier::default();
    for sample in &samples {
        let side = sample.split.as_deref().and_then(Side::called);
        let side = side.ok_or_else(|| refused("its pictures are not divided (it was made without a split)".into()))?;
        earlier.put(&sample.path, sample.xxh3_128, side);
    }
    Ok(earlier)
}

/// The whitening matrix of the dataset in `folder`.
fn whitening(folder: &Path, manifest: &Manifest, spec: &Spec, row: Size) -> std::result::Result<Whitening, String> {
    let listed = manifest.files.iter().find(|file| file.path == WHITENING);
    let listed = listed.ok_or("it has no whitening matrix (make it with output.zca)")?;
    let (there, here) = (&manifest.spec["output"], &spec.resolved["output"]);
    if let Some(field) = DECIDE.into_iter().find(|field| there[field] != here[field]) {
        let of = |value: &Value| value[field].to_string();
        return Err(format!("its output.{field} is {}, here {} (make both alike)", of(there), of(here)));
    }
    let shape = &manifest.arrays["images"].shape;
    let size = [row.height, row.width].map(u64::from);
    if !shape.windows(2).any(|sides| sides == size) {
        return Err(format!("its rows have another size than {row} (make both alike)"));
    }
    let mended = |why| format!("{why} (`prebake repair` mends the dataset)");
    read(&folder.join(WHITENING), listed, side(manifest)).map_err(mended)
}

/// Values of a row.
fn side(manifest: &Manifest) -> usize {
    usize::try_from(manifest.arrays["images"].shape.iter().product::<u64>()).unwrap_or(usize::MAX)
}

fn read(file: &Path, listed: &Listed, side: usize) -> std::result::Result<Whitening, String> {
    let bytes = std::fs::read(file).map_err(|error| format!("{WHITENING} cannot be read: {}", reason(&error)))?;
    let damaged = || format!("{WHITENING} is damaged");
    if !listed.is_of(&bytes) {
        return Err(damaged());
    }
    Whitening::from_npy(&bytes, side).ok_or_else(damaged)
}

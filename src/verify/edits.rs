//! Whether the manifest is as it was written, and where not.

use super::Problem;
use crate::manifest::{FILE, Listed, Manifest, SAMPLES, SPEC, compare};
use crate::npy;
use crate::output::header;
use serde_json::{Value, json};
use std::fs::{self, File};
use std::io::Read;
use std::path::Path;

/// Another value than the manifest's, at a JSON pointer, and which file says so.
struct Correction {
    at: String,
    value: Value,
    by: String,
}

/// What was changed in the manifest of `root`, which is `bytes`, since it was written: by field, where the files beside it say
/// what must stand there.
pub(super) fn edits(manifest: &Manifest, bytes: &[u8], root: &Path) -> Vec<Problem> {
    if manifest.is_unedited() {
        let rewritten = manifest.to_bytes() != bytes;
        let what = "was rewritten: it says the same in other bytes than those that prebake writes";
        return rewritten.then(|| Problem::new(FILE, what)).into_iter().collect();
    }
    let there = json!(manifest);
    let (of_fields, of_files) = (fields(manifest, root), files(manifest, root));
    let mut found = Vec::new();
    for correction in &of_fields {
        let Correction { at, value, by } = correction;
        let tell = &mut |path: &str, there: &Value, here: &Value| {
            found.push(Problem::new(FILE, format!("{path}: was edited ({there}, but {here} in {by})")));
        };
        compare(&at[1..].replace('/', "."), there.pointer(at).unwrap_or(&Value::Null), value, tell);
    }
    // With which of them it is what was sealed is proven to be what was edited.
    if fits(&there, of_fields.iter()) {
        return found;
    }
    if fits(&there, of_fields.iter().chain(&of_files)) {
        let named =
            |correction: &Correction| Problem::new(FILE, format!("{}: was edited", &correction.at[1..].replace('/', ".")));
        found.extend(of_files.iter().map(named));
        return found;
    }
    found.push(Problem::new(FILE, "was edited (its plan hash does not fit)"));
    found
}

/// Whether the manifest is what its plan hash says once it is corrected.
fn fits<'a>(there: &Value, corrections: impl Iterator<Item = &'a Correction>) -> bool {
    let mut value = there.clone();
    for Correction { at, value: right, .. } in corrections {
        if let Some(place) = value.pointer_mut(at) {
            *place = right.clone();
        }
    }
    serde_json::from_value::<Manifest>(value).is_ok_and(|manifest| manifest.is_unedited())
}

/// What files that are as they are listed say of the manifest's fields, where it says something else.
fn fields(manifest: &Manifest, root: &Path) -> Vec<Correction> {
    let read = |name: &str| {
        let listed = manifest.files.iter().find(|file| file.path == name)?;
        fs::read(root.join(name)).ok().filter(|bytes| listed.is_of(bytes))
    };
    let mut found = Vec::new();
    let mut say = |at: &str, value: Value, by: &str| found.push(Correction { at: at.into(), value, by: by.into() });
    if let Some(spec) = read(SPEC).and_then(|bytes| serde_json::from_slice::<Value>(&bytes).ok()) {
        say("/seed", spec["seed"].clone(), SPEC);
        say("/batch_size", spec["batch_size"].clone(), SPEC);
        say("/splits/train/epochs", spec["epochs"].clone(), SPEC);
        say("/spec", spec, SPEC);
    }
    if let Some(samples) = read(SAMPLES) {
        let pictures = samples.iter().filter(|byte| **byte == b'\n').count();
        say("/source", json!({"pictures": pictures, "xxh3_128": Listed::of(String::new(), &samples).xxh3_128}), SAMPLES);
    }
    if let Some(classes) = read("classes.txt") {
        let names: Vec<String> = String::from_utf8_lossy(&classes).split_terminator('\n').map(str::to_string).collect();
        say("/heads/labels/class_names", json!(names), "classes.txt");
        say("/class_names", json!(names), "classes.txt");
    }
    let current = env!("CARGO_PKG_VERSION");
    say("/created_by", json!(format!("prebake {current}")), "this program");
    for (name, descr, shape) in headers(manifest, root) {
        say(&format!("/arrays/{name}/dtype"), json!(descr), "the header of its first file");
        say(&format!("/arrays/{name}/shape"), json!(shape), "the header of its first file");
    }
    let there = json!(manifest);
    found.retain(|Correction { at, value, .. }| there.pointer(at).is_some_and(|there| there != value));
    found
}

/// The files beside the shards, as they are, where they are not as they are listed.
fn files(manifest: &Manifest, root: &Path) -> Vec<Correction> {
    let files = manifest.files.iter().enumerate().filter_map(|(place, listed)| {
        let there = Listed::of(listed.path.clone(), &fs::read(root.join(&listed.path)).ok()?);
        (there != *listed).then(|| Correction { at: format!("/files/{place}"), value: json!(there), by: listed.path.clone() })
    });
    files.collect()
}

/// Type and shape of a row of each array, by the header of its first file.
fn headers(manifest: &Manifest, root: &Path) -> Vec<(String, String, Vec<u64>)> {
    let Some(first) = manifest.splits.values().find_map(|split| split.shards.first()) else { return Vec::new() };
    let read = |(name, listed): (&String, &Listed)| {
        let mut bytes = Vec::new();
        File::open(root.join(&listed.path)).ok()?.take(npy::HEADER_BYTES).read_to_end(&mut bytes).ok()?;
        let array = manifest.arrays.get(name)?;
        // Only where it says something else.
        if bytes == header(array, first.rows, listed.bytes.saturating_sub(npy::HEADER_BYTES)) {
            return None;
        }
        let (descr, shape) = npy::read_header(&bytes)?;
        Some((name.clone(), descr, shape.get(1..)?.to_vec()))
    };
    first.arrays.iter().filter_map(read).collect()
}

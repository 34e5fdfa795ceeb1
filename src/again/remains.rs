//! What is left of a dataset, however damaged: its spec, what it says of its pictures, the hashes of its files.

use crate::error::{Error, Result, shown};
use crate::manifest::{ERRORS, FILE, Listed, Manifest, SAMPLES, SPEC, Sample, Split};
use crate::npy;
use crate::output::{DRAFT, WORK, noted, read_shard_path};
use crate::source::ContentHash;
use crate::spec::Side;
use crate::spec::fields::Choice;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

/// How many sizes of shards are tried where only the hash of the plan says which it was.
const GUESSES: u64 = 4096;

/// What is left of a dataset, or of one that was not finished.
#[derive(Debug)]
pub struct Remains {
    /// The output folder.
    pub root: PathBuf,
    /// The manifest, or the draft of one, if it can be read; edited perhaps.
    pub manifest: Option<Box<Manifest>>,
    /// Files of which length and hash are known, by path.
    pub listed: BTreeMap<String, Listed>,
    /// The resolved spec, and what it is called in messages.
    pub spec: (String, String),
    /// What may have been done with bad pictures, as `--on-error` has it.
    policies: &'static [&'static str],
    /// What the plan's hash may be: as it is written, and of what is written with it.
    plan_hashes: Vec<String>,
    /// What stands in `samples.jsonl`, if it is not known to be damaged.
    samples: Option<(Vec<u8>, Vec<Sample>)>,
    /// Rows of a shard, as the manifest says.
    rows_per_shard: Option<u64>,
}

impl Remains {
    /// Looks at what is left in `root`.
    ///
    /// # Errors
    /// If there is no spec any more.
    pub fn of(root: &Path) -> Result<Self> {
        let there = |path: &Path| fs::symlink_metadata(path).is_ok_and(|there| there.is_file());
        let finished = fs::symlink_metadata(root.join(FILE)).is_ok();
        let base = if finished || !root.join(WORK).is_dir() { root.to_path_buf() } else { root.join(WORK) };
        let file = if base == root { base.join(FILE) } else { base.join(DRAFT) };
        let bytes = if there(&file) { fs::read(&file).map_err(Error::io(&file, "cannot read"))? } else { Vec::new() };
        let manifest = Manifest::parse(&bytes).ok().map(Box::new);
        let text = String::from_utf8_lossy(&bytes);
        let mut listed = match &manifest {
            Some(manifest) => manifest.listed().map(|file| (file.path.clone(), file.clone())).collect(),
            None => listed_in(&text),
        };
        if base != root {
            listed.extend(noted(root));
        }
        let plan_hashes = match &manifest {
            Some(manifest) => {
                let mut sealed = manifest.clone();
                sealed.seal();
                vec![manifest.plan_hash.clone(), sealed.plan_hash]
            }
            None => field(&text, "plan_hash").filter(|hash| hash.parse::<ContentHash>().is_ok()).into_iter().collect(),
        };
        let read = |name: &str| fs::read(base.join(name)).ok();
        let hash = manifest.as_ref().map(|manifest| manifest.source.xxh3_128.clone());
        let samples = read(SAMPLES).filter(|bytes| {
            let known: Vec<&str> =
                hash.iter().map(String::as_str).chain(listed.get(SAMPLES).map(|file| &*file.xxh3_128)).collect();
            known.is_empty() || known.contains(&&*Listed::of(String::new(), bytes).xxh3_128)
        });
        let samples = samples.and_then(|bytes| Some((Sample::read_all(&bytes)?, bytes))).map(|(samples, bytes)| (bytes, samples));
        let errors = read(ERRORS).unwrap_or_default();
        let policies = policies(manifest.as_deref(), &String::from_utf8_lossy(&errors));
        let spec = spec(&base, manifest.as_deref(), &listed)?;
        let by_field = manifest.as_ref().and_then(|manifest| Some(manifest.splits.values().next()?.rows_per_shard));
        let rows_per_shard = by_field.or_else(|| field(&text, "rows_per_shard")?.parse().ok());
        Ok(Self { root: root.into(), manifest, listed, spec, policies, plan_hashes, samples, rows_per_shard })
    }

    /// What is said of the pictures; nothing if that is lost.
    pub fn samples(&self) -> &[Sample] {
        self.samples.as_ref().map_or(&[], |(_, samples)| samples)
    }

    /// The lines of `samples.jsonl`, by the picture's path.
    pub fn lines(&self) -> BTreeMap<String, Value> {
        let bytes = self.samples.as_ref().map_or(&[][..], |(bytes, _)| bytes);
        lines_by_path(bytes)
    }

    /// Whether `draft` is the plan of this dataset: for certain, or by all that is left; `None` if not.
    pub(super) fn is_of(&self, draft: &Manifest) -> Option<bool> {
        if self.plan_hashes.contains(&draft.plan_hash) {
            return Some(true);
        }
        let (samples, _) = self.samples.as_ref().filter(|_| self.plan_hashes.is_empty())?;
        let is = |name: &str, bytes: &[u8]| draft.file(name).is_some_and(|listed| listed.is_of(bytes));
        let named = |(side, split): (&String, &Split)| {
            let there = self.shards_by_names(side);
            there.is_empty() || there.contains(&split.shards_per_epoch)
        };
        let alike = is(SAMPLES, samples) && is(SPEC, self.spec.1.as_bytes());
        (alike && draft.splits.iter().all(named)).then_some(false)
    }

    /// What may have been done with bad pictures, as `--on-error` has it.
    pub(super) fn policies(&self) -> &[&str] {
        self.policies
    }

    /// How many batches a shard had, where an epoch is one shard, so that no name or header says it: with how many the plan of
    /// `draft`, which is right but for that, has the hash that is known.
    pub(super) fn batches_by_hash(&self, draft: &Manifest) -> Option<u64> {
        let one_each = draft.splits.values().all(|split| split.shards_per_epoch == 1);
        let most = draft.splits.values().map(|split| split.rows_per_epoch).max().filter(|_| one_each)?;
        let least = most.div_ceil(draft.batch_size.max(1));
        (least..least + GUESSES).find(|batches| {
            let mut tried = draft.clone();
            tried.splits.values_mut().for_each(|split| split.rows_per_shard = batches * draft.batch_size);
            tried.seal();
            self.plan_hashes.contains(&tried.plan_hash)
        })
    }

    /// How many batches a shard may have had, the likeliest first; as many as by default where nothing says it.
    pub(super) fn batches(&self) -> VecDeque<Option<u64>> {
        let spec: Value = serde_json::from_str(&self.spec.1).unwrap_or_default();
        let batch = spec["batch_size"].as_u64().filter(|batch| *batch > 0);
        let batches = |rows: u64| {
            batch.filter(|batch| rows.is_multiple_of(*batch)).map(|batch| rows / batch).filter(|batches| *batches > 0)
        };
        let by_text = self.rows_per_shard.and_then(batches);
        if by_text.is_some() && self.manifest.as_ref().is_some_and(|manifest| manifest.is_unedited()) {
            return [by_text].into();
        }
        let mut found = VecDeque::new();
        for one in by_text.into_iter().chain(self.rows_of_full_shard().and_then(batches)).map(Some).chain([None]) {
            if !found.contains(&one) {
                found.push_back(one);
            }
        }
        found
    }

    /// Rows of the largest shard of an epoch that has several, by its header.
    fn rows_of_full_shard(&self) -> Option<u64> {
        let folder = format!("{}/epoch-000", Side::Train.word());
        let names = fs::read_dir(self.root.join(&folder)).ok()?.flatten().map(|file| file.file_name());
        let paths = names.map(|name| format!("{folder}/{}", name.to_string_lossy()));
        let images = paths.filter(|path| read_shard_path(path).is_some_and(|name| name.array == "images"));
        let rows = |path: String| {
            let mut first = Vec::new();
            File::open(self.root.join(path)).ok()?.take(npy::HEADER_BYTES).read_to_end(&mut first).ok()?;
            npy::read_header(&first)?.1.first().copied()
        };
        let rows: Vec<u64> = images.filter_map(rows).collect();
        rows.iter().max().filter(|_| rows.len() > 1).copied()
    }

    /// How many shards the first epoch of a side has, by what the names of files say; nothing where they do not count them.
    fn shards_by_names(&self, side: &str) -> BTreeSet<u64> {
        let files = fs::read_dir(self.root.join(side).join("epoch-000")).into_iter().flatten().flatten();
        let paths = files.map(|file| format!("{side}/epoch-000/{}", file.file_name().to_string_lossy()));
        paths.filter_map(|path| read_shard_path(&path)?.total).collect()
    }
}

/// What may have been done with bad pictures, by what the manifest and `errors.jsonl` say of them.
fn policies(manifest: Option<&Manifest>, errors: &str) -> &'static [&'static str] {
    let substituted = manifest.is_some_and(|manifest| !manifest.substituted.is_empty()) || errors.contains("\"substitute\":\"");
    let bad = manifest.is_some_and(|manifest| !manifest.skipped.is_empty()) || !errors.is_empty();
    match (substituted, bad) {
        (true, _) => &["substitute"],
        // Where none could stand in, both leave pictures out.
        (false, true) => &["skip", "substitute"],
        (false, false) => &["fail"],
    }
}

/// The resolved spec: the file beside the manifest where it is as it is listed, or there is no manifest; else the manifest's.
fn spec(base: &Path, manifest: Option<&Manifest>, listed: &BTreeMap<String, Listed>) -> Result<(String, String)> {
    let file = base.join(SPEC);
    let text = fs::read(&file).ok();
    let as_listed = |text: &Vec<u8>| listed.get(SPEC).is_none_or(|listed| listed.is_of(text));
    let beside = text.filter(|text| manifest.is_none() || as_listed(text)).and_then(|text| String::from_utf8(text).ok());
    match (beside, manifest) {
        (Some(text), _) => Ok((shown(&file), text)),
        (None, Some(manifest)) => Ok((format!("{}: spec", shown(base.join(FILE))), format!("{:#}\n", json!(manifest.spec)))),
        (None, None) => Err(Error::Verification(vec![format!(
            "{}: cannot be mended: neither {FILE} nor spec.json can be read (build it anew into another folder)",
            shown(base)
        )])),
    }
}

/// The value of the first field of that name in what was written as a manifest, a field a line.
fn field(text: &str, name: &str) -> Option<String> {
    text.lines().find_map(|line| value_of(line, name))
}

fn value_of(line: &str, name: &str) -> Option<String> {
    let value = line.trim_start().strip_prefix('"')?.strip_prefix(name)?.strip_prefix("\": ")?;
    Some(value.trim_end_matches(',').trim_matches('"').into())
}

/// The files that a manifest lists that cannot be read as a whole, as far as its lines can.
fn listed_in(text: &str) -> BTreeMap<String, Listed> {
    let lines: Vec<&str> = text.lines().collect();
    let read = |lines: &[&str]| {
        let path = value_of(lines[0], "path")?;
        let (bytes, xxh3_128) = (value_of(lines[1], "bytes")?.parse().ok()?, value_of(lines[2], "xxh3_128")?);
        let listed = Listed { path, bytes, xxh3_128 };
        (listed.xxh3_128.parse::<ContentHash>().is_ok() && listed.stays_inside()).then_some(listed)
    };
    lines.windows(3).filter_map(read).map(|listed| (listed.path.clone(), listed)).collect()
}

/// The lines of a `samples.jsonl`, by the picture's path.
pub(super) fn lines_by_path(bytes: &[u8]) -> BTreeMap<String, Value> {
    let lines = bytes.split(|byte| *byte == b'\n').filter_map(|line| serde_json::from_slice::<Value>(line).ok());
    lines.map(|line| (line["path"].as_str().unwrap_or_default().to_string(), line)).collect()
}

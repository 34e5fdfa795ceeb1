//! `dataset.json`: what was made, from what. The structs are the format's documentation.

mod parts;
mod plans;
mod samples;
mod side;
mod sound;

pub use crate::ground_truth::Axis;
pub use parts::{Array, BoxInfo, HeadInfo, Left, Listed, Origin, SHARDS_FRAME, ShardFiles, Split, listed_bytes};
pub use plans::compare;
pub use samples::{Labelled, Sample};
pub use side::{Samples, SideFile};

use crate::decode::{DECODERS, TIFF_DECODER};
use crate::error::{Error, Result, shown};
use crate::ground_truth::GroundTruth;
use crate::labels::Labels;
use crate::plan::{Part, Plan};
use crate::source::{Item, References};
use crate::spec::fields::Choice;
use crate::spec::{Color, Layout, Side, Spec};
use crate::statistics::{Known, Statistics};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::Path;

/// The name that says that a folder is ours.
pub const FORMAT: &str = "prebake";
/// The version of everything in the output, the rule of fusion included.
pub const VERSION: u64 = 1;
/// The manifest's file name: the commit point.
pub const FILE: &str = "dataset.json";
/// The array of what rows weigh.
pub const SAMPLE_WEIGHT: &str = "sample_weight";
/// The file that holds the resolved spec.
pub const SPEC: &str = "spec.json";
/// The file that holds what is known of each picture.
pub const SAMPLES: &str = "samples.jsonl";
/// The file that lists the pictures that could not be used.
pub const ERRORS: &str = "errors.jsonl";
/// The file that has the numbers of classes by name.
pub const LABEL_MAP: &str = "label_map.json";
/// The file that has the names of classes, where there is one head.
pub const CLASSES: &str = "classes.txt";
/// The file that holds the whitening matrix.
pub const WHITENING: &str = "whitening.npy";

/// The content of `dataset.json`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Always [`FORMAT`].
    pub format: String,
    /// Always [`VERSION`].
    pub version: u64,
    /// xxh3-128 of this object with `plan_hash` empty and without shards: equal plans give equal bytes.
    pub plan_hash: String,
    /// The program and its version.
    pub created_by: String,
    /// What decoded the pictures.
    pub decoders: BTreeMap<String, String>,
    /// What every draw started from.
    pub seed: u64,
    /// Rows that a training step takes.
    pub batch_size: u64,
    /// The arrays of every shard: type, shape of a row, order of axes.
    pub arrays: BTreeMap<String, Array>,
    /// Line k of `classes.txt`: class k, by the first head.
    pub class_names: Vec<String>,
    /// Pictures of each class.
    pub class_counts: Vec<u64>,
    /// What each array of labels holds.
    #[serde(default)]
    pub heads: BTreeMap<String, HeadInfo>,
    /// Training rows of each class in an epoch, by the head that `spec.balance` names, if classes are balanced.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows_per_class: Option<Vec<u64>>,
    /// What stands in the boxes, if there are any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub boxes: Option<BoxInfo>,
    /// The pictures that everything was made from.
    pub source: Origin,
    /// The reference pictures at each path that the spec names; not there without any.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub references: BTreeMap<String, Vec<Listed>>,
    /// What all pictures have in common, if rows need it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub statistics: Option<Statistics>,
    /// The resolved spec.
    pub spec: Map<String, Value>,
    /// Pictures that were left out.
    pub skipped: Vec<Left>,
    /// Pictures that others stand in for; not there without any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub substituted: Vec<Left>,
    /// Rows and shards, by split.
    pub splits: BTreeMap<String, Split>,
    /// The other files.
    pub files: Vec<Listed>,
}

/// What says whose file it is.
#[derive(Deserialize)]
struct Whose {
    #[serde(default)]
    format: Value,
    #[serde(default)]
    version: Value,
}

impl Manifest {
    /// Everything but the shards, known before the first row is made, and the files beside it.
    ///
    /// # Panics
    /// If there are no `parts`.
    pub fn draft(samples: Samples<'_>, references: &References, parts: &[Part]) -> Self {
        let Samples { spec, source, labels, truth, sides } = samples;
        let files: Vec<Listed> = samples.beside(None).iter().map(SideFile::listed).collect();
        let hash = files.iter().find(|file| file.path == SAMPLES).map_or(String::new(), |file| file.xxh3_128.clone());
        let mut manifest = Self {
            format: FORMAT.into(),
            version: VERSION,
            plan_hash: String::new(),
            created_by: format!("prebake {}", env!("CARGO_PKG_VERSION")),
            decoders: decoders(spec),
            seed: spec.seed,
            batch_size: spec.batch_size,
            arrays: arrays(spec, labels, truth, &parts[0].plan),
            class_names: labels.classes().to_vec(),
            class_counts: labels.heads.first().map(|head| head.counts.clone()).unwrap_or_default(),
            boxes: BoxInfo::of(truth),
            heads: HeadInfo::of_all(labels, &sides.items(Side::Train)),
            rows_per_class: parts.iter().find_map(|part| part.plan.rows_by_class.clone()),
            source: Origin { pictures: source.items.len() as u64, xxh3_128: hash },
            references: listed_references(references),
            statistics: None,
            spec: spec.resolved.clone(),
            skipped: source.left_out().map(Left::of).collect(),
            substituted: source.bad.iter().filter(|bad| bad.substitute.is_some()).map(Left::of).collect(),
            splits: parts.iter().map(|part| (part.plan.side.word().into(), Split::planned(&part.plan))).collect(),
            files,
        };
        manifest.seal();
        manifest
    }

    /// Adds what all pictures have in common, and the file that it gives, to a draft.
    pub fn add_statistics(&mut self, known: &Known) {
        self.files.extend(SideFile::of_whitening(known).iter().map(SideFile::listed));
        self.statistics = Some(known.statistics.clone());
        self.seal();
    }

    /// How the file at `path`, beside the shards, is listed.
    pub fn file(&self, path: &str) -> Option<&Listed> {
        self.files.iter().find(|file| file.path == path)
    }

    /// Sets the plan hash to that of the content.
    pub fn seal(&mut self) {
        self.plan_hash = self.computed_plan_hash();
    }

    /// The manifest in `file`; `None` if there is no such file.
    ///
    /// # Errors
    /// If it is not one that this program can read.
    pub fn load(file: &Path) -> Result<Option<Self>> {
        let bytes = match std::fs::read(file) {
            Ok(bytes) => bytes,
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => return Ok(None),
            Err(error) => return Err(Error::io(file, "cannot read")(error)),
        };
        let not_ours = |why: String| {
            Error::NotADataset(format!(
                "{}: not a manifest of prebake: {why} (choose another folder, or mend the dataset: `prebake repair`)",
                shown(file)
            ))
        };
        Self::parse(&bytes).map(Some).map_err(not_ours)
    }

    /// The manifest that `bytes` are.
    ///
    /// # Errors
    /// With what speaks against it, as a remark on its file.
    pub fn parse(bytes: &[u8]) -> std::result::Result<Self, String> {
        // Of a file that another version wrote, nothing else is read.
        let Whose { format, version } = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
        if format != FORMAT {
            return Err("it does not say so".into());
        }
        if version != VERSION {
            return Err(format!("its version is {version}, this program reads version {VERSION}"));
        }
        let manifest: Self = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
        manifest.check()?;
        Ok(manifest)
    }

    /// The bytes of `dataset.json`.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = serde_json::to_vec_pretty(self).expect("invariant: a manifest is plain JSON");
        bytes.push(b'\n');
        bytes
    }

    /// Training rows of an epoch by the name of the class, if classes are balanced.
    pub fn rows_by_class(&self) -> Option<BTreeMap<String, u64>> {
        let named = self.spec.get("balance").and_then(|balance| balance["head"].as_str());
        let names = match named {
            Some(name) => &self.heads.get(&format!("labels-{name}"))?.class_names,
            None => &self.class_names,
        };
        Some(names.iter().cloned().zip(self.rows_per_class.clone()?).collect())
    }

    /// Every file that the manifest names, itself excepted.
    pub fn listed(&self) -> impl Iterator<Item = &Listed> {
        let shards = self.splits.values().flat_map(|split| &split.shards).flat_map(|shard| shard.arrays.values());
        self.files.iter().chain(shards)
    }

    /// Whether every listed file is in the output folder `root`, in its full length.
    pub fn is_whole_at(&self, root: &Path) -> bool {
        self.listed().all(|file| file.is_whole_at(root))
    }

    /// Bytes of all listed files.
    pub fn bytes(&self) -> u64 {
        self.listed().map(|file| file.bytes).sum()
    }
}

/// Reference pictures as a manifest lists them.
pub fn listed_references(references: &References) -> BTreeMap<String, Vec<Listed>> {
    let listed = |item: &Item| Listed { path: item.path.to_string(), bytes: item.bytes, xxh3_128: item.xxh3_128.to_string() };
    references.listed.iter().map(|(path, items)| (path.clone(), items.iter().map(listed).collect())).collect()
}

/// What decides the pixels of the pictures.
fn decoders(spec: &Spec) -> BTreeMap<String, String> {
    let deep = spec.input.deep.map(|_| ("tiff", TIFF_DECODER));
    DECODERS.iter().copied().chain(deep).map(|(kind, name)| (kind.into(), name.into())).collect()
}

fn arrays(spec: &Spec, labels: &Labels, truth: &GroundTruth, plan: &Plan) -> BTreeMap<String, Array> {
    let (w, h, c) = (u64::from(plan.row_size.width), u64::from(plan.row_size.height), spec.output.channels());
    let shape = match spec.output.layout {
        Layout::Nhwc => vec![h, w, c],
        Layout::Nchw => vec![c, h, w],
    };
    let images = Array {
        dtype: spec.output.dtype.descr().into(),
        shape,
        layout: Some(spec.output.layout.word().into()),
        color: spec.output.deep.is_none().then(|| Color::word(spec.output.color).into()),
        first_axis: Axis::Rows,
    };
    let of_axis = |first_axis, (dtype, shape): (&str, Vec<u64>)| Array {
        dtype: dtype.into(),
        shape,
        layout: None,
        color: None,
        first_axis,
    };
    let numbers = |of| of_axis(Axis::Rows, of);
    let labels = labels.heads.iter().map(|head| (head.array(), numbers(head.layout())));
    let targets = truth.layouts((plan.row_size.width, plan.row_size.height)).into_iter();
    let targets = targets.map(|target| (target.name.to_string(), of_axis(target.axis, (target.descr, target.shape))));
    let weights = plan.weight(0).map(|_| (SAMPLE_WEIGHT.to_string(), numbers(("<f4", Vec::new()))));
    labels
        .chain(targets)
        .chain(weights)
        .chain([("images".into(), images), ("sources".into(), numbers(("<i8", Vec::new())))])
        .collect()
}

/// A manifest as it was written, for tests: the seed of a fuzz target, up to what follows it there.
#[cfg(test)]
pub(crate) fn example() -> Vec<u8> {
    let mut text = include_bytes!("../../fixtures/fuzz/manifest/plain.json").to_vec();
    let end = text.windows(3).position(|three| three == b"\n}\n").map_or(0, |at| at + 3);
    text.truncate(end);
    text
}

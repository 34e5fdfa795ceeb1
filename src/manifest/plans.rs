//! Whether manifests are of one plan, and in what they differ.

use super::{Manifest, SPEC, Split, WHITENING};
use crate::source::content_hash;
use crate::spec::Arrangement;
use crate::spec::fields::Choice;
use serde_json::{Map, Value, json};

impl Manifest {
    /// Whether it is of the plan of `draft`, to which no statistics were added yet, but for its own ones, and was not
    /// edited since.
    pub fn answers(&self, draft: &Self) -> bool {
        let mut bare = self.without_shards();
        bare.statistics = None;
        bare.files.retain(|file| file.path != WHITENING);
        self.is_unedited() && bare.computed_plan_hash() == draft.plan_hash
    }

    /// Whether the plan hash is that of the content.
    pub fn is_unedited(&self) -> bool {
        self.computed_plan_hash() == self.plan_hash
    }

    /// Whether it is of the plan of `draft`, and was not edited since.
    pub fn is_of_plan(&self, draft: &Self) -> bool {
        self.plan_hash == draft.plan_hash && self.is_unedited()
    }

    /// Whether `longer` is the same plan with more epochs, so that its first ones are those that are here.
    pub fn is_beginning_of(&self, longer: &Self) -> bool {
        let mut cut = Self { plan_hash: self.plan_hash.clone(), ..longer.without_shards() };
        // So many rows of a picture in all epochs together are spread over them.
        let copies = self.spec.get("balance").and_then(|balance| balance["epochs"].as_object());
        let spread = copies.is_some_and(|copies| !copies.is_empty());
        if spread || self.spec.get("epochs").and_then(Value::as_u64) > longer.spec.get("epochs").and_then(Value::as_u64) {
            return false;
        }
        cut.spec.insert("epochs".into(), self.spec.get("epochs").cloned().unwrap_or_default());
        for (name, split) in &mut cut.splits {
            split.epochs = self.splits.get(name).map_or(0, |own| own.epochs);
        }
        for file in cut.files.iter_mut().filter(|file| file.path == SPEC) {
            *file = self.file(SPEC).unwrap_or(file).clone();
        }
        self.is_unedited() && cut.is_unedited()
    }

    /// Whether files of shards are called by their content, so that those of differing plans stand beside each other.
    pub fn names_by_content(&self) -> bool {
        self.spec.get("layout").is_some_and(|layout| layout == Arrangement::Stable.word())
    }

    /// Whether files of the dataset `there` hold what this plan's files of the same names do.
    pub fn may_keep(&self, there: &Self) -> bool {
        there.is_of_plan(self) || self.names_by_content() || there.is_beginning_of(self)
    }

    /// All that decides the bytes of rows, besides what is known of each picture.
    pub fn common(&self) -> String {
        let Self { version, created_by, decoders, arrays, references, statistics, .. } = self;
        let spec: Map<String, Value> = self.spec.clone().into_iter().filter(|(name, _)| name != "epochs").collect();
        // The channels' sums do not say how values of a row go together.
        let whitening = self.file(WHITENING);
        // Left and right points change places by their names.
        let key_points = self.boxes.as_ref().map(|boxes| &boxes.key_points);
        json!([version, created_by, decoders, arrays, references, statistics, whitening, key_points, spec]).to_string()
    }

    pub(super) fn computed_plan_hash(&self) -> String {
        content_hash(&Self { plan_hash: String::new(), ..self.without_shards() }.to_bytes())
    }

    /// All but the shards, of which there may be a million.
    fn without_shards(&self) -> Self {
        let bare = |split: &Split| Split { shards: Vec::new(), ..*split };
        Self {
            format: self.format.clone(),
            plan_hash: self.plan_hash.clone(),
            created_by: self.created_by.clone(),
            decoders: self.decoders.clone(),
            arrays: self.arrays.clone(),
            class_names: self.class_names.clone(),
            class_counts: self.class_counts.clone(),
            heads: self.heads.clone(),
            rows_per_class: self.rows_per_class.clone(),
            boxes: self.boxes.clone(),
            source: self.source.clone(),
            references: self.references.clone(),
            statistics: self.statistics.clone(),
            spec: self.spec.clone(),
            skipped: self.skipped.clone(),
            substituted: self.substituted.clone(),
            splits: self.splits.iter().map(|(name, split)| (name.clone(), bare(split))).collect(),
            files: self.files.clone(),
            ..*self
        }
    }

    /// In what this plan differs from `other`: JSON paths with both values, or short sentences.
    pub fn differences(&self, other: &Self) -> Vec<String> {
        let mut found = Vec::new();
        if !self.is_unedited() {
            found.push("the manifest there was edited".into());
        }
        let both = |path: &str, of: fn(&Self) -> Value, found: &mut Vec<String>| {
            compare(path, &of(self), &of(other), &mut |path, a, b| found.push(format!("{path}: {a} there, {b} here")));
        };
        both("spec", |of| json!(of.spec), &mut found);
        if self.source.pictures != other.source.pictures {
            found.push(format!("pictures: {} there, {} here", self.source.pictures, other.source.pictures));
        } else if self.source.xxh3_128 != other.source.xxh3_128 {
            found.push("pictures: as many, but their names, contents or labels differ".into());
        }
        if self.references != other.references {
            found.push("reference pictures: their names or contents differ".into());
        }
        both("statistics", |of| json!(of.statistics), &mut found);
        both("splits", Self::splits_without_shards, &mut found);
        both("created_by", |of| json!(of.created_by), &mut found);
        both("decoders", |of| json!(of.decoders), &mut found);
        if found.is_empty() {
            both("skipped", |of| json!(of.skipped), &mut found);
            both("substituted", |of| json!(of.substituted), &mut found);
            both("heads", |of| json!(of.heads), &mut found);
            both("boxes", |of| json!(of.boxes), &mut found);
        }
        found
    }

    /// Rows and shards of each side, as differences name them.
    fn splits_without_shards(&self) -> Value {
        let of = |split: &Split| {
            json!({
                "rows_per_epoch": split.rows_per_epoch,
                "rows_per_shard (--shard-size, --batches-per-shard)": split.rows_per_shard,
            })
        };
        self.splits.iter().map(|(name, split)| (name.clone(), of(split))).collect::<Map<_, _>>().into()
    }
}

/// Tells `differ` of every place below `path` where two values differ, with both; null where one has nothing.
pub fn compare(path: &str, there: &Value, here: &Value, differ: &mut dyn FnMut(&str, &Value, &Value)) {
    match (there, here) {
        (Value::Object(a), Value::Object(b)) => {
            let keys: std::collections::BTreeSet<&String> = a.keys().chain(b.keys()).collect();
            for key in keys {
                let of = |object: &Map<String, Value>| object.get(key).cloned().unwrap_or_default();
                compare(&format!("{path}.{key}"), &of(a), &of(b), differ);
            }
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            for (i, (a, b)) in a.iter().zip(b).enumerate() {
                compare(&format!("{path}[{i}]"), a, b, differ);
            }
        }
        (a, b) if a != b => differ(path, a, b),
        _ => {}
    }
}

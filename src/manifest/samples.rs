//! `samples.jsonl`, read back: what a dataset says of each of its pictures.

use super::{FILE, Manifest};
use crate::error::{Error, Result, shown};
use crate::image::Size;
use crate::labels::Membership;
use crate::source::ContentHash;
use crate::spec::{Side, Spec};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;

/// A line of `samples.jsonl`.
#[derive(Clone, Debug, Deserialize)]
pub struct Sample {
    /// The picture's path below the input.
    pub path: String,
    /// Length of its file.
    pub bytes: u64,
    /// xxh3-128 of its file.
    pub xxh3_128: ContentHash,
    /// Its format by content.
    pub format: String,
    /// Its size after the EXIF orientation.
    #[serde(flatten)]
    pub size: Size,
    /// The picture that stands in for it, if it could not be used.
    #[serde(default)]
    pub substitute: Option<String>,
    /// What it is labelled with.
    #[serde(flatten)]
    pub labelled: Labelled,
    /// Its mask, if there are masks.
    #[serde(default)]
    pub mask: Option<Value>,
    /// The side, if pictures are divided.
    #[serde(default)]
    pub split: Option<String>,
}

/// What a picture is labelled with.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Labelled {
    /// The class's number, those of several classes, or numbers; null without a label.
    #[serde(default)]
    pub label: Value,
    /// The class's name, or those of several; null where there are no classes.
    #[serde(default)]
    pub class: Value,
    /// By head, where there are several.
    #[serde(default)]
    pub labels: BTreeMap<String, Labelled>,
}

impl Sample {
    /// What the lines of `samples.jsonl` say; `None` if one is none of ours.
    pub fn read_all(bytes: &[u8]) -> Option<Vec<Self>> {
        let lines = bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
        let samples: Option<Vec<Self>> = lines.map(|line| serde_json::from_slice(line).ok()).collect();
        samples.filter(|samples| samples.iter().all(|sample| sample.size.pixels() > 0))
    }

    /// The side that it is on.
    pub fn side(&self) -> Side {
        self.split.as_deref().and_then(Side::called).unwrap_or(Side::Train)
    }
}

impl Labelled {
    /// The number of the class by the first head, the first of several; 0 without any.
    pub fn number_by(&self, spec: &Spec) -> usize {
        let number = match &self.by_first(spec).label {
            Value::Array(several) => several.first().and_then(Value::as_u64),
            label => label.as_u64(),
        };
        number.and_then(|number| usize::try_from(number).ok()).unwrap_or(0)
    }

    /// The name of the class by the first head, as steps on some classes take it.
    pub fn class_by(&self, spec: &Spec) -> &str {
        self.by_first(spec).class.as_str().unwrap_or_default()
    }

    fn by_first(&self, spec: &Spec) -> &Self {
        let first = spec.labels.heads.first().and_then(|head| head.name.as_ref());
        first.and_then(|name| self.labels.get(name)).unwrap_or(self)
    }
}

impl Manifest {
    /// The class of each of `samples`, if classes are balanced; `None` too if a sample has none, as in an edited file.
    pub fn membership(&self, spec: &Spec, samples: &[Sample]) -> Option<Membership> {
        let name = spec.balance.as_ref()?.head.as_ref().or(spec.labels.heads.first()?.name.as_ref());
        let head = name.map_or("labels".into(), |name| format!("labels-{name}"));
        let names = self.heads.get(&head)?.class_names.clone();
        let number = |sample: &Sample| {
            let own = name.and_then(|name| sample.labelled.labels.get(name)).unwrap_or(&sample.labelled);
            let number = usize::try_from(own.label.as_u64()?).ok()?;
            (number < names.len()).then_some(number)
        };
        let of = samples.iter().map(number).collect::<Option<Vec<usize>>>()?;
        Some(Membership { head, names, of })
    }

    /// What the dataset in `root`, whose manifest this is, says of each of its pictures.
    ///
    /// # Errors
    /// If the manifest or `samples.jsonl` is not as it was made.
    pub fn samples(&self, root: &Path) -> Result<Vec<Sample>> {
        let damaged = |file: &Path| {
            Error::Verification(vec![format!(
                "{}: damaged (`prebake verify` tells more, `prebake repair` mends it)",
                shown(file)
            )])
        };
        if !self.is_unedited() {
            return Err(damaged(&root.join(FILE)));
        }
        let file = root.join(super::SAMPLES);
        let bytes = std::fs::read(&file).map_err(Error::io(&file, "cannot read"))?;
        if !self.source.is_of(&bytes) {
            return Err(damaged(&file));
        }
        Sample::read_all(&bytes).ok_or_else(|| damaged(&file))
    }
}

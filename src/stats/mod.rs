//! What pictures, or the rows of a dataset, are like: counts, sizes, colours, copies, and what is wrong with them.
//!
//! `gather.rs` counts, `pictures.rs` and `dataset.rs` say of what; `text.rs` and `html.rs` show it.

mod dataset;
mod gather;
mod html;
mod pictures;
mod text;

use crate::cli::Count;
use crate::error::{Error, Result, shown};
use crate::manifest::{FILE, Left, Manifest, SAMPLES};
use crate::output::place;
use crate::report::Told;
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicUsize;

/// What pictures are like. Lists are in the order of the paths, classes in that of their numbers.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Stats {
    /// `pictures` or `dataset`.
    pub of: &'static str,
    /// Pictures that can be used.
    pub pictures: u64,
    /// Bytes of their files.
    pub bytes: u64,
    /// What is on each side: `train`, `val`, `test`.
    pub splits: BTreeMap<&'static str, SplitCount>,
    /// What each head labels with.
    pub labels: Vec<LabelCount>,
    /// Widths, heights and their ratios; not there without a picture.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sizes: Option<Sizes>,
    /// Pictures of each format.
    pub formats: BTreeMap<String, u64>,
    /// Mean and spread of the training pictures; of a dataset, only if its manifest has statistics.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub color: Option<ColorCount>,
    /// Boxes of each class, if there are boxes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub boxes: Option<Vec<ClassCount>>,
    /// Pictures with a mask, if there are masks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub masks: Option<u64>,
    /// Groups of files with equal bytes.
    pub duplicates: Vec<Vec<String>>,
    /// Groups of pictures of other bytes that look alike; not told of a dataset.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub look_alike: Option<Vec<Vec<String>>>,
    /// Pictures that cannot be used; of a dataset, those that were left out, or for which others stand in.
    pub unreadable: Vec<Left>,
    /// What is wrong with labels and annotations, so that they are not counted.
    pub problems: Vec<String>,
    /// What a person should know.
    pub warnings: Vec<String>,
}

/// What is on a side.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct SplitCount {
    /// Its pictures.
    pub pictures: u64,
    /// Its rows, in a dataset.
    #[serde(flatten)]
    pub rows: Option<RowCount>,
}

/// The rows of a side.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct RowCount {
    /// Passes over the pictures.
    pub epochs: u64,
    /// Rows of each.
    pub rows_per_epoch: u64,
    /// Shards of each.
    pub shards_per_epoch: u64,
}

/// What a head labels with.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LabelCount {
    /// The head's name, where there are several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub head: Option<String>,
    /// `class`, `one_hot`, `multi_label` or `regression`.
    pub kind: String,
    /// Its classes; none for numbers.
    pub classes: Vec<ClassCount>,
    /// The count of the largest class by that of the smallest that has pictures.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub imbalance: Option<f64>,
}

/// A class, and how often it is there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ClassCount {
    /// Its name.
    pub class: String,
    /// Pictures, or boxes.
    pub count: u64,
    /// The same on each side, where that is known.
    pub splits: BTreeMap<&'static str, u64>,
}

/// Sizes of pictures, in pixels, after the EXIF orientation.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Sizes {
    /// Widths.
    pub width: Range,
    /// Heights.
    pub height: Range,
    /// Width by height.
    pub aspect_ratio: Range,
    /// How many pictures have which shape, from tall to wide.
    pub shapes: Vec<ShapeCount>,
    /// How many sizes there are.
    pub distinct: u64,
    /// The ten commonest, the commonest first.
    pub commonest: Vec<SizeCount>,
}

/// The ends and the middle of some numbers.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Range {
    /// The smallest.
    pub smallest: f64,
    /// As NumPy's `median`: of two in the middle, their mean.
    pub median: f64,
    /// The largest.
    pub largest: f64,
}

/// A range of aspect ratios.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct ShapeCount {
    /// The range.
    pub shape: &'static str,
    /// Pictures in it.
    pub pictures: u64,
}

/// A size.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct SizeCount {
    /// Pixels in a row.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// Pictures of it.
    pub pictures: u64,
}

/// Mean and standard deviation of each channel, over all pixels.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ColorCount {
    /// `red`, `green`, `blue`; or `gray`.
    pub channels: &'static [&'static str],
    /// Pictures that were counted.
    pub pictures: u64,
    /// Their pixels.
    pub pixels: u64,
    /// The mean, 0 to 1.
    pub mean: Vec<f64>,
    /// The deviation of the same.
    pub std: Vec<f64>,
    /// The mean, 0 to 255.
    pub mean_level: Vec<f64>,
    /// The deviation of the same.
    pub std_level: Vec<f64>,
}

/// What was counted, and the page that shows it.
#[derive(Debug)]
struct Counted {
    stats: Stats,
    page: Option<PathBuf>,
}

/// Counts what `count` names, and writes the page that it asks for.
///
/// # Errors
/// If there is nothing to count, the spec is wrong, pictures cannot be divided as it says, or the page cannot be written.
pub fn stats(count: &Count, stop: &AtomicUsize) -> Result<Box<dyn Told>> {
    if let Some(page) = &count.output {
        may_be_written(page, &count.input)?;
    }
    let stats = match manifest_at(&count.input)? {
        Some(_) if count.spec.is_some() || count.labels.is_some() || count.split.is_some() => {
            let problem = "a dataset, which says its labels and its split itself (leave out --spec, --labels and --split)";
            return Err(Error::Usage(format!("{}: {problem}", shown(&count.input))));
        }
        Some(manifest) => dataset::stats(&manifest, &manifest.samples(&count.input)?),
        None => pictures::stats(count, stop)?,
    };
    if let Some(page) = &count.output {
        let name = count.input.file_name().map(shown).unwrap_or_default();
        place::replace(page, html::page(&stats, &name).as_bytes())?;
    }
    Ok(Box::new(Counted { stats, page: count.output.clone() }))
}

/// Refuses a page that is named as something else, or that would stand among what it tells of.
fn may_be_written(page: &Path, input: &Path) -> Result<()> {
    place::check(page)?;
    if !matches!(place::ending(page).as_deref(), Some("html" | "htm")) {
        return Err(Error::Usage(format!("{}: the report is a page (write -o NAME.html)", shown(page))));
    }
    place::apart(input, page, "the folder that it tells of", "-o names a file elsewhere")
}

/// The manifest in `folder`, if that is a dataset and not a folder of pictures with a file of the same name.
fn manifest_at(folder: &Path) -> Result<Option<Manifest>> {
    match Manifest::load(&folder.join(FILE)) {
        Err(_) if !folder.join(SAMPLES).exists() => Ok(None),
        found => found,
    }
}

impl Told for Counted {
    fn text(&self) -> String {
        let mut text = text::summary(&self.stats);
        text.extend(self.page.as_ref().map(|page| format!("  page        {}\n", shown(page))));
        text
    }

    fn json(&self) -> Value {
        json!(self.stats)
    }

    fn warnings(&self) -> Vec<String> {
        self.stats.warnings.clone()
    }
}

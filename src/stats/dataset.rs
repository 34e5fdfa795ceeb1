//! What a dataset is like, by its manifest and its list of pictures.

use super::gather::{self, Picture};
use super::{ClassCount, LabelCount, RowCount, Stats};
use crate::manifest::{HeadInfo, Manifest, Sample};
use crate::spec::Side;
use crate::spec::fields::Choice;
use serde_json::Value;
use std::collections::BTreeMap;

/// Counts what `manifest` and `samples` say; no picture and no array is read.
pub(super) fn stats<'a>(manifest: &Manifest, samples: &'a [Sample]) -> Stats {
    let of = |sample: &'a Sample| Picture {
        path: &sample.path,
        bytes: sample.bytes,
        xxh3_128: sample.xxh3_128,
        format: &sample.format,
        size: sample.size,
        side: sample.side(),
    };
    let pictures: Vec<Picture<'_>> = samples.iter().map(of).collect();
    let mut stats = gather::of_files(&pictures);
    stats.of = "dataset";
    for (_, side) in Side::ALL {
        let (Some(split), Some(count)) = (manifest.splits.get(side.word()), stats.splits.get_mut(side.word())) else { continue };
        let (epochs, rows_per_epoch, shards_per_epoch) = (split.epochs, split.rows_per_epoch, split.shards_per_epoch);
        count.rows = Some(RowCount { epochs, rows_per_epoch, shards_per_epoch });
    }
    stats.labels = manifest.heads.iter().map(|(array, head)| label_count(array, head, samples)).collect();
    stats.color = manifest.statistics.as_ref().and_then(gather::color);
    stats.boxes = manifest.boxes.as_ref().map(|boxes| {
        let each = boxes.class_names.iter().zip(&boxes.class_counts);
        each.map(|(class, count)| ClassCount { class: class.clone(), count: *count, splits: BTreeMap::new() }).collect()
    });
    let masks = samples.iter().filter(|sample| sample.mask.is_some()).count() as u64;
    stats.masks = manifest.arrays.contains_key("masks").then_some(masks);
    stats.unreadable = [&manifest.skipped[..], &manifest.substituted].concat();
    stats.unreadable.sort_by(|a, b| a.path.cmp(&b.path));
    stats
}

fn label_count(array: &str, head: &HeadInfo, samples: &[Sample]) -> LabelCount {
    let name = array.strip_prefix("labels-");
    let mut by_side: BTreeMap<Side, Vec<u64>> = BTreeMap::new();
    for sample in samples.iter().filter(|_| !head.class_names.is_empty()) {
        let own = name.and_then(|name| sample.labelled.labels.get(name)).unwrap_or(&sample.labelled);
        let counts = by_side.entry(sample.side()).or_insert_with(|| vec![0; head.class_names.len()]);
        numbers(&own.label).filter(|class| *class < head.class_names.len()).for_each(|class| counts[class] += 1);
    }
    let classes = gather::classes(&head.class_names, &by_side);
    let imbalance = gather::imbalance(&classes);
    LabelCount { head: name.map(str::to_string), kind: head.kind.clone(), classes, imbalance }
}

/// The class number in a label, or those of several.
fn numbers(label: &Value) -> impl Iterator<Item = usize> + '_ {
    let several = label.as_array().map(Vec::as_slice).unwrap_or(std::slice::from_ref(label));
    several.iter().filter_map(|number| usize::try_from(number.as_u64()?).ok())
}

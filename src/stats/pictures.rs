//! What a folder of pictures is like.

use super::gather::{self, Picture};
use super::{ClassCount, ColorCount, LabelCount, Stats};
use crate::cli::Count;
use crate::engine::{Glance, glances};
use crate::error::{Error, Result, counted};
use crate::ground_truth::{Boxes, GroundTruth};
use crate::labels::{Head, Labels};
use crate::manifest::Left;
use crate::source::{self, Item, Source};
use crate::spec::fields::Choice;
use crate::spec::{Color, Duplicates, Overrides, Side, Spec};
use crate::split::{self, Sides};
use crate::statistics::Statistics;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

/// What is taken without a spec: classes as their folders or files say, no target.
const NO_SPEC: &str = r#"{"version": 1, "pipeline": []}"#;

/// Counts the pictures that `count` names. Bad ones are told; so are labels and annotations that cannot be read, unless
/// the pictures are divided by them.
///
/// # Errors
/// If there is no picture, the spec is wrong, or the pictures cannot be divided as it says.
pub(super) fn stats(count: &Count, stop: &AtomicUsize) -> Result<Stats> {
    let deepest = Some(count.limits.max_spec_depth.into());
    let overrides = Overrides { labels: count.labels.clone(), split: count.split.clone(), deepest, ..Overrides::default() };
    let spec = match &count.spec {
        Some(file) => Spec::load(file, &overrides)?,
        None => Spec::parse("no --spec", NO_SPEC, &overrides)?,
    };
    let mut source = Source::scan(source::open(&count.input)?, count.limits.of_pictures(), spec.input.deep)?;
    GroundTruth::set_apart(&spec, &mut source);
    let seen = glances(&mut source, &spec.input, count.limits.of_pictures(), stop)?;
    let mut seen: BTreeMap<Arc<str>, Glance> = source.items.iter().map(|item| item.path.clone()).zip(seen).collect();
    let mut problems = Vec::new();
    let (truth, labels) = describe(&spec, &mut source, &mut problems)?;
    let seen: Vec<Glance> = source.items.iter().filter_map(|item| seen.remove(&item.path)).collect();
    let looks: Vec<u64> = seen.iter().map(|glance| glance.look).collect();
    let alike = split::alike(&looks);
    let sides = divide(&spec, &source, &labels, &alike)?;
    let pictures = pictures(&source, &sides);
    let mut stats = gather::of_files(&pictures);
    stats.of = "pictures";
    stats.labels = labels.heads.iter().map(|head| label_count(head, &sides)).collect();
    // Levels of 8 bits say little of other pictures.
    stats.color = if spec.input.deep.is_none() { color(&seen, &sides.items(Side::Train)) } else { None };
    stats.boxes = truth.boxes.as_ref().map(|boxes| box_count(boxes, &sides));
    stats.masks = truth.masks.as_ref().map(|masks| masks.of.len() as u64);
    stats.unreadable = source.bad.iter().map(Left::of).collect();
    stats.problems = problems;
    stats.warnings = [labels.warnings, sides.warnings, truth.warnings].concat();
    let groups = gather::of_other_bytes(split::joined(looks.len(), &alike), &pictures);
    stats.warnings.extend(leak(gather::torn(&groups, &pictures)));
    stats.look_alike = Some(gather::paths(&groups, &pictures));
    Ok(stats)
}

/// Annotations and labels; what is wrong with them goes to `problems`, a line each.
fn describe(spec: &Spec, source: &mut Source, problems: &mut Vec<String>) -> Result<(GroundTruth, Labels)> {
    if source.items.is_empty() {
        return Ok((GroundTruth::default(), Labels::default()));
    }
    let truth = GroundTruth::load(spec, source);
    let mut truth = told(truth, source, problems)?;
    split::check_folders(spec.split.as_ref(), source)?;
    let labels = Labels::new(source, spec, &truth);
    truth.follow(source);
    let divides = spec.split.as_ref().is_some_and(|split| split.stratified || split.has_columns());
    Ok((truth, if divides { labels? } else { told(labels, source, problems)? }))
}

/// What was read, or nothing where the user's files are wrong: then what is told of it names no place above the input.
fn told<T: Default>(read: Result<T>, source: &Source, problems: &mut Vec<String>) -> Result<T> {
    match read {
        Err(Error::Usage(message)) => {
            let above = format!("{}/", source.files.place(""));
            problems.extend(message.lines().map(|line| line.replace(&above, "")));
            Ok(T::default())
        }
        other => other,
    }
}

fn divide(spec: &Spec, source: &Source, labels: &Labels, alike: &[(usize, usize)]) -> Result<Sides> {
    let Some(split) = spec.split.as_ref().filter(|_| !source.items.is_empty()) else {
        return Ok(Sides::all_train(source.items.len()));
    };
    let alike = if split.duplicates == Duplicates::Near { alike } else { &[] };
    Sides::new(split, source, labels, split::Known { alike, earlier: None, columns: &labels.columns })
}

fn pictures<'a>(source: &'a Source, sides: &Sides) -> Vec<Picture<'a>> {
    let of = |(item, side): (&'a Item, &Side)| Picture {
        path: &item.path,
        bytes: item.bytes,
        xxh3_128: item.xxh3_128,
        format: item.format,
        size: item.size,
        side: *side,
    };
    source.items.iter().zip(&sides.of).map(of).collect()
}

fn label_count(head: &Head, sides: &Sides) -> LabelCount {
    let by_side = sides.present().map(|side| (side, head.counts_of(&sides.items(side)))).collect();
    let classes = gather::classes(&head.classes, &by_side);
    let imbalance = gather::imbalance(&classes);
    LabelCount { head: head.name.clone(), kind: head.kind.word().into(), classes, imbalance }
}

fn box_count(boxes: &Boxes, sides: &Sides) -> Vec<ClassCount> {
    let mut by_side: BTreeMap<Side, Vec<u64>> = BTreeMap::new();
    for (marked, side) in boxes.of.iter().zip(&sides.of) {
        let counts = by_side.entry(*side).or_insert_with(|| vec![0; boxes.classes.len()]);
        marked.iter().filter_map(|found| usize::try_from(found.class).ok()).for_each(|class| counts[class] += 1);
    }
    gather::classes(&boxes.classes, &by_side)
}

fn color(seen: &[Glance], items: &[usize]) -> Option<ColorCount> {
    let mut all = Statistics::new(Color::Rgb);
    items.iter().for_each(|&at| all.add(&seen[at].levels));
    gather::color(&all)
}

fn leak(torn: usize) -> Option<String> {
    let groups = counted(torn as u64, "group of pictures that look alike is", "groups of pictures that look alike are");
    let remedy = "keep each on one: `--dedupe near`, or \"duplicates\": \"near\" in the split";
    (torn > 0).then(|| format!("{groups} on more than one side of the split ({remedy})"))
}

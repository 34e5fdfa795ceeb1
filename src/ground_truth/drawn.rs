//! Semantic masks that are drawn from the shapes of a COCO file.

use super::MaskFile;
use crate::annotations::{Instances, Outline, Place, Problems, coco};
use crate::error::Result;
use crate::image::{Image, Size};
use crate::source::{ContentHash, Item, Source};
use crate::spec;
use crate::targets::mask;
use std::collections::{BTreeMap, BTreeSet};

/// A shape, and the number that its pixels get.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Shape {
    id: u32,
    outline: Outline,
}

/// What is drawn for each picture, and what names it in the plan.
pub(super) type Drawn = (Vec<MaskFile>, Vec<Vec<Shape>>);

/// Reads the shapes of every picture of `source` from the COCO file at `path`.
///
/// # Errors
/// If it cannot be read. What is wrong in it goes to `problems`.
pub(super) fn load(rule: &spec::Masks, path: &str, source: &Source, problems: &mut Problems) -> Result<Drawn> {
    let bytes = super::boxes::read(source, path)?;
    let Some(mut read) = coco::read_shapes(path, &bytes, problems) else { return Ok(Drawn::default()) };
    let numbers: BTreeMap<&str, u32> = read.classes.iter().map(|class| class.name.as_str()).zip(1..).collect();
    check_numbers(rule, read.classes.len(), &Place::file(path), problems);
    let items: BTreeSet<&str> = source.items.iter().map(|item| &*item.path).collect();
    let there = |path: &String| items.contains(path.as_str()) || source.bad.iter().any(|bad| bad.path == *path);
    for lost in read.pictures.keys().filter(|path| !there(path)) {
        problems.warn(&Place::file(path), format!("`{}` is not among the pictures", lost.escape_debug()));
    }
    let mut drawn = Drawn::default();
    let shared = source.substitutes();
    for item in source.items.iter() {
        let known = super::boxes::taken(&mut read.pictures, item, &shared);
        if known.is_none() && !rule.background {
            let remedy = "add it to `images`, or write \"unmatched\": \"background\"";
            problems.add(&Place::file(&item.path), format_args!("is not in {path} ({remedy})"));
        }
        let shapes = shapes(rule, &known.unwrap_or_default(), item, &numbers, problems);
        let xxh3_128 = ContentHash::of(format!("{shapes:?}").as_bytes());
        drawn.0.push(MaskFile { path: path.into(), xxh3_128 });
        drawn.1.push(shapes);
    }
    Ok(drawn)
}

/// The shapes of a picture, in the order of the file.
fn shapes(
    rule: &spec::Masks,
    known: &Instances,
    item: &Item,
    numbers: &BTreeMap<&str, u32>,
    problems: &mut Problems,
) -> Vec<Shape> {
    let place = Place::file(&item.path);
    known.check_size(item.size, &place, problems);
    let mut shapes = Vec::new();
    for found in known.boxes.iter().filter(|found| rule.crowds || !found.crowd) {
        match found.outline.fits(item.size) {
            Ok(()) => {
                let id = numbers.get(found.class.as_str()).copied().unwrap_or_default();
                shapes.push(Shape { id, outline: found.outline.clone() });
            }
            Err(problem) => problems.add(&place, format_args!("an object of class `{}` {problem}", found.class.escape_debug())),
        }
    }
    shapes
}

/// Class numbers are those of boxes and one more, since 0 is what no shape covers.
fn check_numbers(rule: &spec::Masks, classes: usize, place: &Place<'_>, problems: &mut Problems) {
    let most = if rule.bytes == 1 { 255 } else { 65_535 };
    if classes > most {
        let remedy = if rule.bytes == 1 { "write \"dtype\": \"uint16\"" } else { "no type of masks holds more" };
        problems.add(place, format_args!("{classes} classes and the background do not fit ({remedy})"));
    } else if (1..=classes).contains(&(rule.ignore_index as usize)) {
        let told = format!(
            "ignore_index {} is the number of a class, which are 1 to {classes} (write another, up to what `dtype` holds)",
            rule.ignore_index
        );
        problems.add(place, told);
    }
}

/// Draws `shapes` into `made`, a mask of `size`: later ones over earlier ones, on 0.
pub(super) fn draw(shapes: &[Shape], size: Size, made: &mut Image) {
    made.reshape(size);
    let (height, width) = (size.height as usize, size.width as usize);
    let bytes = made.bytes_mut();
    bytes.fill(0);
    for Shape { id, outline } in shapes {
        let pixel = mask::pixel(*id);
        outline.cover(size, |run| {
            for at in run {
                let place = (at % height * width + at / height) * 3;
                bytes[place..place + 3].copy_from_slice(&pixel);
            }
        });
    }
}

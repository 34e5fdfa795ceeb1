//! COCO: one JSON file of images, annotations and categories.
//!
//! `bbox` is `[x, y, width, height]` in pixels from the left upper corner of the picture. Classes are the categories in the
//! order of their ids, as torchvision and Detectron2 number them. Ids are whole numbers or texts.

mod entries;
mod finite;
mod segmentation;

use super::path::below_input;
use super::skeleton::Skeleton;
use super::{Instances, LabelledBox, Outline, Outside, Place, Problems};
use crate::image::Size;
use entries::{Annotation, Category, File, Id, Image};
use std::collections::{BTreeMap, HashSet};

const TWICE: &str = "the id is there twice (ids name one thing each)";

/// What a file says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Coco {
    /// The classes, by the ids that the file gives them.
    pub classes: Vec<Class>,
    /// What is marked in each picture, by its path below INPUT; pictures without an annotation too.
    pub pictures: BTreeMap<String, Instances>,
}

/// A category.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Class {
    /// Its name.
    pub name: String,
    /// Its key points, if it has any.
    pub skeleton: Skeleton,
}

/// Reads a file; `None` if it is no COCO at all. Whatever has a problem is left out.
///
/// File names begin at `folder` of INPUT: COCO's are relative to the folder of pictures, wherever the JSON file lies,
/// so that it is empty for most.
pub fn read(file: &str, bytes: &[u8], folder: &str, outside: Outside, problems: &mut Problems) -> Option<Coco> {
    read_all(bytes, Reader { file, folder, outside, shapes_alone: false, problems })
}

/// As [`read`], of files that are asked for their shapes alone: boxes and key points play no part, whatever they say, and are
/// not given.
pub fn read_shapes(file: &str, bytes: &[u8], problems: &mut Problems) -> Option<Coco> {
    read_all(bytes, Reader { file, folder: "", outside: Outside::Clip, shapes_alone: true, problems })
}

fn read_all(bytes: &[u8], mut reader: Reader<'_>) -> Option<Coco> {
    let file = reader.file;
    let read = match finite::parse(bytes) {
        Ok(read) => read,
        Err(problem) => {
            reader.problems.add(&Place::file(file), problem);
            return None;
        }
    };
    let File { images: Some(images), annotations: Some(annotations), categories: Some(categories) } = read else {
        let lists = [
            ("images", read.images.is_some()),
            ("annotations", read.annotations.is_some()),
            ("categories", read.categories.is_some()),
        ];
        for (name, _) in lists.iter().filter(|(_, there)| !there) {
            reader
                .problems
                .add(&Place::file(file), format_args!("has no list `{name}` (is it a COCO file of instances or key points?)"));
        }
        return None;
    };
    let categories = reader.categories(categories);
    let mut images = reader.images(images);
    reader.annotations(annotations, &categories, &mut images);
    let pictures = images.into_values().filter_map(|image| Some((image.path?, image.instances))).collect();
    Some(Coco { classes: categories.into_values().collect(), pictures })
}

struct Reader<'a> {
    file: &'a str,
    folder: &'a str,
    outside: Outside,
    /// Whether boxes and key points play no part.
    shapes_alone: bool,
    problems: &'a mut Problems,
}

struct Picture {
    path: Option<String>,
    instances: Instances,
}

impl<'a> Reader<'a> {
    /// Something by its id, or by its place in its list.
    fn place(&self, one: &str, many: &str, id: Option<&Id>, at: usize) -> Place<'a> {
        let place = Place::file(self.file);
        match id {
            Some(id) => place.thing(format_args!("{one} {id}")),
            None => place.thing(format_args!("{many}[{at}]")),
        }
    }

    fn add_all(&mut self, place: &Place<'_>, wrong: &[String]) {
        wrong.iter().for_each(|problem| self.problems.add(place, problem));
    }

    /// Categories by their ids; one that is wrong is there too, so that its annotations are not lost to a second problem.
    fn categories(&mut self, entries: Vec<Category>) -> BTreeMap<Id, Class> {
        let mut categories: BTreeMap<Id, Class> = BTreeMap::new();
        let mut names = HashSet::new();
        for (at, entry) in entries.into_iter().enumerate() {
            let place = self.place("category", "categories", entry.id.as_ref(), at);
            self.add_all(&place, &entry.wrong);
            let name = &entry.class.name;
            if !name.is_empty() && !names.insert(name.clone()) {
                let name = name.escape_debug();
                self.problems.add(&place, format_args!("another category is called `{name}` too (rename one)"));
            }
            if entry.id.and_then(|id| categories.insert(id, entry.class)).is_some() {
                self.problems.add(&place, TWICE);
            }
        }
        categories
    }

    /// Images by their ids, the wrong ones too.
    fn images(&mut self, entries: Vec<Image>) -> BTreeMap<Id, Picture> {
        let mut images = BTreeMap::new();
        let mut paths = HashSet::new();
        for (at, entry) in entries.into_iter().enumerate() {
            let place = self.place("image", "images", entry.id.as_ref(), at);
            self.add_all(&place, &entry.wrong);
            let path = entry.file_name.map(|written| below_input(&written, self.folder)).transpose();
            let path = path.unwrap_or_else(|problem| {
                self.problems.add(&place, format_args!("file_name: {problem}"));
                None
            });
            if let Some(path) = path.as_ref().filter(|path| !paths.insert((*path).clone())) {
                let path = path.escape_debug();
                self.problems.add(&place, format_args!("another image is `{path}` too (keep one of them)"));
            }
            let picture = Picture { path, instances: Instances { size: entry.size, boxes: Vec::new() } };
            if entry.id.and_then(|id| images.insert(id, picture)).is_some() {
                self.problems.add(&place, TWICE);
            }
        }
        images
    }

    fn annotations(&mut self, entries: Vec<Annotation>, categories: &BTreeMap<Id, Class>, images: &mut BTreeMap<Id, Picture>) {
        let mut ids = HashSet::new();
        for (at, mut entry) in entries.into_iter().enumerate() {
            let place = self.place("annotation", "annotations", entry.id.as_ref(), at);
            if self.shapes_alone {
                entry.forget_box();
            }
            self.add_all(&place, &entry.wrong);
            if entry.id.take().is_some_and(|id| !ids.insert(id)) {
                self.problems.add(&place, TWICE);
            }
            if !entry.wrong.is_empty() {
                continue;
            }
            let picture = entry.image.as_ref().and_then(|id| images.get_mut(id));
            let class = entry.category.as_ref().and_then(|id| categories.get(id));
            if let (None, Some(id)) = (&picture, &entry.image) {
                self.problems.add(&place, format_args!("image_id {id} is not in `images`"));
            }
            if let (None, Some(id)) = (class, &entry.category) {
                self.problems.add(&place, format_args!("category_id {id} is not in `categories`"));
            }
            if let (Some(picture), Some(class)) = (picture, class) {
                let area = self.object(&place, entry, class, picture.instances.size);
                picture.instances.boxes.extend(area);
            }
        }
    }

    fn object(&mut self, place: &Place<'_>, entry: Annotation, class: &Class, size: Option<Size>) -> Option<LabelledBox> {
        let before = self.problems.count();
        let [x, y, width, height] = entry.area;
        for (name, side) in [("width", width), ("height", height)].into_iter().filter(|(_, side)| *side < 0.0) {
            self.problems.add(place, format_args!("bbox: the {name} is {side} (expected [x, y, width, height])"));
        }
        let (points, named) = (entry.key_points.len(), class.skeleton.names.len());
        if points > 0 && points != named {
            let name = class.name.escape_debug();
            self.problems.add(place, format_args!("has {points} key points, and its category `{name}` names {named}"));
        }
        if let (Outline::Runs { size: mask, .. }, Some(size)) = (&entry.outline, size)
            && *mask != size
        {
            self.problems.add(place, format_args!("segmentation: is {mask}, and its image {size}"));
        }
        if self.problems.count() > before {
            return None;
        }
        let area = LabelledBox {
            class: class.name.clone(),
            x_min: x,
            y_min: y,
            x_max: x + width,
            y_max: y + height,
            crowd: entry.crowd,
            key_points: entry.key_points,
            outline: entry.outline,
            ..LabelledBox::default()
        };
        area.fitted(size, self.outside, place, self.problems)
    }
}

#[cfg(test)]
mod tests;

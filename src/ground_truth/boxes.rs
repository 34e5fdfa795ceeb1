//! What stands where in the pictures, by COCO, Pascal VOC, YOLO or Hugging Face's metadata.

use super::{Axis, Layout};
use crate::annotations::skeleton::Skeleton;
use crate::annotations::{Instances, LabelledBox, Outside, Place, Problems, coco, metadata, voc, yolo};
use crate::error::{Result, unknown};
use crate::image::Size;
use crate::source::{Item, Source, content_hash};
use crate::spec::{self, BoxLayout, BoxSource, Unmatched};
use crate::targets::{BoundingBox, Instance, KeyPoint, Point};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Boxes and key points of all pictures.
#[derive(Clone, Debug)]
pub struct Boxes {
    /// What the spec says of them.
    pub rule: spec::Boxes,
    /// The classes, in the order of their numbers.
    pub classes: Vec<String>,
    /// Boxes of each class.
    pub counts: Vec<u64>,
    /// Boxes of a row at most.
    pub most: usize,
    /// Pictures that are mixed into a row at most.
    mixed: usize,
    /// The key points that things have, if any have.
    pub skeleton: Skeleton,
    /// Pairs of key points that change places in a mirror.
    pub pairs: Vec<(usize, usize)>,
    /// What stands in each picture, in the order of the items.
    pub of: Vec<Vec<Marked>>,
}

/// A thing in a picture.
#[derive(Clone, Debug, PartialEq)]
pub struct Marked {
    /// The number of its class.
    pub class: i64,
    /// Where it is.
    pub instance: Instance,
}

/// What files say, before it is matched with pictures.
#[derive(Default)]
struct Said {
    classes: Vec<String>,
    skeleton: Skeleton,
    /// By the picture's path.
    of: BTreeMap<String, Instances>,
}

impl Boxes {
    /// Reads what `rule` names for the pictures of `source`; those without anything leave it, if that is allowed.
    ///
    /// # Errors
    /// If a file cannot be read. What is wrong in files goes to `problems`; `None` if nothing can be said then.
    pub(super) fn load(rule: &spec::Boxes, mixed: usize, source: &mut Source, problems: &mut Problems) -> Result<Option<Self>> {
        let outside = if rule.clip { Outside::Clip } else { Outside::Refuse };
        let said = match &rule.from {
            BoxSource::Coco(path) => of_coco(path, source, outside, problems)?,
            BoxSource::Metadata(path) => Some(of_metadata(rule, path, source, outside, problems)?),
            BoxSource::Voc(_) | BoxSource::Yolo(..) => of_each(rule, source, outside, problems)?,
        };
        let Some(mut said) = said else { return Ok(None) };
        if rule.unmatched == Unmatched::Error {
            let lost = source.items.iter().filter(|item| !said.of.contains_key(item.file()));
            for item in lost {
                let remedy = "add them, or write \"unmatched\": \"background\" or \"skip\"";
                problems.add(&Place::file(&item.path), format_args!("has no annotations ({remedy})"));
            }
        }
        tell_unused(rule, source, &said, problems);
        let shared = source.substitutes();
        let known = source.items.iter().map(|item| match taken(&mut said.of, item, &shared) {
            None if rule.unmatched == Unmatched::Skip => None,
            found => Some(found.unwrap_or_default()),
        });
        let known: Vec<Option<Instances>> = known.collect();
        source.leave_out(known.iter().map(|known| known.is_none().then(|| "has no annotations".into())));
        let of: Vec<Instances> = known.into_iter().flatten().collect();
        Ok(Some(Self::numbered((rule, mixed), &said, source, &of, problems)))
    }

    fn numbered(
        (rule, mixed): (&spec::Boxes, usize),
        said: &Said,
        source: &Source,
        of: &[Instances],
        problems: &mut Problems,
    ) -> Self {
        let classes = rule.classes.clone().unwrap_or_else(|| said.classes.clone());
        let numbers: BTreeMap<&str, i64> = classes.iter().map(String::as_str).zip(0..).collect();
        let mut marked = Vec::new();
        for (item, instances) in source.items.iter().zip(of) {
            let place = Place::file(&item.path);
            instances.check_size(item.size, &place, problems);
            let kept = instances.boxes.iter().filter(|found| rule.crowds || !found.crowd);
            let mut each = Vec::new();
            for found in kept {
                let Some(&class) = numbers.get(found.class.as_str()) else {
                    let names: Vec<&str> = classes.iter().map(String::as_str).take(20).collect();
                    problems.add(&place, unknown("class", &found.class, &names));
                    continue;
                };
                each.push(Marked { class, instance: instance(found, said.skeleton.names.len()) });
            }
            let rows = (each.len() * mixed) as u64;
            if let Some(most) = rule.most.filter(|most| rows > *most) {
                let many = if mixed > 1 { format!(", and {rows} in a row of {mixed} such pictures") } else { String::new() };
                let found = format!("{} boxes{many}, above `most`, {most} (raise it, or leave it out)", each.len());
                problems.add(&place, found);
            }
            marked.push(each);
        }
        let pairs = said.skeleton.flip.iter().enumerate().filter(|(own, there)| own < *there).map(|(own, there)| (own, *there));
        let pairs = pairs.collect();
        let skeleton = said.skeleton.clone();
        let mut boxes = Self { rule: rule.clone(), classes, counts: Vec::new(), most: 0, mixed, skeleton, pairs, of: marked };
        boxes.count();
        boxes
    }

    /// Counts anew, after pictures came or went.
    fn count(&mut self) {
        let Self { rule, classes, counts, most, mixed, of, .. } = self;
        *counts = vec![0; classes.len()];
        for marked in of.iter().flatten() {
            counts[usize::try_from(marked.class).unwrap_or_default()] += 1;
        }
        // No array has an axis of nothing.
        let largest = (of.iter().map(Vec::len).max().unwrap_or(0) * *mixed).max(1);
        *most = rule.most.map_or(largest, |most| usize::try_from(most).unwrap_or(largest));
    }

    /// Forgets the pictures that do not stay.
    pub(super) fn retain(&mut self, stays: &[bool]) {
        let mut stays = stays.iter();
        self.of.retain(|_| stays.next().is_some_and(|stays| *stays));
        self.count();
    }

    /// Its arrays.
    pub(super) fn layouts(&self) -> Vec<Layout> {
        let ragged = self.rule.layout == BoxLayout::Ragged;
        let of_boxes = |name, descr, shape: &[u64]| {
            let places = (!ragged).then_some(self.most as u64);
            let axis = if ragged { Axis::Boxes } else { Axis::Rows };
            Layout { name, descr, shape: places.into_iter().chain(shape.iter().copied()).collect(), axis }
        };
        let (name, axis) = if ragged { ("box_offsets", Axis::Offsets) } else { ("box_counts", Axis::Rows) };
        let counts = Layout { name, descr: "<i8", shape: Vec::new(), axis };
        let mut layouts = vec![of_boxes("boxes", "<f4", &[4]), of_boxes("box_labels", "<i8", &[]), counts];
        if !self.skeleton.names.is_empty() {
            layouts.push(of_boxes("key_points", "<f4", &[self.skeleton.names.len() as u64, 3]));
        }
        layouts
    }

    /// The most boxes that so many rows can have; or, if each row is one of the pictures `once`, and each of them has one row,
    /// that they have.
    pub fn most_of(&self, rows: u64, once: Option<&BTreeSet<usize>>) -> u64 {
        let most = self.most as u64;
        match once {
            Some(items) => items.iter().map(|&at| (self.of[at].len() as u64).min(most)).sum(),
            None => rows.saturating_mul(most),
        }
    }

    /// Adds to the JSON of picture `at` how many boxes it has, and the hash of all that is known of them.
    pub(super) fn describe(&self, at: usize, line: &mut Map<String, Value>) {
        let marked = &self.of[at];
        line.insert("boxes".into(), json!(marked.len()));
        line.insert("boxes_xxh3_128".into(), json!(content_hash(format!("{marked:?}").as_bytes())));
    }
}

/// What follows the pixels of what a file marks: the outline of its box.
fn instance(found: &LabelledBox, key_points: usize) -> Instance {
    let LabelledBox { x_min, y_min, x_max, y_max, .. } = *found;
    let mut instance = Instance::of_box(&BoundingBox { x_min, y_min, x_max, y_max });
    let known = found.key_points.iter().map(|point| match point.visibility {
        0 => KeyPoint::LOST,
        visibility => KeyPoint { at: Point { x: point.x, y: point.y }, visibility },
    });
    instance.key_points = known.chain(std::iter::repeat(KeyPoint::LOST)).take(key_points).collect();
    instance
}

fn of_coco(path: &str, source: &Source, outside: Outside, problems: &mut Problems) -> Result<Option<Said>> {
    let bytes = read(source, path)?;
    let Some(read) = coco::read(path, &bytes, "", outside, problems) else { return Ok(None) };
    let skeleton = read.classes.iter().map(|class| &class.skeleton).max_by_key(|skeleton| skeleton.names.len());
    let skeleton = skeleton.cloned().unwrap_or_default();
    for class in read.classes.iter().filter(|class| !class.skeleton.names.is_empty() && class.skeleton != skeleton) {
        let said = "has other key points than another class (one array holds those of one kind)";
        problems.add(&Place::file(path).thing(format_args!("category `{}`", class.name.escape_debug())), said);
    }
    let classes = read.classes.into_iter().map(|class| class.name).collect();
    Ok(Some(Said { classes, skeleton, of: read.pictures }))
}

fn of_metadata(rule: &spec::Boxes, path: &str, source: &Source, outside: Outside, problems: &mut Problems) -> Result<Said> {
    let bytes = read(source, path)?;
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let sizes: BTreeMap<&str, Size> = source.items.iter().map(|item| (item.file(), item.size)).collect();
    let size = |picture: &str| sizes.get(picture).copied();
    let read = metadata::read((path, folder), &bytes, rule.classes.as_deref(), &size, outside, problems);
    Ok(Said { classes: read.classes, skeleton: Skeleton::default(), of: read.pictures })
}

/// Reads the file of each picture.
fn of_each(rule: &spec::Boxes, source: &Source, outside: Outside, problems: &mut Problems) -> Result<Option<Said>> {
    let names = match &rule.from {
        BoxSource::Yolo(_, path) => {
            let bytes = read(source, path)?;
            let Some(names) = yolo::read_names(path, &bytes, problems) else { return Ok(None) };
            Some(names)
        }
        _ => None,
    };
    let (BoxSource::Voc(files) | BoxSource::Yolo(files, _)) = &rule.from else { return Ok(None) };
    let mut said = Said::default();
    for item in source.items.iter() {
        let names_of = files.names(item.file());
        let Some(path) = names_of.into_iter().find(|name| source.files.length(name).is_some()) else { continue };
        let bytes = read(source, &path)?;
        let instances = match &names {
            Some(names) => Some(yolo::read(&path, &bytes, names, item.size, outside, problems)),
            None => voc::read(&path, &bytes, outside, problems).map(|annotation| annotation.instances),
        };
        said.of.insert(item.file().into(), instances.unwrap_or_default());
    }
    match names {
        Some(names) => {
            said.skeleton = names.key_points.map_or_else(Skeleton::default, |shape| Skeleton {
                names: (0..shape.count).map(|at| format!("point {at}")).collect(),
                edges: Vec::new(),
                flip: shape.flip,
            });
            said.classes = names.classes;
        }
        None => {
            let each = said.of.values().flat_map(|instances| &instances.boxes).map(|found| found.class.clone());
            said.classes = each.collect::<BTreeSet<String>>().into_iter().collect();
        }
    }
    Ok(Some(said))
}

/// Tells of annotations of pictures that are not there.
fn tell_unused(rule: &spec::Boxes, source: &Source, said: &Said, problems: &mut Problems) {
    let (BoxSource::Coco(file) | BoxSource::Metadata(file)) = &rule.from else { return };
    let items = source.items.iter().map(|item| &*item.path);
    let there: BTreeSet<&str> = items.chain(source.bad.iter().map(|bad| bad.path.as_str())).collect();
    for path in said.of.keys().filter(|path| !there.contains(path.as_str())) {
        let told = format!("`{}` is not among the pictures", path.escape_debug());
        match rule.unmatched {
            Unmatched::Error => problems.add(&Place::file(file), format_args!("{told} (or write \"unmatched\": \"skip\")")),
            Unmatched::Skip | Unmatched::Background => problems.warn(&Place::file(file), told),
        }
    }
}

/// What is said of `item`, which is then forgotten unless its file is among those that are `shared`.
pub(super) fn taken(of: &mut BTreeMap<String, Instances>, item: &Item, shared: &BTreeSet<&str>) -> Option<Instances> {
    let file = item.file();
    if shared.contains(file) { of.get(file).cloned() } else { of.remove(file) }
}

/// The bytes of the annotations at `path`.
pub(super) fn read(source: &Source, path: &str) -> Result<Vec<u8>> {
    source.read_beside(path, "annotations", "the way to annotations starts at the input")
}

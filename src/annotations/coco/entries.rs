//! The entries of a COCO file. Each is read by itself, so that one that is wrong does not end the reading.

use super::Class;
use super::segmentation::outline;
use crate::annotations::skeleton::{Skeleton, flip_pairs};
use crate::annotations::{KeyPoint, Outline};
use crate::image::Size;
use serde::Deserialize;
use serde_json::{Map, Value};
use std::fmt::{self, Display};

/// The lists of a file that are read.
#[derive(Debug, Deserialize)]
pub(super) struct File {
    pub(super) images: Option<Vec<Image>>,
    pub(super) annotations: Option<Vec<Annotation>>,
    pub(super) categories: Option<Vec<Category>>,
}

/// What an entry is known by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Id {
    Number(i64),
    Text(String),
}

impl Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => write!(f, "{number}"),
            Self::Text(text) => write!(f, "\"{}\"", text.escape_debug()),
        }
    }
}

/// One of `images`; `wrong` says what is wrong with it.
#[derive(Debug, Deserialize)]
#[serde(from = "Value")]
pub(super) struct Image {
    pub(super) id: Option<Id>,
    pub(super) file_name: Option<String>,
    pub(super) size: Option<Size>,
    pub(super) wrong: Vec<String>,
}

/// One of `categories`.
#[derive(Debug, Deserialize)]
#[serde(from = "Value")]
pub(super) struct Category {
    pub(super) id: Option<Id>,
    pub(super) class: Class,
    pub(super) wrong: Vec<String>,
}

/// One of `annotations`.
#[derive(Debug, Deserialize)]
#[serde(from = "Value")]
pub(super) struct Annotation {
    pub(super) id: Option<Id>,
    pub(super) image: Option<Id>,
    pub(super) category: Option<Id>,
    /// x, y, width, height.
    pub(super) area: [f64; 4],
    pub(super) crowd: bool,
    pub(super) key_points: Vec<KeyPoint>,
    pub(super) outline: Outline,
    pub(super) wrong: Vec<String>,
}

impl From<Value> for Image {
    fn from(value: Value) -> Self {
        let mut fields = Fields::of(value);
        let id = fields.id("id");
        let file_name = fields.text("file_name");
        let [width, height] = ["width", "height"].map(|name| fields.side(name));
        let size = width.zip(height).map(|(width, height)| Size::new(width, height));
        Self { id, file_name, size, wrong: fields.wrong }
    }
}

impl From<Value> for Category {
    fn from(value: Value) -> Self {
        let mut fields = Fields::of(value);
        let id = fields.id("id");
        let name = fields.text("name").unwrap_or_default();
        let names = fields.take("keypoints", texts, "a list of names").unwrap_or_default();
        let count = names.len();
        // COCO counts from 1 here.
        let edges =
            fields.take("skeleton", |value| edges(value, count), "a list of pairs of key points, from 1").unwrap_or_default();
        let skeleton = Skeleton { flip: flip_pairs(&names), names, edges };
        Self { id, class: Class { name, skeleton }, wrong: fields.wrong }
    }
}

impl From<Value> for Annotation {
    fn from(value: Value) -> Self {
        let mut fields = Fields::of(value);
        let [id, image, category] = ["id", "image_id", "category_id"].map(|name| fields.id(name));
        fields.expect("bbox");
        let area = fields.take("bbox", four, "[x, y, width, height], four finite numbers");
        let crowd = fields.take("iscrowd", flag, "0 or 1").unwrap_or_default();
        let key_points =
            fields.take("keypoints", key_points, "x, y and a visibility of 0, 1 or 2 for each point").unwrap_or_default();
        let outline = match fields.object.get("segmentation").map(outline) {
            Some(Ok(outline)) => outline,
            Some(Err(problem)) => {
                fields.wrong.push(format!("segmentation: {problem}"));
                Outline::None
            }
            None => Outline::None,
        };
        Self { id, image, category, area: area.unwrap_or_default(), crowd, key_points, outline, wrong: fields.wrong }
    }
}

impl Annotation {
    /// Becomes one whose box and key points nobody asked for: what is wrong with them is not wrong.
    pub(super) fn forget_box(&mut self) {
        self.area = [0.0, 0.0, 1.0, 1.0];
        self.key_points.clear();
        let of_box = |problem: &String| ["bbox", "keypoints", "has no `bbox`"].iter().any(|start| problem.starts_with(start));
        self.wrong.retain(|problem| !of_box(problem));
    }
}

/// The fields of an entry, and what is wrong with them.
struct Fields {
    object: Map<String, Value>,
    wrong: Vec<String>,
}

impl Fields {
    fn of(value: Value) -> Self {
        match value {
            Value::Object(object) if !object.is_empty() => Self { object, wrong: Vec::new() },
            _ => Self { object: Map::new(), wrong: vec!["is no object with fields".into()] },
        }
    }

    /// What `read` makes of a field, unless it is not there.
    fn take<T>(&mut self, name: &str, read: impl FnOnce(&Value) -> Option<T>, expected: &str) -> Option<T> {
        let value = self.object.get(name)?;
        let taken = read(value);
        if taken.is_none() {
            self.wrong.push(format!("{name}: expected {expected}"));
        }
        taken
    }

    fn id(&mut self, name: &str) -> Option<Id> {
        self.expect(name);
        self.take(name, id, "a whole number or a text")
    }

    fn text(&mut self, name: &str) -> Option<String> {
        self.expect(name);
        self.take(name, |value| value.as_str().filter(|text| !text.is_empty()).map(str::to_string), "a text")
    }

    /// Notes that a field is not there; not of what is no object at all.
    fn expect(&mut self, name: &str) {
        if !self.object.contains_key(name) && !self.object.is_empty() {
            self.wrong.push(format!("has no `{name}`"));
        }
    }

    fn side(&mut self, name: &str) -> Option<u32> {
        let side = |value: &Value| value.as_u64().and_then(|side| u32::try_from(side).ok()).filter(|side| *side > 0);
        self.take(name, side, "a whole number above 0")
    }
}

fn id(value: &Value) -> Option<Id> {
    match value {
        Value::String(text) => Some(Id::Text(text.clone())),
        Value::Number(number) => number.as_i64().map(Id::Number),
        _ => None,
    }
}

fn flag(value: &Value) -> Option<bool> {
    match (value.as_u64(), value.as_bool()) {
        (Some(0), _) | (_, Some(false)) => Some(false),
        (Some(1), _) | (_, Some(true)) => Some(true),
        _ => None,
    }
}

fn texts(value: &Value) -> Option<Vec<String>> {
    value.as_array()?.iter().map(|name| name.as_str().map(str::to_string)).collect()
}

pub(super) fn numbers(value: &Value) -> Option<Vec<f64>> {
    value.as_array()?.iter().map(Value::as_f64).collect()
}

fn four(value: &Value) -> Option<[f64; 4]> {
    numbers(value)?.try_into().ok()
}

fn edges(value: &Value, count: usize) -> Option<Vec<[usize; 2]>> {
    let place = |value: &Value| usize::try_from(value.as_u64()?).ok()?.checked_sub(1).filter(|place| *place < count);
    let edge = |edge: &Value| match edge.as_array()?.as_slice() {
        [from, to] => Some([place(from)?, place(to)?]),
        _ => None,
    };
    value.as_array()?.iter().map(edge).collect()
}

fn key_points(value: &Value) -> Option<Vec<KeyPoint>> {
    let values = numbers(value)?;
    let point = |point: &[f64]| match point {
        [x, y, 0.0] => Some(KeyPoint { x: *x, y: *y, visibility: 0 }),
        [x, y, 1.0] => Some(KeyPoint { x: *x, y: *y, visibility: 1 }),
        [x, y, 2.0] => Some(KeyPoint { x: *x, y: *y, visibility: 2 }),
        _ => None,
    };
    values.chunks(3).map(point).collect()
}

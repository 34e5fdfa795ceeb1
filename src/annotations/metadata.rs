//! Hugging Face's `metadata.jsonl` for object detection: an object a line, `{"file_name": "a.png", "objects": {"bbox":
//! [[x, y, width, height], ...], "categories": [...]}}`, with boxes as COCO has them. Categories are names, or whole numbers from 0.

use super::path::below_input;
use super::text::without_mark;
use super::{Instances, LabelledBox, Outside, Place, Problems};
use crate::image::Size;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// What a file says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Metadata {
    /// The classes: names by code points, or numbers from 0 to the largest that is there, as text.
    pub classes: Vec<String>,
    /// What is marked in each picture, by its path below INPUT.
    pub pictures: BTreeMap<String, Instances>,
}

/// What a file calls a class.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Category {
    Number(u32),
    Name(String),
}

/// The largest number of a class.
const MOST: u64 = 65_535;

/// Reads a file whose names begin at `folder` of INPUT; `names`, if they are given, are those of numbers, and `size` says that of a
/// picture, if it is there. Lines and boxes that have a problem are left out.
pub fn read(
    (file, folder): (&str, &str),
    bytes: &[u8],
    names: Option<&[String]>,
    size: &dyn Fn(&str) -> Option<Size>,
    outside: Outside,
    problems: &mut Problems,
) -> Metadata {
    let (mut pictures, mut all) = (BTreeMap::new(), BTreeSet::new());
    for (text, line) in without_mark(bytes).split(|byte| *byte == b'\n').zip(1..) {
        let (text, place) = (text.trim_ascii(), Place::line(file, line));
        if text.is_empty() {
            continue;
        }
        let (path, objects) = match row(text, folder) {
            Ok(row) => row,
            Err(problem) => {
                problems.add(&place, problem);
                continue;
            }
        };
        let mut instances = Instances::default();
        for (at, (area, category)) in objects.into_iter().enumerate() {
            let place = Place::line(file, line).thing(format_args!("objects[{at}]"));
            let class = match named(&category, names) {
                Ok(class) => class,
                Err(problem) => {
                    problems.add(&place, problem);
                    continue;
                }
            };
            all.insert(category);
            let [x, y, width, height] = area;
            let found = LabelledBox { class, x_min: x, y_min: y, x_max: x + width, y_max: y + height, ..LabelledBox::default() };
            instances.boxes.extend(found.fitted(size(&path), outside, &place, problems));
        }
        let shown = path.escape_debug().to_string();
        if pictures.insert(path, instances).is_some() {
            problems.add(&place, format_args!("`{shown}` is there twice (one line for each picture)"));
        }
    }
    Metadata { classes: classes(&all, names, &Place::file(file), problems), pictures }
}

/// A box as the file has it, and its category.
type Object = ([f64; 4], Category);

/// The picture of a line, and its objects.
fn row(text: &[u8], folder: &str) -> Result<(String, Vec<Object>), String> {
    let row: Value = serde_json::from_slice(text).map_err(|error| format!("is not valid JSON: {error}"))?;
    let written = row["file_name"].as_str().ok_or("has no text `file_name`")?;
    let path = below_input(written, folder)?;
    let objects = match &row["objects"] {
        Value::Null => return Ok((path, Vec::new())),
        objects => objects.as_object().ok_or("`objects` is no object of lists (expected `bbox` and `categories`)")?,
    };
    let boxes = objects.get("bbox").and_then(Value::as_array).ok_or("`objects` has no list `bbox`")?;
    let categories = objects.get("categories").or(objects.get("category")).and_then(Value::as_array);
    let categories = categories.ok_or("`objects` has no list `categories`")?;
    if boxes.len() != categories.len() {
        return Err(format!("`objects` has {} boxes and {} categories (one for each)", boxes.len(), categories.len()));
    }
    let pair = |(area, category)| Ok((four(area)?, self::category(category)?));
    let read: Result<_, String> = boxes.iter().zip(categories).map(pair).collect();
    Ok((path, read?))
}

fn four(value: &Value) -> Result<[f64; 4], String> {
    let numbers: Option<Vec<f64>> = value.as_array().and_then(|values| values.iter().map(Value::as_f64).collect());
    let four = numbers.and_then(|numbers| <[f64; 4]>::try_from(numbers).ok());
    four.ok_or_else(|| "`bbox` holds what is no box (expected [x, y, width, height], four numbers)".into())
}

fn category(value: &Value) -> Result<Category, String> {
    let number = value.as_u64().filter(|number| *number <= MOST).and_then(|number| u32::try_from(number).ok());
    match (value.as_str(), number) {
        (Some(name), _) if !name.is_empty() => Ok(Category::Name(name.into())),
        (None, Some(number)) => Ok(Category::Number(number)),
        _ => Err(format!("`categories` holds what is no class (expected names, or whole numbers from 0 to {MOST})")),
    }
}

/// The name of a class; a number is one of `names`, or its own.
fn named(category: &Category, names: Option<&[String]>) -> Result<String, String> {
    match (category, names) {
        (Category::Name(name), _) => Ok(name.clone()),
        (Category::Number(number), None) => Ok(number.to_string()),
        (Category::Number(number), Some(names)) => {
            let told = || format!("category {number} is not among the {} `classes`, which are counted from 0", names.len());
            names.get(*number as usize).cloned().ok_or_else(told)
        }
    }
}

/// All classes in their order.
fn classes(all: &BTreeSet<Category>, names: Option<&[String]>, place: &Place<'_>, problems: &mut Problems) -> Vec<String> {
    match (names, all.first(), all.last()) {
        (Some(names), ..) => names.to_vec(),
        (None, Some(Category::Number(_)), Some(Category::Name(_))) => {
            problems.add(place, "has categories by name and by number (write all of them alike)");
            Vec::new()
        }
        (None, _, Some(Category::Number(most))) => (0..=*most).map(|number| number.to_string()).collect(),
        _ => all
            .iter()
            .filter_map(|category| if let Category::Name(name) = category { Some(name.clone()) } else { None })
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading(text: &str, names: Option<&[String]>) -> (Metadata, String) {
        let mut problems = Problems::default();
        let size = |path: &str| (path == "in/a.png").then_some(Size::new(20, 10));
        let read = read(("in/metadata.jsonl", "in"), text.as_bytes(), names, &size, Outside::Refuse, &mut problems);
        (read, problems.finish().map_or_else(|error| error.to_string(), |warnings| warnings.join("\n")))
    }

    #[test]
    fn boxes_and_names_of_their_classes() {
        let text = r#"{"file_name": "a.png", "width": 7, "objects": {"bbox": [[1, 2, 3, 4.5], [0, 0, 20, 10]], "categories": ["owl", "cat"]}}

            {"file_name": "b.png"}"#;
        let (read, told) = reading(text, None);
        assert_eq!((told.as_str(), &read.classes[..]), ("", &["cat", "owl"].map(String::from)[..]));
        assert_eq!(read.pictures["in/b.png"], Instances::default());
        let found = &read.pictures["in/a.png"].boxes;
        assert_eq!((found[0].class.as_str(), found[0].x_max, found[0].y_max, found.len()), ("owl", 4.0, 6.5, 2));
    }

    #[test]
    fn numbers_are_counted_from_0() {
        let text = r#"{"file_name": "a.png", "objects": {"bbox": [[1, 2, 3, 4]], "category": [2]}}"#;
        assert_eq!(reading(text, None).0.classes, ["0", "1", "2"]);
        let names = ["a", "b", "c"].map(String::from);
        assert_eq!(reading(text, Some(&names)).0.pictures["in/a.png"].boxes[0].class, "c");
        let told = "in/metadata.jsonl:1: objects[0]: category 2 is not among the 2 `classes`, which are counted from 0";
        assert_eq!(reading(text, Some(&names[..2])).1, told);
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line() {
        for (text, told) in [
            ("{", "in/metadata.jsonl:1: is not valid JSON"),
            ("[]", "has no text `file_name`"),
            (r#"{"file_name": "/a.png"}"#, "is an absolute path"),
            (r#"{"file_name": "a.png", "objects": []}"#, "`objects` is no object of lists"),
            (r#"{"file_name": "a.png", "objects": {"bbox": []}}"#, "has no list `categories`"),
            (r#"{"file_name": "a.png", "objects": {"bbox": [[1, 2, 3, 4]], "categories": []}}"#, "1 boxes and 0 categories"),
            (r#"{"file_name": "a.png", "objects": {"bbox": [[1, 2, 3]], "categories": [1]}}"#, "what is no box"),
            (r#"{"file_name": "a.png", "objects": {"bbox": [[1, 2, 3, 4]], "categories": [-1]}}"#, "what is no class"),
            (r#"{"file_name": "a.png", "objects": {"bbox": [[1, 2, 30, 4]], "categories": [1]}}"#, "objects[0]: x_max 31"),
            (r#"{"file_name": "a.png", "objects": {"bbox": [[1, 2, 3, 4], [1, 2, 3, 4]], "categories": [1, "a"]}}"#, "alike"),
            ("{\"file_name\": \"a.png\"}\n{\"file_name\": \"./a.png\"}", "in/metadata.jsonl:2: `in/a.png` is there twice"),
        ] {
            let found = reading(text, None).1;
            assert!(found.contains(told), "{text}: {found}");
        }
    }
}

//! Whole files, sound and not.

use super::*;
use crate::annotations::KeyPoint;
use proptest::prelude::*;
use serde_json::{Value, json};

fn read(text: impl AsRef<[u8]>, outside: Outside) -> (Option<Coco>, String) {
    let mut problems = Problems::default();
    let coco = super::read("i.json", text.as_ref(), "", outside, &mut problems);
    (coco, problems.finish().map_or_else(|error| error.to_string(), |warnings| warnings.join("\n")))
}

/// A file of one image of 100x50 and one category, with these annotations.
fn with(annotations: Value) -> String {
    let images = json!([{"id": 1, "file_name": "a.jpg", "width": 100, "height": 50}]);
    json!({"images": images, "categories": [{"id": 7, "name": "cat"}], "annotations": annotations}).to_string()
}

fn annotation(fields: Value) -> Value {
    let mut whole = json!({"id": 17, "image_id": 1, "category_id": 7, "bbox": [1, 2, 3, 4]});
    for (name, value) in fields.as_object().unwrap() {
        whole[name] = value.clone();
    }
    whole
}

#[test]
fn objects_have_classes_boxes_key_points_and_outlines() {
    let (coco, told) = read(include_bytes!("../../../fixtures/annotations/coco.json"), Outside::Refuse);
    let coco = coco.unwrap();
    assert_eq!(told, "");
    assert_eq!(coco.classes.iter().map(|class| class.name.as_str()).collect::<Vec<_>>(), ["person", "flag"]);
    let skeleton = &coco.classes[0].skeleton;
    assert_eq!(
        (&skeleton.names[1], &skeleton.edges, &skeleton.flip),
        (&"left_eye".to_string(), &vec![[0, 1], [0, 2]], &vec![0, 2, 1])
    );
    let paths: Vec<&str> = coco.pictures.keys().map(String::as_str).collect();
    assert_eq!(paths, ["astronaut/astronaut_0.jpg", "cat/cat_0.jpg"]);
    let astronaut = &coco.pictures["astronaut/astronaut_0.jpg"];
    assert_eq!(astronaut.size, Some(Size::new(64, 48)));
    let [person, flag] = &astronaut.boxes[..] else { panic!("{astronaut:?}") };
    assert_eq!(
        (person.class.as_str(), person.x_min, person.y_min, person.x_max, person.y_max),
        ("person", 10.0, 5.5, 40.0, 48.0)
    );
    let point = |x, y, visibility| KeyPoint { x, y, visibility };
    assert_eq!(person.key_points, [point(20.0, 12.0, 2), point(22.5, 10.0, 1), point(0.0, 0.0, 0)]);
    assert_eq!(person.outline, Outline::Polygons(vec![vec![[10.0, 5.5], [40.0, 5.5], [40.0, 48.0], [10.0, 48.0]]]));
    assert!(flag.crowd && !person.crowd);
    assert_eq!(flag.outline, Outline::Runs { size: Size::new(64, 48), counts: vec![48, 96, 2928] });
    assert_eq!(coco.pictures["cat/cat_0.jpg"].boxes, []);
}

#[test]
fn every_bad_annotation_is_named_by_its_id() {
    let cases = [
        (json!({"image_id": 2}), "image_id 2 is not in `images`"),
        (json!({"category_id": "x"}), "category_id \"x\" is not in `categories`"),
        (json!({"bbox": [1, 2, 3]}), "bbox: expected [x, y, width, height], four finite numbers"),
        (json!({"bbox": [1, 2, -3, 4]}), "bbox: the width is -3 (expected [x, y, width, height])"),
        (json!({"bbox": [98, 2, 3, 4]}), "x_max 101 is outside of the 100x50 picture (mend it, or set `clip`)"),
        (json!({"bbox": [1, 2, 0, 4]}), "the box has no area (mend or remove it, or set `clip` to leave it out)"),
        (json!({"iscrowd": 2}), "iscrowd: expected 0 or 1"),
        (json!({"keypoints": [1, 2, 2]}), "has 1 key points, and its category `cat` names 0"),
        (json!({"keypoints": [1, 2]}), "keypoints: expected x, y and a visibility of 0, 1 or 2 for each point"),
        (json!({"segmentation": [[1, 2]]}), "segmentation: a polygon has 2 numbers (expected x and y of three points or more)"),
        (json!({"segmentation": {"size": [2, 2], "counts": [4]}}), "segmentation: is 2x2, and its image 100x50"),
    ];
    for (fields, problem) in cases {
        let (coco, told) = read(with(json!([annotation(fields)])), Outside::Refuse);
        assert_eq!((coco.unwrap().pictures["a.jpg"].boxes.len(), told), (0, format!("i.json: annotation 17: {problem}")));
    }
}

#[test]
fn all_problems_come_at_once() {
    let file = json!({
        "images": [{"id": 1, "file_name": "a.jpg"}, {"id": 1, "file_name": "../b.jpg", "width": 0}, {"id": 2, "file_name": "./a.jpg"}, 5],
        "categories": [{"id": 1, "name": "cat"}, {"id": 2, "name": "cat"}, {"id": 1, "name": "dog", "keypoints": ["a"], "skeleton": [[1, 2]]}],
        "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [0, 0, 1, 1]}, {"id": 1, "image_id": 9, "category_id": 8, "bbox": [0, 0, 1, 1]}, {"image_id": 1}],
    });
    let (_, told) = read(file.to_string(), Outside::Refuse);
    assert_eq!(
        told,
        "i.json: category 2: another category is called `cat` too (rename one)\n\
         i.json: category 1: skeleton: expected a list of pairs of key points, from 1\n\
         i.json: category 1: the id is there twice (ids name one thing each)\n\
         i.json: image 1: width: expected a whole number above 0\n\
         i.json: image 1: file_name: `../b.jpg` leads out of INPUT\n\
         i.json: image 1: the id is there twice (ids name one thing each)\n\
         i.json: image 2: another image is `a.jpg` too (keep one of them)\n\
         i.json: images[3]: is no object with fields\n\
         i.json: annotation 1: the id is there twice (ids name one thing each)\n\
         i.json: annotation 1: image_id 9 is not in `images`\n\
         i.json: annotation 1: category_id 8 is not in `categories`\n\
         i.json: annotations[2]: has no `id`\n\
         i.json: annotations[2]: has no `category_id`\n\
         i.json: annotations[2]: has no `bbox`"
    );
}

#[test]
fn numbers_that_are_not_finite_are_named() {
    let text = with(json!([annotation(json!({"bbox": [1, 2, 3, "X"]})), annotation(json!({"id": 18, "bbox": [1, 2, 3, "Y"]}))]));
    let (_, told) = read(text.replace("\"X\"", "NaN").replace("\"Y\"", "-1e999"), Outside::Refuse);
    assert_eq!(
        told,
        "i.json: annotation 17: bbox: expected [x, y, width, height], four finite numbers\n\
         i.json: annotation 18: bbox: expected [x, y, width, height], four finite numbers"
    );
}

#[test]
fn clipping_is_told() {
    let (coco, told) = read(with(json!([annotation(json!({"bbox": [98, 2, 3, 4]}))])), Outside::Clip);
    assert_eq!(coco.unwrap().pictures["a.jpg"].boxes[0].x_max, 100.0);
    assert_eq!(told, "i.json: annotation 17: x_max 101 is outside of the 100x50 picture; the box is clipped");
}

#[test]
fn what_is_no_coco_says_so() {
    let lists = "has no list `categories` (is it a COCO file of instances or key points?)";
    assert_eq!(read("{\"images\": [], \"annotations\": []}", Outside::Refuse).1, format!("i.json: {lists}"));
    let (_, told) = read("{\"images\": [\n}", Outside::Refuse);
    assert_eq!(told, "i.json: not valid JSON: expected value at line 2 column 1");
    let (_, told) = read("{\"images\": 5}", Outside::Refuse);
    assert_eq!(told, "i.json: is no COCO file: invalid type: integer `5`, expected a sequence at line 1 column 12");
}

proptest! {
    #[test]
    fn no_value_makes_it_panic(
        bytes in proptest::collection::vec(any::<u8>(), 0..60),
        name in "id|image_id|category_id|bbox|iscrowd|keypoints|segmentation",
        value in "-?[0-9]{1,20}|null|true|\"[a0]{0,4}\"|\\[[0-9, ]{0,12}\\]|\\{\"size\": \\[2, 2\\], \"counts\": \"[0-o]{0,6}\"\\}|NaN|1e999",
    ) {
        let _ = read(&bytes, Outside::Clip);
        let text = with(json!([annotation(json!({name: "@"}))])).replace("\"@\"", &value);
        let _ = read(text, Outside::Clip);
    }
}

#[test]
fn who_asks_for_shapes_alone_hears_nothing_of_boxes() {
    let shape = json!({"segmentation": [[1, 1, 5, 1, 5, 5]], "keypoints": "none"});
    let mut without = annotation(json!({"bbox": [1, 1, 0, 0]}));
    without.as_object_mut().unwrap().extend(shape.as_object().unwrap().clone());
    let mut problems = Problems::default();
    let coco = super::read_shapes("i.json", with(json!([without])).as_bytes(), &mut problems).unwrap();
    assert!(problems.finish().unwrap().is_empty());
    assert_eq!(coco.pictures.values().flat_map(|picture| &picture.boxes).count(), 1);
}

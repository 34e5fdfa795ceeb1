//! Masks, boxes and key points through the whole program: they agree with the pixels that are written.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use assert_cmd::Command;
use serde_json::{Value, json};
use std::fs;
use std::path::Path;
use tempfile::TempDir;

const SIDE: u32 = 64;

/// A white rectangle on black: left, top, right, bottom edge.
const SHAPES: [[u32; 4]; 3] = [[10, 20, 30, 44], [4, 8, 40, 24], [30, 30, 60, 50]];

/// Pictures `0.png` and so on with a rectangle each, and their masks in `masks/`.
fn place() -> TempDir {
    let place = TempDir::new().unwrap();
    let pictures = place.path().join("pictures");
    fs::create_dir_all(pictures.join("masks")).unwrap();
    for (i, [left, top, right, bottom]) in SHAPES.into_iter().enumerate() {
        let inside = |x: u32, y: u32| (left..right).contains(&x) && (top..bottom).contains(&y);
        let picture = image::RgbImage::from_fn(SIDE, SIDE, |x, y| image::Rgb([if inside(x, y) { 255 } else { 0 }; 3]));
        picture.save(pictures.join(format!("{i}.png"))).unwrap();
        let mask = image::GrayImage::from_fn(SIDE, SIDE, |x, y| image::Luma([u8::from(inside(x, y))]));
        mask.save(pictures.join(format!("masks/{i}.png"))).unwrap();
    }
    place
}

fn coco() -> Value {
    let images: Vec<Value> =
        (0..3).map(|i| json!({"id": i, "file_name": format!("{i}.png"), "width": SIDE, "height": SIDE})).collect();
    let annotation = |(i, [left, top, right, bottom]): (usize, [u32; 4])| {
        json!({"id": i, "image_id": i, "category_id": 7, "bbox": [left, top, right - left, bottom - top], "iscrowd": 0,
            "area": (right - left) * (bottom - top), "num_keypoints": 2,
            "keypoints": [left, top, 2, right - 1, bottom - 1, 2]})
    };
    let annotations: Vec<Value> = SHAPES.into_iter().enumerate().map(annotation).collect();
    let category = json!({"id": 7, "name": "box", "keypoints": ["left_corner", "right_corner"], "skeleton": []});
    json!({"images": images, "annotations": annotations, "categories": [category]})
}

fn build(place: &Path, targets: &str, steps: &str, more: &str) -> assert_cmd::assert::Assert {
    build_spec(
        place,
        &format!(
            r#"{{"version": 1, "epochs": 4, {more} "labels": {{"from": "none"}}, "targets": {{{targets}}}, "pipeline": [{steps}]}}"#
        ),
    )
}

fn build_spec(place: &Path, spec: &str) -> assert_cmd::assert::Assert {
    fs::write(place.join("spec.json"), spec).unwrap();
    let mut command = Command::cargo_bin("prebake").unwrap();
    command.arg("build").arg(place.join("pictures")).arg("--spec").arg(place.join("spec.json"));
    command.args(["--quiet", "--force", "--out"]).arg(place.join("out")).assert()
}

fn refused(place: &Path, targets: &str) -> String {
    String::from_utf8(build(place, targets, "", "").code(2).get_output().stderr.clone()).unwrap()
}

/// The bytes of an array of every epoch, without headers.
fn array(place: &Path, name: &str) -> Vec<u8> {
    let manifest: Value = serde_json::from_slice(&fs::read(place.join("out/dataset.json")).unwrap()).unwrap();
    let shards = manifest["splits"]["train"]["shards"].as_array().unwrap();
    let read = |shard: &Value| fs::read(place.join("out").join(shard["arrays"][name]["path"].as_str().unwrap())).unwrap();
    shards.iter().flat_map(|shard| read(shard)[128..].to_vec()).collect()
}

fn floats(bytes: &[u8]) -> Vec<f32> {
    bytes.chunks(4).map(|bytes| f32::from_le_bytes(bytes.try_into().unwrap())).collect()
}

fn numbers(bytes: &[u8]) -> Vec<i64> {
    bytes.chunks(8).map(|bytes| i64::from_le_bytes(bytes.try_into().unwrap())).collect()
}

/// The edges of what is bright.
fn measured(levels: &[u8]) -> Option<[f32; 4]> {
    let side = SIDE as usize;
    let bright = (0..side * side).filter(|at| levels[at * 3] >= 128);
    bright.map(|at| (at % side, at / side)).fold(None, |edges: Option<[f32; 4]>, (x, y)| {
        let pixel = [x as f32, y as f32, x as f32 + 1.0, y as f32 + 1.0];
        let hull = |a: [f32; 4]| [a[0].min(pixel[0]), a[1].min(pixel[1]), a[2].max(pixel[2]), a[3].max(pixel[3])];
        Some(edges.map_or(pixel, hull))
    })
}

const STEPS: &str = r#"{"op": "horizontal_flip", "p": 0.5}, {"op": "rotate", "degrees": [-25, 25], "fill_mode": "constant"},
    {"op": "shift", "x": [-0.1, 0.1], "y": [-0.1, 0.1], "fill_mode": "constant"}, {"op": "brightness", "delta": [-0.1, 0.1]},
    {"op": "elastic_transform", "alpha": 40, "sigma": 6, "fill_mode": "constant", "p": 0.5}"#;
const ALL: &str = r#""masks": {"path": "masks/NAME.png"}, "boxes": {"path": "coco.json"}"#;

#[test]
fn what_is_written_is_what_the_pixels_show() {
    let place = place();
    let place = place.path();
    fs::write(place.join("pictures/coco.json"), coco().to_string()).unwrap();
    build(place, ALL, STEPS, "").success();
    let (images, masks, boxes) = (array(place, "images"), array(place, "masks"), floats(&array(place, "boxes")));
    let pixels = (SIDE * SIDE) as usize;
    assert_eq!((images.len(), masks.len(), boxes.len()), (12 * pixels * 3, 12 * pixels, 12 * 4));
    assert_eq!(numbers(&array(place, "box_counts")), [1; 12]);
    for row in 0..12 {
        let (levels, mask) = (&images[row * pixels * 3..][..pixels * 3], &masks[row * pixels..][..pixels]);
        let seen = measured(levels).unwrap();
        let edges = &boxes[row * 4..][..4];
        assert!(edges.iter().zip(seen).all(|(a, b)| (a - b).abs() <= 1.0), "row {row}: {edges:?} {seen:?}");
        let bright = |at: usize| levels[at * 3] >= 128;
        let both = (0..pixels).filter(|&at| bright(at) && mask[at] == 1).count() as f64;
        let either = (0..pixels).filter(|&at| bright(at) || mask[at] == 1).count() as f64;
        assert!(both / either >= 0.95, "row {row}: {}", both / either);
    }
    let points = floats(&array(place, "key_points"));
    assert_eq!(points.len(), 12 * 2 * 3);
    // Seen, or lost beyond the border: never in the dark.
    for (row, point) in points.chunks(3).enumerate().filter(|(_, point)| point[2] > 0.0) {
        let around = |x: f32, y: f32| measured_near(&images[row / 2 * pixels * 3..][..pixels * 3], x, y);
        assert!(around(point[0], point[1]), "row {}: {point:?}", row / 2);
    }
    Command::cargo_bin("prebake").unwrap().arg("verify").arg(place.join("out")).assert().success();
}

/// Whether something bright is within two pixels.
fn measured_near(levels: &[u8], x: f32, y: f32) -> bool {
    let near = |at: f32| (at - 2.0).max(0.0) as usize..=((at + 2.0) as usize).min(SIDE as usize - 1);
    near(y).any(|y| near(x).any(|x| levels[(y * SIDE as usize + x) * 3] >= 128))
}

#[test]
fn threads_memory_and_workers_change_no_byte() {
    let place = place();
    let place = place.path();
    fs::write(place.join("pictures/coco.json"), coco().to_string()).unwrap();
    build(place, ALL, STEPS, "").success();
    let whole = fs::read(place.join("out/dataset.json")).unwrap();
    for more in [["--memory", "1"], ["--threads", "1"]] {
        let mut command = Command::cargo_bin("prebake").unwrap();
        command.arg("build").arg(place.join("pictures")).arg("--spec").arg(place.join("spec.json"));
        command.args(more).args(["--quiet", "--out"]).arg(place.join(more[0])).assert().success();
        assert_eq!(fs::read(place.join(more[0]).join("dataset.json")).unwrap(), whole, "{more:?}");
    }
    // Another mask is another dataset, although every picture is as it was.
    fs::copy(place.join("pictures/masks/0.png"), place.join("pictures/masks/1.png")).unwrap();
    build(place, ALL, STEPS, "").success();
    assert_ne!(fs::read(place.join("out/dataset.json")).unwrap(), whole);
}

#[test]
fn other_files_say_the_same_as_coco() {
    let place = place();
    let place = place.path();
    let pictures = place.join("pictures");
    fs::write(pictures.join("coco.json"), coco().to_string()).unwrap();
    fs::create_dir_all(pictures.join("labels")).unwrap();
    fs::write(pictures.join("labels/classes.txt"), "box\n").unwrap();
    for (i, [left, top, right, bottom]) in SHAPES.into_iter().enumerate() {
        let share = |at: u32| f64::from(at) / f64::from(SIDE);
        let (x, y) = (share(left + right) / 2.0, share(top + bottom) / 2.0);
        let line = format!("0 {x} {y} {} {}\n", share(right - left), share(bottom - top));
        fs::write(pictures.join(format!("labels/{i}.txt")), line).unwrap();
        let object = format!(
            "<annotation><size><width>{SIDE}</width><height>{SIDE}</height></size><object><name>box</name><bndbox><xmin>{left}</xmin>\
             <ymin>{top}</ymin><xmax>{right}</xmax><ymax>{bottom}</ymax></bndbox></object></annotation>"
        );
        fs::write(pictures.join(format!("labels/{i}.xml")), object).unwrap();
    }
    let masks = r#""masks": {"path": "masks/NAME.png"}"#;
    let boxes = |boxes: &str| {
        build(place, &format!(r#"{masks}, "boxes": {{{boxes}}}"#), STEPS, "").success();
        array(place, "boxes")
    };
    let coco = boxes(r#""path": "coco.json""#);
    assert_eq!(boxes(r#""from": "yolo", "path": "labels/NAME.txt", "names": "labels/classes.txt""#), coco);
    assert_eq!(boxes(r#""from": "voc", "path": "labels/NAME.xml""#), coco);
    let row = |(i, [left, top, right, bottom]): (usize, [u32; 4])| {
        let objects = json!({"bbox": [[left, top, right - left, bottom - top]], "categories": [0]});
        json!({"file_name": format!("../{i}.png"), "objects": objects}).to_string()
    };
    fs::write(pictures.join("labels/metadata.jsonl"), SHAPES.into_iter().enumerate().map(row).collect::<Vec<_>>().join("\n"))
        .unwrap();
    assert_eq!(boxes(r#""from": "metadata", "path": "labels/metadata.jsonl", "classes": ["box"]"#), coco);
}

#[test]
fn boxes_that_leave_are_dropped_and_empty_places_say_so() {
    let place = place();
    let place = place.path();
    fs::write(place.join("pictures/coco.json"), coco().to_string()).unwrap();
    let crop = r#"{"op": "crop", "x": 0, "y": 0, "width": 32, "height": 32}"#;
    let targets = r#""masks": {"path": "masks/NAME.png"},
        "boxes": {"path": "coco.json", "most": 2, "min_visibility": 0.3, "format": "coco"}"#;
    build(place, targets, crop, r#""shuffle": "none","#).success();
    assert_eq!(numbers(&array(place, "box_counts"))[..3], [1, 1, 0]);
    assert_eq!(numbers(&array(place, "box_labels"))[..6], [0, -1, 0, -1, -1, -1]);
    let boxes = floats(&array(place, "boxes"));
    assert_eq!(boxes[..8], [10.0, 20.0, 20.0, 12.0, 0.0, 0.0, 0.0, 0.0]);
    assert_eq!(boxes[8..12], [4.0, 8.0, 28.0, 16.0]);
}

#[test]
fn masks_and_boxes_stay_with_their_pictures_when_others_are_left_out() {
    let place = place();
    let place = place.path();
    fs::write(place.join("pictures/coco.json"), coco().to_string()).unwrap();
    // The first picture has no row, so that all others move up by one.
    fs::write(place.join("pictures/t.csv"), "file,label\n1.png,a\n2.png,b\n").unwrap();
    let spec = format!(
        r#"{{"version": 1, "shuffle": "none", "targets": {{{ALL}}}, "pipeline": [],
            "labels": {{"from": "table", "path": "t.csv", "column": "label", "unmatched": "skip"}}}}"#
    );
    fs::write(place.join("spec.json"), spec).unwrap();
    let mut command = Command::cargo_bin("prebake").unwrap();
    command.arg("build").arg(place.join("pictures")).arg("--spec").arg(place.join("spec.json"));
    command.args(["--quiet", "--out"]).arg(place.join("out")).assert().code(3);
    let edges = SHAPES[1..].iter().flatten().map(|edge| *edge as f32);
    assert_eq!(floats(&array(place, "boxes")), edges.collect::<Vec<_>>());
    let (images, masks) = (array(place, "images"), array(place, "masks"));
    assert!(images.chunks(3).zip(&masks).all(|(pixel, id)| (pixel[0] == 255) == (*id == 1)));
}

#[test]
fn masks_of_coco_have_the_pixels_of_pycocotools() {
    let given = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/targets/segmentations");
    let place = TempDir::new().unwrap();
    let place = place.path();
    fs::create_dir(place.join("pictures")).unwrap();
    fs::copy(given.join("instances.json"), place.join("pictures/instances.json")).unwrap();
    let expected: Vec<Vec<u8>> =
        (0..5).map(|n| image::open(given.join(format!("{n}.png"))).unwrap().to_luma8().into_raw()).collect();
    for n in 0..5 {
        image::RgbImage::new(60, 45).save(place.join(format!("pictures/{n}.png"))).unwrap();
    }
    let spec = |masks: &str| {
        format!(
            r#"{{"version": 1, "shuffle": "none", "labels": {{"from": "none"}}, "pipeline": [],
                "targets": {{"masks": {{"from": "coco", "path": "instances.json"{masks}}}}}}}"#
        )
    };
    build_spec(place, &spec("")).success();
    assert_eq!(array(place, "masks"), expected.concat());
    assert!(expected.iter().take(4).all(|mask| mask.iter().any(|id| *id > 0)));
    // The crowd covers all of its picture, and what comes after it covers it.
    build_spec(place, &spec(r#", "crowds": true"#)).success();
    let third = &array(place, "masks")[2 * 60 * 45..3 * 60 * 45];
    assert!(third.iter().all(|id| *id == 3) && expected[2].contains(&0));
    let said = |masks: &str| String::from_utf8(build_spec(place, &spec(masks)).code(2).get_output().stderr.clone()).unwrap();
    assert!(said(r#", "ignore_index": 2"#).contains("ignore_index 2 is the number of a class, which are 1 to 3 (write another"));
    image::RgbImage::new(60, 45).save(place.join("pictures/5.png")).unwrap();
    assert!(said("").contains("5.png: is not in instances.json"));
    build_spec(place, &spec(r#", "unmatched": "background""#)).success();
    assert_eq!(array(place, "masks"), [expected.concat(), vec![0; 60 * 45]].concat());
}

#[test]
fn shapes_that_cannot_be_drawn_are_told() {
    let place = place();
    let place = place.path();
    let mut bad = coco();
    bad["annotations"][1]["segmentation"] = json!([[0, 0, 5000, 0, 5000, 9]]);
    bad["annotations"][2]["segmentation"] = json!({"size": [32, 128], "counts": [4096]});
    bad["images"][2]["width"] = Value::Null;
    fs::write(place.join("pictures/coco.json"), bad.to_string()).unwrap();
    let said = refused(place, r#""masks": {"from": "coco", "path": "coco.json"}"#);
    for told in [
        "0.png: an object of class `box` has no `segmentation`",
        "1.png: an object of class `box` `segmentation` reaches to 5000, 0",
    ] {
        assert!(said.contains(told), "{told}: {said}");
    }
}

#[test]
fn classes_of_boxes_are_labels() {
    let place = place();
    let place = place.path();
    fs::remove_dir_all(place.join("pictures/masks")).unwrap();
    let mut said = coco();
    said["categories"] = json!([{"id": 7, "name": "box"}, {"id": 2, "name": "cup"}, {"id": 9, "name": "owl"}]);
    for annotation in said["annotations"].as_array_mut().unwrap() {
        annotation.as_object_mut().unwrap().remove("keypoints");
    }
    said["annotations"][1]["category_id"] = json!(2);
    let spec = |labels: &str| {
        format!(
            r#"{{"version": 1, "shuffle": "none", "labels": {{"from": "boxes"{labels}}}, "pipeline": [],
                "targets": {{"boxes": {{"path": "coco.json", "unmatched": "background"}}}}}}"#
        )
    };
    fs::write(place.join("pictures/coco.json"), said.to_string()).unwrap();
    build_spec(place, &spec("")).success();
    assert_eq!(numbers(&array(place, "labels")), [1, 0, 1]);
    assert_eq!(numbers(&array(place, "box_labels")), [1, 0, 1]);
    assert_eq!(fs::read_to_string(place.join("out/classes.txt")).unwrap(), "cup\nbox\nowl\n");
    build_spec(place, &spec(r#", "classes": ["box", "cup"]"#)).success();
    assert_eq!(numbers(&array(place, "labels")), [0, 1, 0]);
    // Two classes in a picture, and none in another.
    said["annotations"][1]["image_id"] = json!(0);
    fs::write(place.join("pictures/coco.json"), said.to_string()).unwrap();
    let told = String::from_utf8(build_spec(place, &spec("")).code(2).get_output().stderr.clone()).unwrap();
    assert!(told.contains("0.png: has boxes of 2 classes, `cup` and `box` (write \"kind\": \"multi_label\")"), "{told}");
    assert!(told.contains("1.png: has no box, and so no class"), "{told}");
    build_spec(place, &spec(r#", "kind": "multi_label""#)).success();
    assert_eq!(floats(&array(place, "labels")), [1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0]);
    let without = r#"{"version": 1, "labels": {"from": "boxes"}, "pipeline": []}"#;
    let told = String::from_utf8(build_spec(place, without).code(2).get_output().stderr.clone()).unwrap();
    assert!(told.contains("labels: classes of boxes, and there are none (write targets.boxes"), "{told}");
    // What is shown of a spec, and of a folder of pictures, takes them from there too.
    fs::write(place.join("spec.json"), spec(r#", "kind": "multi_label""#)).unwrap();
    let run = |command: &str, more: [&std::ffi::OsStr; 2]| {
        let mut run = Command::cargo_bin("prebake").unwrap();
        run.arg(command).arg(place.join("pictures")).arg("--spec").arg(place.join("spec.json")).args(more).assert().success();
    };
    run("stats", ["--json".as_ref(), "--quiet".as_ref()]);
    run("preview", ["-o".as_ref(), place.join("sheet.png").as_os_str()]);
}

#[test]
fn what_is_wrong_is_told_at_once() {
    let place = place();
    let place = place.path();
    let mut bad = coco();
    bad["annotations"][0]["image_id"] = json!(99);
    bad["annotations"][1]["category_id"] = json!(8);
    bad["annotations"][2]["bbox"] = json!([50, 50, 30, 10]);
    fs::write(place.join("pictures/coco.json"), bad.to_string()).unwrap();
    fs::remove_file(place.join("pictures/masks/2.png")).unwrap();
    image::GrayImage::new(5, 6).save(place.join("pictures/masks/1.png")).unwrap();
    let said = refused(place, ALL);
    for told in
        ["annotation 0: ", "annotation 1: ", "annotation 2: ", "2.png: has no mask `masks/2.png`", "masks/1.png: the mask is 5x6"]
    {
        assert!(said.contains(told), "{told}: {said}");
    }
    for (targets, told) in [
        ("", "targets.masks: missing"),
        (r#""masks": {}"#, "targets.masks.path: missing"),
        (r#""masks": {"path": "masks/*.png"}"#, "does not say which file is whose"),
        (r#""masks": {"path": "masks/NAME.png", "ignore_index": 300}"#, "300 is above 255"),
        (r#""boxes": {"path": "nowhere.json"}"#, "nowhere.json: cannot read annotations"),
        (r#""boxes": {"from": "yolo", "path": "labels/NAME.txt"}"#, "targets.boxes.names: missing"),
        (r#""boxes": {"from": "voc", "path": "labels/NAME.xml"}"#, "0.png: has no annotations"),
    ] {
        let said = refused(place, targets);
        assert!(said.contains(told), "{targets}: {said}");
    }
    let apart = r#"{"op": "channels", "channels": [0], "steps": [{"op": "rotate", "degrees": 10}]}"#;
    let said = String::from_utf8(build(place, ALL, apart, "").code(2).get_output().stderr.clone()).unwrap();
    assert!(said.contains("pipeline[0]"), "{said}");
}

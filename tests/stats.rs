//! `prebake stats`: what it says of pictures and of datasets, through the whole program.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use common::{build, end, fixture, prebake};
use serde_json::{Value, json};
use std::fs;
use std::path::Path;
use tempfile::TempDir;

fn stats(input: &Path, more: &[&str]) -> Value {
    let output = prebake(&["stats", "--json"]).arg(input).args(more).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// A picture of 16x8 with this level at each pixel.
fn picture(file: &Path, level: impl Fn(u32, u32) -> [u8; 3]) {
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    image::RgbImage::from_fn(16, 8, |x, y| image::Rgb(level(x, y))).save(file).unwrap();
}

#[test]
fn pictures_are_counted_by_class_side_size_and_format() {
    let told = stats(&fixture("by_folder"), &["--split", "val=8"]);
    assert_eq!((&told["of"], &told["pictures"]), (&json!("pictures"), &json!(20)));
    assert_eq!(told["formats"], json!({"bmp": 1, "gif": 1, "jpeg": 12, "png": 3, "pnm": 1, "tiff": 1, "webp": 1}));
    let (train, val) = (told["splits"]["train"]["pictures"].as_u64(), told["splits"]["val"]["pictures"].as_u64());
    assert_eq!(train.zip(val).map(|(train, val)| train + val), Some(20));
    let classes = told["labels"][0]["classes"].as_array().unwrap();
    assert_eq!(classes.iter().map(|class| &class["class"]).collect::<Vec<_>>(), ["astronaut", "cat", "coffee", "rocket"]);
    assert!(classes.iter().all(|class| class["count"] == 5 && class["splits"].as_object().unwrap().len() == 2));
    assert_eq!(told["labels"][0]["imbalance"], 1.0);
    let of = |list: &Value| list.as_array().unwrap().iter().map(|one| one["pictures"].as_u64().unwrap()).sum::<u64>();
    assert_eq!(of(&told["sizes"]["shapes"]), 20);
    assert_eq!((&told["color"]["pictures"], &told["unreadable"]), (&json!(train), &json!([])));
}

#[test]
fn bad_pictures_are_told_and_are_no_error() {
    let told = stats(&fixture("broken"), &[]);
    let bad: Vec<&Value> = told["unreadable"].as_array().unwrap().iter().map(|bad| &bad["path"]).collect();
    assert_eq!(bad, ["cat/cut.jpg", "cat/huge.png", "cat/text.jpg", "coffee/cut.png", "coffee/empty.png"]);
    assert_eq!((&told["pictures"], &told["color"]["pictures"]), (&json!(4), &json!(4)));
    let place = TempDir::new().unwrap();
    fs::write(place.path().join("a_0.png"), "").unwrap();
    let told = stats(place.path(), &["--split", "val=0.5"]);
    assert_eq!((&told["pictures"], &told["unreadable"][0]["problem"]), (&json!(0), &json!("the file is empty")));
}

#[test]
fn colors_are_those_of_training_pictures() {
    let place = TempDir::new().unwrap();
    picture(&place.path().join("train/cat/a.png"), |x, _| [if x < 8 { 0 } else { 102 }, 51, 255]);
    picture(&place.path().join("test/cat/b.png"), |_, _| [9; 3]);
    let spec = place.path().join("spec.json");
    fs::write(&spec, r#"{"version": 1, "split": {"from": "folders"}, "pipeline": [{"op": "invert"}]}"#).unwrap();
    let told = stats(place.path(), &["--spec", spec.to_str().unwrap()]);
    let color = json!({
        "channels": ["red", "green", "blue"], "pictures": 1, "pixels": 128, "mean": [0.2, 0.2, 1.0], "std": [0.2, 0.0, 0.0],
        "mean_level": [51.0, 51.0, 255.0], "std_level": [51.0, 0.0, 0.0],
    });
    assert_eq!((&told["color"], &told["splits"]["test"]["pictures"]), (&color, &json!(1)));
}

#[test]
fn copies_are_listed_and_so_is_what_looks_alike_on_two_sides() {
    let place = TempDir::new().unwrap();
    let at = |path: &str| place.path().join("pictures").join(path);
    let slope = |x: u32, y: u32| [(x * 9 + y * 3) as u8; 3];
    picture(&at("train/cat/a.png"), slope);
    fs::copy(at("train/cat/a.png"), at("train/cat/copy.png")).unwrap();
    picture(&at("val/cat/brighter.png"), |x, y| slope(x, y).map(|level| level + 20));
    picture(&at("val/cat/other.png"), |x, _| [200 - 9 * x as u8; 3]);
    let spec = place.path().join("spec.json");
    fs::write(&spec, r#"{"version": 1, "split": {"from": "folders"}, "pipeline": []}"#).unwrap();
    let told = stats(&at(""), &["--spec", spec.to_str().unwrap()]);
    assert_eq!(told["duplicates"], json!([["train/cat/a.png", "train/cat/copy.png"]]));
    assert_eq!(told["look_alike"], json!([["train/cat/a.png", "val/cat/brighter.png"]]));
    let warnings = told["warnings"].to_string();
    assert!(warnings.contains("1 group of pictures that look alike is on more than one side"), "{warnings}");
    let near = place.path().join("near.json");
    fs::write(&near, r#"{"version": 1, "split": {"val": 1, "duplicates": "near"}, "pipeline": []}"#).unwrap();
    let told = stats(&at(""), &["--spec", near.to_str().unwrap(), "--labels", "none"]);
    assert_eq!((&told["look_alike"].as_array().unwrap().len(), told["warnings"].to_string().contains("alike")), (&1, false));
}

#[test]
fn labels_that_are_missing_are_problems_but_not_where_the_split_needs_them() {
    let place = TempDir::new().unwrap();
    picture(&place.path().join("a.png"), |_, _| [1; 3]);
    picture(&place.path().join("b.png"), |_, _| [2; 3]);
    let told = stats(place.path(), &[]);
    assert_eq!((&told["pictures"], &told["labels"]), (&json!(2), &json!([])));
    assert!(told["problems"][0].as_str().unwrap().starts_with("a.png: has no `_` after a label"), "{told}");
    let spec = place.path().join("spec.json");
    let table = r#"{"from": "table", "path": "labels.csv", "column": "class"}"#;
    fs::write(&spec, format!(r#"{{"version": 1, "labels": {table}, "pipeline": []}}"#)).unwrap();
    let told = stats(place.path(), &["--spec", spec.to_str().unwrap()]);
    assert!(told["problems"][0].as_str().unwrap().starts_with("labels.csv: cannot read the table"), "{told}");
    fs::write(&spec, r#"{"version": 1, "split": {"val": 1, "stratified": true}, "pipeline": []}"#).unwrap();
    let (code, said) = end(prebake(&["stats"]).arg(place.path()).arg("--spec").arg(&spec));
    assert!(code == 2 && said.contains("a.png: has no `_`"), "{code} {said}");
}

#[test]
fn masks_and_boxes_are_counted() {
    let place = TempDir::new().unwrap();
    for (name, boxes) in [("a", "0 0.5 0.5 0.5 0.5\n1 0.5 0.5 0.2 0.2\n"), ("b", "1 0.5 0.5 0.5 0.5\n"), ("c", "")] {
        picture(&place.path().join(format!("images/{name}.png")), |x, y| [(x * y) as u8, name.as_bytes()[0], 0]);
        let mask = place.path().join(format!("masks/{name}.png"));
        fs::create_dir_all(mask.parent().unwrap()).unwrap();
        image::GrayImage::from_pixel(16, 8, image::Luma([1])).save(mask).unwrap();
        fs::create_dir_all(place.path().join("labels")).unwrap();
        fs::write(place.path().join(format!("labels/{name}.txt")), boxes).unwrap();
    }
    fs::write(place.path().join("classes.txt"), "dog\nowl\n").unwrap();
    let spec = place.path().join("spec.json");
    let targets =
        r#"{"masks": {"path": "masks/NAME.png"}, "boxes": {"from": "yolo", "path": "labels/NAME.txt", "names": "classes.txt"}}"#;
    fs::write(&spec, format!(r#"{{"version": 1, "labels": {{"from": "none"}}, "targets": {targets}, "pipeline": []}}"#)).unwrap();
    let told = stats(place.path(), &["--spec", spec.to_str().unwrap()]);
    assert_eq!((&told["pictures"], &told["masks"], &told["problems"]), (&json!(3), &json!(3), &json!([])));
    let boxes = json!([
        {"class": "dog", "count": 1, "splits": {"train": 1}}, {"class": "owl", "count": 2, "splits": {"train": 2}},
    ]);
    assert_eq!(told["boxes"], boxes);
}

#[test]
fn a_dataset_says_the_same_and_its_rows() {
    let place = TempDir::new().unwrap();
    let out = place.path().join("out");
    build("by_folder", "default.json", &out, &["--split", "val=8", "--epochs", "3", "--quiet"]).assert().success();
    let (of_pictures, of_dataset) = (stats(&fixture("by_folder"), &["--split", "val=8"]), stats(&out, &[]));
    for key in ["pictures", "bytes", "labels", "sizes", "formats", "duplicates", "unreadable"] {
        assert_eq!(of_pictures[key], of_dataset[key], "{key}");
    }
    let train = &of_dataset["splits"]["train"];
    assert_eq!((&train["epochs"], &train["rows_per_epoch"]), (&json!(3), &train["pictures"]));
    assert_eq!((&of_dataset["splits"]["val"]["epochs"], &of_dataset["color"]), (&json!(1), &Value::Null));
    let (code, said) = end(prebake(&["stats", "--split", "val=0.5"]).arg(&out));
    assert!(code == 2 && said.contains("a dataset, which says its labels and its split itself"), "{code} {said}");
    let samples = fs::read_to_string(out.join("samples.jsonl")).unwrap();
    fs::write(out.join("samples.jsonl"), samples.replace("cat", "dog")).unwrap();
    assert_eq!(end(prebake(&["stats"]).arg(&out)).0, 12);
}

#[test]
fn what_featurewise_counted_is_told() {
    let place = TempDir::new().unwrap();
    let (spec, out) = (place.path().join("spec.json"), place.path().join("out"));
    let output = r#"{"dtype": "float32", "featurewise": {}}"#;
    fs::write(&spec, format!(r#"{{"version": 1, "output": {output}, "pipeline": []}}"#)).unwrap();
    picture(&place.path().join("in/cat/a.png"), |_, _| [51, 102, 255]);
    let mut command = prebake(&["build", "--quiet"]);
    command.arg(place.path().join("in")).arg("--spec").arg(&spec).arg("--out").arg(&out).assert().success();
    assert_eq!(stats(&out, &[])["color"]["mean_level"], json!([51.0, 102.0, 255.0]));
}

#[test]
fn a_page_asks_for_nothing_and_nothing_names_a_place() {
    let place = TempDir::new().unwrap();
    let page = |name: &str| place.path().join(name).to_str().unwrap().to_string();
    let run = |name: &str, threads: &str| {
        let mut command = prebake(&["stats", "--json", "--split", "val=0.3", "-o", &page(name)]);
        let output = command.arg(fixture("by_folder")).env("RAYON_NUM_THREADS", threads).output().unwrap();
        assert!(output.status.success());
        (String::from_utf8(output.stdout).unwrap(), fs::read_to_string(page(name)).unwrap())
    };
    let (first, again) = (run("a.html", "1"), run("b.html", "3"));
    assert_eq!(first, again);
    let (told, html) = first;
    let above = fixture("");
    assert!(!told.contains(above.to_str().unwrap()) && !html.contains(above.to_str().unwrap()));
    assert!(!html.contains("http://") && !html.contains("https://") && !html.contains("<script") && !html.contains("src="));
    assert!(html.contains("<h1>Pictures: by_folder</h1>") && html.contains("astronaut"));
    for (name, problem) in [("a.png", "the report is a page"), ("no/a.html", "no such folder")] {
        let (code, said) = end(prebake(&["stats", "-o", &page(name)]).arg(fixture("by_folder")));
        assert!(code == 2 && said.contains(problem), "{code} {said}");
    }
    let inside = fixture("by_folder/report.html");
    let (code, said) = end(prebake(&["stats", "-o", inside.to_str().unwrap()]).arg(fixture("by_folder")));
    assert!(code == 2 && said.contains("inside the folder that it tells of") && !inside.exists(), "{code} {said}");
}

#[test]
fn a_folder_of_pictures_may_hold_a_file_of_that_name() {
    let place = TempDir::new().unwrap();
    picture(&place.path().join("cat/a.png"), |_, _| [1; 3]);
    fs::write(place.path().join("dataset.json"), "{}").unwrap();
    assert_eq!(stats(place.path(), &[])["of"], "pictures");
    let text = prebake(&["stats", "--quiet"]).arg(place.path()).output().unwrap();
    let text = String::from_utf8(text.stdout).unwrap();
    assert!(text.starts_with("1 picture, ") && text.contains("  sizes       16x8 (1)\n"), "{text}");
}

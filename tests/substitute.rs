//! Bad pictures, and others in their place: with every kind of label, with masks and boxes, on every side of a split; and where every
//! picture went.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use common::{end, fixture, prebake, tree};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;
use tempfile::TempDir;

const SIDE: u32 = 16;
/// Steps that draw, and steps that do not.
const DRAWN: &str = r#"[{"op": "rotate", "degrees": [-30, 30]}]"#;
const FIXED: &str = r#"[{"op": "invert"}]"#;

/// A folder with pictures, some of them bad, and a spec.
struct Place(TempDir);

impl Place {
    /// Pictures of different content; those whose names begin with `bad` are none.
    fn new(pictures: &[&str]) -> Self {
        let place = Self(TempDir::new().unwrap());
        pictures.iter().enumerate().for_each(|(at, path)| place.add(path, at as u8));
        place
    }

    fn path(&self, relative: &str) -> PathBuf {
        self.0.path().join(relative)
    }

    fn add(&self, path: &str, level: u8) {
        let file = self.path("in").join(path);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        if path.rsplit('/').next().unwrap().starts_with("bad") {
            return fs::write(file, format!("no picture {level}")).unwrap();
        }
        let pixel =
            |x: u32, y: u32| image::Rgb([level.wrapping_mul(37) ^ (x * 11) as u8, level.wrapping_mul(91), (y * 9) as u8 ^ level]);
        image::RgbImage::from_fn(SIDE, SIDE, pixel).save(file).unwrap();
    }

    fn write(&self, relative: &str, text: impl AsRef<[u8]>) {
        let file = self.path("in").join(relative);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    }

    /// Builds into `out` and gives the exit code, what was told on standard error, and the report.
    fn build(&self, out: &str, steps: &str, fields: &str, more: &[&str]) -> (i32, String, Value) {
        let spec = format!(r#"{{"version": 1, "epochs": 2, "batch_size": 2, {fields} "pipeline": {steps}}}"#);
        fs::write(self.path("spec.json"), spec).unwrap();
        let mut build = prebake(&["build", "--json", "--on-error", "substitute"]);
        build.arg(self.path("in")).arg("--spec").arg(self.path("spec.json")).arg("--out").arg(self.path(out)).args(more);
        let output = build.output().unwrap();
        let report = serde_json::from_slice(&output.stdout).unwrap_or(Value::Null);
        (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap(), report)
    }

    /// As [`Self::build`] into `out`, which must end with exit code 3; gives the samples by path.
    fn samples(&self, steps: &str, fields: &str, more: &[&str]) -> BTreeMap<String, Value> {
        let (code, stderr, _) = self.build("out", steps, fields, more);
        assert_eq!(code, 3, "{stderr}");
        self.lines("samples.jsonl")
    }

    fn lines(&self, file: &str) -> BTreeMap<String, Value> {
        let text = fs::read_to_string(self.path("out").join(file)).unwrap();
        let each = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        each.map(|line| (line["path"].as_str().unwrap().to_string(), line)).collect()
    }

    /// The rows of an array by path, of all sides in epoch 0.
    fn rows(&self, array: &str) -> BTreeMap<String, Vec<u8>> {
        let paths: Vec<String> = fs::read_to_string(self.path("out/samples.jsonl"))
            .unwrap()
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).unwrap()["path"].as_str().unwrap().to_string())
            .collect();
        let manifest: Value = serde_json::from_slice(&fs::read(self.path("out/dataset.json")).unwrap()).unwrap();
        let splits = manifest["splits"].as_object().unwrap().values();
        let shards = splits.flat_map(|split| split["shards"].as_array().unwrap()).filter(|shard| shard["epoch"] == 0);
        let mut found = BTreeMap::new();
        for shard in shards {
            let read = |name: &str| {
                fs::read(self.path("out").join(shard["arrays"][name]["path"].as_str().unwrap())).unwrap()[128..].to_vec()
            };
            let (values, sources) = (read(array), read("sources"));
            let size = values.len() / (sources.len() / 8);
            for (row, source) in values.chunks(size).zip(sources.chunks(8)) {
                let at = usize::try_from(i64::from_le_bytes(source.try_into().unwrap())).unwrap();
                found.insert(paths[at].clone(), row.to_vec());
            }
        }
        found
    }
}

/// The picture that stands in for another.
fn stands_in<'a>(samples: &'a BTreeMap<String, Value>, path: &str) -> &'a str {
    samples[path]["substitute"].as_str().unwrap()
}

const CLASSES: [&str; 9] =
    ["a/0.png", "a/1.png", "a/2.png", "a/bad_0.png", "a/bad_1.png", "b/0.png", "b/1.png", "b/bad.png", "c/bad.png"];

#[test]
fn a_picture_of_the_same_class_stands_in_and_draws_for_itself() {
    let place = Place::new(&CLASSES);
    let (code, stderr, report) = place.build("out", DRAWN, "", &[]);
    assert_eq!(code, 3, "{stderr}");
    let samples = place.lines("samples.jsonl");
    let errors = place.lines("errors.jsonl");
    let images = place.rows("images");
    assert_eq!(samples.len(), 8);
    for path in ["a/bad_0.png", "a/bad_1.png", "b/bad.png"] {
        let other = stands_in(&samples, path);
        assert!(other[..2] == path[..2] && !other.contains("bad"), "{path}: {other}");
        assert_eq!(errors[path]["substitute"], other);
        assert_eq!(errors[path]["bytes"], 12);
        assert!(stderr.contains(&format!("{path}: {other} stands in for it: not a picture")), "{stderr}");
        for same in ["xxh3_128", "bytes", "label", "class", "width"] {
            assert_eq!(samples[path][same], samples[other][same], "{path}");
        }
        assert_ne!(images[path], images[other]);
        let picture = place.path("again.png");
        let mut explain = prebake(&["explain", "--image", path, "-o"]);
        explain.arg(&picture).arg("--input").arg(place.path("in")).arg(place.path("out"));
        let said = String::from_utf8(explain.output().unwrap().stdout).unwrap();
        assert!(said.contains(&format!("shows    {other}, which stands in for it")), "{said}");
        assert_eq!(image::open(&picture).unwrap().into_rgb8().into_raw(), images[path]);
    }
    assert!(!samples["a/0.png"].as_object().unwrap().contains_key("substitute"));
    let lost = "not a picture of a known format (JPEG, PNG, BMP, GIF, WebP, TIFF or PNM); no good picture has its labels, to stand in for it";
    assert_eq!(errors["c/bad.png"], json!({"path": "c/bad.png", "bytes": 12, "problem": lost}));
    let accounted = json!({"read": 9, "in_rows": 5, "substituted": 3, "skipped": 1, "held_out": 0});
    assert_eq!((&report["accounted"], &report["skipped"], &report["substituted"]), (&accounted, &json!(1), &json!(3)));
    prebake(&["verify"]).arg(place.path("out")).assert().success();
    // Neither threads nor pictures of other classes change who stands in.
    let first = tree(&place.path("out"));
    assert_eq!(place.build("again", DRAWN, "", &["--threads", "1"]).0, 3);
    assert!(first == tree(&place.path("again")));
    place.add("b/9.png", 99);
    place.add("b/bad_9.png", 98);
    fs::remove_dir_all(place.path("out")).unwrap();
    let then = place.samples(DRAWN, "", &[]);
    assert_eq!(stands_in(&samples, "a/bad_0.png"), stands_in(&then, "a/bad_0.png"));
    assert_eq!(stands_in(&samples, "a/bad_1.png"), stands_in(&then, "a/bad_1.png"));
}

#[test]
fn who_stands_in_is_drawn_evenly_and_by_the_seed() {
    let names: Vec<String> = (0..4).map(|at| format!("a/{at}.png")).chain((0..200).map(|at| format!("a/bad_{at}.png"))).collect();
    let place = Place::new(&names.iter().map(String::as_str).collect::<Vec<_>>());
    let choices = |seed: &str| -> Vec<String> {
        let samples = place.samples(FIXED, "", &["--seed", seed, "--force"]);
        names[4..].iter().map(|path| stands_in(&samples, path).to_string()).collect()
    };
    let (one, two) = (choices("1"), choices("2"));
    for good in &names[..4] {
        let count = one.iter().filter(|other| *other == good).count();
        assert!((30..=70).contains(&count), "{good}: {count}");
    }
    assert_ne!(one, two);
}

#[test]
fn without_bad_pictures_nothing_tells_of_the_policy() {
    let place = Place::new(&["a/0.png", "a/1.png", "b/0.png"]);
    let (code, stderr, report) = place.build("out", DRAWN, "", &[]);
    assert_eq!((code, stderr.as_str(), &report["substituted"]), (0, "", &json!(0)));
    assert_eq!(place.build("fail", DRAWN, "", &["--on-error", "fail"]).0, 2, "it is given twice");
    let mut fail = prebake(&["build", "--quiet", "--spec"]);
    fail.arg(place.path("spec.json")).arg(place.path("in")).arg("--out").arg(place.path("fail")).assert().success();
    assert!(tree(&place.path("out")) == tree(&place.path("fail")));
}

#[test]
fn several_heads_sets_and_numbers_must_all_be_equal() {
    let table = "file_name,kind,tags,size\n0.png,x,p|q,1\n1.png,x,p,1\n2.png,y,p|q,1\n3.png,x,p|q,2\nbad_0.png,x,q|p,1\nbad_1.png,y,p,1\nbad_2.png,x,p|q,2\n";
    let pictures = ["0.png", "1.png", "2.png", "3.png", "bad_0.png", "bad_1.png", "bad_2.png", "bad_3.png"];
    let place = Place::new(&pictures);
    place.write("metadata.csv", table);
    let heads = r#"[{"name": "kind", "column": "kind", "kind": "one_hot"}, {"name": "tags", "column": "tags", "kind": "multi_label", "multi_separator": "|"},
        {"name": "size", "column": "size", "kind": "regression"}]"#;
    let labels = format!(r#""labels": {{"from": "table", "path": "metadata.csv", "unmatched": "skip", "heads": {heads}}},"#);
    let samples = place.samples(DRAWN, &labels, &[]);
    assert_eq!(stands_in(&samples, "bad_0.png"), "0.png");
    assert_eq!(stands_in(&samples, "bad_2.png"), "3.png");
    assert_eq!(samples["bad_0.png"]["labels"], samples["0.png"]["labels"]);
    // No good picture has the labels of one, and the table does not know the other.
    let errors = place.lines("errors.jsonl");
    for path in ["bad_1.png", "bad_3.png"] {
        assert!(!samples.contains_key(path), "{path}");
        assert!(
            errors[path]["problem"].as_str().unwrap().ends_with("; no good picture has its labels, to stand in for it"),
            "{errors:?}"
        );
    }
}

#[test]
fn masks_and_boxes_are_those_of_the_picture_that_stands_in() {
    let place = Place::new(&["0.png", "1.png", "2.png", "bad_0.png", "bad_1.png"]);
    let mask = |level: u8| {
        let file = place.path(&format!("in/masks/{level}.png"));
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        image::GrayImage::from_pixel(SIDE, SIDE, image::Luma([level + 1])).save(file).unwrap();
    };
    (0..3).for_each(mask);
    let image = |at: usize| json!({"id": at, "file_name": format!("{at}.png"), "width": SIDE, "height": SIDE});
    let annotation = |at: usize| {
        let outline = json!([[at, at, at + 4, at, at + 4, at + 5, at, at + 5]]);
        json!({"id": at, "image_id": at, "category_id": at, "bbox": [at, at, 4, 5], "iscrowd": 0, "area": 20, "segmentation": outline})
    };
    let category = |at: usize| json!({"id": at, "name": format!("thing {at}")});
    let each = |of: &dyn Fn(usize) -> Value| (0..3).map(of).collect::<Vec<Value>>();
    let coco = json!({"images": each(&image), "annotations": each(&annotation), "categories": each(&category)});
    place.write("coco.json", coco.to_string());
    for (labels, masks) in [("none", r#"{"path": "masks/NAME.png"}"#), ("boxes", r#"{"from": "coco", "path": "coco.json"}"#)] {
        let fields = format!(
            r#""labels": {{"from": "{labels}"}}, "targets": {{"masks": {masks}, "boxes": {{"path": "coco.json", "layout": "padded"}}}},"#
        );
        let _ = fs::remove_dir_all(place.path("out"));
        if labels == "boxes" {
            fs::remove_dir_all(place.path("in/masks")).unwrap();
        }
        let samples = place.samples(FIXED, &fields, &[]);
        let rows = |array: &str| place.rows(array);
        let (masks, boxes, images) = (rows("masks"), rows("boxes"), rows("images"));
        for path in ["bad_0.png", "bad_1.png"] {
            let other = stands_in(&samples, path);
            // No step draws, so that all is equal.
            assert_eq!(images[path], images[other]);
            assert!(masks[path] == masks[other] && boxes[path] == boxes[other], "{labels} {path}");
            assert!(masks[other].iter().any(|id| *id > 0) && boxes[other].iter().any(|byte| *byte > 0));
            for same in ["mask", "boxes", "label"] {
                assert_eq!(samples[path].get(same), samples[other].get(same), "{labels} {path} {same}");
            }
        }
    }
}

#[test]
fn no_picture_is_on_two_sides() {
    let names: Vec<String> = ["a", "b"]
        .iter()
        .flat_map(|class| (0..20).map(move |at| format!("{class}/{}{at}.png", if at % 3 == 0 { "bad_" } else { "" })))
        .collect();
    let place = Place::new(&names.iter().map(String::as_str).collect::<Vec<_>>());
    let sides_agree = |samples: &BTreeMap<String, Value>| {
        let sides: BTreeSet<&str> = samples.values().map(|sample| sample["split"].as_str().unwrap()).collect();
        assert!(sides.len() > 1);
        for sample in samples.values().filter(|sample| sample["substitute"].is_string()) {
            assert_eq!(sample["split"], samples[sample["substitute"].as_str().unwrap()]["split"], "{sample}");
        }
    };
    for split in
        [r#"{"val": 0.3}"#, r#"{"val": 8, "test": 6, "stratified": true}"#, r#"{"from": "folds", "folds": 3, "fold": 1}"#]
    {
        let _ = fs::remove_dir_all(place.path("out"));
        let samples = place.samples(DRAWN, &format!(r#""split": {split},"#), &[]);
        assert_eq!(samples.len(), 40, "{split}");
        sides_agree(&samples);
        if split.contains("test") {
            let count = |side: &str, class: &str| {
                samples.iter().filter(|(path, sample)| path.starts_with(class) && sample["split"] == side).count()
            };
            assert_eq!(["a", "b"].map(|class| (count("val", class), count("test", class))), [(4, 3); 2]);
        }
    }
    // Those that were good in an earlier dataset, and are not any more.
    let split = r#""split": {"val": 0.4},"#;
    let _ = fs::remove_dir_all(place.path("out"));
    let before = place.samples(DRAWN, split, &[]);
    fs::rename(place.path("out"), place.path("earlier")).unwrap();
    for path in ["a/1.png", "b/2.png", "b/4.png"] {
        fs::write(place.path("in").join(path), "broken since").unwrap();
    }
    let earlier = place.path("earlier");
    let after = place.samples(DRAWN, split, &["--split-from", earlier.to_str().unwrap()]);
    sides_agree(&after);
    for (path, sample) in after.iter().filter(|(_, sample)| !sample["substitute"].is_string()) {
        assert_eq!(sample["split"], before[path]["split"], "{path}");
    }
}

#[test]
fn where_folders_or_a_table_say_the_side_it_stays() {
    let place = Place::new(&[
        "train/a/0.png",
        "train/a/1.png",
        "val/a/0.png",
        "val/a/bad.png",
        "train/a/bad.png",
        "val/b/0.png",
        "train/b/bad.png",
    ]);
    let samples = place.samples(DRAWN, r#""split": {"from": "folders"},"#, &[]);
    assert_eq!(stands_in(&samples, "val/a/bad.png"), "val/a/0.png");
    assert!(stands_in(&samples, "train/a/bad.png").starts_with("train/a/"));
    assert!(!samples.contains_key("train/b/bad.png"));

    let place = Place::new(&["0.png", "1.png", "2.png", "bad_0.png", "bad_1.png"]);
    place.write("table.csv", "file,label,side\n0.png,x,train\n1.png,x,val\n2.png,y,train\nbad_0.png,x,val\nbad_1.png,y,val\n");
    let fields = r#""labels": {"from": "table", "path": "table.csv", "file_column": "file", "column": "label"}, "split": {"from": "column", "column": "side"},"#;
    let samples = place.samples(DRAWN, fields, &[]);
    assert_eq!(stands_in(&samples, "bad_0.png"), "1.png");
    assert!(!samples.contains_key("bad_1.png"));
}

#[test]
fn the_budget_counts_those_that_others_stand_in_for() {
    let place = Place::new(&CLASSES);
    let (code, stderr, _) = place.build("out", DRAWN, "", &["--max-errors", "3"]);
    assert!(code == 4 && stderr.contains("4 of 9 pictures cannot be used, more than allowed"), "{stderr}");
    assert_eq!(place.build("out", DRAWN, "", &["--max-errors", "4"]).0, 3);
    // What is there already is no half success.
    assert_eq!(place.build("out", DRAWN, "", &["--max-errors", "4"]).0, 0);
}

#[test]
fn pictures_without_a_row_are_told() {
    let place = Place::new(&["a/0.png", "a/1.png", "a/2.png", "a/3.png", "a/4.png", "a/5.png", "b/0.png", "b/bad.png"]);
    let balance = r#""balance": {"sampling": "undersample"},"#;
    let (code, stderr, report) = place.build("out", FIXED, balance, &["--epochs", "1"]);
    assert_eq!(code, 3, "{stderr}");
    let accounted = json!({"read": 8, "in_rows": 3, "substituted": 1, "skipped": 0, "held_out": 4});
    assert_eq!(report["accounted"], accounted);
}

#[test]
fn a_picture_that_fails_amid_the_rows_leaves_finished_shards() {
    let place = Place::new(&["0.png", "1.png", "2.png", "3.png", "4.png"]);
    let whole = fs::read(fixture("broken/coffee/cut.png")).unwrap();
    let good = fs::read(fixture("broken/coffee/0.jpg")).unwrap();
    place.write("5.png", &whole);
    place.write("6.jpg", &good);
    let spec = r#"{"version": 1, "epochs": 1, "batch_size": 1, "shuffle": "none", "labels": {"from": "none"}, "pipeline": [{"op": "resize", "width": 16, "height": 16}]}"#;
    fs::write(place.path("spec.json"), spec).unwrap();
    let mut build = prebake(&["build", "--threads", "1", "--batches-per-shard", "1", "--spec"]);
    let (code, stderr) = end(build.arg(place.path("spec.json")).arg(place.path("in")).arg("--out").arg(place.path("out")));
    let said = "prebake: error: 5.png: cannot be decoded: unexpected end of file (mend or remove it, or leave bad pictures out: --on-error skip)\n";
    assert_eq!((code, stderr.as_str()), (1, said));
    assert!(!place.path("out/dataset.json").exists());
    for (name, bytes) in tree(&place.path("out/train")) {
        assert!(bytes.len() > 128 && !name.to_string_lossy().contains("00005-of"), "{}", name.display());
    }
}

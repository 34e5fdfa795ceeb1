//! Pictures are divided into training, validation and test: no leak, no surprise.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use assert_cmd::Command;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use tempfile::TempDir;

/// A folder of pictures by class, each of another colour; and a place for datasets.
struct Place(TempDir);

impl Place {
    fn new(pictures: &[(&str, u8)]) -> Self {
        let place = Self(TempDir::new().unwrap());
        pictures.iter().for_each(|(path, level)| place.picture(path, *level));
        place
    }

    /// A picture of 8x8 whose content is `level`.
    fn picture(&self, path: &str, level: u8) {
        let file = self.0.path().join("pictures").join(path);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        let image = image::RgbImage::from_fn(8, 8, |x, _| image::Rgb([level, level ^ 0x55, if x < 4 { 0 } else { level }]));
        image.save(file).unwrap();
    }

    fn prebake(&self, command: &str, spec: &str, out: &str, more: &[&str]) -> assert_cmd::assert::Assert {
        let spec_file = self.0.path().join("spec.json");
        fs::write(&spec_file, spec).unwrap();
        let mut prebake = Command::cargo_bin("prebake").unwrap();
        prebake.arg(command).arg(self.0.path().join("pictures")).arg("--spec").arg(spec_file);
        prebake.arg("--out").arg(self.0.path().join(out)).args(["--quiet", "--json"]).args(more).assert()
    }

    /// Builds, and says the side of each picture.
    fn sides(&self, spec: &str, out: &str, more: &[&str]) -> BTreeMap<String, String> {
        self.prebake("build", spec, out, more).success();
        let samples = fs::read_to_string(self.0.path().join(out).join("samples.jsonl")).unwrap();
        let side = |line: &str| {
            let line: Value = serde_json::from_str(line).unwrap();
            (line["path"].as_str().unwrap().to_string(), line["split"].as_str().unwrap().to_string())
        };
        samples.lines().map(side).collect()
    }

    fn refused(&self, spec: &str, more: &[&str]) -> String {
        let failed = self.prebake("build", spec, "refused", more).code(2);
        String::from_utf8(failed.get_output().stderr.clone()).unwrap()
    }
}

fn spec(split: &str) -> String {
    format!(
        r#"{{"version": 1, "epochs": 2, "batch_size": 4, {split} "pipeline": [{{"op": "invert"}}, {{"op": "brightness", "delta": [-0.3, 0.3]}}]}}"#
    )
}

/// `count` pictures of each of two classes.
fn two_classes(count: u8) -> Place {
    let place = Place::new(&[]);
    (0..count).for_each(|i| {
        place.picture(&format!("cat/{i:03}.png"), i);
        place.picture(&format!("dog/{i:03}.png"), 128 + i);
    });
    place
}

fn on<'a>(sides: &'a BTreeMap<String, String>, side: &str) -> BTreeSet<&'a str> {
    sides.iter().filter(|(_, found)| *found == side).map(|(path, _)| path.as_str()).collect()
}

/// All bytes of one array of a side, file after file, without headers.
fn array(out: &Path, manifest: &Value, side: &str, name: &str) -> Vec<u8> {
    let shards = manifest["splits"][side]["shards"].as_array().unwrap();
    let read = |shard: &Value| fs::read(out.join(shard["arrays"][name]["path"].as_str().unwrap())).unwrap()[128..].to_vec();
    shards.iter().flat_map(read).collect()
}

#[test]
fn only_training_rows_are_augmented_and_every_side_is_loaded_alike() {
    let place = two_classes(20);
    let sides = place.sides(&spec(r#""split": {"val": 0.25, "stratified": true},"#), "out", &[]);
    assert_eq!((on(&sides, "val").len(), on(&sides, "train").len()), (10, 30));
    let out = place.0.path().join("out");
    let manifest: Value = serde_json::from_slice(&fs::read(out.join("dataset.json")).unwrap()).unwrap();
    assert_eq!((&manifest["splits"]["val"]["epochs"], &manifest["splits"]["train"]["epochs"]), (&1.into(), &2.into()));
    let sources = array(&out, &manifest, "val", "sources");
    let sources: Vec<usize> = sources.chunks(8).map(|n| i64::from_le_bytes(n.try_into().unwrap()) as usize).collect();
    let paths: Vec<&String> = sides.keys().collect();
    assert!(sources.is_sorted() && sources.iter().all(|at| sides[paths[*at]] == "val"));
    for (row, at) in array(&out, &manifest, "val", "images").chunks(8 * 8 * 3).zip(&sources) {
        let picture = image::open(place.0.path().join("pictures").join(paths[*at])).unwrap().to_rgb8();
        let inverted: Vec<u8> = picture.iter().map(|level| 255 - level).collect();
        assert_eq!(row, inverted, "{}", paths[*at]);
    }
    Command::cargo_bin("prebake").unwrap().arg("verify").arg(&out).assert().success();
}

#[test]
fn a_picture_keeps_its_side_when_others_come_or_go_or_are_renamed() {
    let place = two_classes(50);
    let before = place.sides(&spec(""), "before", &["--split", "val=0.2,test=0.1"]);
    let inside = |n: usize, share: f64| (n as f64 / 100.0 - share).abs() < 0.12;
    assert!(inside(on(&before, "val").len(), 0.2) && inside(on(&before, "test").len(), 0.1), "{before:?}");
    place.picture("cat/new.png", 77);
    fs::remove_file(place.0.path().join("pictures/dog/001.png")).unwrap();
    fs::rename(place.0.path().join("pictures/cat/002.png"), place.0.path().join("pictures/cat/zzz.png")).unwrap();
    let after = place.sides(&spec(""), "after", &["--split", "val=0.2,test=0.1", "--seed", "9"]);
    assert_eq!(after["cat/zzz.png"], before["cat/002.png"]);
    assert!(before.iter().all(|(path, side)| after.get(path).is_none_or(|found| found == side)));
}

#[test]
fn with_exact_numbers_an_earlier_dataset_says_who_stays() {
    let place = two_classes(30);
    let counted = spec(r#""split": {"val": 10, "test": 5, "stratified": true},"#);
    let before = place.sides(&counted, "before", &[]);
    assert_eq!((on(&before, "val").len(), on(&before, "test").len()), (10, 5));
    (0..6).for_each(|i| place.picture(&format!("cat/new{i}.png"), 100 + i));
    let from = place.0.path().join("before");
    let after = place.sides(&counted, "after", &["--split-from", from.to_str().unwrap()]);
    assert!(before.iter().all(|(path, side)| after[path] == *side));
    assert_eq!(after.len(), before.len() + 6);
}

#[test]
fn copies_and_groups_are_never_on_two_sides() {
    let place = two_classes(40);
    (0..20).for_each(|i| place.picture(&format!("cat/copy{i:03}.png"), i));
    let sides = place.sides(&spec(""), "copies", &["--split", "val=0.3"]);
    (0..20).for_each(|i| assert_eq!(sides[&format!("cat/{i:03}.png")], sides[&format!("cat/copy{i:03}.png")]));
    let grouped = spec(r#""split": {"val": 0.3, "group_pattern": "/(copy)?(?<group>[0-9]{2})"},"#);
    let sides = place.sides(&grouped, "groups", &[]);
    let mut by_group: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (path, side) in &sides {
        let name = path.rsplit('/').next().unwrap().trim_start_matches("copy");
        by_group.entry(&name[..2]).or_default().insert(side);
    }
    assert!(by_group.len() > 3 && by_group.values().all(|sides| sides.len() == 1), "{by_group:?}");
}

#[test]
fn pictures_that_look_alike_stay_together_if_asked() {
    let place = Place::new(&[]);
    for i in 0..12u32 {
        let folder = place.0.path().join("pictures/cat");
        fs::create_dir_all(&folder).unwrap();
        // Curves whose slopes differ from picture to picture, and a copy of half the size.
        let level = |x: u32, y: u32| ((x * (i + 3) * 5 + y * (17 - i) * 7 + x * y / (i + 1)) % 251) as u8;
        image::RgbImage::from_fn(72, 64, |x, y| image::Rgb([level(x / 8, y / 8); 3]))
            .save(folder.join(format!("{i}.png")))
            .unwrap();
        let half = image::RgbImage::from_fn(36, 32, |x, y| image::Rgb([level(x / 4, y / 4); 3]));
        half.save(folder.join(format!("{i}-small.png"))).unwrap();
    }
    let resize = r#"{"version": 1, "pipeline": [{"op": "resize", "width": 8, "height": 8}]}"#;
    let sides = place.sides(resize, "near", &["--split", "val=0.4", "--dedupe", "near"]);
    (0..12).for_each(|i| assert_eq!(sides[&format!("cat/{i}.png")], sides[&format!("cat/{i}-small.png")]));
    assert!(!on(&sides, "val").is_empty() && !on(&sides, "train").is_empty());
}

#[test]
fn every_picture_validates_in_one_fold() {
    let place = two_classes(10);
    let mut seen: BTreeMap<String, u32> = BTreeMap::new();
    for fold in 0..4 {
        let folds = spec(&format!(r#""split": {{"from": "folds", "folds": 4, "fold": {fold}, "stratified": true}},"#));
        for (path, side) in place.sides(&folds, &format!("fold{fold}"), &[]) {
            *seen.entry(path).or_default() += u32::from(side == "val");
        }
    }
    assert!(seen.len() == 20 && seen.values().all(|times| *times == 1), "{seen:?}");
}

#[test]
fn folders_may_say_the_side_and_below_them_the_class() {
    let place = Place::new(&[("train/cat/a.png", 1), ("train/dog/b.png", 2), ("validation/cat/c.png", 3), ("test/dog/d.png", 4)]);
    let sides = place.sides(&spec(r#""split": {"from": "folders"},"#), "out", &[]);
    assert_eq!(on(&sides, "val"), BTreeSet::from(["validation/cat/c.png"]));
    let map = fs::read_to_string(place.0.path().join("out/label_map.json")).unwrap();
    assert_eq!(serde_json::from_str::<Value>(&map).unwrap(), serde_json::json!({"cat": 0, "dog": 1}));
    place.picture("test/dog/copy of a.png", 1);
    let said = place.refused(&spec(r#""split": {"from": "folders"},"#), &[]);
    assert!(said.contains("test/dog/copy of a.png (test) and train/cat/a.png (train)"), "{said}");
    assert!(said.contains("leak"), "{said}");
}

#[test]
fn rows_are_explained_on_every_side_and_workers_make_the_same() {
    let place = two_classes(20);
    let split = spec(r#""split": {"val": 0.25},"#);
    let sides = place.sides(&split, "one", &[]);
    for share in ["1/2", "2/2"] {
        place.prebake("build", &split, "two", &["--worker", share]).success();
    }
    let (one, two) = (place.0.path().join("one"), place.0.path().join("two"));
    Command::cargo_bin("prebake").unwrap().arg("commit").arg(&two).assert().success();
    assert_eq!(fs::read(one.join("dataset.json")).unwrap(), fs::read(two.join("dataset.json")).unwrap());
    let picture = *on(&sides, "val").iter().next().unwrap();
    let explained = Command::cargo_bin("prebake").unwrap().args(["explain", "--json", "--image", picture]).arg(&one).assert();
    let explained: Value = serde_json::from_slice(&explained.success().get_output().stdout).unwrap();
    assert_eq!((&explained["split"], &explained["recipe"]), (&"val".into(), &serde_json::json!([])));
    let none = Command::cargo_bin("prebake").unwrap().args(["explain", "--split", "test", "--row", "0"]).arg(&one).assert();
    let none = String::from_utf8(none.code(2).get_output().stderr.clone()).unwrap();
    assert!(none.contains("--split test: it has none (there are train, val)"), "{none}");
}

#[test]
fn what_cannot_be_divided_is_told() {
    let place = two_classes(4);
    for (split, told) in [
        (r#""split": {},"#, "split.val: no picture is for val or test"),
        (r#""split": {"val": 1.5},"#, "split.val: 1.5 is neither a share"),
        (r#""split": {"train": 0.7, "val": 0.2},"#, "sum to 0.9"),
        (r#""split": {"val": 0.5, "group_pattern": "x"},"#, "has no group called `group`"),
        (r#""split": {"val": 0.5, "group_pattern": "(?<group>x)"},"#, "cat/000.png: has no group by split.group_pattern"),
        (r#""split": {"from": "folds", "folds": 3, "fold": 3},"#, "split.fold: there are 3 folds, from 0 to 2"),
        (r#""split": {"from": "folders"},"#, "cat/000.png: is in no folder train, val or test"),
        (r#""split": {"from": "folders", "stratified": true},"#, "split.stratified: the sides are given already"),
        (r#""split": {"val": 0.000001},"#, "split: no picture falls to val"),
        (r#""split": {"val": 8},"#, "split: no picture falls to train"),
        (r#""eval_pipeline": [],"#, "eval_pipeline: no rows are made by it"),
    ] {
        let said = place.refused(&spec(split), &[]);
        assert!(said.contains(told), "{split}: {said}");
    }
    let unlabelled = r#"{"version": 1, "labels": {"from": "none"}, "split": {"val": 0.5, "stratified": true}, "pipeline": []}"#;
    assert!(place.refused(unlabelled, &[]).contains("split.stratified: pictures have no classes"));
    let said = place.refused(&spec(""), &["--split-from", "nowhere"]);
    assert!(said.contains("--split-from: the pictures are not divided"), "{said}");
    let cropped = r#"{"version": 1, "split": {"val": 0.5}, "pipeline": [{"op": "random_crop", "width": 4, "height": 4}]}"#;
    assert!(place.refused(cropped, &[]).contains("4x4 in train and 8x8 in val (write an eval_pipeline that makes rows of 4x4)"));
}

//! Training rows show classes as often as the spec says; validation is left as it is found.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use common::{prebake, tree};
use serde_json::{Value, json};
use std::fs;
use std::path::Path;
use tempfile::TempDir;

/// Ten pictures of `cat`, three of `dog` and one of `owl`, each of another colour.
fn place() -> TempDir {
    let place = TempDir::new().unwrap();
    for (class, count) in [("cat", 10), ("dog", 3), ("owl", 1)] {
        let folder = place.path().join("pictures").join(class);
        fs::create_dir_all(&folder).unwrap();
        for i in 0..count {
            let level = image::Rgb([10 * i, class.as_bytes()[0], 200]);
            image::RgbImage::from_pixel(8, 8, level).save(folder.join(format!("{i}.png"))).unwrap();
        }
    }
    place
}

fn spec(place: &Path, sections: &str) -> String {
    let spec = place.join("spec.json");
    let pipeline = r#"[{"op": "brightness", "delta": [-0.3, 0.3]}]"#;
    fs::write(&spec, format!(r#"{{"version": 1, "epochs": 3, "batch_size": 4, {sections}, "pipeline": {pipeline}}}"#)).unwrap();
    spec.display().to_string()
}

fn run(place: &Path, command: &str, sections: &str, out: &str, more: &[&str]) -> assert_cmd::assert::Assert {
    let (spec, pictures) = (spec(place, sections), place.join("pictures").display().to_string());
    let out = place.join(out).display().to_string();
    prebake(&[command, &pictures, "--spec", &spec, "--out", &out, "--quiet", "--json"]).args(more).assert()
}

fn manifest(out: &Path) -> Value {
    serde_json::from_slice(&fs::read(out.join("dataset.json")).unwrap()).unwrap()
}

/// The values of an array in an epoch of a side, 8 or 4 bytes each.
fn values(out: &Path, side: &str, epoch: u64, name: &str) -> Vec<f64> {
    let manifest = manifest(out);
    let shards = manifest["splits"][side]["shards"].as_array().unwrap().iter().filter(|shard| shard["epoch"] == epoch);
    let of = |shard: &Value| {
        let bytes = fs::read(out.join(shard["arrays"][name]["path"].as_str().unwrap())).unwrap();
        match manifest["arrays"][name]["dtype"].as_str().unwrap() {
            "<i8" => bytes[128..].chunks(8).map(|n| i64::from_le_bytes(n.try_into().unwrap()) as f64).collect::<Vec<_>>(),
            _ => bytes[128..].chunks(4).map(|n| f32::from_le_bytes(n.try_into().unwrap()).into()).collect(),
        }
    };
    shards.flat_map(of).collect()
}

fn count(values: &[f64], of: f64) -> usize {
    values.iter().filter(|value| **value == of).count()
}

#[test]
fn rare_classes_come_as_often_as_the_largest_and_never_twice_alike() {
    let place = place();
    let (place, sections) = (place.path(), r#""balance": {"sampling": "oversample", "batches": "even"}"#);
    run(place, "build", sections, "out", &[]).success();
    let out = place.join("out");
    assert_eq!(manifest(&out)["rows_per_class"], json!([10, 10, 10]));
    for epoch in 0..3 {
        let labels = values(&out, "train", epoch, "labels");
        assert_eq!([0.0, 1.0, 2.0].map(|class| count(&labels, class)), [10, 10, 10]);
        for batch in labels.chunks(4) {
            assert!([0.0, 1.0, 2.0].iter().all(|class| count(batch, *class) <= 2), "{batch:?}");
        }
    }
    // The owl is one picture, and its ten rows are augmented each for itself.
    let bytes: Vec<Vec<u8>> = tree(&out.join("train/epoch-000"))
        .into_iter()
        .filter(|(path, _)| path.to_string_lossy().starts_with("images"))
        .flat_map(|(_, bytes)| bytes[128..].chunks(8 * 8 * 3).map(<[u8]>::to_vec).collect::<Vec<_>>())
        .collect();
    let labels = values(&out, "train", 0, "labels");
    let mut owls: Vec<&Vec<u8>> = bytes.iter().zip(&labels).filter(|(_, label)| **label == 2.0).map(|(row, _)| row).collect();
    owls.sort();
    owls.dedup();
    assert!(owls.len() > 7, "{}", owls.len());
    prebake(&["verify", &out.display().to_string()]).assert().success();
    // What explain makes again is the row.
    let (out, pictures) = (out.display().to_string(), place.join("pictures").display().to_string());
    for row in 0..30 {
        let picture = place.join("row.png").display().to_string();
        let which = ["--row".to_string(), row.to_string()];
        let explained =
            prebake(&["explain", &out, "--input", &pictures, "-o", &picture, "--json"]).args(which).assert().success();
        let told: Value = serde_json::from_slice(&explained.get_output().stdout).unwrap();
        assert_eq!(told["label"], labels[row] as i64);
        assert_eq!(image::open(&picture).unwrap().to_rgb8().into_raw(), bytes[row], "{row}");
    }
}

#[test]
fn workers_and_a_single_run_make_the_same_balanced_bytes() {
    let place = place();
    let (place, sections) = (place.path(), r#""balance": {"counts": {"owl": 7, "cat": 3}, "sample_weight": "balanced"}"#);
    run(place, "build", sections, "one", &["--threads", "1", "--memory", "1"]).success();
    for worker in ["2/3", "1/3", "3/3"] {
        run(place, "build", sections, "many", &["--worker", worker]).success();
    }
    // A worker that was killed leaves what it had begun.
    fs::write(place.join("many/train/epoch-000/.images-00000-of-00004.npy.1.tmp"), "half").unwrap();
    prebake(&["commit", &place.join("many").display().to_string()]).assert().success();
    assert_eq!(tree(&place.join("one")), tree(&place.join("many")));
    let weights = values(&place.join("one"), "train", 1, "sample_weight");
    let labels = values(&place.join("one"), "train", 1, "labels");
    for (class, rows) in [(0.0, 3), (1.0, 3), (2.0, 7)] {
        assert_eq!(count(&labels, class), rows);
        let sum: f64 = weights.iter().zip(&labels).filter(|(_, label)| **label == class).map(|(weight, _)| weight).sum();
        assert!((sum - 13.0 / 3.0).abs() < 1e-5, "{class} {sum}");
    }
}

#[test]
fn validation_is_neither_balanced_nor_weighed() {
    let place = place();
    let place = place.path();
    let balance = r#""balance": {"sampling": "undersample", "class_weight": {"dog": 3}}"#;
    run(place, "build", &format!(r#"{balance}, "split": {{"val": 0.3, "stratified": true}}"#), "out", &[]).success();
    let out = place.join("out");
    let (train, val) = (values(&out, "train", 0, "labels"), values(&out, "val", 0, "labels"));
    assert_eq!(count(&train, 0.0), count(&train, 1.0));
    assert_eq!((count(&val, 0.0), count(&val, 1.0)), (3, 1));
    assert!(values(&out, "val", 0, "sample_weight").iter().all(|weight| *weight == 1.0));
    let dog = train.iter().position(|label| *label == 1.0).unwrap();
    assert_eq!(values(&out, "train", 0, "sample_weight")[dog], 3.0);
}

#[test]
fn plan_says_the_rows_and_what_cannot_be_balanced_is_refused() {
    let place = place();
    let place = place.path();
    let planned = run(place, "plan", r#""balance": {"epochs": {"owl": 30}}"#, "out", &[]).success();
    let told: Value = serde_json::from_slice(&planned.get_output().stdout).unwrap();
    assert_eq!(told["rows_per_class"], json!({"cat": 10, "dog": 3, "owl": 10}));
    assert_eq!(told["rows"], 69);
    for (sections, code, problem) in [
        (r#""balance": {"counts": {"cats": 3}}"#, 2, "balance: unknown class `cats` (did you mean `cat`?)"),
        (r#""balance": {"class_weight": {"dgo": 3}}"#, 2, "balance: unknown class `dgo` (did you mean `dog`?)"),
        (r#""balance": {"counts": {"cat": 1000000000}}"#, 2, "1000000000 is not a whole number from 0 to 100000000"),
        (r#""balance": {"counts": {"cat": -3}}"#, 2, "balance.counts.cat: "),
        (r#""balance": {"counts": 3}"#, 2, "balance.counts: expected an object with a number for each name, found the number 3"),
        (r#""balance": {"counts": {"cat": 1}, "epochs": {"cat": 1}}"#, 2, "stands in counts too"),
        (r#""balance": {"sampling": "oversample"}, "shuffle": "none""#, 2, "cannot be balanced"),
        (r#""balance": {"sampling": "oversample"}, "labels": {"from": "none"}"#, 2, "pictures have no labels"),
        (
            r#""balance": {"sampling": "oversample", "head": "x"}"#,
            2,
            "balance: unknown head `x` (labels have one head, without a name",
        ),
        (r#""balance": {"counts": {"cat": 0, "dog": 0, "owl": 0}}"#, 2, "no rows are left"),
        (r#""balance": {"sample_weight": "balanced", "class_weight": {"cat": 2}}"#, 2, "keep one"),
    ] {
        let failed = run(place, "build", sections, "refused", &[]).code(code);
        let stderr = String::from_utf8(failed.get_output().stderr.clone()).unwrap();
        assert!(stderr.contains(problem), "{sections}: {stderr}");
    }
    assert!(!place.join("refused").exists());
}

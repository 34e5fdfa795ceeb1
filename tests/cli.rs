//! The binary as a user runs it: builds, repeats, shares, stops.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use common::{build, end, fixture, prebake, tree};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use tempfile::TempDir;

fn numbers(path: &Path) -> Vec<i64> {
    npyz::NpyFile::new(&fs::read(path).unwrap()[..]).unwrap().into_vec().unwrap()
}

/// The class that a file's path or name says.
fn class_of(path: &str) -> &str {
    path.split_once('/').or_else(|| path.split_once('_')).unwrap().0
}

#[test]
fn every_epoch_holds_every_picture_once_with_its_own_label() {
    for (pictures, spec, labels, shuffle) in [
        ("by_folder", "default.json", "auto", "block"),
        ("by_name", "scipy.json", "filename:_", "block"),
        ("by_name", "tf_image.json", "filename:_", "block"),
        ("by_name", "keras_sequence.json", "filename:_", "global"),
        ("by_name", "keras_sequence.json", "filename:_", "none"),
        ("by_folder", "scipy.json", "directory", "block"),
    ] {
        let out = TempDir::new().unwrap();
        let more = ["--epochs", "3", "--labels", labels, "--shuffle", shuffle, "--batch-size", "3", "--batches-per-shard", "2"];
        build(pictures, spec, out.path(), &more).assert().success();
        let manifest: serde_json::Value = serde_json::from_slice(&fs::read(out.path().join("dataset.json")).unwrap()).unwrap();
        let map: BTreeMap<String, i64> = serde_json::from_slice(&fs::read(out.path().join("label_map.json")).unwrap()).unwrap();
        let samples = fs::read_to_string(out.path().join("samples.jsonl")).unwrap();
        let paths: Vec<String> = samples
            .lines()
            .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["path"].as_str().unwrap().into())
            .collect();
        let mut orders: BTreeMap<u64, Vec<i64>> = BTreeMap::new();
        for shard in manifest["splits"]["train"]["shards"].as_array().unwrap() {
            let file = |name: &str| out.path().join(shard["arrays"][name]["path"].as_str().unwrap());
            let (labels, sources) = (numbers(&file("labels")), numbers(&file("sources")));
            for (label, source) in labels.iter().zip(&sources) {
                assert_eq!(map[class_of(&paths[usize::try_from(*source).unwrap()])], *label);
            }
            orders.entry(shard["epoch"].as_u64().unwrap()).or_default().extend(sources);
        }
        let in_order = shuffle == "none";
        assert_eq!(orders.len(), 3);
        for order in orders.values() {
            let mut sorted = order.clone();
            sorted.sort_unstable();
            assert_eq!(sorted, (0..paths.len() as i64).collect::<Vec<_>>());
            assert_eq!(*order == sorted, in_order);
        }
        assert_eq!(orders[&0] == orders[&1], in_order);
    }
}

#[test]
fn threads_workers_memory_and_repeats_change_no_byte() {
    let more = ["--batches-per-shard", "1"];
    let folder = TempDir::new().unwrap();
    let out = |name: &str| folder.path().join(name);
    build("by_folder", "default.json", &out("a"), &more).args(["--threads", "1"]).assert().success();
    build("by_folder", "default.json", &out("b"), &more).args(["--threads", "4", "--memory", "100KiB"]).assert().success();
    for worker in ["3/3", "1/3", "2/3"] {
        assert_eq!(end(&mut prebake(&["commit", out("c").to_str().unwrap()])).0, 10);
        build("by_folder", "default.json", &out("c"), &more).args(["--worker", worker]).assert().success();
    }
    prebake(&["commit", out("c").to_str().unwrap()]).assert().success();
    let first = tree(&out("a"));
    assert!(first == tree(&out("b")) && first == tree(&out("c")));
    let again = build("by_folder", "default.json", &out("a"), &more).assert().success();
    assert!(String::from_utf8_lossy(&again.get_output().stdout).starts_with("up to date"));
    assert!(first == tree(&out("a")));
}

#[test]
fn a_killed_run_goes_on_and_ends_with_the_same_bytes() {
    let more = ["--batches-per-shard", "1", "--epochs", "200", "--threads", "1"];
    let folder = TempDir::new().unwrap();
    let (whole, killed) = (folder.path().join("whole"), folder.path().join("killed"));
    build("by_folder", "default.json", &whole, &more).assert().success();
    let mut child = std::process::Command::new(assert_cmd::cargo::cargo_bin("prebake"))
        .args(build("by_folder", "default.json", &killed, &more).get_args())
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap();
    while !killed.join("train/epoch-003").is_dir() && child.try_wait().unwrap().is_none() {
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(!killed.join("dataset.json").exists(), "the run ended before it was killed");
    assert_eq!(end(&mut prebake(&["verify", killed.to_str().unwrap()])).0, 10);
    build("by_folder", "default.json", &killed, &more).assert().success();
    assert!(tree(&whole) == tree(&killed));
}

#[test]
fn plan_says_exactly_what_build_writes() {
    let folder = TempDir::new().unwrap();
    let out = folder.path().join("out");
    let mut plan = prebake(&["plan", "--json", "--spec", fixture("specs/default.json").to_str().unwrap()]);
    let planned = plan.arg(fixture("by_folder")).output().unwrap().stdout;
    let built = build("by_folder", "default.json", &out, &["--json"]).output().unwrap().stdout;
    let read = |bytes: &[u8]| serde_json::from_slice::<serde_json::Value>(bytes).unwrap();
    let (planned, built) = (read(&planned), read(&built));
    for key in ["plan_hash", "bytes", "rows", "shards", "classes", "batch_shape"] {
        assert_eq!(planned[key], built[key], "{key}");
    }
    for key in ["decode_seconds", "render_seconds", "write_seconds", "seconds", "rows_per_second"] {
        assert!(built[key].as_f64().unwrap() > 0.0, "{key}");
        assert!(key == "seconds" || planned[key].is_null(), "{key}");
    }
    let files = tree(&out);
    let written: usize = files.iter().filter(|(path, _)| !path.ends_with("dataset.json")).map(|(_, bytes)| bytes.len()).sum();
    assert_eq!(built["bytes"], written);
}

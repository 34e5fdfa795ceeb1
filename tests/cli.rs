//! The binary as a user runs it: builds, repeats, shares, stops, and refuses.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use assert_cmd::Command;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

fn fixture(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(path)
}

fn prebake(arguments: &[&str]) -> Command {
    let mut command = Command::cargo_bin("prebake").unwrap();
    command.args(arguments);
    command
}

/// `prebake build` of a fixture into `out`.
fn build(pictures: &str, spec: &str, out: &Path, more: &[&str]) -> Command {
    let mut command = prebake(&["build"]);
    command.arg(fixture(pictures)).arg("--spec").arg(fixture("specs").join(spec)).arg("--out").arg(out).args(more);
    command
}

/// Exit code and standard error.
fn end(command: &mut Command) -> (i32, String) {
    let output = command.output().unwrap();
    (output.status.code().unwrap_or(-1), String::from_utf8(output.stderr).unwrap())
}

/// Every file below a folder, with its bytes.
fn tree(root: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![root.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                files.insert(path.strip_prefix(root).unwrap().to_path_buf(), fs::read(path).unwrap());
            }
        }
    }
    files
}

fn numbers(path: &Path) -> Vec<i64> {
    npyz::NpyFile::new(&fs::read(path).unwrap()[..]).unwrap().into_vec().unwrap()
}

/// The class that a file's path or name says.
fn class_of(path: &str) -> &str {
    path.split_once('/').or_else(|| path.split_once('_')).unwrap().0
}

#[test]
fn every_epoch_holds_every_picture_once_with_its_own_label() {
    for (pictures, spec, labels, in_order) in [
        ("by_folder", "default.json", "auto", false),
        ("by_name", "scipy.json", "filename:_", false),
        ("by_name", "tf_image.json", "filename:_", false),
        ("by_name", "keras_sequence.json", "filename:_", true),
        ("by_folder", "scipy.json", "directory", false),
    ] {
        let out = TempDir::new().unwrap();
        let more = ["--epochs", "3", "--labels", labels, "--batch-size", "3", "--batches-per-shard", "2"];
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
fn each_bad_spec_has_its_message() {
    for (spec, said) in [
        ("unknown_op", "pipeline[0].op: unknown op `rotat` (did you mean `rotate`?)"),
        ("unknown_field", "pipeline[0].degree: unknown field `degree` (did you mean `degrees`?)"),
        ("string_for_number", "pipeline[0].degrees: expected a number, found the string \"ten\""),
        ("low_above_high", "pipeline[0].degrees: 20 is above -20 (write the lower bound first)"),
        ("p_too_large", "pipeline[0].p: 1.5 is outside 0 to 1"),
        ("crop_too_large", "pipeline[1] center_crop: a 9000x9000 crop is larger than the picture, which is 64x64 here"),
        ("trailing_comma", "1:54: not valid JSON: trailing commas"),
        ("no_version", "version: missing"),
        ("future_version", "version 99 is not known"),
        ("not_an_object", "expected an object"),
        ("size_varies", "pipeline: rows would differ in size"),
        ("p_on_crop", "pipeline[1] random_crop: p: 0.5 would leave rows of differing sizes"),
    ] {
        let out = TempDir::new().unwrap();
        let (code, stderr) = end(&mut build("by_folder", &format!("bad/{spec}.json"), &out.path().join("out"), &[]));
        assert_eq!(code, 2, "{spec}: {stderr}");
        assert!(stderr.contains(said), "{spec}: {stderr}");
        assert!(!out.path().join("out").exists(), "{spec}");
    }
    let (_, stderr) = end(&mut build("by_folder", "bad/many_errors.json", Path::new("/nonexistent/out"), &[]));
    assert_eq!(stderr.lines().count(), 5, "{stderr}");
}

#[test]
fn wrong_arguments_are_told_apart() {
    let out = TempDir::new().unwrap();
    let text = |arguments: &[&str]| end(&mut prebake(arguments));
    let spec = fixture("specs/default.json");
    let spec = spec.to_str().unwrap();
    let to = out.path().join("new");
    let to = to.to_str().unwrap();
    let (code, stderr) = text(&["build", "/no/such/place", "--spec", spec, "--out", to]);
    assert!(code == 2 && stderr.contains("/no/such/place: no such directory"), "{stderr}");
    let specs = fixture("specs/bad");
    let (code, stderr) = text(&["build", specs.to_str().unwrap(), "--spec", spec, "--out", to]);
    assert!(code == 2 && stderr.contains("no picture in it"), "{stderr}");
    let (code, stderr) = text(&["build", fixture("by_name").to_str().unwrap(), "--spec", "/no/spec.json", "--out", to]);
    assert!(code == 2 && stderr.contains("cannot read the spec"), "{stderr}");
    assert_eq!(text(&["verify", out.path().to_str().unwrap()]).0, 10);
    assert_eq!(text(&["commit", out.path().to_str().unwrap()]).0, 10);
}

#[test]
fn bad_pictures_stop_the_run_or_are_left_out_and_listed() {
    let folder = TempDir::new().unwrap();
    let out = folder.path().join("out");
    let (code, stderr) = end(&mut build("broken", "default.json", &out, &[]));
    assert!(code == 1 && stderr.contains("60000x60000 is 3600000000 pixels, above the limit"), "{stderr}");
    let (code, _) = end(&mut build("broken", "default.json", &out, &["--on-error", "skip", "--max-errors", "4"]));
    assert_eq!(code, 4);
    assert!(!out.exists());
    let (code, stderr) = end(&mut build("broken", "default.json", &out, &["--on-error", "skip", "--max-errors", "60%"]));
    assert!(code == 3 && stderr.contains("cat/cut.jpg: skipped: the file is cut off"), "{stderr}");
    assert_eq!(fs::read_to_string(out.join("errors.jsonl")).unwrap().lines().count(), 5);
    assert_eq!(fs::read_to_string(out.join("samples.jsonl")).unwrap().lines().count(), 4);
    prebake(&["verify", out.to_str().unwrap()]).assert().code(0);
}

#[test]
fn a_truncated_picture_is_named_when_it_is_reached() {
    let folder = TempDir::new().unwrap();
    let pictures = folder.path().join("in");
    fs::create_dir_all(&pictures).unwrap();
    for (from, to) in [("broken/cat/0.jpg", "a_1.jpg"), ("broken/cat/cut.jpg", "a_2.jpg"), ("broken/coffee/0.jpg", "b_1.jpg")] {
        fs::copy(fixture(from), pictures.join(to)).unwrap();
    }
    let out = folder.path().join("out");
    let mut command = prebake(&["build", pictures.to_str().unwrap(), "--out", out.to_str().unwrap(), "--spec"]);
    let (code, stderr) = end(command.arg(fixture("specs/default.json")));
    assert!(code == 1 && stderr.contains("a_2.jpg: the file is cut off"), "{stderr}");
    assert!(!out.join("dataset.json").exists());
}

#[test]
fn an_output_that_is_not_this_plans_is_left_alone() {
    let folder = TempDir::new().unwrap();
    let out = folder.path().join("out");
    fs::create_dir_all(&out).unwrap();
    fs::write(out.join("mine.txt"), "precious").unwrap();
    let (code, stderr) = end(&mut build("by_folder", "default.json", &out, &["--force"]));
    assert!(code == 2 && stderr.contains("not a dataset of prebake"), "{stderr}");
    fs::remove_file(out.join("mine.txt")).unwrap();
    build("by_folder", "default.json", &out, &[]).assert().success();
    fs::write(out.join("mine.txt"), "precious").unwrap();
    let before = tree(&out);
    let (code, stderr) = end(&mut build("by_folder", "default.json", &out, &["--seed", "7"]));
    assert!(code == 2 && stderr.contains("spec.seed: 42 there, 7 here"), "{stderr}");
    assert!(before == tree(&out));
    build("by_folder", "default.json", &out, &["--seed", "7", "--force", "--epochs", "1"]).assert().success();
    let after = tree(&out);
    assert_eq!(after[Path::new("mine.txt")], b"precious");
    assert!(!out.join("train/epoch-001").exists());
    prebake(&["verify", out.to_str().unwrap()]).assert().success();
}

#[test]
fn verify_names_every_damage() {
    let folder = TempDir::new().unwrap();
    let out = folder.path().join("out");
    build("by_folder", "default.json", &out, &["--batches-per-shard", "1"]).assert().success();
    let (a, b) = (out.join("train/epoch-000/images-00000-of-00003.npy"), out.join("train/epoch-000/images-00001-of-00003.npy"));
    let whole = fs::read(&a).unwrap();
    let damaged = |bytes: &[u8]| {
        fs::write(&a, bytes).unwrap();
        let (code, stderr) = end(&mut prebake(&["verify", out.to_str().unwrap()]));
        assert!(code == 12 && stderr.contains("train/epoch-000/images-00000-of-00003.npy"), "{code} {stderr}");
        fs::write(&a, &whole).unwrap();
    };
    for at in [0, 60, 128, whole.len() - 1] {
        let mut bytes = whole.clone();
        bytes[at] ^= 1;
        damaged(&bytes);
    }
    damaged(&whole[..whole.len() - 1]);
    damaged(&[&whole[..], b"x"].concat());
    damaged(&fs::read(&b).unwrap());
    fs::copy(&a, out.join("train/epoch-000/images-extra.npy")).unwrap();
    assert_eq!(end(&mut prebake(&["verify", out.to_str().unwrap()])).0, 12);
    fs::remove_file(out.join("train/epoch-000/images-extra.npy")).unwrap();
    let manifest = fs::read_to_string(out.join("dataset.json")).unwrap();
    fs::write(out.join("dataset.json"), manifest.replacen("\"seed\": 42", "\"seed\": 43", 1)).unwrap();
    let (code, stderr) = end(&mut prebake(&["verify", out.to_str().unwrap()]));
    assert!(code == 12 && stderr.contains("was edited"), "{stderr}");
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
    let files = tree(&out);
    let written: usize = files.iter().filter(|(path, _)| !path.ends_with("dataset.json")).map(|(_, bytes)| bytes.len()).sum();
    assert_eq!(built["bytes"], written);
}

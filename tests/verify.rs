//! What is not as it was made is found and named, whatever it is.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use common::{build, end, fixture, prebake, tree};
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

const FIRST: &str = "train/epoch-000/images-00000-of-00003.npy";
const SECOND: &str = "train/epoch-000/images-00001-of-00003.npy";

/// A dataset of twenty pictures, three shards in each of two epochs.
fn dataset() -> (TempDir, PathBuf) {
    let place = TempDir::new().unwrap();
    let out = place.path().join("out");
    build("by_folder", "default.json", &out, &["--batches-per-shard", "1", "--epochs", "2"]).assert().success();
    (place, out)
}

/// Exit code and standard error of `verify`.
fn verify(out: &Path, more: &[&str]) -> (i32, String) {
    end(prebake(&["verify"]).arg(out).args(more))
}

/// Fails unless `verify` says all of this, with exit code 12.
fn found(out: &Path, more: &[&str], said: &[&str]) {
    let (code, stderr) = verify(out, more);
    assert!(code == 12 && said.iter().all(|said| stderr.contains(said)), "{said:?}: {code} {stderr}");
    assert!(stderr.contains("`prebake repair`"), "{stderr}");
}

fn manifest(out: &Path) -> Value {
    serde_json::from_slice(&fs::read(out.join("dataset.json")).unwrap()).unwrap()
}

fn write_manifest(out: &Path, manifest: &Value) {
    fs::write(out.join("dataset.json"), format!("{manifest:#}\n")).unwrap();
}

/// JSON pointers to every value that is no list and no object.
fn scalars(value: &Value, at: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) => fields.iter().for_each(|(key, value)| scalars(value, &format!("{at}/{key}"), found)),
        Value::Array(values) => values.iter().enumerate().for_each(|(i, value)| scalars(value, &format!("{at}/{i}"), found)),
        _ => found.push(at.into()),
    }
}

#[test]
fn an_edit_of_any_field_of_the_manifest_is_found() {
    let (_place, out) = dataset();
    let whole = manifest(&out);
    let mut places = Vec::new();
    scalars(&whole, "", &mut places);
    assert!(places.len() > 150, "{}", places.len());
    for place in &places {
        let mut edited = whole.clone();
        let value = edited.pointer_mut(place).unwrap();
        *value = match value {
            Value::Bool(there) => json!(!*there),
            Value::Number(there) if there.is_u64() => json!(there.as_u64().unwrap() + 1),
            Value::Number(there) => json!(there.as_f64().unwrap() + 0.5),
            Value::String(there) => json!(format!("{there}x")),
            _ => json!(1),
        };
        write_manifest(&out, &edited);
        let (code, stderr) = verify(&out, &[]);
        assert!(code == 12 && stderr.contains("dataset.json"), "{place}: {code} {stderr}");
    }
    write_manifest(&out, &whole);
    assert_eq!(verify(&out, &[]).0, 0);
}

#[test]
fn an_edited_field_is_named_where_other_files_say_what_it_was() {
    let (_place, out) = dataset();
    let whole = manifest(&out);
    let shard = "/splits/train/shards/4";
    for (place, value, said) in [
        ("/seed", json!(43), "dataset.json: seed: was edited (43, but 42 in spec.json)"),
        ("/spec/pipeline/0/width", json!(9), "dataset.json: spec.pipeline[0].width: was edited (9, but 128 in spec.json)"),
        ("/source/pictures", json!(19), "dataset.json: source.pictures: was edited (19, but 20 in samples.jsonl)"),
        ("/class_names/1", json!("dog"), "dataset.json: class_names[1]: was edited (\"dog\", but \"cat\" in classes.txt"),
        ("/splits/train/epochs", json!(3), "splits.train.shards: lists 6 shards of 9"),
        ("/splits/train/rows_per_shard", json!(5), "splits.train.shards_per_epoch: 3, but 20 rows in shards of 5"),
        ("/arrays/images/dtype", json!("<f4"), "arrays.images.dtype: was edited (\"<f4\", but \"|u1\" in the header"),
        ("/plan_hash", json!("00000000000000000000000000000000"), "was edited (its plan hash does not fit)"),
        (&format!("{shard}/rows"), json!(9), "splits.train.shards[4].rows: 9, the plan says 8"),
        (&format!("{shard}/index"), json!(2), "splits.train.shards[4].index: 2, the plan says 1"),
        (&format!("{shard}/arrays/labels/path"), json!("train/a.npy"), "shards[4].arrays.labels.path: \"train/a.npy\", the plan"),
        (&format!("{shard}/arrays/labels/bytes"), json!(193), "shards[4].arrays.labels.bytes: 193, the plan says 192"),
        (&format!("{shard}/arrays/labels/xxh3_128"), json!("no"), "shards[4].arrays.labels.xxh3_128: \"no\" is no hash"),
        ("/format", json!("other"), "it does not say so"),
        ("/version", json!(2), "its version is 2"),
        ("/batch_size", json!("8"), "expected u64 at line"),
    ] {
        let mut edited = whole.clone();
        *edited.pointer_mut(place).unwrap() = value;
        write_manifest(&out, &edited);
        found(&out, &[], &[said]);
    }
    // The same in other bytes is not what was written.
    fs::write(out.join("dataset.json"), whole.to_string()).unwrap();
    found(&out, &["--quick"], &["dataset.json: was rewritten"]);
}

#[test]
fn whatever_is_wrong_with_files_is_named() {
    let (_place, out) = dataset();
    let whole = tree(&out);
    let file = |path: &str| out.join(path);
    let bytes = |path: &str| whole[Path::new(path)].clone();
    let restore = || whole.iter().for_each(|(path, bytes)| fs::write(out.join(path), bytes).unwrap());
    fs::remove_file(file(FIRST)).unwrap();
    found(&out, &["--quick"], &["images-00000-of-00003.npy: missing"]);
    fs::create_dir(file(FIRST)).unwrap();
    found(&out, &["--quick"], &["images-00000-of-00003.npy: a folder, not a file"]);
    fs::remove_dir(file(FIRST)).unwrap();
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(file(SECOND), file(FIRST)).unwrap();
        found(&out, &["--quick"], &["images-00000-of-00003.npy: a link, not a file"]);
        fs::remove_file(file(FIRST)).unwrap();
    }
    fs::write(file(FIRST), [&bytes(FIRST)[..], b"x"].concat()).unwrap();
    found(&out, &["--quick"], &["images-00000-of-00003.npy: 393345 bytes, dataset.json says 393344"]);
    let mut header = bytes(FIRST);
    header[20] ^= 1;
    fs::write(file(FIRST), &header).unwrap();
    found(&out, &["--quick"], &["images-00000-of-00003.npy: the header is not"]);
    let mut content = bytes(FIRST);
    content[1000] ^= 1;
    fs::write(file(FIRST), &content).unwrap();
    assert_eq!(verify(&out, &["--quick"]).0, 0, "it reads no content");
    found(&out, &[], &["images-00000-of-00003.npy: the content is not what dataset.json lists"]);
    fs::write(file(FIRST), bytes(SECOND)).unwrap();
    fs::write(file(SECOND), bytes(FIRST)).unwrap();
    let (one, other) = (format!("{FIRST}: holds the content of {SECOND}"), format!("{SECOND}: holds the content of {FIRST}"));
    found(&out, &[], &[&one, &other]);
    restore();
    fs::write(file("label_map.json"), "{\"cat\": 0}").unwrap();
    found(&out, &[], &["label_map.json: 10 bytes"]);
    restore();
    assert_eq!(verify(&out, &[]).0, 0);
}

#[test]
fn what_a_loader_would_read_besides_is_found_and_what_is_the_users_is_not() {
    let (_place, out) = dataset();
    fs::write(out.join("README.md"), "mine").unwrap();
    fs::create_dir(out.join("notes")).unwrap();
    fs::write(out.join("notes/a.txt"), "mine").unwrap();
    assert_eq!(verify(&out, &[]).0, 0);
    for path in ["images.npy", "classes-color.txt", "notes/b.npy", "train/notes.txt", "train/epoch-007/images.npy", "val/x"] {
        let file = out.join(path);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(&file, "x").unwrap();
        found(&out, &["--quick"], &[&format!("{path}: not in the manifest")]);
        fs::remove_file(&file).unwrap();
        let _ = fs::remove_dir(file.parent().unwrap());
    }
    // What a build that is not finished has made already.
    let noted = "train/epoch-000/images-00009-of-00010.npy";
    fs::create_dir_all(out.join(".prebake/receipts")).unwrap();
    fs::write(out.join(noted), "x").unwrap();
    found(&out, &[], &[&format!("{noted}: not in the manifest")]);
    let arrays = json!({"images": {"path": noted, "bytes": 1, "xxh3_128": "0"}});
    let receipt = json!({"epoch": 0, "index": 9, "rows": 1, "arrays": arrays});
    fs::write(out.join(".prebake/receipts/train-000000-000009"), format!("0\n{receipt}")).unwrap();
    fs::write(out.join("train/epoch-000/.images-00003-of-00010.npy.9.tmp"), "x").unwrap();
    assert_eq!(verify(&out, &[]).0, 0);
    fs::create_dir(out.join("train/epoch-009")).unwrap();
    found(&out, &[], &["train/epoch-009: a folder that no dataset has"]);
}

#[test]
fn a_manifest_that_cannot_be_read_is_damage_only_where_it_was_ours() {
    let (place, out) = dataset();
    let text = fs::read_to_string(out.join("dataset.json")).unwrap();
    fs::write(out.join("dataset.json"), &text[..2000]).unwrap();
    found(&out, &[], &["dataset.json: was edited or cut"]);
    fs::remove_file(out.join("dataset.json")).unwrap();
    found(&out, &[], &["dataset.json: missing"]);
    let other = place.path().join("other");
    fs::create_dir(&other).unwrap();
    fs::write(other.join("dataset.json"), "{\"name\": \"mine\"}").unwrap();
    assert_eq!(verify(&other, &[]).0, 10);
}

#[test]
fn a_lie_that_all_hashes_confirm_is_found_by_making_it_again() {
    let (place, out) = dataset();
    let input = fixture("by_folder").display().to_string();
    let deep = |count: &str, input: &str| verify(&out, &["--deep", count, "--input", input]);
    assert_eq!(deep("2", &input).0, 0);
    let mut bytes = fs::read(out.join(FIRST)).unwrap();
    bytes[128 + 128 * 128 * 3 + 5] ^= 1;
    fs::write(out.join(FIRST), &bytes).unwrap();
    let mut lie = manifest(&out);
    let hash = xxhash_rust::xxh3::xxh3_128(&bytes);
    lie["splits"]["train"]["shards"][0]["arrays"]["images"]["xxh3_128"] = json!(format!("{hash:032x}"));
    write_manifest(&out, &lie);
    assert_eq!(verify(&out, &[]).0, 0, "its hash fits");
    let (code, stderr) = deep("99", &input);
    assert!(
        code == 12 && stderr.contains(&format!("{FIRST}: is not what its pictures give, from byte 49285 on, in row 1")),
        "{stderr}"
    );
    let others = place.path().join("others");
    for (path, bytes) in tree(&fixture("by_folder")) {
        fs::create_dir_all(others.join(&path).parent().unwrap()).unwrap();
        fs::write(others.join(path), bytes).unwrap();
    }
    fs::copy(others.join("cat/0.jpg"), others.join("cat/4.jpg")).unwrap();
    let (code, stderr) = deep("1", others.to_str().unwrap());
    assert!(code == 1 && stderr.contains("cat/4.jpg: changed since"), "{code} {stderr}");
    assert_eq!(verify(&out, &["--deep", "1"]).0, 2);
}

#[test]
fn the_answer_is_json_where_it_is_asked_for() {
    let (_place, out) = dataset();
    let told = |more: &[&str]| {
        let done = prebake(&["verify", "--json"]).arg(&out).args(more).output().unwrap();
        (done.status.code(), serde_json::from_slice::<Value>(&done.stdout).unwrap(), done.stderr)
    };
    let (code, whole, _) = told(&["--quick"]);
    assert_eq!((code, &whole["status"], &whole["depth"]), (Some(0), &json!("verified"), &json!("quick")));
    assert_eq!((&whole["files"], &whole["problems"]), (&json!(24), &json!([])));
    fs::remove_file(out.join(FIRST)).unwrap();
    let (code, damaged, stderr) = told(&[]);
    assert_eq!((code, &damaged["status"], &damaged["depth"]), (Some(12), &json!("damaged"), &json!("full")));
    assert_eq!(damaged["problems"], json!([{"path": FIRST, "problem": "missing"}]));
    assert!(stderr.is_empty());
}

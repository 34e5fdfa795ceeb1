//! A damaged dataset is made whole again, to the same bytes; nothing else is touched.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use common::{build, end, fixture, prebake, tree};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

const FIRST: &str = "train/epoch-000/images-00000-of-00003.npy";

/// Every file, with its bytes.
type Tree = BTreeMap<PathBuf, Vec<u8>>;

/// Twelve pictures of three classes, with a table and boxes.
fn pictures(folder: &Path) {
    let (mut images, mut annotations, mut table) = (Vec::new(), Vec::new(), "file_name,color,size\n".to_string());
    for i in 0..12u8 {
        let path = format!("{}/{i}.png", ["ash", "elm", "oak"][usize::from(i % 3)]);
        fs::create_dir_all(folder.join(&path).parent().unwrap()).unwrap();
        let level = |x: u32, y: u32| image::Rgb([x as u8 * 9 + i, y as u8 * 11, 20 * i]);
        image::RgbImage::from_fn(16, 12, level).save(folder.join(&path)).unwrap();
        table.push_str(&format!("{path},{},{i}\n", ["red", "blue"][usize::from(i % 2)]));
        images.push(json!({"id": i, "file_name": path, "width": 16, "height": 12}));
        for k in 0..i % 3 {
            annotations
                .push(json!({"id": annotations.len(), "image_id": i, "category_id": 1, "iscrowd": 0, "bbox": [1 + k, 2, 6, 7]}));
        }
    }
    let coco = json!({"images": images, "annotations": annotations, "categories": [{"id": 1, "name": "leaf"}]});
    fs::write(folder.join("coco.json"), coco.to_string()).unwrap();
    fs::write(folder.join("metadata.csv"), table).unwrap();
}

/// `build` of such pictures with these sections of a spec.
fn built(place: &Path, sections: &str, out: &str, more: &[&str]) -> PathBuf {
    let input = place.join("pictures");
    if !input.exists() {
        pictures(&input);
    }
    let spec = place.join("spec.json");
    let steps =
        r#"{"op": "resize", "width": 8, "height": 6}, {"op": "horizontal_flip", "p": 0.5}, {"op": "shift", "x": [-0.2, 0.2]}"#;
    fs::write(&spec, format!(r#"{{"version": 1, "epochs": 2, "batch_size": 4, {sections} "pipeline": [{steps}]}}"#)).unwrap();
    let mut command = prebake(&["build", "--quiet", "--batches-per-shard", "1", "--spec"]);
    command.arg(spec).arg(input).arg("--out").arg(place.join(out)).args(more).assert().success();
    place.join(out)
}

/// Exit code and both outputs of `repair`.
fn repair(out: &Path, input: &Path, more: &[&str]) -> (i32, String, String) {
    let done = prebake(&["repair"]).arg(out).arg("--input").arg(input).args(more).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (done.status.code().unwrap(), text(done.stdout), text(done.stderr))
}

/// Fails unless `repair` brings back `whole`.
fn mended(out: &Path, input: &Path, whole: &Tree, what: &str) {
    let (code, stdout, stderr) = repair(out, input, &[]);
    assert!(code == 0 && stdout.starts_with("repaired: "), "{what}: {code} {stdout} {stderr}");
    let there = tree(out);
    let differing: Vec<_> = whole.keys().chain(there.keys()).filter(|path| whole.get(*path) != there.get(*path)).collect();
    assert!(differing.is_empty(), "{what}: {differing:?}");
}

fn shards(whole: &Tree) -> Vec<PathBuf> {
    whole.keys().filter(|path| path.components().count() == 3).cloned().collect()
}

fn flip(file: &Path) {
    let mut bytes = fs::read(file).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    fs::write(file, bytes).unwrap();
}

#[test]
fn datasets_of_every_kind_come_back_to_the_byte() {
    let heads =
        r#"[{"name": "color", "column": "color", "kind": "one_hot"}, {"name": "size", "column": "size", "kind": "regression"}]"#;
    for (kind, sections) in [
        ("plain", String::new()),
        ("sides", r#""split": {"val": 3, "test": 2, "stratified": true},"#.into()),
        ("whitened", r#""output": {"dtype": "float32", "zca": {"epsilon": 0.1}},"#.into()),
        ("heads", format!(r#""labels": {{"from": "table", "path": "metadata.csv", "heads": {heads}}},"#)),
        ("mixed", r#""balance": {"sampling": "oversample", "sample_weight": "balanced"}, "mixing": [{"op": "mixup"}],"#.into()),
        ("boxes", r#""targets": {"boxes": {"path": "coco.json", "unmatched": "background", "layout": "ragged"}},"#.into()),
    ] {
        let place = TempDir::new().unwrap();
        let out = built(place.path(), &sections, "out", &[]);
        let (input, whole) = (place.path().join("pictures"), tree(&out));
        let all = shards(&whole);
        let (first, second, last) = (&all[0], &all[1], &all[all.len() - 1]);
        flip(&out.join(first));
        fs::remove_file(out.join(last)).unwrap();
        mended(&out, &input, &whole, kind);
        fs::write(out.join(first), &whole[second]).unwrap();
        fs::write(out.join(second), &whole[first]).unwrap();
        mended(&out, &input, &whole, kind);
        let text = String::from_utf8(whole[Path::new("dataset.json")].clone()).unwrap();
        for (from, to) in [
            ("\"seed\": 0", "\"seed\": 5"),
            ("\"rows_per_shard\": 4", "\"rows_per_shard\": 8"),
            ("\"plan_hash\": \"", "\"plan_hash\": \"0"),
        ] {
            assert!(text.contains(from), "{kind}: {from}");
            fs::write(out.join("dataset.json"), text.replacen(from, to, 1)).unwrap();
            mended(&out, &input, &whole, kind);
        }
        for path in whole.keys().filter(|path| path.components().count() == 1 && !whole[*path].is_empty()) {
            fs::write(out.join(path), &whole[path][..whole[path].len() / 2]).unwrap();
            mended(&out, &input, &whole, &format!("{kind}: {}", path.display()));
        }
        fs::remove_file(out.join("dataset.json")).unwrap();
        mended(&out, &input, &whole, kind);
        let input = input.to_str().unwrap();
        prebake(&["verify", "--deep", "99", "--input", input]).arg(&out).assert().success();
    }
}

#[test]
fn what_came_from_other_datasets_is_taken_from_what_is_left() {
    let place = TempDir::new().unwrap();
    let place = place.path();
    let input = place.join("pictures");
    let sides = |seed: u8| format!(r#""split": {{"val": 4, "seed": {seed}}},"#);
    built(place, &sides(1), "before", &[]);
    let before = place.join("before").display().to_string();
    let out = built(place, &sides(2), "after", &["--split-from", &before]);
    let featurewise = r#""output": {"dtype": "float32", "featurewise": {}},"#;
    let counted = built(place, featurewise, "counted", &[]).display().to_string();
    fs::remove_dir_all(before).unwrap();
    let whole = tree(&out);
    fs::remove_file(out.join(&shards(&whole)[0])).unwrap();
    mended(&out, &input, &whole, "sides");
    // The statistics of all pictures, for rows of eleven of them.
    fs::remove_file(input.join("ash/0.png")).unwrap();
    let out = built(place, featurewise, "normalised", &["--statistics-from", &counted]);
    fs::remove_dir_all(counted).unwrap();
    let whole = tree(&out);
    flip(&out.join(&shards(&whole)[1]));
    mended(&out, &input, &whole, "statistics");
}

#[test]
fn a_whole_dataset_is_not_written_to() {
    let place = TempDir::new().unwrap();
    let out = built(place.path(), "", "out", &[]);
    let time = || fs::metadata(out.join("dataset.json")).unwrap().modified().unwrap();
    let before = (time(), tree(&out));
    // Not even its pictures are needed.
    let (code, stdout, _) = repair(&out, Path::new("/nonexistent"), &[]);
    assert!(code == 0 && stdout.starts_with("nothing to repair"), "{code} {stdout}");
    assert!(before == (time(), tree(&out)));
}

#[test]
fn what_a_run_left_that_was_killed_at_its_end_goes() {
    let place = TempDir::new().unwrap();
    let (out, input) = (built(place.path(), "", "out", &[]), place.path().join("pictures"));
    let (whole, work) = (tree(&out), out.join(".prebake"));
    let manifest = fs::read(out.join("dataset.json")).unwrap();
    for left in ["lock", "draft.json", "progress-1-of-1.json", "receipts/train-epoch-000-00000.json"] {
        fs::create_dir_all(work.join(left).parent().unwrap()).unwrap();
        fs::write(work.join(left), if left == "draft.json" { &manifest[..] } else { b"" }).unwrap();
        let (code, stdout, stderr) = repair(&out, &input, &[]);
        assert!(code == 0 && stdout.starts_with("nothing to repair"), "{left}: {code} {stdout} {stderr}");
        assert!(tree(&out) == whole && !work.exists(), "{left}");
    }
    // Another dataset that was begun in its place is not given up.
    fs::create_dir_all(work.join("next")).unwrap();
    fs::write(work.join("next/dataset.json"), &manifest).unwrap();
    assert_eq!(repair(&out, &input, &[]).0, 0);
    assert!(work.join("next/dataset.json").exists());
}

#[test]
fn other_pictures_are_refused_by_name_and_nothing_is_touched() {
    let place = TempDir::new().unwrap();
    let out = built(place.path(), "", "out", &[]);
    let input = place.path().join("pictures");
    flip(&out.join(FIRST));
    fs::remove_file(out.join("classes.txt")).unwrap();
    let damaged = tree(&out);
    fs::copy(input.join("elm/1.png"), input.join("elm/4.png")).unwrap();
    fs::remove_file(input.join("oak/2.png")).unwrap();
    fs::copy(input.join("ash/3.png"), input.join("oak/20.png")).unwrap();
    let (code, _, stderr) = repair(&out, &input, &[]);
    for said in [
        "elm/4.png: changed since",
        "oak/2.png: is not there any more",
        "oak/20.png: came since",
        "are not those that it was made from",
    ] {
        assert!(code == 1 && stderr.contains(said), "{said}: {code} {stderr}");
    }
    assert!(damaged == tree(&out));
}

#[test]
fn what_is_in_the_way_is_removed_only_if_it_could_be_ours() {
    let place = TempDir::new().unwrap();
    let out = built(place.path(), "", "out", &[]);
    let (input, whole) = (place.path().join("pictures"), tree(&out));
    fs::write(out.join("train/epoch-000/images-00009-of-00010.npy"), "x").unwrap();
    fs::write(out.join("train/epoch-000/.images-00000-of-00003.npy.123.tmp"), "x").unwrap();
    mended(&out, &input, &whole, "extra files");
    fs::write(out.join("train/epoch-000/mine.npy"), "precious").unwrap();
    let (code, _, stderr) = repair(&out, &input, &["--json"]);
    assert!(
        code == 12 && stderr.contains("train/epoch-000/mine.npy: is no file of the dataset, and was left"),
        "{code} {stderr}"
    );
    assert_eq!(fs::read(out.join("train/epoch-000/mine.npy")).unwrap(), b"precious");
    fs::remove_file(out.join("train/epoch-000/mine.npy")).unwrap();
    fs::remove_file(out.join(FIRST)).unwrap();
    fs::create_dir(out.join(FIRST)).unwrap();
    fs::write(out.join(FIRST).join("mine"), "precious").unwrap();
    let before = tree(&out);
    let (code, _, stderr) = repair(&out, &input, &[]);
    assert!(code == 12 && stderr.contains("a folder in place of a file, and not empty (move it away"), "{code} {stderr}");
    assert!(before == tree(&out));
    fs::remove_file(out.join(FIRST).join("mine")).unwrap();
    mended(&out, &input, &whole, "an empty folder");
    #[cfg(unix)]
    {
        let elsewhere = place.path().join("elsewhere");
        fs::write(&elsewhere, "precious").unwrap();
        fs::remove_file(out.join(FIRST)).unwrap();
        std::os::unix::fs::symlink(&elsewhere, out.join(FIRST)).unwrap();
        mended(&out, &input, &whole, "a link");
        assert_eq!(fs::read(elsewhere).unwrap(), b"precious");
    }
}

#[test]
fn an_unfinished_dataset_is_finished_and_what_is_wrong_in_it_made_again() {
    let place = TempDir::new().unwrap();
    let out = built(place.path(), "", "out", &[]);
    let (input, whole) = (place.path().join("pictures"), tree(&out));
    fs::remove_dir_all(&out).unwrap();
    built(place.path(), "", "out", &["--worker", "1/2"]);
    assert!(!out.join("dataset.json").exists());
    let made = shards(&tree(&out)).into_iter().find(|path| path.starts_with("train")).unwrap();
    flip(&out.join(made));
    mended(&out, &input, &whole, "unfinished");
}

#[test]
fn pictures_that_were_left_out_stay_out() {
    let place = TempDir::new().unwrap();
    let out = place.path().join("out");
    build("broken", "default.json", &out, &["--on-error", "skip", "--batches-per-shard", "1", "--batch-size", "2"])
        .assert()
        .code(3);
    let whole = tree(&out);
    flip(&out.join(&shards(&whole)[0]));
    mended(&out, &fixture("broken"), &whole, "skipped");
    fs::remove_file(out.join("dataset.json")).unwrap();
    mended(&out, &fixture("broken"), &whole, "skipped");
}

#[test]
fn what_stands_in_for_bad_pictures_does_so_again() {
    let place = TempDir::new().unwrap();
    let out = place.path().join("out");
    let more = ["--on-error", "substitute", "--batches-per-shard", "1", "--batch-size", "2"];
    build("broken", "default.json", &out, &more).assert().code(3);
    let whole = tree(&out);
    for path in [&shards(&whole)[0], Path::new("dataset.json"), Path::new("errors.jsonl")] {
        fs::write(out.join(path), "").unwrap();
        mended(&out, &fixture("broken"), &whole, &path.display().to_string());
    }
}

#[test]
fn datasets_that_grow_are_mended_too() {
    let place = TempDir::new().unwrap();
    let out = built(place.path(), r#""layout": "stable","#, "out", &[]);
    let input = place.path().join("pictures");
    fs::copy(input.join("ash/0.png"), input.join("oak/99.png")).unwrap();
    built(place.path(), r#""layout": "stable","#, "out", &["--update"]);
    let whole = tree(&out);
    flip(&out.join(&shards(&whole)[0]));
    mended(&out, &input, &whole, "updated");
    fs::remove_file(out.join("dataset.json")).unwrap();
    mended(&out, &input, &whole, "updated");
    let out = built(place.path(), "", "more", &[]);
    built(place.path(), "", "more", &["--append-epochs", "1"]);
    let whole = tree(&out);
    flip(&out.join(&shards(&whole)[0]));
    mended(&out, &input, &whole, "appended");
}

#[test]
fn the_size_of_an_only_shard_is_found_by_the_hash_of_the_plan() {
    let place = TempDir::new().unwrap();
    let out = place.path().join("out");
    build("by_folder", "default.json", &out, &["--batches-per-shard", "7"]).assert().success();
    let whole = tree(&out);
    let text = &whole[Path::new("dataset.json")];
    fs::write(out.join("dataset.json"), &text[..400]).unwrap();
    mended(&out, &fixture("by_folder"), &whole, "cut");
    // Nothing says it any more.
    fs::remove_file(out.join("dataset.json")).unwrap();
    let (code, _, stderr) = repair(&out, &fixture("by_folder"), &[]);
    assert!(code == 0 && stderr.contains("the plan's hash was lost"), "{code} {stderr}");
    assert_eq!(end(prebake(&["verify"]).arg(&out)).0, 0);
}

#[test]
fn a_build_that_verifies_makes_again_what_does_not_fit() {
    let place = TempDir::new().unwrap();
    let out = built(place.path(), "", "out", &[]);
    let whole = tree(&out);
    flip(&out.join(FIRST));
    built(place.path(), "", "out", &[]);
    assert!(whole != tree(&out), "lengths are trusted");
    built(place.path(), "", "out", &["--resume", "verify"]);
    assert!(whole == tree(&out));
    fs::remove_dir_all(&out).unwrap();
    built(place.path(), "", "out", &["--worker", "1/1"]);
    flip(&out.join(FIRST));
    built(place.path(), "", "out", &["--resume", "verify"]);
    assert!(whole == tree(&out));
}

#[test]
fn what_was_made_again_is_told() {
    let place = TempDir::new().unwrap();
    let out = built(place.path(), "", "out", &[]);
    flip(&out.join(FIRST));
    fs::remove_file(out.join("label_map.json")).unwrap();
    let (code, stdout, _) = repair(&out, &place.path().join("pictures"), &["--json", "--threads", "1", "--memory", "1MiB"]);
    let told: Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!((code, &told["status"], &told["kept"]), (0, &json!("repaired"), &json!(5)));
    assert_eq!(told["made_again"], json!([{"split": "train", "epoch": 0, "index": 0}]));
    assert_eq!((&told["written"], &told["removed"]), (&json!(["label_map.json"]), &json!([])));
    assert_eq!(end(prebake(&["verify"]).arg(&out)).0, 0);
}

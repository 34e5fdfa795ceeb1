//! A dataset that follows its pictures: updated, extended, left whole until it is replaced.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use common::{end, prebake, tree};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// Pictures of a block at most.
const BLOCK: usize = 1024;

/// A folder of pictures, a spec, and room for datasets.
struct Place(TempDir);

impl Place {
    /// So many pictures of 2x2 pixels in two classes, and a spec with `more` fields.
    fn new(pictures: usize, more: &Value) -> Self {
        let place = Self(TempDir::new().unwrap());
        for class in ["a", "b"] {
            fs::create_dir_all(place.at("pictures").join(class)).unwrap();
        }
        (0..pictures).for_each(|number| place.put(number, number));
        let mut spec = json!({
            "version": 1, "seed": 5, "epochs": 2,
            "pipeline": [{"op": "resize", "width": 4, "height": 4}, {"op": "rotate", "degrees": [-90, 90]}]
        });
        more.as_object().unwrap().iter().for_each(|(name, value)| spec[name] = value.clone());
        fs::write(place.at("spec.json"), spec.to_string()).unwrap();
        place
    }

    fn at(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn picture(&self, number: usize) -> PathBuf {
        self.at("pictures").join(["a", "b"][number % 2]).join(format!("{number:05}.ppm"))
    }

    /// Writes picture `number` with pixels that `shade` decides.
    fn put(&self, number: usize, shade: usize) {
        let pixels: Vec<u8> = (0..12).map(|at| (shade * 37 + at * 91) as u8).chain((shade as u32).to_le_bytes()).collect();
        fs::write(self.picture(number), [b"P6\n2 2\n255\n", &pixels[4..]].concat()).unwrap();
    }

    fn build(&self, out: &str, more: &[&str]) -> (i32, String) {
        end(prebake(&["build", "--quiet", "--spec"])
            .arg(self.at("spec.json"))
            .arg(self.at("pictures"))
            .arg("--out")
            .arg(self.at(out))
            .args(more))
    }

    fn made(&self, out: &str, more: &[&str]) {
        assert_eq!(self.build(out, more), (0, String::new()));
    }

    /// The files of `out` that are arrays, each with the number that the file system knows it by.
    fn arrays(&self, out: &str) -> BTreeSet<(PathBuf, u64)> {
        let files = tree(&self.at(out)).into_keys().filter(|path| path.extension().is_some_and(|ending| ending == "npy"));
        files.map(|path| (path.clone(), fs::metadata(self.at(out).join(path)).unwrap().ino())).collect()
    }

    fn is_sound(&self, out: &str) {
        let (code, problems) = end(prebake(&["verify"]).arg(self.at(out)));
        assert_eq!(code, 0, "{problems}");
    }
}

#[test]
fn an_update_gives_the_bytes_of_a_new_build_and_rewrites_only_the_blocks_of_what_changed() {
    let place = Place::new(6 * BLOCK, &json!({"layout": "stable"}));
    let small = ["--batches-per-shard", "16"];
    place.made("out", &small);
    let before = place.arrays("out");
    // Added, changed, removed, relabelled.
    place.put(100_000, 7);
    place.put(10, 4242);
    fs::remove_file(place.picture(20)).unwrap();
    fs::rename(place.picture(31), place.at("pictures").join("a/00031.ppm")).unwrap();
    let (code, told) = place.build("out", &small);
    assert_eq!(code, 2);
    assert!(told.contains("--update makes what differs"), "{told}");
    place.made("out", &[&small[..], &["--update"]].concat());
    place.made("new", &small);
    assert_eq!(tree(&place.at("out")), tree(&place.at("new")));
    let kept = place.arrays("out").intersection(&before).count();
    // Five ids of twelve blocks or so: a picture that moved has one before and one after.
    assert!(kept > 0 && kept < before.len(), "{kept} of {}", before.len());
    let blocks = |files: &BTreeSet<(PathBuf, u64)>| -> BTreeSet<String> {
        let name = |path: &Path| path.file_name().unwrap().to_string_lossy().split('-').nth(1).unwrap().to_string();
        files.iter().map(|(path, _)| name(path)).collect()
    };
    let rewritten: BTreeSet<(PathBuf, u64)> = place.arrays("out").difference(&before).cloned().collect();
    assert!(blocks(&rewritten).len() <= 5 && blocks(&before).len() >= 6, "{:?}", blocks(&rewritten));
    place.is_sound("out");
}

#[test]
fn rows_name_their_pictures_by_ids_that_stay() {
    let place = Place::new(40, &json!({"layout": "stable"}));
    place.made("out", &[]);
    let manifest: Value = serde_json::from_slice(&fs::read(place.at("out/dataset.json")).unwrap()).unwrap();
    let samples = fs::read_to_string(place.at("out/samples.jsonl")).unwrap();
    let known: Vec<Value> = samples.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    for shard in manifest["splits"]["train"]["shards"].as_array().unwrap() {
        let read = |name: &str| {
            let bytes = fs::read(place.at("out").join(shard["arrays"][name]["path"].as_str().unwrap())).unwrap();
            npyz::NpyFile::new(&bytes[..]).unwrap().into_vec::<i64>().unwrap()
        };
        let (labels, sources) = (read("labels"), read("sources"));
        assert_eq!(sources.iter().collect::<BTreeSet<_>>().len(), 40);
        for (label, source) in labels.iter().zip(sources) {
            let sample = known.iter().find(|sample| sample["id"] == json!(source)).unwrap();
            assert_eq!(sample["label"], json!(label));
        }
    }
    let explained = prebake(&["explain", "--json", "--row", "7"]).arg(place.at("out")).assert().success();
    let explained: Value = serde_json::from_slice(&explained.get_output().stdout).unwrap();
    assert!(known.iter().any(|sample| sample["path"] == explained["picture"]));
}

#[test]
fn the_dataset_that_is_there_stays_whole_until_an_update_is_complete() {
    let place = Place::new(3 * BLOCK, &json!({"layout": "stable"}));
    place.made("out", &[]);
    let before = tree(&place.at("out"));
    place.put(3, 999);
    let still_there = |place: &Place| {
        let now = tree(&place.at("out"));
        before.iter().all(|(path, bytes)| now.get(path) == Some(bytes))
    };
    place.made("out", &["--update", "--worker", "1/2"]);
    assert!(still_there(&place));
    // One that another update is given up for leaves nothing.
    place.made("out", &["--update", "--worker", "2/2"]);
    place.put(3, 1000);
    let (code, told) = place.build("out", &["--update", "--worker", "1/2"]);
    assert!(code == 2 && told.contains("an update to another plan was begun"), "{told}");
    place.made("out", &["--update"]);
    place.made("new", &[]);
    assert_eq!(tree(&place.at("out")), tree(&place.at("new")));
    // Workers and a commit give the same as one run.
    place.put(3, 999);
    place.made("out", &["--update", "--worker", "2/2"]);
    let (code, told) = end(prebake(&["commit"]).arg(place.at("out")));
    assert!(code == 10 && told.contains("missing"), "{told}");
    place.made("out", &["--update", "--worker", "1/2"]);
    prebake(&["commit"]).arg(place.at("out")).assert().success();
    place.made("again", &[]);
    assert_eq!(tree(&place.at("out")), tree(&place.at("again")));
}

#[test]
fn any_change_of_the_spec_is_an_update_too() {
    let place = Place::new(50, &json!({"layout": "stable"}));
    place.made("out", &[]);
    place.made("out", &["--update", "--seed", "6", "--epochs", "1", "--split", "val=0.2"]);
    place.made("new", &["--seed", "6", "--epochs", "1", "--split", "val=0.2"]);
    assert_eq!(tree(&place.at("out")), tree(&place.at("new")));
    // What is called by its content is in nobody's way, so that --force needs no gap either.
    place.made("out", &["--force"]);
    place.made("other", &[]);
    assert_eq!(tree(&place.at("out")), tree(&place.at("other")));
}

#[test]
fn appended_epochs_touch_none_that_are_there() {
    for more in [json!({}), json!({"layout": "stable"}), json!({"split": {"val": 0.2}})] {
        let place = Place::new(70, &more);
        place.made("out", &["--batches-per-shard", "1"]);
        let before = place.arrays("out");
        place.made("out", &["--batches-per-shard", "1", "--append-epochs", "2"]);
        place.made("new", &["--batches-per-shard", "1", "--epochs", "4"]);
        assert_eq!(tree(&place.at("out")), tree(&place.at("new")), "{more}");
        assert!(place.arrays("out").is_superset(&before));
        // The same by the number of all epochs, as a rule of Make would say it.
        place.made("out", &["--batches-per-shard", "1", "--epochs", "5", "--update"]);
        place.is_sound("out");
        assert!(place.arrays("out").is_superset(&before));
    }
}

#[test]
fn epochs_are_appended_once_by_a_command_that_was_killed_and_given_again() {
    let place = Place::new(30, &json!({}));
    place.made("out", &[]);
    let before = fs::read(place.at("out/dataset.json")).unwrap();
    place.made("out", &["--append-epochs", "2"]);
    place.made("four", &["--epochs", "4"]);
    // What a run leaves that is killed right behind the manifest.
    fs::create_dir_all(place.at("out/.prebake/receipts")).unwrap();
    fs::write(place.at("out/.prebake/before.json"), before).unwrap();
    place.made("out", &["--append-epochs", "2"]);
    assert_eq!(tree(&place.at("out")), tree(&place.at("four")));
    // The next call is another one.
    place.made("out", &["--append-epochs", "2"]);
    place.made("six", &["--epochs", "6"]);
    assert_eq!(tree(&place.at("out")), tree(&place.at("six")));
}

#[test]
fn what_cannot_be_kept_is_refused_and_nothing_is_touched() {
    let place = Place::new(70, &json!({}));
    place.made("out", &[]);
    let before = tree(&place.at("out"));
    for (more, problem) in [
        (["--append-epochs", "1", "--seed", "9"], "only epochs can be appended"),
        (["--update", "--quiet", "--seed", "9"], "only those of --layout stable can"),
        (["--epochs", "3", "--seed", "5"], "--update makes the rest"),
    ] {
        let more: Vec<&str> = more.into_iter().filter(|word| *word != "--quiet").collect();
        let (code, told) = place.build("out", &more);
        assert!(code == 2 && told.contains(problem), "{told}");
    }
    assert_eq!(tree(&place.at("out")), before);
    let (code, told) = place.build("nothing", &["--append-epochs", "1"]);
    assert!(code == 10 && told.contains("no dataset to append epochs to"), "{told}");
    // Each picture so often in all epochs together: more epochs would spread them anew.
    let place = Place::new(70, &json!({"balance": {"epochs": {"a": 3}}}));
    place.made("out", &[]);
    assert_eq!(place.build("out", &["--append-epochs", "1"]).0, 2);
    let place = Place::new(4, &json!({"layout": "stable", "balance": {"sampling": "oversample"}}));
    assert!(place.build("out", &[]).1.contains("blocks that stay hold each picture once"));
    assert!(place.build("out", &["--shuffle", "global"]).1.contains("layout"));
}

#[test]
fn diff_says_what_changed_and_what_an_update_makes() {
    let place = Place::new(3 * BLOCK, &json!({"layout": "stable"}));
    let small = ["--batches-per-shard", "16"];
    place.made("out", &small);
    let diff = |more: &[&str]| {
        let mut command = prebake(&["diff"]);
        command.arg(place.at("out")).arg(place.at("pictures")).args(more);
        command
    };
    diff(&["--exit-code"]).assert().success().stdout("no difference: the dataset is what its pictures give\n");
    place.put(100_000, 7);
    place.put(10, 4242);
    fs::remove_file(place.picture(20)).unwrap();
    fs::rename(place.picture(31), place.at("pictures").join("a/00031.ppm")).unwrap();
    let told = diff(&["--json", "--exit-code"]).assert().code(1);
    let told: Value = serde_json::from_slice(&told.get_output().stdout).unwrap();
    assert_eq!(told["added"], json!(["a/100000.ppm"]));
    assert_eq!(told["removed"], json!(["a/00020.ppm"]));
    assert_eq!(told["renamed"], json!([["b/00031.ppm", "a/00031.ppm"]]));
    assert_eq!(told["changed"], json!(["a/00010.ppm"]));
    let before = place.arrays("out");
    place.made("out", &[&small[..], &["--update"]].concat());
    let made = place.arrays("out").difference(&before).filter(|(path, _)| path.to_string_lossy().contains("images")).count();
    assert_eq!(told["shards_made"], json!(made));
    diff(&["--exit-code"]).assert().success();
    // A class that comes before the others gives all of them other numbers.
    fs::rename(place.at("pictures/b"), place.at("pictures/c")).unwrap();
    fs::create_dir(place.at("pictures/Z")).unwrap();
    fs::rename(place.at("pictures/a/00000.ppm"), place.at("pictures/Z/00000.ppm")).unwrap();
    let told = String::from_utf8(diff(&[]).assert().success().get_output().stdout.clone()).unwrap();
    assert!(told.contains("renamed: 1536\n") && told.contains("and 1516 more\n"), "{told}");
    assert!(told.contains("of classes with other numbers: 1536 pictures\n"), "{told}");
    let (code, problem) = end(prebake(&["diff"]).arg(place.at("pictures")).arg(place.at("pictures")));
    assert!(code == 10 && problem.contains("no dataset of prebake"), "{problem}");
}

#[test]
fn a_packed_dataset_is_compared_too_and_made_anew() {
    let place = Place::new(40, &json!({}));
    place.made("out", &[]);
    fs::remove_file(place.picture(3)).unwrap();
    let told = prebake(&["diff"]).arg(place.at("out")).arg(place.at("pictures")).assert().success();
    let told = String::from_utf8(told.get_output().stdout.clone()).unwrap();
    assert_eq!(told, "removed: 1\n  b/00003.ppm\nall 78 rows are made anew (of a \"layout\": \"stable\", most would be kept)\n");
}

#[test]
fn what_decides_a_file_decides_its_name() {
    // The size of shards: the first of two holds other rows than the only one.
    let place = Place::new(200, &json!({"layout": "stable"}));
    place.made("out", &["--batches-per-shard", "3"]);
    place.made("out", &["--batches-per-shard", "1", "--update"]);
    place.made("new", &["--batches-per-shard", "1"]);
    assert_eq!(tree(&place.at("out")), tree(&place.at("new")));
    // Whitening, where a mirrored picture leaves the sums of channels as they were.
    let whitened = json!({"layout": "stable", "output": {"dtype": "float32", "zca": {}}});
    let place = Place::new(60, &whitened);
    place.made("out", &[]);
    let bytes = fs::read(place.picture(7)).unwrap();
    let (head, pixels) = bytes.split_at(bytes.len() - 12);
    let mirrored: Vec<u8> = [3..6, 0..3, 9..12, 6..9].into_iter().flat_map(|pixel| pixels[pixel].to_vec()).collect();
    fs::write(place.picture(7), [head, &mirrored[..]].concat()).unwrap();
    place.made("out", &["--update"]);
    place.made("new", &[]);
    assert_eq!(tree(&place.at("out")), tree(&place.at("new")));
}

#[test]
fn an_update_can_be_given_up_and_leaves_nothing() {
    let place = Place::new(BLOCK + 100, &json!({"layout": "stable"}));
    place.made("out", &[]);
    let before = tree(&place.at("out"));
    let bytes = fs::read(place.picture(5)).unwrap();
    place.put(5, 77);
    place.made("out", &["--update", "--worker", "1/2"]);
    // Between a file's name and its receipt.
    fs::write(place.at("out/train/epoch-001/images-1-000-0123456789abcdef.npy"), "x").unwrap();
    place.is_sound("out");
    let (code, told) = end(prebake(&["status"]).arg(place.at("out")));
    assert_eq!((code, told.as_str()), (0, ""));
    fs::write(place.picture(5), bytes).unwrap();
    place.made("out", &["--update"]);
    assert_eq!(tree(&place.at("out")), before);
}

#[test]
fn weights_of_classes_do_not_hinder_more_epochs() {
    let place = Place::new(70, &json!({"balance": {"sample_weight": "balanced"}}));
    place.made("out", &[]);
    place.made("out", &["--append-epochs", "1"]);
    place.made("new", &["--epochs", "3"]);
    assert_eq!(tree(&place.at("out")), tree(&place.at("new")));
}

#[test]
fn metrics_take_the_place_of_metrics_alone() {
    let place = Place::new(4, &json!({}));
    let metrics = |file: &str| place.build("out", &["--metrics-file", place.at(file).to_str().unwrap()]);
    assert_eq!(metrics("metrics.prom").0, 0);
    assert_eq!(metrics("metrics.prom").0, 0);
    for (file, problem) in [
        ("spec.json", "holds something else than metrics"),
        ("out/dataset.json", "inside the dataset"),
        ("pictures/a/00000.ppm", "inside the folder of pictures"),
    ] {
        let (code, told) = metrics(file);
        assert!(code == 2 && told.contains(problem), "{told}");
    }
    place.is_sound("out");
}

#[test]
fn an_update_that_was_killed_in_its_commit_goes_on_and_keeps_all() {
    let place = Place::new(BLOCK + 100, &json!({"layout": "stable"}));
    place.made("out", &[]);
    place.put(5, 77);
    place.put(BLOCK + 200, 78);
    place.made("out", &["--update", "--worker", "1/1"]);
    let shards = place.arrays("out");
    // The files beside the arrays have their names already, the manifest has not.
    for name in ["samples.jsonl", "spec.json", "label_map.json"] {
        fs::copy(place.at("out/.prebake").join(name), place.at("out").join(name)).unwrap();
    }
    place.made("out", &["--update"]);
    assert!(place.arrays("out").is_subset(&shards));
    place.made("new", &[]);
    assert_eq!(tree(&place.at("out")), tree(&place.at("new")));
}

#[test]
fn an_update_of_a_damaged_dataset_keeps_what_is_whole() {
    let place = Place::new(3 * BLOCK, &json!({"layout": "stable"}));
    let small = ["--batches-per-shard", "16"];
    place.made("out", &small);
    let before = place.arrays("out");
    fs::remove_file(place.at("out/label_map.json")).unwrap();
    place.put(5, 77);
    place.made("out", &[&small[..], &["--update"]].concat());
    assert!(place.arrays("out").intersection(&before).count() > 0);
    place.made("new", &small);
    assert_eq!(tree(&place.at("out")), tree(&place.at("new")));
    // What is not finished, of another plan, is not removed without being asked.
    let packed = Place::new(40, &json!({}));
    packed.made("out", &["--worker", "1/2"]);
    let there = tree(&packed.at("out"));
    assert_eq!(packed.build("out", &["--layout", "stable", "--update"]).0, 2);
    assert_eq!(tree(&packed.at("out")), there);
}

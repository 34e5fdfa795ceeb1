//! `--force`: a dataset in the place of another, which stays until the new one is complete.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use common::{build, copy_tree, end, fixture, prebake, tree};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// Arguments of the dataset that is there, and of the one that takes its place: some of their files have the same names.
const OLD: [&str; 4] = ["--quiet", "--batches-per-shard", "1", "--batch-size=4"];
const NEW: [&str; 5] = ["--quiet", "--batches-per-shard", "1", "--batch-size=4", "--seed=9"];

struct Place(TempDir);

impl Place {
    /// The old dataset in `out` and in `old`, the new one in `new`.
    fn new() -> Self {
        let place = Self(TempDir::new().unwrap());
        for (out, arguments) in [("out", &OLD[..]), ("old", &OLD), ("new", &NEW)] {
            assert_eq!(place.build(out, arguments, &[]), (0, String::new()));
        }
        place
    }

    fn at(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn tree(&self, name: &str) -> BTreeMap<PathBuf, Vec<u8>> {
        tree(&self.at(name))
    }

    fn build(&self, out: &str, arguments: &[&str], more: &[&str]) -> (i32, String) {
        end(&mut build("by_folder", "default.json", &self.at(out), &[arguments, more].concat()))
    }

    fn status(&self) -> Value {
        let output = prebake(&["status", "--json"]).arg(self.at("out")).output().unwrap();
        serde_json::from_slice(&output.stdout).unwrap()
    }

    fn hash(&self, name: &str) -> String {
        let manifest: Value = serde_json::from_slice(&self.tree(name)[Path::new("dataset.json")]).unwrap();
        manifest["plan_hash"].as_str().unwrap().into()
    }

    /// The new dataset in the folder in which `--force` builds it, as it is after its own commit.
    fn staged(&self) {
        fs::create_dir_all(self.at("out/.prebake")).unwrap();
        copy_tree(&self.at("new"), &self.at("out/.prebake/next"));
    }

    /// The same, after so many of its files were renamed into place, and the old manifest was removed.
    fn moved(&self, files: usize) {
        self.staged();
        fs::write(self.at("out/.prebake/replacing"), self.hash("new")).unwrap();
        fs::rename(self.at("out/dataset.json"), self.at("out/.prebake/before.json")).unwrap();
        let names = self.tree("new").into_keys().filter(|path| !path.ends_with("dataset.json"));
        for path in names.take(files) {
            fs::create_dir_all(self.at("out").join(&path).parent().unwrap()).unwrap();
            fs::rename(self.at("out/.prebake/next").join(&path), self.at("out").join(&path)).unwrap();
        }
    }
}

#[test]
fn a_dataset_that_is_replaced_is_whole_until_the_next_one_is() {
    let place = Place::new();
    // A part of it, as a run leaves it that is stopped in the middle.
    fs::create_dir_all(place.at("out/.prebake")).unwrap();
    assert_eq!(place.build("out/.prebake/next", &NEW, &["--worker", "1/2"]), (0, String::new()));
    let begun = place.status();
    let hash =
        |name: &str| serde_json::from_slice::<Value>(&place.tree(name)[Path::new("dataset.json")]).unwrap()["plan_hash"].clone();
    assert_eq!((&begun["status"], &begun["begun"], &begun["plan_hash"]), (&"complete".into(), &hash("new"), &hash("old")));
    assert_eq!(end(prebake(&["verify"]).arg(place.at("out"))), (0, String::new()));
    // What is there is complete: its own command leaves the other's work alone.
    assert_eq!(place.build("out", &OLD, &[]), (0, String::new()));
    assert!(place.at("out/.prebake/next/train").is_dir());
    let (code, told) = place.build("out", &NEW, &[]);
    assert!(code == 2 && told.contains("--force replaces it"), "{told}");
    let again =
        build("by_folder", "default.json", &place.at("out"), &[&NEW[..], &["--force", "--json"]].concat()).output().unwrap();
    let report: Value = serde_json::from_slice(&again.stdout).unwrap();
    assert!(report["rows_kept"].as_u64().unwrap_or(0) > 0, "{report}");
    assert_eq!(place.tree("out"), place.tree("new"));
}

#[test]
fn a_replacement_that_is_given_up_leaves_nothing() {
    let place = Place::new();
    place.staged();
    assert_eq!(place.build("out", &OLD, &["--force"]), (0, String::new()));
    assert_eq!(place.tree("out"), place.tree("old"));
    // One of a third plan in its place.
    place.staged();
    assert_eq!(place.build("out", &OLD, &["--force", "--seed=10"]), (0, String::new()));
    assert_eq!(place.build("third", &OLD, &["--seed=10"]), (0, String::new()));
    assert_eq!(place.tree("out"), place.tree("third"));
}

#[test]
fn one_that_was_killed_between_any_two_renamings_is_finished_by_the_next_that_writes() {
    let files = Place::new().tree("new").len() - 1;
    for (moved, next) in [(0, "build"), (1, "commit"), (files / 2, "repair"), (files, "force"), (2, "append")] {
        let place = Place::new();
        place.moved(moved);
        assert_eq!(place.status()["status"], "stopped");
        let ended = match next {
            "build" => place.build("out", &NEW, &[]),
            "force" => place.build("out", &NEW, &["--force"]),
            "append" => place.build("out", &NEW, &["--append-epochs", "1"]),
            "commit" => end(prebake(&["commit", "--quiet"]).arg(place.at("out"))),
            _ => end(prebake(&["repair", "--quiet", "--input"]).arg(fixture("by_folder")).arg(place.at("out"))),
        };
        assert_eq!(ended, (0, String::new()), "{next}");
        if next == "append" {
            assert_eq!(place.build("new", &NEW, &["--append-epochs", "1"]), (0, String::new()));
        }
        assert_eq!(place.tree("out"), place.tree("new"), "{next}");
    }
}

#[test]
fn no_row_of_the_old_dataset_passes_for_one_of_the_new() {
    let place = Place::new();
    place.moved(1);
    let images = Path::new("train/epoch-001/images-00003-of-00005.npy");
    assert_ne!(place.tree("old")[images], place.tree("new")[images]);
    fs::remove_file(place.at("out/.prebake/next").join(images)).unwrap();
    assert_eq!(place.build("out", &NEW, &[]), (0, String::new()));
    assert_eq!(place.tree("out"), place.tree("new"));
}

#[test]
fn the_old_command_after_a_kill_meets_the_new_dataset() {
    let place = Place::new();
    place.moved(0);
    let (code, told) = place.build("out", &OLD, &[]);
    assert!(code == 2 && told.contains("holds a dataset of another plan"), "{told}");
    assert_eq!(place.tree("out"), place.tree("new"));
}

#[test]
fn a_run_that_was_killed_behind_the_new_manifest_is_ended_by_any_other() {
    // What is left then: empty folders of the new dataset, what only the old one had, and a note of that.
    let left = |place: &Place| {
        let place_new = place.tree("new");
        place.moved(place_new.len());
        fs::rename(place.at("out/.prebake/next/dataset.json"), place.at("out/dataset.json")).unwrap();
        fs::write(place.at("out/of_the_old_one"), "").unwrap();
        fs::write(place.at("out/train/epoch-000/images-00007-of-00009.npy"), "").unwrap();
    };
    for more in [&["--seed=10", "--force"][..], &["--seed=9", "--epochs=4", "--update"]] {
        let place = Place::new();
        left(&place);
        assert_eq!(place.build("out", &OLD, more), (0, String::new()));
        fs::remove_file(place.at("out/of_the_old_one")).unwrap();
        let fresh: Vec<&str> = more.iter().copied().filter(|word| !["--force", "--update"].contains(word)).collect();
        assert_eq!(place.build("fresh", &OLD, &fresh), (0, String::new()));
        assert_eq!(place.tree("out"), place.tree("fresh"), "{more:?}");
    }
}

#[test]
fn what_is_in_the_way_is_told_before_anything_is_touched() {
    for (obstacle, inside) in [("val", None), ("train/epoch-000/images-00000-of-00003.npy", Some("mine"))] {
        let place = Place::new();
        match inside {
            None => fs::write(place.at("out").join(obstacle), "mine").unwrap(),
            Some(name) => {
                fs::create_dir(place.at("out").join(obstacle)).unwrap();
                fs::write(place.at("out").join(obstacle).join(name), "mine").unwrap();
            }
        }
        let before = place.tree("out");
        let more = ["--force", "--split=val=0.3", "--batches-per-shard=2"];
        let (code, told) = place.build("out", &OLD[..1], &[&more[..], &["--batch-size=4"]].concat());
        assert!(code == 12 && told.contains("(move it away, then run the command again)"), "{code} {told}");
        let after: BTreeMap<_, _> = place.tree("out").into_iter().filter(|(path, _)| !path.starts_with(".prebake")).collect();
        assert_eq!(after, before);
        assert_eq!(place.build("out", &OLD, &[]), (0, String::new()));
    }
}

#[test]
fn a_begun_replacement_has_no_say_in_what_is_done_to_the_old_dataset() {
    let place = Place::new();
    place.staged();
    fs::copy(place.at("out/dataset.json"), place.at("out/.prebake/before.json")).unwrap();
    // Killed between the note and the removal: a damaged dataset is made whole, and stays itself.
    fs::write(place.at("out/.prebake/replacing"), place.hash("new")).unwrap();
    fs::remove_file(place.at("out/train/epoch-001/images-00003-of-00005.npy")).unwrap();
    assert_eq!(place.build("out", &OLD, &[]), (0, String::new()));
    assert_eq!(place.tree("out"), place.tree("old"));
}

#[test]
fn a_dataset_that_lost_a_file_stays_too_until_the_next_one_is_whole() {
    let place = Place::new();
    let lost = "train/epoch-001/images-00003-of-00005.npy";
    fs::remove_file(place.at("out").join(lost)).unwrap();
    fs::create_dir_all(place.at("out/.prebake")).unwrap();
    assert_eq!(place.build("out/.prebake/next", &NEW, &["--worker", "1/2"]), (0, String::new()));
    assert!(place.at("out/train/epoch-000/images-00000-of-00005.npy").is_file());
    assert_eq!(place.build("out", &NEW, &["--force"]), (0, String::new()));
    assert_eq!(place.tree("out"), place.tree("new"));
}

#[test]
fn temporary_files_of_a_killed_update_go_too() {
    let place = Place::new();
    fs::create_dir_all(place.at("out/train/epoch-003")).unwrap();
    fs::write(place.at("out/train/epoch-003/.images-00004-of-00006.npy.77.tmp"), "x").unwrap();
    fs::write(place.at("out/.spec.json.77.tmp"), "x").unwrap();
    assert_eq!(place.build("out", &NEW, &["--force"]), (0, String::new()));
    assert_eq!(place.tree("out"), place.tree("new"));
    assert!(!place.at("out/train/epoch-003").exists());
}

#[test]
fn a_file_of_another_plan_that_waits_in_its_place_goes() {
    let place = Place::new();
    for (worker, waits) in [("--worker=1/2", true), ("--worker=2/2", false)] {
        assert_eq!(place.build("shared", &OLD, &[worker]), (0, String::new()));
        // As a run of another plan leaves it that is killed before it notes its plan: as long, and another.
        if waits {
            let spec = place.at("shared/.prebake/spec.json");
            let bytes: Vec<u8> = fs::read(&spec).unwrap().into_iter().rev().collect();
            fs::write(&spec, bytes).unwrap();
        }
    }
    let shared = place.at("shared");
    assert_eq!(end(prebake(&["commit", "--quiet"]).arg(&shared)), (0, String::new()));
    assert!(place.tree("shared") == place.tree("old"));
}

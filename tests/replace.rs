//! `--force`: a dataset in the place of another, which stays until the new one is complete.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use common::{build, end, fixture, prebake, tree};
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

    /// The new dataset in the folder in which `--force` builds it, as it is after its own commit.
    fn staged(&self) {
        fs::create_dir_all(self.at("out/.prebake")).unwrap();
        copy(&self.at("new"), &self.at("out/.prebake/next"));
    }
}

fn copy(from: &Path, to: &Path) {
    for (path, bytes) in tree(from) {
        fs::create_dir_all(to.join(&path).parent().unwrap()).unwrap();
        fs::write(to.join(path), bytes).unwrap();
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
fn one_that_was_killed_between_any_two_renamings_is_finished_by_whoever_comes() {
    let names: Vec<PathBuf> = Place::new().tree("new").into_keys().filter(|path| !path.ends_with("dataset.json")).collect();
    for (moved, next) in [(0, "build"), (1, "commit"), (names.len() / 2, "repair"), (names.len(), "force")] {
        let place = Place::new();
        place.staged();
        fs::rename(place.at("out/dataset.json"), place.at("out/.prebake/before.json")).unwrap();
        for path in &names[..moved] {
            fs::create_dir_all(place.at("out").join(path).parent().unwrap()).unwrap();
            fs::rename(place.at("out/.prebake/next").join(path), place.at("out").join(path)).unwrap();
        }
        let ended = match next {
            "build" => place.build("out", &NEW, &[]),
            "force" => place.build("out", &NEW, &["--force"]),
            "commit" => end(prebake(&["commit", "--quiet"]).arg(place.at("out"))),
            _ => end(prebake(&["repair", "--quiet", "--input"]).arg(fixture("by_folder")).arg(place.at("out"))),
        };
        assert_eq!(ended, (0, String::new()), "{next}");
        assert_eq!(place.tree("out"), place.tree("new"), "{next}");
    }
}

#[test]
fn the_old_command_after_a_kill_meets_the_new_dataset() {
    let place = Place::new();
    place.staged();
    fs::rename(place.at("out/dataset.json"), place.at("out/.prebake/before.json")).unwrap();
    let (code, told) = place.build("out", &OLD, &[]);
    assert!(code == 2 && told.contains("holds a dataset of another plan"), "{told}");
    assert_eq!(place.tree("out"), place.tree("new"));
}

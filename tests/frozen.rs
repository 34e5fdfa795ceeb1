//! Plans that are frozen in a file: workers start from them and list nothing, and what changed meanwhile is found.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use assert_cmd::Command;
use common::{copy_tree, end, fixture, prebake, tree};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// Pictures that may be changed, a spec, and the plan of both.
struct Place {
    folder: TempDir,
}

impl Place {
    fn new(more: &[&str]) -> Self {
        let place = Self { folder: TempDir::new().unwrap() };
        copy_tree(&fixture("by_folder"), &place.at("pictures"));
        let mut command = prebake(&["plan", place.text("pictures").as_str(), "--spec"]);
        command.arg(fixture("specs/default.json")).args(["--out", &place.text("plan.json")]).args(more);
        assert_eq!(end(&mut command), (0, String::new()));
        place
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn text(&self, name: &str) -> String {
        self.at(name).to_str().unwrap().to_string()
    }

    /// A build of the plan into `out`.
    fn build(&self, out: &str, more: &[&str]) -> Command {
        let mut command =
            prebake(&["build", &self.text("pictures"), "--plan", &self.text("plan.json"), "--out", &self.text(out)]);
        command.args(more);
        command
    }

    /// What a build with the same arguments and without a plan makes.
    fn plain(&self, more: &[&str]) -> std::collections::BTreeMap<PathBuf, Vec<u8>> {
        let mut command = prebake(&["build", &self.text("pictures"), "--spec"]);
        command.arg(fixture("specs/default.json")).args(["--out", &self.text("plain")]).args(more);
        assert_eq!(end(&mut command).0, 0);
        tree(&self.at("plain"))
    }
}

fn first_picture(place: &Place) -> PathBuf {
    let plan: Value = serde_json::from_slice(&fs::read(place.at("plan.json")).unwrap()).unwrap();
    place.at("pictures").join(plan["pictures"][0]["path"].as_str().unwrap())
}

#[test]
fn workers_make_from_a_frozen_plan_what_a_plain_run_makes() {
    let more = ["--epochs", "2", "--seed", "7", "--split", "val=0.2", "--batches-per-shard", "1", "--batch-size", "4"];
    let place = Place::new(&more);
    for worker in ["1/2", "2/2"] {
        assert_eq!(end(&mut place.build("out", &["--worker", worker])), (0, String::new()));
    }
    assert_eq!(end(&mut prebake(&["commit", &place.text("out")])).0, 0);
    assert_eq!(tree(&place.at("out")), place.plain(&more));
}

#[test]
fn a_plan_is_the_same_each_time_and_has_a_line_for_each_picture() {
    let (one, other) = (Place::new(&[]), Place::new(&[]));
    let text = fs::read_to_string(one.at("plan.json")).unwrap();
    assert_eq!(text, fs::read_to_string(other.at("plan.json")).unwrap());
    assert_eq!(text.lines().filter(|line| line.starts_with("{\"path\":")).count(), 20);
    assert!(!text.contains(one.folder.path().to_str().unwrap()));
}

#[test]
fn new_pictures_are_not_seen_and_changed_ones_end_the_run() {
    let place = Place::new(&["--epochs", "1"]);
    let plain = place.plain(&["--epochs", "1"]);
    let first = first_picture(&place);
    fs::copy(&first, first.with_file_name("new.png")).unwrap();
    assert_eq!(end(&mut place.build("out", &[])).0, 0);
    assert_eq!(tree(&place.at("out")), plain);
    let mut bytes = fs::read(&first).unwrap();
    bytes.push(0);
    fs::write(&first, bytes).unwrap();
    let (code, said) = end(&mut place.build("changed", &[]));
    assert_eq!(code, 1, "{said}");
    assert!(said.contains("changed since") && said.contains("run the command again"), "{said}");
    assert!(!place.at("changed/dataset.json").exists());
}

#[test]
fn bad_pictures_stay_what_they_were() {
    let folder = TempDir::new().unwrap();
    let pictures = folder.path().join("pictures");
    copy_tree(&fixture("by_folder"), &pictures);
    fs::write(pictures.join("cat/broken.png"), b"\x89PNG\r\n\x1a\nno more").unwrap();
    let (plan, spec) = (folder.path().join("plan.json"), fixture("specs/default.json"));
    let [pictures, plan, spec] = [&pictures, &plan, &spec].map(|path| path.to_str().unwrap());
    assert_eq!(end(&mut prebake(&["plan", pictures, "--spec", spec, "--on-error", "skip", "--quiet", "--out", plan])).0, 0);
    let [frozen, plain] = ["frozen", "plain"].map(|name| folder.path().join(name));
    assert_eq!(end(prebake(&["build", pictures, "--plan", plan, "--out"]).arg(&frozen)).0, 3);
    assert_eq!(end(prebake(&["build", pictures, "--spec", spec, "--on-error", "skip", "--out"]).arg(&plain)).0, 3);
    assert_eq!(tree(&frozen), tree(&plain));
}

#[test]
fn what_is_no_plan_is_refused_and_so_are_flags_beside_one() {
    let place = Place::new(&[]);
    for flag in [["--seed", "1"], ["--epochs", "2"], ["--labels", "none"], ["--on-error", "skip"]] {
        let (code, said) = end(&mut place.build("out", &flag));
        assert!(code == 2 && said.contains("cannot be used with"), "{flag:?}: {code}: {said}");
    }
    let refuses = |bytes: &[u8], word: &str| {
        fs::write(place.at("plan.json"), bytes).unwrap();
        let (code, said) = end(&mut place.build("out", &[]));
        assert!(code == 2 && said.contains(word) && !place.at("out").exists(), "{code}: {said}");
    };
    let good = fs::read_to_string(place.at("plan.json")).unwrap();
    refuses(b"", "not a frozen plan");
    refuses(b"{}", "not a frozen plan");
    refuses(&good.as_bytes()[..good.len() / 2], "not a frozen plan");
    refuses(good.replace("prebake-plan", "other").as_bytes(), "format `other`");
    refuses(good.replacen("\"jpeg\"", "\"jxl\"", 1).replacen("\"png\"", "\"jxl\"", 1).as_bytes(), "no format is called `jxl`");
    refuses(good.replacen("\"seed\":42", "\"seed\":43", 1).as_bytes(), "freeze it anew");
    fs::remove_file(place.at("plan.json")).unwrap();
    let (code, said) = end(&mut place.build("out", &[]));
    assert!(code == 2 && said.contains("no such file"), "{said}");
}

#[test]
fn a_plan_among_the_pictures_is_refused() {
    let folder = TempDir::new().unwrap();
    copy_tree(&fixture("by_folder"), folder.path());
    let inside = folder.path().join("plan.json");
    let mut command = prebake(&["plan", folder.path().to_str().unwrap(), "--spec"]);
    let (code, said) = end(command.arg(fixture("specs/default.json")).arg("--out").arg(&inside));
    assert!(code == 2 && said.contains("inside the folder of pictures") && !Path::new(&inside).exists(), "{said}");
}

//! Steps that refer to pictures of a folder: found before anything is planned, and part of the plan.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use common::{build, end, fixture, prebake, tree};
use serde_json::Value;
use std::fs;
use std::path::Path;
use tempfile::TempDir;

const SPEC: &str = "references.json";

/// A folder with a spec whose step refers to `styles` beside it, and with the references of the fixtures there.
fn workplace() -> TempDir {
    let folder = TempDir::new().unwrap();
    let step = r#"{"op": "histogram_matching", "references": "styles"}"#;
    let text = format!(
        r#"{{"version": 1, "labels": {{"from": "directory"}}, "pipeline": [{{"op": "resize", "width": 32, "height": 32}},
            {{"op": "one_of", "of": [{step}, {{"op": "sequential", "steps": [{step}]}}]}}]}}"#
    );
    fs::write(folder.path().join("spec.json"), text).unwrap();
    fs::create_dir_all(folder.path().join("styles/far")).unwrap();
    for name in ["coffee.png", "far/rocket.png"] {
        fs::copy(fixture("references").join(name), folder.path().join("styles").join(name)).unwrap();
    }
    fs::write(folder.path().join("styles/notes.txt"), "no picture").unwrap();
    folder
}

/// Exit code and standard error of a build there, into `out`.
fn built(folder: &Path, out: &str) -> (i32, String) {
    let mut command = prebake(&["build"]);
    command.arg(fixture("by_folder")).arg("--spec").arg(folder.join("spec.json")).arg("--out").arg(folder.join(out));
    end(&mut command)
}

fn manifest(out: &Path) -> Value {
    serde_json::from_slice(&fs::read(out.join("dataset.json")).unwrap()).unwrap()
}

#[test]
fn threads_and_memory_change_no_byte() {
    let folder = TempDir::new().unwrap();
    let out = |name: &str| folder.path().join(name);
    let more = ["--epochs", "3", "--batches-per-shard", "1", "--batch-size", "3"];
    build("by_folder", SPEC, &out("a"), &more).args(["--threads", "1"]).assert().success();
    build("by_folder", SPEC, &out("b"), &more).args(["--threads", "2", "--memory", "100KiB"]).assert().success();
    build("by_folder", SPEC, &out("c"), &more).env("PREBAKE_PLAIN", "1").assert().success();
    let first = tree(&out("a"));
    assert!(first == tree(&out("b")) && first == tree(&out("c")));
    prebake(&["verify", out("a").to_str().unwrap()]).assert().success();
    let (code, text) = end(build("by_folder", SPEC, &out("d"), &more).args(["--memory", "10KiB"]));
    assert!(code == 2 && text.contains("--memory 10.00 KiB: reference pictures take"), "{code} {text}");
}

#[test]
fn the_first_pass_sees_references_too() {
    let folder = workplace();
    let spec = r#"{"version": 1, "labels": {"from": "directory"}, "pipeline": [{"op": "resize", "width": 32, "height": 32},
        {"op": "histogram_matching", "references": "styles/coffee.png", "blend_ratio": 1}],
        "output": {"dtype": "float32", "featurewise": {}}}"#;
    fs::write(folder.path().join("spec.json"), spec).unwrap();
    assert_eq!(built(folder.path(), "out"), (0, String::new()));
    // The pictures have the reference's levels, not their own.
    let of = |out: &str| manifest(&folder.path().join(out))["statistics"]["mean"].clone();
    fs::write(folder.path().join("spec.json"), spec.replace(r#""blend_ratio": 1"#, r#""blend_ratio": 0"#)).unwrap();
    assert_eq!(built(folder.path(), "as_they_are").0, 0);
    assert_ne!(of("out"), of("as_they_are"));
}

#[test]
fn another_reference_is_another_plan() {
    let folder = workplace();
    let (out, styles) = (folder.path().join("out"), folder.path().join("styles"));
    assert_eq!(built(folder.path(), "out"), (0, String::new()));
    assert_eq!(built(folder.path(), "out"), (0, String::new()));
    let listed = &manifest(&out)["references"]["styles"];
    assert_eq!([&listed[0]["path"], &listed[1]["path"]], ["styles/coffee.png", "styles/far/rocket.png"]);
    // Nothing that is written names this machine.
    let here = folder.path().to_str().unwrap().as_bytes();
    assert!(tree(&out).values().all(|bytes| !bytes.windows(here.len()).any(|part| part == here)));
    fs::copy(styles.join("far/rocket.png"), styles.join("coffee.png")).unwrap();
    let (code, text) = built(folder.path(), "out");
    assert!(code == 2 && text.contains("reference pictures: their names or contents differ"), "{code} {text}");
    assert_eq!(built(folder.path(), "other"), (0, String::new()));
    assert_ne!(manifest(&out)["plan_hash"], manifest(&folder.path().join("other"))["plan_hash"]);
    fs::remove_file(styles.join("coffee.png")).unwrap();
    assert_eq!(built(folder.path(), "out").0, 2);
}

#[test]
fn what_is_not_there_is_an_error_of_the_spec() {
    let folder = workplace();
    let styles = folder.path().join("styles");
    let refused = |said: &str| {
        let (code, text) = built(folder.path(), "out");
        assert!(code == 2 && text.contains("pipeline[1].of[0].references: ") && text.contains(said), "{code} {text}");
        assert_eq!(text.lines().count(), 1, "{text}");
        assert!(!folder.path().join("out").exists());
    };
    fs::copy(fixture("broken/cat/cut.jpg"), styles.join("far/cut.jpg")).unwrap();
    refused("styles/far/cut.jpg: the file is cut off");
    fs::remove_file(styles.join("far/cut.jpg")).unwrap();
    fs::write(styles.join("text.jpg"), "text").unwrap();
    refused("styles/text.jpg: not a picture of a known format");
    for name in ["text.jpg", "coffee.png", "far/rocket.png"] {
        fs::remove_file(styles.join(name)).unwrap();
    }
    refused("styles: no picture there (the way to references starts at the folder of the spec)");
    fs::remove_dir_all(&styles).unwrap();
    refused("styles: no such file or directory (the way to references starts at the folder of the spec)");
}

#[test]
fn a_path_from_the_root_is_refused() {
    let folder = TempDir::new().unwrap();
    for (path, said) in [("/styles", "begins at the root"), ("C:/styles", "begins at the root"), ("", "is empty")] {
        let text = format!(r#"{{"version": 1, "pipeline": [{{"op": "histogram_matching", "references": "{path}"}}]}}"#);
        fs::write(folder.path().join("spec.json"), text).unwrap();
        let (code, text) = built(folder.path(), "out");
        assert!(code == 2 && text.contains("1:72: pipeline[0].references: ") && text.contains(said), "{code} {text}");
    }
}

#[test]
fn steps_within_channels_refer_too() {
    let folder = workplace();
    let step = r#"{"op": "fourier_domain_adaptation", "references": "./styles/", "beta": 0.2}"#;
    let text = format!(
        r#"{{"version": 1, "labels": {{"from": "directory"}}, "pipeline": [{{"op": "resize", "width": 32, "height": 32}},
            {{"op": "channels", "channels": [1], "steps": [{step}]}}]}}"#
    );
    fs::write(folder.path().join("spec.json"), text).unwrap();
    assert_eq!(built(folder.path(), "out"), (0, String::new()));
    let listed = &manifest(&folder.path().join("out"))["references"]["./styles/"];
    assert_eq!(listed[1]["path"], "./styles/far/rocket.png");
}

#[test]
fn a_row_names_its_reference_and_is_made_again() {
    let folder = workplace();
    assert_eq!(built(folder.path(), "out").0, 0);
    let (out, picture, input) = (folder.path().join("out"), folder.path().join("row.png"), fixture("by_folder"));
    let explain = |more: &[&str]| {
        let mut command = prebake(&["explain", out.to_str().unwrap(), "--row", "3", "--json"]);
        command.args(more);
        command
    };
    let said: Value = serde_json::from_slice(&explain(&[]).output().unwrap().stdout).unwrap();
    let name = said["recipe"][0]["reference"].as_str().unwrap();
    assert!(["styles/coffee.png", "styles/far/rocket.png"].contains(&name), "{said}");
    let from = folder.path().to_str().unwrap();
    let again = ["--input", input.to_str().unwrap(), "-o", picture.to_str().unwrap()];
    explain(&again).args(["--references-from", from]).assert().success();
    let levels = fs::read(out.join(said["images"].as_str().unwrap())).unwrap();
    let made = image::open(&picture).unwrap().into_rgb8().into_raw();
    let place = usize::try_from(said["place"].as_u64().unwrap()).unwrap();
    assert_eq!(levels[128 + place * made.len()..][..made.len()], made);
    let (code, text) = end(&mut explain(&again));
    assert!(code == 2 && text.contains("pipeline[1].of[0].references: ./styles"), "{code} {text}");
    fs::remove_file(folder.path().join("styles/coffee.png")).unwrap();
    let (code, text) = end(explain(&again).args(["--references-from", from]));
    assert!(code == 1 && text.contains("reference pictures changed since"), "{code} {text}");
}

#[test]
fn sheets_name_the_reference_and_stay_out_of_its_folder() {
    let folder = workplace();
    let sheet = |to: &str| {
        let mut command = prebake(&["preview"]);
        command.arg(fixture("by_folder")).arg("--spec").arg(folder.path().join("spec.json"));
        command.args(["--images", "2", "-o"]).arg(folder.path().join(to));
        command
    };
    sheet("sheet.html").assert().success();
    let page = fs::read_to_string(folder.path().join("sheet.html")).unwrap();
    assert!(page.contains("reference styles/"));
    assert_eq!(end(&mut sheet("styles/sheet.html")).0, 2);
    for op in ["histogram_matching", "fourier_domain_adaptation", "pixel_distribution_adaptation"] {
        let page = folder.path().join("op.html");
        prebake(&["preview", "--op", op, "-o", page.to_str().unwrap()]).assert().success();
        assert!(fs::read_to_string(&page).unwrap().contains("reference styles"), "{op}");
    }
}

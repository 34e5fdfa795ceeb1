//! Pictures in archives: the same datasets as of folders, and clear words where an archive cannot be read.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

#[path = "../common/mod.rs"]
mod common;
mod made;
mod refused;
mod web_dataset;

use common::{end, prebake, tree};
use made::{Files, all, as_tar, header, mask, picture, pictures, tar_of};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use tar::EntryType;
use tempfile::TempDir;

/// Runs `build` of `input` into `out`, with these sections of a spec, and says how it ended.
fn build(input: &Path, out: &Path, sections: &str, more: &[&str]) -> (i32, String) {
    let spec = out.with_extension("json");
    let steps = r#"{"op": "resize", "width": 8, "height": 8}, {"op": "horizontal_flip", "p": 0.5}"#;
    fs::write(&spec, format!(r#"{{"version": 1, "epochs": 2, "batch_size": 4, {sections} "pipeline": [{steps}]}}"#)).unwrap();
    let mut command = prebake(&["build", "--quiet", "--spec"]);
    end(command.arg(spec).arg(input).arg("--out").arg(out).args(more))
}

/// What is in the manifest of a dataset.
fn manifest(out: &Path) -> Value {
    serde_json::from_slice(&fs::read(out.join("dataset.json")).unwrap()).unwrap()
}

/// Paths and classes of the pictures of a dataset.
fn samples(out: &Path) -> Vec<(String, String)> {
    let text = fs::read_to_string(out.join("samples.jsonl")).unwrap();
    let lines = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let text = |value: &Value| value.as_str().unwrap_or_default().to_string();
    lines.map(|line| (text(&line["path"]), text(&line["class"]))).collect()
}

/// Builds of the folder, the tar and the zip of `files`, which must be the same.
fn three(files: &Files, sections: &str, more: &[&str], code: i32) -> (TempDir, PathBuf) {
    let place = TempDir::new().unwrap();
    let inputs = all(files, place.path());
    let outs = ["of_folder", "of_tar", "of_zip"].map(|name| place.path().join(name));
    for (input, out) in inputs.iter().zip(&outs) {
        let (ended, text) = build(input, out, sections, more);
        assert_eq!(ended, code, "{}: {text}", input.display());
    }
    assert!(tree(&outs[0]) == tree(&outs[1]), "the tar's dataset differs from the folder's");
    assert!(tree(&outs[0]) == tree(&outs[2]), "the zip's dataset differs from the folder's");
    let [_, _, out] = outs;
    (place, out)
}

#[test]
fn a_tar_a_zip_and_a_folder_give_one_dataset() {
    let mut files = pictures();
    files.push(("notes.txt".into(), b"not a picture".to_vec()));
    files.push(("ash/.thumbnail.png".into(), picture(99)));
    files.push((".cache/a/b.png".into(), picture(98)));
    files.push((".cache/c.png".into(), picture(97)));
    files.push(("elm/notes.txt".into(), b"a class without pictures".to_vec()));
    files.push((format!("ash/{}/{}.png", "l".repeat(90), "ä".repeat(60)), picture(50)));
    let (_place, out) = three(&files, "", &[], 0);
    assert_eq!(samples(&out).len(), 9);
    assert_eq!(manifest(&out)["heads"]["labels"]["class_names"], serde_json::json!(["ash", "elm", "oak"]));
}

#[test]
fn masks_and_tables_are_read_from_archives_too() {
    let mut files = pictures();
    let mut table = "file_name,color\n".to_string();
    for (number, (path, _)) in (0..).zip(pictures()) {
        table.push_str(&format!("{path},{}\n", ["red", "blue"][number as usize % 2]));
        files.push((format!("masks/{path}"), mask(number)));
    }
    files.push(("labels.csv".into(), table.into_bytes()));
    let sections = r#""labels": {"from": "table", "path": "labels.csv", "column": "color"},
        "targets": {"masks": {"path": "masks/NAME.png"}},"#;
    let (_place, out) = three(&files, sections, &[], 0);
    assert_eq!(samples(&out)[0], ("ash/0.png".into(), "red".into()));
    assert!(tree(&out).keys().any(|file| file.to_string_lossy().contains("masks")));
}

#[test]
fn a_broken_member_is_left_out_as_a_broken_file_is() {
    let mut files = pictures();
    files[3].1.truncate(50);
    let (_place, out) = three(&files, "", &["--on-error", "skip"], 3);
    assert_eq!(samples(&out).len(), 7);
}

#[test]
fn of_members_of_one_name_in_a_tar_the_last_is_there() {
    let place = TempDir::new().unwrap();
    let (folder, archive) = (place.path().join("tree"), place.path().join("tree.tar"));
    let mut files = pictures();
    made::as_folder(&files, &folder);
    files.insert(0, ("ash/0.png".into(), picture(77)));
    as_tar(&files, &archive);
    for (input, out) in [(&folder, "a"), (&archive, "b")] {
        assert_eq!(build(input, &place.path().join(out), "", &[]).0, 0);
    }
    assert!(tree(&place.path().join("a")) == tree(&place.path().join("b")));
}

#[test]
fn links_in_a_tar_are_followed() {
    let place = TempDir::new().unwrap();
    let (archive, out) = (place.path().join("a.tar"), place.path().join("out"));
    tar_of(&archive, |builder| {
        for (name, bytes) in [("ash/0.png", picture(0)), (".store/x", picture(1))] {
            builder.append(&header(EntryType::Regular, name.as_bytes(), b"", bytes.len() as u64), &bytes[..]).unwrap();
        }
        let links = [
            (EntryType::Link, "ash/1.png", "ash/0.png"),
            (EntryType::Symlink, "oak/2.png", "../.store/x"),
            (EntryType::Symlink, "oak/3.png", "2.png"),
            (EntryType::Symlink, "oak/gone.png", "/etc/passwd"),
            (EntryType::Symlink, "oak/out.png", "../../secret.png"),
            (EntryType::Symlink, "oak/loop.png", "loop.png"),
            (EntryType::Link, "oak/lost.png", "nowhere.png"),
            (EntryType::Symlink, "oak/nowhere.txt", "no.txt"),
        ];
        for (kind, name, target) in links {
            builder.append(&header(kind, name.as_bytes(), target.as_bytes(), 0), &[][..]).unwrap();
        }
    });
    let (code, text) = build(&archive, &out, "", &["--on-error", "skip"]);
    assert_eq!(code, 3, "{text}");
    let paths: Vec<String> = samples(&out).into_iter().map(|(path, _)| path).collect();
    assert_eq!(paths, ["ash/0.png", "ash/1.png", "oak/2.png", "oak/3.png"]);
    let (code, text) = build(&archive, &place.path().join("other"), "", &[]);
    assert!(code == 1 && text.contains("a link to what is not in the archive"), "{code} {text}");
}

#[test]
fn rows_are_explained_and_made_again_from_archives() {
    let (place, out) = three(&pictures(), "", &["--batches-per-shard", "1"], 0);
    let place = place.path();
    let whole = tree(&out);
    for archive in ["tree.tar", "tree.zip"].map(|name| place.join(name)) {
        let archive = archive.to_str().unwrap();
        let dataset = out.to_str().unwrap();
        let row = place.join("row.png");
        prebake(&["explain", dataset, "--row", "3", "--input", archive, "-o", row.to_str().unwrap()]).assert().success();
        assert_eq!(image::open(&row).unwrap().width(), 8);
        prebake(&["verify", dataset, "--deep", "2", "--input", archive]).assert().success();
        let shard = whole.keys().find(|file| file.to_string_lossy().contains("images-")).unwrap();
        fs::write(out.join(shard), b"damaged").unwrap();
        prebake(&["repair", dataset, "--input", archive]).assert().success();
        assert!(tree(&out) == whole);
        prebake(&["diff", dataset, archive]).assert().success();
        prebake(&["stats", archive]).assert().success();
        let sheet = place.join("sheet.png");
        prebake(&["preview", "--op", "rotate", archive, "-o", sheet.to_str().unwrap()]).assert().success();
    }
}

#[test]
fn a_picture_that_changed_in_its_archive_is_no_row() {
    let (place, out) = three(&pictures(), "", &[], 0);
    let archive = place.path().join("tree.tar");
    let mut files = pictures();
    files[0].1 = picture(55);
    as_tar(&files, &archive);
    let row = place.path().join("row.png");
    let arguments = ["explain", out.to_str().unwrap(), "--image", "ash/0.png", "--input", archive.to_str().unwrap(), "-o"];
    let (code, text) = end(prebake(&arguments).arg(row));
    assert!(code == 1 && text.contains("tree.tar/ash/0.png: changed since"), "{code} {text}");
}

#[test]
fn a_folder_may_be_called_as_an_archive_and_hold_some() {
    let place = TempDir::new().unwrap();
    let folder = place.path().join("x.tar");
    let mut files = pictures();
    made::as_folder(&files, &folder);
    as_tar(&files, &folder.join("ash/more.tar"));
    files.clear();
    let out = place.path().join("out");
    let (code, text) = build(&folder, &out, "", &[]);
    assert_eq!(code, 0, "{text}");
    assert_eq!(samples(&out).len(), 8);
}

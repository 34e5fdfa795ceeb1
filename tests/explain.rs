//! Every row explains itself, and can be made again; what there is to choose from is listed.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use common::{build, end, fixture, prebake, tree};
use serde_json::Value;
use std::fs::{self, File};
use tempfile::TempDir;

fn json(arguments: &[&str]) -> Value {
    let output = prebake(arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn a_row_made_again_is_the_row_of_the_shard() {
    let folder = TempDir::new().unwrap();
    let (out, picture) = (folder.path().join("out"), folder.path().join("row.png"));
    build("by_folder", "default.json", &out, &[]).assert().success();
    let (out, pictures) = (out.to_str().unwrap(), fixture("by_folder"));
    for row in [0, 7, 19] {
        let number = row.to_string();
        let arguments = ["explain", out, "--epoch", "2", "--row", &number, "--json", "-o", picture.to_str().unwrap()];
        let said = json(&[&arguments[..], &["--input", pictures.to_str().unwrap()]].concat());
        let images: npyz::NpyFile<_> =
            npyz::NpyFile::new(File::open(format!("{out}/{}", said["images"].as_str().unwrap())).unwrap()).unwrap();
        let levels: Vec<u8> = images.into_vec().unwrap();
        let made = image::open(&picture).unwrap().into_rgb8().into_raw();
        let place = usize::try_from(said["place"].as_u64().unwrap()).unwrap();
        assert_eq!(levels[place * made.len()..][..made.len()], made, "row {row}");
        // By its picture, the same row is found.
        let again = json(&["explain", out, "--epoch", "2", "--image", said["picture"].as_str().unwrap(), "--json"]);
        assert_eq!(again, said);
    }
}

#[test]
fn what_is_not_there_is_told() {
    let folder = TempDir::new().unwrap();
    let out = folder.path().join("out");
    build("by_folder", "default.json", &out, &[]).assert().success();
    let out = out.to_str().unwrap();
    let told = |arguments: &[&str]| end(&mut prebake(&[&["explain", out], arguments].concat()));
    let expected: &[(&[&str], &str)] = &[
        (&["--row", "20"], "--row 20: no such row (there are 3 epochs of 20 rows, both from 0)"),
        (&["--row", "0", "--epoch", "3"], "--epoch 3: no such epoch"),
        (&["--image", "cat/0.jpeg"], "unknown picture `cat/0.jpeg` (did you mean `cat/0.jpg`?)"),
    ];
    for (arguments, message) in expected {
        let (code, text) = told(arguments);
        assert!(code == 2 && text.contains(message), "{code} {text}");
    }
    let (code, text) = end(&mut prebake(&["explain", folder.path().to_str().unwrap(), "--row", "0"]));
    assert!(code == 10 && text.contains("no dataset of prebake"), "{code} {text}");
    // A picture that is another one now is not passed off as the row's.
    fs::create_dir_all(folder.path().join("other/cat")).unwrap();
    fs::copy(fixture("by_folder/cat/4.jpg"), folder.path().join("other/cat/0.jpg")).unwrap();
    let other = folder.path().join("other");
    let row = folder.path().join("row.png");
    let (code, text) = told(&["--image", "cat/0.jpg", "--input", other.to_str().unwrap(), "-o", row.to_str().unwrap()]);
    assert!(code == 1 && text.contains("changed since"), "{code} {text}");
}

#[test]
fn a_row_is_never_written_over_the_dataset_or_the_pictures() {
    let folder = TempDir::new().unwrap();
    let (out, pictures) = (folder.path().join("out"), folder.path().join("in"));
    build("by_folder", "default.json", &out, &[]).assert().success();
    fs::create_dir(&pictures).unwrap();
    let before = tree(folder.path());
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_string();
    for (input, picture, said) in [
        (at("in"), at("out/dataset.json"), "write -o NAME.png"),
        (at("in"), at("out/row.png"), "inside the dataset"),
        (at("in"), at("in/row.png"), "inside the folder of pictures"),
        (at("in"), at("no/such/row.png"), "no such folder"),
        (at("in"), at("."), "is a folder"),
        (at("nowhere"), at("row.png"), "nowhere: no such directory (INPUT is"),
    ] {
        let arguments = ["explain", out.to_str().unwrap(), "--row", "0", "--input", &input, "-o", &picture];
        let (code, text) = end(&mut prebake(&arguments));
        assert!(code == 2 && text.contains(said), "{picture}: {code} {text}");
    }
    let arguments = ["explain", out.to_str().unwrap(), "--row", "0", "--input", &at("in"), "-o", &at("row.png")];
    let (code, text) = end(&mut prebake(&arguments));
    assert!(code == 1 && text.contains("no such file") && !text.contains(") ("), "{code} {text}");
    assert!(before == tree(folder.path()));
}

#[test]
fn a_damaged_dataset_explains_nothing() {
    let folder = TempDir::new().unwrap();
    let out = folder.path().join("out");
    build("by_folder", "default.json", &out, &[]).assert().success();
    for file in ["samples.jsonl", "dataset.json"] {
        let whole = fs::read_to_string(out.join(file)).unwrap();
        let edited = [whole.replacen("cat", "dog", 1), whole.lines().take(3).collect::<Vec<_>>().join("\n"), String::new()];
        for text in edited {
            fs::write(out.join(file), text).unwrap();
            let (code, text) = end(&mut prebake(&["explain", out.to_str().unwrap(), "--row", "0"]));
            assert!([10, 12].contains(&code) && text.contains(file), "{code} {text}");
        }
        fs::write(out.join(file), whole).unwrap();
    }
    prebake(&["explain", out.to_str().unwrap(), "--row", "0"]).assert().success();
}

#[test]
fn places_are_whole_numbers() {
    for row in ["-1", "abc", "1.5", "99999999999999999999"] {
        let (code, text) = end(&mut prebake(&["explain", "out", "--row", row]));
        assert!(code == 2 && text.contains("expected a whole number from 0"), "{code} {text}");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_result_that_cannot_be_written_is_a_failure() {
    for command in ["ops", "schema", "init"] {
        let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let binary = assert_cmd::cargo::cargo_bin("prebake");
        let output = std::process::Command::new(binary).args([command]).stdout(full).output().unwrap();
        let text = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.code() == Some(28) && text.contains("standard output: cannot write"), "{command}: {text}");
    }
}

#[test]
fn every_op_is_listed_and_explained() {
    let listed = json(&["ops", "--json"]);
    let names: Vec<&str> = listed.as_array().unwrap().iter().map(|op| op["name"].as_str().unwrap()).collect();
    assert!(names.contains(&"one_of") && names.contains(&"rotate") && names.len() > 15);
    let text = String::from_utf8(prebake(&["ops"]).output().unwrap().stdout).unwrap();
    assert!(names.iter().all(|name| text.contains(name)));
    assert_eq!(json(&["ops", "rotate", "--json"])["fields"][0]["unit"], "degrees");
    let (code, text) = end(&mut prebake(&["ops", "rotat"]));
    assert!(code == 2 && text.contains("did you mean `rotate`?"), "{code} {text}");
}

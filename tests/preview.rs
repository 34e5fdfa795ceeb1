//! Sheets: what is written, and what is never overwritten.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use common::{build, end, fixture, prebake};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use tempfile::TempDir;

#[test]
fn a_sheet_never_takes_the_place_of_a_picture() {
    let folder = TempDir::new().unwrap();
    let picture = folder.path().join("cat.png");
    fs::copy(fixture("by_name/cat_3.png"), &picture).unwrap();
    let before = fs::read(&picture).unwrap();
    let file = picture.to_str().unwrap();
    let (code, text) = end(&mut prebake(&["preview", "--op", "rotate", file, "-o", file]));
    assert!(code == 2 && text.contains("is the picture itself"), "{code} {text}");
    let (code, text) = end(&mut prebake(&["preview", "--op", "rotate", folder.path().to_str().unwrap(), "-o", file]));
    assert!(code == 2 && text.contains("inside the folder of pictures"), "{code} {text}");
    assert_eq!(fs::read(&picture).unwrap(), before);
}

#[test]
fn a_page_holds_its_pictures_and_names_nothing_outside() {
    let folder = TempDir::new().unwrap();
    let pictures = folder.path().join("pictures");
    fs::create_dir_all(pictures.join("a<b>&")).unwrap();
    fs::copy(fixture("by_name/cat_3.png"), pictures.join("a<b>&/x.png")).unwrap();
    let page = folder.path().join("sheet.html");
    let spec = fixture("specs/default.json");
    let arguments = ["preview", pictures.to_str().unwrap(), "--spec", spec.to_str().unwrap(), "-o", page.to_str().unwrap()];
    prebake(&arguments).assert().success();
    let text = fs::read_to_string(&page).unwrap();
    assert!(text.contains("a&lt;b&gt;&amp;") && !text.contains("a<b>&/"));
    assert!(text.contains("data:image/png;base64,") && !text.contains("http://") && !text.contains("src=\"/"));
}

/// Every row of a dataset of bytes, by its picture and epoch.
fn rows_of(out: &Path) -> BTreeMap<(String, u64), Vec<u8>> {
    let lines = fs::read_to_string(out.join("samples.jsonl")).unwrap();
    let path = |line: &str| serde_json::from_str::<Value>(line).unwrap()["path"].as_str().unwrap().to_string();
    let paths: Vec<String> = lines.lines().map(path).collect();
    let manifest: Value = serde_json::from_slice(&fs::read(out.join("dataset.json")).unwrap()).unwrap();
    let mut rows = BTreeMap::new();
    for shard in manifest["splits"]["train"]["shards"].as_array().unwrap() {
        let file = |name: &str| fs::read(out.join(shard["arrays"][name]["path"].as_str().unwrap())).unwrap();
        let images: Vec<u8> = npyz::NpyFile::new(&file("images")[..]).unwrap().into_vec().unwrap();
        let sources: Vec<i64> = npyz::NpyFile::new(&file("sources")[..]).unwrap().into_vec().unwrap();
        for (source, image) in sources.iter().zip(images.chunks(images.len() / sources.len())) {
            let key = (paths[usize::try_from(*source).unwrap()].clone(), shard["epoch"].as_u64().unwrap());
            rows.insert(key, image.to_vec());
        }
    }
    rows
}

/// The rows on a page: the picture that each is of, its epoch, and its levels.
fn rows_on(page: &str) -> Vec<(String, u64, Vec<u8>)> {
    let between = |text: &str, from: &str, to: &str| text.split_once(from).unwrap().1.split_once(to).unwrap().0.to_string();
    let levels = |img: &str| {
        let png = STANDARD.decode(between(img, "base64,", "\"")).unwrap();
        image::load_from_memory(&png).unwrap().into_rgb8().into_raw()
    };
    let of_section = |section: &str| {
        let path = between(section, "<span class=\"detail\">", "</span>");
        let made = section.split("<figure class=\"made\">").skip(1).map(move |made| {
            let epoch = between(made, "aria-label=\"epoch ", "\"").parse().unwrap();
            (path.clone(), epoch, levels(made))
        });
        made.collect::<Vec<_>>()
    };
    page.split("<section").skip(1).flat_map(of_section).collect()
}

#[test]
fn rows_on_a_sheet_are_the_rows_of_a_build() {
    let gray = |levels: Vec<u8>| levels.chunks(3).map(|pixel| pixel[0]).collect::<Vec<u8>>();
    for (pictures, spec, output) in [
        ("by_folder", "default", r#"{"dtype": "uint8"}"#),
        ("by_folder", "every_op", r#"{"dtype": "uint8"}"#),
        ("by_name", "scipy", r#"{"dtype": "uint8", "layout": "NCHW", "color": "gray"}"#),
    ] {
        let folder = TempDir::new().unwrap();
        let (out, page, file) = (folder.path().join("out"), folder.path().join("sheet.html"), folder.path().join("spec.json"));
        let mut text: Value = serde_json::from_slice(&fs::read(fixture(&format!("specs/{spec}.json"))).unwrap()).unwrap();
        text["output"] = serde_json::from_str(output).unwrap();
        fs::write(&file, text.to_string()).unwrap();
        let (pictures, file) = (fixture(pictures), file.to_str().unwrap());
        let pictures = pictures.to_str().unwrap();
        let seed = ["--seed", "9"];
        let arguments = ["build", pictures, "--spec", file, "--epochs", "3", "--out", out.to_str().unwrap()];
        prebake(&arguments).args(seed).assert().success();
        let arguments = ["preview", pictures, "--spec", file, "--images", "6", "--rows", "2", "--epoch-from", "1"];
        prebake(&arguments).args(seed).args(["-o", page.to_str().unwrap()]).assert().success();
        let (there, shown) = (rows_of(&out), rows_on(&fs::read_to_string(&page).unwrap()));
        assert_eq!(shown.len(), 12);
        for (path, epoch, levels) in shown {
            let levels = if output.contains("gray") { gray(levels) } else { levels };
            assert!(there[&(path.clone(), epoch)] == levels, "{spec}: {path}, epoch {epoch}");
        }
    }
}

/// Exit code and message of a preview of nothing in particular, with these arguments.
fn refused(arguments: &[&str]) -> (i32, String) {
    end(&mut prebake(&[&["preview"], arguments].concat()))
}

#[test]
fn a_place_that_cannot_be_written_is_told_before_the_work() {
    let folder = TempDir::new().unwrap();
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_string();
    fs::write(at("file"), "").unwrap();
    for (output, said) in [
        (at("no/such/sheet.png"), "no such folder (make it"),
        (at("file/sheet.png"), "not a folder"),
        (at("sheet.gif"), "write -o NAME.png or NAME.html"),
        (at("."), "is a folder"),
    ] {
        let (code, text) = refused(&["--op", "rotate", "-o", &output]);
        assert!(code == 2 && text.contains(said), "{output}: {code} {text}");
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn a_broken_picture_does_not_hide_the_others() {
    let folder = TempDir::new().unwrap();
    let (pictures, sheet) = (folder.path().join("in"), folder.path().join("sheet.png"));
    fs::create_dir(&pictures).unwrap();
    let (pictures, sheet) = (pictures.to_str().unwrap(), sheet.to_str().unwrap());
    fs::copy(fixture("broken/cat/cut.jpg"), format!("{pictures}/a.jpg")).unwrap();
    let (code, text) = refused(&["--op", "rotate", pictures, "-o", sheet]);
    assert!(code == 1 && text.contains("a.jpg: the file is cut off"), "{code} {text}");
    let spec = fixture("specs/default.json");
    let spec = spec.to_str().unwrap();
    let labels = ["--labels", "pattern:(?<label>[ab])"];
    let (code, text) = refused(&[&[pictures, "--spec", spec, "-o", sheet], &labels[..]].concat());
    assert!(code == 1 && text.contains("no picture can be shown\na.jpg: cannot be used: the file is cut off"), "{code} {text}");
    fs::copy(fixture("by_name/cat_3.png"), format!("{pictures}/b\u{202e} ü.png")).unwrap();
    assert_eq!(refused(&["--op", "rotate", pictures, "-o", sheet]).0, 0);
    let (code, text) = refused(&[&[pictures, "--spec", spec, "-o", sheet], &labels[..]].concat());
    assert!(code == 0 && text.contains("a.jpg: cannot be used") && !text.contains('\u{202e}'), "{code} {text}");
}

#[test]
fn a_folder_of_bad_pictures_names_them() {
    let folder = TempDir::new().unwrap();
    let (pictures, sheet) = (folder.path().join("in"), folder.path().join("sheet.png"));
    fs::create_dir(&pictures).unwrap();
    fs::copy(fixture("broken/coffee/empty.png"), pictures.join("a_1.png")).unwrap();
    let spec = fixture("specs/default.json");
    let arguments = [pictures.to_str().unwrap(), "--spec", spec.to_str().unwrap(), "-o", sheet.to_str().unwrap()];
    let (code, text) = refused(&arguments);
    assert!(code == 1 && text.contains("a_1.png: cannot be used: the file is empty"), "{code} {text}");
}

#[test]
fn small_and_long_pictures_are_shown_too() {
    let folder = TempDir::new().unwrap();
    let pictures = folder.path().join("in");
    fs::create_dir(&pictures).unwrap();
    image::RgbImage::new(1, 1).save(pictures.join("a_1.png")).unwrap();
    image::RgbImage::new(20_000, 1).save(pictures.join("b_1.png")).unwrap();
    image::RgbImage::new(1, 20_000).save(pictures.join("c_1.png")).unwrap();
    let spec = fixture("specs/default.json");
    for sheet in ["sheet.png", "sheet.html"] {
        let sheet = folder.path().join(sheet);
        let arguments = ["preview", pictures.to_str().unwrap(), "-o", sheet.to_str().unwrap(), "--spec", spec.to_str().unwrap()];
        prebake(&arguments).assert().success();
        for picture in ["a_1.png", "b_1.png", "c_1.png"] {
            let picture = pictures.join(picture);
            prebake(&["preview", "--op", "rotate", picture.to_str().unwrap(), "-o", sheet.to_str().unwrap()]).assert().success();
        }
    }
}

#[test]
fn a_sheet_that_no_memory_holds_is_refused() {
    let folder = TempDir::new().unwrap();
    let (spec, sheet) = (folder.path().join("spec.json"), folder.path().join("sheet.html"));
    fs::write(&spec, r#"{"version": 1, "pipeline": [{"op": "resize", "width": 4096, "height": 4096}]}"#).unwrap();
    let pictures = fixture("by_name");
    let arguments = [pictures.to_str().unwrap(), "--spec", spec.to_str().unwrap(), "--rows", "64", "-o", sheet.to_str().unwrap()];
    let (code, text) = refused(&arguments);
    assert!(code == 2 && text.contains("512 rows of 4096x4096 are too many for a sheet"), "{code} {text}");
}

#[test]
#[cfg(unix)]
fn what_never_ends_is_no_spec_and_no_picture() {
    let (code, text) = end(&mut build("by_name", "/dev/zero", Path::new("/nonexistent/out"), &[]));
    assert!(code == 2 && text.contains("a spec is a JSON file"), "{code} {text}");
    let folder = TempDir::new().unwrap();
    let sheet = folder.path().join("sheet.png");
    for input in ["/dev/zero", "/no/such/picture.png"] {
        let (code, text) = refused(&["--op", "rotate", input, "-o", sheet.to_str().unwrap()]);
        assert!(code == 2 && text.contains("no such picture (INPUT is a picture, or a folder of them)"), "{code} {text}");
    }
}

#[test]
fn compositions_are_shown_and_unknown_ops_are_not_listed_at_length() {
    let folder = TempDir::new().unwrap();
    let sheet = folder.path().join("sheet.png");
    assert_eq!(refused(&["--op", "one_of", "-o", sheet.to_str().unwrap()]).0, 0);
    for (op, said) in [("ROTATE", "did you mean `rotate`?"), ("", "`prebake ops` lists them"), ("\u{1f980}", "lists them")] {
        let (code, text) = refused(&["--op", op, "-o", sheet.to_str().unwrap()]);
        assert!(code == 2 && text.contains(said) && text.len() < 120, "{code} {text}");
    }
}

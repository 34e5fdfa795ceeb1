//! Sheets: what is written, and what is never overwritten.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use common::{end, fixture, prebake};
use std::fs;
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

//! Sheets: what is written, and what is never overwritten.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use common::{build, end, fixture, prebake};
use serde_json::{Value, json};
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

/// The bytes of every row of an array of a dataset, by its picture and epoch.
fn rows_of(out: &Path, array: &str) -> BTreeMap<(String, u64), Vec<u8>> {
    let lines = fs::read_to_string(out.join("samples.jsonl")).unwrap();
    let path = |line: &str| serde_json::from_str::<Value>(line).unwrap()["path"].as_str().unwrap().to_string();
    let paths: Vec<String> = lines.lines().map(path).collect();
    let manifest: Value = serde_json::from_slice(&fs::read(out.join("dataset.json")).unwrap()).unwrap();
    let mut rows = BTreeMap::new();
    for shard in manifest["splits"]["train"]["shards"].as_array().unwrap() {
        let file = |name: &str| fs::read(out.join(shard["arrays"][name]["path"].as_str().unwrap())).unwrap();
        let values = file(array)[128..].to_vec();
        let sources: Vec<i64> = npyz::NpyFile::new(&file("sources")[..]).unwrap().into_vec().unwrap();
        for (source, row) in sources.iter().zip(values.chunks(values.len() / sources.len())) {
            let key = (paths[usize::try_from(*source).unwrap()].clone(), shard["epoch"].as_u64().unwrap());
            rows.insert(key, row.to_vec());
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
        let (there, shown) = (rows_of(&out, "images"), rows_on(&fs::read_to_string(&page).unwrap()));
        assert_eq!(shown.len(), 12);
        for (path, epoch, levels) in shown {
            let levels = if output.contains("gray") { gray(levels) } else { levels };
            assert!(there[&(path.clone(), epoch)] == levels, "{spec}: {path}, epoch {epoch}");
        }
    }
}

/// Gray pictures with a mask and a box of class 1 each, and a key point in the middle of the box.
fn marked_pictures(pictures: &Path) {
    fs::create_dir_all(pictures.join("masks")).unwrap();
    let (mut images, mut annotations) = (Vec::new(), Vec::new());
    for i in 0..3 {
        image::RgbImage::from_pixel(60, 50, image::Rgb([100; 3])).save(pictures.join(format!("{i}.png"))).unwrap();
        let [left, top, width, height] = [12 + 4 * i, 10 + 3 * i, 24, 20];
        let inside = |x: u32, y: u32| (left..left + width).contains(&x) && (top..top + height).contains(&y);
        // Nothing is known of what lies in a corner of the picture.
        let number = |x: u32, y: u32| if x + y < 12 { 255 } else { 2 * u8::from(inside(x, y)) };
        let mask = image::GrayImage::from_fn(60, 50, |x, y| image::Luma([number(x, y)]));
        mask.save(pictures.join(format!("masks/{i}.png"))).unwrap();
        images.push(json!({"id": i, "file_name": format!("{i}.png"), "width": 60, "height": 50}));
        annotations.push(json!({"id": i, "image_id": i, "category_id": 2, "bbox": [left, top, width, height], "iscrowd": 0,
            "keypoints": [left + width / 2, top + height / 2, 2], "num_keypoints": 1}));
    }
    let category = |id: u32, name: &str| json!({"id": id, "name": name, "keypoints": ["middle"], "skeleton": []});
    let categories = [category(1, "box"), category(2, "c<u>p")];
    let coco = json!({"images": images, "annotations": annotations, "categories": categories});
    fs::write(pictures.join("coco.json"), coco.to_string()).unwrap();
}

#[test]
fn targets_are_painted_where_the_arrays_have_them() {
    for input in [json!({}), json!({"channels": 3})] {
        check_painted(&input);
    }
}

const GREEN: [u8; 3] = [60, 180, 75];

fn check_painted(input: &Value) {
    let folder = TempDir::new().unwrap();
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_string();
    marked_pictures(Path::new(&at("in")));
    let spec = json!({"version": 1, "labels": {"from": "none"}, "epochs": 2, "input": input,
        "targets": {"masks": {"path": "masks/NAME.png"}, "boxes": {"path": "coco.json"}},
        "pipeline": [{"op": "horizontal_flip", "p": 0.5}, {"op": "rotate", "degrees": [-20, 20], "fill_mode": "constant"}]});
    fs::write(at("spec.json"), spec.to_string()).unwrap();
    prebake(&["build", &at("in"), "--spec", &at("spec.json"), "--out", &at("out")]).assert().success();
    let preview = |more: &[&str]| {
        let arguments = ["preview", &at("in"), "--spec", &at("spec.json"), "--rows", "2", "-o", &at("sheet.html")];
        prebake(&[&arguments, more].concat()).assert().success();
        fs::read_to_string(at("sheet.html")).unwrap()
    };
    let rows = |name: &str| rows_of(Path::new(&at("out")), name);
    let (images, masks, boxes, points) = (rows("images"), rows("masks"), rows("boxes"), rows("key_points"));
    let bare = preview(&["--no-targets"]);
    assert!(!bare.contains("c&lt;u&gt;p"));
    for (path, epoch, levels) in rows_on(&bare) {
        assert!(images[&(path.clone(), epoch)] == levels, "{path}, epoch {epoch}");
    }
    let page = preview(&[]);
    assert!(page.contains("boxes: box red, c&lt;u&gt;p green") && page.contains("255 is striped"));
    let shown = rows_on(&page);
    assert_eq!(shown.len(), 6);
    for (path, epoch, levels) in shown {
        let row = (path, epoch);
        check_outlines(&levels, &boxes[&row], &points[&row]);
        check_tint(&levels, &images[&row], &masks[&row]);
    }
    // What is wrong with annotations is told, unless nobody asks for them.
    fs::remove_file(at("in/masks/1.png")).unwrap();
    let (code, text) = refused(&[&at("in"), "--spec", &at("spec.json"), "-o", &at("sheet.html")]);
    assert!(code == 2 && text.contains("1.png: has no mask"), "{code} {text}");
    preview(&["--no-targets"]);
}

/// The outline of the box is there, and within it a cross of two lines of seven pixels.
fn check_outlines(levels: &[u8], edges: &[u8], point: &[u8]) {
    let floats = |bytes: &[u8]| -> Vec<u32> {
        bytes.chunks(4).map(|bytes| f32::from_le_bytes(bytes.try_into().unwrap()).round() as u32).collect()
    };
    let (edges, point) = (floats(edges), floats(point));
    let green: Vec<(u32, u32)> =
        (0u32..).zip(levels.chunks(3)).filter(|(_, pixel)| *pixel == GREEN).map(|(at, _)| (at % 60, at / 60)).collect();
    let (x, y) = (|| green.iter().map(|at| at.0), || green.iter().map(|at| at.1));
    let hull = [x().min(), y().min(), x().max().map(|x| x + 1), y().max().map(|y| y + 1)].map(Option::unwrap);
    assert_eq!(hull, edges[..]);
    assert_eq!(green.len() as u32, 2 * (edges[2] - edges[0] + edges[3] - edges[1]) - 4 + 13);
    let (x, y) = (point[0], point[1]);
    assert!([(x, y), (x - 3, y), (x + 3, y), (x, y - 3), (x, y + 3)].iter().all(|at| green.contains(at)), "{point:?}");
}

/// Everything else is as the mask says.
fn check_tint(levels: &[u8], image: &[u8], mask: &[u8]) {
    for ((pixel, before), number) in levels.chunks(3).zip(image.chunks(3)).zip(mask).filter(|((pixel, _), _)| *pixel != GREEN) {
        let half = |i: usize| (u16::from(before[i]) + u16::from(GREEN[i])).div_ceil(2) as u8;
        let fits = match number {
            0 => pixel == before,
            2 => pixel == [half(0), half(1), half(2)],
            _ => pixel != before && pixel[0] == pixel[2],
        };
        assert!(fits, "{number}: {before:?} {pixel:?}");
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

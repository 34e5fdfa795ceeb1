//! Rows of several pictures: what is written of them can be read back from their pixels.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use common::{prebake, tree};
use image::{GrayImage, Luma, Rgb, RgbImage};
use serde_json::{Value, json};
use std::fs;
use std::path::Path;
use tempfile::TempDir;

const WIDTH: u32 = 40;
const HEIGHT: u32 = 30;

/// The files of a class: of one picture, in differing formats, so that none is another's copy.
const FILES: [&str; 4] = ["0.png", "1.bmp", "2.tiff", "3.ppm"];

/// Twelve pictures, four of each class, all of one colour: class 0 is red, 1 green, 2 blue.
fn colours() -> TempDir {
    let place = TempDir::new().unwrap();
    for (class, colour) in [("a", [255, 0, 0]), ("b", [0, 255, 0]), ("c", [0, 0, 255])] {
        let folder = place.path().join("pictures").join(class);
        fs::create_dir_all(&folder).unwrap();
        for file in FILES {
            RgbImage::from_pixel(WIDTH, HEIGHT, Rgb(colour)).save(folder.join(file)).unwrap();
        }
    }
    place
}

/// Twelve black pictures with a white thing in each: a mask says 1 there, and a box where it is. Every other one is a gray
/// thing of another class, whose mask says 2.
fn things() -> TempDir {
    let place = TempDir::new().unwrap();
    let pictures = place.path().join("pictures");
    fs::create_dir_all(pictures.join("masks")).unwrap();
    let (mut images, mut annotations) = (Vec::new(), Vec::new());
    for i in 0..12u32 {
        let (x, y, w, h) = (2 + i * 2, 3 + i % 5, 9, 7 + i % 3);
        let (level, id) = if i % 2 == 0 { (255, 1) } else { (128, 2) };
        let inside = |at_x: u32, at_y: u32| (x..x + w).contains(&at_x) && (y..y + h).contains(&at_y);
        let picture = RgbImage::from_fn(WIDTH, HEIGHT, |x, y| Rgb([if inside(x, y) { level } else { 0 }; 3]));
        picture.save(pictures.join(format!("{i}_x.png"))).unwrap();
        let mask = GrayImage::from_fn(WIDTH, HEIGHT, |x, y| Luma([if inside(x, y) { id } else { 0 }]));
        mask.save(pictures.join(format!("masks/{i}_x.png"))).unwrap();
        images.push(json!({"id": i, "file_name": format!("{i}_x.png"), "width": WIDTH, "height": HEIGHT}));
        let points = [x, y, 2, x + w - 1, y + h - 1, 2];
        annotations.push(json!({"id": i, "image_id": i, "category_id": id, "bbox": [x, y, w, h], "area": w * h,
            "iscrowd": 0, "keypoints": points, "num_keypoints": 2}));
    }
    let category = |id: u32, name: &str| json!({"id": id, "name": name, "keypoints": ["first", "last"], "skeleton": []});
    let all = json!({"images": images, "annotations": annotations, "categories": [category(1, "white"), category(2, "gray")]});
    fs::write(pictures.join("things.json"), all.to_string()).unwrap();
    place
}

const TARGETS: &str =
    r#""labels": {"from": "none"}, "targets": {"masks": {"path": "masks/NAME.png"}, "boxes": {"path": "things.json"}}"#;

fn run(place: &Path, command: &str, sections: &str, pipeline: &str, out: &str, more: &[&str]) -> assert_cmd::assert::Assert {
    let spec = place.join("spec.json");
    fs::write(&spec, format!(r#"{{"version": 1, "batch_size": 4, "pipeline": {pipeline}, {sections}}}"#)).unwrap();
    let [pictures, spec, out] = [place.join("pictures"), spec, place.join(out)].map(|path| path.display().to_string());
    prebake(&[command, &pictures, "--spec", &spec, "--out", &out, "--quiet", "--json"]).args(more).assert()
}

/// The bytes of an array of a side, all epochs in order, without headers.
fn bytes(out: &Path, side: &str, name: &str) -> Vec<u8> {
    let manifest: Value = serde_json::from_slice(&fs::read(out.join("dataset.json")).unwrap()).unwrap();
    let shards = manifest["splits"][side]["shards"].as_array().unwrap().clone();
    let of = |shard: Value| fs::read(out.join(shard["arrays"][name]["path"].as_str().unwrap())).unwrap()[128..].to_vec();
    shards.into_iter().flat_map(of).collect()
}

fn floats(out: &Path, name: &str) -> Vec<f32> {
    bytes(out, "train", name).chunks(4).map(|n| f32::from_le_bytes(n.try_into().unwrap())).collect()
}

fn integers(out: &Path, name: &str) -> Vec<i64> {
    bytes(out, "train", name).chunks(8).map(|n| i64::from_le_bytes(n.try_into().unwrap())).collect()
}

/// The pictures of all training rows.
fn rows(out: &Path) -> Vec<RgbImage> {
    let all = bytes(out, "train", "images");
    all.chunks((WIDTH * HEIGHT * 3) as usize).map(|row| RgbImage::from_raw(WIDTH, HEIGHT, row.to_vec()).unwrap()).collect()
}

/// How much of each class the pixels of a row of colours show.
fn shown(row: &RgbImage) -> [f64; 3] {
    let sum = |channel: usize| row.pixels().map(|p| f64::from(p[channel]) / 255.0).sum::<f64>();
    [0, 1, 2].map(|channel| sum(channel) / f64::from(WIDTH * HEIGHT))
}

const FLIP: &str = r#"[{"op": "horizontal_flip", "p": 0.5}, {"op": "shift", "x": [-0.2, 0.2], "fill_mode": "nearest"}]"#;

#[test]
fn labels_are_the_weights_that_pixels_show() {
    for (op, most) in [
        (r#"{"op": "mixup", "alpha": 1.0}"#, 0.003),
        (r#"{"op": "cutmix"}"#, 1e-6),
        (r#"{"op": "mosaic"}"#, 1e-6),
        (r#"{"op": "mosaic", "fit": "crop", "center": [0, 1]}"#, 1e-6),
        (r#"{"op": "one_of", "of": [{"op": "mixup", "weight": 2}, {"op": "cutmix"}], "p": 0.8}"#, 0.003),
        (r#"{"op": "mosaic", "p": 0.5}, {"op": "mixup", "alpha": 0.4, "partner": "other_class"}"#, 0.006),
    ] {
        let place = colours();
        let place = place.path();
        run(place, "build", &format!(r#""epochs": 10, "mixing": [{op}]"#), FLIP, "out", &[]).success();
        let out = place.join("out");
        let labels = floats(&out, "labels");
        let mut mixed = 0;
        for (row, label) in rows(&out).iter().zip(labels.chunks(3)) {
            let weights = shown(row);
            for (weight, label) in weights.iter().zip(label) {
                assert!((weight - f64::from(*label)).abs() <= most, "{op}: {weights:?} {label:?}");
            }
            assert!((label.iter().sum::<f32>() - 1.0).abs() < 1e-6);
            mixed += usize::from(label.iter().filter(|share| **share > 0.0).count() > 1);
        }
        assert_eq!(labels.len(), 12 * 10 * 3);
        assert!((30..=120).contains(&mixed), "{op}: {mixed}");
        prebake(&["verify", &out.display().to_string()]).assert().success();
    }
}

#[test]
fn partners_are_of_the_class_that_is_asked_for() {
    let place = colours();
    let place = place.path();
    for (partner, classes) in [("other_class", 2), ("same_class", 1)] {
        let mixing = format!(r#""epochs": 4, "mixing": [{{"op": "mixup", "alpha": 5, "partner": "{partner}"}}]"#);
        run(place, "build", &mixing, "[]", partner, &[]).success();
        let labels = floats(&place.join(partner), "labels");
        assert!(labels.chunks(3).all(|label| label.iter().filter(|share| **share > 0.0).count() == classes));
    }
}

#[test]
fn mixed_rows_depend_on_nothing_but_the_plan() {
    let place = colours();
    let place = place.path();
    let sections = r#""epochs": 3, "mixing": [{"op": "cutmix", "p": 0.7}, {"op": "mixup"}], "split": {"val": 0.25, "stratified": true}, "balance": {"counts": {"a": 7}, "sample_weight": "balanced"}"#;
    run(place, "build", sections, FLIP, "one", &["--threads", "1", "--memory", "1"]).success();
    for worker in ["3/3", "1/3", "2/3"] {
        run(place, "build", sections, FLIP, "many", &["--worker", worker]).success();
    }
    prebake(&["commit", &place.join("many").display().to_string()]).assert().success();
    assert_eq!(tree(&place.join("one")), tree(&place.join("many")));
    let one = place.join("one");
    let manifest: Value = serde_json::from_slice(&fs::read(one.join("dataset.json")).unwrap()).unwrap();
    assert_eq!(manifest["heads"]["labels"]["kind"], "soft");
    // Validation is not mixed: each label is one of a single class, and weighs 1.
    let labels = bytes(&one, "val", "labels");
    let labels: Vec<f32> = labels.chunks(4).map(|n| f32::from_le_bytes(n.try_into().unwrap())).collect();
    assert!(labels.chunks(3).all(|label| label.iter().filter(|share| **share == 1.0).count() == 1));
    // What explain makes again is the row, mixed.
    let (images, [out, pictures]) = (rows(&one), [one.clone(), place.join("pictures")].map(|path| path.display().to_string()));
    let (mut partners, labels) = (0, floats(&one, "labels"));
    for (row, image) in images.iter().take(13).enumerate() {
        let picture = place.join("row.png").display().to_string();
        let number = row.to_string();
        let explained = prebake(&["explain", &out, "--input", &pictures, "-o", &picture, "--row", &number, "--json"]).assert();
        let told: Value = serde_json::from_slice(&explained.success().get_output().stdout).unwrap();
        // The label is what the shares of the pictures say.
        let expected = &labels[row * 3..][..3];
        let of = |class: &str| {
            let shares = told["shares"].as_object().into_iter().flatten().filter(|(path, _)| path.starts_with(class));
            shares.map(|(_, share)| share.as_f64().unwrap() as f32).sum::<f32>()
        };
        if !told["shares"].is_null() {
            ["a/", "b/", "c/"].iter().zip(expected).for_each(|(class, share)| assert!((of(class) - share).abs() < 1e-6));
        }
        partners += told["mixed"].as_array().map_or(0, |mixed| mixed.iter().flat_map(|op| op["partners"].as_array()).count());
        assert_eq!(image::open(&picture).unwrap().to_rgb8(), *image, "{row}");
    }
    assert!(partners > 13);
    // A row's weight is that of its label.
    let weights = floats(&one, "sample_weight");
    let by_class = |class: usize| if class == 0 { 13.0 / 21.0 } else { 13.0 / 9.0 };
    for (label, weight) in labels.chunks(3).zip(weights) {
        let expected: f32 = label.iter().enumerate().map(|(class, share)| share * by_class(class)).sum();
        assert!((weight - expected).abs() < 1e-5, "{label:?} {weight}");
    }
}

/// The thing that a pixel shows, as the mask has it.
fn id(level: u8) -> u8 {
    match level {
        0..64 => 0,
        64..192 => 2,
        _ => 1,
    }
}

#[test]
fn masks_and_boxes_follow_what_is_pasted() {
    for op in [
        r#"{"op": "cutmix"}"#,
        r#"{"op": "mosaic", "fit": "crop"}"#,
        r#"{"op": "mosaic"}"#,
        r#"{"op": "copy_paste", "chance": 1}"#,
        r#"{"op": "copy_paste"}, {"op": "cutmix", "p": 0.5}"#,
    ] {
        let place = things();
        let place = place.path();
        run(
            place,
            "build",
            &format!(r#"{TARGETS}, "epochs": 5, "mixing": [{op}]"#),
            r#"[{"op": "horizontal_flip"}]"#,
            "out",
            &[],
        )
        .success();
        let out = place.join("out");
        let (images, masks) = (rows(&out), bytes(&out, "train", "masks"));
        let (mut wrong, mut all) = (0, 0);
        for (image, mask) in images.iter().zip(masks.chunks((WIDTH * HEIGHT) as usize)) {
            all += mask.len();
            wrong += image.pixels().zip(mask).filter(|(pixel, mask)| id(pixel[0]) != **mask).count();
        }
        // Where cells were scaled, edges are blurred.
        assert!(
            wrong * 50 <= if op.contains("cover") || op == r#"{"op": "mosaic"}"# { all } else { 0 },
            "{op}: {wrong} of {all}"
        );
        check_boxes(op, &out, &masks);
    }
}

/// Every box holds pixels of its class near all its edges, and every pixel of a thing lies in a box of its class.
fn check_boxes(op: &str, out: &Path, masks: &[u8]) {
    let (boxes, labels, counts) = (floats(out, "boxes"), integers(out, "box_labels"), integers(out, "box_counts"));
    let most = labels.len() / counts.len();
    assert!(counts.iter().sum::<i64>() > counts.len() as i64, "{op}");
    for (row, count) in counts.iter().enumerate() {
        let mask = &masks[row * (WIDTH * HEIGHT) as usize..][..(WIDTH * HEIGHT) as usize];
        let own: Vec<(&[f32], i64)> =
            (0..*count as usize).map(|i| (&boxes[(row * most + i) * 4..][..4], labels[row * most + i])).collect();
        for (edges, class) in &own {
            let [x_min, y_min, x_max, y_max] = [0, 1, 2, 3].map(|i| edges[i]);
            assert!(x_min >= 0.0 && y_min >= 0.0 && x_max <= WIDTH as f32 && y_max <= HEIGHT as f32, "{op}: {edges:?}");
            assert!(x_max - x_min <= 9.01 * 1.5 && y_max > y_min && (0..2).contains(class), "{op}: {edges:?}");
        }
        for (at, id) in mask.iter().enumerate().filter(|(_, id)| (1..=2).contains(*id)) {
            let (x, y) = ((at as u32 % WIDTH) as f32 + 0.5, (at as u32 / WIDTH) as f32 + 0.5);
            let near = |edges: &[f32]| edges[0] - 1.0 <= x && x <= edges[2] + 1.0 && edges[1] - 1.0 <= y && y <= edges[3] + 1.0;
            assert!(
                own.iter().any(|(edges, class)| *class == i64::from(*id) - 1 && near(edges)),
                "{op}: row {row}, {x} {y} {own:?}"
            );
        }
    }
}

#[test]
fn numbers_and_several_labels_are_mixed_as_classes_are() {
    let place = colours();
    let place = place.path();
    let mut table = String::from("file_name,size,tags\n");
    for (class, size, tags) in [("a", 1, "r|x"), ("b", 10, "g"), ("c", 100, "b|x")] {
        FILES.iter().for_each(|file| table.push_str(&format!("{class}/{file},{size},{tags}\n")));
    }
    fs::write(place.join("pictures/metadata.csv"), table).unwrap();
    let heads = r#"[{"name": "size", "column": "size", "kind": "regression"}, {"name": "tags", "column": "tags", "kind": "multi_label"}]"#;
    let sections = format!(
        r#""epochs": 3, "mixing": [{{"op": "cutmix"}}], "labels": {{"from": "table", "path": "metadata.csv", "heads": {heads}}}"#
    );
    run(place, "build", &sections, "[]", "out", &[]).success();
    let out = place.join("out");
    let (sizes, tags) = (floats(&out, "labels-size"), floats(&out, "labels-tags"));
    for ((row, size), tags) in rows(&out).iter().zip(sizes).zip(tags.chunks(4)) {
        let [r, g, b] = shown(row);
        assert!((r + 10.0 * g + 100.0 * b - f64::from(size)).abs() < 1e-3);
        // The tags are b, g, r, x.
        for (tag, expected) in tags.iter().zip([b, g, r, r + b]) {
            assert!((f64::from(*tag) - expected).abs() < 1e-6, "{tags:?}");
        }
    }
}

#[test]
fn a_sheet_shows_rows_as_they_are_mixed() {
    let place = colours();
    let place = place.path();
    let spec = place.join("spec.json");
    fs::write(&spec, r#"{"version": 1, "pipeline": [], "mixing": [{"op": "mosaic"}]}"#).unwrap();
    let [pictures, spec, page] = [place.join("pictures"), spec, place.join("sheet.html")].map(|path| path.display().to_string());
    prebake(&["preview", &pictures, "--spec", &spec, "-o", &page, "--images", "2", "--rows", "2"]).assert().success();
    let page = fs::read_to_string(page).unwrap();
    assert!(page.contains("mosaic") && page.contains("with "), "{page:.200}");
}

#[test]
fn rows_that_find_no_partner_stay_as_they_are_and_that_is_told() {
    let place = colours();
    let place = place.path();
    let other =
        r#""mixing": [{"op": "mixup", "partner": "other_class"}], "labels": {"from": "pattern", "pattern": "(?P<label>.)/"}"#;
    fs::remove_dir_all(place.join("pictures/b")).unwrap();
    fs::remove_dir_all(place.join("pictures/c")).unwrap();
    let built = run(place, "build", other, "[]", "out", &[]).success();
    assert!(String::from_utf8_lossy(&built.get_output().stdout).contains("are of one class, so none finds a partner"));
    assert!(rows(&place.join("out")).iter().all(|row| shown(row) == [1.0, 0.0, 0.0]));
}

#[test]
fn what_cannot_be_mixed_is_refused() {
    let place = things();
    let place = place.path();
    for (sections, problem) in [
        (r#""mixing": [{"op": "mixupp"}]"#, "mixing[0].op: unknown value `mixupp` (did you mean `mixup`?)"),
        (r#""mixing": [{"alpha": 1}]"#, "mixing[0].op: missing"),
        (r#""mixing": [{"op": "mosaic", "alpha": 1}]"#, "mixing[0].alpha: mosaic has no such field"),
        (r#""mixing": [{"op": "mixup", "alpha": 0}]"#, "mixing[0].alpha: 0 is outside 0.01 to 100"),
        (r#""mixing": [{"op": "mixup", "of": [{"op": "cutmix"}]}]"#, "mixing[0].of: only `one_of` has it"),
        (r#""mixing": [{"op": "one_of"}]"#, "mixing[0].of: nothing to choose from"),
        (r#""mixing": [{"op": "one_of", "of": [{"op": "one_of"}]}]"#, "mixing[0].of[0].op: a choice within a choice"),
        (r#""mixing": [{"op": "copy_paste"}]"#, "nothing says where things are"),
        (r#""mixing": [{"op": "mixup", "partner": "same_class"}], "labels": {"from": "none"}"#, "pictures have no classes"),
        (
            r#""mixing": [{"op": "mixup", "partner": "same_class"}], "labels": {"from": "table", "path": "t.csv", "kind": "regression", "column": "x"}"#,
            "mixing: partner: the first head is not of one class",
        ),
        (
            r#""mixing": [{"op": "mixup", "p": {"schedule": "linear", "from": 0, "to": 1, "epochs": 3}}]"#,
            "mixing[0]: a schedule is not taken here (only steps of a pipeline",
        ),
    ] {
        let failed = run(place, "build", sections, "[]", "refused", &[]).code(2);
        let stderr = String::from_utf8(failed.get_output().stderr.clone()).unwrap();
        assert!(stderr.contains(problem), "{sections}: {stderr}");
    }
    let failed = run(place, "build", &format!(r#"{TARGETS}, "mixing": [{{"op": "mixup"}}]"#), "[]", "refused", &[]).code(2);
    assert!(String::from_utf8_lossy(&failed.get_output().stderr).contains("cannot be blended"));
    let few = TARGETS.replace("things.json\"", "things.json\", \"most\": 1");
    let failed = run(place, "build", &format!(r#"{few}, "mixing": [{{"op": "cutmix"}}]"#), "[]", "refused", &[]).code(2);
    let stderr = String::from_utf8_lossy(&failed.get_output().stderr).into_owned();
    assert!(stderr.contains("1 boxes, and 2 in a row of 2 such pictures, above `most`, 1"), "{stderr}");
}

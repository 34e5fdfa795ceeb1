//! Boxes end to end (`"layout": "ragged"`): the boxes of the padded layout, row by row.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use common::prebake;
use serde_json::{Value, json};
use std::fs;
use std::path::Path;
use tempfile::TempDir;

const SIDE: u32 = 64;
/// More pictures than one thread makes rows of in one go, so that several threads give pieces of each array.
const PICTURES: u32 = 70;
const STEPS: &str = r#"{"op": "horizontal_flip", "p": 0.5}, {"op": "rotate", "degrees": [-30, 30], "fill_mode": "constant"},
    {"op": "shift", "x": [-0.4, 0.4], "fill_mode": "constant"}"#;

/// Pictures with no box to four boxes of two classes, with two key points each.
fn place() -> TempDir {
    let place = TempDir::new().unwrap();
    let pictures = place.path().join("pictures");
    fs::create_dir(&pictures).unwrap();
    let (mut images, mut annotations) = (Vec::new(), Vec::new());
    for i in 0..PICTURES {
        let level = |x: u32, y: u32| image::Rgb([(x + i) as u8, (3 * y) as u8, (7 * i) as u8]);
        image::RgbImage::from_fn(SIDE, SIDE, level).save(pictures.join(format!("{i:02}.png"))).unwrap();
        images.push(json!({"id": i, "file_name": format!("{i:02}.png"), "width": SIDE, "height": SIDE}));
        for k in 0..i * 7 % 5 {
            let (left, top) = (2 + (5 * i + 11 * k) % 40, 3 + (13 * i + 9 * k) % 40);
            annotations.push(json!({"id": annotations.len(), "image_id": i, "category_id": 1 + (i + k) % 2, "iscrowd": 0,
                "bbox": [left, top, 8 + k, 10], "keypoints": [left, top, 2, left + 5, top + 5, 1]}));
        }
    }
    let category = |id: u32, name: &str| json!({"id": id, "name": name, "keypoints": ["left", "right"], "skeleton": []});
    let coco = json!({"images": images, "annotations": annotations, "categories": [category(1, "cup"), category(2, "owl")]});
    fs::write(pictures.join("coco.json"), coco.to_string()).unwrap();
    place
}

/// Writes the spec, and runs `prebake` with it; the output is called `out`.
fn run(place: &Path, command: &str, (layout, sections, steps): (&str, &str, &str), out: &str, more: &[&str]) -> Value {
    let spec = format!(
        r#"{{"version": 1, "epochs": 2, "batch_size": 8, "labels": {{"from": "none"}}, {sections} "pipeline": [{steps}],
            "targets": {{"boxes": {{"path": "coco.json", "unmatched": "background" {layout}}}}}}}"#
    );
    fs::write(place.join("spec.json"), spec).unwrap();
    let [pictures, spec, out] = ["pictures", "spec.json", out].map(|name| place.join(name).display().to_string());
    let arguments = [command, &pictures, "--spec", &spec, "--out", &out, "--quiet", "--json"];
    let told = prebake(&arguments).args(more).assert().success().get_output().stdout.clone();
    serde_json::from_slice(&told).unwrap()
}

fn manifest(out: &Path) -> Value {
    serde_json::from_slice(&fs::read(out.join("dataset.json")).unwrap()).unwrap()
}

/// The shape of an array of a shard, and its values.
fn array<T: npyz::Deserialize>(out: &Path, shard: &Value, name: &str) -> (Vec<u64>, Vec<T>) {
    let bytes = fs::read(out.join(shard["arrays"][name]["path"].as_str().unwrap())).unwrap();
    let file = npyz::NpyFile::new(&bytes[..]).unwrap();
    (file.shape().to_vec(), file.into_vec().unwrap())
}

/// Class, edges and key points of every box of a row.
type Found = Vec<(i64, Vec<f32>, Vec<f32>)>;

fn padded_rows(out: &Path, shard: &Value) -> Vec<Found> {
    let (_, counts) = array::<i64>(out, shard, "box_counts");
    let (_, labels) = array::<i64>(out, shard, "box_labels");
    let ((_, edges), (_, points)) = (array::<f32>(out, shard, "boxes"), array::<f32>(out, shard, "key_points"));
    let most = labels.len() / counts.len();
    let found = |at: usize| (labels[at], edges[at * 4..][..4].to_vec(), points[at * 6..][..6].to_vec());
    let row = |(row, count): (usize, &i64)| (row * most..row * most + *count as usize).map(found).collect();
    counts.iter().enumerate().map(row).collect()
}

fn ragged_rows(out: &Path, shard: &Value) -> Vec<Found> {
    let (shape, offsets) = array::<i64>(out, shard, "box_offsets");
    let (labels_shape, labels) = array::<i64>(out, shard, "box_labels");
    let (edges_shape, edges) = array::<f32>(out, shard, "boxes");
    let (points_shape, points) = array::<f32>(out, shard, "key_points");
    let total = labels.len() as u64;
    assert_eq!((shape, labels_shape), (vec![shard["rows"].as_u64().unwrap() + 1], vec![total]));
    assert_eq!((edges_shape, points_shape), (vec![total, 4], vec![total, 2, 3]));
    assert_eq!((offsets[0], offsets[offsets.len() - 1] as u64), (0, total));
    let found = |at: usize| (labels[at], edges[at * 4..][..4].to_vec(), points[at * 6..][..6].to_vec());
    offsets.windows(2).map(|ends| (ends[0] as usize..ends[1] as usize).map(found).collect()).collect()
}

#[test]
fn boxes_end_to_end_are_those_of_the_padded_layout() {
    for (sections, shards) in [
        ("", &[][..]),
        ("", &["--batches-per-shard", "1"]),
        (r#""mixing": [{"op": "mosaic"}, {"op": "cutmix", "p": 0.5}],"#, &[]),
    ] {
        let place = place();
        let place = place.path();
        run(place, "build", ("", sections, STEPS), "padded", shards);
        run(place, "build", (r#", "layout": "ragged""#, sections, STEPS), "ragged", shards);
        let (padded, ragged) = (place.join("padded"), place.join("ragged"));
        prebake(&["verify", ragged.to_str().unwrap()]).assert().success();
        let shards = |manifest: &Value| manifest["splits"]["train"]["shards"].as_array().unwrap().clone();
        let (one, other) = (manifest(&padded), manifest(&ragged));
        assert_eq!(other["arrays"]["boxes"], json!({"dtype": "<f4", "shape": [4], "first_axis": "boxes"}));
        assert_eq!(other["arrays"]["box_offsets"], json!({"dtype": "<i8", "shape": [], "first_axis": "offsets"}));
        assert_eq!(other["arrays"]["images"], one["arrays"]["images"]);
        let mut counts = Vec::new();
        for (one, other) in shards(&one).iter().zip(&shards(&other)) {
            let rows = ragged_rows(&ragged, other);
            assert_eq!(rows, padded_rows(&padded, one));
            assert_eq!(one["arrays"]["images"], other["arrays"]["images"]);
            counts.extend(rows.iter().map(Vec::len));
        }
        assert_eq!(counts.len() as u32, 2 * PICTURES);
        assert!(counts.iter().max() >= Some(&3) && counts.contains(&0), "{counts:?}");
    }
}

#[test]
fn threads_memory_and_workers_change_no_byte() {
    let place = place();
    let place = place.path();
    let spec = (r#", "layout": "ragged""#, "", STEPS);
    run(place, "build", spec, "whole", &[]);
    let whole = fs::read(place.join("whole/dataset.json")).unwrap();
    for (out, more) in [("one", ["--threads", "1"]), ("few", ["--memory", "1"])] {
        run(place, "build", spec, out, &more);
        assert_eq!(fs::read(place.join(out).join("dataset.json")).unwrap(), whole, "{more:?}");
    }
    ["2/2", "1/2"].into_iter().for_each(|share| drop(run(place, "build", spec, "shared", &["--worker", share])));
    prebake(&["commit", place.join("shared").to_str().unwrap()]).assert().success();
    assert_eq!(fs::read(place.join("shared/dataset.json")).unwrap(), whole);
    // A file that is gone is made again; one whose header says another length is told.
    let boxes = place.join("whole/train/epoch-001/boxes-00000-of-00001.npy");
    let bytes = fs::read(&boxes).unwrap();
    fs::remove_file(&boxes).unwrap();
    run(place, "build", spec, "whole", &[]);
    assert_eq!(fs::read(&boxes).unwrap(), bytes);
    let other = [&bytes[..128].iter().map(|byte| if *byte == b'1' { b'2' } else { *byte }).collect::<Vec<u8>>(), &bytes[128..]];
    fs::write(&boxes, other.concat()).unwrap();
    let told = prebake(&["verify", place.join("whole").to_str().unwrap()]).assert().code(12).get_output().stderr.clone();
    assert!(String::from_utf8(told).unwrap().contains("boxes-00000-of-00001.npy: the header is not the one"));
}

#[test]
fn a_plan_says_what_boxes_take_at_most() {
    let place = place();
    let place = place.path();
    let layout = r#", "layout": "ragged""#;
    let mixing = r#""mixing": [{"op": "cutmix"}],"#;
    let split = r#""split": {"val": 20},"#;
    for (out, sections, steps, exact) in
        [("all", "", "", true), ("divided", split, "", true), ("lost", "", STEPS, false), ("mixed", mixing, "", false)]
    {
        let spec = (layout, sections, steps);
        let planned = run(place, "plan", spec, out, &[]);
        let built = run(place, "build", spec, out, &[]);
        let bytes = |told: &Value| told["bytes"].as_u64().unwrap();
        assert_eq!((&planned["bytes_are_most"], built.get("bytes_are_most")), (&json!(true), None));
        assert!(bytes(&planned) >= bytes(&built), "{out}");
        assert_eq!(bytes(&planned) == bytes(&built), exact, "{out}");
    }
}

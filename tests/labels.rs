//! Labels as datasets have them: of every kind, by table and by name, through the whole program.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use assert_cmd::Command;
use serde_json::{Value, json};
use std::fs;
use std::path::Path;
use tempfile::TempDir;

/// A folder with pictures of 4x4 and a table.
fn place(pictures: &[&str], table: (&str, &str)) -> TempDir {
    let place = TempDir::new().unwrap();
    for (i, path) in pictures.iter().enumerate() {
        let file = place.path().join("pictures").join(path);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        image::RgbImage::from_pixel(4, 4, image::Rgb([i as u8; 3])).save(file).unwrap();
    }
    fs::write(place.path().join("pictures").join(table.0), table.1).unwrap();
    place
}

fn build(place: &Path, labels: &str, more: &str) -> assert_cmd::assert::Assert {
    let spec = format!(r#"{{"version": 1, "shuffle": "none", "labels": {labels}, {more} "pipeline": []}}"#);
    fs::write(place.join("spec.json"), spec).unwrap();
    let mut command = Command::cargo_bin("prebake").unwrap();
    command.arg("build").arg(place.join("pictures")).arg("--spec").arg(place.join("spec.json"));
    command.args(["--quiet", "--force", "--out"]).arg(place.join("out")).assert()
}

fn manifest(place: &Path) -> Value {
    serde_json::from_slice(&fs::read(place.join("out/dataset.json")).unwrap()).unwrap()
}

/// The header and the values of an array of the first training shard.
fn array(place: &Path, name: &str) -> (String, Vec<f32>) {
    let path = manifest(place)["splits"]["train"]["shards"][0]["arrays"][name]["path"].as_str().unwrap().to_string();
    let bytes = fs::read(place.join("out").join(path)).unwrap();
    let header = String::from_utf8_lossy(&bytes[10..128]).trim().to_string();
    let values = match header.contains("<i8") {
        true => bytes[128..].chunks(8).map(|n| i64::from_le_bytes(n.try_into().unwrap()) as f32).collect(),
        false => bytes[128..].chunks(4).map(|n| f32::from_le_bytes(n.try_into().unwrap())).collect(),
    };
    (header, values)
}

#[test]
fn several_heads_of_a_hugging_face_table_become_arrays_of_their_own() {
    let table = "file_name,color,size\na.png,red,1.5\nsub/b.png,blue,2\nc.png,red,-3\n";
    let place = place(&["a.png", "sub/b.png", "c.png"], ("metadata.csv", table));
    let place = place.path();
    let heads =
        r#"[{"name": "color", "column": "color", "kind": "one_hot"}, {"name": "size", "column": "size", "kind": "regression"}]"#;
    build(place, &format!(r#"{{"from": "table", "path": "metadata.csv", "heads": {heads}}}"#), "").success();
    let (header, values) = array(place, "labels-color");
    assert!(header.contains("'descr': '<f4'") && header.contains("'shape': (3, 2)"), "{header}");
    assert_eq!(values, [0.0, 1.0, 0.0, 1.0, 1.0, 0.0]);
    assert_eq!(array(place, "labels-size").1, [1.5, -3.0, 2.0]);
    let heads = &manifest(place)["heads"];
    assert_eq!(heads["labels-color"]["class_weights"], json!([1.5, 0.75]));
    assert_eq!(heads["labels-color"]["majority_baseline"], json!(2.0 / 3.0));
    assert_eq!(heads["labels-size"], json!({"kind": "regression", "class_names": [], "train_counts": []}));
    assert_eq!(fs::read_to_string(place.join("out/classes-color.txt")).unwrap(), "blue\nred\n");
    let map: Value = serde_json::from_slice(&fs::read(place.join("out/label_map.json")).unwrap()).unwrap();
    assert_eq!(map, json!({"color": {"blue": 0, "red": 1}}));
    let mut explain = Command::cargo_bin("prebake").unwrap();
    let told = explain.args(["explain", "--row", "0"]).arg(place.join("out")).assert().success();
    let told = String::from_utf8(told.get_output().stdout.clone()).unwrap();
    assert!(told.contains("color    1 (red)") && told.contains("size     1.5"), "{told}");
    Command::cargo_bin("prebake").unwrap().arg("verify").arg(place.join("out")).assert().success();
}

#[test]
fn rows_may_have_no_labels() {
    let place = place(&["a.png", "b.png"], ("notes.txt", ""));
    let place = place.path();
    build(place, r#"{"from": "none"}"#, "").success();
    assert_eq!(manifest(place)["arrays"].as_object().unwrap().keys().collect::<Vec<_>>(), ["images", "sources"]);
    assert!(!place.join("out/classes.txt").exists() && !place.join("out/label_map.json").exists());
}

#[test]
fn a_column_says_the_side_and_another_the_group() {
    let table = "file,label,side,who\na.png,x,train,1\nb.png,y,val,2\nc.png,x,train,3\nd.png,y,test,4\n";
    let place = place(&["a.png", "b.png", "c.png", "d.png"], ("t.csv", table));
    let place = place.path();
    let labels = r#"{"from": "table", "path": "t.csv", "column": "label"}"#;
    let split = r#""split": {"from": "column", "column": "side", "group_column": "who"},"#;
    build(place, labels, split).success();
    let rows = |side: &str| manifest(place)["splits"][side]["rows_per_epoch"].as_u64().unwrap();
    assert_eq!((rows("train"), rows("val"), rows("test")), (2, 1, 1));
    fs::write(place.join("pictures/t.csv"), table.replace("test,4", "test,1")).unwrap();
    let torn = build(place, labels, split).code(2);
    let torn = String::from_utf8(torn.get_output().stderr.clone()).unwrap();
    assert!(torn.contains("a.png (train) and d.png (test): the same picture or group on two sides"), "{torn}");
    fs::write(place.join("pictures/t.csv"), table.replace("val", "holdout")).unwrap();
    let odd = String::from_utf8(build(place, labels, split).code(2).get_output().stderr.clone()).unwrap();
    assert!(odd.contains("b.png: has none of train, val and test in column `side`"), "{odd}");
    let columns = r#"{"from": "filename", "column": "label"}"#;
    let odd = String::from_utf8(build(place, columns, split).code(2).get_output().stderr.clone()).unwrap();
    assert!(
        odd.contains("labels.column: columns are a table's") && odd.contains("split: its columns are those of a table"),
        "{odd}"
    );
}

#[test]
fn three_bad_rows_of_a_hundred_thousand_are_named_at_once() {
    let place = TempDir::new().unwrap();
    let place = place.path();
    fs::create_dir(place.join("pictures")).unwrap();
    image::RgbImage::new(4, 4).save(place.join("pictures/a.png")).unwrap();
    let row = |i: usize| match i {
        500 => "x500.png,1,2".to_string(),
        70_000 => ",5".to_string(),
        99_999 => "x4.png,5".to_string(),
        _ => format!("x{i}.png,{i}"),
    };
    let rows: Vec<String> = (1..=100_000).map(row).collect();
    fs::write(place.join("pictures/t.csv"), format!("file,size\na.png,0\n{}\n", rows.join("\n"))).unwrap();
    let labels = r#"{"from": "table", "path": "t.csv", "column": "size", "kind": "regression", "unmatched": "skip"}"#;
    let said = String::from_utf8(build(place, labels, "").code(2).get_output().stderr.clone()).unwrap();
    let lines: Vec<&str> = said.lines().collect();
    assert_eq!(lines.len(), 3, "{said}");
    assert!(
        lines[0].contains("t.csv:502: ") && lines[1].contains("t.csv:70002: ") && lines[2].contains("t.csv:100001: "),
        "{said}"
    );
}

//! Labels by name and by table, as arrays.

use super::*;
use crate::image::Size;
use crate::source::{ContentHash, Folder, Item};
use crate::spec::{LabelKind, Overrides};
use std::sync::Arc;
use tempfile::TempDir;

fn source(paths: &[&str], folders: &[&str]) -> Source {
    let item = |path: &&str| Item {
        path: (*path).into(),
        bytes: 1,
        xxh3_128: ContentHash::default(),
        format: "png",
        size: Size::new(1, 1),
        substitute: None,
    };
    let folders = folders.iter().map(|f| (*f).to_string()).collect();
    Source { folders, ..Source::of_items(".".as_ref(), paths.iter().map(item).collect()) }
}

fn spec(more: &str) -> Spec {
    let text = format!(r#"{{"version": 1, {more} "pipeline": []}}"#);
    Spec::parse("s.json", &text, &Overrides::default()).unwrap()
}

fn labelled(paths: &[&str], folders: &[&str], more: &str) -> Result<Labels> {
    Labels::new(&mut source(paths, folders), &spec(more), &GroundTruth::default())
}

/// Labels of pictures `a.png`, `b.png` and so on by a table.
fn tabled(pictures: usize, file: &str, table: &str, labels: &str) -> Result<(Labels, Source)> {
    let folder = TempDir::new().unwrap();
    std::fs::write(folder.path().join(file), table).unwrap();
    let paths: Vec<String> = (0..pictures).map(|i| format!("{}.png", char::from(b'a' + i as u8))).collect();
    let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
    let mut source = Source { files: Arc::new(Folder::new(folder.path())), ..source(&paths, &[]) };
    let spec = spec(&format!(r#""labels": {{"from": "table", "path": "{file}", {labels}}},"#));
    Labels::new(&mut source, &spec, &GroundTruth::default()).map(|labels| (labels, source))
}

fn problem<T: std::fmt::Debug>(result: Result<T>) -> String {
    result.unwrap_err().to_string()
}

fn floats(bytes: &[u8]) -> Vec<f32> {
    bytes.chunks(4).map(|bytes| f32::from_le_bytes(bytes.try_into().unwrap())).collect()
}

fn ids(head: &Head) -> &[i64] {
    let Values::One(ids) = &head.values else { panic!("one class each: {:?}", head.values) };
    ids
}

#[test]
fn frequency_orders_as_string_lookup_does() {
    let lookup = r#""labels": {"from": "filename", "order": "frequency", "oov": "first"},"#;
    let labels = labelled(&["a_1", "b_1", "b_2", "c_1", "d_1", "d_2"], &[], lookup).unwrap();
    assert_eq!(labels.classes(), ["[UNK]", "d", "b", "c", "a"]);
    assert_eq!(ids(&labels.heads[0]), [4, 2, 2, 3, 1, 1]);
    assert_eq!(labels.heads[0].counts, [0, 2, 2, 1, 1]);
}

#[test]
fn auto_takes_folders_if_there_are_any() {
    assert_eq!(labelled(&["dog/x_1", "cat/y"], &["cat", "dog"], "").unwrap().classes(), ["cat", "dog"]);
    assert_eq!(labelled(&["x_1", "y_2"], &[], "").unwrap().classes(), ["x", "y"]);
    assert!(problem(labelled(&["x_1", "cat/y"], &["cat"], "")).starts_with("x_1: is in no class"));
}

#[test]
fn below_the_sides_of_a_split_stand_the_classes() {
    let folders = ["train", "train/cat", "train/eel", "val", "val/dog"];
    let labels = labelled(&["train/cat/a", "val/dog/x/b"], &folders, r#""split": {"from": "folders"},"#).unwrap();
    assert_eq!((labels.classes(), ids(&labels.heads[0])), (&["cat", "dog", "eel"].map(String::from)[..], &[0, 1][..]));
}

#[test]
fn a_pattern_names_the_class() {
    let pattern = r#""labels": {"from": "pattern", "pattern": "-(?<label>[a-z]+)\\.png$"},"#;
    assert_eq!(labelled(&["7-cat.png", "8-dog.png"], &[], pattern).unwrap().classes(), ["cat", "dog"]);
}

#[test]
fn odd_classes_are_told() {
    let labels = labelled(&["Cat/a", "cat/b"], &["Cat", "cat", "eel"], "").unwrap();
    assert_eq!(labels.warnings.len(), 2, "{:?}", labels.warnings);
    assert_eq!(labels.heads[0].counts, [1, 1, 0]);
}

#[test]
fn given_classes_are_in_their_order_and_no_others() {
    let labels = labelled(&["b_1", "a_2"], &[], r#""labels": {"from": "filename", "classes": ["b", "c", "a"]},"#).unwrap();
    assert_eq!((ids(&labels.heads[0]), &labels.heads[0].counts[..]), (&[0, 2][..], &[1, 0, 1][..]));
    let said = problem(labelled(&["b_1", "d_2"], &[], r#""labels": {"from": "filename", "classes": ["b", "c"]},"#));
    assert!(said.starts_with("d_2: unknown class `d`") && said.contains("\"oov\": \"first\""), "{said}");
    let oov = r#""labels": {"from": "filename", "classes": ["b"], "oov": "first"},"#;
    assert_eq!(ids(&labelled(&["b_1", "d_2"], &[], oov).unwrap().heads[0]), [1, 0]);
}

#[test]
fn one_hot_and_multi_label_are_rows_of_marks() {
    let one_hot = labelled(&["b_1", "a_2"], &[], r#""labels": {"from": "filename", "kind": "one_hot"},"#).unwrap();
    assert_eq!(floats(&one_hot.heads[0].rows(&[1, 0])), [1.0, 0.0, 0.0, 1.0]);
    assert_eq!(one_hot.heads[0].layout(), ("<f4", vec![2]));
    let multi = r#""labels": {"from": "filename", "kind": "multi_label", "multi_separator": "+"},"#;
    let multi = labelled(&["c+a_1", "b_2"], &[], multi).unwrap();
    assert_eq!(floats(&multi.heads[0].rows(&[0, 1])), [1.0, 0.0, 1.0, 0.0, 1.0, 0.0]);
    assert_eq!((multi.heads[0].class_of(0), multi.number_of(0)), (None, 0));
}

#[test]
fn a_table_gives_heads_of_any_kind() {
    let table = "file_name,color,size,tags,new,old\nb.png,red,2.5,x|y,1,0\na.png,blue,-1,,0,1\n";
    let heads = r#""heads": [{"name": "color", "column": "color"}, {"name": "size", "column": "size", "kind": "regression"},
        {"name": "tags", "column": "tags", "kind": "multi_label"}, {"name": "age", "columns": ["new", "old"], "kind": "multi_label"}]"#;
    let (labels, _) = tabled(2, "t.csv", table, heads).unwrap();
    let names: Vec<String> = labels.heads.iter().map(Head::array).collect();
    assert_eq!(names, ["labels-color", "labels-size", "labels-tags", "labels-age"]);
    assert_eq!((ids(&labels.heads[0]), labels.class_of(0)), (&[0, 1][..], "blue"));
    assert_eq!((floats(&labels.heads[1].rows(&[0, 1])), labels.heads[1].layout()), (vec![-1.0, 2.5], ("<f4", vec![])));
    assert_eq!(floats(&labels.heads[2].rows(&[0, 1])), [0.0, 0.0, 1.0, 1.0]);
    assert_eq!(floats(&labels.heads[3].rows(&[0, 1])), [0.0, 1.0, 1.0, 0.0]);
    let mut line = Map::new();
    labels.describe(1, &mut line);
    let told = serde_json::json!({"labels": {"color": {"label": 1, "class": "red"}, "size": {"label": 2.5},
        "tags": {"label": [0, 1], "class": ["x", "y"]}, "age": {"label": [0], "class": ["new"]}}});
    assert_eq!(Value::Object(line), told);
}

#[test]
fn json_lines_hold_lists() {
    let table = "{\"file_name\": \"a.png\", \"box\": [1, 2.5]}\n{\"file_name\": \"b.png\", \"box\": [3, 4]}\n";
    let (labels, _) = tabled(2, "t.jsonl", table, r#""column": "box", "kind": "regression""#).unwrap();
    assert_eq!(labels.heads[0].layout(), ("<f4", vec![2]));
    assert_eq!(floats(&labels.heads[0].rows(&[1, 0])), [3.0, 4.0, 1.0, 2.5]);
    let table = table.replace("[3, 4]", "[3]");
    assert_eq!(
        problem(tabled(2, "t.jsonl", &table, r#""column": "box", "kind": "regression""#)),
        "t.jsonl:2: 1 numbers, and 2 in the rows before (one length for all)"
    );
}

#[test]
fn what_does_not_match_is_told_at_once_or_left_out() {
    let table = "file,label\na.png,x\nz.png,y\n";
    let said = problem(tabled(2, "t.csv", table, r#""column": "label""#));
    let lines: Vec<&str> = said.lines().collect();
    assert!(lines[0].starts_with("b.png: has no row in t.csv"), "{said}");
    assert!(lines[1].starts_with("t.csv:3: `z.png` is not among the pictures"), "{said}");
    let (labels, source) = tabled(2, "t.csv", table, r#""column": "label", "unmatched": "skip""#).unwrap();
    assert_eq!((source.items.len(), source.bad.len(), ids(&labels.heads[0]).len()), (1, 1, 1));
    assert!(labels.warnings.iter().any(|warning| warning.contains("z.png")), "{:?}", labels.warnings);
}

#[test]
fn a_quote_that_does_not_close_is_told_alone() {
    let said = problem(tabled(3, "t.csv", "file,label\na.png,\"x\nb.png,y\nc.png,z\n", r#""column": "label""#));
    assert!(said.starts_with("t.csv:2: ") && said.lines().count() == 1, "{said}");
}

#[test]
fn bad_cells_are_told_with_their_lines() {
    let table = "file,size,flag\na.png,big,2\nb.png,,1\nc.png,1e39,0\n";
    let said = problem(tabled(3, "t.csv", table, r#""column": "size", "kind": "regression""#));
    let beyond = format!("t.csv:4: size: {} is beyond what float32 holds", 1e39);
    let told = ["t.csv:2: size: expected a number, found `big`", "t.csv:3: size: expected a number, found nothing", &beyond];
    assert_eq!(said.lines().collect::<Vec<_>>(), told);
    let said = problem(tabled(3, "t.csv", table, r#""columns": ["flag", "size"], "kind": "multi_label""#));
    assert!(said.starts_with("t.csv:2: flag: expected 0 or 1, found `2`\nt.csv:2: size: expected 0 or 1, found `big`"), "{said}");
    assert!(problem(tabled(3, "t.csv", table, r#""column": "siz""#)).contains("did you mean `size`?"));
}

#[test]
fn columns_for_a_split_are_kept() {
    let folder = TempDir::new().unwrap();
    std::fs::write(folder.path().join("t.csv"), "file,label,who,side\na,x,p1,train\nb,y,p2,val\n").unwrap();
    let mut source = Source { files: Arc::new(Folder::new(folder.path())), ..source(&["a", "b"], &[]) };
    let table = r#""labels": {"from": "table", "path": "t.csv", "column": "label"},"#;
    let spec = spec(&format!(r#"{table} "split": {{"from": "column", "column": "side", "group_column": "who"}},"#));
    let labels = Labels::new(&mut source, &spec, &GroundTruth::default()).unwrap();
    assert_eq!(labels.columns["side"], ["train", "val"]);
    assert_eq!(labels.columns["who"], ["p1", "p2"]);
    assert_eq!(labels.heads[0].kind, LabelKind::Class);
}

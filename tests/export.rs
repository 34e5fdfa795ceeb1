//! Exports: the same bytes on every run, nothing in a wrong place, nothing of damaged files, and stopped ones go on.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use common::{build, end, fixture, prebake, tree};
use serde_json::{Value, json};
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// Those that every build of the program can write.
const CONTAINERS: [&str; 4] = ["webdataset", "tfrecord", "zarr", "folder"];

/// A dataset of twenty pictures, three shards in each of two epochs.
fn dataset() -> (TempDir, PathBuf) {
    let place = TempDir::new().unwrap();
    let out = place.path().join("out");
    build("by_folder", "default.json", &out, &["--batches-per-shard", "1", "--epochs", "2"]).assert().success();
    (place, out)
}

/// Exit code and standard error.
fn export(out: &Path, dest: &Path, to: &str, more: &[&str]) -> (i32, String) {
    end(prebake(&["export", "--to", to]).arg(out).arg(dest).args(more))
}

fn exports(out: &Path, dest: &Path, to: &str, more: &[&str]) {
    assert_eq!(export(out, dest, to, more), (0, String::new()), "{to}");
}

/// Fails unless the export is refused so, and leaves nothing.
fn refused(out: &Path, dest: &Path, arguments: (&str, &[&str]), code: i32, said: &str) {
    let before = tree(dest.parent().unwrap());
    let (ended, stderr) = export(out, dest, arguments.0, arguments.1);
    assert!(ended == code && stderr.contains(said), "{arguments:?}: {ended} {stderr}");
    assert_eq!(tree(dest.parent().unwrap()), before, "{arguments:?}");
}

fn manifest(out: &Path) -> Value {
    serde_json::from_slice(&fs::read(out.join("dataset.json")).unwrap()).unwrap()
}

/// Builds eight small pictures with a spec.
fn built(place: &Path, spec: &Value) -> PathBuf {
    for at in 0..8u8 {
        let file = place.join(format!("pictures/{}/{at}.png", ["ash", "beech"][usize::from(at % 2)]));
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        image::RgbImage::from_fn(16, 8, |x, y| image::Rgb([at, x as u8, y as u8])).save(file).unwrap();
    }
    fs::write(place.join("spec.json"), spec.to_string()).unwrap();
    let [pictures, spec, out] = ["pictures", "spec.json", "out"].map(|name| place.join(name));
    prebake(&["build", "--quiet"]).arg(pictures).arg("--spec").arg(spec).arg("--out").arg(&out).assert().success();
    out
}

#[test]
fn runs_and_threads_give_the_same_bytes() {
    let (place, out) = dataset();
    let parquet = cfg!(feature = "parquet").then_some("parquet");
    for to in CONTAINERS.into_iter().chain(parquet) {
        let [one, two, again] = ["one", "two", "again"].map(|name| place.path().join(format!("{to}-{name}")));
        exports(&out, &one, to, &["--threads", "1"]);
        exports(&out, &two, to, &["--threads", "2"]);
        exports(&out, &again, to, &[]);
        let files = tree(&one);
        assert!(files.len() > 6 && files.contains_key(Path::new("export.json")), "{to}: {:?}", files.keys());
        assert!(files == tree(&two) && files == tree(&again), "{to}");
    }
}

#[cfg(not(feature = "parquet"))]
#[test]
fn without_the_feature_parquet_is_refused() {
    let (place, out) = dataset();
    let said = "built without Parquet (cargo install --features parquet)";
    refused(&out, &place.path().join("dest"), ("parquet", &[]), 2, said);
}

#[test]
fn a_tar_file_holds_the_rows_of_its_shard() {
    let (place, out) = dataset();
    let dest = place.path().join("dest");
    exports(&out, &dest, "webdataset", &["--epochs", "1"]);
    let shard = &manifest(&out)["splits"]["train"]["shards"][4];
    let array = |name: &str| fs::read(out.join(shard["arrays"][name]["path"].as_str().unwrap())).unwrap()[128..].to_vec();
    let (images, labels) = (array("images"), array("labels"));
    let mut tar = tar::Archive::new(fs::File::open(dest.join("train-epoch-001-00001.tar")).unwrap());
    let mut seen = 0;
    for entry in tar.entries().unwrap() {
        let mut entry = entry.unwrap();
        let name = entry.path().unwrap().display().to_string();
        let (key, ending) = name.split_once('.').unwrap();
        let at = key.strip_prefix("001-").unwrap().parse::<usize>().unwrap() - 8;
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).unwrap();
        match ending {
            "png" => {
                let pixels = image::load_from_memory(&bytes).unwrap().into_rgb8().into_raw();
                assert_eq!(pixels, images[at * pixels.len()..][..pixels.len()]);
            }
            "cls" => assert_eq!(bytes, labels[at * 8].to_string().into_bytes()),
            "json" => assert_eq!(serde_json::from_slice::<Value>(&bytes).unwrap()["row"], at + 8),
            _ => panic!("{name}"),
        }
        seen += 1;
    }
    assert_eq!(seen, 3 * 8);
}

#[test]
fn what_is_in_the_way_is_refused_with_a_remedy() {
    let (place, out) = dataset();
    let at = |name: &str| place.path().join(name);
    fs::create_dir(at("full")).unwrap();
    fs::write(at("full/notes.txt"), "mine").unwrap();
    fs::write(at("file"), "mine").unwrap();
    refused(&out, &out.join("below"), ("folder", &[]), 2, "inside the dataset");
    fs::create_dir(at("around")).unwrap();
    fs::rename(&out, at("around/out")).unwrap();
    refused(&at("around/out"), &at("around"), ("folder", &[]), 2, "name a folder beside the dataset");
    fs::rename(at("around/out"), &out).unwrap();
    refused(&out, &at("full"), ("folder", &[]), 2, "not empty (name a folder that is new or empty");
    refused(&out, &at("file"), ("folder", &[]), 2, "not a folder");
    exports(&out, &at("done"), "zarr", &[]);
    refused(&out, &at("done"), ("zarr", &[]), 2, "holds a finished export");
    fs::create_dir(at("empty")).unwrap();
    exports(&out, &at("empty"), "zarr", &[]);
}

#[test]
fn what_is_no_whole_dataset_is_refused() {
    let (place, out) = dataset();
    let dest = place.path().join("dest");
    refused(&fixture("by_folder"), &dest, ("tfrecord", &[]), 10, "no dataset of prebake");
    let shards = manifest(&out)["splits"]["train"]["shards"].clone();
    let path = |at: usize| shards[at]["arrays"]["images"]["path"].as_str().unwrap().to_string();
    let whole = fs::read(out.join(path(1))).unwrap();
    fs::write(out.join(path(1)), &whole[1..]).unwrap();
    fs::rename(out.join(path(4)), place.path().join("kept")).unwrap();
    refused(&out, &dest, ("tfrecord", &[]), 12, &format!("{}: missing", path(4)));
    refused(&out, &dest, ("tfrecord", &[]), 12, &format!("{}: {} bytes", path(1), whole.len() - 1));
    fs::rename(place.path().join("kept"), out.join(path(4))).unwrap();
    for to in CONTAINERS {
        let mut changed = whole.clone();
        changed[200] ^= 1;
        fs::write(out.join(path(1)), changed).unwrap();
        let dest = place.path().join(to);
        let (code, stderr) = export(&out, &dest, to, &[]);
        assert!(code == 12 && stderr.contains(&path(1)) && stderr.contains("prebake repair"), "{code} {stderr}");
        assert!(!dest.join("export.json").exists());
        // Once it is mended, the same command goes on.
        fs::write(out.join(path(1)), &whole).unwrap();
        exports(&out, &dest, to, &[]);
        let other = place.path().join(format!("{to}-whole"));
        exports(&out, &other, to, &[]);
        assert!(tree(&dest) == tree(&other), "{to}");
    }
}

#[test]
fn a_part_is_what_is_asked_for() {
    let place = TempDir::new().unwrap();
    let spec = json!({"version": 1, "epochs": 3, "batch_size": 4, "split": {"val": 2}, "pipeline": []});
    let out = built(place.path(), &spec);
    let names = |name: &str, more: &[&str]| -> Vec<String> {
        exports(&out, &place.path().join(name), "webdataset", more);
        tree(&place.path().join(name)).keys().map(|path| path.display().to_string()).collect()
    };
    let val = "val-epoch-000-00000.tar";
    let train = ["train-epoch-000-00000.tar", "train-epoch-001-00000.tar", "train-epoch-002-00000.tar"];
    assert_eq!(names("all", &[]), ["export.json", train[0], train[1], train[2], val]);
    assert_eq!(names("some", &["--epochs", "0,2"]), ["export.json", train[0], train[2], val]);
    assert_eq!(names("train", &["--split", "train", "--epochs", "1-2"]), ["export.json", train[1], train[2]]);
    let dest = place.path().join("dest");
    refused(&out, &dest, ("webdataset", &["--epochs", "1-3"]), 2, "no epoch 3 (--epochs: they are 0 to 2)");
    refused(&out, &dest, ("webdataset", &["--split", "test"]), 2, "no split `test` (there is train, val)");
    refused(&out, &dest, ("webdataset", &["--epochs", "2-1"]), 2, "as in 0,3 or 2-5");
}

#[test]
fn pictures_that_a_format_does_not_hold_are_refused() {
    let place = TempDir::new().unwrap();
    let output = json!({"dtype": "float32"});
    let out = built(place.path(), &json!({"version": 1, "epochs": 1, "batch_size": 4, "pipeline": [], "output": output}));
    let dest = place.path().join("dest");
    let float = "rows are float32 of 3 channels";
    refused(&out, &dest, ("webdataset", &["--image", "png"]), 2, &format!("{float}, PNG holds uint8 and uint16"));
    refused(&out, &dest, ("tfrecord", &["--image", "jpeg"]), 2, "take --image npy, or build with dtype uint8");
    refused(&out, &dest, ("folder", &[]), 2, &format!("{float}, which picture files do not hold"));
    refused(&out, &dest, ("folder", &["--image", "npy"]), 2, "a folder holds PNG or JPEG files");
    refused(&out, &dest, ("zarr", &["--image", "npy"]), 2, "leave out --image");
    refused(&out, &dest, ("webdataset", &["--quality", "90"]), 2, "--quality is of JPEG");
    exports(&out, &dest, "webdataset", &[]);
    let tar = fs::read(dest.join("train-epoch-000-00000.tar")).unwrap();
    assert!(tar.starts_with(b"000-00000000.npy\0") && tar[512..].starts_with(b"\x93NUMPY"));
}

#[test]
fn rows_without_one_class_lie_in_no_folder_and_have_a_table() {
    let place = TempDir::new().unwrap();
    let mixing = json!([{"op": "mixup", "alpha": 0.4, "p": 0.0}]);
    let out = built(
        place.path(),
        &json!({"version": 1, "epochs": 1, "batch_size": 8, "shuffle": "none", "pipeline": [], "mixing": mixing}),
    );
    let dest = place.path().join("dest");
    exports(&out, &dest, "folder", &[]);
    let table = fs::read_to_string(dest.join("train/epoch-000/labels.csv")).unwrap();
    let lines: Vec<&str> = table.lines().collect();
    assert_eq!(lines[..2], ["file,source,label_0,label_1", "00000000-0.png,ash/0.png,1.0,0.0"]);
    assert_eq!(lines[5], "00000004-1.png,beech/1.png,0.0,1.0");
    let known = fs::read_to_string(dest.join("train/epoch-000.jsonl")).unwrap();
    let first = r#"{"file":"00000000-0.png","epoch":0,"row":0,"source":"ash/0.png","label":[1.0,0.0]}"#;
    assert_eq!(known.lines().next(), Some(first));
    let picture = image::open(dest.join("train/epoch-000/00000004-1.png")).unwrap().into_rgb8();
    assert_eq!(picture.get_pixel(9, 3).0, [1, 9, 3]);
}

#[test]
fn classes_that_folders_number_otherwise_are_told() {
    let place = TempDir::new().unwrap();
    let labels = json!({"from": "directory", "classes": ["beech", "ash"]});
    let out = built(place.path(), &json!({"version": 1, "epochs": 1, "batch_size": 8, "pipeline": [], "labels": labels}));
    let (code, stderr) = export(&out, &place.path().join("dest"), "folder", &["--split", "train"]);
    assert!(code == 0 && stderr.contains("whose class 0 is `beech` (give Keras `class_names`"), "{code} {stderr}");
    assert!(place.path().join("dest/train/epoch-000/ash").is_dir());
}

/// Whoever edits the list of shards gets no half rows, and no panic.
#[test]
fn an_edited_list_of_shards_is_refused() {
    let (place, out) = dataset();
    let whole = manifest(&out);
    for (pointer, value) in [("/rows", json!(7)), ("/rows", json!(u64::MAX)), ("/arrays/sources", Value::Null)] {
        let mut edited = whole.clone();
        let shard = edited.pointer_mut("/splits/train/shards/1").unwrap();
        if value.is_null() {
            shard["arrays"].as_object_mut().unwrap().remove("sources");
        } else {
            *shard.pointer_mut(pointer).unwrap() = value;
        }
        fs::write(out.join("dataset.json"), edited.to_string()).unwrap();
        refused(&out, &place.path().join("dest"), ("zarr", &[]), 12, "of train/epoch-000, shard 1, is not as it was made");
    }
}

/// A stop comes while rows are written: what is there is whole, and the same command goes on. SIGTERM, since tests may run where SIGINT is ignored.
#[cfg(unix)]
#[test]
fn a_stopped_export_goes_on() {
    use std::io::{BufRead, BufReader};
    use std::process::{Command, Stdio};
    let place = TempDir::new().unwrap();
    // So large that a signal comes before their end.
    let resize = json!({"op": "resize", "width": 512, "height": 512});
    let spec = json!({"version": 1, "epochs": 40, "batch_size": 2, "pipeline": [resize]});
    let out = built(place.path(), &spec);
    for to in ["webdataset", "folder"] {
        let dest = place.path().join(to);
        let mut command = Command::new(assert_cmd::cargo::cargo_bin("prebake"));
        command.args(["export", "--log-format", "json", "--threads", "1", "--to", to]).arg(&out).arg(&dest);
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        assert!(lines.any(|line| line.unwrap().contains(r#""phase":"export""#)), "{to}");
        std::thread::spawn(move || lines.for_each(drop));
        assert!(Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap().success());
        assert_eq!(child.wait().unwrap().code(), Some(143), "{to}");
        let left = tree(&dest);
        assert!(!left.contains_key(Path::new("export.json")), "{to}");
        assert!(left.keys().all(|path| path.extension().is_none_or(|ending| ending != "tmp")), "{to}: {:?}", left.keys());
        refused(&out, &dest, (to, &["--epochs", "0"]), 2, "holds another export that is not finished");
        exports(&out, &dest, to, &["--quiet"]);
        let whole = place.path().join(format!("{to}-whole"));
        exports(&out, &whole, to, &["--quiet"]);
        assert!(tree(&dest) == tree(&whole), "{to}");
        fs::remove_dir_all(&dest).unwrap();
        fs::remove_dir_all(&whole).unwrap();
    }
}

//! Rows normalised by statistics: the same numbers whoever counts them, and for whom they are meant.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use assert_cmd::Command;
use common::{end, fixture, prebake, tree};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

const RESIZE: &str = r#"{"op": "resize", "width": 8, "height": 6}"#;
const FLIP: &str = r#"{"op": "horizontal_flip", "p": 0.5}"#;
const FEATUREWISE: &str = r#""dtype": "float32", "rescale": 0.00392156862745098, "featurewise": {}"#;
const ZCA: &str = r#""dtype": "float32", "rescale": 0.00392156862745098, "zca": {"epsilon": 0.01}"#;

/// A folder for a test, and the specs that it writes there.
struct Place(TempDir);

impl Place {
    fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// `prebake build` of pictures with these steps and this output into `out`.
    fn build(&self, pictures: &str, steps: &str, output: &str, out: &str, more: &[&str]) -> Command {
        let spec = self.path(&format!("{out}.json"));
        let text = format!(
            r#"{{"version": 1, "epochs": 2, "batch_size": 4, "shuffle": "none", "pipeline": [{steps}], "output": {{{output}}}}}"#
        );
        fs::write(&spec, text).unwrap();
        let mut command = prebake(&["build"]);
        command.arg(fixture(pictures)).arg("--spec").arg(spec).arg("--out").arg(self.path(out));
        command.args(["--batches-per-shard", "1"]).args(more);
        command
    }

    fn made(&self, steps: &str, output: &str, out: &str, more: &[&str]) -> PathBuf {
        self.build("by_folder", steps, output, out, more).assert().success();
        self.path(out)
    }
}

fn manifest(out: &Path) -> Value {
    serde_json::from_slice(&fs::read(out.join("dataset.json")).unwrap()).unwrap()
}

/// All values of the first epoch.
fn first_epoch(out: &Path) -> Vec<f64> {
    let manifest = manifest(out);
    let shards = manifest["splits"]["train"]["shards"].as_array().unwrap();
    let files =
        shards.iter().filter(|shard| shard["epoch"] == 0).map(|shard| shard["arrays"]["images"]["path"].as_str().unwrap());
    let bytes: Vec<u8> = files.flat_map(|file| fs::read(out.join(file)).unwrap().split_off(128)).collect();
    match manifest["arrays"]["images"]["dtype"].as_str().unwrap() {
        "|u1" => bytes.into_iter().map(f64::from).collect(),
        "<f2" => bytes.as_chunks().0.iter().map(|b| half::f16::from_le_bytes(*b).to_f64()).collect(),
        _ => bytes.as_chunks().0.iter().map(|b| f64::from(f32::from_le_bytes(*b))).collect(),
    }
}

#[test]
fn mean_and_deviation_are_those_of_all_prepared_pictures() {
    let place = Place::new();
    let levels = first_epoch(&place.made(RESIZE, "", "levels", &[]));
    let out = place.made(RESIZE, FEATUREWISE, "rows", &[]);
    let statistics = &manifest(&out)["statistics"];
    assert_eq!((statistics["pictures"].as_u64(), statistics["pixels"].as_u64()), (Some(20), Some(20 * 48)));
    let rows = first_epoch(&out);
    for c in 0..3 {
        let values: Vec<f64> = levels.iter().skip(c).step_by(3).map(|level| level / 255.0).collect();
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        let std = (values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / values.len() as f64).sqrt();
        assert!((statistics["mean"][c].as_f64().unwrap() - mean).abs() < 1e-12);
        assert!((statistics["std"][c].as_f64().unwrap() - std).abs() < 1e-12);
        for (row, value) in rows.iter().skip(c).step_by(3).zip(values) {
            assert!((row - (value - mean) / (std + 1e-6)).abs() < 1e-6);
        }
    }
    // What varies from row to row, and the order of axes, plays no part.
    let turned = place.made(&format!("{RESIZE}, {FLIP}"), &format!(r#"{FEATUREWISE}, "layout": "NCHW""#), "turned", &[]);
    assert_eq!(&manifest(&turned)["statistics"], statistics);
}

#[test]
fn threads_workers_and_a_second_run_change_no_byte() {
    let place = Place::new();
    for (name, output) in [("featurewise", FEATUREWISE), ("zca", ZCA)] {
        let steps = format!("{RESIZE}, {FLIP}");
        let made = |out: &str, more: &[&str]| place.made(&steps, output, &format!("{name}_{out}"), more);
        let one = made("one", &["--threads", "1"]);
        let whole = tree(&one);
        assert!(whole == tree(&made("two", &["--threads", "2"])), "{name}");
        made("shared", &["--worker", "2/2"]);
        let shared = made("shared", &["--worker", "1/2"]);
        prebake(&["commit", shared.to_str().unwrap()]).assert().success();
        assert!(whole == tree(&shared), "{name}");
        // What is lost is made again; what is there stays.
        fs::remove_file(one.join("train/epoch-001/images-00002-of-00005.npy")).unwrap();
        made("one", &[]);
        assert!(whole == tree(&one), "{name}");
        made("one", &[]);
        assert!(whole == tree(&one), "{name}");
        prebake(&["verify", one.to_str().unwrap()]).assert().success();
    }
}

#[test]
fn rows_are_whitened_by_the_matrix_that_is_kept() {
    let place = Place::new();
    let levels = first_epoch(&place.made(RESIZE, "", "levels", &[]));
    let mut made = Vec::new();
    for (layout, dtype) in [("NHWC", "float32"), ("NCHW", "float32"), ("NHWC", "float16")] {
        let output = format!(r#""dtype": "{dtype}", "layout": "{layout}", "zca": {{"epsilon": 1}}"#);
        let out = place.made(RESIZE, &output, &format!("{layout}{dtype}"), &[]);
        let file = fs::read(out.join("whitening.npy")).unwrap();
        let file = npyz::NpyFile::new(&file[..]).unwrap();
        assert_eq!(file.shape(), [144, 144]);
        let matrix: Vec<f32> = file.into_vec().unwrap();
        let mean = manifest(&out)["statistics"]["mean"].clone();
        let rows = first_epoch(&out);
        let channel = |i: usize| if layout == "NCHW" { i / 48 } else { i % 3 };
        let place = |i: usize| if layout == "NCHW" { i % 48 * 3 + i / 48 } else { i };
        let most = if dtype == "float32" { 2e-5 } else { 2e-3 };
        for (row, levels) in rows.chunks(144).zip(levels.chunks(144)) {
            for (j, value) in row.iter().enumerate() {
                let value_of = |i: usize| levels[place(i)] - mean[channel(i)].as_f64().unwrap();
                let sum: f64 = (0..144).map(|i| value_of(i) * f64::from(matrix[i * 144 + j])).sum();
                assert!((value - sum).abs() < most * (1.0 + sum.abs()), "{layout} {dtype}: {value} for {sum}");
            }
        }
        made.push((0..144).map(|i| (0..144).map(|j| matrix[i * 144 + j]).collect::<Vec<f32>>()).collect::<Vec<_>>());
    }
    // Another order of axes gives the same matrix in another order, but for the rounding of its sums.
    for i in 0..144 {
        for j in 0..144 {
            let moved = |i: usize| i % 48 * 3 + i / 48;
            assert!((made[1][i][j] - made[0][moved(i)][moved(j)]).abs() < 1e-5);
        }
    }
}

#[test]
fn another_dataset_lends_its_statistics() {
    let place = Place::new();
    for (name, output) in [("featurewise", FEATUREWISE), ("zca", ZCA)] {
        let train = place.made(&format!("{RESIZE}, {FLIP}"), output, &format!("{name}_train"), &[]);
        let (from, out) = (train.to_str().unwrap().to_string(), format!("{name}_val"));
        place.build("by_name", RESIZE, output, &out, &["--statistics-from", &from]).assert().success();
        let (there, here) = (manifest(&train), manifest(&place.path(&out)));
        assert_eq!(here["statistics"]["from"], there["plan_hash"]);
        assert_eq!(here["statistics"]["mean"], there["statistics"]["mean"]);
        let matrix = |out: &Path| fs::read(out.join("whitening.npy")).ok();
        assert_eq!(matrix(&train), matrix(&place.path(&out)));
        prebake(&["verify", place.path(&out).to_str().unwrap()]).assert().success();
        // Its own statistics are another plan.
        let (code, stderr) = end(&mut place.build("by_name", RESIZE, output, &out, &[]));
        assert!(code == 2 && stderr.contains("statistics.from"), "{stderr}");
    }
    // The pictures of training itself, by their own statistics or by training's: the same rows.
    let train = place.path("featurewise_train");
    let again = place.made(RESIZE, FEATUREWISE, "again", &["--statistics-from", train.to_str().unwrap()]);
    let own = place.made(RESIZE, FEATUREWISE, "own", &[]);
    assert_eq!(first_epoch(&again), first_epoch(&own));
}

/// What `dataset.json` hashes to, which holds the hash of every other file; a hash that changes is a breaking change.
#[test]
#[cfg(not(feature = "turbojpeg"))]
fn bytes_are_the_same_as_ever_with_and_without_vectors() {
    const GOLDEN: [(&str, &str, &str); 3] = [
        ("samplewise", r#""dtype": "float32", "samplewise": {"scale": "tf_image"}"#, "f1b7660d23843e89510c13f98524c709"),
        ("featurewise", FEATUREWISE, "28d8e3e0ccfa146f33086e000b567aff"),
        ("zca", ZCA, "1a5bd6a6bc7631f6e8cdecbf96890339"),
    ];
    let place = Place::new();
    let made = GOLDEN.map(|(name, output, _)| {
        let out = place.made(&format!("{RESIZE}, {FLIP}"), output, name, &[]);
        let plain = format!("{name}_plain");
        place.build("by_folder", &format!("{RESIZE}, {FLIP}"), output, &plain, &[]).env("PREBAKE_PLAIN", "1").assert().success();
        assert!(tree(&out) == tree(&place.path(&plain)), "{name}");
        format!("{:032x}", xxhash_rust::xxh3::xxh3_128(&fs::read(out.join("dataset.json")).unwrap()))
    });
    assert_eq!(made, GOLDEN.map(|(.., hash)| hash.to_string()));
}

#[test]
fn an_earlier_run_is_believed_only_if_its_files_are_whole() {
    let place = Place::new();
    let steps = format!("{RESIZE}, {FLIP}");
    let whole = tree(&place.made(&steps, ZCA, "whole", &[]));
    // A worker leaves its statistics in the draft; a damaged matrix there is made again.
    let shared = place.made(&steps, ZCA, "shared", &["--worker", "1/2"]);
    fs::write(shared.join(".prebake/whitening.npy"), "damaged").unwrap();
    place.made(&steps, ZCA, "shared", &["--worker", "2/2"]);
    prebake(&["commit", shared.to_str().unwrap()]).assert().success();
    assert!(whole == tree(&shared));
    // So is one that the dataset lost.
    fs::remove_file(shared.join("whitening.npy")).unwrap();
    place.made(&steps, ZCA, "shared", &[]);
    assert!(whole == tree(&shared));
    // Other pictures are another plan, whatever stands there.
    let (code, stderr) = end(&mut place.build("by_name", &steps, ZCA, "shared", &[]));
    assert!(code == 2 && stderr.contains("statistics.mean[0]") && stderr.contains("pictures: 20 there, 16 here"), "{stderr}");
}

#[test]
fn what_cannot_be_normalised_is_told() {
    let place = Place::new();
    let crop = r#"{"op": "resize", "width": 8, "height": 8}, {"op": "random_crop", "width": 6, "height": 6}"#;
    for (steps, output, said) in [
        (RESIZE, r#""samplewise": {}"#, "uint8 rows keep their levels (write \"float32\" or \"float16\""),
        (RESIZE, r#""featurewise": {"center": "none"}"#, "uint8 rows keep their levels"),
        (RESIZE, r#""dtype": "float32", "zca": {}, "featurewise": {}"#, "output.featurewise: zca subtracts the means itself"),
        (
            RESIZE,
            r#""dtype": "float32", "samplewise": {"center": "none", "scale": "none"}"#,
            "output.samplewise.scale: does nothing",
        ),
        (RESIZE, r#""dtype": "float32", "samplewise": {"centre": "mean"}"#, "did you mean `center`?"),
        (RESIZE, r#""dtype": "float32", "samplewise": {"epsilon": 0}"#, "output.samplewise.epsilon: 0 is outside"),
        (r#"{"op": "resize", "width": 33, "height": 32}"#, r#""dtype": "float32", "zca": {}"#, "have 3168 values, of 3072"),
        (crop, r#""dtype": "float32", "zca": {}"#, "output.zca: rows have 6x6, but astronaut/0.jpg has 8x8 after the steps"),
    ] {
        let (code, stderr) = end(&mut place.build("by_folder", steps, output, "refused", &[]));
        assert!(code == 2 && stderr.contains(said), "{output}: {code} {stderr}");
        assert!(!place.path("refused").exists());
    }
    // A crop that is whitened needs what it is cut from to have its size; a mean does not.
    place.made(crop, r#""dtype": "float32", "featurewise": {}"#, "cropped", &[]);
}

#[test]
fn statistics_that_do_not_fit_are_refused() {
    let place = Place::new();
    let train = place.made(RESIZE, FEATUREWISE, "train", &[]);
    let white = place.made(RESIZE, ZCA, "white", &[]);
    let plain = place.made(RESIZE, "", "plain", &[]);
    let (nothing, small) = (place.path("nothing"), r#"{"op": "resize", "width": 6, "height": 8}"#);
    let other = ZCA.replace("0.01", "0.5");
    for (from, steps, output, said) in [
        (&train, RESIZE, r#""dtype": "float32""#, "rows need no statistics"),
        (&nothing, RESIZE, FEATUREWISE, "no dataset of prebake"),
        (&plain, RESIZE, FEATUREWISE, "it has no statistics"),
        (&train, RESIZE, &format!(r#"{FEATUREWISE}, "color": "gray""#), "its rows have 3 channels, here 1"),
        (&train, RESIZE, ZCA, "it has no whitening matrix"),
        (&white, RESIZE, &other, "its output.zca is {\"epsilon\":0.01}, here {\"epsilon\":0.5}"),
        (&white, small, ZCA, "its rows have another size than 6x8"),
    ] {
        let from = from.to_str().unwrap();
        let (code, stderr) = end(&mut place.build("by_folder", steps, output, "refused", &["--statistics-from", from]));
        assert!(code == 2 && stderr.contains(said) && stderr.contains(from), "{said}: {code} {stderr}");
    }
    let matrix = white.join("whitening.npy");
    let mut bytes = fs::read(&matrix).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    fs::write(&matrix, bytes).unwrap();
    let from = white.to_str().unwrap();
    let (code, stderr) = end(&mut place.build("by_folder", RESIZE, ZCA, "refused", &["--statistics-from", from]));
    assert!(code == 2 && stderr.contains("whitening.npy is damaged"), "{stderr}");
    let (code, stderr) = end(&mut prebake(&["verify", from]));
    assert!(code == 12 && stderr.contains("whitening.npy"), "{stderr}");
}

#[test]
fn rows_are_planned_explained_and_shown_as_ever() {
    let place = Place::new();
    let out = place.made(RESIZE, ZCA, "out", &[]);
    let (pictures, spec) = (fixture("by_folder"), place.path("out.json"));
    let (pictures, spec) = (pictures.to_str().unwrap(), spec.to_str().unwrap());
    let planned = prebake(&["plan", pictures, "--spec", spec, "--batches-per-shard", "1", "--json"]).output().unwrap();
    let planned: Value = serde_json::from_slice(&planned.stdout).unwrap();
    assert_eq!(planned["plan_hash"], manifest(&out)["plan_hash"]);
    let picture = place.path("row.png");
    let explain = ["explain", out.to_str().unwrap(), "--row", "3", "--input", pictures, "-o", picture.to_str().unwrap()];
    prebake(&explain).assert().success();
    assert_eq!(image::image_dimensions(&picture).unwrap(), (8, 6));
    let sheet = place.path("sheet.png");
    prebake(&["preview", pictures, "--spec", spec, "-o", sheet.to_str().unwrap()]).assert().success();
    assert!(sheet.exists());
}

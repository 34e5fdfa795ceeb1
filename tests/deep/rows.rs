//! Datasets of pictures of many channels, through the binary.

use crate::common::{end, fixture, prebake, tree};
use npyz::NpyFile;
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// `prebake COMMAND` of a folder of pictures with a spec, into `out`.
fn run(command: &str, pictures: &str, spec: &Value, out: &Path, more: &[&str]) -> assert_cmd::Command {
    let file = out.with_extension("json");
    fs::write(&file, spec.to_string()).unwrap();
    let mut run = prebake(&[command]);
    run.arg(fixture(pictures)).arg("--spec").arg(file).arg("--out").arg(out).arg("--quiet").args(more);
    run
}

fn varied() -> Value {
    json!({
        "version": 1, "seed": 3, "epochs": 3, "batch_size": 2,
        "input": {"channels": 5, "depth": "uint16"},
        "pipeline": [
            {"op": "random_crop", "width": 16, "height": 14},
            {"op": "rotate", "degrees": [-20, 20], "fill_mode": "reflect"},
            {"op": "brightness", "delta": [-0.1, 0.1], "p": 0.5},
            {"op": "coarse_dropout", "fill_value": 128, "p": 0.5},
            {"op": "gaussian_noise", "std": 0.01, "p": 0.3}
        ],
    })
}

fn manifest(out: &Path) -> Value {
    serde_json::from_slice(&fs::read(out.join("dataset.json")).unwrap()).unwrap()
}

/// Every file of the images, in order.
fn images(out: &Path) -> Vec<PathBuf> {
    let files = tree(out).into_keys().filter(|path| path.file_name().unwrap().to_string_lossy().starts_with("images-"));
    files.map(|path| out.join(path)).collect()
}

fn values<T: npyz::Deserialize>(path: &Path) -> Vec<T> {
    NpyFile::new(&fs::read(path).unwrap()[..]).unwrap().into_vec().unwrap()
}

#[test]
fn rows_are_the_samples_themselves() {
    let folder = TempDir::new().unwrap();
    let out = folder.path().join("out");
    let mut spec = json!({
        "version": 1, "shuffle": "none", "batch_size": 8, "input": {"channels": 5, "depth": "uint16"},
        "pipeline": [{"op": "horizontal_flip"}, {"op": "crop", "x": 3, "y": 2, "width": 8, "height": 6}],
    });
    run("build", "deep/satellite", &spec, &out, &[]).assert().success();
    let array = &manifest(&out)["arrays"]["images"];
    assert_eq!((&array["dtype"], &array["shape"], &array["layout"]), (&json!("<u2"), &json!([6, 8, 5]), &json!("NHWC")));
    assert!(array.get("color").is_none());
    assert_eq!(manifest(&out)["decoders"]["tiff"], "tiff 0.11.3");
    let made: Vec<u16> = values(&images(&out)[0]);
    let picture = |class: &str| values::<u16>(&fixture("deep/satellite").join(class).join("a.npy"));
    let expected = |class: &str| -> Vec<u16> {
        let picture = picture(class);
        let pixel = |x: usize, y: usize| picture[((y + 2) * 24 + 23 - (x + 3)) * 5..][..5].to_vec();
        (0..6).flat_map(|y| (0..8).map(move |x| (x, y))).flat_map(|(x, y)| pixel(x, y)).collect()
    };
    // Four files of each, which hold the same.
    assert_eq!(made, [expected("forest").repeat(4), expected("water").repeat(4)].concat());

    spec["output"] =
        json!({"dtype": "float32", "layout": "NCHW", "rescale": 0.001, "mean": [1, 2, 3, 4, 5], "std": [1, 2, 4, 8, 16]});
    let floats = folder.path().join("floats");
    run("build", "deep/satellite", &spec, &floats, &[]).assert().success();
    assert_eq!(manifest(&floats)["arrays"]["images"]["shape"], json!([5, 6, 8]));
    let floats: Vec<f32> = values(&images(&floats)[0]);
    for (row, samples) in floats.chunks_exact(240).zip(made.chunks_exact(240)) {
        for (i, sample) in samples.iter().enumerate() {
            let (c, place) = (i % 5, i / 5);
            let value = (f64::from(*sample) * 0.001 - (c + 1) as f64) / f64::from(1 << c);
            assert_eq!(row[c * 48 + place], value as f32);
        }
    }
}

#[test]
fn threads_workers_and_a_resume_change_no_byte() {
    let folder = TempDir::new().unwrap();
    let at = |name: &str| folder.path().join(name);
    let (one, four, shared) = (at("one"), at("four"), at("shared"));
    run("build", "deep/satellite", &varied(), &one, &["--threads", "1"]).assert().success();
    run("build", "deep/satellite", &varied(), &four, &["--threads", "4"]).env("PREBAKE_PLAIN", "1").assert().success();
    assert!(images(&one).len() >= 3 && tree(&one) == tree(&four));
    for worker in ["2/2", "1/2"] {
        run("build", "deep/satellite", &varied(), &shared, &["--worker", worker]).assert().success();
    }
    prebake(&["commit"]).arg(&shared).assert().success();
    assert_eq!(tree(&one), tree(&shared));
    fs::remove_file(&images(&shared)[1]).unwrap();
    run("build", "deep/satellite", &varied(), &shared, &[]).assert().success();
    assert_eq!(tree(&one), tree(&shared));
    prebake(&["verify"]).arg(&one).assert().success();
    // The same picture draws by its path, so that rows of one picture differ, and those of an epoch by what was drawn.
    let rows: Vec<u16> = images(&one).iter().flat_map(|path| values::<u16>(path)).collect();
    let mut rows: Vec<&[u16]> = rows.chunks_exact(16 * 14 * 5).collect();
    assert_eq!(rows.len(), 24);
    rows.sort_unstable();
    rows.dedup();
    assert!(rows.len() > 20, "{} rows differ", rows.len());
}

#[test]
fn what_is_planned_is_what_is_made_and_told() {
    let folder = TempDir::new().unwrap();
    let out = folder.path().join("out");
    let plan = run("plan", "deep/satellite", &varied(), &out, &["--json"]).output().unwrap();
    let plan: Value = serde_json::from_slice(&plan.stdout).unwrap();
    run("build", "deep/satellite", &varied(), &out, &[]).assert().success();
    let made: usize = tree(&out).iter().filter(|(path, _)| !path.ends_with("dataset.json")).map(|(_, bytes)| bytes.len()).sum();
    assert_eq!(plan["bytes"], made);
    let spec = out.with_extension("json");
    let stats = prebake(&["stats", "--json"]).arg(&out).output().unwrap();
    assert!(stats.status.success());
    let (input, spec) = (fixture("deep/satellite"), spec.to_str().unwrap().to_string());
    let input = input.to_str().unwrap();
    let stats = prebake(&["stats", input, "--spec", &spec, "--json"]).output().unwrap();
    let stats: Value = serde_json::from_slice(&stats.stdout).unwrap();
    assert!(stats["color"].is_null() && stats.to_string().contains("npy"), "{stats}");
    let (sheet, row) = (folder.path().join("sheet.html"), folder.path().join("row.png"));
    prebake(&["preview", input, "--spec", &spec, "-o", sheet.to_str().unwrap()]).assert().success();
    let sheet = fs::read_to_string(sheet).unwrap();
    assert!(sheet.contains("rows of 16x14, 5 channels of 16 bits"));
    let explain =
        prebake(&["explain", out.to_str().unwrap(), "--row", "1", "--input", input, "-o", row.to_str().unwrap()]).output();
    assert!(explain.unwrap().status.success());
    // The picture shows the row's first three channels.
    let shown = crate::common::cases::read_png(&row);
    let made: Vec<u16> = values(&images(&out)[0]);
    let levels =
        made.chunks_exact(5).skip(16 * 14).flat_map(|pixel| [0, 1, 2].map(|c| ((u32::from(pixel[c]) + 128) / 257) as u8));
    assert_eq!(shown.bytes(), levels.take(16 * 14 * 3).collect::<Vec<u8>>());
}

#[test]
fn scans_of_one_channel_come_from_every_format() {
    let folder = TempDir::new().unwrap();
    let out = folder.path().join("out");
    let spec = json!({
        "version": 1, "shuffle": "none", "labels": {"from": "none"}, "input": {"channels": 1, "depth": "uint16"},
        "pipeline": [], "output": {"dtype": "float32", "samplewise": {}},
    });
    run("build", "deep/scans", &spec, &out, &[]).assert().success();
    let rows: Vec<f32> = values(&images(&out)[0]);
    assert_eq!(rows.len(), 5 * 24 * 18);
    for row in rows.chunks_exact(24 * 18) {
        let n = row.len() as f64;
        let mean = row.iter().map(|v| f64::from(*v)).sum::<f64>() / n;
        let std = (row.iter().map(|v| f64::from(*v).powi(2)).sum::<f64>() / n - mean * mean).sqrt();
        assert!(mean.abs() < 1e-5 && (std - 1.0).abs() < 1e-4, "{mean} {std}");
    }
}

#[test]
fn what_does_not_fit_is_told_by_name_or_left_out() {
    let folder = TempDir::new().unwrap();
    let out = folder.path().join("out");
    let spec = json!({
        "version": 1, "labels": {"from": "none"}, "input": {"channels": 1, "depth": "uint8"}, "pipeline": [{"op": "invert"}],
    });
    let (code, stderr) = end(&mut run("build", "deep/scans", &spec, &out, &[]));
    assert_eq!(code, 1, "{stderr}");
    assert!(
        stderr.contains("one.png: has 1 channel of 16 bits, and the spec asks for 1 channel of 8 bits (convert it,"),
        "{stderr}"
    );
    assert!(!out.exists());
    let (code, stderr) = end(&mut run("build", "deep/scans", &spec, &out, &["--on-error", "skip"]));
    assert_eq!(code, 3, "{stderr}");
    assert_eq!(manifest(&out)["skipped"].as_array().unwrap().len(), 4);
}

#[test]
fn ordinary_jobs_leave_arrays_alone() {
    let folder = TempDir::new().unwrap();
    let out = folder.path().join("out");
    let spec = json!({"version": 1, "labels": {"from": "none"}, "pipeline": []});
    let report = run("build", "deep/scans", &spec, &out, &["--json"]).output().unwrap();
    assert!(report.status.success(), "{}", String::from_utf8_lossy(&report.stderr));
    let samples = fs::read_to_string(out.join("samples.jsonl")).unwrap();
    assert!(samples.lines().count() == 3 && !samples.contains("npy"), "{samples}");
}

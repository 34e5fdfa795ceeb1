//! Wrong input: each with its exit code, a message to act on, and nothing harmed.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use common::{build, end, fixture, prebake, tree};
use std::fs;
use std::path::Path;
use tempfile::TempDir;

#[test]
fn each_bad_spec_has_its_message() {
    for (spec, said) in [
        ("unknown_op", "pipeline[0].op: unknown op `rotat` (did you mean `rotate`?)"),
        ("unknown_field", "pipeline[0].degree: unknown field `degree` (did you mean `degrees`?)"),
        ("string_for_number", "pipeline[0].degrees: expected a number, found the string \"ten\""),
        ("low_above_high", "pipeline[0].degrees: 20 is above -20 (write the lower bound first)"),
        ("p_too_large", "pipeline[0].p: 1.5 is outside 0 to 1"),
        ("empty_schedule", "pipeline[0].p.values: is empty (write at least [0, VALUE])"),
        ("crop_too_large", "pipeline[1] center_crop: a 9000x9000 crop is larger than the picture, which is 64x64 here"),
        ("trailing_comma", "1:54: not valid JSON: trailing commas"),
        ("no_version", "version: missing"),
        ("future_version", "version 99 is not known"),
        ("not_an_object", "expected an object"),
        ("size_varies", "pipeline: rows would differ in size"),
        ("p_on_crop", "pipeline[1] random_crop: rows would differ in size, 32x32 to 64x64"),
    ] {
        let out = TempDir::new().unwrap();
        let (code, stderr) = end(&mut build("by_folder", &format!("bad/{spec}.json"), &out.path().join("out"), &[]));
        assert_eq!(code, 2, "{spec}: {stderr}");
        assert!(stderr.contains(said), "{spec}: {stderr}");
        assert!(!out.path().join("out").exists(), "{spec}");
    }
    let (_, stderr) = end(&mut build("by_folder", "bad/many_errors.json", Path::new("/nonexistent/out"), &[]));
    assert_eq!(stderr.lines().count(), 5, "{stderr}");
}

#[test]
fn wrong_arguments_are_told_apart() {
    let out = TempDir::new().unwrap();
    let text = |arguments: &[&str]| end(&mut prebake(arguments));
    let spec = fixture("specs/default.json");
    let spec = spec.to_str().unwrap();
    let to = out.path().join("new");
    let to = to.to_str().unwrap();
    let (code, stderr) = text(&["build", "/no/such/place", "--spec", spec, "--out", to]);
    assert!(code == 2 && stderr.contains("/no/such/place: no such directory"), "{stderr}");
    let specs = fixture("specs/bad");
    let (code, stderr) = text(&["build", specs.to_str().unwrap(), "--spec", spec, "--out", to]);
    assert!(code == 2 && stderr.contains("no picture in it"), "{stderr}");
    let (code, stderr) = text(&["build", fixture("by_name").to_str().unwrap(), "--spec", "/no/spec.json", "--out", to]);
    assert!(code == 2 && stderr.contains("cannot read the spec"), "{stderr}");
    let pictures = fixture("by_name");
    for labels in ["filename:", "pattern:", "auto:", "nonsense"] {
        let (code, stderr) = text(&["plan", pictures.to_str().unwrap(), "--spec", spec, "--labels", labels]);
        assert!(code == 2 && stderr.contains("expected auto, directory, filename, "), "{labels}: {stderr}");
    }
    assert_eq!(text(&["verify", out.path().to_str().unwrap()]).0, 10);
    assert_eq!(text(&["commit", out.path().to_str().unwrap()]).0, 10);
}

#[test]
fn bad_pictures_stop_the_run_or_are_left_out_and_listed() {
    let folder = TempDir::new().unwrap();
    let out = folder.path().join("out");
    let (code, stderr) = end(&mut build("broken", "default.json", &out, &[]));
    assert!(code == 1 && stderr.contains("60000x60000 is 3600000000 pixels, above the limit"), "{stderr}");
    let (code, _) = end(&mut build("broken", "default.json", &out, &["--on-error", "skip", "--max-errors", "4"]));
    assert_eq!(code, 4);
    assert!(!out.exists());
    let (code, stderr) = end(&mut build("broken", "default.json", &out, &["--on-error", "skip", "--max-errors", "60%"]));
    assert!(code == 3 && stderr.contains("cat/cut.jpg: skipped: the file is cut off"), "{stderr}");
    assert_eq!(fs::read_to_string(out.join("errors.jsonl")).unwrap().lines().count(), 5);
    assert_eq!(fs::read_to_string(out.join("samples.jsonl")).unwrap().lines().count(), 4);
    prebake(&["verify", out.to_str().unwrap()]).assert().code(0);
}

#[test]
fn a_truncated_picture_is_named_when_it_is_reached() {
    let folder = TempDir::new().unwrap();
    let pictures = folder.path().join("in");
    fs::create_dir_all(&pictures).unwrap();
    for (from, to) in [("broken/cat/0.jpg", "a_1.jpg"), ("broken/cat/cut.jpg", "a_2.jpg"), ("broken/coffee/0.jpg", "b_1.jpg")] {
        fs::copy(fixture(from), pictures.join(to)).unwrap();
    }
    let out = folder.path().join("out");
    let mut command = prebake(&["build", pictures.to_str().unwrap(), "--out", out.to_str().unwrap(), "--spec"]);
    let (code, stderr) = end(command.arg(fixture("specs/default.json")));
    assert!(code == 1 && stderr.contains("a_2.jpg: the file is cut off"), "{stderr}");
    assert!(!out.join("dataset.json").exists());
}

#[test]
#[cfg(unix)]
fn a_link_to_nowhere_is_a_bad_picture_among_others() {
    let folder = TempDir::new().unwrap();
    let pictures = folder.path().join("in");
    fs::create_dir_all(&pictures).unwrap();
    fs::copy(fixture("broken/cat/0.jpg"), pictures.join("a_1.jpg")).unwrap();
    for name in ["a_2.jpg", "notes"] {
        std::os::unix::fs::symlink("gone", pictures.join(name)).unwrap();
    }
    let (pictures, out) = (pictures.to_str().unwrap(), folder.path().join("out"));
    let spec = fixture("specs/default.json");
    let build = ["build", pictures, "--out", out.to_str().unwrap(), "--spec", spec.to_str().unwrap()];
    let (code, stderr) = end(&mut prebake(&build));
    assert!(code == 1 && stderr.contains("a_2.jpg: cannot be read: ") && !stderr.contains("notes"), "{stderr}");
    let (code, stderr) = end(prebake(&build).args(["--on-error", "skip"]));
    assert!(code == 3 && stderr.contains("a_2.jpg: skipped"), "{stderr}");
}

#[test]
fn an_output_that_is_not_this_plans_is_left_alone() {
    let folder = TempDir::new().unwrap();
    let out = folder.path().join("out");
    fs::create_dir_all(&out).unwrap();
    fs::write(out.join("mine.txt"), "precious").unwrap();
    let (code, stderr) = end(&mut build("by_folder", "default.json", &out, &["--force"]));
    assert!(code == 2 && stderr.contains("not a dataset of prebake"), "{stderr}");
    let pictures = fixture("by_folder");
    let plan = || prebake(&["plan", pictures.to_str().unwrap(), "--out", out.to_str().unwrap(), "--spec"]);
    let (code, stderr) = end(plan().arg(fixture("specs/default.json")));
    assert!(code == 0 && stderr.contains("build would refuse it: ") && stderr.contains("not a dataset of prebake"), "{stderr}");
    fs::remove_file(out.join("mine.txt")).unwrap();
    build("by_folder", "default.json", &out, &[]).assert().success();
    let (code, stderr) = end(plan().arg(fixture("specs/default.json")));
    assert!(code == 0 && !stderr.contains("refuse"), "{stderr}");
    fs::write(out.join("mine.txt"), "precious").unwrap();
    let before = tree(&out);
    let (code, stderr) = end(&mut build("by_folder", "default.json", &out, &["--seed", "7"]));
    assert!(code == 2 && stderr.contains("spec.seed: 42 there, 7 here"), "{stderr}");
    assert!(before == tree(&out));
    build("by_folder", "default.json", &out, &["--seed", "7", "--force", "--epochs", "1"]).assert().success();
    let after = tree(&out);
    assert_eq!(after[Path::new("mine.txt")], b"precious");
    assert!(!out.join("train/epoch-001").exists());
    prebake(&["verify", out.to_str().unwrap()]).assert().success();
}

#[test]
fn verify_names_every_damage() {
    let folder = TempDir::new().unwrap();
    let out = folder.path().join("out");
    build("by_folder", "default.json", &out, &["--batches-per-shard", "1"]).assert().success();
    let (a, b) = (out.join("train/epoch-000/images-00000-of-00003.npy"), out.join("train/epoch-000/images-00001-of-00003.npy"));
    let whole = fs::read(&a).unwrap();
    let damaged = |bytes: &[u8]| {
        fs::write(&a, bytes).unwrap();
        let (code, stderr) = end(&mut prebake(&["verify", out.to_str().unwrap()]));
        assert!(code == 12 && stderr.contains("train/epoch-000/images-00000-of-00003.npy"), "{code} {stderr}");
        fs::write(&a, &whole).unwrap();
    };
    for at in [0, 60, 128, whole.len() - 1] {
        let mut bytes = whole.clone();
        bytes[at] ^= 1;
        damaged(&bytes);
    }
    damaged(&whole[..whole.len() - 1]);
    damaged(&[&whole[..], b"x"].concat());
    damaged(&fs::read(&b).unwrap());
    fs::copy(&a, out.join("train/epoch-000/images-extra.npy")).unwrap();
    assert_eq!(end(&mut prebake(&["verify", out.to_str().unwrap()])).0, 12);
    fs::remove_file(out.join("train/epoch-000/images-extra.npy")).unwrap();
    let manifest = fs::read_to_string(out.join("dataset.json")).unwrap();
    fs::write(out.join("dataset.json"), manifest.replacen("\"seed\": 42", "\"seed\": 43", 1)).unwrap();
    let (code, stderr) = end(&mut prebake(&["verify", out.to_str().unwrap()]));
    assert!(code == 12 && stderr.contains("was edited"), "{stderr}");
}

#[test]
fn an_output_has_its_own_place() {
    let folder = TempDir::new().unwrap();
    let (pictures, file) = (folder.path().join("in"), folder.path().join("file"));
    fs::create_dir_all(&pictures).unwrap();
    fs::copy(fixture("by_name/cat_0.jpg"), pictures.join("cat_0.jpg")).unwrap();
    fs::write(&file, "precious").unwrap();
    let refused = |command: &str, out: &Path, said: &str| {
        let mut command = prebake(&[command]);
        command.arg(&pictures).arg("--spec").arg(fixture("specs/default.json")).arg("--out").arg(out);
        let (code, stderr) = end(&mut command);
        assert!(code == 2 && stderr.contains(said), "{}: {code} {stderr}", out.display());
    };
    for out in [pictures.clone(), pictures.join("out"), pictures.join("new/../deep/out")] {
        refused("build", &out, "inside the folder of pictures");
        refused("plan", &out, "inside the folder of pictures");
    }
    refused("build", &file, "file: a file, not a directory");
    refused("build", &file.join("below"), "file: a file, not a directory");
    assert_eq!(fs::read_dir(&pictures).unwrap().count(), 1);
    assert_eq!(end(&mut prebake(&["verify", file.to_str().unwrap()])).0, 10);
}

#[test]
fn numbers_below_the_bound_are_named() {
    for (argument, value, said) in [
        ("--epochs", "-1", "-1 is not in 1..=100000"),
        ("--seed", "-1", "expected a whole number from 0 to"),
        ("--threads", "0", "0 is not in 1..=1024"),
        ("--memory", "-5", "expected a size"),
        ("--batch-size", "-3", "-3 is not in 1..="),
        ("--max-errors", "-1", "expected a number or a percentage"),
        ("--max-pixels", "0", "0 is not in 1.."),
        ("--worker", "3/2", "expected I/N"),
    ] {
        let (code, stderr) = end(&mut build("by_folder", "default.json", Path::new("/nonexistent/out"), &[argument, value]));
        assert!(code == 2 && stderr.contains(said), "{argument} {value}: {code} {stderr}");
    }
}

#[test]
fn what_a_dataset_lost_is_made_again() {
    let folder = TempDir::new().unwrap();
    let out = folder.path().join("out");
    let to = out.to_str().unwrap();
    build("by_folder", "default.json", &out, &["--batches-per-shard", "1"]).assert().success();
    let whole = tree(&out);
    let kept = out.join("train/epoch-001/images-00000-of-00003.npy");
    let time = || fs::metadata(&kept).unwrap().modified().unwrap();
    let before = time();
    for lost in ["train/epoch-000/images-00001-of-00003.npy", "train/epoch-002/labels-00002-of-00003.npy", "label_map.json"] {
        fs::remove_file(out.join(lost)).unwrap();
    }
    assert_eq!(end(&mut prebake(&["verify", to])).0, 12);
    assert_eq!(end(&mut prebake(&["commit", to])).0, 10);
    build("by_folder", "default.json", &out, &["--batches-per-shard", "1"]).assert().success();
    assert!(whole == tree(&out));
    assert_eq!(time(), before);
}

#[test]
fn an_edited_or_cut_manifest_is_not_trusted() {
    let folder = TempDir::new().unwrap();
    let out = folder.path().join("out");
    let manifest = out.join("dataset.json");
    let ended = |more: &[&str]| end(&mut build("by_folder", "default.json", &out, more));
    build("by_folder", "default.json", &out, &[]).assert().success();
    let text = fs::read_to_string(&manifest).unwrap();
    fs::write(&manifest, text.replacen("\"cat\"", "\"dog\"", 1)).unwrap();
    let (code, stderr) = ended(&[]);
    assert!(code == 2 && stderr.contains("was edited"), "{stderr}");
    assert_eq!(ended(&["--force"]).0, 0);
    assert_eq!(fs::read_to_string(&manifest).unwrap(), text);
    fs::write(&manifest, text.replace("\"epochs\": 3", "\"epochs\": 99999999999")).unwrap();
    let (code, stderr) = end(prebake(&["explain", "--row", "0"]).arg(&out));
    assert!(code == 12 && stderr.contains("damaged"), "{stderr}");
    let mut again = build("by_folder", "default.json", &out, &["--force"]);
    assert_eq!(end(again.timeout(std::time::Duration::from_secs(60))).0, 0);
    assert_eq!(fs::read_to_string(&manifest).unwrap(), text);
    fs::write(&manifest, &text[..300]).unwrap();
    let (code, stderr) = ended(&["--force"]);
    assert!(code == 10 && stderr.contains("not a manifest of prebake"), "{stderr}");
    let precious = folder.path().join("precious.npy");
    fs::write(&precious, "mine").unwrap();
    fs::write(&manifest, text.replacen("\"classes.txt\"", "\"../precious.npy\"", 1)).unwrap();
    let (code, stderr) = ended(&["--force", "--seed", "7"]);
    assert!(code == 10 && stderr.contains("not inside the folder"), "{stderr}");
    assert!(precious.exists());
}

#[test]
fn too_little_room_is_told_before_anything_is_written() {
    let folder = TempDir::new().unwrap();
    let out = folder.path().join("out");
    let (code, stderr) = end(&mut build("by_folder", "bad/huge_rows.json", &out, &["--epochs", "100000"]));
    assert!(code == 28 && stderr.contains("free (make room"), "{code} {stderr}");
    assert!(!out.exists());
}

#[test]
fn a_thin_picture_takes_no_more_memory_than_its_row() {
    let folder = TempDir::new().unwrap();
    let pictures = folder.path().join("in/thin");
    fs::create_dir_all(&pictures).unwrap();
    image::RgbImage::new(1, 60_000).save(pictures.join("1.png")).unwrap();
    let input = folder.path().join("in");
    let out = folder.path().join("out");
    let mut command = prebake(&["build", input.to_str().unwrap(), "--out", out.to_str().unwrap(), "--spec"]);
    command.arg(fixture("specs/default.json")).assert().success();
}

#[test]
#[cfg(target_os = "linux")]
fn too_little_memory_for_what_may_be_kept_is_told() {
    let folder = TempDir::new().unwrap();
    let spec = folder.path().join("spec.json");
    let steps = r#"[{"op": "resize", "width": 4000, "height": 4000}, {"op": "random_crop", "width": 8, "height": 8}]"#;
    fs::write(&spec, format!(r#"{{"version": 1, "epochs": 2, "pipeline": {steps}}}"#)).unwrap();
    // Twenty pictures of 46 MiB.
    let mut limited = assert_cmd::Command::new("sh");
    limited.args(["-c", r#"ulimit -v 800000; exec "$@""#, "sh", env!("CARGO_BIN_EXE_prebake"), "build", "--memory", "4GiB"]);
    limited.arg(fixture("by_folder")).arg("--spec").arg(spec).arg("--out").arg(folder.path().join("out"));
    let (code, stderr) = end(&mut limited);
    assert!(code == 2 && stderr.contains("--memory: cannot take 915.53 MiB for prepared pictures"), "{code} {stderr}");
}

#[test]
#[cfg(unix)]
fn what_may_not_be_read_or_written_is_told() {
    use std::os::unix::fs::PermissionsExt;
    let folder = TempDir::new().unwrap();
    let closed = folder.path().join("closed");
    fs::create_dir(&closed).unwrap();
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o500)).unwrap();
    if fs::write(closed.join("probe"), "").is_ok() {
        return; // A superuser may write anywhere.
    }
    let (code, stderr) = end(&mut build("by_folder", "default.json", &closed.join("out"), &[]));
    assert!(code == 1 && stderr.contains("cannot create: permission denied (ask"), "{stderr}");
}

#[test]
fn the_first_bad_picture_is_the_same_for_any_number_of_threads() {
    let good = fs::read(fixture("by_name/cat_0.jpg")).unwrap();
    // Its headers are whole, so that the scan does not tell.
    let cut = &good[..good.len() * 2 / 3];
    for bad in 0..6 {
        let folder = TempDir::new().unwrap();
        let input = folder.path().join("in");
        fs::create_dir_all(&input).unwrap();
        for at in 0..200 {
            fs::write(input.join(format!("a_{at:03}.jpg")), if at % 40 == bad { cut } else { &good }).unwrap();
        }
        let refusal = |threads: &str| {
            // Shards of three pieces.
            let shards = ["--labels", "filename:_", "--epochs", "1", "--batch-size", "50", "--batches-per-shard", "1"];
            let mut command = build(input.to_str().unwrap(), "default.json", &folder.path().join("out"), &shards);
            let (code, stderr) = end(command.args(["--threads", threads]));
            assert_eq!(code, 1, "{stderr}");
            stderr
        };
        let first = refusal("1");
        assert!(first.contains(".jpg: the file is cut off"), "{first}");
        for threads in ["2", "3", "9"] {
            assert_eq!(refusal(threads), first, "{threads} threads");
        }
    }
}

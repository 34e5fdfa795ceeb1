//! How far a run is, as others see it: status, notes, lines of JSON, numbers for Prometheus.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use common::{build, end, prebake};
use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tempfile::TempDir;

const SHARES: [&str; 2] = ["--batches-per-shard", "1"];

fn status(out: &Path) -> (Option<i32>, Value) {
    let output = prebake(&["status", "--json", out.to_str().unwrap()]).output().unwrap();
    (output.status.code(), serde_json::from_slice(&output.stdout).unwrap_or_default())
}

/// A build of many small rows that is at work: it finds room for all of them even where the disk is almost full.
fn start(out: &Path, more: &[&str]) -> Child {
    let spec = out.with_file_name("small.json");
    let rows = r#"{"version": 1, "batch_size": 8, "pipeline": [{"op": "resize", "width": 8, "height": 8}]}"#;
    fs::write(&spec, rows).unwrap();
    let built = build("by_folder", spec.to_str().unwrap(), out, &[&SHARES[..], more].concat());
    let mut command = Command::new(built.get_program());
    command.args(built.get_args()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

fn wait_for(child: &mut Child, condition: impl Fn() -> bool) {
    while !condition() {
        assert!(child.try_wait().unwrap().is_none(), "it ended too early");
        std::thread::sleep(Duration::from_millis(2));
    }
}

#[test]
fn a_folder_tells_how_far_its_build_is() {
    let folder = TempDir::new().unwrap();
    let out = folder.path().join("out");
    assert_eq!(status(&out).0, Some(10));
    assert_eq!(status(folder.path()).0, Some(10));
    let mut child = start(&out, &["--epochs", "5000", "--threads", "1"]);
    wait_for(&mut child, || {
        let told = status(&out).1;
        told["rows_per_second"].as_f64().is_some() && told["rows"].as_u64().is_some_and(|rows| rows >= 20)
    });
    let (code, running) = status(&out);
    assert_eq!((code, &running["status"], &running["workers"][0]["share"]), (Some(0), &"running".into(), &"1-of-1".into()));
    assert_eq!(running["rows_total"], 100_000);
    let rows = running["rows"].as_u64().unwrap();
    assert!(rows >= 20 && running["rows_per_second"].as_f64().unwrap() > 0.0, "{running}");
    assert_eq!(running["percent"].as_f64().unwrap(), 100.0 * rows as f64 / 1e5);
    let text = String::from_utf8(prebake(&["status", out.to_str().unwrap()]).output().unwrap().stdout).unwrap();
    assert!(
        text.starts_with("running\n  plan      ") && text.contains("  worker    1/1: ") && text.contains(" left\n"),
        "{text}"
    );
    child.kill().unwrap();
    child.wait().unwrap();
    let (code, stopped) = status(&out);
    assert_eq!((code, &stopped["status"], &stopped["workers"]), (Some(0), &"stopped".into(), &serde_json::json!([])));
    assert!(stopped["rows"].as_u64().unwrap() >= rows && stopped["seconds_left"].is_null());
}

#[test]
fn a_dataset_is_complete_until_it_loses_a_file() {
    let folder = TempDir::new().unwrap();
    let out = folder.path().join("out");
    for worker in ["1/2", "2/2"] {
        build("by_folder", "default.json", &out, &SHARES).args(["--epochs", "2", "--worker", worker]).assert().success();
    }
    let (code, built) = status(&out);
    assert_eq!((code, &built["status"], &built["percent"]), (Some(0), &"stopped".into(), &100.0.into()));
    prebake(&["commit", out.to_str().unwrap()]).assert().success();
    let (code, complete) = status(&out);
    assert_eq!((code, &complete["status"], &complete["rows"]), (Some(0), &"complete".into(), &40.into()));
    assert!(!out.join(".prebake").exists());
    let first = fs::read_dir(out.join("train/epoch-000")).unwrap().next().unwrap().unwrap().path();
    fs::remove_file(first).unwrap();
    let (code, damaged) = status(&out);
    assert_eq!((code, &damaged["status"]), (Some(12), &"damaged".into()));
    assert_eq!(damaged["shards"].as_u64().unwrap() + 1, damaged["shards_total"].as_u64().unwrap());
}

/// `status` looks at a folder again and again while builds begin there: none of them is refused.
#[test]
fn whoever_looks_disturbs_no_run() {
    let folder = TempDir::new().unwrap();
    let out = folder.path().join("out");
    let built = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let looks = scope.spawn(|| {
            (1..).find(|_| {
                drop(status(&out));
                built.load(Ordering::Relaxed)
            })
        });
        let ended: Vec<(i32, String)> = (0..3)
            .map(|_| {
                let _ = fs::remove_dir_all(&out);
                end(&mut build("by_folder", "default.json", &out, &["--epochs", "1"]))
            })
            .collect();
        built.store(true, Ordering::Relaxed);
        assert!(looks.join().unwrap() > Some(3));
        assert!(ended.iter().all(|(code, _)| *code == 0), "{ended:?}");
    });
}

#[test]
fn progress_is_told_in_json_on_standard_error() {
    let folder = TempDir::new().unwrap();
    let out = folder.path().join("out");
    let more = ["--log-format", "json", "--on-error", "skip", "--epochs", "700", "--threads", "1", "--json"];
    let output = build("by_folder", "default.json", &out, &more).output().unwrap();
    let lines: Vec<Value> = output
        .stderr
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty())
        .map(|line| serde_json::from_slice(line).unwrap())
        .collect();
    let of = |event: &str| lines.iter().filter(|line| line["event"] == event).collect::<Vec<_>>();
    let phases = |event| of(event).iter().map(|line| line["phase"].as_str().unwrap()).collect::<Vec<_>>();
    assert_eq!(phases("begin"), ["scan", "check", "plan", "build", "commit"]);
    assert_eq!(phases("end"), phases("begin"));
    assert!(of("end").iter().all(|line| line["seconds"].as_f64().unwrap() >= 0.0));
    let seconds = serde_json::from_slice::<Value>(&output.stdout).unwrap()["seconds"].as_f64().unwrap();
    assert!(of("progress").len() as f64 >= seconds.floor() - 1.0, "{} in {seconds} s", of("progress").len());
    for line in of("progress").into_iter().filter(|line| line["phase"] == "build") {
        assert!(line["rows"].as_u64().unwrap() <= line["rows_total"].as_u64().unwrap());
    }
    let quiet =
        build("by_folder", "default.json", &folder.path().join("quiet"), &["--log-format", "json", "--quiet"]).output().unwrap();
    assert_eq!(quiet.stderr, b"");
}

#[test]
fn numbers_for_prometheus_are_whole_and_end_with_the_run() {
    let folder = TempDir::new().unwrap();
    let (out, metrics) = (folder.path().join("out"), folder.path().join("prebake.prom"));
    let more = ["--epochs", "3", "--metrics-file", metrics.to_str().unwrap()];
    build("by_folder", "default.json", &out, &more).assert().success();
    let text = fs::read_to_string(&metrics).unwrap();
    for line in [
        "prebake_rows_total 60",
        "prebake_rows_planned_total 60",
        "prebake_rows_found_total 0",
        "prebake_exit_code 0",
        "# TYPE prebake_rows_total counter",
    ] {
        assert!(text.lines().any(|there| there == line), "{line}: {text}");
    }
    assert!(text.contains("prebake_phase_seconds{phase=\"commit\"} "), "{text}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
    let refused = ["--seed", "9", "--metrics-file", metrics.to_str().unwrap()];
    assert_eq!(end(&mut build("by_folder", "default.json", &out, &refused)).0, 2);
    let text = fs::read_to_string(&metrics).unwrap();
    assert!(text.lines().any(|line| line == "prebake_exit_code 2"), "{text}");
    let nowhere = ["--metrics-file", "/nonexistent/prebake.prom"];
    let other = folder.path().join("other");
    let (code, stderr) = end(&mut build("by_folder", "default.json", &other, &nowhere));
    assert!(code == 2 && stderr.contains("/nonexistent: no such folder") && !other.exists(), "{stderr}");
}

//! Signals end every phase soon, with their exit codes, and leave no temporary file; readers that go away are no error.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use common::{build, end, fixture, prebake, tree};
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// How soon a process ends that was asked to.
const SOON: Duration = Duration::from_secs(2);

/// A spec whose rows take so much that a signal comes before their end.
const SPEC: &str = r#"{"version": 1, "epochs": 500, "batch_size": 2, SPLIT
    "pipeline": [{"op": "resize", "width": 32, "height": 32}, {"op": "rotate", "degrees": [-9, 9]}], "output": {OUTPUT}}"#;

/// A folder of pictures that take long to read, and take no room: names of one file.
fn pictures(folder: &Path, side: usize, count: usize) -> PathBuf {
    let root = folder.join("pictures");
    let first = root.join("class-0/0.ppm");
    let mut file = format!("P6\n{side} {side}\n255\n").into_bytes();
    file.extend((0..side * side * 3).map(|at| (at * at % 251) as u8));
    for class in ["class-0", "class-1"] {
        fs::create_dir_all(root.join(class)).unwrap();
    }
    fs::write(&first, file).unwrap();
    for number in 1..count {
        fs::hard_link(&first, root.join(format!("class-{}/{number}.ppm", number % 2))).unwrap();
    }
    root
}

fn spec(folder: &Path, split: &str, output: &str) -> PathBuf {
    let file = folder.join("spec.json");
    fs::write(&file, SPEC.replace("SPLIT", split).replace("OUTPUT", output)).unwrap();
    file
}

fn start(arguments: &[&str], paths: &[&Path]) -> Child {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin("prebake"));
    command.args(arguments).args(paths).stdout(Stdio::null()).stderr(Stdio::piped());
    command.spawn().unwrap()
}

/// Waits until a process says that it begins a phase.
fn wait_for(child: &mut Child, phase: &str) {
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let begins = |line: String| {
        let line: serde_json::Value = serde_json::from_str(&line).unwrap();
        line["event"] == "begin" && line["phase"] == phase
    };
    assert!(lines.any(|line| begins(line.unwrap())), "{phase} does not begin");
    // It goes on saying things, to somebody who listens.
    std::thread::spawn(move || lines.for_each(drop));
}

fn send(child: &Child, signal: &str) {
    assert!(Command::new("kill").args([format!("-{signal}"), child.id().to_string()]).status().unwrap().success());
}

fn ends_with(child: &mut Child, code: i32, soon: Duration, what: &str) {
    let asked = Instant::now();
    let status = child.wait().unwrap();
    assert_eq!(status.code(), Some(code), "{what}: {status}");
    assert!(asked.elapsed() < soon, "{what}: {:?}", asked.elapsed());
}

#[test]
fn every_phase_ends_soon() {
    let folder = TempDir::new().unwrap();
    let pictures = pictures(folder.path(), 1600, 150);
    let (spec, out) = (spec(folder.path(), r#""split": {"val": 0.2, "duplicates": "near"},"#, ""), folder.path().join("out"));
    for (phase, signal, code) in
        [("scan", "TERM", 143), ("check", "INT", 130), ("plan", "HUP", 129), ("build", "TERM", 143), ("build", "INT", 130)]
    {
        let more = ["build", "--log-format", "json", "--on-error", if phase == "check" { "skip" } else { "fail" }];
        let mut child = start(&more, &[&pictures, Path::new("--spec"), &spec, Path::new("--out"), &out]);
        if phase == "build" {
            // Alike files are looked at for seconds: rows are made of others.
            child.kill().unwrap();
            child.wait().unwrap();
            let few = ["build", "--log-format", "json", "--epochs", "400", "--spec"];
            child = start(&few, &[&fixture("specs/default.json"), &fixture("by_folder"), Path::new("--out"), &out]);
        }
        wait_for(&mut child, phase);
        std::thread::sleep(Duration::from_millis(100));
        send(&child, signal);
        ends_with(&mut child, code, SOON, phase);
        let left = if out.exists() { tree(&out) } else { Default::default() };
        assert!(left.keys().all(|path| path.extension().is_none_or(|ending| ending != "tmp")), "{phase}: {left:?}");
    }
    let (sheet, plain) = (folder.path().join("sheet.png"), folder.path().join("plain"));
    fs::create_dir(&plain).unwrap();
    let plain = self::spec(&plain, "", "");
    for (arguments, paths) in [
        (&["stats"][..], &[&*pictures][..]),
        (&["preview", "--images", "1000", "-o"], &[&sheet, &pictures, Path::new("--spec"), &plain]),
    ] {
        let mut child = start(arguments, paths);
        std::thread::sleep(Duration::from_millis(100));
        send(&child, "INT");
        ends_with(&mut child, 130, SOON, arguments[0]);
    }
    assert!(!sheet.exists());
}

/// The matrix of so long rows takes half a minute, in which nothing looks up.
#[test]
fn what_cannot_look_up_is_ended_and_a_second_signal_ends_at_once() {
    let folder = TempDir::new().unwrap();
    let pictures = pictures(folder.path(), 32, 20);
    let spec = spec(folder.path(), "", r#""dtype": "float32", "zca": {}"#);
    let out = folder.path().join("out");
    for (signals, code, soon) in [(1, 143, SOON), (2, 143, Duration::from_millis(900))] {
        let more = ["build", "--log-format", "json", "--spec"];
        let mut child = start(&more, &[&spec, &pictures, Path::new("--out"), &out]);
        wait_for(&mut child, "statistics");
        std::thread::sleep(Duration::from_millis(300));
        for _ in 0..signals {
            send(&child, "TERM");
            std::thread::sleep(Duration::from_millis(100));
        }
        ends_with(&mut child, code, soon, "statistics");
    }
}

#[test]
fn what_was_ignored_stays_so() {
    let folder = TempDir::new().unwrap();
    let out = folder.path().join("out");
    let built = build("by_folder", "default.json", &out, &["--epochs", "60", "--batches-per-shard", "1"]);
    let mut shell = Command::new("sh");
    shell.args(["-c", "trap '' HUP; exec \"$@\"", "sh"]).arg(built.get_program()).args(built.get_args());
    let mut child = shell.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    while !out.join("train").is_dir() && child.try_wait().unwrap().is_none() {
        std::thread::sleep(Duration::from_millis(1));
    }
    send(&child, "HUP");
    assert!(child.wait().unwrap().success());
    assert_eq!(end(&mut prebake(&["verify", out.to_str().unwrap()])).0, 0);
}

#[test]
fn readers_that_go_away_are_no_error() {
    let folder = TempDir::new().unwrap();
    let out = folder.path().join("out");
    build("by_folder", "default.json", &out, &["--epochs", "1"]).assert().success();
    let (out, pictures, spec) = (out.to_str().unwrap(), fixture("by_folder"), fixture("specs/default.json"));
    let (pictures, spec) = (pictures.to_str().unwrap(), spec.to_str().unwrap());
    let commands: &[&[&str]] = &[
        &["ops"],
        &["schema"],
        &["init"],
        &["--help"],
        &["build", "--help"],
        &["verify", out],
        &["commit", out],
        &["status", out, "--json"],
        &["stats", pictures],
        &["plan", pictures, "--spec", spec],
        &["build", pictures, "--spec", spec, "--epochs", "1", "--out", out],
        &["explain", out, "--epoch", "0", "--row", "0"],
    ];
    for command in commands {
        let mut child = Command::new(assert_cmd::cargo::cargo_bin("prebake"));
        let mut child = child.args(*command).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop((child.stdout.take(), child.stderr.take()));
        assert_eq!(child.wait().unwrap().code(), Some(0), "{command:?}");
    }
}

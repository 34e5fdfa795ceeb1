//! Workers that claim, with the real binary: they come, go, sleep and are killed, and the bytes are those of one run.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use common::{build, end, prebake, tree};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// The longest that a fleet may take.
const LONG: Duration = Duration::from_secs(120);

/// A dataset of tiny rows, with two sides, and where it is built.
struct Place {
    folder: TempDir,
    spec: PathBuf,
    out: PathBuf,
}

impl Place {
    fn new(epochs: u64) -> Self {
        let folder = TempDir::new().unwrap();
        let (spec, out) = (folder.path().join("spec.json"), folder.path().join("out"));
        let steps = json!([{"op": "resize", "width": 8, "height": 8}, {"op": "brightness", "delta": [-0.3, 0.3]}]);
        let fields = json!({"version": 1, "batch_size": 8, "epochs": epochs, "split": {"val": 0.25}, "pipeline": steps});
        fs::write(&spec, fields.to_string()).unwrap();
        Self { folder, spec, out }
    }

    fn build(&self, out: &Path, more: &[&str]) -> assert_cmd::Command {
        let shards = ["--batches-per-shard", "1", "--threads", "1"];
        build("by_folder", self.spec.to_str().unwrap(), out, &[&shards[..], more].concat())
    }

    /// What a run alone makes.
    fn expected(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let whole = self.folder.path().join("whole");
        self.build(&whole, &[]).assert().success();
        tree(&whole)
    }

    /// Starts a worker that claims.
    fn start(&self) -> Child {
        let built = self.build(&self.out, &["--claim", "--lease", "1"]);
        let mut command = Command::new(built.get_program());
        command.args(built.get_args()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    }

    /// Starts a worker, and waits until it is in the middle of a task: it holds a lease and has made a shard.
    fn start_in_the_middle(&self) -> Child {
        let mut child = self.start();
        let since = Instant::now();
        let names = |folder: &str| fs::read_dir(self.out.join(".prebake").join(folder)).map_or(0, Iterator::count);
        while names("receipts") == 0 || names("leases") == 0 {
            assert!(since.elapsed() < LONG && child.try_wait().unwrap().is_none(), "it ended too early");
            std::thread::sleep(Duration::from_millis(1));
        }
        child
    }

    fn status(&self) -> Value {
        let output = prebake(&["status", "--json", self.out.to_str().unwrap()]).output().unwrap();
        serde_json::from_slice(&output.stdout).unwrap()
    }

    fn commit(&self) -> (i32, String) {
        end(&mut prebake(&["commit", self.out.to_str().unwrap()]))
    }

    /// Commits twice; the dataset is the `expected` one, and nothing is left beside it.
    fn commits_to(&self, expected: &BTreeMap<PathBuf, Vec<u8>>) {
        assert_eq!(self.commit(), (0, String::new()));
        assert_eq!(self.commit(), (0, String::new()));
        assert!(tree(&self.out) == *expected);
        assert!(!self.out.join(".prebake").exists());
    }
}

fn send(child: &Child, signal: &str) {
    assert!(Command::new("kill").args([format!("-{signal}"), child.id().to_string()]).status().unwrap().success());
}

/// Waits for a worker, which must find that all is there.
fn ends_well(mut child: Child) {
    let since = Instant::now();
    while child.try_wait().unwrap().is_none() {
        assert!(since.elapsed() < LONG, "it hangs");
        std::thread::sleep(Duration::from_millis(5));
    }
    let output = child.wait_with_output().unwrap();
    let (said, errors) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(0), "{said}{errors}");
    assert!(said.starts_with("all shards are there; `prebake commit OUT` finishes the dataset\n"), "{said}");
}

#[test]
fn workers_that_claim_at_once_make_the_bytes_of_one() {
    let place = Place::new(24);
    let expected = place.expected();
    let workers: Vec<Child> = (0..3).map(|_| place.start()).collect();
    workers.into_iter().for_each(ends_well);
    assert_eq!((place.status()["percent"].as_f64(), &place.status()["status"]), (Some(100.0), &"stopped".into()));
    place.commits_to(&expected);
    let late = place.build(&place.out, &["--claim"]).assert().success();
    assert!(String::from_utf8_lossy(&late.get_output().stdout).starts_with("up to date"));
}

#[test]
fn what_a_killed_worker_claimed_is_taken_over() {
    let place = Place::new(80);
    let expected = place.expected();
    let mut killed = place.start_in_the_middle();
    send(&killed, "KILL");
    killed.wait().unwrap();
    let left = place.status();
    assert_eq!((&left["status"], &left["claims"]), (&"stopped".into(), &json!({"running": 0, "stale": 1})));
    assert!(left["rows"].as_u64() < left["rows_total"].as_u64(), "{left}");
    assert_eq!(place.commit().0, 10);
    let workers: Vec<Child> = (0..2).map(|_| place.start()).collect();
    workers.into_iter().for_each(ends_well);
    place.commits_to(&expected);
}

#[test]
fn a_worker_that_slept_past_its_lease_costs_no_byte() {
    let place = Place::new(80);
    let expected = place.expected();
    let slept = place.start_in_the_middle();
    send(&slept, "STOP");
    let workers: Vec<Child> = (0..2).map(|_| place.start()).collect();
    workers.into_iter().for_each(ends_well);
    let there = place.status();
    assert_eq!((&there["status"], there["percent"].as_f64()), (&"running".into(), Some(100.0)));
    // It may write yet.
    assert_eq!(place.commit().0, 11);
    send(&slept, "CONT");
    ends_well(slept);
    place.commits_to(&expected);
}

#[test]
fn a_worker_that_is_asked_to_stop_gives_its_task_back() {
    let place = Place::new(5000);
    let mut stopped = place.start_in_the_middle();
    send(&stopped, "TERM");
    assert_eq!(stopped.wait().unwrap().code(), Some(143));
    assert_eq!(fs::read_dir(place.out.join(".prebake/leases")).unwrap().count(), 0);
}

#[test]
fn status_tells_of_all_workers_that_claim() {
    let place = Place::new(5000);
    let mut workers: Vec<Child> = (0..2).map(|_| place.start_in_the_middle()).collect();
    let since = Instant::now();
    let told = loop {
        let told = place.status();
        let noted = told["workers"].as_array().unwrap().iter().filter(|worker| worker["rows"].as_u64() > Some(0)).count();
        if noted == 2 && told["claims"]["running"] == 2 {
            break told;
        }
        assert!(since.elapsed() < LONG, "{told}");
        std::thread::sleep(Duration::from_millis(20));
    };
    let text = prebake(&["status", place.out.to_str().unwrap()]).output().unwrap().stdout;
    for worker in &mut workers {
        worker.kill().unwrap();
        worker.wait().unwrap();
    }
    let number = |value: &Value| value.as_f64().unwrap();
    let rates: f64 = told["workers"].as_array().unwrap().iter().map(|worker| number(&worker["rows_per_second"])).sum();
    assert!(told["workers"].as_array().unwrap().iter().all(|worker| worker["share"].as_str().unwrap().starts_with("claim-")));
    assert!((number(&told["rows_per_second"]) - rates).abs() < 1e-9, "{told}");
    let left = (number(&told["rows_total"]) - number(&told["rows"])) / rates;
    assert!((number(&told["seconds_left"]) - left).abs() < 1e-6 * left, "{told}");
    let text = String::from_utf8(text).unwrap();
    assert!(
        text.contains("\n  claims    ") && text.contains("\n  rate      ") && text.contains("\n  worker    claim-"),
        "{text}"
    );
}

#[test]
fn claims_go_with_nothing_that_replaces_or_divides() {
    let place = Place::new(2);
    for more in [
        &["--claim", "--worker", "1/2"][..],
        &["--claim", "--worker", "auto"],
        &["--claim", "--force"],
        &["--claim", "--update"],
        &["--claim", "--append-epochs", "2"],
        &["--lease", "5"],
        &["--claim", "--lease", "0"],
        &["--claim", "--lease", "-1"],
        &["--claim", "--lease", "1.5"],
        &["--claim", "--lease", "86401"],
    ] {
        let (code, error) = end(&mut place.build(&place.out, more));
        assert!(code == 2 && error.contains("--"), "{more:?}: {error}");
    }
    assert!(!place.out.exists());
}

#[test]
fn a_run_alone_and_one_that_claims_shut_each_other_out() {
    let place = Place::new(5000);
    let mut worker = place.start_in_the_middle();
    assert_eq!(end(&mut place.build(&place.out, &[])).0, 11);
    worker.kill().unwrap();
    worker.wait().unwrap();
}

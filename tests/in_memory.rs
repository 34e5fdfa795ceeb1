//! Files in memory, some of whose rows are made where they lie, hold what files on a disk hold.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use common::{fixture, prebake, tree};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// Builds rows of 512x512 from a fixture into a folder below `parent`: every file of it.
fn built(parent: &Path, output: &Value, more: &[&str]) -> BTreeMap<PathBuf, Vec<u8>> {
    let place = TempDir::new_in(parent).unwrap();
    let (spec, out) = (place.path().join("spec.json"), place.path().join("out"));
    let pipeline = json!([
        {"op": "resize", "width": 512, "height": 512},
        {"op": "rotate", "degrees": [-20, 20], "p": 0.5},
        {"op": "horizontal_flip"},
        {"op": "gaussian_noise", "p": 0.5},
    ]);
    fs::write(&spec, json!({"version": 1, "pipeline": pipeline, "output": output}).to_string()).unwrap();
    let mut build = prebake(&["build", "--quiet", "--epochs", "2"]);
    build.arg(fixture("by_name")).arg("--spec").arg(&spec).arg("--out").arg(&out).args(more).assert().success();
    prebake(&["verify", "--quiet"]).arg(&out).assert().success();
    tree(&out)
}

#[test]
fn files_in_memory_hold_what_files_on_a_disk_hold() {
    let memory = Path::new("/dev/shm");
    if !memory.is_dir() {
        return;
    }
    let disk = std::env::temp_dir();
    for output in [json!({"dtype": "uint8"}), json!({"dtype": "float32", "layout": "NCHW"})] {
        let expected = built(&disk, &output, &["--threads", "1"]);
        let longest = expected.values().map(Vec::len).max().unwrap();
        assert!(longest > 4 << 20, "huge pages are for longer files than {longest} bytes");
        for more in [&["--threads", "1"][..], &["--threads", "7"], &["--threads", "2", "--memory", "1"]] {
            assert!(built(memory, &output, more) == expected, "{output} {more:?}");
        }
    }
}

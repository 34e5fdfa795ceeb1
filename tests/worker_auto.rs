//! Shares by the environment, with the real binary: `--worker auto`.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use common::{build, end, prebake, tree};
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// Every variable that a worker heeds, so that none of the machine's own does.
const VARIABLES: [&str; 16] = [
    "HQ_TASK_ID",
    "SLURM_ARRAY_TASK_ID",
    "SLURM_ARRAY_TASK_COUNT",
    "SLURM_ARRAY_TASK_MIN",
    "SLURM_ARRAY_TASK_STEP",
    "AWS_BATCH_JOB_ARRAY_INDEX",
    "AWS_BATCH_JOB_ARRAY_SIZE",
    "JOB_COMPLETION_INDEX",
    "OMPI_COMM_WORLD_RANK",
    "OMPI_COMM_WORLD_SIZE",
    "PMI_RANK",
    "PMI_SIZE",
    "MV2_COMM_WORLD_RANK",
    "MV2_COMM_WORLD_SIZE",
    "SLURM_PROCID",
    "SLURM_NTASKS",
];

/// A spec of tiny rows.
fn small(folder: &Path) -> PathBuf {
    let spec = folder.join("small.json");
    let rows = r#"{"version": 1, "batch_size": 8, "epochs": 2, "pipeline": [{"op": "resize", "width": 8, "height": 8}]}"#;
    fs::write(&spec, rows).unwrap();
    spec
}

fn worker(spec: &Path, out: &Path, share: &str, set: &[(&str, String)]) -> (i32, String, String) {
    let mut command = build("by_folder", spec.to_str().unwrap(), out, &["--batches-per-shard", "1", "--worker", share]);
    for name in VARIABLES {
        command.env_remove(name);
    }
    let output = command.envs(set.iter().map(|(name, value)| (name, value))).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap_or(-1), text(output.stdout), text(output.stderr))
}

#[test]
fn workers_that_ask_the_environment_make_the_bytes_of_one() {
    let folder = TempDir::new().unwrap();
    let spec = small(folder.path());
    let whole = folder.path().join("whole");
    build("by_folder", spec.to_str().unwrap(), &whole, &["--batches-per-shard", "1"]).assert().success();
    let expected = tree(&whole);
    let array = |id: u64| {
        let ids = [("ID", id * 2 + 1), ("COUNT", 3), ("MIN", 1), ("MAX", 5), ("STEP", 2)];
        ids.map(|(name, value)| (name, value.to_string())).to_vec()
    };
    for (name, share) in [("slurm", "auto"), ("kubernetes", "auto/3")] {
        let out = folder.path().join(name);
        for id in [2, 0, 1] {
            let slurm: Vec<(String, String)> =
                array(id).into_iter().map(|(name, value)| (format!("SLURM_ARRAY_TASK_{name}"), value)).collect();
            let kubernetes = [("JOB_COMPLETION_INDEX", id.to_string())];
            let set: Vec<(&str, String)> = match name {
                "slurm" => slurm.iter().map(|(name, value)| (name.as_str(), value.clone())).collect(),
                _ => kubernetes.to_vec(),
            };
            let (code, said, error) = worker(&spec, &out, share, &set);
            assert!(code == 0 && said.starts_with(&format!("worker {}/3 done", id + 1)), "{said}{error}");
        }
        prebake(&["commit", out.to_str().unwrap()]).assert().success();
        assert!(tree(&out) == expected, "{name}");
    }
}

#[test]
fn a_worker_too_many_has_nothing_to_do_and_one_out_of_range_is_refused() {
    let folder = TempDir::new().unwrap();
    let (spec, out) = (small(folder.path()), folder.path().join("out"));
    let (code, said, error) = worker(&spec, &out, "auto/9", &[("HQ_TASK_ID", "1".into())]);
    assert!(code == 0 && said.starts_with("worker 1/9 done"), "{said}{error}");
    let (code, _, error) = worker(&spec, &out, "auto/9", &[("HQ_TASK_ID", "10".into())]);
    assert!(code == 2 && error.contains("HQ_TASK_ID: 10 is none of 9 workers"), "{error}");
    let (code, _, error) = worker(&spec, &out, "auto", &[]);
    assert!(code == 2 && error.contains("--worker auto: none of HQ_TASK_ID, "), "{error}");
    assert_eq!(end(&mut prebake(&["commit", out.to_str().unwrap()])).0, 10);
}

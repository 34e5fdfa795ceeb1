//! The layers of docs/architecture.md hold: a layer uses what lies below it, and nothing else.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::fs;
use std::path::{Path, PathBuf};

/// For each layer, from the top, the modules that it may use besides itself.
const LAYERS: &[(&str, &[&str])] = &[
    (
        "explain",
        &[
            "cli",
            "decode",
            "encode",
            "engine",
            "error",
            "ground_truth",
            "image",
            "labels",
            "manifest",
            "mixing",
            "output",
            "pipeline",
            "plan",
            "report",
            "rng",
            "source",
            "spec",
            "split",
        ],
    ),
    ("completions", &["cli", "report"]),
    ("claims", &["engine", "error", "manifest", "output", "plan", "spec"]),
    ("export", &["cli", "encode", "engine", "error", "image", "manifest", "npy", "output", "report", "source", "spec"]),
    ("checked", &["again", "cli", "error", "manifest", "prepare", "remote", "report", "store", "verify"]),
    (
        "remote",
        &[
            "claims", "cli", "engine", "error", "frozen", "manifest", "output", "plan", "prepare", "report", "spec", "status",
            "store", "verify",
        ],
    ),
    ("frozen", &["cli", "decode", "engine", "error", "image", "output", "prepare", "source", "spec", "statistics", "store"]),
    ("repair", &["again", "cli", "engine", "error", "manifest", "output", "plan", "prepare", "report", "spec", "verify"]),
    ("diff", &["again", "cli", "engine", "error", "manifest", "output", "prepare", "report"]),
    (
        "again",
        &[
            "cli",
            "engine",
            "error",
            "manifest",
            "npy",
            "output",
            "plan",
            "prepare",
            "reuse",
            "rng",
            "source",
            "spec",
            "split",
            "statistics",
            "verify",
        ],
    ),
    (
        "prepare",
        &[
            "cli",
            "decode",
            "engine",
            "error",
            "ground_truth",
            "labels",
            "manifest",
            "mixing",
            "npy",
            "output",
            "pipeline",
            "plan",
            "reuse",
            "source",
            "spec",
            "split",
            "statistics",
            "substitute",
            "tally",
        ],
    ),
    ("substitute", &["error", "ground_truth", "image", "labels", "rng", "source", "spec"]),
    ("tally", &["error", "plan", "source"]),
    ("import", &["error", "image", "ops", "output", "report", "spec"]),
    ("catalogue", &["error", "image", "ops", "report", "spec"]),
    ("cli", &["catalogue", "claims", "decode", "error", "loader", "output", "plan", "spec", "store"]),
    (
        "preview",
        &[
            "decode",
            "encode",
            "engine",
            "error",
            "ground_truth",
            "guard",
            "html",
            "image",
            "kernels",
            "labels",
            "mixing",
            "ops",
            "output",
            "pipeline",
            "plan",
            "report",
            "rng",
            "source",
            "spec",
            "targets",
            "units",
        ],
    ),
    (
        "stats",
        &[
            "cli",
            "engine",
            "error",
            "ground_truth",
            "html",
            "image",
            "labels",
            "manifest",
            "output",
            "report",
            "source",
            "spec",
            "split",
            "statistics",
        ],
    ),
    (
        "engine",
        &[
            "decode",
            "encode",
            "error",
            "ground_truth",
            "guard",
            "image",
            "kernels",
            "labels",
            "manifest",
            "mixing",
            "output",
            "pipeline",
            "plan",
            "rng",
            "source",
            "spec",
            "statistics",
            "targets",
        ],
    ),
    ("loader", &["report"]),
    ("status", &["claims", "error", "manifest", "output", "report", "spec"]),
    ("verify", &["error", "manifest", "npy", "output", "plan", "source", "spec"]),
    ("output", &["error", "manifest", "npy", "plan", "source", "spec"]),
    ("manifest", &["decode", "error", "ground_truth", "image", "labels", "npy", "plan", "source", "spec", "split", "statistics"]),
    ("plan", &["error", "image", "labels", "rng", "source", "spec", "split"]),
    ("reuse", &["error", "image", "manifest", "output", "spec", "split", "statistics"]),
    ("split", &["error", "image", "labels", "rng", "source", "spec"]),
    ("labels", &["annotations", "error", "ground_truth", "image", "source", "spec"]),
    ("ground_truth", &["annotations", "decode", "error", "guard", "image", "mixing", "source", "spec", "targets"]),
    ("encode", &["image", "kernels", "spec", "statistics"]),
    ("statistics", &["kernels", "npy", "spec"]),
    ("source", &["decode", "error", "guard", "image", "kernels", "spec", "store"]),
    ("annotations", &["error", "image"]),
    ("spec", &["annotations", "error", "image", "mixing", "ops", "pipeline", "rng", "targets", "units"]),
    ("mixing", &["image", "kernels", "ops", "pipeline", "rng", "spec", "targets", "units"]),
    ("pipeline", &["image", "kernels", "ops", "rng", "spec", "targets", "units"]),
    ("ops", &["image", "kernels", "rng", "spec", "units"]),
    ("decode", &["image", "kernels"]),
    ("kernels", &["image", "units"]),
    ("targets", &["image"]),
    ("npy", &[]),
    ("store", &["error"]),
    ("error", &[]),
    ("guard", &[]),
    ("html", &[]),
    ("image", &[]),
    ("rng", &[]),
    ("units", &[]),
];

/// The most lines that a file has, tests included.
const LINES: usize = 400;

fn source() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// Every file of a module, with its text up to its tests.
fn files(module: &Path) -> Vec<(PathBuf, String)> {
    if module.is_dir() {
        return fs::read_dir(module).unwrap().flat_map(|entry| files(&entry.unwrap().path())).collect();
    }
    let text = fs::read_to_string(module).unwrap();
    let code = text.split("#[cfg(test)]\nmod tests").next().unwrap().to_string();
    vec![(module.to_path_buf(), code)]
}

fn files_of(layer: &str) -> Vec<(PathBuf, String)> {
    let (folder, file) = (source().join(layer), source().join(format!("{layer}.rs")));
    files(if folder.is_dir() { &folder } else { &file })
}

/// The modules of this crate that a text names.
fn used(code: &str) -> Vec<&str> {
    let lines = code.lines().filter(|line| !line.trim_start().starts_with("//"));
    let after = lines.flat_map(|line| line.split("crate::").skip(1));
    after.map(|rest| rest.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default()).collect()
}

#[test]
fn a_layer_uses_only_what_lies_below_it() {
    for (layer, below) in LAYERS {
        for (file, code) in files_of(layer) {
            for module in used(&code) {
                assert!(module == *layer || below.contains(&module), "{} uses {module}", file.display());
            }
        }
    }
}

#[test]
fn every_module_has_its_layer() {
    // On top of all of them: what names the stages, what is said, what prints.
    let above = ["lib", "log", "main", "report", "signals", "watch"];
    for entry in fs::read_dir(source()).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        assert!(above.contains(&name.as_str()) || LAYERS.iter().any(|(layer, _)| *layer == name), "{name} has no layer");
    }
}

#[test]
fn threads_and_unsafe_code_stay_where_they_belong() {
    for (layer, _) in LAYERS {
        for (file, code) in files_of(layer) {
            let place = file.display();
            let parallel = code.contains("rayon") || code.contains("thread::");
            assert!(
                !parallel || ["claims", "engine", "ground_truth", "source", "verify"].contains(layer),
                "{place} knows threads"
            );
            let known = file.ends_with(vector_file(&file)) || file.ends_with(HUGE_PAGES);
            assert!(!code.contains("unsafe {") || known, "{place} has unsafe code");
        }
    }
}

/// Calls of the system that nobody has made safe.
const HUGE_PAGES: &str = "output/huge/linux.rs";

/// The file's own name if it is a kernel for one kind of processor.
fn vector_file(file: &Path) -> PathBuf {
    let name = file.file_name().unwrap().to_string_lossy();
    let processor = ["avx2.rs", "avx512.rs"].iter().any(|kind| name.ends_with(kind));
    let kernel = processor && file.components().any(|part| part.as_os_str() == "kernels");
    PathBuf::from(if kernel { name.as_ref() } else { "no such file" })
}

#[test]
fn files_stay_short() {
    for (file, _) in files(&source()) {
        let lines = fs::read_to_string(&file).unwrap().lines().count();
        assert!(lines <= LINES, "{} has {lines} lines", file.display());
    }
}

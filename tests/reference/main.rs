//! `docs/spec.md` and `docs/ops/` say and show what the code declares. After a change of ops or fields,
//! `REGENERATE=1 cargo test --test reference` writes both again.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

#[path = "../common/mod.rs"]
mod common;
mod pages;
mod strips;

use prebake::ops::Op;
use prebake::spec::{COMPOSITIONS, declared};
use std::fs;
use std::path::{Path, PathBuf};

const START: &str = "Made from the code; `REGENERATE=1 cargo test --test reference` writes it again.\n";

fn docs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs")
}

fn regenerates() -> bool {
    std::env::var_os("REGENERATE").is_some()
}

#[test]
fn the_spec_is_what_the_code_declares() {
    let path = docs().join("spec.md");
    let page = fs::read_to_string(&path).unwrap();
    let (head, steps) = page.split_once(START).unwrap();
    let made = pages::steps();
    if regenerates() {
        fs::write(&path, format!("{head}{START}{made}")).unwrap();
        panic!("docs/spec.md was written again; look at it, then run without REGENERATE");
    }
    // Not `assert_eq`, which would show the whole page twice.
    assert!(steps == made, "docs/spec.md is behind the code (REGENERATE=1)");
}

#[test]
fn the_gallery_shows_what_the_code_does() {
    let folder = docs().join("ops");
    let made = pages::gallery();
    if regenerates() {
        // What no op needs any more goes.
        let _ = fs::remove_dir_all(&folder);
        for (path, bytes) in &made {
            fs::create_dir_all(folder.join(path).parent().unwrap()).unwrap();
            fs::write(folder.join(path), bytes).unwrap();
        }
        panic!("docs/ops was written again; look at it, then run without REGENERATE");
    }
    let there = common::tree(&folder);
    let differ = |path: &&PathBuf| there.get(*path) != made.get(*path);
    let behind: Vec<&PathBuf> = there.keys().chain(made.keys()).filter(differ).collect();
    assert!(behind.is_empty(), "docs/ops is behind the code (REGENERATE=1): {behind:?}");
}

#[test]
fn the_gallery_stays_small() {
    let bytes: usize = common::tree(&docs().join("ops")).values().map(Vec::len).sum();
    assert!(bytes < 2 << 20, "docs/ops has {bytes} bytes (smaller strips, or fewer)");
}

#[test]
fn every_op_and_field_says_what_it_is_for() {
    let forms = COMPOSITIONS.iter().map(|form| (form.name, form.summary));
    for (name, summary) in Op::ALL.iter().map(|op| (op.name, op.summary)).chain(forms) {
        assert!(summary.ends_with('.'), "{name}");
        for field in declared(name).unwrap() {
            assert!(!field.about.1.is_empty(), "{name}.{}", field.name);
        }
    }
}

#[test]
fn every_op_names_its_reference() {
    for op in Op::ALL {
        assert!(op.reference.ends_with('.') && op.reference.len() > 20, "{}", op.name);
    }
}

//! What the tests of the binary share.

#![allow(dead_code, reason = "not every test file needs all of it")]

pub(crate) mod cases;

use assert_cmd::Command;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// The path of a fixture.
pub(crate) fn fixture(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(path)
}

/// `prebake` with arguments.
pub(crate) fn prebake(arguments: &[&str]) -> Command {
    let mut command = Command::cargo_bin("prebake").unwrap();
    command.args(arguments);
    command
}

/// `prebake build` of a fixture into `out`.
pub(crate) fn build(pictures: &str, spec: &str, out: &Path, more: &[&str]) -> Command {
    let mut command = prebake(&["build"]);
    command.arg(fixture(pictures)).arg("--spec").arg(fixture("specs").join(spec)).arg("--out").arg(out).args(more);
    command
}

/// Exit code and standard error.
pub(crate) fn end(command: &mut Command) -> (i32, String) {
    let output = command.output().unwrap();
    (output.status.code().unwrap_or(-1), String::from_utf8(output.stderr).unwrap())
}

/// Copies every file below `from` to the same place below `to`.
pub(crate) fn copy_tree(from: &Path, to: &Path) {
    for (path, bytes) in tree(from) {
        let file = to.join(path);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, bytes).unwrap();
    }
}

/// Every file below a folder, with its bytes.
pub(crate) fn tree(root: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![root.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                files.insert(path.strip_prefix(root).unwrap().to_path_buf(), fs::read(path).unwrap());
            }
        }
    }
    files
}

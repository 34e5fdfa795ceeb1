//! The bytes of whole datasets: the same on every machine, on every way through the kernels.
//!
//! A hash that changes means that pixels, labels, order or files changed for the same spec and seed: that is
//! a breaking change, and docs/changelog.md says why under "Pixels".

#![cfg(not(feature = "turbojpeg"))]
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use assert_cmd::Command;
use std::path::Path;
use tempfile::TempDir;
use xxhash_rust::xxh3::xxh3_128;

const GOLDEN: [(&str, &str, &str); 6] = [
    ("by_folder", "default", "3ef02708c5778a9baf90106383a49815"),
    ("by_name", "scipy", "5ba81b93c70537f6b54ef204c64e3772"),
    ("by_name", "tf_image", "a20c8289b1e40141a136bb1aa6475009"),
    ("by_name", "keras_sequence", "b20675d1b73bff7d966e38319956a024"),
    ("by_folder", "every_op", "81baaec00794a10e9c6dd9814109d634"),
    ("by_folder", "references", "9a32b1fea50fa427d04840de74ac0ece"),
];

/// The hash of `dataset.json`, which holds the hash of every other file.
fn dataset(pictures: &str, spec: &str, plain: bool) -> String {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let out = TempDir::new().unwrap();
    let mut command = Command::cargo_bin("prebake").unwrap();
    command.arg("build").arg(fixtures.join(pictures)).arg("--spec").arg(fixtures.join(format!("specs/{spec}.json")));
    command.arg("--out").arg(out.path()).args(["--epochs", "2", "--batch-size", "4", "--quiet"]);
    if plain {
        command.env("PREBAKE_PLAIN", "1");
    }
    command.assert().success();
    format!("{:032x}", xxh3_128(&std::fs::read(out.path().join("dataset.json")).unwrap()))
}

#[test]
fn datasets_are_the_same_as_ever() {
    let made = GOLDEN.map(|(pictures, spec, _)| (pictures, spec, dataset(pictures, spec, false)));
    assert_eq!(made, GOLDEN.map(|(pictures, spec, hash)| (pictures, spec, hash.to_string())));
}

#[test]
fn the_plain_kernels_make_the_same_datasets() {
    for (pictures, spec, hash) in GOLDEN {
        assert_eq!(dataset(pictures, spec, true), hash, "{pictures} {spec}");
    }
}

//! A folder that says that it is a dataset.

use prebake::cli::{Again, WhichRow};
use prebake::explain::explain;
use prebake::image::Size;
use prebake::manifest::{FILE, Manifest};
use prebake::report::{Report, Status, Told};
use prebake::reuse;
use prebake::spec::{Overrides, Spec};
use prebake::verify::{Depth, verify};
use std::fs;
use std::path::Path;
use tempfile::TempDir;
use xxhash_rust::xxh3::xxh3_128;

/// What rows need statistics of another dataset for.
const NORMALISED: [&str; 2] = [
    r#"{"version": 1, "pipeline": [], "output": {"dtype": "float32", "featurewise": {}}}"#,
    r#"{"version": 1, "pipeline": [], "output": {"dtype": "float32", "color": "gray", "zca": {}}}"#,
];

thread_local! {
    /// The folder, which every input finds as the one before left it.
    static FOLDER: TempDir = TempDir::new().unwrap();
}

/// `data` is a manifest, and after it what `samples.jsonl` holds. Its hashes are set right, as whoever means harm would.
pub fn manifest(data: &[u8]) {
    let mut values = serde_json::Deserializer::from_slice(data).into_iter::<serde_json::Value>();
    let _ = values.next();
    let (written, samples) = data.split_at(values.byte_offset());
    FOLDER.with(|folder| is_read(folder.path(), written, samples));
}

fn is_read(root: &Path, written: &[u8], samples: &[u8]) {
    let file = root.join(FILE);
    fs::write(&file, written).unwrap();
    fs::write(root.join("samples.jsonl"), samples).unwrap();
    let _ = verify(root, Depth::Full);
    let Ok(Some(mut manifest)) = Manifest::load(&file) else { return };
    manifest.source.xxh3_128 = format!("{:032x}", xxh3_128(samples));
    manifest.seal();
    fs::write(&file, manifest.to_bytes()).unwrap();
    assert!(Manifest::load(&file).unwrap().is_some_and(|again| again.is_unedited()));
    let _ = verify(root, Depth::Full);
    let report = Report::of(&manifest, Status::UpToDate);
    let _ = (report.text(), report.json(), manifest.differences(&manifest));
    let first = samples.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let path = serde_json::from_slice(first).map_or(String::new(), |sample: serde_json::Value| sample["path"].to_string());
    for which in [(0, Some(0), None), (1, Some(3), None), (0, None, Some(path.trim_matches('"').to_string()))] {
        let (epoch, row, image) = which;
        let again = Again { input: None, references_from: root.into(), picture: None };
        if let Ok(told) = explain(root, &WhichRow { epoch, row, image, split: None }, &again) {
            let _ = (told.text(), told.json());
        }
    }
    lends_its_statistics(root);
}

fn lends_its_statistics(root: &Path) {
    for text in NORMALISED {
        let spec = Spec::parse("s.json", text, &Overrides::default()).unwrap();
        let _ = reuse::of_dataset(root, &spec, Size::new(2, 2));
    }
}

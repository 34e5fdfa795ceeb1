//! Every op with fixed parameters against what the reference libraries made: `fixtures/parity`.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a test may panic, and shows its figures")]

use prebake::decode::{Decoding, decode};
use prebake::image::Image;
use prebake::pipeline::{Canvas, Program, Recipe, Row};
use prebake::rng::Key;
use prebake::spec::{Overrides, Spec};
use serde_json::Value;
use std::path::{Path, PathBuf};

fn read_png(path: &Path) -> Image {
    let bytes = std::fs::read(path).unwrap();
    let decoding = Decoding { background: [0; 3], max_pixels: u64::MAX, at_least: None };
    let mut image = Image::default();
    decode(&bytes, &decoding, &mut image).unwrap();
    image
}

/// What a case makes: of its `step`, which leaves nothing to chance, or of its `drawn` values.
fn render(case: &Value, input: &Image) -> Image {
    let recipe: Recipe = if case["drawn"].is_null() {
        let text = format!(r#"{{"version": 1, "pipeline": [{}]}}"#, case["step"]);
        let pipeline = Spec::parse("case", &text, &Overrides::default()).unwrap().pipeline;
        let mut recipe = Recipe::new();
        pipeline.steps[0].draw(Key::NONE, &Row { key: Key::NONE, epoch: 0, class: "" }, input.size(), &mut recipe);
        recipe
    } else {
        let drawn = case["drawn"].as_array().cloned().unwrap_or_else(|| vec![case["drawn"].clone()]);
        serde_json::from_value(Value::Array(drawn)).unwrap()
    };
    let mut program = Program::default();
    program.lower(&recipe, input.size(), case["fuse"] != false);
    let mut made = Image::new(program.output_size());
    program.run(&recipe, input, &mut Canvas::default(), made.bytes_mut());
    made
}

fn compare(ours: &Image, theirs: &Image) -> (f64, u8) {
    assert_eq!(ours.size(), theirs.size());
    let differences = ours.bytes().iter().zip(theirs.bytes()).map(|(a, b)| a.abs_diff(*b));
    let sum: u64 = differences.clone().map(u64::from).sum();
    (sum as f64 / ours.bytes().len() as f64, differences.max().unwrap_or(0))
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/parity")
}

/// Every case: those of the first ops, and a folder for each family since.
fn cases() -> Vec<PathBuf> {
    let files =
        |folder: &Path| -> Vec<PathBuf> { std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect() };
    let below = files(&folder()).into_iter().filter(|path| path.is_dir()).flat_map(|path| files(&path));
    let mut cases: Vec<PathBuf> = files(&folder()).into_iter().chain(below).collect();
    cases.retain(|path| path.extension().is_some_and(|ending| ending == "json"));
    cases.sort();
    cases
}

#[test]
fn every_case_is_within_its_tolerance() {
    let cases = cases();
    let input = read_png(&folder().join("input.png"));
    let mut worse = Vec::new();
    for path in &cases {
        let case: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
        let (mean, max) = compare(&render(&case, &input), &read_png(&path.with_extension("png")));
        let name = path.file_stem().unwrap().to_string_lossy();
        println!("{name:<40} mean {mean:.4} max {max:3}  {}", case["reference"]);
        if mean > case["mean"].as_f64().unwrap() || u64::from(max) > case["max"].as_u64().unwrap() {
            worse.push(format!("{name}: mean {mean:.4}, max {max}"));
        }
    }
    assert!(worse.is_empty(), "beyond their tolerance:\n{}", worse.join("\n"));
}

#[test]
fn every_op_has_a_case() {
    let texts: Vec<Value> = cases().iter().map(|path| serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()).collect();
    let covered = |name: &str| texts.iter().any(|case| case["step"]["op"] == *name || case["drawn"]["op"] == *name);
    for op in prebake::ops::Op::ALL {
        // Of these, distributions hold the law of what they draw, and nothing else is theirs.
        let drawn_only = ["random_crop"].contains(&op.name);
        assert!(drawn_only || covered(op.name), "{} has no case in fixtures/parity", op.name);
    }
}

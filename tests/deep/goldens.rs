//! What other libraries make of a picture of five channels of 16 bits: `fixtures/deep/cases`.

use crate::common::fixture;
use crate::{apart, drawn, made, pipeline, read};
use prebake::image::Depth;
use prebake::rng::Key;
use serde_json::Value;

#[test]
fn samples_are_those_of_the_references() {
    let input = read(&fixture("deep/input.npy"), 5, Depth::Uint16).unwrap();
    let mut cases: Vec<_> = std::fs::read_dir(fixture("deep/cases")).unwrap().map(|entry| entry.unwrap().path()).collect();
    cases.retain(|path| path.extension().is_some_and(|ending| ending == "json"));
    cases.sort();
    assert!(cases.len() > 20, "only {} cases", cases.len());
    let mut problems = Vec::new();
    for path in cases {
        let case: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        let expected = read(&path.with_extension("npy"), 5, Depth::Uint16).unwrap();
        let pipeline = pipeline(&[case["step"].clone()], 5, "uint16");
        let ours = made(&drawn(&pipeline, Key::new(1), input.size()), &input, true);
        assert_eq!(ours.size(), expected.size(), "{}", path.display());
        let (mean, most) = apart(ours.samples().iter().copied(), expected.samples().iter().copied());
        let allowed = (case["mean"].as_f64().unwrap(), case["max"].as_u64().unwrap());
        if mean > allowed.0 || u64::from(most) > allowed.1 {
            problems.push(format!("{}: mean {mean}, max {most}; allowed {allowed:?}", path.display()));
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

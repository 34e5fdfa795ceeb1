//! `prebake import`: what it takes, what it makes of it, what it says.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use prebake::import::{Imported, parse};

fn import(text: &str) -> Imported {
    parse("f.json", text, false).unwrap()
}

fn problems(text: &str) -> String {
    parse("f.json", text, false).unwrap_err().to_string()
}

/// A file of Albumentations 2.0.8 with these transforms.
fn file(transforms: &str) -> String {
    format!(
        r#"{{"__version__": "2.0.8", "transform": {{"__class_fullname__": "Compose", "p": 1.0, "transforms": [{transforms}], "bbox_params": null, "keypoint_params": null, "additional_targets": {{}}, "is_check_shapes": true}}}}"#
    )
}

#[test]
fn steps_and_compositions_keep_their_probabilities() {
    let one_of = r#"{"__class_fullname__": "OneOf", "p": 0.3, "transforms": [
        {"__class_fullname__": "HorizontalFlip", "p": 0.5}, {"__class_fullname__": "VerticalFlip", "p": 1.0}]}"#;
    let imported = import(&file(&format!(r#"{{"__class_fullname__": "Transpose", "p": 1.0}}, {one_of}"#)));
    assert_eq!(
        imported.spec.to_string(),
        r#"{"version":1,"pipeline":[{"op":"transpose"},{"op":"one_of","weights":[0.5,1],"of":[{"op":"horizontal_flip"},{"op":"vertical_flip"}],"p":0.3}]}"#
    );
}

#[test]
fn everything_that_is_lost_is_told_at_once() {
    let text = file(r#"{"__class_fullname__": "HorizontalFlip", "p": 0.5, "speed": 3}, {"__class_fullname__": "my.Own", "p": 1.0}"#);
    assert_eq!(
        problems(&text),
        "f.json: transform.transforms[0]: HorizontalFlip: speed: is not known here, so its meaning would be lost\n\
         f.json: transform.transforms[1]: my.Own: is no transform that import knows\n\
         f.json: not imported (mend the pipeline and save it again, or leave out what is named: --lenient)"
    );
    let lenient = parse("f.json", &text, true).unwrap();
    assert_eq!(lenient.spec["pipeline"].as_array().unwrap().len(), 0);
    assert_eq!(lenient.problems.len(), 2);
}

#[test]
fn yaml_is_read_like_json() {
    let yaml = "__version__: 2.0.8\ntransform:\n  __class_fullname__: Compose\n  p: 1.0\n  transforms:\n  - &flip\n    __class_fullname__: HorizontalFlip\n    p: 0.5\n  - *flip\n";
    assert_eq!(import(yaml).spec["pipeline"].as_array().unwrap().len(), 2);
}

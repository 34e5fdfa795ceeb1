//! What a spec cannot ask of pictures of other channels and depths.

use prebake::spec::{Overrides, Spec};

fn problems(fields: &str) -> String {
    match Spec::parse("s.json", &format!(r#"{{"version": 1, {fields}}}"#), &Overrides::default()) {
        Ok(_) => String::new(),
        Err(error) => error.to_string(),
    }
}

fn of_step(channels: usize, depth: &str, step: &str) -> String {
    problems(&format!(r#""input": {{"channels": {channels}, "depth": "{depth}"}}, "pipeline": [{step}]"#))
}

#[test]
fn steps_for_three_channels_of_8_bits_are_named() {
    let hue = r#"{"op": "hue", "delta": 0.1}"#;
    assert_eq!(of_step(3, "uint8", hue), "");
    let said =
        "input: pipeline[0] hue: serves only 3 channels of 8 bits, and pictures have 3 channels of 16 bits (leave the step out;";
    assert!(of_step(3, "uint16", hue).contains(said), "{}", of_step(3, "uint16", hue));
    let within = format!(r#"{{"op": "one_of", "of": [{{"op": "invert"}}, {hue}]}}"#);
    assert!(of_step(1, "uint8", &within).contains("pipeline[0].of[1] hue: serves only"));
    let shuffle = r#"{"op": "channel_shuffle"}"#;
    assert_eq!(of_step(3, "uint16", shuffle), "");
    assert!(of_step(4, "uint16", shuffle).contains("channel_shuffle: serves only 3 channels of 8 or 16 bits"));
    let some = r#"{"op": "channels", "channels": [0], "steps": [{"op": "invert"}]}"#;
    assert!(of_step(4, "uint8", some).contains("pipeline[0] channels: serves only 3 channels of 8 bits"));
}

#[test]
fn rows_of_ordinary_pictures_are_mixed() {
    let of = |input: &str| problems(&format!(r#""input": {input}, "mixing": [{{"op": "cutmix"}}], "pipeline": []"#));
    assert_eq!(of("{}"), "");
    let said = "mixing: is not made of pictures that keep their channels";
    assert!(of(r#"{"channels": 4, "depth": "uint16"}"#).contains(said));
}

#[test]
fn colours_need_three_channels() {
    let red = r#"{"op": "rotate", "degrees": 9, "fill_mode": "constant", "fill_value": [255, 0, 0]}"#;
    assert_eq!(of_step(3, "uint16", red), "");
    assert!(
        of_step(5, "uint8", red).contains("pipeline[0].fill_value: a level for each of three channels (give one level for all)")
    );
    let drawn = r#"{"op": "sequential", "steps": [{"op": "coarse_dropout", "fill": "random"}]}"#;
    assert!(of_step(1, "uint8", drawn).contains("pipeline[0].steps[0].fill: levels are drawn for three channels"));
    assert!(of_step(2, "uint8", r#"{"op": "pixel_dropout", "per_channel": true}"#).contains("pipeline[0].per_channel"));
}

#[test]
fn rows_hold_what_pictures_have() {
    let of = |input: &str, output: &str| problems(&format!(r#""pipeline": [], "input": {{{input}}}, "output": {{{output}}}"#));
    let five = r#""channels": 5, "depth": "uint16""#;
    assert_eq!(of(five, r#""dtype": "float32", "mean": [1, 2, 3, 4, 5], "std": 9, "rescale": 0.1, "samplewise": {}"#), "");
    assert_eq!(of(five, r#""dtype": "uint16""#), "");
    assert!(of(five, r#""dtype": "float32", "mean": [1, 2, 3]"#).contains("expected one value or 5, found 3"));
    assert!(
        of(five, r#""dtype": "uint8""#).contains("uint8 rows of uint16 samples (write \"uint16\", \"float16\" or \"float32\")")
    );
    assert!(of(five, r#""dtype": "float16""#).contains("values reach 6.5535e4, float16 ends at 6.5504e4"));
    assert!(of(five, r#""color": "gray""#).contains("output.color: pictures keep their channels"));
    assert!(of(five, r#""dtype": "float32", "featurewise": {}"#).contains("output.featurewise: is not made where input says"));
    assert!(of(five, r#""dtype": "float32", "zca": {}"#).contains("output.zca: is not made where input says"));
    assert!(of(five, r#""rescale": 2"#).contains("uint16 rows keep their levels"));
    assert!(of("", r#""dtype": "uint16""#).contains("output.dtype: pictures become 8 bits a channel"));
    assert!(of(r#""depth": "uint16""#, "").contains("input.depth: is for pictures whose channels are said"));
    assert!(of(r#""npy_layout": "CHW""#, "").contains("input.npy_layout: is for pictures whose channels are said"));
    assert!(of(r#""channels": 17"#, "").contains("input.channels: 17 is not a whole number from 1 to 16"));
}

#[test]
fn nothing_is_left_of_what_is_not_asked_for() {
    let resolved = |fields: &str| {
        let text = format!(r#"{{"version": 1, "pipeline": []{fields}}}"#);
        serde_json::Value::Object(Spec::parse("s.json", &text, &Overrides::default()).unwrap().resolved)
    };
    let ordinary = resolved("");
    assert!(ordinary["input"].get("depth").is_none() && ordinary["input"].get("channels").is_none());
    assert_eq!(ordinary, resolved(r#", "input": {"channels": null, "depth": "uint8", "npy_layout": "HWC"}"#));
    let deep = resolved(r#", "input": {"channels": 2}"#);
    assert_eq!((&deep["input"]["channels"], &deep["input"]["depth"]), (&2.into(), &"uint8".into()));
    assert!(deep["output"].get("color").is_none());
    let again = Spec::parse("s.json", &deep.to_string(), &Overrides::default()).unwrap();
    assert_eq!(serde_json::Value::Object(again.resolved), deep);
}

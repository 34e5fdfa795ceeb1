//! What `prebake import` makes of what Keras saves, against what Keras makes of a picture: `fixtures/import/keras`.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a test may panic, and shows its figures")]

mod common;

use common::cases::{made_by, read_png};
use common::fixture;
use prebake::image::{Image, Size};
use prebake::import::{Imported, keras, parse};
use prebake::spec::{Overrides, Spec};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// The case called `name`.
fn case(name: &str) -> Value {
    serde_json::from_slice(&std::fs::read(fixture(&format!("import/keras/{name}.json"))).unwrap()).unwrap()
}

fn import(saved: &Value) -> Imported {
    parse("k.json", &saved.to_string(), false).unwrap()
}

/// Layers as Keras 3 saves them, each with its name and config.
fn model(layers: &[(&str, Value)]) -> Value {
    let layers: Vec<Value> = layers.iter().map(|(name, config)| json!({"class_name": name, "config": config})).collect();
    json!({"class_name": "Sequential", "config": {"name": "s", "layers": layers}})
}

fn steps(layers: &[(&str, Value)]) -> Value {
    import(&model(layers)).spec["pipeline"].clone()
}

fn problems(saved: &Value) -> String {
    parse("k.json", &saved.to_string(), false).unwrap_err().to_string()
}

/// The square in the middle, as the generator's cases have it.
fn square(image: &Image) -> Image {
    let Size { width, height } = image.size();
    let (from, side) = ((width - height) as usize / 2, height as usize);
    let rows = image.bytes().chunks_exact(3 * width as usize);
    Image::from_bytes(Size::new(height, height), rows.flat_map(|row| row[3 * from..3 * (from + side)].to_vec()).collect())
}

fn render(steps: &Value, input: &Image) -> Image {
    made_by(&json!({"version": 1, "pipeline": steps}), input)
}

/// Whether what an import says may come out as `fixed`: the same op, the same words, ranges that hold the numbers.
fn holds(imported: &Value, fixed: &Value) -> bool {
    if imported["op"] != fixed["op"] {
        let within = ["of", "first", "second", "steps"].into_iter().filter_map(|list| imported[list].as_array());
        return within.flatten().any(|step| holds(step, fixed));
    }
    let near = |a: f64, b: f64| (a - b).abs() < 1e-6;
    imported.as_object().unwrap().iter().filter(|(name, _)| !["p", "law"].contains(&name.as_str())).all(|(name, range)| {
        let (Some(low), Some(high)) = (range.get(0).unwrap_or(range).as_f64(), range.get(1).unwrap_or(range).as_f64()) else {
            return fixed[name] == *range;
        };
        // What a fixed step leaves out is 0: a shift or a shear along one axis.
        let number = fixed[name].as_f64().unwrap_or(0.0);
        (low..=high).contains(&number) || near(low, number) || near(high, number)
    })
}

/// Mean and largest difference of two pictures, but for so many pixels at their `edge`.
fn compare(ours: &Image, theirs: &Image, edge: usize) -> (f64, u8) {
    assert_eq!(ours.size(), theirs.size());
    let (width, height) = (ours.size().width as usize, ours.size().height as usize);
    let inside = |i: &usize| (edge..width - edge).contains(&(i / 3 % width)) && (edge..height - edge).contains(&(i / 3 / width));
    let places: Vec<usize> = (0..ours.bytes().len()).filter(inside).collect();
    let differences = places.iter().map(|i| ours.bytes()[*i].abs_diff(theirs.bytes()[*i]));
    let sum: u64 = differences.clone().map(u64::from).sum();
    (sum as f64 / places.len() as f64, differences.max().unwrap_or(0))
}

#[test]
fn imports_make_the_pictures_that_keras_makes() {
    let input = read_png(&fixture("parity/input.png"));
    let folder = std::fs::read_dir(fixture("import/keras")).unwrap();
    let mut pictures: Vec<PathBuf> = folder.map(|entry| entry.unwrap().path()).collect();
    pictures.retain(|path| path.extension().is_some_and(|ending| ending == "png"));
    pictures.sort();
    let mut worse = Vec::new();
    for path in pictures {
        let name = path.file_stem().unwrap().to_str().unwrap();
        let case = case(name);
        let imported = import(&case["keras"]).spec["pipeline"].clone();
        let steps = if case["steps"].is_null() { &imported } else { &case["steps"] };
        let said = imported.as_array().unwrap();
        let missing: Vec<&Value> = steps.as_array().unwrap().iter().filter(|step| !said.iter().any(|s| holds(s, step))).collect();
        assert!(missing.is_empty(), "{name}: {imported} does not hold {missing:?}");
        let input = if case["square"] == true { square(&input) } else { input.clone() };
        let (mean, max) = compare(&render(steps, &input), &read_png(&path), case["edge"].as_u64().unwrap_or(0) as usize);
        println!("{name:<32} mean {mean:.4} max {max:3}  {}", case["reference"]);
        if mean > case["mean"].as_f64().unwrap() || u64::from(max) > case["max"].as_u64().unwrap() {
            worse.push(format!("{name}: mean {mean:.4}, max {max}"));
        }
    }
    assert!(worse.is_empty(), "beyond their tolerance:\n{}", worse.join("\n"));
}

/// What all layers have, besides what `docs/from-keras.md` lists for each.
fn own_arguments(name: &str) -> Vec<&'static str> {
    let known = keras::arguments();
    let of = |wanted: &str| known.iter().find(|(name, _)| *name == wanted).map_or(&[][..], |(_, arguments)| arguments);
    of(name).iter().chain(of("every layer")).copied().collect()
}

#[test]
fn every_argument_that_keras_saves_is_known() {
    let listed = |layers: &Value| layers["config"]["layers"].as_array().unwrap().clone();
    let mut layers: Vec<Value> = ["every_layer", "keras2_layers"].iter().flat_map(|name| listed(&case(name)["keras"])).collect();
    assert!(layers.len() > 35);
    while let Some(layer) = layers.pop() {
        let name = layer["class_name"].as_str().unwrap();
        if name == "Pipeline" {
            layers.extend(listed(&layer));
        } else if name != "InputLayer" {
            let known = own_arguments(name);
            let unknown: Vec<&String> =
                layer["config"].as_object().unwrap().keys().filter(|key| !known.contains(&key.as_str())).collect();
            assert!(unknown.is_empty(), "{name}: {unknown:?}");
        }
    }
    for name in ["every_layer", "keras2_layers"] {
        let problems = parse("k.json", &case(name)["keras"].to_string(), true).unwrap().problems;
        assert!(problems.is_empty(), "{name}: {problems:#?}");
    }
}

#[test]
fn the_document_lists_every_argument() {
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/from-keras.md")).unwrap();
    let cell = |row: &str, i: usize| row.split('|').nth(i).unwrap_or_default().trim().trim_matches('`').to_string();
    let mut listed: Vec<_> = text.lines().filter(|l| l.starts_with("| `")).map(|row| (cell(row, 1), cell(row, 2))).collect();
    let known = keras::arguments();
    let pair = |name: &str, argument: &str| (name.to_string(), argument.to_string());
    let mut known: Vec<_> = known.iter().flat_map(|(name, all)| all.iter().map(move |argument| pair(name, argument))).collect();
    listed.sort();
    known.sort();
    assert_eq!(listed, known);
}

#[test]
fn a_single_number_means_what_is_documented() {
    let flips = json!([{"op": "horizontal_flip", "p": 0.5}, {"op": "vertical_flip", "p": 0.5}]);
    assert_eq!(steps(&[("RandomFlip", json!({}))]), flips);
    assert_eq!(steps(&[("RandomContrast", json!({"factor": 0.25}))]), json!([{"op": "contrast", "factor": [0.75, 1.25]}]));
    assert_eq!(steps(&[("RandomContrast", json!({"factor": [0, 0.25]}))]), json!([{"op": "contrast", "factor": [1, 1.25]}]));
    assert_eq!(
        steps(&[("RandomColorDegeneration", json!({"factor": [-0.5, 0.5]}))]),
        json!([{"op": "saturation", "factor": [0.5, 1]}])
    );
    assert_eq!(steps(&[("RandomPosterization", json!({"factor": [1, 4]}))]), json!([{"op": "posterize", "bits": 4}]));
    assert_eq!(steps(&[("RandomPosterization", json!({"factor": [3, 6]}))]), json!([{"op": "posterize", "bits": [3, 5]}]));
    assert_eq!(steps(&[("RandomInvert", json!({"factor": [0, 0.5]}))]), json!([{"op": "invert", "p": 0.25}]));
    let saturation = json!([{"op": "one_of", "weights": [0.3, 0.1], "of": [
        {"op": "saturation", "method": "hsv", "factor": [0.25, 1]}, {"op": "saturation", "method": "hsv", "factor": [1, 1.5]}]}]);
    assert_eq!(steps(&[("RandomSaturation", json!({"factor": [0.2, 0.6]}))]), saturation);
    let hue = json!([{"op": "one_or_other", "first": [{"op": "hue", "delta": [0.1, 0.2]}], "second": [{"op": "hue", "delta": [-0.2, -0.1]}]}]);
    assert_eq!(steps(&[("RandomHue", json!({"factor": [0.2, 0.4]}))]), hue);
}

#[test]
fn values_may_be_scaled_before_they_are_changed() {
    let brightness = |range: Value| ("RandomBrightness", json!({"factor": 0.2, "value_range": range}));
    let half = ("Rescaling", json!({"scale": 1.0 / 127.5, "offset": -1}));
    let rotation = ("RandomRotation", json!({"factor": 0.1, "fill_mode": "constant", "fill_value": 1.0}));
    let imported = import(&model(&[half.clone(), brightness(json!([-1, 1])), rotation]));
    assert_eq!(
        imported.spec["pipeline"][1],
        json!({"op": "rotate", "degrees": [-36, 36], "fill_value": 255, "fill_mode": "constant"})
    );
    assert_eq!(imported.spec["output"], json!({"dtype": "float32", "rescale": 1.0 / 127.5, "mean": 1}));
    let wrong = problems(&model(&[half, brightness(json!([0, 255]))]));
    assert!(
        wrong.contains("config.layers[1]: RandomBrightness: value_range: [0, 255], but pictures are -1 to 1 here"),
        "{wrong}"
    );
    let unit = ("Rescaling", json!({"scale": 1.0 / 255.0}));
    let normal =
        ("Normalization", json!({"axis": [-1], "mean": [0.5, 0.4, 0.3], "variance": [0.25, 0.25, 0.25], "invert": false}));
    let output = import(&model(&[unit, normal])).spec["output"].clone();
    assert_eq!(output, json!({"dtype": "float32", "rescale": 1.0 / 255.0, "mean": [0.5, 0.4, 0.3], "std": 0.5}));
    let adapted = problems(&model(&[("Normalization", json!({"axis": [-1], "mean": null, "variance": null}))]));
    assert!(adapted.contains("adapt() keeps it with the weights"), "{adapted}");
}

#[test]
fn mixup_is_kept_where_it_is_last() {
    let flip = ("RandomFlip", json!({"mode": "horizontal"}));
    let mixup = ("MixUp", json!({"name": "mix_up", "alpha": 0.4, "seed": 3}));
    let rescaling = ("Rescaling", json!({"scale": 1.0 / 255.0}));
    let spec = import(&model(&[flip.clone(), mixup.clone(), rescaling])).spec;
    assert_eq!(spec["mixing"], json!([{"op": "mixup", "alpha": 0.4}]));
    let told = problems(&model(&[mixup, flip]));
    assert!(told.contains("config.layers[1]: RandomFlip: stands behind a layer that mixes rows"), "{told}");
}

#[test]
fn what_cannot_be_kept_is_named() {
    for (layer, why) in [
        ("CutMix", "draws alpha for each batch"),
        ("Dense", "is no layer that import knows"),
        ("RandomWidth", "changes the size"),
    ] {
        let told = problems(&model(&[(layer, json!({"name": "x"}))]));
        assert!(told.contains(&format!("config.layers[0]: {layer}: {why}")), "{told}");
    }
    let told = problems(&model(&[("RandomFlip", json!({"mode": "horizontal", "speed": 1}))]));
    assert!(told.contains("RandomFlip: speed: is not known here"), "{told}");
    let mut foreign = model(&[("RandomFlip", json!({}))]);
    foreign["config"]["layers"][0]["registered_name"] = json!("my>RandomFlip");
    assert!(problems(&foreign).contains("config.layers[0]: my>RandomFlip: is no layer of Keras"));
    let elastic = problems(&model(&[("RandomElasticTransform", json!({}))]));
    assert!(elastic.contains("put a Resizing or a crop before it"), "{elastic}");
}

#[test]
fn models_within_models_and_what_comes_in() {
    let flip = json!({"class_name": "RandomFlip", "config": {"mode": "horizontal", "data_format": "channels_first"}});
    let inner = json!({"layers": [flip]});
    let input = ("InputLayer", json!({"batch_shape": [null, 64, 80, 1], "dtype": "float32", "name": "i"}));
    let imported = import(&model(&[input, ("Pipeline", inner.clone()), ("Sequential", inner)]));
    let flip = json!({"op": "horizontal_flip", "p": 0.5});
    assert_eq!(imported.spec["pipeline"], json!([flip, flip]));
    assert_eq!(imported.spec["output"], json!({"dtype": "float32", "layout": "NCHW", "color": "gray"}));
    assert!(imported.notes[0].starts_with("config.layers[0]: InputLayer: takes pictures of 80x64"), "{:?}", imported.notes);
}

#[test]
fn the_generators_shifts_are_swapped() {
    let imported =
        import(&json!({"width_shift_range": 0.1, "height_shift_range": 0.25, "target_size": [50, 100], "batch_size": 16}));
    let resize = json!({"op": "resize", "width": 100, "height": 50, "interpolation": "nearest"});
    let shift = json!({"op": "shift", "x": [-0.125, 0.125], "y": [-0.2, 0.2], "fill_mode": "nearest"});
    assert_eq!(imported.spec["pipeline"], json!([resize, shift]));
    assert_eq!(imported.spec["batch_size"], 16);
    let listed =
        import(&json!({"class_name": "ImageDataGenerator", "config": {"width_shift_range": [5, 10], "target_size": [50, 50]}}));
    let by = |y: f64| json!({"op": "shift", "y": y, "fill_mode": "nearest"});
    assert_eq!(listed.spec["pipeline"][1], json!({"op": "one_of", "of": [by(0.1), by(-0.1), by(0.2), by(-0.2)]}));
    assert!(problems(&json!({"width_shift_range": 10})).contains("give target_size beside the arguments"));
}

#[test]
fn what_the_generator_cannot_keep_is_named() {
    for (argument, value) in
        [("preprocessing_function", json!("f")), ("class_mode", json!("raw")), ("interpolation_order", json!(3))]
    {
        let told = problems(&json!({"rotation_range": 20, argument: value}));
        assert!(told.contains(&format!("config: ImageDataGenerator: {argument}: ")), "{told}");
    }
    assert!(problems(&json!({"zoom_range": 1.5})).contains("zoom_range: down to 0 or below"));
    assert!(problems(&json!({"rotation_rage": 20})).contains("no saved pipeline that is known"));
}

#[test]
fn labels_and_validation_of_a_generator_are_ours() {
    let flow = json!({"horizontal_flip": true, "target_size": [8, 8], "class_mode": "categorical", "classes": ["dog", "cat"], "validation_split": 0.2,
        "subset": "training"});
    let imported = import(&flow);
    assert_eq!(imported.spec["labels"], json!({"from": "directory", "classes": ["dog", "cat"], "kind": "one_hot"}));
    assert_eq!(imported.spec["split"], json!({"val": 0.2, "stratified": true}));
    let none = import(&json!({"horizontal_flip": true, "target_size": [8, 8], "class_mode": null, "validation_split": 0.2}));
    assert_eq!(none.spec["labels"], json!({"from": "none"}));
    assert_eq!(none.spec["split"], json!({"val": 0.2}));
}

#[test]
fn a_generator_keeps_what_stands_beside_a_lost_argument() {
    let lenient = |arguments: Value| parse("k.json", &arguments.to_string(), true).unwrap();
    let lost = lenient(json!({"rotation_range": 20, "target_size": [64, 64], "preprocessing_function": "f"}));
    assert_eq!(lost.problems.len(), 1, "{:?}", lost.problems);
    let without = lenient(json!({"rotation_range": 20, "target_size": [64, 64]}));
    assert!(without.problems.is_empty(), "{:?}", without.problems);
    assert_eq!(lost.spec, without.spec);
    assert_eq!(lost.spec["pipeline"].as_array().unwrap().len(), 2);
    let beyond = lenient(json!({"rotation_range": 2000, "horizontal_flip": true}));
    assert_eq!(beyond.spec["pipeline"], json!([{"op": "horizontal_flip", "p": 0.5}]));
    assert!(beyond.problems[0].contains("becomes "), "{:?}", beyond.problems);
}

/// The presets are generators that give each change a probability; what they change is else what layers become.
#[test]
fn the_presets_of_keras_generators_say_the_same() {
    let zoom = |fill_mode: &str| ("RandomZoom", json!({"height_factor": [1.0 / 1.2 - 1.0, 0.25], "fill_mode": fill_mode}));
    let rotation = |degrees: f64, fill_mode: &str| ("RandomRotation", json!({"factor": degrees / 360.0, "fill_mode": fill_mode}));
    let resizing = ("Resizing", json!({"height": 256, "width": 256}));
    let smooth = ("Resizing", json!({"height": 256, "width": 256, "interpolation": "bicubic", "antialias": true}));
    let shift = ("RandomTranslation", json!({"height_factor": 0.1, "width_factor": 0.1, "fill_mode": "nearest"}));
    let flip = ("RandomFlip", json!({"mode": "horizontal"}));
    let brightness = ("RandomBrightness", json!({"factor": 0.3}));
    let contrast = ("RandomContrast", json!({"factor": [0.2, 0.2]}));
    let cases = [
        ("keras_sequence", vec![resizing.clone(), rotation(30.0, "reflect"), zoom("constant"), flip.clone()]),
        ("tf_image", vec![resizing, brightness, contrast, flip]),
        ("scipy", vec![smooth, rotation(20.0, "nearest"), zoom("nearest"), shift]),
    ];
    for (name, mut layers) in cases {
        layers.push(("Rescaling", json!({"scale": 1.0 / 255.0})));
        let preset = std::fs::read(fixture(&format!("specs/{name}.json"))).unwrap();
        assert_eq!(said(&import(&model(&layers)).spec), said(&serde_json::from_slice(&preset).unwrap()), "{name}");
    }
}

/// Steps and output with all defaults, without probabilities and laws.
fn said(spec: &Value) -> (Value, Value) {
    let text = json!({"version": 1, "pipeline": spec["pipeline"], "output": spec["output"]}).to_string();
    let mut resolved = Value::Object(Spec::parse("s", &text, &Overrides::default()).unwrap().resolved);
    for step in resolved["pipeline"].as_array_mut().unwrap() {
        step.as_object_mut().unwrap().retain(|name, _| name != "p" && name != "law");
    }
    (resolved["pipeline"].clone(), resolved["output"].clone())
}

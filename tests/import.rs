//! `prebake import`: what it takes, what it makes of it, what it says.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a test may panic, and shows its figures")]

mod common;

use common::cases::{made_by, read_png};
use common::{end, fixture, prebake};
use prebake::import::{Imported, albumentations_names, parse};
use prebake::spec::{Overrides, Spec, declared};
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};

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

/// The files of a folder of fixtures, but for folders and pictures.
fn saved(folder: &str) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = fs::read_dir(fixture(folder)).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|ending| ["json", "yaml"].iter().any(|known| ending == *known)));
    files.sort();
    files
}

fn name(path: &Path) -> String {
    path.file_name().unwrap().to_string_lossy().into_owned()
}

#[test]
fn pipelines_saved_by_the_library_become_what_is_kept_beside_them() {
    for path in saved("import/albumentations") {
        let imported = parse(&name(&path), &fs::read_to_string(&path).unwrap(), true).unwrap();
        let made = json!({"spec": imported.spec, "notes": imported.notes, "problems": imported.problems});
        let beside = path.parent().unwrap().join("expected").join(name(&path)).with_extension("json");
        if std::env::var_os("REGENERATE").is_some() {
            fs::create_dir_all(beside.parent().unwrap()).unwrap();
            fs::write(&beside, format!("{made:#}\n")).unwrap();
            continue;
        }
        let expected: Value = serde_json::from_slice(&fs::read(&beside).unwrap()).unwrap();
        assert_eq!(
            made,
            expected,
            "{}: REGENERATE=1 cargo test --test import writes it again; read the difference",
            path.display()
        );
    }
}

#[test]
fn real_pipelines_lose_nothing() {
    for path in saved("import/albumentations") {
        let imported = parse(&name(&path), &fs::read_to_string(&path).unwrap(), false);
        let lost = imported.err().map(|error| error.to_string()).unwrap_or_default();
        assert!(name(&path).contains("defaults") || lost.is_empty(), "{lost}");
    }
}

#[test]
fn the_page_names_every_transform_that_import_knows() {
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/from-albumentations.md")).unwrap();
    let first = |line: &str| Some(line.strip_prefix("| ")?.split(" |").next()?.to_string());
    let mut told: Vec<String> = page.lines().filter_map(first).filter(|name| name != "Albumentations").collect();
    let mut known: Vec<String> = albumentations_names().into_iter().map(str::to_string).collect();
    told.sort();
    known.sort();
    assert_eq!(told, known);
}

#[test]
fn the_page_names_only_ops_that_there_are() {
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/from-albumentations.md")).unwrap();
    let rows = page.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| Albumentations"));
    let fields = ["samplewise", "output", "dtype", "rescale", "mean", "std", "layout"];
    for row in rows {
        let ours = row.split(" | ").nth(1).unwrap();
        for name in ours.split('`').skip(1).step_by(2) {
            let known = declared(name).is_some() || fields.contains(&name) || name.contains(' ') || name == "keep_size";
            assert!(known, "{row}: there is no `{name}`");
        }
    }
}

#[test]
fn imported_pipelines_make_the_pixels_that_the_library_makes() {
    let input = read_png(&fixture("parity/input.png"));
    let mut worse = Vec::new();
    for path in saved("import/albumentations/pixels") {
        let spec = parse(&name(&path), &fs::read_to_string(&path).unwrap(), false).unwrap().spec;
        let (ours, theirs) = (made_by(&spec, &input), read_png(&path.with_extension("png")));
        assert_eq!(ours.size(), theirs.size(), "{}: {spec}", path.display());
        let differences = ours.bytes().iter().zip(theirs.bytes()).map(|(a, b)| a.abs_diff(*b));
        let mean = differences.clone().map(f64::from).sum::<f64>() / ours.bytes().len() as f64;
        let most = differences.max().unwrap();
        println!("{:<40} mean {mean:.4} max {most:3}", name(&path));
        if mean >= 1.0 || most > 3 {
            worse.push(format!("{}: mean {mean:.4}, max {most}: {spec}", name(&path)));
        }
    }
    assert!(worse.is_empty(), "beyond their tolerance:\n{}", worse.join("\n"));
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
fn some_of_weighs_before_2_0_6_and_chooses_evenly_since() {
    let some_of = r#"{"__class_fullname__": "SomeOf", "p": 1.0, "n": 1, "replace": false, "transforms": [
        {"__class_fullname__": "HorizontalFlip", "p": 0.5}, {"__class_fullname__": "VerticalFlip", "p": 1.0}]}"#;
    assert_eq!(
        import(&file(some_of)).spec["pipeline"].to_string(),
        r#"[{"op":"some_of","n":1,"of":[{"op":"horizontal_flip","p":0.5},{"op":"vertical_flip"}]}]"#
    );
    assert_eq!(
        import(&file(some_of).replace("2.0.8", "2.0.5")).spec["pipeline"].to_string(),
        r#"[{"op":"some_of","n":1,"weights":[0.5,1],"of":[{"op":"horizontal_flip"},{"op":"vertical_flip"}]}]"#
    );
}

#[test]
fn everything_that_is_lost_is_told_at_once() {
    let text =
        file(r#"{"__class_fullname__": "HorizontalFlip", "p": 0.5, "speed": 3}, {"__class_fullname__": "my.Own", "p": 1.0}"#);
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
fn a_choice_is_left_out_with_the_last_of_its_steps() {
    let lambda = r#"{"__class_fullname__": "Lambda", "p": 1.0}"#;
    for kind in ["OneOf", "SomeOf", "RandomOrder", "OneOrOther", "Sequential", "Compose"] {
        let text = file(&format!(r#"{{"__class_fullname__": "{kind}", "p": 0.5, "n": 1, "transforms": [{lambda}, {lambda}]}}"#));
        let text = if ["SomeOf", "RandomOrder"].contains(&kind) { text } else { text.replace(r#""n": 1, "#, "") };
        let imported = parse("f.json", &text, true).unwrap();
        assert_eq!(
            imported.spec["pipeline"].to_string().matches("op").count(),
            imported.spec["pipeline"].as_array().unwrap().len()
        );
        assert!(
            imported.problems.iter().all(|problem| problem.starts_with("transform.transforms[0]")),
            "{:?}",
            imported.problems
        );
    }
}

#[test]
fn versions_that_are_not_known_are_told() {
    let flip = file(r#"{"__class_fullname__": "HorizontalFlip", "p": 0.5}"#);
    assert!(problems(&flip.replace("2.0.8", "2.5.1")).contains("__version__: 2.5.1 is newer than 2.0.8"));
    assert_eq!(import(&flip.replace("2.0.8", "1.3.1")).notes[0], "__version__: 1.3.1 is read as if 1.4.0 had written it");
}

#[test]
fn a_value_that_no_step_takes_is_told_by_its_transform() {
    let text = file(r#"{"__class_fullname__": "Rotate", "p": 0.5, "limit": [-500, 500], "border_mode": 0, "fill": 0}"#);
    assert!(problems(&text).contains("transform.transforms[0]: Rotate: becomes "), "{}", problems(&text));
    assert!(problems(&text).contains("degrees[0]: -500 is outside -360 to 360"), "{}", problems(&text));
}

#[test]
fn pixels_become_fractions_where_the_size_is_known() {
    let dropout = r#"{"__class_fullname__": "CoarseDropout", "p": 1.0, "num_holes_range": [1, 1], "hole_height_range": [8, 8], "hole_width_range": [4, 9], "fill": 0}"#;
    assert!(problems(&file(dropout)).contains("hole_height_range: is in pixels, and the size of pictures is not known here"));
    let resize = r#"{"__class_fullname__": "Resize", "p": 1.0, "height": 100, "width": 200, "interpolation": 1}"#;
    let step = import(&file(&format!("{resize}, {dropout}"))).spec["pipeline"][1].clone();
    assert_eq!(step["hole_height"], json!(0.085));
    assert_eq!(step["hole_width"], json!([0.020005, 0.049995]));
}

#[test]
fn normalisation_comes_last_and_becomes_the_output() {
    let normalize = r#"{"__class_fullname__": "Normalize", "p": 1.0, "mean": [0.5, 0.4, 0.3], "std": [0.2, 0.2, 0.2], "max_pixel_value": 255.0, "normalization": "standard"}"#;
    let tensor = r#"{"__class_fullname__": "ToTensorV2", "p": 1.0, "transpose_mask": false}"#;
    let imported = import(&file(&format!("{normalize}, {tensor}")));
    assert_eq!(
        imported.spec["output"],
        json!({"dtype": "float32", "rescale": 1.0 / 255.0, "mean": [0.5, 0.4, 0.3], "std": [0.2, 0.2, 0.2], "layout": "NCHW"})
    );
    let flip = r#"{"__class_fullname__": "HorizontalFlip", "p": 0.5}"#;
    assert!(problems(&file(&format!("{normalize}, {flip}"))).contains("stands after Normalize, which must come last"));
    let within = format!(r#"{{"__class_fullname__": "OneOf", "p": 1.0, "transforms": [{normalize}]}}"#);
    assert!(problems(&file(&within)).contains("Normalize: stands within a composition"));
}

#[test]
fn yaml_is_read_like_json() {
    let yaml = "__version__: 2.0.8\ntransform:\n  __class_fullname__: Compose\n  p: 1.0\n  transforms:\n  - &flip\n    __class_fullname__: HorizontalFlip\n    p: 0.5\n  - *flip\n";
    assert_eq!(import(yaml).spec["pipeline"].as_array().unwrap().len(), 2);
}

#[test]
fn what_is_no_saved_pipeline_is_said_to_be_none() {
    assert_eq!(problems(""), "f.json: the file is empty (expected a saved pipeline)");
    assert!(problems(r#"{"version": 1, "pipeline": []}"#).contains("is a spec of prebake already"));
    assert!(problems(r#"{"__version__": "2.0.8", "transform": {"__class_"#).contains("not valid JSON"));
    assert!(problems("a: [1, 2").contains("not valid YAML"));
    assert!(problems("just words").contains("no saved pipeline that is known"));
    assert!(problems("[1, 2]").contains("no saved pipeline that is known"));
    assert!(problems(r#"{"__class_fullname__": "Compose"}"#).contains("__version__: missing"));
    assert!(problems(&file("3, {}")).contains("transform.transforms[1]: missing `__class_fullname__`"));
}

#[test]
fn nesting_and_aliases_end_in_a_message() {
    let nested = |depth: usize, p: f64| {
        let open = format!(r#"{{"__class_fullname__": "Sequential", "p": {p}, "transforms": ["#);
        format!(r#"{{"__version__": "2.0.8", "transform": {}{}}}"#, open.repeat(depth), "]}".repeat(depth))
    };
    assert_eq!(import(&nested(50, 1.0)).spec["pipeline"], json!([]));
    assert!(problems(&nested(50, 0.5)).contains("deep"), "{}", problems(&nested(50, 0.5)));
    assert!(problems(&nested(100, 1.0)).contains("not valid JSON"));
    let mut bomb = String::from("a0: &a0 [1, 2]\n");
    (1..40).for_each(|i| bomb.push_str(&format!("a{i}: &a{i} [*a{0}, *a{0}, *a{0}]\n", i - 1)));
    assert!(problems(&bomb).contains("not valid YAML"));
}

#[test]
fn the_command_prints_the_spec_and_says_what_it_assumed() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("spec.json");
    let saved = fixture("import/albumentations/2.0.8_kaggle.json");
    let printed = prebake(&["import"]).arg(&saved).output().unwrap();
    assert!(printed.status.success());
    Spec::parse("printed", &String::from_utf8(printed.stdout.clone()).unwrap(), &Overrides::default()).unwrap();
    assert!(String::from_utf8(printed.stderr).unwrap().contains("note: transform: Compose: bbox_params is left aside"));
    assert_eq!(end(prebake(&["import"]).arg(&saved).arg("-o").arg(&out)).0, 0);
    assert_eq!(fs::read(&out).unwrap(), printed.stdout);
    let (code, said) = end(prebake(&["import"]).arg(&saved).arg("-o").arg(folder.path()));
    assert!(code == 2 && said.contains("is a folder (-o names a file)"), "{said}");
    let (code, said) = end(prebake(&["import", "-o", "/dev/null"]).arg(&saved));
    assert!(code == 2 && said.contains("/dev/null: a device or a pipe"), "{said}");
    let (code, said) = end(prebake(&["import"]).arg(&out));
    assert!(code == 2 && said.contains("is a spec of prebake already"), "{said}");
    let (code, said) = end(prebake(&["import"]).arg(&saved).arg("-o").arg(&saved));
    assert!(code == 2 && said.contains("is the imported file itself"), "{said}");
}

//! Rows of gray: with each type, layout and normalisation, they are what the levels of the coloured rows come to.

use crate::common::{fixture, prebake, tree};
use serde_json::{Value, json};
use std::fs;
use std::path::Path;
use tempfile::TempDir;

/// Builds the fixture with this output; gives the manifest and the values of all images.
fn rows(folder: &Path, output: Value) -> (Value, Vec<u8>) {
    let out = folder.join(format!("{:x}", xxhash_rust::xxh3::xxh3_64(output.to_string().as_bytes())));
    let spec = json!({
        "version": 1, "seed": 4, "epochs": 2, "batch_size": 8,
        "pipeline": [
            {"op": "resize", "width": 14, "height": 12},
            {"op": "rotate", "degrees": [-20, 20]},
            {"op": "hue", "delta": [-0.1, 0.1], "p": 0.5},
            {"op": "horizontal_flip", "p": 0.5}
        ],
        "output": output,
    });
    let file = out.with_extension("json");
    fs::write(&file, spec.to_string()).unwrap();
    let mut build = prebake(&["build"]);
    build.arg(fixture("by_folder")).arg("--spec").arg(file).arg("--out").arg(&out).arg("--quiet").assert().success();
    prebake(&["verify"]).arg(&out).assert().success();
    let manifest = serde_json::from_slice(&fs::read(out.join("dataset.json")).unwrap()).unwrap();
    let images = tree(&out).into_iter().filter(|(path, _)| path.file_name().unwrap().to_string_lossy().starts_with("images-"));
    // The header of 128 bytes left out.
    (manifest, images.flat_map(|(_, bytes)| bytes[128..].to_vec()).collect())
}

fn floats(bytes: &[u8]) -> Vec<f64> {
    bytes.as_chunks().0.iter().map(|bytes| f64::from(f32::from_le_bytes(*bytes))).collect()
}

/// The levels of all rows, by Pillow's weights from the coloured ones.
fn levels(folder: &Path) -> Vec<u8> {
    let (_, colours) = rows(folder, json!({}));
    let luma = |p: &[u8]| (u32::from(p[0]) * 19_595 + u32::from(p[1]) * 38_470 + u32::from(p[2]) * 7471 + 32_768) >> 16;
    colours.chunks_exact(3).map(|pixel| luma(pixel) as u8).collect()
}

const PIXELS: usize = 14 * 12;

#[test]
fn every_type_and_layout_holds_the_luma_of_the_colours() {
    let folder = TempDir::new().unwrap();
    let levels = levels(folder.path());
    assert_eq!(levels.len(), 40 * PIXELS);
    for (layout, shape) in [("NHWC", json!([12, 14, 1])), ("NCHW", json!([1, 12, 14]))] {
        let (manifest, made) = rows(folder.path(), json!({"color": "gray", "layout": layout}));
        assert_eq!((&manifest["arrays"]["images"]["shape"], &manifest["arrays"]["images"]["color"]), (&shape, &json!("gray")));
        assert!(made == levels, "{layout}");
        let scaled = json!({"color": "gray", "layout": layout, "dtype": "float32", "rescale": 0.5, "mean": 3, "std": 4});
        let expected = levels.iter().map(|level| (f64::from(*level) * 0.5 - 3.0) / 4.0);
        assert!(floats(&rows(folder.path(), scaled).1).into_iter().eq(expected), "{layout}");
        let half = json!({"color": "gray", "layout": layout, "dtype": "float16"});
        let halves: Vec<half::f16> =
            rows(folder.path(), half).1.as_chunks().0.iter().map(|b| half::f16::from_le_bytes(*b)).collect();
        assert!(halves.iter().map(|half| half.to_f64()).eq(levels.iter().map(|level| f64::from(*level))), "{layout}");
    }
}

/// Mean and deviation.
fn spread(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    (mean, (values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / n).sqrt())
}

#[test]
fn every_normalisation_is_of_the_luma() {
    let folder = TempDir::new().unwrap();
    let levels: Vec<f64> = levels(folder.path()).into_iter().map(f64::from).collect();
    let of = |rule: Value| {
        let mut output = json!({"color": "gray", "dtype": "float32"});
        output.as_object_mut().unwrap().extend(rule.as_object().unwrap().clone());
        rows(folder.path(), output)
    };
    for per in ["picture", "channel"] {
        for scale in ["std", "tf_image", "range"] {
            let made = floats(&of(json!({"samplewise": {"scale": scale, "epsilon": 1e-12, "per": per}})).1);
            for (made, levels) in made.chunks_exact(PIXELS).zip(levels.chunks_exact(PIXELS)) {
                let (mean, std) = spread(levels);
                let ends = levels.iter().fold((f64::MAX, f64::MIN), |(least, most), v| (least.min(*v), most.max(*v)));
                let divisor = if scale == "range" { ends.1 - ends.0 } else { std };
                assert!(made.iter().zip(levels).all(|(x, v)| (x - (v - mean) / divisor).abs() < 1e-5), "{per} {scale}");
            }
        }
    }
    let (manifest, made) = of(json!({"featurewise": {}}));
    let number =
        |name: &str| manifest["statistics"][name].as_array().unwrap()[..].iter().map(|v| v.as_f64().unwrap()).collect::<Vec<_>>();
    let (mean, std) = (number("mean"), number("std"));
    assert_eq!((mean.len(), std.len()), (1, 1));
    assert!(floats(&made).iter().zip(&levels).all(|(x, v)| (x - (v - mean[0]) / (std[0] + 1e-6)).abs() < 1e-5));
    // Whitening sees one channel: both layouts are the same numbers, and about the mean.
    let whitened = of(json!({"zca": {"epsilon": 0.1}, "layout": "NHWC"}));
    assert_eq!(whitened.0["statistics"]["mean"].as_array().unwrap().len(), 1);
    assert!(whitened.1 == of(json!({"zca": {"epsilon": 0.1}, "layout": "NCHW"})).1);
    let (_, std) = spread(&floats(&whitened.1));
    assert!(std > 0.05 && std < 20.0, "{std}");
}

//! Albumentations 2.0.8 keeps the same boxes and key points, at the same places: `fixtures/targets`.

use crate::rows::{Made, pipeline};
use prebake::image::Size;
use prebake::targets::{BoundingBox, Cut, Filter, Instance, KeyPoint, Point};
use serde_json::Value;
use std::path::Path;

fn numbers(of: &Value) -> Vec<f64> {
    of.as_array().unwrap().iter().map(|n| n.as_f64().unwrap()).collect()
}

fn instances(all: &Value) -> Vec<Instance> {
    let boxes = all["boxes"].as_array().unwrap().iter().map(numbers);
    let points = all["key_points"].as_array().unwrap().iter().map(numbers);
    let instance = |(edges, at): (Vec<f64>, Vec<f64>)| {
        let edges = BoundingBox { x_min: edges[0], y_min: edges[1], x_max: edges[2], y_max: edges[3] };
        Instance { key_points: vec![KeyPoint { at: Point { x: at[0], y: at[1] }, visibility: 2 }], ..Instance::of_box(&edges) }
    };
    boxes.zip(points).map(instance).collect()
}

fn far(found: &[f64], expected: &[f64]) -> f64 {
    found.iter().zip(expected).fold(0.0, |far, (a, b)| (a - b).abs().max(far))
}

#[test]
fn the_same_ones_are_kept_at_the_same_places() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/targets/albumentations.json");
    let all: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let (instances, sides) = (instances(&all), numbers(&all["size"]));
    let size = Size::new(sides[0] as u32, sides[1] as u32);
    let bound = |name: &str| all["filter"][name].as_f64().unwrap();
    let filter = Filter {
        min_area: bound("min_area"),
        min_visibility: bound("min_visibility"),
        min_width: bound("min_width"),
        min_height: bound("min_height"),
        max_accept_ratio: None,
    };
    for case in all["cases"].as_array().unwrap() {
        let step = case["step"].to_string();
        let carried = Made::new(&pipeline(&step, true).unwrap(), size, 0).carried(&instances, size, Cut::Hull);
        let mut worst = [0.0f64; 2];
        for i in 0..instances.len() {
            let (found, expected) = (carried.bounding_box(i, &filter), case["boxes"].get(i.to_string()));
            assert_eq!(found.is_some(), expected.is_some(), "box {i}: {step}");
            if let (Some(found), Some(expected)) = (found, expected) {
                let found = [found.x_min, found.y_min, found.x_max, found.y_max];
                worst[0] = worst[0].max(far(&found, &numbers(expected)));
            }
            let mut points = Vec::new();
            carried.key_points(i, &[], &mut points);
            let expected = case["key_points"].get(i.to_string());
            assert_eq!(points[0].is_known(), expected.is_some(), "key point {i}: {step}");
            if let Some(expected) = expected {
                worst[1] = worst[1].max(far(&[points[0].at.x, points[0].at.y], &numbers(expected)));
            }
        }
        println!("box {:.3} px, key point {:.3} px: {step}", worst[0], worst[1]);
        assert!(worst[0] <= 0.5 && worst[1] <= 0.5, "{worst:?} {step}");
    }
}

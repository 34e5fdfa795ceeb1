//! Albumentations 2.0.8 keeps the same boxes and key points, at the same places: `fixtures/targets`.
//!
//! Its own `grid_dropout` takes `unit_size_range` for a number of cells, so that its holes are given, as those of others are.

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

/// What a case does: a step of a spec, or an op with the values that it drew.
fn made(case: &Value, size: Size) -> Made {
    match case.get("drawn") {
        Some(drawn) => Made::of_drawn(serde_json::from_value(drawn.clone()).unwrap(), size),
        None => Made::new(&pipeline(&case["step"].to_string(), true).unwrap(), size, 0),
    }
}

/// Where a map of coordinates moves pixels (`optical_distortion`, `grid_distortion`), Albumentations rounds, so that it cannot be met
/// more closely than this, in pixels. A box becomes a mask of whole pixels, its far edges included (`bboxes_to_mask`), which is read at
/// the nearest pixel, and the box of what is left ends at the centres of its outermost pixels (`mask_to_bboxes`): half a pixel for
/// either, times what things are enlarged by. Of a key point there is a cross of five pixels, and the first of them that is found is
/// the point (`remap_keypoints_via_mask`): its upper end, a pixel above it, times the same, and rounded twice. The same map, read
/// between pixels by SciPy or NumPy, shows both within half a pixel of ours.
const ROUNDED: [f64; 2] = [1.25, 2.0];

#[test]
fn the_same_ones_are_kept_at_the_same_places() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/targets/albumentations.json");
    let all: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let bound = |name: &str| all["filter"][name].as_f64().unwrap();
    let filter = Filter {
        min_area: bound("min_area"),
        min_visibility: bound("min_visibility"),
        min_width: bound("min_width"),
        min_height: bound("min_height"),
        max_accept_ratio: None,
    };
    let mut cases = 0;
    for scene in all["scenes"].as_array().unwrap() {
        let (instances, sides) = (instances(scene), numbers(&scene["size"]));
        let size = Size::new(sides[0] as u32, sides[1] as u32);
        for case in scene["cases"].as_array().unwrap() {
            look(case, &instances, size, &filter);
            cases += 1;
        }
    }
    assert!(cases >= 28, "{cases}");
}

/// What is left of `instances` in a picture of `size` by Albumentations, and by us.
fn look(case: &Value, instances: &[Instance], size: Size, filter: &Filter) {
    let told = case.get("step").or(case.get("drawn")).unwrap().to_string();
    let mapped = case.get("shown");
    // A box that is made of what is left of a mask is all seen, however little that is.
    let filter = if mapped.is_some() { Filter { min_visibility: 0.0, ..*filter } } else { *filter };
    let most = if mapped.is_some() { ROUNDED } else { [0.5; 2] };
    let carried = made(case, size).carried(instances, size, Cut::Hull);
    let (mut worst, mut by_map) = ([0.0f64; 2], [0.0f64; 2]);
    for i in 0..instances.len() {
        let of = |of: &Value, what: &str| of[what].get(i.to_string()).map(numbers);
        let found = carried.bounding_box(i, &filter).map(|found| vec![found.x_min, found.y_min, found.x_max, found.y_max]);
        let mut points = Vec::new();
        carried.key_points(i, &[], &mut points);
        let point = points[0].is_known().then(|| vec![points[0].at.x, points[0].at.y]);
        for (k, (what, found)) in [("boxes", &found), ("key_points", &point)].into_iter().enumerate() {
            let expected = of(case, what);
            let shown = mapped.and_then(|mapped| of(mapped, what));
            assert_eq!(found.is_some(), expected.is_some(), "{what} {i}: {told}");
            if let (Some(found), Some(expected)) = (found, expected) {
                worst[k] = worst[k].max(far(found, &expected));
            }
            if let (Some(found), Some(shown)) = (found, shown) {
                by_map[k] = by_map[k].max(far(found, &shown));
            }
        }
    }
    println!("box {:.3} px, key point {:.3} px (by the map {:.3} and {:.3}): {told}", worst[0], worst[1], by_map[0], by_map[1]);
    assert!(worst[0] <= most[0] && worst[1] <= most[1] && by_map.iter().all(|far| *far <= 0.5), "{worst:?} {by_map:?} {told}");
}

//! Crops, turns and orders: what published laws say of them.

use super::laws::{chi_square, kolmogorov_smirnov, recipes, uniform};
use prebake::image::Size;
use serde_json::Value;
use std::collections::BTreeMap;

const ROWS: u64 = 24_000;

/// How often each word of a drawn field comes.
fn words(step: &str, size: Size, word: impl Fn(&Value) -> String) -> Vec<u64> {
    let mut counts = BTreeMap::new();
    for row in recipes(step, size, ROWS) {
        *counts.entry(word(&row[0])).or_insert(0) += 1;
    }
    counts.into_values().collect()
}

/// Area, ratio of width to height, left edge and room for it, of crops that nearly always fit at the first try.
fn crops() -> Vec<[f64; 4]> {
    let step =
        r#"{"op": "random_resized_crop", "width": 32, "height": 32, "scale": [0.1, 0.4], "ratio": [0.75, 1.3333333333333333]}"#;
    let size = Size::new(2000, 2000);
    let crop = |row: &Vec<Value>| {
        let [x, w, h] = ["x", "crop_width", "crop_height"].map(|name| row[0][name].as_f64().unwrap());
        [w * h / 4e6, w / h, x, 2000.0 - w]
    };
    recipes(step, size, ROWS).iter().map(crop).collect()
}

#[test]
fn resized_crops_have_uniform_areas_log_uniform_ratios_and_places_alike() {
    let crops = crops();
    kolmogorov_smirnov(crops.iter().map(|crop| crop[0]).collect(), uniform(0.1, 0.4));
    kolmogorov_smirnov(crops.iter().map(|crop| crop[1].ln()).collect(), uniform(-(4f64 / 3.0).ln(), (4f64 / 3.0).ln()));
    kolmogorov_smirnov(crops.iter().map(|[_, _, x, room]| (x + 0.5) / (room + 1.0)).collect(), uniform(0.0, 1.0));
}

#[test]
fn a_crop_that_never_fits_is_the_largest_in_the_middle() {
    let step = r#"{"op": "random_resized_crop", "width": 8, "height": 8, "scale": 1, "ratio": [0.75, 1.3333333333333333]}"#;
    for row in recipes(step, Size::new(100, 30), 50) {
        let [x, y, w, h] = ["x", "y", "crop_width", "crop_height"].map(|name| row[0][name].as_u64().unwrap());
        assert_eq!((x, y, w, h), (30, 0, 40, 30));
    }
}

#[test]
fn symmetries_and_turns_are_as_likely() {
    let size = Size::new(8, 8);
    chi_square(&words(r#"{"op": "d4"}"#, size, |drawn| drawn["element"].to_string()), &[1.0; 8]);
    chi_square(&words(r#"{"op": "rotate90"}"#, size, |drawn| drawn["turns"].to_string()), &[1.0; 4]);
}

#[test]
fn the_four_of_a_jitter_come_in_every_order() {
    let step = r#"{"op": "color_jitter", "brightness": [0.6, 1.4], "contrast": [0.6, 1.4], "saturation": [0.5, 1.5], "hue": [-0.1, 0.1]}"#;
    chi_square(&words(step, Size::new(8, 8), |drawn| drawn["order"].to_string()), &[1.0; 24]);
    let rows = recipes(step, Size::new(8, 8), ROWS);
    kolmogorov_smirnov(rows.iter().map(|row| row[0]["hue"].as_f64().unwrap()).collect(), uniform(-0.1, 0.1));
    kolmogorov_smirnov(rows.iter().map(|row| row[0]["saturation"].as_f64().unwrap()).collect(), uniform(0.5, 1.5));
}

/// The top, the right, the bottom and the left of what `crop_and_pad` draws.
fn sides(step: &str, size: Size) -> Vec<[i64; 4]> {
    let rows = recipes(step, size, ROWS);
    rows.iter().map(|row| ["top", "right", "bottom", "left"].map(|side| row[0][side].as_i64().unwrap())).collect()
}

#[test]
fn sides_are_cut_and_padded_each_for_itself_or_alike() {
    let size = Size::new(100, 100);
    let drawn = sides(r#"{"op": "crop_and_pad", "pixels": [-3, 3]}"#, size);
    for (one, other) in [(0, 1), (0, 2), (3, 1), (2, 3)] {
        let mut counts = [0; 49];
        drawn.iter().for_each(|sides| counts[(7 * (sides[one] + 3) + sides[other] + 3) as usize] += 1);
        chi_square(&counts, &[1.0; 49]);
    }
    let drawn = sides(r#"{"op": "crop_and_pad", "pixels": [-3, 3], "sample_independently": false, "left": 2}"#, size);
    assert!(drawn.iter().all(|[top, right, bottom, left]| top == right && right == bottom && *left == 2));
    let counts = [-3, -2, -1, 0, 1, 2, 3].map(|pixels| drawn.iter().filter(|sides| sides[0] == pixels).count() as u64);
    chi_square(&counts, &[1.0; 7]);
}

/// Fractions are of the side that they stand at, and are cut towards zero.
#[test]
fn fractions_of_sides_are_uniform() {
    let drawn = sides(r#"{"op": "crop_and_pad", "fraction": [0, 0.1], "bottom": [-0.5, 0]}"#, Size::new(2000, 1000));
    for (side, most) in [(0, 100.0), (1, 200.0), (2, -500.0), (3, 200.0)] {
        let places = drawn.iter().map(|sides| (sides[side] as f64 + 0.5f64.copysign(most)) / most);
        kolmogorov_smirnov(places.collect(), uniform(0.0, 1.0));
    }
}

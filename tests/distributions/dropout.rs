//! Areas, shapes, numbers and places of what is hidden.

use super::laws::{chi_square, kolmogorov_smirnov, recipes, uniform};
use prebake::image::Size;
use serde_json::Value;

const SIZE: Size = Size::new(400, 300);
const ROWS: u64 = 20_000;

/// Left edge, top edge, width and height of every hole of every row.
fn holes(step: &str) -> Vec<Vec<[f64; 4]>> {
    let rows = recipes(step, SIZE, ROWS);
    let hole = |hole: &serde_json::Value| std::array::from_fn(|i| hole[i].as_f64().unwrap());
    rows.iter().map(|row| row[0]["holes"].as_array().unwrap().iter().map(hole).collect()).collect()
}

#[test]
fn erased_areas_are_uniform_and_their_shapes_log_uniform() {
    // Small enough that the first try nearly always fits, and large enough that whole pixels do not show.
    let rows = holes(r#"{"op": "random_erasing", "scale": [0.05, 0.2], "ratio": [0.5, 2]}"#);
    let all: Vec<[f64; 4]> = rows.into_iter().flatten().collect();
    assert_eq!(all.len() as u64, ROWS);
    let areas = all.iter().map(|[_, _, w, h]| w * h / 120_000.0).collect();
    kolmogorov_smirnov(areas, uniform(0.05, 0.2));
    let shapes = all.iter().map(|[_, _, w, h]| (h / w).ln()).collect();
    kolmogorov_smirnov(shapes, uniform(-(2f64.ln()), 2f64.ln()));
    assert!(all.iter().all(|[x, y, w, h]| x + w <= 400.0 && y + h <= 300.0));
}

#[test]
fn what_never_fits_erases_nothing() {
    assert!(holes(r#"{"op": "random_erasing", "scale": 1, "ratio": 1}"#).iter().all(Vec::is_empty));
}

#[test]
fn holes_come_in_every_number_and_place_alike() {
    let rows = holes(r#"{"op": "coarse_dropout", "holes": [2, 5], "hole_height": 0.1, "hole_width": 0.1}"#);
    let counts: Vec<u64> = (2..6).map(|n| rows.iter().filter(|row| row.len() == n).count() as u64).collect();
    chi_square(&counts, &[1.0; 4]);
    let mut places = vec![0; 10];
    for [x, ..] in rows.into_iter().flatten() {
        // 361 places from 0 to 360, of which the last is left out so that ten parts are alike.
        if x < 360.0 {
            places[(x / 36.0) as usize] += 1;
        }
    }
    chi_square(&places, &[1.0; 10]);
}

/// A grid has as many cells along the shorter side as it says, rounded to whole pixels, and begins anywhere in one.
#[test]
fn grids_are_of_every_size_and_begin_anywhere() {
    let rows = recipes(r#"{"op": "grid_mask", "ratio": [0.2, 0.8], "rotation": [-30, 60]}"#, Size::new(200, 120), 20_000);
    let number = |row: &Vec<Value>, name: &str| row[0].pointer(name).and_then(Value::as_f64).unwrap();
    let cells = [40.0, 30.0, 24.0, 20.0, 17.0];
    let of = |cell: f64| rows.iter().filter(move |row| number(row, "/cell") == cell);
    chi_square(&cells.map(|cell| of(cell).count() as u64), &[1.0; 5]);
    for axis in ["/offset/0", "/offset/1"] {
        let mut counts = [0; 24];
        of(24.0).for_each(|row| counts[number(row, axis) as usize] += 1);
        chi_square(&counts, &[1.0; 24]);
    }
    // Rounded: from 8 to 32 pixels of 40, the ends half as often.
    let mut squares = [0; 25];
    of(40.0).for_each(|row| squares[number(row, "/square") as usize - 8] += 1);
    let mut law = [1.0; 25];
    (law[0], law[24]) = (0.5, 0.5);
    chi_square(&squares, &law);
    kolmogorov_smirnov(rows.iter().map(|row| number(row, "/rotation")).collect(), uniform(-30.0, 60.0));
}

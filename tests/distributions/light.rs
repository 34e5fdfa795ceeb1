//! What illumination and vignetting draw.

use super::laws::{chi_square, kolmogorov_smirnov, recipes, uniform};
use prebake::image::Size;
use serde_json::Value;

const ROWS: u64 = 10_000;

fn rows(step: &str) -> Vec<Value> {
    recipes(step, Size::new(8, 8), ROWS).into_iter().map(|mut row| row.remove(0)).collect()
}

#[test]
fn places_and_strengths_are_uniform() {
    let vignetting = r#"{"op": "vignetting", "center_y": [0.2, 0.4]}"#;
    let spot = r#"{"op": "illumination", "mode": "gaussian", "effect": "brighten"}"#;
    let line = r#"{"op": "illumination", "effect": "brighten", "angle": [-30, 60]}"#;
    let checks = [
        (vignetting, "/intensity", 0.2, 0.5),
        (vignetting, "/center/0", 0.3, 0.7),
        (vignetting, "/center/1", 0.2, 0.4),
        (spot, "/intensity", 0.01, 0.2),
        (spot, "/center/0", 0.1, 0.9),
        (spot, "/center/1", 0.1, 0.9),
        (spot, "/sigma", 0.2, 1.0),
        (line, "/intensity", 0.01, 0.2),
        (line, "/angle", -30.0, 60.0),
    ];
    for (step, name, low, high) in checks {
        let draws = rows(step).iter().map(|row| row.pointer(name).unwrap().as_f64().unwrap()).collect();
        kolmogorov_smirnov(draws, uniform(low, high));
    }
}

#[test]
fn corners_and_effects_are_as_likely() {
    let mut counts = [0; 8];
    for row in rows(r#"{"op": "illumination", "mode": "corner"}"#) {
        let is = |name: &str| usize::from(row.pointer(name).unwrap().as_bool().unwrap());
        let dark = usize::from(row["intensity"].as_f64().unwrap() < 0.0);
        counts[4 * dark + 2 * is("/corner/1") + is("/corner/0")] += 1;
    }
    chi_square(&counts, &[1.0; 8]);
    for (effect, sign) in [("brighten", 1.0), ("darken", -1.0)] {
        let step = format!(r#"{{"op": "illumination", "effect": "{effect}"}}"#);
        assert!(rows(&step).iter().all(|row| row["intensity"].as_f64().unwrap() * sign > 0.0));
    }
}

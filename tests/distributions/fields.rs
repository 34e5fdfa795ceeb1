//! What the fields of coordinates draw, and how far elastic distortion moves pixels.

use super::laws::{kolmogorov_smirnov, pipeline, recipes, uniform};
use prebake::image::{Image, Size};
use prebake::pipeline::{Canvas, Program, Recipe, Row};
use prebake::rng::Key;
use serde_json::Value;

const SIZE: Size = Size::new(64, 64);
const ROWS: u64 = 10_000;

fn draws(step: &str, name: &str) -> Vec<f64> {
    recipes(step, SIZE, ROWS).iter().map(|row| row[0].pointer(name).and_then(Value::as_f64).unwrap()).collect()
}

/// The share of normal numbers of this deviation whose magnitude is below `x`.
fn magnitude(x: f64, deviation: f64) -> f64 {
    libm::erf(x / deviation * std::f64::consts::FRAC_1_SQRT_2)
}

fn normal(deviation: f64) -> impl Fn(f64) -> f64 {
    move |x| 0.5 + 0.5 * magnitude(x, deviation)
}

#[test]
fn ranges_are_uniform() {
    let checks = [
        (r#"{"op": "elastic_transform", "alpha": [10, 90]}"#, "/alpha", 10.0, 90.0),
        (r#"{"op": "elastic_transform", "sigma": [2, 8]}"#, "/sigma", 2.0, 8.0),
        (r#"{"op": "grid_distortion"}"#, "/x/0", 0.7, 1.3),
        (r#"{"op": "grid_distortion"}"#, "/y/5", 0.7, 1.3),
        (r#"{"op": "optical_distortion"}"#, "/distort", -0.05, 0.05),
        (r#"{"op": "chromatic_aberration"}"#, "/red/0", -0.02, 0.02),
        (r#"{"op": "chromatic_aberration"}"#, "/red/1", -0.05, 0.05),
        (r#"{"op": "chromatic_aberration"}"#, "/blue/0", -0.02, 0.02),
        (r#"{"op": "chromatic_aberration", "mode": "red_blue"}"#, "/blue/1", -0.05, 0.05),
    ];
    for (step, name, low, high) in checks {
        kolmogorov_smirnov(draws(step, name), uniform(low, high));
    }
}

#[test]
fn nodes_move_as_normal_numbers() {
    for (step, deviation) in [
        (r#"{"op": "piecewise_affine", "scale": 0.06, "rows": 3, "columns": 5}"#, 0.02),
        (r#"{"op": "thin_plate_spline", "scale": 0.3, "control_points": 4}"#, 0.03),
    ] {
        for name in ["/moves/0/0", "/moves/0/1", "/moves/14/0"] {
            kolmogorov_smirnov(draws(step, name), normal(deviation));
        }
    }
}

/// Corners move inwards by a normal number's magnitude; what would be farther than 0.32 starts again at 0.
#[test]
fn corners_move_inwards() {
    let step = r#"{"op": "perspective", "scale": 0.2}"#;
    let law = |x: f64| {
        let turns = (0..8).map(|turn| 0.32 * f64::from(turn));
        turns.map(|turn| magnitude(x + turn, 0.2) - magnitude(turn, 0.2)).sum()
    };
    for (corner, [right, low]) in [[false, false], [true, false], [true, true], [false, true]].into_iter().enumerate() {
        for (axis, far) in [right, low].into_iter().enumerate() {
            let places = draws(step, &format!("/corners/{corner}/{axis}"));
            kolmogorov_smirnov(places.into_iter().map(|at| if far { 1.0 - at } else { at }).collect(), law);
        }
    }
}

#[test]
fn fringes_have_the_colours_they_are_asked_for() {
    for (mode, share) in [("green_purple", 1.0), ("red_blue", 0.0), ("random", 0.5)] {
        let rows = recipes(&format!(r#"{{"op": "chromatic_aberration", "mode": "{mode}"}}"#), SIZE, ROWS);
        let k1 = |row: &Vec<Value>, name| row[0].pointer(name).and_then(Value::as_f64).unwrap();
        let alike = rows.iter().filter(|row| k1(row, "/red/0") * k1(row, "/blue/0") > 0.0).count();
        let found = alike as f64 / ROWS as f64;
        // 4.75 deviations of a share of one half.
        let error = if share == 0.5 { 4.75 * 0.5 / (ROWS as f64).sqrt() } else { 0.0 };
        assert!((found - share).abs() <= error, "{found} for {mode}");
    }
}

/// The largest magnitude of `n` normal numbers lies below x with probability erf(x / sqrt 2)^n.
#[test]
fn the_peak_is_the_largest_of_all_the_noise() {
    let peaks = draws(r#"{"op": "elastic_transform"}"#, "/peak");
    kolmogorov_smirnov(peaks, |x| libm::pow(magnitude(x, 1.0), 2.0 * 64.0 * 64.0));
    let peaks = draws(r#"{"op": "elastic_transform", "same_dxdy": true}"#, "/peak");
    kolmogorov_smirnov(peaks, |x| libm::pow(magnitude(x, 1.0), 64.0 * 64.0));
}

const DRAWS: u64 = 2000;
const SIGMA: f64 = 4.0;
/// Levels per pixel of the slopes below.
const SLOPE: f64 = 16.0;

/// How far pixels are moved over 2,000 draws, in standard deviations of the law: for each of `places` right and down.
///
/// The picture is a slope to the right in red and one down in green, so that levels tell where a pixel was read.
/// Only pixels of the middle column tell how far to the right, and only such of the middle row how far down.
fn moves(step: &str, places: &[(usize, usize)]) -> Vec<[Vec<f64>; 2]> {
    let mut slopes = Image::new(SIZE);
    for (n, pixel) in slopes.bytes_mut().chunks_exact_mut(3).enumerate() {
        let level = |at: usize| ((at as f64 - 32.0) * SLOPE + 128.0) as u8;
        (pixel[0], pixel[1]) = (level(n % 64), level(n / 64));
    }
    let pipeline = pipeline(step);
    let mut all = vec![[Vec::new(), Vec::new()]; places.len()];
    let (mut recipe, mut canvas, mut made) = (Recipe::new(), Canvas::default(), vec![0; SIZE.bytes() as usize]);
    for seed in 0..DRAWS {
        pipeline.sample(&Row { key: Key::new(seed), epoch: 0, class: "" }, SIZE, &mut recipe);
        let drawn = serde_json::to_value(&recipe[0]).unwrap();
        let number = |name: &str| drawn[name].as_f64().unwrap();
        // White noise has 1 / (2 sqrt(pi) sigma) of its deviation after a Gaussian.
        let deviation = number("alpha") / number("peak") / (2.0 * std::f64::consts::PI.sqrt() * number("sigma"));
        let mut program = Program::default();
        program.lower(&recipe, SIZE, true);
        program.run(&recipe, &slopes, &mut canvas, &mut made);
        for (moves, (x, y)) in all.iter_mut().zip(places) {
            for (axis, moves) in moves.iter_mut().enumerate() {
                let level = f64::from(made[(y * 64 + x) * 3 + axis]);
                moves.push((level - 128.0) / SLOPE / deviation);
            }
        }
    }
    all
}

fn mean_product(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>() / a.len() as f64
}

/// Mean 0, the spread of smoothed noise, normal, and neighbours at distance r alike by exp(-r^2 / (4 sigma^2)).
#[test]
fn elastic_moves_are_smoothed_white_noise() {
    let step = r#"{"op": "elastic_transform", "alpha": 60, "sigma": 4}"#;
    let apart = [0, 4, 8, 16];
    let places: Vec<(usize, usize)> = apart.iter().flat_map(|r| [(32, 24 + r), (24 + r, 32)]).collect();
    let found = moves(step, &places);
    // To the right along the middle column; down along the middle row.
    for axis in 0..2 {
        let start = &found[axis][axis];
        assert!((start.iter().sum::<f64>() / DRAWS as f64).abs() < 4.75 / (DRAWS as f64).sqrt());
        for (n, r) in apart.into_iter().enumerate() {
            let (r, other) = (r as f64, &found[2 * n + axis][axis]);
            let law = libm::exp(-r * r / (4.0 * SIGMA * SIGMA));
            let product = mean_product(start, other);
            // Products of two normal numbers that are alike by c spread by sqrt(1 + c^2).
            let error = 4.75 * ((1.0 + law * law) / DRAWS as f64).sqrt();
            assert!((product - law).abs() < error, "{product} for {law} at {r} pixels");
        }
        kolmogorov_smirnov(start.clone(), normal(1.0));
    }
}

#[test]
fn elastic_moves_right_and_down_are_independent_or_the_same() {
    let place = [(32, 32)];
    let found = &moves(r#"{"op": "elastic_transform", "alpha": 60, "sigma": 4}"#, &place)[0];
    let product = mean_product(&found[0], &found[1]);
    assert!(product.abs() < 4.75 / (DRAWS as f64).sqrt(), "{product}");
    let found = &moves(r#"{"op": "elastic_transform", "alpha": 60, "sigma": 4, "same_dxdy": true}"#, &place)[0];
    // Levels are rounded along each axis for itself: by one at most, a sixteenth of a pixel.
    let apart = found[0].iter().zip(&found[1]).map(|(x, y)| (x - y).abs()).fold(0.0, f64::max);
    assert!(apart < 0.1, "{apart}");
}

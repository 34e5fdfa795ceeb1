//! What the filters draw, and what frosted glass does to a picture.

use super::laws::{chi_square, kolmogorov_smirnov, pipeline, recipes, uniform};
use prebake::image::{Image, Size};
use prebake::pipeline::{Canvas, Program, Recipe, Row};
use prebake::rng::Key;
use serde_json::Value;

const SIZE: Size = Size::new(64, 48);
const ROWS: u64 = 20_000;

fn draws(step: &str, name: &str) -> Vec<f64> {
    recipes(step, SIZE, ROWS).iter().map(|row| row[0].pointer(name).and_then(Value::as_f64).unwrap()).collect()
}

#[test]
fn sizes_are_odd_and_all_equally_likely() {
    for op in ["box_blur", "median_blur", "motion_blur", "unsharp_mask", "ringing_overshoot"] {
        // 4 goes up to 5.
        let sizes = draws(&format!(r#"{{"op": "{op}", "size": [4, 11]}}"#), "/size");
        let counts = [5.0, 7.0, 9.0, 11.0].map(|size| sizes.iter().filter(|drawn| **drawn == size).count() as u64);
        assert_eq!(counts.iter().sum::<u64>(), ROWS, "{op}");
        chi_square(&counts, &[1.0; 4]);
    }
}

#[test]
fn ranges_are_uniform() {
    let checks = [
        (r#"{"op": "gaussian_blur"}"#, "/sigma", 0.5, 3.0),
        (r#"{"op": "motion_blur"}"#, "/degrees", 0.0, 360.0),
        (r#"{"op": "motion_blur"}"#, "/direction", -1.0, 1.0),
        (r#"{"op": "motion_blur"}"#, "/shift/0", -1.0, 1.0),
        (r#"{"op": "motion_blur"}"#, "/shift/1", -1.0, 1.0),
        (r#"{"op": "sharpness", "factor": [0, 2]}"#, "/factor", 0.0, 2.0),
        (r#"{"op": "sharpen"}"#, "/alpha", 0.2, 0.5),
        (r#"{"op": "sharpen"}"#, "/lightness", 0.5, 1.0),
        (r#"{"op": "emboss"}"#, "/strength", 0.2, 0.7),
        (r#"{"op": "clahe"}"#, "/clip_limit", 1.0, 4.0),
        (r#"{"op": "defocus"}"#, "/alias_blur", 0.1, 0.5),
        (r#"{"op": "zoom_blur", "max_factor": [1.1, 1.3]}"#, "/max_factor", 1.1, 1.3),
    ];
    for (step, name, low, high) in checks {
        kolmogorov_smirnov(draws(step, name), uniform(low, high));
    }
}

#[test]
fn a_gaussian_is_cut_off_where_albumentations_cuts_it() {
    for row in recipes(r#"{"op": "gaussian_blur", "sigma": [0.1, 9]}"#, SIZE, 1000) {
        let sigma = row[0]["sigma"].as_f64().unwrap();
        assert_eq!(row[0]["size"].as_u64().unwrap(), 2 * (3.5 * sigma) as u64 + 1);
    }
}

/// A bright dot in the middle of 1,000 panes of glass: every swap moves it by -2 to 1 pixels along each axis.
#[test]
fn glass_moves_pixels_as_far_as_it_says() {
    const SIDE: u32 = 21;
    let size = Size::new(SIDE, SIDE);
    let mut dot = Image::new(size);
    let middle = (10 * SIDE as usize + 10) * 3;
    dot.bytes_mut()[middle..middle + 3].fill(255);
    let glass = pipeline(r#"{"op": "glass_blur", "sigma": 0, "max_delta": 2, "iterations": 1}"#);
    let mut counts = [[0u64; SIDE as usize]; 2];
    let (mut recipe, mut canvas) = (Recipe::new(), Canvas::default());
    for seed in 0..1000 {
        glass.sample(&Row { key: Key::new(seed), epoch: 0, class: "" }, size, &mut recipe);
        let mut program = Program::default();
        program.lower(&recipe, size, true);
        let mut made = vec![0; size.bytes() as usize];
        program.run(&recipe, &dot, &mut canvas, &mut made);
        let at = made.iter().position(|level| *level == 255).unwrap() / 3;
        assert_eq!(made.iter().filter(|level| **level == 255).count(), 3, "one dot stays one");
        counts[0][at % SIDE as usize] += 1;
        counts[1][at / SIDE as usize] += 1;
    }
    // The dot may be moved before its own turn, at it, and after it; simulated here by the definition, without
    // pixels, from another generator.
    let mut law = [[0u64; SIDE as usize]; 2];
    for seed in 0..20_000 {
        let mut rng = Key::new(1 << 40 | seed).rng();
        let (mut x, mut y) = (10i64, 10i64);
        for row in (3..=i64::from(SIDE) - 2).rev() {
            for column in (3..=i64::from(SIDE) - 2).rev() {
                let other = (column + rng.below(4) as i64 - 2, row + rng.below(4) as i64 - 2);
                if (x, y) == (column, row) {
                    (x, y) = other;
                } else if (x, y) == other {
                    (x, y) = (column, row);
                }
            }
        }
        law[0][x as usize] += 1;
        law[1][y as usize] += 1;
    }
    for (found, law) in counts.iter().zip(&law) {
        // Places that hardly ever come are counted as one.
        let often: Vec<usize> = (0..SIDE as usize).filter(|i| law[*i] >= 400).collect();
        let mut found: Vec<u64> = often.iter().map(|i| found[*i]).collect();
        let mut shares: Vec<f64> = often.iter().map(|i| law[*i] as f64).collect();
        found.push(1000 - found.iter().sum::<u64>());
        shares.push(20_000.0 - shares.iter().sum::<f64>() + 1.0);
        assert!(found.len() > 3);
        chi_square(&found, &shares);
    }
}

//! Noise of a flat picture: its mean, spread and whiteness.

use super::laws::{chi_square, flat_rows, pipeline};
use prebake::image::{Image, Size};
use prebake::pipeline::{Canvas, Program, Recipe, Row};
use prebake::rng::Key;

const SIZE: Size = Size::new(64, 64);
const ROWS: u64 = 1000;

/// What `ROWS` rows make of a flat picture of `level`.
pub(crate) fn made(step: &str, level: u8) -> Vec<Vec<u8>> {
    flat_rows(step, SIZE, level, ROWS)
}

/// Mean and standard deviation of all levels, and the correlation of neighbours `apart` bytes from each other.
fn moments(rows: &[Vec<u8>], apart: usize) -> (f64, f64, f64) {
    let all = || rows.iter().flatten().map(|level| f64::from(*level));
    let count = all().count() as f64;
    let mean = all().sum::<f64>() / count;
    let variance = all().map(|x| (x - mean).powi(2)).sum::<f64>() / count;
    let pairs = rows.iter().flat_map(|row| row.iter().zip(&row[apart..]));
    let product: f64 = pairs.clone().map(|(a, b)| (f64::from(*a) - mean) * (f64::from(*b) - mean)).sum();
    (mean, variance.sqrt(), product / pairs.count() as f64 / variance)
}

/// Draws in all rows.
const DRAWS: f64 = (ROWS * SIZE.bytes()) as f64;

#[test]
fn gaussian_noise_has_its_mean_and_spread_and_is_white() {
    let rows = made(r#"{"op": "gaussian_noise", "std": 0.05, "mean": 0.02}"#, 120);
    let (mean, std, across) = moments(&rows, 3);
    // Rounding to whole levels adds a twelfth to the variance.
    let expected = (12.75f64.powi(2) + 1.0 / 12.0).sqrt();
    assert!((mean - 125.1).abs() < 6.0 * expected / DRAWS.sqrt(), "{mean}");
    assert!((std - expected).abs() < 6.0 * expected / (2.0 * DRAWS).sqrt(), "{std}");
    let (_, _, channels) = moments(&rows, 1);
    let (_, _, down) = moments(&rows, 3 * 64);
    assert!([across, channels, down].iter().all(|c| c.abs() < 6.0 / DRAWS.sqrt()), "{across} {channels} {down}");
    let gray = made(r#"{"op": "gaussian_noise", "std": 0.05, "per_channel": false}"#, 120);
    assert!(gray.iter().flat_map(|row| row.chunks(3)).all(|p| p[0] == p[1] && p[1] == p[2]));
}

#[test]
fn salt_and_pepper_changes_exactly_so_many_pixels() {
    for row in made(r#"{"op": "salt_and_pepper", "amount": 0.1, "salt": 0.25}"#, 120) {
        let count = |level: u8| row.chunks(3).filter(|p| p.iter().all(|c| *c == level)).count();
        assert_eq!((count(255), count(0)), (102, 307));
    }
}

#[test]
fn multipliers_and_offsets_are_uniform() {
    let rows = made(r#"{"op": "multiplicative_noise", "multiplier": [0.5, 1.5], "elementwise": true, "per_channel": true}"#, 100);
    let (mean, std, across) = moments(&rows, 3);
    assert!(
        (mean - 99.5).abs() < 0.3 && (std - 100.0 / 12.0f64.sqrt()).abs() < 0.3 && across.abs() < 0.01,
        "{mean} {std} {across}"
    );
    let rows = made(r#"{"op": "additive_noise", "noise": "laplace", "spread": 0.02, "spatial": "per_pixel"}"#, 128);
    let (mean, std, across) = moments(&rows, 3);
    // Laplace's deviation is the root of two times its mean deviation.
    let expected = ((5.1 * 2.0f64.sqrt()).powi(2) + 1.0 / 12.0).sqrt();
    assert!((mean - 128.0).abs() < 0.05 && (std - expected).abs() < 0.05 && across.abs() < 0.01, "{mean} {std} {across}");
}

#[test]
fn photons_keep_the_light_and_vary_as_their_root() {
    let (scale, level) = (0.02, 150u8);
    let rows = made(&format!(r#"{{"op": "shot_noise", "scale": {scale}}}"#), level);
    let linear = |x: f64| (x / 255.0).powf(2.2);
    let light: Vec<f64> = rows.iter().flatten().map(|x| linear(f64::from(*x))).collect();
    let mean = light.iter().sum::<f64>() / DRAWS;
    let variance = light.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / DRAWS;
    let expected = linear(f64::from(level));
    assert!((mean / expected - 1.0).abs() < 0.01, "{mean} {expected}");
    assert!((variance / (expected * scale) - 1.0).abs() < 0.03, "{variance} {}", expected * scale);
}

/// Two colours in turn, so that lightness deviates: of 100 rows, what became of the first one.
fn sensor(step: &str, colours: [[u8; 3]; 2]) -> Vec<[u8; 3]> {
    let pipeline = pipeline(step);
    let picture = Image::from_bytes(SIZE, (0..SIZE.pixels() as usize).flat_map(|n| colours[n % 2]).collect());
    let rows = (0..ROWS).flat_map(|seed| {
        let (mut recipe, mut program) = (Recipe::new(), Program::default());
        pipeline.sample(&Row { key: Key::new(seed), epoch: 0, class: "" }, SIZE, &mut recipe);
        program.lower(&recipe, SIZE, true);
        let mut row = vec![0; SIZE.bytes() as usize];
        program.run(&recipe, &picture, &mut Canvas::default(), &mut row);
        row.chunks_exact(6).map(|pair| [pair[0], pair[1], pair[2]]).collect::<Vec<_>>()
    });
    rows.collect()
}

/// Lightness from 0 to 1, and hue in turns.
fn lightness_and_hue([r, g, b]: [u8; 3]) -> (f64, f64) {
    let [r, g, b] = [r, g, b].map(|level| f64::from(level) / 255.0);
    let (most, least) = (r.max(g).max(b), r.min(g).min(b));
    let hue = if most == r {
        (g - b) / (most - least)
    } else if most == g {
        (b - r) / (most - least) + 2.0
    } else {
        (r - g) / (most - least) + 4.0
    };
    ((most + least) / 2.0, hue / 6.0)
}

/// Photons are Poisson of the deviation of lightness times the intensity, and each brings lightness nearer to white by it.
#[test]
fn a_sensor_counts_photons_and_turns_the_hue() {
    const INTENSITY: f64 = 0.3;
    const SHIFT: f64 = 0.05;
    let colours = [[90, 30, 10], [250, 210, 160]];
    let pixels = sensor(&format!(r#"{{"op": "iso_noise", "intensity": {INTENSITY}, "color_shift": {SHIFT}}}"#), colours);
    let (light, hue) = lightness_and_hue(colours[0]);
    let deviation = (lightness_and_hue(colours[1]).0 - light) / 2.0;
    let mean = deviation * INTENSITY;
    let mut counts = [0u64; 3];
    let mut turns = Vec::new();
    for pixel in &pixels {
        let (found, turned) = lightness_and_hue(*pixel);
        let photons = ((found - light) / (INTENSITY * (1.0 - light))).round();
        counts[(photons as usize).min(2)] += 1;
        if photons == 0.0 {
            let turn = turned - hue;
            turns.push(turn - turn.round());
        }
    }
    let none = (-mean).exp();
    chi_square(&counts, &[none, none * mean, 1.0 - none - none * mean]);
    let count = turns.len() as f64;
    let middle = turns.iter().sum::<f64>() / count;
    let spread = (turns.iter().map(|turn| (turn - middle).powi(2)).sum::<f64>() / count).sqrt();
    // A sixth of a turn is 80 levels, of which whole ones are made: that adds a thousandth here.
    assert!(middle.abs() < 0.0005, "{middle}");
    assert!((spread / (SHIFT * INTENSITY) - 1.0).abs() < 0.02, "{spread}");
}

/// Without a deviation of lightness there are no photons, and gray has no hue to turn.
#[test]
fn a_sensor_leaves_what_is_flat_and_gray() {
    let rows = made(r#"{"op": "iso_noise", "intensity": 0.5, "color_shift": 0.05}"#, 77);
    assert!(rows.iter().flatten().all(|level| *level == 77));
}

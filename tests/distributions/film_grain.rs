//! Film grain on flat pictures: its mean and spread by level, its law, and how far pixels are alike.

use super::laws::{chi_square, flat_rows, kolmogorov_smirnov, recipes, uniform};
use prebake::image::Size;

const SIDE: usize = 64;
const SIZE: Size = Size::new(SIDE as u32, SIDE as u32);
const ROWS: u64 = 1000;
/// Pixels in all rows.
const PIXELS: f64 = (ROWS * SIZE.pixels()) as f64;

/// Channel `c` of what rows make of a flat picture.
fn made(fields: &str, level: u8, c: usize) -> Vec<Vec<f64>> {
    let rows = flat_rows(&format!(r#"{{"op": "film_grain", {fields}}}"#), SIZE, level, ROWS);
    rows.iter().map(|row| row[c..].iter().step_by(3).map(|level| f64::from(*level)).collect()).collect()
}

fn mean(numbers: impl Iterator<Item = f64> + Clone) -> f64 {
    numbers.clone().sum::<f64>() / numbers.count() as f64
}

/// The deviation that grain of this intensity has at a level; rounding adds a twelfth of a level squared.
fn deviation(intensity: f64, level: u8) -> f64 {
    let level = f64::from(level);
    (intensity * intensity * level * (255.0 - level) + 1.0 / 12.0).sqrt()
}

#[test]
fn grain_keeps_the_mean_and_is_strongest_in_the_middle() {
    for level in [32, 64, 128, 190, 223] {
        for size in [1, 3] {
            let rows = made(&format!(r#""intensity": 0.1, "grain_size": {size}"#), level, 0);
            let all = || rows.iter().flatten().copied();
            let (found, expected) = (mean(all()), deviation(0.1, level));
            let spread = mean(all().map(|x| (x - found).powi(2))).sqrt();
            // Of coarse grain fewer pixels are independent: one in 4 pi (size / 4)^2.
            let independent = PIXELS / if size == 1 { 1.0 } else { 4.0 * std::f64::consts::PI * 0.75 * 0.75 };
            assert!((found - f64::from(level)).abs() < 4.75 * expected / independent.sqrt(), "{found} at {level}");
            let error = 4.75 * expected / (2.0 * independent).sqrt();
            assert!((spread - expected).abs() < error, "{spread} for {expected} at {level}, size {size}");
        }
    }
    for level in [0, 255] {
        assert!(made(r#""intensity": 1"#, level, 1).iter().flatten().all(|x| *x == f64::from(level)));
    }
}

#[test]
fn grain_is_normal() {
    let rows = made(r#""intensity": 0.1, "grain_size": 1"#, 128, 2);
    let edges: Vec<f64> = (-6..=6).map(|k| f64::from(6 * k) + 0.5).collect();
    let mut counts = vec![0; edges.len() + 1];
    for x in rows.iter().flatten() {
        counts[edges.partition_point(|edge| *edge < x - 128.0)] += 1;
    }
    let spread = 0.1 * (128.0f64 * 127.0).sqrt();
    let below = |x: f64| 0.5 * libm::erfc(-x / spread * std::f64::consts::FRAC_1_SQRT_2);
    let ends: Vec<f64> = [0.0].into_iter().chain(edges.into_iter().map(below)).chain([1.0]).collect();
    chi_square(&counts, &ends.windows(2).map(|pair| pair[1] - pair[0]).collect::<Vec<f64>>());
}

/// What pixels so far apart have in common, as a share of the variance.
fn alike(a: &[Vec<f64>], b: &[Vec<f64>], (right, down): (usize, usize)) -> f64 {
    let (mut sum, mut pairs) = (0.0, 0.0);
    for (a, b) in a.iter().zip(b) {
        for y in 0..SIDE - down {
            for x in 0..SIDE - right {
                sum += (a[y * SIDE + x] - 128.0) * (b[(y + down) * SIDE + x + right] - 128.0);
                pairs += 1.0;
            }
        }
    }
    sum / pairs / deviation(0.2, 128).powi(2)
}

/// What numbers so far apart have in common after a Gaussian of this deviation, sampled at whole pixels.
fn common(sigma: f64, apart: usize) -> f64 {
    let weight = |k: i32| libm::exp(-0.5 * (f64::from(k) / sigma) * (f64::from(k) / sigma));
    let sum = |apart: i32| (-40..=40).map(|k| weight(k) * weight(k + apart)).sum::<f64>();
    sum(apart as i32) / sum(0)
}

#[test]
fn grain_is_as_coarse_as_it_says() {
    for size in [1.0, 2.0, 3.0, 6.0] {
        let sigma = size / 4.0;
        let rows = made(&format!(r#""intensity": 0.2, "grain_size": {size}"#), 128, 0);
        for apart in [(1, 0), (0, 1), (2, 0), (0, 2), (1, 1), (2, 2), (4, 0)] {
            let law = common(sigma, apart.0) * common(sigma, apart.1);
            // One pixel in so many is independent.
            let grain = (4.0 * std::f64::consts::PI * sigma * sigma).max(1.0);
            let error = 4.75 * ((1.0 + law * law) * grain / PIXELS).sqrt();
            let found = alike(&rows, &rows, apart);
            assert!((found - law).abs() < error, "{found} for {law} at {apart:?}, size {size}");
            let squared = (apart.0 * apart.0 + apart.1 * apart.1) as f64;
            let smooth = libm::exp(-4.0 * squared / (size * size));
            assert!(size < 3.0 || (law - smooth).abs() < 0.02, "{law} for {smooth} at {apart:?}, size {size}");
        }
    }
}

#[test]
fn layers_of_colour_are_independent_and_gray_grain_is_gray() {
    let of = |per_channel, c| made(&format!(r#""intensity": 0.2, "grain_size": 1, "per_channel": {per_channel}"#), 128, c);
    let colours = [0, 1, 2].map(|c| of(true, c));
    for (a, b) in [(0, 1), (1, 2), (0, 2)] {
        let found = alike(&colours[a], &colours[b], (0, 0));
        assert!(found.abs() < 4.75 / PIXELS.sqrt(), "{found}");
    }
    assert_eq!(of(false, 0), of(false, 2));
}

#[test]
fn strengths_and_sizes_are_uniform() {
    for (name, low, high) in [("intensity", 0.1, 0.3), ("grain_size", 1.0, 3.0)] {
        let rows = recipes(r#"{"op": "film_grain"}"#, SIZE, 10_000);
        kolmogorov_smirnov(rows.iter().map(|row| row[0][name].as_f64().unwrap()).collect(), uniform(low, high));
    }
}

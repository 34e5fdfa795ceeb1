//! Where weather falls, how much of it, and how a texture of snow spreads.

use super::laws::{chi_square, kolmogorov_smirnov, pipeline, recipes, uniform};
use prebake::image::{Image, Size};
use prebake::pipeline::{Canvas, Program, Recipe, Row};
use prebake::rng::Key;
use serde_json::Value;

const SIZE: Size = Size::new(200, 120);
const ROWS: u64 = 4000;

/// The numbers at `name` of each row.
fn numbers(rows: &[Vec<Value>], name: &str) -> Vec<f64> {
    rows.iter().map(|row| row[0].pointer(name).and_then(Value::as_f64).unwrap()).collect()
}

/// The elements of the list at `name`, of all rows.
fn elements<'a>(rows: &'a [Vec<Value>], name: &str) -> Vec<&'a Value> {
    rows.iter().flat_map(|row| row[0].pointer(name).and_then(Value::as_array).unwrap()).collect()
}

/// A number of each element.
fn parts(elements: &[&Value], name: &str) -> Vec<f64> {
    elements.iter().map(|element| element.pointer(name).and_then(Value::as_f64).unwrap()).collect()
}

/// Fails if whole numbers from `low` to `high` are not all as likely.
fn all_alike(draws: &[f64], low: i64, high: i64) {
    let count = (high - low + 1) as usize;
    let mut counts = vec![0u64; count];
    for draw in draws {
        assert!((low as f64..=high as f64).contains(draw), "{draw} is not from {low} to {high}");
        counts[(*draw as i64 - low) as usize] += 1;
    }
    chi_square(&counts, &vec![1.0; count]);
}

#[test]
fn drops_of_rain_fall_everywhere_that_they_fit() {
    let rows = recipes(r#"{"op": "rain", "density": [0.1, 0.5], "brightness": [0.5, 1]}"#, SIZE, ROWS);
    kolmogorov_smirnov(numbers(&rows, "/slant"), uniform(-10.0, 10.0));
    kolmogorov_smirnov(numbers(&rows, "/brightness"), uniform(0.5, 1.0));
    let counts = rows.iter().map(|row| row[0]["drops"].as_array().unwrap().len() as f64);
    // A tenth to a half of 120 rows, cut to whole numbers.
    let counts: Vec<f64> = counts.filter(|count| *count < 60.0).collect();
    all_alike(&counts, 12, 59);
    let drops = elements(&rows, "/drops");
    all_alike(&parts(&drops, "/0"), 0, 199);
    // An eighth of the height, and one row, are left below.
    all_alike(&parts(&drops, "/1"), 0, 120 - 15 - 1);
}

#[test]
fn shadows_have_as_many_corners_anywhere_in_their_region() {
    let step =
        r#"{"op": "shadow", "num_shadows": [1, 4], "dimension": 6, "region": [0.1, 0.5, 0.9, 1], "intensity": [0.2, 0.7]}"#;
    let rows = recipes(step, SIZE, ROWS);
    let counts: Vec<f64> = rows.iter().map(|row| row[0]["polygons"].as_array().unwrap().len() as f64).collect();
    all_alike(&counts, 1, 4);
    let polygons = elements(&rows, "/polygons");
    assert!(polygons.iter().all(|polygon| polygon.as_array().unwrap().len() == 6));
    let corners: Vec<&Value> = polygons.iter().flat_map(|polygon| polygon.as_array().unwrap()).collect();
    all_alike(&parts(&corners, "/0"), 20, 179);
    all_alike(&parts(&corners, "/1"), 60, 119);
    let intensities = elements(&rows, "/intensities").iter().map(|value| value.as_f64().unwrap()).collect();
    kolmogorov_smirnov(intensities, uniform(0.2, 0.7));
}

#[test]
fn the_sun_is_anywhere_in_its_region_and_circles_lie_on_a_line() {
    let step = r#"{"op": "sun_flare", "circles": [6, 10], "region": [0, 0, 1, 0.5], "color": [255, 200, 100]}"#;
    let rows = recipes(step, SIZE, ROWS);
    // Cut to whole pixels.
    all_alike(&numbers(&rows, "/center/0"), 0, 199);
    all_alike(&numbers(&rows, "/center/1"), 0, 59);
    let counts: Vec<f64> = rows.iter().map(|row| row[0]["circles"].as_array().unwrap().len() as f64).collect();
    all_alike(&counts, 6, 10);
    let circles = elements(&rows, "/circles");
    kolmogorov_smirnov(parts(&circles, "/alpha"), uniform(0.05, 0.2));
    let radii = parts(&circles, "/radius");
    chi_square(&[1.0, 8.0].map(|cube| radii.iter().filter(|radius| **radius == cube).count() as u64), &[1.0; 2]);
    assert!(radii.iter().all(|radius| [1.0, 8.0].contains(radius)));
    // A fifth of 255 darker at most.
    all_alike(&parts(&circles, "/color/0"), 204, 255);
    all_alike(&parts(&circles, "/color/2"), 49, 100);
}

/// With the line level, a circle's column is its place on it: every second pixel, the diagonal's hundredth.
#[test]
fn circles_are_anywhere_on_their_line() {
    let rows = recipes(r#"{"op": "sun_flare", "angle": 0, "circles": 8}"#, SIZE, ROWS);
    let columns = parts(&elements(&rows, "/circles"), "/center/0");
    assert!(columns.iter().all(|x| x % 2.0 == 0.0));
    all_alike(&columns.iter().map(|x| x / 2.0).collect::<Vec<_>>(), 0, 99);
    let level = |row: &Vec<Value>| {
        let circles = row[0]["circles"].as_array().unwrap().iter();
        circles.map(|circle| &circle["center"][1]).all(|y| *y == row[0]["center"][1])
    };
    assert!(rows.iter().all(level));
}

#[test]
fn fog_is_drawn_in_rounds_that_draw_together() {
    let rows = recipes(r#"{"op": "fog", "intensity": [0.3, 1], "alpha": [0.04, 0.1]}"#, SIZE, 300);
    kolmogorov_smirnov(numbers(&rows, "/intensity"), uniform(0.3, 1.0));
    kolmogorov_smirnov(numbers(&rows, "/alpha"), uniform(0.04, 0.1));
    // Of full intensity: regions of 66 pixels, discs of 6 to 11, and in the first round 24000 / 66^2 * 10 of them.
    let rows = recipes(r#"{"op": "fog", "intensity": 1}"#, SIZE, 300);
    let particles = |row: &Vec<Value>, from: usize| row[0]["particles"].as_array().unwrap()[from..].to_vec();
    let first: Vec<Value> = rows.iter().flat_map(|row| particles(row, 0).into_iter().take(55)).collect();
    let first: Vec<&Value> = first.iter().collect();
    all_alike(&parts(&first, "/0"), -1, 199);
    all_alike(&parts(&first, "/1"), -1, 119);
    let all = elements(&rows, "/particles");
    all_alike(&parts(&all, "/2"), 6, 11);
    // The last round is the innermost of the six whose height is above the region of 66 pixels.
    // 200 and 120, five times cut to nine tenths.
    for row in &rows {
        let last = row[0]["particles"].as_array().unwrap().last().unwrap();
        let (x, y) = (last[0].as_i64().unwrap() - 99, last[1].as_i64().unwrap() - 59);
        assert!(x.abs() <= 58 && y.abs() <= 35, "{last}");
    }
}

#[test]
fn snow_draws_how_much_and_seeds_for_textures() {
    let rows = recipes(r#"{"op": "snow", "snow_point": [0.1, 0.3], "brightness": [1, 3], "mode": "texture"}"#, SIZE, ROWS);
    kolmogorov_smirnov(numbers(&rows, "/snow_point"), uniform(0.1, 0.3));
    kolmogorov_smirnov(numbers(&rows, "/brightness"), uniform(1.0, 3.0));
    kolmogorov_smirnov(numbers(&rows, "/texture"), uniform(0.0, (1u64 << 53) as f64));
    let bleached = recipes(r#"{"op": "snow", "snow_point": [0.1, 0.3]}"#, SIZE, 5);
    assert!(bleached.iter().all(|row| row[0].get("texture").is_none()));
}

/// The value of snow on black, before it fades downwards: 255 point 0.85 (1/2 + 3/10 of smooth noise).
#[test]
fn a_texture_of_snow_is_smooth_noise_with_sparks() {
    const SIDE: usize = 64;
    let size = Size::new(SIDE as u32, SIDE as u32);
    let pipeline = pipeline(r#"{"op": "snow", "snow_point": 1, "mode": "texture"}"#);
    let (mut recipe, mut canvas, mut program) = (Recipe::new(), Canvas::default(), Program::default());
    let (mut rows, mut sparks) = (Vec::new(), 0u64);
    let mut made = vec![0; size.bytes() as usize];
    for seed in 0..1000 {
        pipeline.sample(&Row { key: Key::new(seed), epoch: 0, class: "" }, size, &mut recipe);
        program.lower(&recipe, size, true);
        program.run(&recipe, &Image::new(size), &mut canvas, &mut made);
        sparks += made.chunks_exact(3).filter(|pixel| **pixel == [255; 3]).count() as u64;
        // The first row is not faded; a spark tells nothing of it.
        let row = made[..3 * SIDE].chunks_exact(3).map(|pixel| pixel.iter().max().copied().unwrap());
        rows.push(row.map(|value| (value < 255).then(|| (f64::from(value) + 0.35) / (255.0 * 0.85))).collect::<Vec<_>>());
    }
    let pixels = 1000.0 * (SIDE * SIDE) as f64;
    assert!((sparks as f64 - 0.01 * pixels).abs() < 4.75 * (0.0099 * pixels).sqrt(), "{sparks}");
    let all: Vec<f64> = rows.iter().flatten().flatten().copied().collect();
    let mean = all.iter().sum::<f64>() / all.len() as f64;
    assert!((mean - 0.5).abs() < 0.005, "{mean}");
    // Twice smoothed by one pixel is once by sqrt 2; what is mirrored above the first row changes only the variance.
    let product = |apart: usize| {
        let pairs = rows.iter().flat_map(|row| row.iter().zip(&row[apart..]));
        let products: Vec<f64> = pairs.filter_map(|(a, b)| Some((a.as_ref()? - mean) * (b.as_ref()? - mean))).collect();
        products.iter().sum::<f64>() / products.len() as f64
    };
    let variance = product(0);
    for apart in [1, 2, 4] {
        let law = libm::exp(-((apart * apart) as f64) / 8.0);
        let found = product(apart) / variance;
        assert!((found - law).abs() < 0.03, "{found} for {law}, {apart} apart");
    }
}

#[test]
fn gravel_lies_in_patches_of_its_region() {
    let step = r#"{"op": "gravel", "region": [0.25, 0.25, 0.75, 0.75], "number_of_patches": [1, 3]}"#;
    let size = Size::new(800, 800);
    let rows = recipes(step, size, 1000);
    let pieces = elements(&rows, "/pieces");
    all_alike(&parts(&pieces, "/4"), 0, 255);
    // One to three pixels in each direction, and nothing here is cut at an edge.
    let widths = parts(&pieces, "/2");
    chi_square(&[2.0, 4.0, 6.0].map(|side| widths.iter().filter(|width| **width == side).count() as u64), &[1.0; 3]);
    assert!(pieces.iter().all(|piece| piece[2] == piece[3]));
    let (lefts, tops) = (parts(&pieces, "/0"), parts(&pieces, "/1"));
    assert!(lefts.iter().chain(&tops).all(|edge| (197.0..=599.0).contains(edge)));
    // A patch of 40 to 80 pixels across and down has a piece to 100 pixels: 36 on average.
    let mean = pieces.len() as f64 / 2000.0;
    assert!((mean - 35.5).abs() < 1.5, "{mean}");
}

#[test]
fn spatter_draws_each_of_its_strengths() {
    let step = r#"{"op": "spatter", "mean": [0.6, 0.7], "std": [0.2, 0.4], "gauss_sigma": [1, 3], "cutout_threshold": [0.6, 0.7], "intensity": [0.3, 0.9]}"#;
    let rows = recipes(step, SIZE, ROWS);
    for (name, low, high) in [("mean", 0.6, 0.7), ("std", 0.2, 0.4), ("gauss_sigma", 1.0, 3.0), ("intensity", 0.3, 0.9)] {
        kolmogorov_smirnov(numbers(&rows, &format!("/{name}")), uniform(low, high));
    }
    kolmogorov_smirnov(numbers(&rows, "/cutout_threshold"), uniform(0.6, 0.7));
    kolmogorov_smirnov(numbers(&rows, "/seed"), uniform(0.0, (1u64 << 53) as f64));
}

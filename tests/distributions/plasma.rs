//! The plasma's field: what its numbers are like, and how much alike those of neighbouring pixels.

use super::laws::{flat_rows, kolmogorov_smirnov, recipes, uniform};
use prebake::image::Size;

/// A whole square grid, so that the field is the reference's.
const SIDE: usize = 65;
const ROWS: u64 = 1000;

/// Fields, as full brightness on black shows them.
fn fields(roughness: f64) -> Vec<Vec<f64>> {
    let step = format!(r#"{{"op": "plasma_brightness", "brightness": 1, "roughness": {roughness}}}"#);
    let rows = flat_rows(&step, Size::new(SIDE as u32, SIDE as u32), 0, ROWS);
    rows.iter().map(|row| row.iter().step_by(3).map(|level| f64::from(*level) / 255.0).collect()).collect()
}

/// Of one field: mean, variance, and what pixels 1, 4 and 16 columns apart have in common.
fn moments(field: &[f64]) -> [f64; 5] {
    let mean = field.iter().sum::<f64>() / field.len() as f64;
    let common = |apart: usize| {
        let pairs = field.chunks(SIDE).flat_map(|row| row.iter().zip(&row[apart..]));
        pairs.clone().map(|(a, b)| (a - mean) * (b - mean)).sum::<f64>() / pairs.count() as f64
    };
    [mean, common(0), common(1), common(4), common(16)]
}

/// Of 4,000 fields of Albumentations 2.0.8 in levels, with NumPy's random numbers: the means of [`moments`] and their
/// standard deviations from field to field.
const REFERENCE: [(f64, [f64; 5], [f64; 5]); 3] = [
    (0.3, [0.4917, 0.0259, 0.0248, 0.0213, 0.0060], [0.0655, 0.0069, 0.0069, 0.0067, 0.0059]),
    (1.0, [0.4203, 0.0352, 0.0120, 0.0004, 0.0000], [0.0157, 0.0024, 0.0010, 0.0007, 0.0008]),
    (3.0, [0.3841, 0.0302, 0.0070, 0.0004, 0.0004], [0.0136, 0.0022, 0.0007, 0.0006, 0.0006]),
];

#[test]
fn fields_are_alike_those_of_the_reference() {
    for (roughness, means, deviations) in REFERENCE {
        let all: Vec<[f64; 5]> = fields(roughness).iter().map(|field| moments(field)).collect();
        for i in 0..5 {
            let found = all.iter().map(|moments| moments[i]).sum::<f64>() / ROWS as f64;
            // Both are means over so many fields; the reference's are rounded.
            let error = 4.75 * deviations[i] * (1.0 / ROWS as f64 + 1.0 / 4000.0).sqrt() + 0.00005;
            assert!((found - means[i]).abs() < error, "{found} for {} of moment {i} at {roughness}", means[i]);
        }
    }
}

#[test]
fn every_field_reaches_from_end_to_end() {
    for field in fields(0.4) {
        let ends = field.iter().fold((1.0f64, 0.0f64), |(least, most), x| (least.min(*x), most.max(*x)));
        assert_eq!(ends, (0.0, 1.0));
    }
}

#[test]
fn no_direction_is_preferred() {
    let (mut across, mut down) = (0.0, 0.0);
    for field in fields(0.3) {
        let turned: Vec<f64> = (0..SIDE * SIDE).map(|i| field[i % SIDE * SIDE + i / SIDE]).collect();
        across += moments(&field)[3] / ROWS as f64;
        down += moments(&turned)[3] / ROWS as f64;
    }
    assert!((across - down).abs() < 4.75 * 0.0067 * (2.0 / ROWS as f64).sqrt(), "{across} {down}");
}

#[test]
fn strengths_are_uniform() {
    let checks = [
        (r#"{"op": "plasma_brightness"}"#, "/brightness", -0.3, 0.3),
        (r#"{"op": "plasma_contrast"}"#, "/contrast", -0.3, 0.3),
        (r#"{"op": "plasma_shadow"}"#, "/intensity", 0.3, 0.7),
    ];
    for (step, name, low, high) in checks {
        let rows = recipes(step, Size::new(8, 8), 10_000);
        kolmogorov_smirnov(rows.iter().map(|row| row[0].pointer(name).unwrap().as_f64().unwrap()).collect(), uniform(low, high));
    }
}

//! What is lost by chance, and how much WebP loses.

use super::laws::{chi_square, pipeline, recipes};
use super::noise::made;
use prebake::decode::{Decoding, Limits, Scratch, decode};
use prebake::image::{Image, Size};
use prebake::pipeline::Canvas;
use std::path::Path;

#[test]
fn dithering_by_chance_keeps_the_brightness() {
    for level in [1, 80, 200] {
        let rows = made(r#"{"op": "dithering", "method": "random"}"#, level);
        let white = rows.iter().flatten().filter(|made| **made == 255).count() as u64;
        let all = rows.iter().map(|row| row.len() as u64).sum::<u64>();
        chi_square(&[white, all - white], &[f64::from(level), 255.0 - f64::from(level)]);
    }
}

#[test]
fn areas_are_replaced_as_often_as_said() {
    let step = r#"{"op": "superpixels", "p_replace": 0.3, "n_segments": 100}"#;
    let rows = recipes(step, Size::new(128, 128), 2000);
    // Every 12 pixels a middle: 11 in a row and in a column.
    let mut counts = vec![0; 121];
    for area in rows.iter().flat_map(|row| row[0]["replaced"].as_array().unwrap()) {
        counts[area.as_u64().unwrap() as usize] += 1;
    }
    let replaced = counts.iter().sum();
    chi_square(&[replaced, 2000 * 121 - replaced], &[0.3, 0.7]);
    chi_square(&counts, &[1.0; 121]);
}

fn picture(name: &str) -> Image {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/parity").join(name);
    let decoding = Decoding { background: [0; 3], limits: Limits::NONE, at_least: None };
    let mut image = Image::default();
    decode(&std::fs::read(path).unwrap(), &decoding, &mut Scratch::default(), &mut image).unwrap();
    image
}

/// Mean difference, and the peak signal-to-noise ratio in decibels.
fn off(made: &[u8], source: &Image) -> (f64, f64) {
    let differences = || made.iter().zip(source.bytes()).map(|(a, b)| f64::from(*a) - f64::from(*b));
    let count = made.len() as f64;
    let squares = differences().map(|off| off * off).sum::<f64>() / count;
    (differences().sum::<f64>() / count, 10.0 * (255.0 * 255.0 / squares).log10())
}

#[test]
fn webp_loses_as_much_as_libwebp() {
    let input = picture("input.png");
    for quality in [10, 30, 50, 80, 95, 100] {
        let theirs = picture(&format!("quality/webp_{quality}.png"));
        let pipeline = pipeline(&format!(r#"{{"op": "webp_compression", "quality": {quality}}}"#));
        // What leaves nothing to chance is done when a picture is prepared.
        let mut ours = Image::default();
        pipeline.prepare(&input, &mut Canvas::default(), &mut ours);
        let ((mean, ratio), (their_mean, their_ratio)) = (off(ours.bytes(), &input), off(theirs.bytes(), &input));
        assert!((ratio - their_ratio).abs() < 0.2, "{quality}: {ratio:.2} dB and {their_ratio:.2} dB");
        assert!((mean - their_mean).abs() < 0.3, "{quality}: {mean:.2} and {their_mean:.2} levels off");
    }
}

//! Draws of a pipeline, and the tests that they take.

use prebake::image::{Image, Size};
use prebake::pipeline::{Canvas, Pipeline, Program, Recipe, Row};
use prebake::rng::Key;
use prebake::spec::{Overrides, Spec};
use serde_json::Value;

/// The pipeline of these steps.
pub(crate) fn pipeline(steps: &str) -> Pipeline {
    let text = format!(r#"{{"version": 1, "pipeline": [{steps}]}}"#);
    Spec::parse("s.json", &text, &Overrides::default()).unwrap().pipeline
}

/// What `count` rows draw for a picture of `size`, each as the list of its ops.
pub(crate) fn recipes(steps: &str, size: Size, count: u64) -> Vec<Vec<Value>> {
    let pipeline = pipeline(steps);
    let mut recipe = Recipe::new();
    let rows = (0..count).map(|seed| {
        pipeline.sample(&Row { key: Key::new(seed), epoch: 0, class: "" }, size, &mut recipe);
        recipe.iter().map(|taken| serde_json::to_value(taken).unwrap()).collect()
    });
    rows.collect()
}

/// What `count` rows make of a picture of `size` in which every level is `level`.
pub(crate) fn flat_rows(steps: &str, size: Size, level: u8, count: u64) -> Vec<Vec<u8>> {
    let pipeline = pipeline(steps);
    let flat = Image::from_bytes(size, vec![level; size.bytes() as usize]);
    let (mut recipe, mut program, mut canvas) = (Recipe::new(), Program::default(), Canvas::default());
    let rows = (0..count).map(|seed| {
        pipeline.sample(&Row { key: Key::new(seed), epoch: 0, class: "" }, size, &mut recipe);
        program.lower(&recipe, size, true);
        let mut row = vec![0; size.bytes() as usize];
        program.run(&recipe, &flat, &mut canvas, &mut row);
        row
    });
    rows.collect()
}

/// Fails if counts are less likely than one in a million to come from these shares of their sum.
pub(crate) fn chi_square(counts: &[u64], shares: &[f64]) {
    assert_eq!(counts.len(), shares.len());
    let total = counts.iter().sum::<u64>() as f64;
    let whole: f64 = shares.iter().sum();
    let expected = shares.iter().map(|share| share / whole * total);
    let statistic: f64 = counts.iter().zip(expected).map(|(n, e)| (*n as f64 - e).powi(2) / e).sum();
    // Wilson and Hilferty's approximation: the cube root of chi-square over its degrees is nearly normal.
    let degrees = (counts.len() - 1) as f64;
    let normal = ((statistic / degrees).cbrt() - (1.0 - 2.0 / (9.0 * degrees))) / (2.0 / (9.0 * degrees)).sqrt();
    assert!(normal < 4.75, "{counts:?} are no draws of {shares:?}: {normal:.1} standard deviations");
}

/// Fails if draws are less likely than one in a million to come from the law whose distribution function is `law`.
pub(crate) fn kolmogorov_smirnov(mut draws: Vec<f64>, law: impl Fn(f64) -> f64) {
    draws.sort_by(f64::total_cmp);
    let n = draws.len() as f64;
    let far = draws.iter().enumerate().map(|(i, x)| (law(*x) - i as f64 / n).max((i + 1) as f64 / n - law(*x)));
    let most = far.fold(0.0, f64::max);
    assert!(most * n.sqrt() < 2.7, "off by {most:.4} of {n} draws");
}

/// The distribution function of the uniform law.
pub(crate) fn uniform(low: f64, high: f64) -> impl Fn(f64) -> f64 {
    move |x| ((x - low) / (high - low)).clamp(0.0, 1.0)
}

//! `p`, choices, numbers, orders, schedules, epochs and classes.

use super::laws::{chi_square, kolmogorov_smirnov, pipeline, recipes, uniform};
use prebake::image::Size;
use prebake::pipeline::{Recipe, Row};
use prebake::rng::Key;
use serde_json::Value;
use std::collections::BTreeMap;

const SIZE: Size = Size::new(8, 8);
const ROWS: u64 = 20_000;
/// Three ops that are told apart by their names.
const THREE: &str = r#"{"op": "horizontal_flip"}, {"op": "vertical_flip"}, {"op": "rotate", "degrees": 90}"#;

/// How often each sequence of ops comes.
fn counts(steps: &str) -> BTreeMap<String, u64> {
    let mut counts = BTreeMap::new();
    for row in recipes(steps, SIZE, ROWS) {
        let names: Vec<&str> = row.iter().map(|taken| &taken["op"].as_str().unwrap()[..1]).collect();
        *counts.entry(names.concat()).or_default() += 1;
    }
    counts
}

fn follows(steps: &str, law: &[(&str, f64)]) {
    let counts = counts(steps);
    let found: Vec<u64> = law.iter().map(|(names, _)| counts.get(*names).copied().unwrap_or(0)).collect();
    assert_eq!(found.iter().sum::<u64>(), ROWS, "{counts:?} has others");
    chi_square(&found, &law.iter().map(|(_, share)| *share).collect::<Vec<_>>());
}

#[test]
fn p_holds_for_ops_and_for_compositions() {
    follows(r#"{"op": "horizontal_flip", "p": 0.3}"#, &[("h", 0.3), ("", 0.7)]);
    let both = r#"{"op": "sequential", "steps": [{"op": "horizontal_flip"}, {"op": "vertical_flip", "p": 0.5}], "p": 0.4}"#;
    follows(both, &[("hv", 0.2), ("h", 0.2), ("", 0.6)]);
}

#[test]
fn one_of_follows_its_weights() {
    follows(&format!(r#"{{"op": "one_of", "of": [{THREE}]}}"#), &[("h", 1.0), ("v", 1.0), ("r", 1.0)]);
    follows(&format!(r#"{{"op": "one_of", "of": [{THREE}], "weights": [5, 0, 1]}}"#), &[("h", 5.0), ("r", 1.0)]);
}

#[test]
fn some_of_chooses_as_many_as_it_says() {
    let third = [("hv", 1.0), ("hr", 1.0), ("vr", 1.0)];
    follows(&format!(r#"{{"op": "some_of", "n": 2, "of": [{THREE}]}}"#), &third);
    let ninth = 1.0 / 9.0;
    let law = [("hh", ninth), ("vv", ninth), ("rr", ninth), ("hv", 2.0 * ninth), ("hr", 2.0 * ninth), ("vr", 2.0 * ninth)];
    follows(&format!(r#"{{"op": "some_of", "n": 2, "of": [{THREE}], "replace": true}}"#), &law);
    let law = [("", 3.0), ("h", 1.0), ("v", 1.0), ("r", 1.0)];
    follows(&format!(r#"{{"op": "some_of", "n": [0, 1], "of": [{THREE}]}}"#), &law);
}

#[test]
fn every_order_is_as_likely() {
    let orders = ["hvr", "hrv", "vhr", "vrh", "rhv", "rvh"].map(|order| (order, 1.0));
    follows(&format!(r#"{{"op": "random_order", "steps": [{THREE}]}}"#), &orders);
    let pairs = ["hv", "vh", "hr", "rh", "vr", "rv"].map(|order| (order, 1.0));
    follows(&format!(r#"{{"op": "random_order", "steps": [{THREE}], "n": 2}}"#), &pairs);
}

#[test]
fn one_or_other_follows_its_share() {
    let step =
        r#"{"op": "one_or_other", "share": 0.8, "first": [{"op": "horizontal_flip"}], "second": [{"op": "vertical_flip"}]}"#;
    follows(step, &[("h", 0.8), ("v", 0.2)]);
}

#[test]
fn ranges_are_uniform_and_a_step_that_comes_again_draws_again() {
    let rotate = r#"{"op": "rotate", "degrees": [-30, 10]}"#;
    let degrees = |value: &Value| value["degrees"].as_f64().unwrap();
    let draws = recipes(rotate, SIZE, ROWS).iter().map(|row| degrees(&row[0])).collect();
    kolmogorov_smirnov(draws, uniform(-30.0, 10.0));
    let twice = format!(r#"{{"op": "some_of", "n": 2, "of": [{rotate}], "replace": true}}"#);
    let rows = recipes(&twice, SIZE, ROWS);
    let products = rows.iter().map(|row| (degrees(&row[0]) + 10.0) * (degrees(&row[1]) + 10.0) / (400.0 / 3.0));
    let correlation = products.sum::<f64>() / ROWS as f64;
    assert!(correlation.abs() < 6.0 / (ROWS as f64).sqrt(), "{correlation}");
}

/// What the row of an epoch and class draws.
fn drawn(steps: &str, epoch: u64, class: &str) -> Value {
    let mut recipe = Recipe::new();
    pipeline(steps).sample(&Row { key: Key::new(1), epoch, class }, SIZE, &mut recipe);
    serde_json::to_value(recipe).unwrap()
}

#[test]
fn a_schedule_moves_with_the_epochs_and_stays_at_its_end() {
    let linear = r#"{"op": "brightness", "delta": {"schedule": "linear", "from": 0, "to": 0.4, "epochs": 5}}"#;
    let deltas: Vec<f64> = (0..7).map(|epoch| drawn(linear, epoch, "")[0]["delta"].as_f64().unwrap()).collect();
    let expected = [0.0, 0.1, 0.2, 0.3, 0.4, 0.4, 0.4];
    assert!(deltas.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-12), "{deltas:?}");
    let cosine = linear.replace("linear", "cosine");
    assert!((drawn(&cosine, 2, "")[0]["delta"].as_f64().unwrap() - 0.2).abs() < 1e-12);
    assert!(drawn(&cosine, 1, "")[0]["delta"].as_f64().unwrap() < 0.1);
    let steps = r#"{"op": "horizontal_flip", "p": {"schedule": "steps", "values": [[0, 0], [3, 1]]}}"#;
    let lengths: Vec<usize> = (0..5).map(|epoch| drawn(steps, epoch, "").as_array().unwrap().len()).collect();
    assert_eq!(lengths, [0, 0, 0, 1, 1]);
}

#[test]
fn epochs_and_classes_choose_their_steps() {
    let at = r#"{"op": "at_epochs", "from": 1, "to": 2, "steps": [{"op": "horizontal_flip"}], "otherwise": [{"op": "vertical_flip"}]}"#;
    let names: Vec<String> = (0..4).map(|epoch| drawn(at, epoch, "")[0]["op"].as_str().unwrap()[..1].into()).collect();
    assert_eq!(names.concat(), "vhhv");
    let on = r#"{"op": "on_classes", "classes": ["6", "9"], "steps": [{"op": "rotate", "degrees": 5}], "otherwise": [{"op": "horizontal_flip"}]}"#;
    assert_eq!(drawn(on, 0, "9")[0]["op"], "rotate");
    assert_eq!(drawn(on, 0, "5")[0]["op"], "horizontal_flip");
}

/// Of the five steps each is taken or not, whatever the others do, and contrast stands first in half of all rows.
#[test]
fn a_photometric_distortion_takes_each_step_by_its_own_chance() {
    let rows = recipes(r#"{"op": "photometric_distort", "step_p": 0.3, "channel_shuffle_p": 0.6}"#, SIZE, ROWS);
    let steps = ["brightness", "contrast", "saturation", "hue", "channels"];
    let (mut found, mut law) = ([0u64; 64], [1.0; 64]);
    for row in &rows {
        let taken = steps.iter().rev().fold(0, |taken, step| taken << 1 | usize::from(row[0].get(step).is_some()));
        found[taken | usize::from(row[0]["contrast_first"].as_bool().unwrap()) << 5] += 1;
    }
    for (taken, share) in law.iter_mut().enumerate() {
        for (step, p) in [0.3, 0.3, 0.3, 0.3, 0.6, 0.5].into_iter().enumerate() {
            *share *= if taken >> step & 1 == 1 { p } else { 1.0 - p };
        }
    }
    chi_square(&found, &law);
    let mut orders = BTreeMap::new();
    for order in rows.iter().filter_map(|row| row[0].get("channels")) {
        *orders.entry(order.to_string()).or_insert(0) += 1;
    }
    chi_square(&orders.into_values().collect::<Vec<u64>>(), &[1.0; 6]);
    for (step, low, high) in
        [("brightness", 0.875, 1.125), ("contrast", 0.5, 1.5), ("saturation", 0.5, 1.5), ("hue", -0.05, 0.05)]
    {
        let draws = rows.iter().filter_map(|row| row[0].get(step)?.as_f64()).collect();
        kolmogorov_smirnov(draws, uniform(low, high));
    }
}

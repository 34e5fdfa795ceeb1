//! Policies draw by the tables of the libraries that they come from: `fixtures/policies`, which those libraries wrote.

use super::laws::{chi_square, kolmogorov_smirnov, recipes, uniform};
use prebake::image::Size;
use serde_json::Value;
use std::path::Path;

const ROWS: u64 = 20_000;
const SIZE: Size = Size::new(96, 72);

/// Whether `drawn` says everything that `table` says; numbers as single precision has them, and none where it is silent.
fn fits(drawn: &Value, table: &Value) -> bool {
    match (drawn, table) {
        (Value::Object(drawn), Value::Object(table)) => {
            table.iter().all(|(name, said)| drawn.get(name).map_or(*said == 0, |found| fits(found, said)))
        }
        (Value::Array(drawn), Value::Array(table)) => {
            drawn.len() == table.len() && drawn.iter().zip(table).all(|(found, said)| fits(found, said))
        }
        (Value::Number(drawn), Value::Number(table)) => {
            let (found, said) = (drawn.as_f64().unwrap(), table.as_f64().unwrap());
            (found - said).abs() <= 1e-5 * said.abs().max(1.0)
        }
        _ => drawn == table,
    }
}

/// Every outcome of a table once, with its share.
fn outcomes(table: &Value) -> Vec<(f64, Value)> {
    let mut merged: Vec<(f64, Value)> = Vec::new();
    for outcome in table["outcomes"].as_array().unwrap() {
        let (share, recipe) = (outcome[0].as_f64().unwrap(), &outcome[1]);
        match merged.iter_mut().find(|(_, known)| fits(known, recipe) && fits(recipe, known)) {
            Some((sum, _)) => *sum += share,
            None => merged.push((share, recipe.clone())),
        }
    }
    merged
}

#[test]
fn every_policy_draws_what_its_library_draws_as_often() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/policies");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(files.len() >= 12);
    for file in files {
        let table: Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
        let outcomes = outcomes(&table);
        let mut counts = vec![0; outcomes.len()];
        for row in recipes(&table["step"].to_string(), SIZE, ROWS) {
            let row = Value::Array(row);
            let at = outcomes.iter().position(|(_, outcome)| fits(&row, outcome));
            counts[at.unwrap_or_else(|| panic!("{}: draws {row}", file.display()))] += 1;
        }
        // Outcomes too rare for the test count as one.
        let common = |share: f64| share * ROWS as f64 >= 8.0;
        let rare = |rare: &dyn Fn(usize) -> f64| (0..outcomes.len()).filter(|i| !common(outcomes[*i].0)).map(rare).sum::<f64>();
        let mut found: Vec<u64> = (0..outcomes.len()).filter(|i| common(outcomes[*i].0)).map(|i| counts[i]).collect();
        let mut shares: Vec<f64> = outcomes.iter().map(|(share, _)| *share).filter(|share| common(*share)).collect();
        if found.len() < outcomes.len() {
            found.push(rare(&|i| counts[i] as f64) as u64);
            shares.push(rare(&|i| outcomes[i].0));
        }
        chi_square(&found, &shares);
    }
}

/// Every value of `field` that an op called `op` drew.
fn values(steps: &str, op: &str, field: &str) -> Vec<f64> {
    let drawn = recipes(steps, SIZE, ROWS).into_iter().flatten().filter(|taken| taken["op"] == op);
    drawn.filter_map(|taken| taken[field].as_f64()).collect()
}

#[test]
fn as_many_ops_are_drawn_as_said_and_the_same_may_come_again() {
    let rows = recipes(r#"{"op": "rand_augment", "dialect": "timm", "n": 3, "op_p": 1}"#, SIZE, 2000);
    assert!(rows.iter().all(|row| row.len() == 3));
    assert!(rows.iter().any(|row| row[0]["op"] == "equalize" && row[2]["op"] == "equalize"));
    assert!(recipes(r#"{"op": "rand_augment", "n": 0}"#, SIZE, 10).iter().all(Vec::is_empty));
}

#[test]
fn timms_magnitudes_are_normal_and_end_at_their_bound() {
    let steps = r#"{"op": "rand_augment", "dialect": "timm", "n": 1, "op_p": 1, "magnitude": 8, "magnitude_std": 1.5, "magnitude_max": 9}"#;
    let turns: Vec<f64> = values(steps, "rotate", "degrees").into_iter().map(|degrees| degrees.abs() / 3.0).collect();
    assert!(turns.iter().all(|level| *level <= 9.0 + 1e-9));
    let below = |level: f64| 0.5 * libm::erfc(-(level - 8.0) / 1.5 * std::f64::consts::FRAC_1_SQRT_2);
    let at_the_end = turns.iter().filter(|level| **level > 9.0 - 1e-9).count();
    let beyond = turns.len() as f64 * (1.0 - below(9.0));
    assert!((at_the_end as f64 - beyond).abs() < 5.0 * beyond.sqrt(), "{at_the_end} of {beyond}");
    let within: Vec<f64> = turns.into_iter().filter(|level| *level < 9.0 - 1e-9).collect();
    kolmogorov_smirnov(within, |level| below(level) / below(9.0));
}

#[test]
fn above_a_hundred_timms_magnitudes_are_even() {
    let steps = r#"{"op": "rand_augment", "dialect": "timm", "n": 1, "op_p": 1, "magnitude": 5, "magnitude_std": 101, "increasing": true}"#;
    let turns = values(steps, "rotate", "degrees").into_iter().map(f64::abs).collect();
    kolmogorov_smirnov(turns, uniform(0.0, 15.0));
}

#[test]
fn keras_turns_and_moves_one_way_as_its_layers_do() {
    let steps = r#"{"op": "rand_augment", "dialect": "keras", "n": 1, "magnitude": 0.5}"#;
    kolmogorov_smirnov(values(steps, "rotate", "degrees"), uniform(0.0, 180.0));
    kolmogorov_smirnov(values(steps, "brightness", "delta"), uniform(0.0, 0.5));
    kolmogorov_smirnov(values(steps, "contrast", "factor"), uniform(1.0, 1.5));
    let slopes = values(steps, "shear", "x").into_iter().map(|degrees| degrees.to_radians().tan().abs());
    kolmogorov_smirnov(slopes.filter(|slope| *slope > 0.0).collect(), uniform(0.0, 0.5));
    let bits = values(steps, "posterize", "bits");
    assert!([1.0, 2.0, 3.0].iter().all(|kept| bits.contains(kept)) && bits.iter().all(|kept| *kept < 4.0));
}

#[test]
fn augmix_draws_its_shares_and_its_chains() {
    let rows = recipes(r#"{"op": "augmix"}"#, SIZE, 5000);
    let kept = rows.iter().map(|row| row[0]["kept"].as_f64().unwrap()).collect();
    // The beta law with both parameters at 1 is the uniform one.
    kolmogorov_smirnov(kept, uniform(0.0, 1.0));
    let chains = |row: &Vec<Value>| row[0]["chains"].as_array().unwrap().clone();
    // A share of three of the Dirichlet law with parameters 1 is below x with 1 - (1 - x)^2.
    let first = rows.iter().map(|row| chains(row)[0]["share"].as_f64().unwrap() / (1.0 - row[0]["kept"].as_f64().unwrap()));
    kolmogorov_smirnov(first.collect(), |x| 1.0 - (1.0 - x).powi(2));
    let mut depths = [0; 3];
    for chain in rows.iter().flat_map(chains) {
        depths[chain["steps"].as_array().unwrap().len() - 1] += 1;
    }
    chi_square(&depths, &[1.0; 3]);
    let sums = rows
        .iter()
        .map(|row| row[0]["kept"].as_f64().unwrap() + chains(row).iter().map(|c| c["share"].as_f64().unwrap()).sum::<f64>());
    assert!(sums.into_iter().all(|sum| (sum - 1.0).abs() < 1e-12));
}

#[test]
fn shares_of_any_parameter_follow_the_dirichlet_law() {
    for (alpha, spread) in [(0.3, 0.25 / 1.6), (1.0, 0.25 / 3.0), (5.0, 0.25 / 11.0)] {
        let rows = recipes(&format!(r#"{{"op": "augmix", "alpha": {alpha}}}"#), SIZE, 20_000);
        let kept: Vec<f64> = rows.iter().map(|row| row[0]["kept"].as_f64().unwrap()).collect();
        let mean = kept.iter().sum::<f64>() / kept.len() as f64;
        let found = kept.iter().map(|kept| (kept - 0.5).powi(2)).sum::<f64>() / kept.len() as f64;
        assert!((mean - 0.5).abs() < 0.01 && (found / spread - 1.0).abs() < 0.05, "alpha {alpha}: {mean}, {found} for {spread}");
    }
}

//! Layers that draw what to do.

use super::Layer;
use super::values::Values;
use crate::import::call::Call;
use crate::import::json::plain;
use serde_json::{Value, json};

/// The layers of this family.
pub(super) const TABLE: &[Layer] = &[
    Layer { name: "RandAugment", arguments: &["value_range", "num_ops", "factor", "interpolation"], convert: rand_augment },
    Layer {
        name: "AugMix",
        arguments: &["value_range", "num_chains", "chain_depth", "factor", "alpha", "all_ops", "interpolation"],
        convert: augmix,
    },
];

/// Takes what both have: gives the upper end of `factor`, and the step its interpolation.
fn strength(call: &mut Call<'_>, values: &Values, default: f64, step: &mut Value) -> Value {
    values.take_range(call);
    let interpolation = call.word("interpolation", "bilinear");
    if interpolation != "bilinear" {
        step["interpolation"] = json!(interpolation);
    }
    let (low, high) = call.ends("factor", |f| (0.0, f)).unwrap_or((0.0, default));
    if low != 0.0 {
        call.refuse("factor", &format!("from {}: strengths are drawn from 0 on (give one number)", plain(low)));
    }
    call.note("ops and strengths are those of Keras 3, drawn for each picture; Keras draws the ops for a whole batch");
    plain(high)
}

fn rand_augment(call: &mut Call<'_>, values: &Values) -> Vec<Value> {
    let mut step = json!({"op": "rand_augment", "dialect": "keras", "n": call.whole("num_ops", 2)});
    step["magnitude"] = strength(call, values, 0.5, &mut step);
    vec![step]
}

fn augmix(call: &mut Call<'_>, values: &Values) -> Vec<Value> {
    let mut step = json!({"op": "augmix", "dialect": "keras"});
    step["severity"] = strength(call, values, 0.3, &mut step);
    step["width"] = json!(call.whole("num_chains", 3));
    step["depth"] = json!(call.whole("chain_depth", 3));
    step["alpha"] = plain(call.number("alpha", 1.0));
    if !call.flag("all_ops", true) {
        step["all_ops"] = json!(false);
    }
    vec![step]
}

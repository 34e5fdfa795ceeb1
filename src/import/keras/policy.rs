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

/// Takes what both have, and gives the upper end of `factor`.
fn strength(call: &mut Call<'_>, values: &Values, default: f64) -> f64 {
    values.take_range(call);
    let interpolation = call.word("interpolation", "bilinear");
    if interpolation != "bilinear" {
        call.refuse("interpolation", &format!("`{interpolation}`: the op has bilinear only"));
    }
    call.ends("factor", |f| (0.0, f)).map_or(default, |(_, high)| high)
}

fn rand_augment(call: &mut Call<'_>, values: &Values) -> Vec<Value> {
    let factor = strength(call, values, 0.5);
    let n = call.whole("num_ops", 2);
    call.note("ops are drawn for each picture; Keras 3 draws them for a whole batch");
    vec![json!({"op": "rand_augment", "n": n, "magnitude": plain(factor * 10.0), "dialect": "keras"})]
}

fn augmix(call: &mut Call<'_>, values: &Values) -> Vec<Value> {
    let factor = strength(call, values, 0.3);
    let (width, depth) = (call.whole("num_chains", 3), call.whole("chain_depth", 3));
    let alpha = call.number("alpha", 1.0);
    if !call.flag("all_ops", true) {
        call.refuse("all_ops", "false: augmix has one set of ops");
    }
    call.note("the paper's ops and strengths are taken; Keras 3 has others, draws its chains for a whole batch, and does not draw them from its seed");
    // The paper's own way, 1 to 3 ops in a chain, is what -1 says.
    let depth = if depth == 3 { -1 } else { depth };
    let severity = (factor * 10.0).round().max(1.0);
    vec![json!({"op": "augmix", "severity": plain(severity), "width": width, "depth": depth, "alpha": plain(alpha)})]
}

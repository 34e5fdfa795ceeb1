//! Layers that bend the picture.

use super::geometry::filled;
use super::values::Values;
use super::{Layer, probability, with_p};
use crate::import::call::Call;
use crate::import::json::plain;
use serde_json::{Value, json};

/// The layers of this family.
pub(super) const TABLE: &[Layer] = &[
    Layer { name: "RandomPerspective", arguments: &["factor", "scale", "interpolation", "fill_value"], convert: perspective },
    Layer {
        name: "RandomElasticTransform",
        arguments: &["factor", "scale", "interpolation", "fill_mode", "fill_value", "value_range"],
        convert: elastic,
    },
];

fn perspective(call: &mut Call<'_>, values: &Values) -> Vec<Value> {
    let p = probability(call);
    let scale = call.number("scale", 1.0);
    call.note(
        "Keras moves three corners by up to half of scale, in or out, and leaves the first; prebake moves all four inwards, as far on average",
    );
    let fill = values.take_fill(call, "fill_value").unwrap_or(json!(0));
    // The standard deviation of what is even between -scale/2 and scale/2.
    let spread = scale / libm::sqrt(12.0);
    let mut step = json!({"op": "perspective", "scale": plain(spread), "fill_mode": "constant", "fill_value": fill});
    let interpolation = call.word("interpolation", "bilinear");
    if interpolation != "bilinear" {
        step["interpolation"] = json!(interpolation);
    }
    vec![with_p(step, p)]
}

/// How many strengths stand for all between the ends.
const STRENGTHS: usize = 4;

fn elastic(call: &mut Call<'_>, values: &Values) -> Vec<Value> {
    let p = probability(call);
    values.take_cut(call);
    let (low, high) = call.ends("scale", |s| (0.0, s)).unwrap_or((0.0, 1.0));
    let base = filled(call, values, json!({"op": "elastic_transform"}));
    let Some(size) = call.size() else {
        call.refuse("scale", "is a part of the picture's sides, which are not known here (put a Resizing or a crop before it)");
        return Vec::new();
    };
    let (longer, shorter) = (f64::from(size.width.max(size.height)), f64::from(size.width.min(size.height)));
    let peak = largest_normal(2.0 * longer * shorter);
    let strength = |scale: f64| {
        let sigma = (0.05 * shorter * scale).max(0.1);
        let mut step = base.clone();
        step["alpha"] = plain((0.1 * longer * scale * sigma * peak * 10.0).round() / 10.0);
        step["sigma"] = plain(sigma);
        step
    };
    if low == high {
        return vec![with_p(strength(low), p)];
    }
    call.note("between the ends of scale, Keras draws any strength, and prebake one of four; smoothing ends there at the border, and here is mirrored");
    let middles = (0..STRENGTHS).map(|i| low + (high - low) * (i as f64 + 0.5) / STRENGTHS as f64);
    let steps: Vec<Value> = middles.map(strength).collect();
    vec![with_p(json!({"op": "one_of", "of": steps}), p)]
}

/// The largest magnitude of so many standard normal numbers, on average: prebake's noise is brought to 1 by it, where
/// Keras's has a standard deviation of 1. (The law of Gumbel, to which the largest come.)
fn largest_normal(count: f64) -> f64 {
    /// Of Euler and Mascheroni.
    const GAMMA: f64 = 0.577_215_664_901_532_9;
    let log = libm::log(2.0 * count);
    let middle = libm::sqrt(2.0 * log);
    middle + (GAMMA - (libm::log(log) + libm::log(4.0 * std::f64::consts::PI)) / 2.0) / middle
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_of_normal_numbers() {
        // Means of simulations.
        assert!((largest_normal(10_240.0) - 4.03).abs() < 0.05);
        assert!((largest_normal(131_072.0) - 4.58).abs() < 0.05);
    }
}

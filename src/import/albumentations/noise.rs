//! Noise.

use super::Convert;
use crate::import::call::{Call, ends};
use crate::import::json::{plain, range};
use serde_json::{Map, Value, json};

/// The transforms of this family.
pub(super) const TABLE: &[(&str, Convert)] = &[
    ("GaussNoise", gauss_noise),
    ("AdditiveNoise", additive_noise),
    ("MultiplicativeNoise", multiplicative_noise),
    ("ISONoise", iso_noise),
    ("ShotNoise", |call| json!({"op": "shot_noise", "scale": range(call.range("scale_range", (0.1, 0.3)))})),
    ("SaltAndPepper", salt_and_pepper),
];

fn gauss_noise(call: &mut Call<'_>) -> Value {
    let (std, mean) = if call.has("var_limit") || call.has("mean") { by_variance(call) } else { by_fraction(call) };
    if call.number("noise_scale_factor", 1.0) != 1.0 {
        call.refuse("noise_scale_factor", "noise has the picture's own resolution (1)");
    }
    let mut step = json!({"op": "gaussian_noise", "std": range(std), "mean": range(mean)});
    if !call.flag("per_channel", true) {
        step["per_channel"] = json!(false);
    }
    step
}

/// As 2.x says it: fractions of the full range.
fn by_fraction(call: &mut Call<'_>) -> ((f64, f64), (f64, f64)) {
    (call.range("std_range", (0.2, 0.44)), call.range("mean_range", (0.0, 0.0)))
}

/// As 1.x says it: the variance of levels.
fn by_variance(call: &mut Call<'_>) -> ((f64, f64), (f64, f64)) {
    let (low, high) = call.ends("var_limit", |x| (0.0, x)).unwrap_or((10.0, 50.0));
    let mean = call.number("mean", 0.0) / 255.0;
    if low != high {
        call.note("the standard deviation is drawn evenly, where 1.x drew the variance");
    }
    ((libm::sqrt(low.max(0.0)) / 255.0, libm::sqrt(high.max(0.0)) / 255.0), (mean, mean))
}

fn additive_noise(call: &mut Call<'_>) -> Value {
    let noise = call.word("noise_type", "uniform");
    let spatial = call.word("spatial_mode", "constant");
    if call.number("approximation", 1.0) != 1.0 {
        call.refuse("approximation", "noise has the picture's own resolution (1)");
    }
    let params = match call.take("noise_params") {
        Some(Value::Object(params)) => params,
        _ => Map::new(),
    };
    let pair = |name: &str, default: (f64, f64)| params.get(name).and_then(|value| ends(value, |x| (x, x))).unwrap_or(default);
    let mut step = json!({"op": "additive_noise", "noise": noise, "spatial": spatial});
    match noise.as_str() {
        "uniform" => return uniform_noise(call, step, params.get("ranges"), &spatial),
        "gaussian" => {
            step["spread"] = range(pair("std_range", (0.05, 0.15)));
            step["mean"] = range(pair("mean_range", (0.0, 0.0)));
        }
        "laplace" => {
            step["spread"] = range(pair("scale_range", (0.05, 0.15)));
            step["mean"] = range(pair("mean_range", (0.0, 0.0)));
        }
        "beta" => {
            let (alpha, beta) = (pair("alpha_range", (0.5, 1.5)), pair("beta_range", (0.5, 1.5)));
            if alpha != beta || alpha.0 != alpha.1 {
                call.refuse("noise_params", "alpha_range and beta_range must be the same one number");
            }
            step["shape"] = plain(alpha.0);
            step["spread"] = range(pair("scale_range", (0.1, 0.3)));
        }
        other => call.refuse("noise_type", &format!("`{other}` is not known")),
    }
    step
}

/// Even noise: one range for all channels, or one for each.
fn uniform_noise(call: &mut Call<'_>, mut step: Value, ranges: Option<&Value>, spatial: &str) -> Value {
    let default = json!([[-0.1, 0.1]]);
    let ranges = ranges.unwrap_or(&default);
    let each: Option<Vec<(f64, f64)>> =
        ranges.as_array().and_then(|list| list.iter().map(|one| ends(one, |x| (-x, x))).collect());
    match each.as_deref() {
        Some([red, green, blue]) if spatial == "constant" && (red != green || green != blue) => {
            let levels = |(low, high): &(f64, f64)| range((low * 255.0, high * 255.0));
            return json!({"op": "rgb_shift", "red": levels(red), "green": levels(green), "blue": levels(blue)});
        }
        Some([first, others @ ..]) if others.iter().all(|other| other == first) => {
            step["spread"] = plain((first.1 - first.0) / 2.0);
            step["mean"] = plain((first.1 + first.0) / 2.0);
        }
        _ => call.refuse("noise_params", "one range for all channels is needed"),
    }
    step
}

fn multiplicative_noise(call: &mut Call<'_>) -> Value {
    let mut step = json!({"op": "multiplicative_noise", "multiplier": range(call.range("multiplier", (0.9, 1.1)))});
    for flag in ["per_channel", "elementwise"] {
        if call.flag(flag, false) {
            step[flag] = json!(true);
        }
    }
    step
}

fn iso_noise(call: &mut Call<'_>) -> Value {
    let (shift, intensity) = (call.range("color_shift", (0.01, 0.05)), call.range("intensity", (0.1, 0.5)));
    json!({"op": "iso_noise", "color_shift": range(shift), "intensity": range(intensity)})
}

fn salt_and_pepper(call: &mut Call<'_>) -> Value {
    let (amount, salt) = (call.range("amount", (0.01, 0.06)), call.range("salt_vs_pepper", (0.4, 0.6)));
    json!({"op": "salt_and_pepper", "amount": range(amount), "salt": range(salt)})
}

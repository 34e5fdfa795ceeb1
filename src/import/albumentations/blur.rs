//! Blurs, and what sharpens.

use super::Convert;
use crate::import::call::Call;
use crate::import::json::{plain, range};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The transforms of this family.
pub(super) const TABLE: &[(&str, Convert)] = &[
    ("Blur", |call| json!({"op": "box_blur", "size": odd(call, (3.0, 7.0))})),
    ("MedianBlur", |call| json!({"op": "median_blur", "size": odd(call, (3.0, 7.0))})),
    ("MotionBlur", motion_blur),
    ("GaussianBlur", gaussian_blur),
    ("GlassBlur", glass_blur),
    ("Defocus", defocus),
    ("ZoomBlur", zoom_blur),
    ("Sharpen", sharpen),
    ("UnsharpMask", unsharp_mask),
    ("Emboss", emboss),
    ("RingingOvershoot", ringing_overshoot),
];

/// From here on `GaussianBlur` makes its kernel of sigma alone; before, OpenCV's, and a size of 0 to be had by chance.
const OWN_KERNEL: [u64; 3] = [2, 0, 0];

/// Takes `blur_limit`, of which odd numbers are drawn; a single number is the most.
fn odd(call: &mut Call<'_>, default: (f64, f64)) -> Value {
    let (low, high) = call.ends("blur_limit", |x| (3.0, x)).unwrap_or(default);
    range((low.max(3.0), high.max(3.0)))
}

fn motion_blur(call: &mut Call<'_>) -> Value {
    let size = odd(call, (3.0, 7.0));
    if call.version() < [1, 4, 22] && !call.has("angle_range") {
        call.note("the line goes through the middle, where 1.x drew both of its ends");
    }
    let degrees = call.range("angle_range", (0.0, 360.0));
    let direction = call.range("direction_range", (-1.0, 1.0));
    let shifted = call.flag("allow_shifted", true);
    json!({"op": "motion_blur", "size": size, "degrees": range(degrees), "direction": range(direction), "shifted": shifted})
}

/// Draws a size and a sigma; our op has one size, so that each is a step to choose from.
fn gaussian_blur(call: &mut Call<'_>) -> Value {
    let own_kernel = call.version() >= OWN_KERNEL;
    let default = if own_kernel { ((0.0, 0.0), (0.5, 3.0)) } else { ((3.0, 7.0), (0.0, 0.0)) };
    let (low, high) = call.ends("blur_limit", |x| (0.0, x)).unwrap_or(default.0);
    let sigma = call.ends("sigma_limit", |x| (0.0, x)).unwrap_or(default.1);
    if !(0.0..=99.0).contains(&low) || high < low || high > 99.0 {
        call.refuse("blur_limit", "expected sizes from 0 to 99");
        return Value::Null;
    }
    let (low, high) = (low as u64, high as u64);
    let mut sizes: BTreeMap<u64, u64> = BTreeMap::new();
    for size in low..=high {
        let odd = if size == 0 || size % 2 == 1 { size } else { size + 1 };
        // 1.x goes round, not beyond its end.
        let odd = if own_kernel || odd <= high { odd } else { 0 };
        *sizes.entry(odd).or_default() += 1;
    }
    let step = |size: u64| match (size, sigma) {
        (0, sigma) => json!({"op": "gaussian_blur", "sigma": range(sigma)}),
        (size, (0.0, 0.0)) => json!({"op": "gaussian_blur", "sigma": plain(opencv_sigma(size)), "size": size}),
        (size, sigma) => json!({"op": "gaussian_blur", "sigma": range(sigma), "size": size}),
    };
    let steps: Vec<Value> = sizes.keys().map(|size| step(*size)).collect();
    match <[Value; 1]>::try_from(steps) {
        Ok([one]) => one,
        Err(steps) => json!({"op": "one_of", "weights": sizes.values().collect::<Vec<_>>(), "of": steps}),
    }
}

/// What OpenCV takes for a sigma of 0.
fn opencv_sigma(size: u64) -> f64 {
    0.3 * ((size as f64 - 1.0) * 0.5 - 1.0) + 0.8
}

fn glass_blur(call: &mut Call<'_>) -> Value {
    call.ignore(&["mode"]);
    let sigma = call.number("sigma", 0.7);
    let (delta, iterations) = (call.number("max_delta", 4.0), call.number("iterations", 2.0));
    json!({"op": "glass_blur", "sigma": plain(sigma), "max_delta": plain(delta), "iterations": plain(iterations)})
}

fn defocus(call: &mut Call<'_>) -> Value {
    let radius = call.ends("radius", |x| (1.0, x)).unwrap_or((3.0, 10.0));
    let (low, high) = call.ends("alias_blur", |x| (0.0, x)).unwrap_or((0.1, 0.5));
    json!({"op": "defocus", "radius": range(radius), "alias_blur": range((low.max(0.01), high.max(0.01)))})
}

fn zoom_blur(call: &mut Call<'_>) -> Value {
    let most = call.ends("max_factor", |x| (1.0, x)).unwrap_or((1.0, 1.31));
    let step = call.ends("step_factor", |x| (x, x)).unwrap_or((0.01, 0.03));
    json!({"op": "zoom_blur", "max_factor": range(most), "step_factor": range(step)})
}

fn sharpen(call: &mut Call<'_>) -> Value {
    let (alpha, lightness) = (call.range("alpha", (0.2, 0.5)), call.range("lightness", (0.5, 1.0)));
    let (size, sigma) = (call.number("kernel_size", 5.0), call.number("sigma", 1.0));
    match call.word("method", "kernel").as_str() {
        "kernel" => json!({"op": "sharpen", "alpha": range(alpha), "lightness": range(lightness)}),
        // The difference from a Gaussian blur is added, whatever it is.
        "gaussian" => {
            call.note("method gaussian sharpens as documented, where Albumentations wraps round at 256");
            json!({"op": "unsharp_mask", "size": plain(size), "sigma": plain(sigma), "alpha": range(alpha), "threshold": 0})
        }
        other => {
            call.refuse("method", &format!("`{other}` is not known"));
            Value::Null
        }
    }
}

fn unsharp_mask(call: &mut Call<'_>) -> Value {
    let size = odd(call, (3.0, 7.0));
    let sigma = call.ends("sigma_limit", |x| (0.0, x)).unwrap_or((0.0, 0.0));
    let alpha = call.ends("alpha", |x| (0.0, x)).unwrap_or((0.2, 0.5));
    let threshold = call.number("threshold", 10.0);
    json!({"op": "unsharp_mask", "size": size, "sigma": range(sigma), "alpha": range(alpha), "threshold": plain(threshold)})
}

fn emboss(call: &mut Call<'_>) -> Value {
    let (alpha, strength) = (call.range("alpha", (0.2, 0.5)), call.range("strength", (0.2, 0.7)));
    json!({"op": "emboss", "alpha": range(alpha), "strength": range(strength)})
}

fn ringing_overshoot(call: &mut Call<'_>) -> Value {
    let size = odd(call, (7.0, 15.0));
    let cutoff = call.range("cutoff", (std::f64::consts::FRAC_PI_4, std::f64::consts::FRAC_PI_2));
    json!({"op": "ringing_overshoot", "size": size, "cutoff": range(cutoff)})
}

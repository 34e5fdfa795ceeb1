//! Distortions: pixels that move each by a way of its own.

use super::Convert;
use super::given::{only_flag, resampling};
use crate::image::Size;
use crate::import::call::Call;
use crate::import::json::{plain, range};
use serde_json::{Value, json};

/// The transforms of this family.
pub(super) const TABLE: &[(&str, Convert)] = &[
    ("Perspective", perspective),
    ("ElasticTransform", elastic_transform),
    ("GridDistortion", grid_distortion),
    ("OpticalDistortion", optical_distortion),
    ("PiecewiseAffine", piecewise_affine),
    ("ThinPlateSpline", thin_plate_spline),
];

/// Versions that smooth over 17 pixels unless `approximate`; others do so if it is set.
const NARROW_UNLESS_APPROXIMATE: std::ops::Range<[u64; 3]> = [1, 4, 17]..[2, 0, 6];

fn perspective(call: &mut Call<'_>) -> Value {
    let scale = call.ends("scale", |x| (0.0, x)).unwrap_or((0.05, 0.1));
    only_flag(call, "keep_size", true, "the size depends on what is drawn, and rows have one size");
    let mut step = json!({"op": "perspective", "scale": range(scale)});
    if call.flag("fit_output", false) {
        step["fit_output"] = json!(true);
    }
    resampling(call, step)
}

fn elastic_transform(call: &mut Call<'_>) -> Value {
    let alpha = call.range("alpha", (1.0, 1.0));
    let mut sigma = call.range("sigma", (50.0, 50.0));
    if call.optional_number("alpha_affine").is_some_and(|pixels| pixels != 0.0) {
        call.refuse("alpha_affine", "the affine map that 1.x drew besides has no counterpart (0, and an Affine before)");
    }
    let approximate = call.flag("approximate", false);
    // For a while it was the other way round.
    if approximate != NARROW_UNLESS_APPROXIMATE.contains(&call.version()) {
        call.note("sigma is that of the 17 pixels over which the noise was smoothed");
        sigma = (narrow_sigma(sigma.0), narrow_sigma(sigma.1));
    }
    let law = call.word("noise_distribution", if call.version() < [1, 4, 21] { "uniform" } else { "gaussian" });
    let factor = match law.as_str() {
        "gaussian" => 1.0,
        "uniform" => uniform_factor(call),
        other => {
            call.refuse("noise_distribution", &format!("`{other}` is not known"));
            1.0
        }
    };
    let alpha = (alpha.0 * factor, alpha.1 * factor);
    let mut step = json!({"op": "elastic_transform", "alpha": range(alpha), "sigma": range(sigma)});
    if call.flag("same_dxdy", false) {
        step["same_dxdy"] = json!(true);
    }
    resampling(call, step)
}

/// The standard deviation of a Gaussian's middle 17 pixels.
fn narrow_sigma(sigma: f64) -> f64 {
    let weights = (-8..=8).map(|x| (f64::from(x * x), libm::exp(-0.5 * f64::from(x * x) / (sigma * sigma))));
    let (squares, sum) = weights.fold((0.0, 0.0), |(squares, sum), (square, weight)| (squares + square * weight, sum + weight));
    libm::sqrt(squares / sum).max(0.1)
}

/// What `alpha` is multiplied with, so that normal noise over its largest magnitude moves pixels as far as uniform noise
/// from -1 to 1 does: smoothed, both are normal, and only their spread counts.
fn uniform_factor(call: &Call<'_>) -> f64 {
    let size = call.size().unwrap_or(Size::new(256, 256));
    // The largest of so many normal draws, as the theory of extremes has it; both signs count.
    let draws = 2.0 * 2.0 * size.pixels() as f64;
    let far = libm::sqrt(2.0 * libm::log(draws));
    let largest = far - (libm::log(libm::log(draws)) + libm::log(4.0 * std::f64::consts::PI)) / (2.0 * far) + 0.5772 / far;
    call.note("alpha is scaled to move pixels as far as uniform noise did; here the noise is normal");
    largest / libm::sqrt(3.0)
}

fn grid_distortion(call: &mut Call<'_>) -> Value {
    let steps = call.number("num_steps", 5.0);
    let distort = call.symmetric("distort_limit", (-0.3, 0.3));
    let normalized = call.flag("normalized", true);
    let mut step = json!({"op": "grid_distortion", "steps": plain(steps), "distort": range(distort)});
    if !normalized {
        step["normalized"] = json!(false);
    }
    resampling(call, step)
}

fn optical_distortion(call: &mut Call<'_>) -> Value {
    let distort = call.symmetric("distort_limit", (-0.05, 0.05));
    // 1.x rounded it to whole pixels.
    let (low, high) = call.symmetric("shift_limit", (0.0, 0.0));
    if low < -0.5 || high > 0.5 {
        call.refuse("shift_limit", "the lens stays in the middle (0)");
    }
    let mode = call.word("mode", "camera");
    let mut step = json!({"op": "optical_distortion", "distort": range(distort)});
    if mode != "camera" {
        step["mode"] = json!(mode);
    }
    resampling(call, step)
}

fn piecewise_affine(call: &mut Call<'_>) -> Value {
    let mut scale = call.ends("scale", |x| (x, x)).unwrap_or((0.03, 0.05));
    if call.flag("absolute_scale", false) {
        match call.size() {
            Some(Size { width, height }) => {
                let side = f64::from(width.min(height));
                scale = (scale.0 / side, scale.1 / side);
            }
            None => call.refuse("absolute_scale", &super::geometry::in_pixels("make scale a fraction")),
        }
    }
    let (rows, columns) = (call.range("nb_rows", (4.0, 4.0)), call.range("nb_cols", (4.0, 4.0)));
    let step = json!({"op": "piecewise_affine", "rows": range(rows), "columns": range(columns), "scale": range(scale)});
    resampling(call, step)
}

fn thin_plate_spline(call: &mut Call<'_>) -> Value {
    let scale = call.range("scale_range", (0.2, 0.4));
    let points = call.number("num_control_points", 4.0);
    resampling(call, json!({"op": "thin_plate_spline", "scale": range(scale), "control_points": plain(points)}))
}

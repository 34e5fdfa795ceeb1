//! Layers that change sharpness, and that hide a part.

use super::values::Values;
use super::{Layer, probability, with_p};
use crate::import::call::Call;
use crate::import::json::{plain, range};
use serde_json::{Value, json};

/// The layers of this family.
pub(super) const TABLE: &[Layer] = &[
    Layer { name: "RandomSharpness", arguments: &["factor", "value_range"], convert: sharpness },
    Layer { name: "RandomGaussianBlur", arguments: &["factor", "kernel_size", "sigma", "value_range"], convert: blur },
    Layer { name: "RandomErasing", arguments: &["factor", "scale", "fill_value", "value_range"], convert: erasing },
];

fn sharpness(call: &mut Call<'_>, values: &Values) -> Vec<Value> {
    values.take_cut(call);
    let (low, high) = call.ends("factor", |f| (0.0, f)).unwrap_or((0.5, 0.5));
    call.note("the outermost pixels are left as they are; Keras smooths them with black from outside");
    vec![json!({"op": "sharpness", "factor": range((2.0 * low, 2.0 * high))})]
}

fn blur(call: &mut Call<'_>, values: &Values) -> Vec<Value> {
    values.take_cut(call);
    let p = probability(call);
    let (across, down) = call.range("kernel_size", (3.0, 3.0));
    if across != down {
        call.refuse("kernel_size", &format!("{across} across and {down} down (gaussian_blur has one size)"));
    }
    let sigma = call.ends("sigma", |s| (0.0, s)).unwrap_or((0.0, 1.0));
    call.note("pictures are mirrored at the border, where Keras blurs with black from outside");
    if sigma.0 != sigma.1 {
        call.note("one sigma is drawn for each picture; Keras draws two, across and down, for a whole batch");
    }
    vec![with_p(json!({"op": "gaussian_blur", "sigma": range(sigma), "size": plain(across)}), p)]
}

fn erasing(call: &mut Call<'_>, values: &Values) -> Vec<Value> {
    let p = probability(call);
    let (low, high) = call.ends("scale", |s| (0.0, s)).unwrap_or((0.02, 0.33));
    if low != high {
        call.note("a side is drawn evenly between the roots of scale's ends; Keras draws its square evenly");
    }
    // Each side is the root of a number out of `scale`.
    let side = range((low.max(0.0).sqrt(), high.max(0.0).sqrt()));
    let mut step = json!({"op": "coarse_dropout", "holes": 1, "hole_height": side, "hole_width": side});
    if call.has("fill_value") {
        values.take_cut(call);
        step["fill_value"] = values.take_fill(call, "fill_value").unwrap_or(json!(0));
    } else {
        values.take_range(call);
        call.note("fill_value None: levels are drawn evenly; Keras cuts normal noise to the range, which makes half of it black");
        call.ignore(&["fill_value"]);
        step["fill"] = json!("random");
    }
    vec![with_p(step, p)]
}

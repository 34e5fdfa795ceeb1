//! Transforms that decide what rows look like: they come last, and become `output`.

use crate::import::call::Call;
use crate::import::json::plain;
use serde_json::{Map, Value, json};

/// Says in `output` what a transform makes of rows.
pub(super) type Convert = fn(&mut Call<'_>, &mut Map<String, Value>);

/// The transforms of this kind.
pub(super) const TABLE: &[(&str, Convert)] =
    &[("Normalize", normalize), ("ToFloat", to_float), ("ToTensor", to_tensor), ("ToTensorV2", to_tensor)];

/// The function for the transform called `name`.
pub(super) fn find(name: &str) -> Option<Convert> {
    TABLE.iter().find(|(known, _)| *known == name).map(|(_, convert)| *convert)
}

/// Makes rows floats, and their levels `factor` times as large as they were so far.
fn rescale(output: &mut Map<String, Value>, factor: f64) {
    let so_far = output.get("rescale").and_then(Value::as_f64).unwrap_or(1.0);
    output.insert("dtype".into(), json!("float32"));
    // All its digits: 1/255 decides the last bit of what is made.
    output.insert("rescale".into(), json!(so_far * factor));
}

/// `(x / max_pixel_value - mean) / std`, or the picture's own statistics.
fn normalize(call: &mut Call<'_>, output: &mut Map<String, Value>) {
    let kind = call.word("normalization", "standard");
    let most = call.number("max_pixel_value", 255.0);
    let mean = per_channel(call, "mean", [0.485, 0.456, 0.406]);
    let std = per_channel(call, "std", [0.229, 0.224, 0.225]);
    if output.contains_key("mean") || output.contains_key("samplewise") {
        call.refuse("", "a second one (only one can be kept)");
    }
    // The library adds this to what it divides by.
    let epsilon = 1e-4;
    let samplewise = match kind.as_str() {
        "standard" => {
            rescale(output, 1.0 / most);
            output.insert("mean".into(), mean);
            output.insert("std".into(), std);
            return;
        }
        "image" => json!({"epsilon": epsilon}),
        "image_per_channel" => json!({"epsilon": epsilon, "per": "channel"}),
        "min_max" => json!({"center": "min", "scale": "range", "epsilon": epsilon}),
        "min_max_per_channel" => json!({"center": "min", "scale": "range", "epsilon": epsilon, "per": "channel"}),
        other => {
            return call.refuse("normalization", &format!("`{other}` is not known"));
        }
    };
    output.insert("dtype".into(), json!("float32"));
    output.insert("samplewise".into(), samplewise);
}

/// Three numbers, or one for all channels.
fn per_channel(call: &mut Call<'_>, argument: &str, default: [f64; 3]) -> Value {
    let numbers = match call.peek(argument) {
        Some(Value::Array(_)) => call.numbers(argument),
        _ => call.optional_number(argument).map(|number| vec![number]),
    };
    match numbers.as_deref() {
        None => default.map(plain).to_vec().into(),
        Some([one]) => plain(*one),
        Some(three @ [_, _, _]) => three.iter().copied().map(plain).collect(),
        Some(other) => {
            call.refuse(argument, &format!("{} numbers (pictures have 3 channels)", other.len()));
            Value::Null
        }
    }
}

/// From bytes to 0 to 1.
fn to_float(call: &mut Call<'_>, output: &mut Map<String, Value>) {
    let most = call.number("max_value", 255.0);
    rescale(output, 1.0 / most);
}

/// Channels first.
fn to_tensor(call: &mut Call<'_>, output: &mut Map<String, Value>) {
    call.ignore(&["transpose_mask"]);
    output.insert("layout".into(), json!("NCHW"));
}

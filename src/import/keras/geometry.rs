//! Layers that move pixels by an affine map, or change the size.

use super::Layer;
use super::values::Values;
use crate::import::call::Call;
use crate::import::json::range;
use serde_json::{Value, json};

/// The layers of this family.
pub(super) const TABLE: &[Layer] = &[
    Layer {
        name: "Resizing",
        arguments: &[
            "height",
            "width",
            "interpolation",
            "crop_to_aspect_ratio",
            "pad_to_aspect_ratio",
            "fill_mode",
            "fill_value",
            "antialias",
        ],
        convert: resizing,
    },
    Layer { name: "CenterCrop", arguments: &["height", "width"], convert: center_crop },
    Layer { name: "RandomCrop", arguments: &["height", "width"], convert: random_crop },
    Layer { name: "RandomFlip", arguments: &["mode"], convert: flip },
    Layer { name: "RandomRotation", arguments: &["factor", "fill_mode", "interpolation", "fill_value"], convert: rotation },
    Layer {
        name: "RandomTranslation",
        arguments: &["height_factor", "width_factor", "fill_mode", "interpolation", "fill_value"],
        convert: translation,
    },
    Layer {
        name: "RandomZoom",
        arguments: &["height_factor", "width_factor", "fill_mode", "interpolation", "fill_value"],
        convert: zoom,
    },
    Layer {
        name: "RandomShear",
        arguments: &["x_factor", "y_factor", "interpolation", "fill_mode", "fill_value"],
        convert: shear,
    },
];

/// Takes `height` and `width`, which are required.
fn sized(call: &mut Call<'_>, op: &str) -> Value {
    for side in ["height", "width"] {
        if !call.has(side) {
            call.refuse(side, "missing (a number of pixels)");
        }
    }
    let (height, width) = (call.whole("height", 1), call.whole("width", 1));
    json!({"op": op, "width": width, "height": height})
}

fn resizing(call: &mut Call<'_>, values: &Values) -> Vec<Value> {
    let mut step = sized(call, "resize");
    let interpolation = call.word("interpolation", "bilinear");
    if !["nearest", "bilinear", "bicubic", "lanczos3", "area"].contains(&interpolation.as_str()) {
        call.refuse("interpolation", &format!("`{interpolation}` is none of nearest, bilinear, bicubic, lanczos3, area"));
    }
    let (crop, pad) = (call.flag("crop_to_aspect_ratio", false), call.flag("pad_to_aspect_ratio", false));
    let first = if crop { cropped(call, &mut step) } else { None };
    if crop && pad {
        call.refuse("pad_to_aspect_ratio", "given besides crop_to_aspect_ratio (keep one)");
    }
    let fill_mode = call.word("fill_mode", "constant");
    if fill_mode != "constant" {
        call.refuse("fill_mode", &format!("`{fill_mode}`: only constant is taken, as by Keras"));
    }
    if pad {
        step["mode"] = json!("fit");
        step["fill_value"] = values.take_fill(call, "fill_value").unwrap_or(json!(0));
    } else {
        call.ignore(&["fill_value"]);
    }
    let antialias = call.flag("antialias", false);
    // Both take one pixel, or all that fall together, in any case.
    if !["nearest", "area"].contains(&interpolation.as_str()) {
        step["antialias"] = json!(antialias);
    }
    step["interpolation"] = json!(interpolation);
    first.into_iter().chain([step]).collect()
}

/// Makes `resize` keep the shape of what is in the picture's middle. Keras crops first: where the size is known, that is
/// a step of its own.
fn cropped(call: &Call<'_>, resize: &mut Value) -> Option<Value> {
    let to = ["width", "height"].map(|side| resize[side].as_u64().unwrap_or(1).max(1));
    let Some(size) = call.size() else {
        call.note("crop_to_aspect_ratio: prebake resizes and then crops to whole pixels, Keras crops first; up to half a pixel lies between the two");
        resize["mode"] = json!("fill");
        return None;
    };
    let (width, height) = (u64::from(size.width), u64::from(size.height));
    let (across, down) = ((height * to[0] / to[1]).clamp(1, width), (width * to[1] / to[0]).clamp(1, height));
    ((across, down) != (width, height)).then(|| json!({"op": "center_crop", "width": across, "height": down}))
}

fn center_crop(call: &mut Call<'_>, _values: &Values) -> Vec<Value> {
    vec![crop(call, "center_crop")]
}

fn random_crop(call: &mut Call<'_>, _values: &Values) -> Vec<Value> {
    call.note("each picture has a place of its own; Keras 3 draws one for a whole batch");
    vec![crop(call, "random_crop")]
}

fn crop(call: &mut Call<'_>, op: &str) -> Value {
    if call.size().is_none() {
        call.note("a picture smaller than the crop is an error; Keras crops it to the shape and enlarges it");
    }
    sized(call, op)
}

fn flip(call: &mut Call<'_>, _values: &Values) -> Vec<Value> {
    let mode = call.word("mode", "horizontal_and_vertical");
    let across = json!({"op": "horizontal_flip", "p": 0.5});
    let down = json!({"op": "vertical_flip", "p": 0.5});
    match mode.as_str() {
        "horizontal" => vec![across],
        "vertical" => vec![down],
        "horizontal_and_vertical" => {
            call.note("documented: flips across and flips down, which the import draws apart, as Keras 2 does; Keras 3 draws once, so that it flips both ways or not at all");
            vec![across, down]
        }
        other => {
            call.refuse("mode", &format!("`{other}` is none of horizontal, vertical, horizontal_and_vertical"));
            Vec::new()
        }
    }
}

fn rotation(call: &mut Call<'_>, values: &Values) -> Vec<Value> {
    let (low, high) = factor(call, "factor");
    vec![filled(call, values, json!({"op": "rotate", "degrees": range((low * 360.0, high * 360.0))}))]
}

fn translation(call: &mut Call<'_>, values: &Values) -> Vec<Value> {
    let (height, width) = (factor(call, "height_factor"), factor(call, "width_factor"));
    vec![filled(call, values, json!({"op": "shift", "x": range(width), "y": range(height)}))]
}

fn zoom(call: &mut Call<'_>, values: &Values) -> Vec<Value> {
    let apart = call.has("width_factor");
    let height = factor(call, "height_factor");
    // `null`, as Keras saves it, is the same for both.
    let width = factor(call, "width_factor");
    let width = if apart { width } else { height };
    if height.0 <= -1.0 || width.0 <= -1.0 {
        call.refuse("", "a factor of -1 or below would enlarge without end (give factors above -1)");
        return Vec::new();
    }
    vec![filled(call, values, zoomed((1.0 + width.0, 1.0 + width.1), (1.0 + height.0, 1.0 + height.1), apart))]
}

/// A zoom by numbers that multiply coordinates, and are drawn evenly: above 1 shrinks.
pub(super) fn zoomed(across: (f64, f64), down: (f64, f64), apart: bool) -> Value {
    let scale = |(low, high): (f64, f64)| range((1.0 / high, 1.0 / low));
    let mut step = if apart {
        json!({"op": "zoom", "scale_x": scale(across), "scale_y": scale(down)})
    } else {
        json!({"op": "zoom", "scale": scale(down)})
    };
    if across.0 != across.1 || down.0 != down.1 {
        step["law"] = json!("reciprocal");
    }
    step
}

fn shear(call: &mut Call<'_>, values: &Values) -> Vec<Value> {
    let (x, y) = (factor(call, "x_factor"), factor(call, "y_factor"));
    let both = x != (0.0, 0.0) && y != (0.0, 0.0);
    if both {
        call.note(
            "Keras slants along both axes at once, prebake along y and then along x, which differs by the product of the two",
        );
    }
    let degrees = |(low, high): (f64, f64), sign: f64| {
        let (a, b) = (sign * libm::atan(low).to_degrees(), sign * libm::atan(high).to_degrees());
        range((a.min(b), a.max(b)))
    };
    let step = |x, y| json!({"op": "shear", "x": x, "y": y, "about": "top_left"});
    // A sign is drawn for both axes together.
    if x.0 <= 0.0 && y.0 <= 0.0 {
        let even = |(_, high): (f64, f64)| degrees((-high, high), 1.0);
        return vec![filled(call, values, step(even(x), even(y)))];
    }
    let first = filled(call, values, step(degrees(x, -1.0), degrees(y, -1.0)));
    let mut second = first.clone();
    second["x"] = degrees(x, 1.0);
    second["y"] = degrees(y, 1.0);
    vec![json!({"op": "one_or_other", "first": [first], "second": [second]})]
}

/// Takes a factor, of which a single number `x` is `-x` to `x`; 0 if it is not there.
fn factor(call: &mut Call<'_>, argument: &str) -> (f64, f64) {
    let (low, high) = call.symmetric(argument, (0.0, 0.0));
    (low.min(high), low.max(high))
}

/// Takes `interpolation`, `fill_mode` and `fill_value`, and gives them to the step.
pub(super) fn filled(call: &mut Call<'_>, values: &Values, mut step: Value) -> Value {
    let interpolation = call.word("interpolation", "bilinear");
    if interpolation != "bilinear" {
        step["interpolation"] = json!(interpolation);
    }
    let fill_mode = call.word("fill_mode", "reflect");
    if fill_mode == "constant" {
        step["fill_value"] = values.take_fill(call, "fill_value").unwrap_or(json!(0));
    } else {
        call.ignore(&["fill_value"]);
    }
    step["fill_mode"] = json!(fill_mode);
    step
}

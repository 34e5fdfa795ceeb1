//! Arguments that many transforms share.

use crate::import::call::{Call, ends};
use crate::import::json::{plain, range};
use serde_json::{Value, json};

/// Arguments that are about masks, boxes and key points only, which rows do not have.
const TARGETS: &[&str] = &[
    "mask_interpolation",
    "fill_mask",
    "mask_value",
    "mask_fill_value",
    "mask_pad_val",
    "mask_drop_value",
    "cval_mask",
    "pad_cval_mask",
    "rotate_method",
    "keypoint_remapping_method",
    "keypoints_threshold",
];

/// The names that the fill colour had.
pub(super) const FILL: &[&str] = &["fill", "fill_value", "value", "cval", "pad_val", "pad_cval", "drop_value"];

/// The names that the border mode had.
pub(super) const BORDER: &[&str] = &["border_mode", "pad_mode", "mode"];

/// Takes the arguments that are about targets only.
pub(super) fn ignore_targets(call: &mut Call<'_>) {
    call.ignore(TARGETS);
}

/// Our word for one of OpenCV's numbers of interpolation.
pub(super) fn interpolation_word(call: &mut Call<'_>, argument: &str, number: &Value) -> &'static str {
    match number.as_u64() {
        Some(0 | 6) => "nearest",
        Some(1 | 5) => "bilinear",
        Some(2) => "bicubic",
        Some(3) => "area",
        Some(4) => {
            call.note("Lanczos over 8 pixels (OpenCV's LANCZOS4) becomes lanczos3, over 6");
            "lanczos3"
        }
        _ => {
            call.expected(argument, "one of OpenCV's numbers 0 to 6", number);
            "bilinear"
        }
    }
}

/// Takes `interpolation` into `step`, of which bilinear is the default.
pub(super) fn interpolation(call: &mut Call<'_>, step: &mut Value) {
    let Some(number) = call.take("interpolation") else { return };
    let word = interpolation_word(call, "interpolation", &number);
    if word != "bilinear" {
        step["interpolation"] = json!(word);
    }
}

/// Takes what `resize` needs besides its size: OpenCV skips pixels where it shrinks, unless it takes the area.
pub(super) fn scaling(call: &mut Call<'_>, step: &mut Value) {
    interpolation(call, step);
    if step["interpolation"] == "bicubic" {
        call.note("bicubic is Pillow's (a = -0.5), where OpenCV's sharpens more (a = -0.75)");
    }
    if call.take("area_for_downscale").is_some() {
        call.note("area_for_downscale becomes interpolation area, which enlarges by it too");
        step["interpolation"] = json!("area");
    }
    step["antialias"] = json!(false);
}

/// Takes the border and its colour into `step`.
pub(super) fn border(call: &mut Call<'_>, step: &mut Value) {
    let mut word = "constant";
    for name in BORDER {
        if let Some(value) = call.take(name) {
            word = border_word(call, name, &value);
        }
    }
    step["fill_mode"] = json!(word);
    let colour = colour(call);
    if word == "constant" && colour != json!(0) {
        step["fill_value"] = colour;
    }
}

/// Our word for one of OpenCV's numbers of borders, or for a word of scikit-image.
fn border_word(call: &mut Call<'_>, argument: &str, value: &Value) -> &'static str {
    match (value.as_u64(), value.as_str()) {
        (Some(0), _) | (_, Some("constant")) => "constant",
        (Some(1), _) | (_, Some("edge")) => "nearest",
        (Some(2), _) | (_, Some("symmetric")) => "reflect",
        (Some(3), _) | (_, Some("wrap")) => "wrap",
        (Some(4), _) | (_, Some("reflect")) => "mirror",
        _ => {
            call.expected(argument, "one of OpenCV's numbers 0 to 4", value);
            "constant"
        }
    }
}

/// Takes interpolation, border and colour into `step`.
pub(super) fn resampling(call: &mut Call<'_>, mut step: Value) -> Value {
    interpolation(call, &mut step);
    border(call, &mut step);
    step
}

/// Takes the fill colour under any of its names; black if there is none.
pub(super) fn colour(call: &mut Call<'_>) -> Value {
    let mut found = json!(0);
    for name in FILL {
        if let Some(value) = call.take(name) {
            found = level(call, name, value);
        }
    }
    found
}

/// A colour of ours: a level, or three.
pub(super) fn level(call: &mut Call<'_>, argument: &str, value: Value) -> Value {
    let levels: Option<Vec<f64>> = match &value {
        Value::Array(levels) => levels.iter().map(Value::as_f64).collect(),
        one => one.as_f64().map(|level| vec![level]),
    };
    match levels.as_deref() {
        Some([level]) => plain(level.round()),
        Some(levels @ [_, _, _]) if levels.iter().all(|level| *level == levels[0]) => plain(levels[0].round()),
        Some(levels @ [_, _, _]) => levels.iter().map(|level| plain(level.round())).collect(),
        _ => {
            call.expected(argument, "a level or three", &value);
            json!(0)
        }
    }
}

/// Takes `size`, height first, or `height` and `width`, into `step`.
pub(super) fn size(call: &mut Call<'_>, step: &mut Value) {
    let size = call.numbers("size");
    let (height, width) = match size.as_deref() {
        Some([height, width]) => (*height, *width),
        _ => (call.number("height", 0.0), call.number("width", 0.0)),
    };
    call.ignore(&["height", "width"]);
    step["width"] = plain(width);
    step["height"] = plain(height);
}

/// Takes both ends of something whose single number `x` is `1 - x` to `1 + x`, as torchvision has it.
pub(super) fn about_one(call: &mut Call<'_>, argument: &str, default: (f64, f64)) -> Value {
    range(call.ends(argument, |x| ((1.0 - x).max(0.0), 1.0 + x)).unwrap_or(default))
}

/// Takes both ends of a range whose ends once were arguments of their own.
pub(super) fn split_range(call: &mut Call<'_>, argument: &str, [low, high]: [&str; 2], default: (f64, f64)) -> (f64, f64) {
    let apart = (call.number(low, default.0), call.number(high, default.1));
    call.range(argument, apart)
}

/// Takes a range for x and one for y: `{"x": .., "y": ..}`, or one for both. `None` if the argument is not there.
pub(super) fn axes(call: &mut Call<'_>, argument: &str, default: f64) -> Option<[(f64, f64); 2]> {
    let value = call.take(argument)?;
    let one = |value: &Value| ends(value, |x| (x, x));
    let both = match &value {
        Value::Object(axes) => {
            let of = |axis: &str| axes.get(axis).map_or(Some((default, default)), one);
            of("x").zip(of("y"))
        }
        other => one(other).map(|range| (range, range)),
    };
    if both.is_none() {
        call.expected(argument, "a number, [low, high], or these for x and y", &value);
    }
    both.map(|(x, y)| [x, y])
}

/// Whole pixels from `low` to `high` as fractions of a side of `length`, for an op that cuts them to whole pixels.
pub(super) fn pixels_to_fractions((low, high): (f64, f64), length: u32) -> (f64, f64) {
    let length = f64::from(length);
    // Within a pixel, so that no rounding takes one away; all of the first and all of the last are as likely.
    let (first, last) = if low == high { (0.5, 0.5) } else { (0.001, 0.999) };
    ((low + first).min(length) / length, (high + last).min(length) / length)
}

/// Takes what is refused unless it is `only`.
pub(super) fn only_flag(call: &mut Call<'_>, argument: &str, only: bool, why: &str) {
    if call.flag(argument, only) != only {
        call.refuse(argument, &format!("{}: {why}", !only));
    }
}

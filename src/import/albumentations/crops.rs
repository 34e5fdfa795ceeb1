//! Resizing, cropping and padding.

use super::Convert;
use super::given::{border, scaling, size};
use crate::image::Size;
use crate::import::call::Call;
use crate::import::json::{plain, range};
use serde_json::{Value, json};

/// The transforms of this family.
pub(super) const TABLE: &[(&str, Convert)] = &[
    ("Resize", resize),
    ("SmallestMaxSize", |call| max_size(call, "smallest_max_size")),
    ("LongestMaxSize", |call| max_size(call, "longest_max_size")),
    ("RandomScale", random_scale),
    ("RandomResizedCrop", random_resized_crop),
    ("RandomSizedCrop", random_sized_crop),
    ("CenterCrop", |call| part(call, "center_crop")),
    ("RandomCrop", |call| part(call, "random_crop")),
    ("Crop", crop),
    ("RandomCropFromBorders", crop_from_borders),
    ("CropAndPad", crop_and_pad),
    ("Pad", pad),
    ("PadIfNeeded", pad_if_needed),
];

fn resize(call: &mut Call<'_>) -> Value {
    let mut step = json!({"op": "resize"});
    size(call, &mut step);
    scaling(call, &mut step);
    step
}

fn max_size(call: &mut Call<'_>, op: &str) -> Value {
    if call.take("max_size_hw").is_some() {
        call.refuse("max_size_hw", "a length of its own for each side has no counterpart (letterbox fits into a size)");
        call.ignore(&["max_size"]);
    }
    let lengths = match call.peek("max_size") {
        Some(Value::Array(_)) => call.numbers("max_size").unwrap_or_default(),
        _ => vec![call.number("max_size", 1024.0)],
    };
    let mut common = json!({});
    scaling(call, &mut common);
    let step = |length: &f64| {
        let mut step = json!({"op": op, "size": plain(*length)});
        for (name, value) in common.as_object().into_iter().flatten() {
            step[name] = value.clone();
        }
        step
    };
    match &lengths[..] {
        [length] => step(length),
        lengths => json!({"op": "one_of", "of": lengths.iter().map(step).collect::<Value>()}),
    }
}

fn random_scale(call: &mut Call<'_>) -> Value {
    let (low, high) = call.symmetric("scale_limit", (-0.1, 0.1));
    let mut step = json!({"op": "random_scale", "scale": range((1.0 + low, 1.0 + high))});
    scaling(call, &mut step);
    step
}

fn random_resized_crop(call: &mut Call<'_>) -> Value {
    let mut step = json!({"op": "random_resized_crop"});
    size(call, &mut step);
    step["scale"] = range(call.range("scale", (0.08, 1.0)));
    step["ratio"] = range(call.range("ratio", (0.75, 4.0 / 3.0)));
    scaling(call, &mut step);
    step
}

fn random_sized_crop(call: &mut Call<'_>) -> Value {
    let mut step = json!({"op": "random_sized_crop"});
    let (low, high) = call.range("min_max_height", (1.0, 1.0));
    step["min_height"] = plain(low);
    step["max_height"] = plain(high);
    size(call, &mut step);
    step["w2h_ratio"] = plain(call.number("w2h_ratio", 1.0));
    scaling(call, &mut step);
    step
}

/// A crop of a size, that may pad first.
fn part(call: &mut Call<'_>, op: &str) -> Value {
    let mut step = json!({"op": op});
    size(call, &mut step);
    let position = call.word("pad_position", "center");
    let mut outside = json!({});
    border(call, &mut outside);
    if call.flag("pad_if_needed", false) {
        if position != "center" {
            call.refuse("pad_position", &format!("{position}: a crop pads evenly (center, or a PadIfNeeded before)"));
        }
        step["pad_if_needed"] = json!(true);
        for (name, value) in outside.as_object().into_iter().flatten() {
            step[name] = value.clone();
        }
    }
    step
}

fn crop(call: &mut Call<'_>) -> Value {
    if call.flag("pad_if_needed", false) {
        call.refuse("pad_if_needed", "true: a crop of a given place does not pad (a PadIfNeeded before)");
    }
    call.ignore(&["pad_position"]);
    border(call, &mut json!({}));
    let (x, y) = (call.number("x_min", 0.0), call.number("y_min", 0.0));
    let (mut right, mut bottom) = (call.number("x_max", 1024.0), call.number("y_max", 1024.0));
    if let Some(Size { width, height }) = call.size() {
        (right, bottom) = (right.min(width.into()), bottom.min(height.into()));
    } else {
        call.note("pictures must reach to x_max and y_max; Albumentations crops less of smaller ones");
    }
    json!({"op": "crop", "x": plain(x), "y": plain(y), "width": plain(right - x), "height": plain(bottom - y)})
}

fn crop_from_borders(call: &mut Call<'_>) -> Value {
    let mut step = json!({"op": "crop_and_pad", "fraction": 0});
    for (argument, side) in [("crop_left", "left"), ("crop_right", "right"), ("crop_top", "top"), ("crop_bottom", "bottom")] {
        step[side] = range((0.0 - call.number(argument, 0.1), 0.0));
    }
    step["keep_size"] = json!(false);
    step
}

fn crop_and_pad(call: &mut Call<'_>) -> Value {
    let mut step = json!({"op": "crop_and_pad"});
    // Python's range leaves out its end.
    let px = call.take("px");
    let percent = call.take("percent");
    match (px, percent) {
        (Some(px), None) => sides(call, &mut step, "px", "pixels", &px, 1.0),
        (None, Some(percent)) => sides(call, &mut step, "percent", "fraction", &percent, 0.0),
        _ => call.refuse("px", "either this or percent must be given"),
    }
    if !call.flag("sample_independently", true) {
        step["sample_independently"] = json!(false);
    }
    let keep_size = call.flag("keep_size", true);
    if keep_size {
        scaling(call, &mut step);
    } else {
        call.ignore(&["interpolation"]);
        step["keep_size"] = json!(false);
    }
    border(call, &mut step);
    step
}

/// Puts `amount` into `step` as `field`: one for all sides, or one for top, right, bottom and left. Ranges lose
/// `beyond` at their high end.
fn sides(call: &mut Call<'_>, step: &mut Value, argument: &str, field: &str, amount: &Value, beyond: f64) {
    let one = |amount: &Value| match amount.as_array().map(Vec::as_slice) {
        None => amount.as_f64().map(plain),
        Some([low, high]) => low.as_f64().zip(high.as_f64()).map(|(low, high)| range((low, (high - beyond).max(low)))),
        Some(_) => None,
    };
    match amount.as_array().map(Vec::as_slice) {
        Some(four @ [_, _, _, _]) => {
            step[field] = json!(0);
            for (side, amount) in ["top", "right", "bottom", "left"].into_iter().zip(four) {
                match one(amount) {
                    Some(amount) => step[side] = amount,
                    None => call.expected(argument, "a number or [low, high] for each side", amount),
                }
            }
        }
        _ => match one(amount) {
            Some(amount) => step[field] = amount,
            None => call.expected(argument, "a number, [low, high], or four of these", amount),
        },
    }
}

fn pad(call: &mut Call<'_>) -> Value {
    let padding = match call.peek("padding") {
        Some(Value::Array(_)) => call.numbers("padding").unwrap_or_default(),
        _ => vec![call.number("padding", 0.0)],
    };
    let [left, top, right, bottom] = match padding[..] {
        [all] => [all; 4],
        [x, y] => [x, y, x, y],
        [left, top, right, bottom] => [left, top, right, bottom],
        _ => {
            call.refuse("padding", "expected one number, two or four");
            [0.0; 4]
        }
    };
    let mut step = json!({"op": "pad", "left": plain(left), "right": plain(right), "top": plain(top), "bottom": plain(bottom)});
    border(call, &mut step);
    step
}

fn pad_if_needed(call: &mut Call<'_>) -> Value {
    let mut step = json!({"op": "pad_if_needed"});
    // Written by the base class, and not used.
    call.ignore(&["padding"]);
    for (argument, field) in [
        ("min_width", "min_width"),
        ("pad_width_divisor", "width_divisor"),
        ("min_height", "min_height"),
        ("pad_height_divisor", "height_divisor"),
    ] {
        if let Some(pixels) = call.optional_number(argument) {
            step[field] = plain(pixels);
        }
    }
    let position = call.word("position", "center");
    // 1.x may write the name of its enumeration.
    let position = position.rsplit('.').next().unwrap_or_default().to_lowercase();
    if position != "center" {
        step["position"] = json!(position);
    }
    border(call, &mut step);
    step
}

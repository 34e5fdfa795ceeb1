//! What hides parts of the picture.

use super::Convert;
use super::geometry::in_pixels;
use super::given::{FILL, level, pixels_to_fractions};
use crate::image::Size;
use crate::import::call::Call;
use crate::import::json::{plain, range};
use serde_json::{Value, json};

/// The transforms of this family.
pub(super) const TABLE: &[(&str, Convert)] = &[
    ("CoarseDropout", coarse_dropout),
    ("Cutout", cutout),
    ("Erasing", erasing),
    ("GridDropout", grid_dropout),
    ("XYMasking", xy_masking),
    ("TimeMasking", |call| spectrogram(call, "time_mask_param", 40.0, "x")),
    ("FrequencyMasking", |call| spectrogram(call, "freq_mask_param", 30.0, "y")),
    ("PixelDropout", pixel_dropout),
];

/// Takes what holes show into `step`.
fn filling(call: &mut Call<'_>, step: &mut Value) {
    for name in FILL {
        let Some(value) = call.take(name) else { continue };
        match value.as_str() {
            Some("random") => step["fill"] = json!("random"),
            Some("random_uniform") => step["fill"] = json!("uniform"),
            Some(other) => call.refuse(name, &format!("{other} has no counterpart (a level, \"random\" or \"random_uniform\")")),
            None => {
                let level = level(call, name, value);
                if level != json!(0) {
                    step["fill_value"] = level;
                }
            }
        }
    }
}

/// Takes a range of lengths that 2.x calls `argument`, and 1.x by both its ends.
fn lengths(call: &mut Call<'_>, argument: &str, [low, high]: [&str; 2], default: (f64, f64)) -> (f64, f64) {
    let most = call.optional_number(high);
    let least = call.optional_number(low);
    let apart = most.or(least).map(|most| (least.unwrap_or(most), most));
    call.range(argument, apart.unwrap_or(default))
}

fn coarse_dropout(call: &mut Call<'_>) -> Value {
    let old = call.version() < [2, 0, 0];
    let side = if old { (8.0, 8.0) } else { (0.1, 0.2) };
    let holes = lengths(call, "num_holes_range", ["min_holes", "max_holes"], if old { (8.0, 8.0) } else { (1.0, 2.0) });
    let height = lengths(call, "hole_height_range", ["min_height", "max_height"], side);
    let width = lengths(call, "hole_width_range", ["min_width", "max_width"], side);
    let (height, width) = if height.1 < 1.0 && width.1 < 1.0 {
        (height, width)
    } else if let Some(size) = call.size() {
        (pixels_to_fractions(height, size.height), pixels_to_fractions(width, size.width))
    } else {
        call.refuse("hole_height_range", &in_pixels("make heights and widths fractions"));
        ((0.1, 0.2), (0.1, 0.2))
    };
    let mut step =
        json!({"op": "coarse_dropout", "holes": range(holes), "hole_height": range(height), "hole_width": range(width)});
    filling(call, &mut step);
    step
}

/// The name before 1.3: squares of so many pixels, that may lie across the rim.
fn cutout(call: &mut Call<'_>) -> Value {
    let holes = call.number("num_holes", 8.0);
    let (height, width) = (call.number("max_h_size", 8.0), call.number("max_w_size", 8.0));
    let Some(Size { width: w, height: h }) = call.size() else {
        call.ignore(FILL);
        call.refuse("max_h_size", &in_pixels("use CoarseDropout with fractions"));
        return Value::Null;
    };
    call.note("holes lie within the picture, where Cutout's may reach beyond it");
    let (height, width) = (pixels_to_fractions((height, height), h), pixels_to_fractions((width, width), w));
    let mut step =
        json!({"op": "coarse_dropout", "holes": plain(holes), "hole_height": range(height), "hole_width": range(width)});
    filling(call, &mut step);
    step
}

fn erasing(call: &mut Call<'_>) -> Value {
    let scale = call.range("scale", (0.02, 0.33));
    let (low, high) = call.range("ratio", (0.3, 3.3));
    call.note(
        "area and shape are tried ten times and the shape's logarithm is even (torchvision), where Albumentations draws once",
    );
    // Theirs is width by height.
    let ratio = (1.0 / high.max(0.01), 1.0 / low.max(0.01));
    let mut step = json!({"op": "random_erasing", "scale": range(scale), "ratio": range(ratio)});
    filling(call, &mut step);
    step
}

fn grid_dropout(call: &mut Call<'_>) -> Value {
    let mut step = json!({"op": "grid_dropout", "ratio": plain(call.number("ratio", 0.5))});
    let unit = call.optional_number("unit_size_min").zip(call.optional_number("unit_size_max"));
    if let Some(unit) = call.optional_range("unit_size_range").or(unit) {
        step["unit"] = range(unit);
    }
    let old = call.optional_number("holes_number_x").zip(call.optional_number("holes_number_y"));
    // Of the two, 2.x takes the first for the rows, whatever its name says.
    let new = call.optional_range("holes_number_xy").map(|(rows, columns)| (columns, rows));
    if let Some((x, y)) = new.or(old) {
        step["holes_x"] = plain(x);
        step["holes_y"] = plain(y);
    }
    let old = (call.number("shift_x", 0.0), call.number("shift_y", 0.0));
    let (x, y) = call.range("shift_xy", old);
    step["shift_x"] = plain(x);
    step["shift_y"] = plain(y);
    let random_offset = call.flag("random_offset", true);
    if random_offset && call.version() >= [2, 0, 0] {
        call.note("the holes of a picture have one random offset, where 2.x draws one for each");
    }
    step["random_offset"] = json!(random_offset);
    filling(call, &mut step);
    step
}

fn xy_masking(call: &mut Call<'_>) -> Value {
    let count = |call: &mut Call<'_>, argument: &str| call.ends(argument, |n| (n, n)).unwrap_or((0.0, 0.0));
    let (masks_x, masks_y) = (count(call, "num_masks_x"), count(call, "num_masks_y"));
    let length = |call: &mut Call<'_>, argument: &str| call.ends(argument, |n| (0.0, n)).unwrap_or((0.0, 0.0));
    let (length_x, length_y) = (length(call, "mask_x_length"), length(call, "mask_y_length"));
    stripes(call, [masks_x, masks_y], [length_x, length_y])
}

/// One stripe of up to so many pixels, as on a spectrogram.
fn spectrogram(call: &mut Call<'_>, argument: &str, default: f64, axis: &str) -> Value {
    let longest = call.number(argument, default);
    // What 2.x saves of `XYMasking` besides: the same once more.
    call.ignore(&["num_masks_x", "num_masks_y", "mask_x_length", "mask_y_length"]);
    // Its one mask is drawn from 0 to 1.
    let (one, none) = (((0.0, 1.0), (0.0, longest)), ((0.0, 0.0), (0.0, 0.0)));
    let (x, y) = if axis == "x" { (one, none) } else { (none, one) };
    stripes(call, [x.0, y.0], [x.1, y.1])
}

fn stripes(call: &mut Call<'_>, [masks_x, masks_y]: [(f64, f64); 2], [length_x, length_y]: [(f64, f64); 2]) -> Value {
    let mut step = json!({"op": "xy_masking", "masks_x": range(masks_x), "masks_y": range(masks_y)});
    match call.size() {
        Some(Size { width, height }) => {
            step["length_x"] = range(pixels_to_fractions(length_x, width));
            step["length_y"] = range(pixels_to_fractions(length_y, height));
        }
        None => call.refuse("", &format!("the length of a mask {}", in_pixels("use CoarseDropout with fractions"))),
    }
    filling(call, &mut step);
    step
}

fn pixel_dropout(call: &mut Call<'_>) -> Value {
    let mut step = json!({"op": "pixel_dropout", "probability": plain(call.number("dropout_prob", 0.01))});
    if call.flag("per_channel", false) {
        step["per_channel"] = json!(true);
    }
    if call.peek("drop_value") == Some(&Value::Null) {
        call.refuse("drop_value", "null: what hidden pixels show is one colour (a level)");
        call.ignore(&["drop_value"]);
    }
    filling(call, &mut step);
    step
}

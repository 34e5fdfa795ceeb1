//! What files and screens do to pictures.

use super::Convert;
use super::given::{interpolation, interpolation_word, split_range};
use crate::import::call::Call;
use crate::import::json::{plain, range};
use serde_json::{Value, json};

/// The transforms of this family.
pub(super) const TABLE: &[(&str, Convert)] = &[
    ("ImageCompression", compression),
    ("JpegCompression", compression),
    ("Downscale", downscale),
    ("Superpixels", superpixels),
];

fn compression(call: &mut Call<'_>) -> Value {
    let quality = split_range(call, "quality_range", ["quality_lower", "quality_upper"], (99.0, 100.0));
    // 1.x numbers them.
    let kind = call.take("compression_type").unwrap_or(json!("jpeg"));
    let op = match (kind.as_str(), kind.as_u64()) {
        (Some("jpeg"), _) | (_, Some(0)) => "jpeg_compression",
        (Some("webp"), _) | (_, Some(1)) => "webp_compression",
        _ => {
            call.expected("compression_type", "jpeg or webp", &kind);
            "jpeg_compression"
        }
    };
    call.note("red and blue stay in their places, where Albumentations compresses them as each other");
    json!({"op": op, "quality": range(quality)})
}

fn downscale(call: &mut Call<'_>) -> Value {
    let scale = split_range(call, "scale_range", ["scale_min", "scale_max"], (0.25, 0.25));
    let pair = call.take("interpolation_pair").or_else(|| call.take("interpolation")).unwrap_or(json!(0));
    let mut way = |name: &str| {
        let number = pair.get(name).unwrap_or(&pair).clone();
        interpolation_word(call, "interpolation_pair", &number)
    };
    let (down, up) = (way("downscale"), way("upscale"));
    json!({"op": "downscale", "scale": range(scale), "down": down, "up": up})
}

fn superpixels(call: &mut Call<'_>) -> Value {
    let replace = call.ends("p_replace", |x| (x, x)).unwrap_or((0.0, 0.1));
    let segments = call.ends("n_segments", |x| (x, x)).unwrap_or((100.0, 100.0));
    let mut step = json!({"op": "superpixels", "p_replace": range(replace), "n_segments": range(segments)});
    match call.peek("max_size") {
        Some(Value::Null) => {
            call.refuse("max_size", "null: pictures are made smaller first (a number of pixels)");
            call.ignore(&["max_size"]);
        }
        _ => step["max_size"] = plain(call.number("max_size", 128.0)),
    }
    interpolation(call, &mut step);
    step
}

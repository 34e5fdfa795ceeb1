//! Changes of levels and colours.

use super::Convert;
use super::given::{about_one, colour};
use crate::import::call::{Call, ends};
use crate::import::json::{plain, range};
use serde_json::{Value, json};

/// The transforms of this family.
pub(super) const TABLE: &[(&str, Convert)] = &[
    ("RandomBrightnessContrast", brightness_contrast),
    ("RandomBrightness", |call| json!({"op": "brightness", "delta": range(call.symmetric("limit", (-0.2, 0.2)))})),
    ("RandomContrast", contrast),
    ("ColorJitter", color_jitter),
    ("HueSaturationValue", hue_saturation_value),
    ("RGBShift", rgb_shift),
    ("RandomGamma", gamma),
    ("RandomToneCurve", tone_curve),
    ("ChannelShuffle", |_| json!({"op": "channel_shuffle"})),
    ("ChannelDropout", channel_dropout),
    ("ToGray", to_gray),
    ("ToSepia", |_| json!({"op": "sepia"})),
    ("InvertImg", |_| json!({"op": "invert"})),
    ("ToRGB", to_rgb),
    ("Solarize", solarize),
    ("Posterize", posterize),
    ("Equalize", equalize),
    ("AutoContrast", auto_contrast),
    ("CLAHE", clahe),
    ("FancyPCA", |call| json!({"op": "fancy_pca", "alpha": plain(call.number("alpha", 0.1))})),
    ("PlanckianJitter", planckian_jitter),
    ("ChromaticAberration", chromatic_aberration),
    ("Illumination", illumination),
    ("PlasmaBrightnessContrast", plasma_brightness_contrast),
];

fn brightness_contrast(call: &mut Call<'_>) -> Value {
    let brightness = call.symmetric("brightness_limit", (-0.2, 0.2));
    let contrast = call.symmetric("contrast_limit", (-0.2, 0.2));
    let by_max = call.flag("brightness_by_max", true);
    if call.flag("ensure_safe_range", false) {
        call.refuse("ensure_safe_range", "true: what is drawn does not depend on the picture here (false)");
    }
    let mut step = json!({"op": "brightness_contrast", "brightness": range(brightness), "contrast": range(contrast)});
    if !by_max {
        step["by_max"] = json!(false);
    }
    step
}

/// About black, as 1.x had it.
fn contrast(call: &mut Call<'_>) -> Value {
    json!({"op": "brightness_contrast", "brightness": 0, "contrast": range(call.symmetric("limit", (-0.2, 0.2)))})
}

fn color_jitter(call: &mut Call<'_>) -> Value {
    let mut step = json!({"op": "color_jitter"});
    for factor in ["brightness", "contrast", "saturation"] {
        step[factor] = about_one(call, factor, (0.8, 1.2));
    }
    step["hue"] = range(call.symmetric("hue", (-0.5, 0.5)));
    step
}

fn hue_saturation_value(call: &mut Call<'_>) -> Value {
    let hue = call.symmetric("hue_shift_limit", (-20.0, 20.0));
    let saturation = call.symmetric("sat_shift_limit", (-30.0, 30.0));
    let value = call.symmetric("val_shift_limit", (-20.0, 20.0));
    json!({"op": "hue_saturation_value", "hue": range(hue), "saturation": range(saturation), "value": range(value)})
}

fn rgb_shift(call: &mut Call<'_>) -> Value {
    // 2.x is a noise of its own kind, and saves that too.
    call.ignore(&["noise_type", "spatial_mode", "noise_params", "approximation"]);
    let fractions = call.version() >= [2, 0, 0];
    let mut step = json!({"op": "rgb_shift"});
    for (argument, channel) in [("r_shift_limit", "red"), ("g_shift_limit", "green"), ("b_shift_limit", "blue")] {
        let (low, high) = call.symmetric(argument, (-20.0, 20.0));
        let unit = if fractions && low.abs() <= 1.0 && high.abs() <= 1.0 { 255.0 } else { 1.0 };
        step[channel] = range((low * unit, high * unit));
    }
    step
}

fn gamma(call: &mut Call<'_>) -> Value {
    call.ignore(&["eps"]);
    let (low, high) = call.ends("gamma_limit", |x| (x, x)).unwrap_or((80.0, 120.0));
    json!({"op": "gamma", "gamma": range((low / 100.0, high / 100.0))})
}

fn tone_curve(call: &mut Call<'_>) -> Value {
    let mut step = json!({"op": "tone_curve", "scale": plain(call.number("scale", 0.1))});
    if call.flag("per_channel", false) {
        step["per_channel"] = json!(true);
    }
    step
}

fn channel_dropout(call: &mut Call<'_>) -> Value {
    let channels = call.range("channel_drop_range", (1.0, 1.0));
    json!({"op": "channel_dropout", "channels": range(channels), "fill_value": colour(call)})
}

fn to_gray(call: &mut Call<'_>) -> Value {
    if call.number("num_output_channels", 3.0) != 3.0 {
        call.refuse("num_output_channels", "pictures keep 3 channels (3, and \"output\": {\"color\": \"gray\"} in the spec)");
    }
    json!({"op": "grayscale", "method": call.word("method", "weighted_average")})
}

/// Pictures are read as RGB, so there is nothing left to do.
fn to_rgb(call: &mut Call<'_>) -> Value {
    if call.number("num_output_channels", 3.0) != 3.0 {
        call.refuse("num_output_channels", "pictures have 3 channels");
    }
    json!({"op": "sequential", "steps": []})
}

fn solarize(call: &mut Call<'_>) -> Value {
    // 1.x had levels, 2.x has fractions.
    let threshold = match call.optional_range("threshold_range") {
        Some((low, high)) => (low * 255.0, high * 255.0),
        None => call.ends("threshold", |x| (x, x)).unwrap_or((127.5, 127.5)),
    };
    json!({"op": "solarize", "threshold": range(threshold)})
}

/// One number of bits, or one for each channel.
fn posterize(call: &mut Call<'_>) -> Value {
    let value = call.take("num_bits").unwrap_or(json!(4));
    let one = |value: &Value| ends(value, |x| (x, x));
    if let Some(bits) = one(&value) {
        return json!({"op": "posterize", "bits": range(bits)});
    }
    let each: Option<Vec<(f64, f64)>> = value.as_array().and_then(|list| list.iter().map(one).collect());
    let Some(channels @ [_, _, _]) = each.as_deref() else {
        call.expected("num_bits", "a number, [low, high], or these for each of 3 channels", &value);
        return Value::Null;
    };
    let step = |(channel, bits): (usize, &(f64, f64))| json!({"op": "channels", "channels": [channel], "steps": [{"op": "posterize", "bits": range(*bits)}]});
    json!({"op": "sequential", "steps": channels.iter().enumerate().map(step).collect::<Value>()})
}

fn equalize(call: &mut Call<'_>) -> Value {
    call.ignore(&["mask_params"]);
    if call.take("mask").is_some() {
        call.refuse("mask", "a part of the picture has no counterpart (null)");
    }
    if !call.flag("by_channels", true) {
        call.refuse("by_channels", "false: each channel is equalized by itself (true, or CLAHE, which takes the lightness)");
    }
    let mode = call.word("mode", "cv");
    if mode == "pil" {
        call.note("mode pil becomes Pillow's own, of which Albumentations' is off by up to 5 levels");
    }
    json!({"op": "equalize", "method": mode})
}

fn auto_contrast(call: &mut Call<'_>) -> Value {
    let cutoff = call.number("cutoff", 0.0);
    if call.take("ignore").is_some() {
        call.refuse("ignore", "all levels count (null)");
    }
    if call.word("method", "cdf") != "pil" {
        call.refuse("method", "cdf evens out the levels, which is no stretching (\"pil\", or Equalize)");
    }
    json!({"op": "autocontrast", "cutoff": plain(cutoff)})
}

fn clahe(call: &mut Call<'_>) -> Value {
    let limit = call.ends("clip_limit", |x| (1.0, x)).unwrap_or((1.0, 4.0));
    let (rows, columns) = call.range("tile_grid_size", (8.0, 8.0));
    if rows != columns {
        call.refuse("tile_grid_size", "as many tiles down as across are needed");
    }
    json!({"op": "clahe", "clip_limit": range(limit), "tiles": plain(rows)})
}

fn planckian_jitter(call: &mut Call<'_>) -> Value {
    let mode = call.word("mode", "blackbody");
    if call.word("sampling_method", "uniform") != "uniform" {
        call.refuse("sampling_method", "temperatures are drawn evenly (\"uniform\")");
    }
    let mut step = json!({"op": "planckian_jitter", "mode": mode});
    if let Some(kelvin) = call.optional_range("temperature_limit") {
        step["temperature"] = range(kelvin);
    }
    step
}

fn chromatic_aberration(call: &mut Call<'_>) -> Value {
    let primary = call.symmetric("primary_distortion_limit", (-0.02, 0.02));
    let secondary = call.symmetric("secondary_distortion_limit", (-0.05, 0.05));
    let mode = call.word("mode", "green_purple");
    if call.number("interpolation", 1.0) != 1.0 {
        call.refuse("interpolation", "channels are shifted bilinearly (1)");
    }
    json!({"op": "chromatic_aberration", "primary": range(primary), "secondary": range(secondary), "mode": mode})
}

fn illumination(call: &mut Call<'_>) -> Value {
    let mode = call.word("mode", "linear");
    let mut step = json!({"op": "illumination", "mode": mode, "intensity": range(call.range("intensity_range", (0.01, 0.2)))});
    step["effect"] = json!(call.word("effect_type", "both"));
    step["angle"] = range(call.range("angle_range", (0.0, 360.0)));
    step["center"] = range(call.range("center_range", (0.1, 0.9)));
    step["sigma"] = range(call.range("sigma_range", (0.2, 1.0)));
    step
}

fn plasma_brightness_contrast(call: &mut Call<'_>) -> Value {
    let brightness = call.range("brightness_range", (-0.3, 0.3));
    let contrast = call.range("contrast_range", (-0.3, 0.3));
    let roughness = plain(call.number("roughness", 3.0));
    call.ignore(&["plasma_size"]);
    call.note("brightness and contrast have a cloud each, where Albumentations has one for both");
    json!({"op": "sequential", "steps": [
        {"op": "plasma_brightness", "brightness": range(brightness), "roughness": roughness},
        {"op": "plasma_contrast", "contrast": range(contrast), "roughness": roughness},
    ]})
}

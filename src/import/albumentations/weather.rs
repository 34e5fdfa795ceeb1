//! Weather, shadows and light.

use super::Convert;
use super::geometry::in_pixels;
use super::given::{level, split_range};
use crate::import::call::Call;
use crate::import::json::{plain, range};
use serde_json::{Value, json};

/// The transforms of this family.
pub(super) const TABLE: &[(&str, Convert)] = &[
    ("RandomRain", rain),
    ("RandomSnow", snow),
    ("RandomFog", fog),
    ("RandomShadow", shadow),
    ("RandomSunFlare", sun_flare),
    ("RandomGravel", gravel),
    ("Spatter", spatter),
    ("PlasmaShadow", plasma_shadow),
];

/// Since then the number of drops is that of rows; before, that of pixels.
const DROPS_BY_HEIGHT: [u64; 3] = [2, 0, 3];

/// Takes a region as left, top, right, bottom.
fn region(call: &mut Call<'_>, argument: &str, step: &mut Value) {
    if let Some(region) = call.numbers(argument) {
        step["region"] = region.into_iter().map(plain).collect();
    }
}

/// Takes a colour into `step`, if it is there.
fn color(call: &mut Call<'_>, argument: &str, field: &str, step: &mut Value) {
    if let Some(value) = call.take(argument) {
        step[field] = level(call, argument, value);
    }
}

fn rain(call: &mut Call<'_>) -> Value {
    let slant = split_range(call, "slant_range", ["slant_lower", "slant_upper"], (-10.0, 10.0));
    let kind = call.word("rain_type", "default");
    let by_area = call.version() < DROPS_BY_HEIGHT;
    let (density, length) = if by_area { old_rain(call, &kind) } else { new_rain(call, &kind) };
    let mut step = json!({"op": "rain", "slant": range(slant), "density": plain(density)});
    let own = call.optional_number("drop_length");
    if let Some(length) = length.or(own) {
        step["drop_length"] = plain(length);
    }
    step["drop_width"] = plain(call.number("drop_width", 1.0));
    color(call, "drop_color", "drop_color", &mut step);
    step["blur"] = plain(call.number("blur_value", 7.0));
    step["brightness"] = plain(call.number("brightness_coefficient", 0.7));
    step
}

/// Drops per row.
fn new_rain(call: &mut Call<'_>, kind: &str) -> (f64, Option<f64>) {
    let density = match kind {
        "default" => 1.0 / 3.0,
        "drizzle" => 0.25,
        "heavy" => 1.0,
        "torrential" => 2.0,
        other => {
            call.refuse("rain_type", &format!("`{other}` is not known"));
            1.0
        }
    };
    (density, None)
}

/// A drop to so many pixels, and a length of its own for each kind but the default.
fn old_rain(call: &mut Call<'_>, kind: &str) -> (f64, Option<f64>) {
    let (pixels, length) = match kind {
        "drizzle" => (770.0, Some(10.0)),
        "heavy" => (600.0, Some(30.0)),
        "torrential" => (500.0, Some(60.0)),
        _ => (600.0, None),
    };
    if call.size().is_none() {
        call.refuse("rain_type", &format!("the number of drops {}", in_pixels("save it by 2.0.8")));
    }
    (call.size().map_or(1.0, |size| f64::from(size.width) / pixels), length)
}

fn snow(call: &mut Call<'_>) -> Value {
    let point = split_range(call, "snow_point_range", ["snow_point_lower", "snow_point_upper"], (0.1, 0.3));
    let mut step = json!({"op": "snow", "snow_point": range(point), "brightness": plain(call.number("brightness_coeff", 2.5))});
    let method = call.word("method", "bleach");
    if method != "bleach" {
        step["mode"] = json!(method);
    }
    step
}

fn fog(call: &mut Call<'_>) -> Value {
    let intensity = split_range(call, "fog_coef_range", ["fog_coef_lower", "fog_coef_upper"], (0.3, 1.0));
    json!({"op": "fog", "intensity": range(intensity), "alpha": plain(call.number("alpha_coef", 0.08))})
}

fn shadow(call: &mut Call<'_>) -> Value {
    let mut step = json!({"op": "shadow"});
    region(call, "shadow_roi", &mut step);
    let shadows = split_range(call, "num_shadows_limit", ["num_shadows_lower", "num_shadows_upper"], (1.0, 2.0));
    step["num_shadows"] = range(shadows);
    step["dimension"] = plain(call.number("shadow_dimension", 5.0));
    // 1.x halved the lightness.
    step["intensity"] = range(call.range("shadow_intensity_range", (0.5, 0.5)));
    step
}

fn sun_flare(call: &mut Call<'_>) -> Value {
    let mut step = json!({"op": "sun_flare"});
    region(call, "flare_roi", &mut step);
    step["radius"] = plain(call.number("src_radius", 400.0));
    color(call, "src_color", "color", &mut step);
    let (low, high) = split_range(call, "angle_range", ["angle_lower", "angle_upper"], (0.0, 1.0));
    step["angle"] = range((low * 360.0, high * 360.0));
    let ends = ["num_flare_circles_lower", "num_flare_circles_upper"];
    step["circles"] = range(split_range(call, "num_flare_circles_range", ends, (6.0, 10.0)));
    match call.word("method", "overlay").as_str() {
        "overlay" => {}
        "physics_based" => step["mode"] = json!("physics"),
        other => call.refuse("method", &format!("`{other}` is not known")),
    }
    step
}

fn gravel(call: &mut Call<'_>) -> Value {
    let mut step = json!({"op": "gravel"});
    region(call, "gravel_roi", &mut step);
    step["number_of_patches"] = plain(call.number("number_of_patches", 2.0));
    step
}

fn spatter(call: &mut Call<'_>) -> Value {
    // 1.x has a list of modes, and a colour for each.
    let modes = match call.take("mode") {
        Some(Value::String(mode)) => vec![mode],
        Some(Value::Array(modes)) => modes.iter().filter_map(Value::as_str).map(str::to_string).collect(),
        _ => vec!["rain".into()],
    };
    let colors = call.take("color");
    let mut step = json!({"op": "spatter"});
    for (argument, default) in [
        ("mean", (0.65, 0.65)),
        ("std", (0.3, 0.3)),
        ("gauss_sigma", (2.0, 2.0)),
        ("cutout_threshold", (0.68, 0.68)),
        ("intensity", (0.6, 0.6)),
    ] {
        step[argument] = range(call.range(argument, default));
    }
    let of_mode = |call: &mut Call<'_>, mode: &String| {
        let mut step = step.clone();
        step["mode"] = json!(mode);
        let own = match &colors {
            Some(Value::Object(colors)) => colors.get(mode).cloned(),
            other => other.clone(),
        };
        if let Some(own) = own {
            step["color"] = level(call, "color", own);
        }
        step
    };
    match &modes[..] {
        [mode] => of_mode(call, mode),
        modes => json!({"op": "one_of", "of": modes.iter().map(|mode| of_mode(call, mode)).collect::<Value>()}),
    }
}

fn plasma_shadow(call: &mut Call<'_>) -> Value {
    call.ignore(&["plasma_size"]);
    let intensity = call.range("shadow_intensity_range", (0.3, 0.7));
    json!({"op": "plasma_shadow", "intensity": range(intensity), "roughness": plain(call.number("roughness", 3.0))})
}

//! Flips, turns, and affine maps.

use super::Convert;
use super::given::{axes, only_flag, resampling};
use crate::image::Size;
use crate::import::call::Call;
use crate::import::json::{plain, range};
use serde_json::{Value, json};

/// The transforms of this family.
pub(super) const TABLE: &[(&str, Convert)] = &[
    ("HorizontalFlip", |_| json!({"op": "horizontal_flip"})),
    ("VerticalFlip", |_| json!({"op": "vertical_flip"})),
    ("Flip", flip),
    ("TimeReverse", |_| json!({"op": "horizontal_flip"})),
    ("Transpose", |_| json!({"op": "transpose"})),
    ("D4", |_| json!({"op": "d4"})),
    ("SquareSymmetry", |_| json!({"op": "d4"})),
    ("RandomRotate90", |_| json!({"op": "rotate90", "turns": [0, 3]})),
    ("NoOp", |_| json!({"op": "sequential", "steps": []})),
    ("Rotate", rotate),
    ("SafeRotate", safe_rotate),
    ("ShiftScaleRotate", shift_scale_rotate),
    ("Affine", affine),
    ("RandomGridShuffle", grid_shuffle),
];

/// Where `ShiftScaleRotate` became an `Affine`, which draws a scale for each axis.
const SCALES_APART: [u64; 3] = [1, 4, 4];

/// Where `Affine` shears after it turns; before, it was scikit-image's, which shears first and the other way.
const SHEARS_LAST: [u64; 3] = [1, 4, 19];

/// Until here `Affine` sheared along y the other way.
const SHEARS_Y_ALIKE: [u64; 3] = [1, 4, 15];

/// One of both flips and both of them.
fn flip(_: &mut Call<'_>) -> Value {
    let both = json!({"op": "sequential", "steps": [{"op": "horizontal_flip"}, {"op": "vertical_flip"}]});
    json!({"op": "one_of", "of": [{"op": "horizontal_flip"}, {"op": "vertical_flip"}, both]})
}

fn rotate(call: &mut Call<'_>) -> Value {
    let degrees = call.symmetric("limit", (-90.0, 90.0));
    only_flag(call, "crop_border", false, "what is cut off depends on the angle, and rows have one size");
    resampling(call, json!({"op": "rotate", "degrees": range(degrees)}))
}

fn safe_rotate(call: &mut Call<'_>) -> Value {
    let degrees = call.symmetric("limit", (-90.0, 90.0));
    // What it saves of `Affine` besides, and does not use.
    let unused = ["balanced_scale", "fit_output", "keep_ratio", "rotate", "scale", "shear", "translate_percent", "translate_px"];
    call.ignore(&unused);
    resampling(call, json!({"op": "safe_rotate", "degrees": range(degrees)}))
}

fn shift_scale_rotate(call: &mut Call<'_>) -> Value {
    let both = call.symmetric("shift_limit", (-0.0625, 0.0625));
    let x = call.symmetric("shift_limit_x", both);
    let y = call.symmetric("shift_limit_y", both);
    let (low, high) = call.symmetric("scale_limit", (-0.1, 0.1));
    let scale = (1.0 + low, 1.0 + high);
    let degrees = call.symmetric("rotate_limit", (-45.0, 45.0));
    let apart = low != high && call.version() >= SCALES_APART;
    let mut step =
        json!({"op": if apart { "affine" } else { "shift_scale_rotate" }, "degrees": range(degrees), "scale": range(scale)});
    if apart {
        step["scale_y"] = range(scale);
    }
    step["x"] = range(x);
    step["y"] = range(y);
    resampling(call, step)
}

fn affine(call: &mut Call<'_>) -> Value {
    only_flag(call, "fit_output", false, "the size depends on the angle, and rows have one size");
    let degrees = call.range("rotate", (0.0, 0.0));
    let (scale, scale_y) = affine_scale(call);
    let [x, y] = affine_shift(call);
    let [shear_x, shear_y] = affine_shear(call);
    // All parts have one border and one interpolation, so that they become one map and one resampling.
    let common = resampling(call, json!({}));
    let part = |op: &str, fields: &[Field]| {
        let mut step = json!({"op": op});
        for (name, value, _) in fields.iter().filter(|(_, value, neutral)| *value != (*neutral, *neutral)) {
            step[*name] = range(*value);
        }
        for (name, value) in common.as_object().into_iter().flatten() {
            step[name] = value.clone();
        }
        step
    };
    let mut pose = vec![("degrees", degrees, 0.0), ("scale", scale, 1.0)];
    // Said even if it is 1: it is not the width's.
    pose.extend(scale_y.map(|scale_y| ("scale_y", scale_y, f64::NAN)));
    let shift = [("x", x, 0.0), ("y", y, 0.0)];
    let sheared = [shear_x, shear_y] != [(0.0, 0.0); 2];
    if sheared && shear_x != (0.0, 0.0) && shear_y != (0.0, 0.0) {
        call.note("shears along y and x come one after the other, where Albumentations adds them up");
    }
    if !sheared || degrees == (0.0, 0.0) || call.version() < SHEARS_LAST {
        let shear = [("shear_x", shear_x, 0.0), ("shear_y", shear_y, 0.0)];
        return part("affine", &[&pose[..], &shift, &shear].concat());
    }
    let shear = part("shear", &[("x", shear_x, 0.0), ("y", shear_y, 0.0)]);
    let mut steps = vec![part("affine", &pose), shear];
    if [x, y] != [(0.0, 0.0); 2] {
        steps.push(part("shift", &shift));
    }
    json!({"op": "sequential", "steps": steps})
}

/// A field, its range, and the value that changes nothing.
type Field = (&'static str, (f64, f64), f64);

/// The scale of the width, and that of the height if it is drawn for itself.
fn affine_scale(call: &mut Call<'_>) -> ((f64, f64), Option<(f64, f64)>) {
    let [x, y] = axes(call, "scale", 1.0).unwrap_or([(1.0, 1.0); 2]);
    if call.flag("balanced_scale", false) && [x, y] != [(1.0, 1.0); 2] {
        call.refuse("balanced_scale", "true: enlarging and shrinking are alike here only as far as the range is (false)");
    }
    let alike = call.flag("keep_ratio", false) || (x == y && x.0 == x.1);
    (x, (!alike).then_some(y))
}

/// How far it moves, as fractions of the sides.
fn affine_shift(call: &mut Call<'_>) -> [(f64, f64); 2] {
    let none = [(0.0, 0.0); 2];
    let pixels = axes(call, "translate_px", 0.0).unwrap_or(none);
    let fractions = axes(call, "translate_percent", 0.0).unwrap_or(none);
    if pixels == none {
        return fractions;
    }
    match call.size() {
        Some(Size { width, height }) => {
            let of = |(low, high): (f64, f64), side: u32| (low / f64::from(side), high / f64::from(side));
            [of(pixels[0], width), of(pixels[1], height)]
        }
        None => {
            call.refuse("translate_px", &in_pixels("use translate_percent"));
            none
        }
    }
}

/// Why pixels cannot become fractions.
pub(super) fn in_pixels(remedy: &str) -> String {
    format!("is in pixels, and the size of pictures is not known here ({remedy}, or put a Resize or a crop before)")
}

/// How much vertical lines slant, and level ones, in degrees as ours go.
fn affine_shear(call: &mut Call<'_>) -> [(f64, f64); 2] {
    let [x, y] = axes(call, "shear", 0.0).unwrap_or([(0.0, 0.0); 2]);
    // From zero, so that no -0 comes out.
    let negative = |(low, high): (f64, f64)| (0.0 - high, 0.0 - low);
    let version = call.version();
    let along_x = if version < SHEARS_LAST { x } else { negative(x) };
    let along_y = if (SHEARS_Y_ALIKE..SHEARS_LAST).contains(&version) { y } else { negative(y) };
    [along_x, along_y]
}

fn grid_shuffle(call: &mut Call<'_>) -> Value {
    let (rows, columns) = call.range("grid", (3.0, 3.0));
    json!({"op": "grid_shuffle", "rows": plain(rows), "columns": plain(columns)})
}

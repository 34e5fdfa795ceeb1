//! The arguments of `ImageDataGenerator`, with those of `flow_from_directory` beside them if they are given.
//!
//! The generator draws an angle, two shifts, a shear and two zooms, and joins them into one affine map. In our order of
//! steps that map is: turn, shift, shear, zoom; steps that follow each other are joined into one map too.

use super::flow::flow;
use super::geometry::zoomed;
use super::values::Values;
use crate::image::Size;
use crate::import::call::{Call, ends, number};
use crate::import::json::{plain, range};
use crate::import::log::Log;
use crate::import::{Draft, Format};
use serde_json::{Map, Value, json};

/// Files of arguments.
pub(in crate::import) const FORMAT: Format = Format { name: "Keras (arguments of an ImageDataGenerator)", recognises, read };

/// The arguments of the generator.
pub(super) const ARGUMENTS: &[&str] = &[
    "featurewise_center",
    "samplewise_center",
    "featurewise_std_normalization",
    "samplewise_std_normalization",
    "zca_whitening",
    "zca_epsilon",
    "rotation_range",
    "width_shift_range",
    "height_shift_range",
    "brightness_range",
    "shear_range",
    "zoom_range",
    "channel_shift_range",
    "fill_mode",
    "cval",
    "horizontal_flip",
    "vertical_flip",
    "rescale",
    "preprocessing_function",
    "data_format",
    "validation_split",
    "interpolation_order",
    "dtype",
];

/// Those arguments of `flow_from_directory` that decide pictures, labels and batches.
pub(super) const FLOW: &[&str] = &[
    "directory",
    "target_size",
    "color_mode",
    "classes",
    "class_mode",
    "batch_size",
    "shuffle",
    "seed",
    "save_to_dir",
    "save_prefix",
    "save_format",
    "follow_links",
    "subset",
    "interpolation",
    "keep_aspect_ratio",
];

/// How people wrap the arguments.
const NAME: &str = "ImageDataGenerator";

/// The arguments of a file, if it is one.
fn unwrapped(file: &Value) -> Option<&Map<String, Value>> {
    let file = file.as_object()?;
    if file.get("class_name").and_then(Value::as_str) == Some(NAME) {
        return file.get("config").and_then(Value::as_object);
    }
    if let (1, Some(Value::Object(arguments))) = (file.len(), file.get(NAME)) {
        return Some(arguments);
    }
    let known = |name: &String| ARGUMENTS.contains(&name.as_str()) || FLOW.contains(&name.as_str());
    let own = file.keys().any(|name| ARGUMENTS.contains(&name.as_str()));
    (own && file.keys().all(known)).then_some(file)
}

fn recognises(file: &Value) -> bool {
    unwrapped(file).is_some()
}

fn read(file: Value, log: &Log) -> Draft {
    let arguments = unwrapped(&file).cloned().unwrap_or_default();
    let mut call = Call::new("config", NAME, arguments, log);
    let mut draft = Draft::default();
    let size = flow(&mut call, &mut draft);
    draft.steps.extend(pose(&mut call, size));
    draft.steps.extend(levels(&mut call));
    standardize(&mut call, &mut draft.output);
    refused(&mut call);
    draft.steps = call.finish_each(draft.steps);
    draft
}

/// Takes the arguments of the affine map and the flips.
fn pose(call: &mut Call<'_>, size: Option<Size>) -> Vec<Value> {
    let resampling = resampling(call);
    let mut steps = Vec::new();
    let rotation = call.number("rotation_range", 0.0).abs();
    if rotation != 0.0 {
        steps.push(json!({"op": "rotate", "degrees": range((-rotation, rotation))}));
    }
    shifts(call, size, &mut steps);
    let shear = call.number("shear_range", 0.0).abs();
    if shear != 0.0 {
        steps.push(json!({"op": "shear", "x": range((-shear, shear))}));
        let stretch = 1.0 / libm::cos(shear.to_radians()) - 1.0;
        if stretch > 0.001 {
            let percent = plain((stretch * 1000.0).round() / 10.0);
            call.note(&format!("shear_range: Keras slants and also stretches downwards, by 1 / cos(angle), up to {percent} %; prebake slants only"));
        }
    }
    let (low, high) = call.ends("zoom_range", |z| (1.0 - z, 1.0 + z)).unwrap_or((1.0, 1.0));
    let (low, high) = (low.min(high), low.max(high));
    if low <= 0.0 {
        call.refuse(
            "zoom_range",
            "down to 0 or below: the picture would be enlarged without end (the lower end must be above 0)",
        );
    } else if (low, high) != (1.0, 1.0) {
        steps.push(zoomed((low, high), (low, high), true));
    }
    let square = size.is_some_and(|size| size.width == size.height);
    if !square && !steps.is_empty() {
        call.note("pictures that are not square: prebake turns, slants and zooms about the centre; Keras takes half the height for half the width there");
    }
    for step in &mut steps {
        fill(step, &resampling);
    }
    for (argument, op) in [("horizontal_flip", "horizontal_flip"), ("vertical_flip", "vertical_flip")] {
        if call.flag(argument, false) {
            steps.push(json!({"op": op, "p": 0.5}));
        }
    }
    steps
}

/// Gives `resampling` to a step, or to all that one chooses from.
fn fill(step: &mut Value, resampling: &Map<String, Value>) {
    match step.get_mut("of").and_then(Value::as_array_mut) {
        Some(of) => of.iter_mut().for_each(|step| fill(step, resampling)),
        None => resampling.iter().for_each(|(name, value)| step[name] = value.clone()),
    }
}

/// Takes `fill_mode`, `cval` and `interpolation_order`.
fn resampling(call: &mut Call<'_>) -> Map<String, Value> {
    let mut fields = Map::new();
    match call.whole("interpolation_order", 1) {
        0 => drop(fields.insert("interpolation".into(), json!("nearest"))),
        1 => {}
        order => call.refuse("interpolation_order", &format!("{order}: splines are not offered (0 is nearest, 1 bilinear)")),
    }
    let fill_mode = call.word("fill_mode", "nearest");
    if fill_mode == "wrap" {
        call.note("fill_mode wrap repeats whole pictures; SciPy, by which Keras does it, lets the edge pixels of neighbouring ones fall together");
    }
    fields.insert("fill_mode".into(), json!(fill_mode));
    if fill_mode == "constant" {
        fields.insert("fill_value".into(), Values::default().take_fill(call, "cval").unwrap_or(json!(0)));
    } else {
        call.ignore(&["cval"]);
    }
    fields
}

/// Takes the two shifts. Keras moves across by `height_shift_range` times the height, and down by `width_shift_range`
/// times the width: the names are swapped.
fn shifts(call: &mut Call<'_>, size: Option<Size>, steps: &mut Vec<Value>) {
    let across = shift(call, "height_shift_range", "x", size.map(|size| (size.height, size.width)));
    let down = shift(call, "width_shift_range", "y", size.map(|size| (size.width, size.height)));
    if across != Moves::Not || down != Moves::Not {
        call.note("documented: width_shift_range moves across and height_shift_range down; Keras moves the other way round, which the import follows; change the two names for what is documented");
    }
    match (across, down) {
        (Moves::Evenly(x), Moves::Evenly(y)) => steps.push(json!({"op": "shift", "x": x, "y": y})),
        (across, down) => {
            for (moves, axis) in [(across, "x"), (down, "y")] {
                let one = |by: Value| {
                    let mut step = json!({"op": "shift"});
                    step[axis] = by;
                    step
                };
                match moves {
                    Moves::Not => {}
                    Moves::Evenly(range) => steps.push(one(range)),
                    Moves::OneOf(list) => {
                        steps.push(json!({"op": "one_of", "of": list.into_iter().map(one).collect::<Vec<_>>()}))
                    }
                }
            }
        }
    }
}

/// How far pictures move along an axis, as fractions of it.
#[derive(Clone, Debug, PartialEq)]
enum Moves {
    Not,
    Evenly(Value),
    OneOf(Vec<Value>),
}

/// Takes a shift: a fraction below 1, pixels from 1 on, a whole number n for one of the whole numbers below n, or a list
/// to choose from; all with either sign. `sides` are the side that fractions are taken of, and the one along `axis`.
fn shift(call: &mut Call<'_>, argument: &str, axis: &str, sides: Option<(u32, u32)>) -> Moves {
    let Some(value) = call.take(argument) else { return Moves::Not };
    let listed = value.as_array().map(|list| list.iter().filter_map(number).collect::<Vec<f64>>());
    let numbers = match (&listed, number(&value)) {
        (Some(list), _) if !list.is_empty() => list.clone(),
        (None, Some(number)) => vec![number.abs()],
        _ => {
            call.expected(argument, "a number or a list of numbers", &value);
            return Moves::Not;
        }
    };
    if numbers.iter().all(|number| *number == 0.0) {
        return Moves::Not;
    }
    let most = numbers.iter().copied().fold(f64::MIN, f64::max);
    let unit = match sides {
        Some((of, along)) if most < 1.0 => f64::from(of) / f64::from(along),
        Some((_, along)) => 1.0 / f64::from(along),
        None if most < 1.0 => 1.0,
        None => {
            call.refuse(
                argument,
                &format!("pixels along {axis}, of a side that is not known (give target_size beside the arguments)"),
            );
            return Moves::Not;
        }
    };
    if listed.is_some() {
        let both = numbers.iter().flat_map(|number| [*number, -*number]);
        return Moves::OneOf(both.map(|number| plain(number * unit)).collect());
    }
    let whole = value.is_u64() || value.is_i64();
    if whole {
        call.note(&format!("{argument}: Keras moves by whole pixels below the number given, prebake by any fraction between"));
    }
    let far = if whole { numbers[0] - 1.0 } else { numbers[0] } * unit;
    if far == 0.0 { Moves::Not } else { Moves::Evenly(range((-far, far))) }
}

/// Takes the arguments that change levels, after the map.
fn levels(call: &mut Call<'_>) -> Vec<Value> {
    let mut steps = Vec::new();
    let shift = call.number("channel_shift_range", 0.0).abs();
    if shift != 0.0 {
        steps.push(json!({"op": "channel_shift", "levels": range((-shift, shift))}));
    }
    if let Some(value) = call.take("brightness_range") {
        match ends(&value, |x| (x, x)).filter(|_| value.is_array()) {
            Some((low, high)) => steps.push(json!({"op": "brightness", "factor": range((low.min(high), low.max(high)))})),
            None => call.expected("brightness_range", "[low, high]", &value),
        }
    }
    steps
}

/// Takes what becomes of rows.
fn standardize(call: &mut Call<'_>, output: &mut Map<String, Value>) {
    let dtype = call.word("dtype", "float32");
    if !["float32", "float16"].contains(&dtype.as_str()) {
        call.note(&format!("dtype {dtype} becomes float32"));
    }
    output.insert("dtype".into(), json!(if dtype == "float16" { "float16" } else { "float32" }));
    match call.word("data_format", "channels_last").as_str() {
        "channels_last" => {}
        "channels_first" => drop(output.insert("layout".into(), json!("NCHW"))),
        other => call.refuse("data_format", &format!("`{other}` is none of channels_last, channels_first")),
    }
    if let Some(rescale) = call.optional_number("rescale").filter(|rescale| *rescale != 0.0) {
        output.insert("rescale".into(), json!(rescale));
    }
    // Centring comes with scaling in Keras, whether it is asked for or not.
    let centred = |call: &mut Call<'_>, of: &str| {
        let center = call.flag(&format!("{of}_center"), false);
        let scale = call.flag(&format!("{of}_std_normalization"), false);
        (center || scale).then(|| json!({"center": "mean", "scale": if scale { "std" } else { "none" }}))
    };
    let (samplewise, featurewise) = (centred(call, "samplewise"), centred(call, "featurewise"));
    let epsilon = call.number("zca_epsilon", 1e-6);
    let whitened = call.flag("zca_whitening", false);
    output.extend(samplewise.map(|field| ("samplewise".to_string(), field)));
    if whitened {
        if featurewise.is_some() {
            call.note("zca_whitening subtracts the mean itself, and switches featurewise_std_normalization off, as in Keras");
        }
        output.insert("zca".into(), json!({"epsilon": epsilon}));
    } else {
        output.extend(featurewise.map(|field| ("featurewise".to_string(), field)));
    }
}

/// Takes what cannot be kept.
fn refused(call: &mut Call<'_>) {
    if call.has("preprocessing_function") {
        call.ignore(&["preprocessing_function"]);
        call.refuse(
            "preprocessing_function",
            "is a function of Python's (leave it out; rescale, mean and std of `output` say what many of them do)",
        );
    }
    if call.flag("follow_links", false) {
        call.refuse("follow_links", "links to folders are not followed (leave it out)");
    }
    call.ignore(&["preprocessing_function"]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statistics_are_fields_of_output() {
        let log = Log::default();
        let said = |arguments: Value| {
            let mut output = Map::new();
            standardize(&mut Call::new("", NAME, arguments.as_object().cloned().unwrap_or_default(), &log), &mut output);
            Value::Object(output)
        };
        let made = said(json!({"samplewise_std_normalization": true, "featurewise_center": true, "rescale": 0.5}));
        let (scaled, centred) = (json!({"center": "mean", "scale": "std"}), json!({"center": "mean", "scale": "none"}));
        assert_eq!(made, json!({"dtype": "float32", "rescale": 0.5, "samplewise": scaled, "featurewise": centred}));
        let made = said(json!({"zca_whitening": true, "featurewise_std_normalization": true, "dtype": "float16"}));
        assert_eq!(made, json!({"dtype": "float16", "zca": {"epsilon": 1e-6}}));
    }
}

//! Layers that change colours.

use super::values::Values;
use super::{Layer, probability, with_p};
use crate::import::call::Call;
use crate::import::json::{plain, range};
use serde_json::{Value, json};

/// The layers of this family.
pub(super) const TABLE: &[Layer] = &[
    Layer { name: "RandomBrightness", arguments: &["factor", "value_range"], convert: brightness },
    Layer { name: "RandomContrast", arguments: &["factor", "value_range"], convert: contrast },
    Layer { name: "RandomHue", arguments: &["factor", "value_range"], convert: hue },
    Layer { name: "RandomSaturation", arguments: &["factor", "value_range"], convert: saturation },
    Layer {
        name: "RandomColorJitter",
        arguments: &["value_range", "brightness_factor", "contrast_factor", "saturation_factor", "hue_factor"],
        convert: jitter,
    },
    Layer { name: "RandomGrayscale", arguments: &["factor"], convert: grayscale },
    Layer { name: "RandomColorDegeneration", arguments: &["factor", "value_range"], convert: degeneration },
    Layer { name: "RandomPosterization", arguments: &["factor", "value_range"], convert: posterization },
    Layer { name: "RandomInvert", arguments: &["factor", "value_range"], convert: invert },
    Layer { name: "Solarization", arguments: &["addition_factor", "threshold_factor", "value_range"], convert: solarization },
    Layer { name: "AutoContrast", arguments: &["value_range"], convert: auto_contrast },
    Layer { name: "Equalization", arguments: &["value_range", "bins"], convert: equalization },
];

/// A range, the lower end first.
fn sorted((a, b): (f64, f64)) -> (f64, f64) {
    (a.min(b), a.max(b))
}

fn brightness(call: &mut Call<'_>, values: &Values) -> Vec<Value> {
    values.take_range(call);
    vec![brightness_by(call, "factor")]
}

fn brightness_by(call: &mut Call<'_>, argument: &str) -> Value {
    json!({"op": "brightness", "delta": range(sorted(call.symmetric(argument, (0.0, 0.0))))})
}

fn contrast(call: &mut Call<'_>, values: &Values) -> Vec<Value> {
    values.take_cut(call);
    vec![contrast_by(call, "factor")]
}

/// `[low, high]` is 1 - low to 1 + high; a single number is both.
fn contrast_by(call: &mut Call<'_>, argument: &str) -> Value {
    let pair = call.peek(argument).is_some_and(Value::is_array);
    let (low, high) = sorted(call.range(argument, (0.0, 0.0)));
    if pair && low == 0.0 && high > 0.0 {
        call.note(&format!(
            "Keras 3 saves a single factor f as [0, f], and only raises contrast by it, which the import follows as the file says it; if {h} was meant as documented, 1-{h} to 1+{h}, write {argument} as [{h}, {h}]",
            h = plain(high)
        ));
    }
    json!({"op": "contrast", "factor": range(sorted((1.0 - low, 1.0 + high)))})
}

fn hue(call: &mut Call<'_>, values: &Values) -> Vec<Value> {
    values.take_range(call);
    vec![hue_by(call, "factor")]
}

/// A factor of 1 is half a turn, either way.
fn hue_by(call: &mut Call<'_>, argument: &str) -> Value {
    let (low, high) = sorted(call.ends(argument, |f| (0.0, f)).unwrap_or((0.0, 0.0)));
    let turned = |low: f64, high: f64| json!({"op": "hue", "delta": range((low / 2.0, high / 2.0))});
    if low <= 0.0 {
        return turned(-high, high);
    }
    json!({"op": "one_or_other", "first": [turned(low, high)], "second": [turned(-high, -low)]})
}

fn saturation(call: &mut Call<'_>, values: &Values) -> Vec<Value> {
    if call.peek("value_range").and_then(|range| range[1].as_f64()).is_none_or(|high| high > 1.0) {
        call.note(BEYOND_FULL);
    }
    values.take_cut(call);
    vec![saturation_by(call, "factor")]
}

/// Keras cuts saturations, which are 0 to 1, at the ends of `value_range`.
const BEYOND_FULL: &str = "saturation ends at full; Keras 3 lets it go beyond unless value_range is (0, 1)";

/// No saturation is multiplied by more; Keras has no end where the factor is 1.
const MOST_SATURATION: f64 = 100.0;

/// A factor f multiplies by f / (1 - f): 0 is gray, 0.5 changes nothing.
fn saturation_by(call: &mut Call<'_>, argument: &str) -> Value {
    let (low, high) = from_zero(call, argument);
    let times = |f: f64| (f / (1.0 - f).max(1e-9)).min(MOST_SATURATION);
    let step = |low: f64, high: f64| json!({"op": "saturation", "method": "hsv", "factor": range((times(low), times(high)))});
    if low < 0.5 && high > 0.5 {
        // As often below as Keras is, though evenly on each side.
        let weights = [plain(0.5 - low), plain(high - 0.5)];
        return json!({"op": "one_of", "of": [step(low, 0.5), step(0.5, high)], "weights": weights});
    }
    step(low, high)
}

/// Takes a factor that is documented as 0 to the number given, where Keras 3 saves, and draws from, its negative too.
fn from_zero(call: &mut Call<'_>, argument: &str) -> (f64, f64) {
    let (low, high) = sorted(call.ends(argument, |f| (0.0, f)).unwrap_or((0.0, 0.0)));
    if low < 0.0 {
        let (low, high) = (plain(low), plain(high));
        call.note(&format!(
            "documented: a single {argument} f is 0 to f, which the import follows; Keras 3 saves and draws -f to f, {low} to {high} here"
        ));
    }
    (low.max(0.0), high.max(0.0))
}

/// Makes a step of the argument called so.
type Make = fn(&mut Call<'_>, &str) -> Value;

/// What a jitter changes, in the order in which it does.
const JITTERED: [(&str, Make); 4] = [
    ("brightness_factor", brightness_by),
    ("contrast_factor", contrast_by),
    ("saturation_factor", saturation_by),
    ("hue_factor", hue_by),
];

fn jitter(call: &mut Call<'_>, values: &Values) -> Vec<Value> {
    values.take_range(call);
    if call.peek("contrast_factor").is_some_and(Value::is_number) {
        call.note("documented: a single contrast_factor f is 1-f to 1+f, which the import follows; Keras 3 draws 1 to 1+f");
    }
    if call.peek("saturation_factor").is_some_and(Value::is_number) {
        call.note("documented: a single saturation_factor f is 0 to f, which the import follows; Keras 3 draws -f to f");
    }
    let mut steps = Vec::new();
    for (argument, make) in JITTERED {
        // `null`, as Keras saves it, is none.
        let given = call.has(argument);
        let step = make(call, argument);
        steps.extend(given.then_some(step));
    }
    steps
}

fn grayscale(call: &mut Call<'_>, _values: &Values) -> Vec<Value> {
    let p = call.number("factor", 0.5);
    vec![with_p(json!({"op": "grayscale"}), p)]
}

fn degeneration(call: &mut Call<'_>, values: &Values) -> Vec<Value> {
    values.take_cut(call);
    let (low, high) = from_zero(call, "factor");
    vec![json!({"op": "saturation", "factor": range((1.0 - high, 1.0 - low))})]
}

fn posterization(call: &mut Call<'_>, values: &Values) -> Vec<Value> {
    values.take_range(call);
    let (low, high) = sorted(call.ends("factor", |bits| (1.0, bits)).unwrap_or((8.0, 8.0)));
    let bits = if low == 1.0 && high > 1.0 {
        let n = plain(high);
        call.note(&format!(
            "documented: factor is the bits that are kept, {n}, which the import follows; Keras 3 draws 1 to {n}, {n} excluded"
        ));
        (high, high)
    } else {
        // Of two, Keras leaves the upper one out.
        (low, if low < high { high - 1.0 } else { high })
    };
    vec![json!({"op": "posterize", "bits": range(bits)})]
}

fn invert(call: &mut Call<'_>, values: &Values) -> Vec<Value> {
    values.take_range(call);
    let p = probability(call);
    if values.levels(0.0)[0].abs() > 0.01 {
        call.note("documented: values become their complements, which the import follows; Keras 3 subtracts them from the upper end, right only where the lower one is 0");
    }
    vec![with_p(json!({"op": "invert"}), p)]
}

fn solarization(call: &mut Call<'_>, values: &Values) -> Vec<Value> {
    values.take_range(call);
    let mut levels = |argument: &str| {
        let (low, high) = sorted(call.ends(argument, |f| (0.0, f)).unwrap_or((0.0, 0.0)));
        (low * 255.0, high * 255.0)
    };
    let (addition, threshold) = (levels("addition_factor"), levels("threshold_factor"));
    if addition.0 > 0.0 || threshold.0 > 0.0 {
        call.note("documented: both ends of a factor are times the range of values, which the import follows; Keras 3 leaves the lower one as it is");
    }
    let mut step = json!({"op": "solarize", "threshold": range(threshold)});
    if addition != (0.0, 0.0) {
        step["addition"] = range((addition.0.round(), addition.1.round()));
    }
    vec![step]
}

fn auto_contrast(call: &mut Call<'_>, values: &Values) -> Vec<Value> {
    values.take_range(call);
    vec![json!({"op": "autocontrast"})]
}

fn equalization(call: &mut Call<'_>, values: &Values) -> Vec<Value> {
    values.take_range(call);
    let bins = call.whole("bins", 256);
    if bins != 256 {
        call.refuse("bins", &format!("{bins}: levels are counted one by one (256)"));
    }
    call.note("each picture has its own levels counted; Keras 3 counts those of a whole batch together");
    vec![json!({"op": "equalize", "method": "cv"})]
}

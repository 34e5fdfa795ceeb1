//! Keras's ops and strengths, as its layers run them, not as they are documented: turns and shifts go one way only.
//! Source: `keras.layers.RandAugment` and `AugMix` of Keras 3.15. Keras draws once for a batch, this for each picture.

use super::part::{Look, Part};
use super::pieces::Pieces;
use serde_json::{Value, json};

/// Ranges that a slope is cut into, so that angles drawn evenly in each give it evenly.
const SLOPES: u32 = 32;

/// `RandAugment`'s eleven layers.
pub(super) fn rand(factor: f64, look: &Look) -> Vec<Value> {
    let mut choices = moves(factor, look);
    choices.extend(colors(factor, look));
    choices.extend(levels(factor, look));
    choices
}

/// `AugMix`'s layers, and one more that does nothing.
pub(super) fn augmix(factor: f64, all: bool, look: &Look) -> Vec<Value> {
    let mut choices = moves(factor, look);
    choices.extend(levels(factor, look));
    if all {
        choices.extend(colors(factor, look));
    }
    choices.push(Part::Identity.plain(look));
    choices
}

fn moves(factor: f64, look: &Look) -> Vec<Value> {
    let step = factor / f64::from(SLOPES);
    let slope = Pieces((0..SLOPES).map(f64::from).flat_map(|i| Pieces::even(i * step, (i + 1.0) * step).0).collect());
    let both = |slope: &Pieces| json!({"op": "sequential", "steps": [Part::ShearX.choice(slope, look), Part::ShearY.choice(slope, look)]});
    let [right, left] = [both(&slope), both(&slope.map(|slope| -slope))];
    let up_to = Pieces::even(0.0, factor);
    let shift = json!({"op": "sequential", "steps": [Part::SmoothX.choice(&up_to, look), Part::SmoothY.choice(&up_to, look)]});
    vec![json!({"op": "one_of", "of": [right, left]}), shift, Part::Rotate.choice(&up_to.map(|turn| turn * 360.0), look)]
}

fn colors(factor: f64, look: &Look) -> Vec<Value> {
    let up_to = Pieces::even(0.0, factor);
    vec![
        json!({"op": "brightness", "delta": [0.0, factor]}),
        Part::Saturation.choice(&up_to.map(|loss| 1.0 - loss), look),
        json!({"op": "contrast", "factor": [1.0, 1.0 + factor], "pivot": "channel_mean"}),
        Part::Sharpness.choice(&up_to.map(|blur| 2.0 * blur), look),
    ]
}

fn levels(factor: f64, look: &Look) -> Vec<Value> {
    let most = ((8.0 * factor) as i64).max(1);
    // The upper bound is left out, unless it is the lower one.
    let bits: Vec<i64> = if most > 1 { (1..most).collect() } else { vec![1] };
    vec![
        json!({"op": "one_of", "of": bits.iter().map(|bits| json!({"op": "posterize", "bits": bits})).collect::<Vec<_>>()}),
        json!({"op": "solarize", "threshold": [0.0, factor * 255.0], "addition": [0, (factor * 255.0) as i64]}),
        Part::AutoContrast.plain(look),
        Part::Equalize.plain(look),
    ]
}

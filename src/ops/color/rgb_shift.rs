//! Adds to each channel an amount of its own.

use crate::image::Size;
use crate::kernels::tone::Tone;
use crate::ops::{Lowered, Serves, Transform};
use crate::rng::Rng;
use crate::spec::fields::{About, Fields, Interval};
use serde::{Deserialize, Serialize};

/// Adds to each channel an amount of its own, whole levels.
#[derive(Clone, Debug)]
pub struct RgbShift {
    red: Interval,
    green: Interval,
    blue: Interval,
}

/// What one `rgb_shift` drew.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Params {
    red: f64,
    green: f64,
    blue: f64,
}

impl Transform for RgbShift {
    const NAME: &'static str = "rgb_shift";
    const SUMMARY: &'static str = "Adds to each channel an amount of its own.";
    const EXAMPLE: &'static str = r#"{"op": "rgb_shift", "red": [-40, 40], "green": [-40, 40], "blue": [-40, 40]}"#;
    const REFERENCE: &'static str =
        "Albumentations 2.0.8 `RGBShift`: what is drawn is cut to whole levels towards 0, and added, clipped.";
    const SERVES: Option<Serves> = Some(Serves::Three);
    type Params = Params;

    fn read(fields: &mut Fields<'_>) -> Self {
        let range = Some(Interval::new(-20.0, 20.0));
        Self {
            red: fields.interval("red", range, (-255.0, 255.0), About("levels", "added to red")),
            green: fields.interval("green", range, (-255.0, 255.0), About("levels", "added to green")),
            blue: fields.interval("blue", range, (-255.0, 255.0), About("levels", "added to blue")),
        }
    }

    fn is_fixed(&self) -> bool {
        [self.red, self.green, self.blue].into_iter().all(Interval::is_fixed)
    }

    fn sample(&self, rng: &mut Rng, _input: Size) -> Params {
        Params { red: self.red.draw(rng), green: self.green.draw(rng), blue: self.blue.draw(rng) }
    }

    fn lower(params: &Params, _input: Size, lowered: &mut Vec<Lowered>) {
        let levels = [params.red, params.green, params.blue].map(f64::trunc);
        lowered.push(Lowered::Tone(Tone::AddEach(levels)));
    }
}

//! A curve through the levels.

use crate::image::Size;
use crate::kernels::random::Noise;
use crate::kernels::tone::Tone;
use crate::ops::{Lowered, Serves, Transform};
use crate::rng::Rng;
use crate::spec::fields::{About, Fields};
use serde::{Deserialize, Serialize};

/// Bends the levels along a cubic Bezier curve from black to white, whose inner points move up and down.
#[derive(Clone, Debug)]
pub struct ToneCurve {
    scale: f64,
    per_channel: bool,
}

/// What one `tone_curve` drew.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Params {
    low: [f64; 3],
    high: [f64; 3],
}

impl Transform for ToneCurve {
    const NAME: &'static str = "tone_curve";
    const SUMMARY: &'static str = "Bends the levels along a curve with two drawn points.";
    const EXAMPLE: &'static str = r#"{"op": "tone_curve", "scale": 0.3}"#;
    const REFERENCE: &'static str = "Albumentations 2.0.8 `RandomToneCurve`: a cubic Bezier curve with inner points at heights around 1/4 and 3/4, rounded to nearest.";
    const SERVES: Option<Serves> = Some(Serves::Three);
    type Params = Params;

    fn read(fields: &mut Fields<'_>) -> Self {
        let scale =
            About("fraction of the full range", "the spread (standard deviation) of the two points' heights around 1/4 and 3/4");
        let per_channel = About("", "every channel has a curve of its own");
        Self {
            scale: fields.number("scale", Some(0.1), (0.0, 1.0), scale),
            per_channel: fields.flag("per_channel", false, per_channel),
        }
    }

    fn is_fixed(&self) -> bool {
        self.scale == 0.0
    }

    fn sample(&self, rng: &mut Rng, _input: Size) -> Params {
        let noise = Noise::new(rng.bits());
        let heights = |around: f64, place: u64| {
            let height =
                |c: u64| (around + self.scale * noise.normal(place + if self.per_channel { c } else { 0 })).clamp(0.0, 1.0);
            [height(0), height(1), height(2)]
        };
        Params { low: heights(0.25, 0), high: heights(0.75, 3) }
    }

    fn lower(params: &Params, _input: Size, lowered: &mut Vec<Lowered>) {
        lowered.push(Lowered::Tone(Tone::Curve { low: params.low, high: params.high }));
    }
}

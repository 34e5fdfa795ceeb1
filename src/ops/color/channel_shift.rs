//! Adds the same amount to every channel, but stays within the levels that the picture has.

use crate::image::Size;
use crate::kernels::tone::Tone;
use crate::ops::{Lowered, Serves, Transform};
use crate::rng::Rng;
use crate::spec::fields::{About, Fields, Interval};
use serde::{Deserialize, Serialize};

/// Adds the same amount to every channel, no further than the least and the greatest level of the picture.
#[derive(Clone, Debug)]
pub struct ChannelShift {
    levels: Interval,
}

/// What one `channel_shift` drew.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Params {
    levels: f64,
}

impl Transform for ChannelShift {
    const NAME: &'static str = "channel_shift";
    const SUMMARY: &'static str = "Adds the same amount to every channel, but stays within the levels that the picture has.";
    const EXAMPLE: &'static str = r#"{"op": "channel_shift", "levels": [-60, 60]}"#;
    const REFERENCE: &'static str = "Keras `apply_channel_shift` (`channel_shift_range` of r is [-r, r]): x + levels, clipped to the least and the greatest level of all channels, rounded to nearest.";
    const SERVES: Option<Serves> = Some(Serves::Any);
    type Params = Params;

    fn read(fields: &mut Fields<'_>) -> Self {
        let levels = About("levels", "what is added; the result is clipped to the picture's own least and greatest level");
        Self { levels: fields.interval("levels", None, (-255.0, 255.0), levels) }
    }

    fn is_fixed(&self) -> bool {
        self.levels.is_fixed()
    }

    fn sample(&self, rng: &mut Rng, _input: Size) -> Params {
        Params { levels: self.levels.draw(rng) }
    }

    fn lower(params: &Params, _input: Size, lowered: &mut Vec<Lowered>) {
        lowered.push(Lowered::Tone(Tone::AddWithin(params.levels)));
    }
}

//! Channels blotted out.

use crate::image::Size;
use crate::kernels::tone::Tone;
use crate::ops::{Lowered, Serves, Transform};
use crate::rng::Rng;
use crate::spec::fields::{About, Fields, Whole};
use serde::{Deserialize, Serialize};

/// Channels blotted out: drawn ones take one level everywhere.
#[derive(Clone, Debug)]
pub struct ChannelDropout {
    channels: Whole,
    fill_value: u8,
}

/// What one `channel_dropout` drew.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Params {
    dropped: [bool; 3],
    fill_value: u8,
}

impl Transform for ChannelDropout {
    const NAME: &'static str = "channel_dropout";
    const SUMMARY: &'static str = "Fills drawn channels with one level.";
    const EXAMPLE: &'static str = r#"{"op": "channel_dropout"}"#;
    const REFERENCE: &'static str = "Albumentations 2.0.8 `ChannelDropout`, equal to the pixel.";
    const SERVES: Option<Serves> = Some(Serves::Three);
    type Params = Params;

    fn read(fields: &mut Fields<'_>) -> Self {
        let channels = About("channels", "how many are filled; which of the three is drawn");
        Self {
            channels: fields.whole("channels", Some(Whole::at(1)), (1, 2), channels),
            fill_value: fields.integer("fill_value", Some(0), (0, 255), About("levels", "what they are filled with")) as u8,
        }
    }

    fn is_fixed(&self) -> bool {
        false
    }

    fn sample(&self, rng: &mut Rng, _input: Size) -> Params {
        let mut order = [0, 1, 2];
        rng.shuffle(&mut order);
        let count = self.channels.draw(rng);
        Params { dropped: order.map(|place| place < count), fill_value: self.fill_value }
    }

    fn lower(params: &Params, _input: Size, lowered: &mut Vec<Lowered>) {
        lowered.push(Lowered::Tone(Tone::Fill { channels: params.dropped, level: params.fill_value }));
    }
}

//! Channels in another order.

use crate::image::{Deep, Image, Size};
use crate::kernels::{Tools, color, deep};
use crate::ops::{Serves, Transform};
use crate::rng::Rng;
use crate::spec::fields::Fields;
use serde::{Deserialize, Serialize};

/// Channels in a drawn order, which may be the one they had.
#[derive(Clone, Debug)]
pub struct ChannelShuffle;

/// What one `channel_shuffle` drew.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Params {
    order: [u8; 3],
}

impl Transform for ChannelShuffle {
    const NAME: &'static str = "channel_shuffle";
    const SUMMARY: &'static str = "Puts the channels into a drawn order.";
    const EXAMPLE: &'static str = r#"{"op": "channel_shuffle"}"#;
    const REFERENCE: &'static str = "Albumentations 2.0.8 `ChannelShuffle` and torchvision's `RandomChannelPermutation`: all six orders alike, equal to the pixel.";
    const SERVES: Option<Serves> = Some(Serves::Three);
    type Params = Params;

    fn read(_fields: &mut Fields<'_>) -> Self {
        Self
    }

    fn is_fixed(&self) -> bool {
        false
    }

    fn sample(&self, rng: &mut Rng, _input: Size) -> Params {
        let mut order = [0, 1, 2];
        rng.shuffle(&mut order);
        Params { order }
    }

    fn apply(params: &Params, source: &Image, _tools: &mut Tools, target: &mut [u8]) {
        color::shuffle(source.bytes(), params.order, target);
    }

    fn apply_deep(params: &Params, source: &Deep, _tools: &mut Tools, target: &mut Deep) {
        deep::shuffle(source, params.order, target);
    }
}

//! Multiplies the distance of every level from a pivot.

use crate::image::Size;
use crate::kernels::tone::Tone;
use crate::ops::{Lowered, Serves, Transform};
use crate::rng::Rng;
use crate::spec::fields::{About, Choice, Fields, Interval};
use crate::units::Pivot;
use serde::{Deserialize, Serialize};

/// Multiplies the distance from a pivot: `(x - pivot) factor + pivot`, as `tf.image.adjust_contrast`.
#[derive(Clone, Debug)]
pub struct Contrast {
    factor: Interval,
    pivot: Pivot,
}

impl Choice for Pivot {
    const ALL: &'static [(&'static str, Self)] =
        &[("channel_mean", Self::ChannelMean), ("gray_mean", Self::GrayMean), ("mid_gray", Self::MidGray)];
}

/// What one `contrast` drew.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Params {
    factor: f64,
    pivot: Pivot,
}

impl Transform for Contrast {
    const NAME: &'static str = "contrast";
    const SUMMARY: &'static str = "Multiplies the distance of every level from a pivot.";
    const EXAMPLE: &'static str = r#"{"op": "contrast", "factor": [0.8, 1.2], "p": 0.5}"#;
    const REFERENCE: &'static str = "`tf.image.adjust_contrast`: (x - mean) factor + mean, clipped, rounded to nearest; `gray_mean` is Pillow's and torchvision's pivot.";
    const SERVES: Option<Serves> = Some(Serves::Any);
    type Params = Params;

    fn read(fields: &mut Fields<'_>) -> Self {
        let factor = fields.interval(
            "factor",
            None,
            (0.0, 100.0),
            About("factor", "above 1 raises the contrast, 0 leaves one flat colour"),
        );
        Self { factor, pivot: fields.choice("pivot", Pivot::ChannelMean, About("", "the level that stays")) }
    }

    fn is_fixed(&self) -> bool {
        self.factor.is_fixed()
    }

    fn sample(&self, rng: &mut Rng, _input: Size) -> Params {
        Params { factor: self.factor.draw(rng), pivot: self.pivot }
    }

    fn lower(params: &Params, _input: Size, lowered: &mut Vec<Lowered>) {
        lowered.push(Lowered::Tone(Tone::Contrast(params.factor, params.pivot)));
    }
}

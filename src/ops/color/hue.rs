//! The hue circle, turned.

use crate::image::{Image, Size};
use crate::kernels::Tools;
use crate::kernels::color;
use crate::ops::Transform;
use crate::rng::Rng;
use crate::spec::fields::{About, Fields, Interval};
use serde::{Deserialize, Serialize};

/// The hue circle, turned.
#[derive(Clone, Debug)]
pub struct Hue {
    delta: Interval,
}

/// What one `hue` drew.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Params {
    delta: f64,
}

impl Transform for Hue {
    const NAME: &'static str = "hue";
    const SUMMARY: &'static str = "Turns all hues along the colour circle.";
    const EXAMPLE: &'static str = r#"{"op": "hue", "delta": [-0.5, 0.5]}"#;
    const REFERENCE: &'static str =
        "torchvision's `adjust_hue` (and `tf.image.adjust_hue`): through HSV in single precision, cut.";
    type Params = Params;

    fn read(fields: &mut Fields<'_>) -> Self {
        Self { delta: fields.interval("delta", None, (-0.5, 0.5), About("turns", "a third takes red to green")) }
    }

    fn is_fixed(&self) -> bool {
        self.delta.is_fixed()
    }

    fn sample(&self, rng: &mut Rng, _input: Size) -> Params {
        Params { delta: self.delta.draw(rng) }
    }

    fn apply(params: &Params, source: &Image, _tools: &mut Tools, target: &mut [u8]) {
        color::turn_hue(source.bytes(), params.delta, target);
    }
}

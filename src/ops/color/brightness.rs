//! Adds the same amount to every channel, or multiplies all by the same.

use crate::image::Size;
use crate::kernels::tone::Tone;
use crate::ops::{Lowered, Serves, Transform};
use crate::rng::Rng;
use crate::spec::fields::{About, Fields, Interval};
use serde::{Deserialize, Serialize};

/// Adds the same amount to every channel, `x + 255 delta`, or multiplies all, `x factor`.
#[derive(Clone, Debug)]
pub struct Brightness {
    change: Change,
}

#[derive(Clone, Debug)]
enum Change {
    Delta(Interval),
    Factor(Interval),
}

/// What one `brightness` drew.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Params {
    /// Fraction of the full range to add.
    Delta {
        /// Above 0 brightens.
        delta: f64,
    },
    /// What to multiply by.
    Factor {
        /// Above 1 brightens.
        factor: f64,
    },
}

impl Transform for Brightness {
    const NAME: &'static str = "brightness";
    const SUMMARY: &'static str = "Adds the same amount to every channel, or multiplies all by the same.";
    const EXAMPLE: &'static str = r#"{"op": "brightness", "delta": [-0.3, 0.3], "p": 0.5}"#;
    const REFERENCE: &'static str = "`delta`: `tf.image.adjust_brightness`, x + 255 delta, clipped, rounded to nearest; `factor`: torchvision's `adjust_brightness`, x factor in single precision, clipped, cut.";
    const SERVES: Option<Serves> = Some(Serves::Any);
    type Params = Params;

    fn read(fields: &mut Fields<'_>) -> Self {
        let delta = fields.optional_interval(
            "delta",
            (-1.0, 1.0),
            About("fraction of the full range", "what is added; above 0 brightens (give this or `factor`)"),
        );
        let factor = fields.optional_interval(
            "factor",
            (0.0, 100.0),
            About("factor", "what is multiplied by, as torchvision and Pillow do; above 1 brightens (give this or `delta`)"),
        );
        let change = match (delta, factor) {
            (Some(delta), None) => Change::Delta(delta),
            (None, Some(factor)) => Change::Factor(factor),
            (Some(delta), Some(_)) => {
                fields.complain("factor", "given besides `delta` (keep one of them)");
                Change::Delta(delta)
            }
            (None, None) => {
                fields.complain("delta", "missing (give `delta` or `factor`)");
                Change::Delta(Interval::at(0.0))
            }
        };
        Self { change }
    }

    fn is_fixed(&self) -> bool {
        let (Change::Delta(range) | Change::Factor(range)) = &self.change;
        range.is_fixed()
    }

    fn sample(&self, rng: &mut Rng, _input: Size) -> Params {
        match &self.change {
            Change::Delta(range) => Params::Delta { delta: range.draw(rng) },
            Change::Factor(range) => Params::Factor { factor: range.draw(rng) },
        }
    }

    fn lower(params: &Params, _input: Size, lowered: &mut Vec<Lowered>) {
        lowered.push(Lowered::Tone(match *params {
            Params::Delta { delta } => Tone::Add(delta * 255.0),
            Params::Factor { factor } => Tone::Cut { scale: [factor; 3], offset: [0.0; 3] },
        }));
    }
}

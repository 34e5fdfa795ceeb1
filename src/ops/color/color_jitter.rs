//! Brightness, contrast, saturation and hue, in any order.

use crate::image::{Image, Size};
use crate::kernels::Tools;
use crate::kernels::color::{Adjustment, adjust};
use crate::ops::Transform;
use crate::rng::Rng;
use crate::spec::fields::{About, Choice, Fields, Interval};
use serde::{Deserialize, Serialize};

/// Brightness, contrast, saturation and hue, in any order.
#[derive(Clone, Debug)]
pub struct ColorJitter {
    brightness: Interval,
    contrast: Interval,
    saturation: Interval,
    hue: Interval,
    order: Order,
}

/// Which order the four have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    /// All 24 alike.
    Random,
    /// Brightness, contrast, saturation, hue.
    Fixed,
}

impl Choice for Order {
    const ALL: &'static [(&'static str, Self)] = &[("random", Self::Random), ("fixed", Self::Fixed)];
}

/// One of the four.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Part {
    /// A factor on all levels.
    Brightness,
    /// A factor on the distance from the mean gray.
    Contrast,
    /// A factor on the distance from each pixel's gray.
    Saturation,
    /// Turns of the colour circle.
    Hue,
}

/// What one `color_jitter` drew.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Params {
    brightness: f64,
    contrast: f64,
    saturation: f64,
    hue: f64,
    order: [Part; 4],
}

impl Transform for ColorJitter {
    const NAME: &'static str = "color_jitter";
    const SUMMARY: &'static str = "Changes brightness, contrast, saturation and hue, in a drawn order.";
    const EXAMPLE: &'static str = r#"{"op": "color_jitter", "brightness": [0.6, 1.4], "contrast": [0.6, 1.4], "saturation": [0.5, 1.5], "hue": [-0.1, 0.1]}"#;
    const REFERENCE: &'static str = "torchvision's `ColorJitter`: `adjust_brightness`, `adjust_contrast`, `adjust_saturation` and `adjust_hue` one after another, each cut to whole levels.";
    type Params = Params;

    fn read(fields: &mut Fields<'_>) -> Self {
        let (range, bounds) = (Some(Interval::new(0.8, 1.2)), (0.0, 100.0));
        let order = About("", "of the four; `fixed` is brightness, contrast, saturation, hue");
        Self {
            brightness: fields.interval("brightness", range, bounds, About("factor", "on all levels; 1 changes nothing")),
            contrast: fields.interval(
                "contrast",
                range,
                bounds,
                About("factor", "on the distance from the mean gray; 1 changes nothing"),
            ),
            saturation: fields.interval(
                "saturation",
                range,
                bounds,
                About("factor", "on the distance from each pixel's gray; 1 changes nothing"),
            ),
            hue: fields.interval(
                "hue",
                Some(Interval::at(0.0)),
                (-0.5, 0.5),
                About("turns", "of the colour circle; 0 changes nothing"),
            ),
            order: fields.choice("order", Order::Random, order),
        }
    }

    fn is_fixed(&self) -> bool {
        let ranges = [(self.brightness, 1.0), (self.contrast, 1.0), (self.saturation, 1.0), (self.hue, 0.0)];
        let at_work = ranges.iter().filter(|(range, none)| range.low != *none || range.high != *none).count();
        ranges.iter().all(|(range, _)| range.is_fixed()) && (self.order == Order::Fixed || at_work < 2)
    }

    fn sample(&self, rng: &mut Rng, _input: Size) -> Params {
        let mut order = [Part::Brightness, Part::Contrast, Part::Saturation, Part::Hue];
        if self.order == Order::Random {
            rng.shuffle(&mut order);
        }
        Params {
            brightness: self.brightness.draw(rng),
            contrast: self.contrast.draw(rng),
            saturation: self.saturation.draw(rng),
            hue: self.hue.draw(rng),
            order,
        }
    }

    fn apply(params: &Params, source: &Image, tools: &mut Tools, target: &mut [u8]) {
        let mut steps = params.order.map(|part| match part {
            Part::Brightness => Adjustment::Brightness(params.brightness),
            Part::Contrast => Adjustment::Contrast(params.contrast),
            Part::Saturation => Adjustment::Saturation(params.saturation),
            Part::Hue => Adjustment::Hue(params.hue),
        });
        adjust(source.bytes(), &mut steps, &mut tools.color, target);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_of_one_is_fixed() {
        let one = Interval::at(1.0);
        let mut jitter = ColorJitter {
            brightness: Interval::at(1.5),
            contrast: one,
            saturation: one,
            hue: Interval::at(0.0),
            order: Order::Random,
        };
        assert!(jitter.is_fixed());
        jitter.hue = Interval::at(0.1);
        assert!(!jitter.is_fixed());
        jitter.order = Order::Fixed;
        assert!(jitter.is_fixed());
    }
}

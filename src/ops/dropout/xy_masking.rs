//! Hides stripes.

use super::holes::{Filling, Params, anywhere, part};
use crate::image::{Image, Size};
use crate::kernels::Tools;
use crate::ops::Transform;
use crate::rng::Rng;
use crate::spec::fields::{About, Fields, Interval, Whole};

/// Hides upright and level stripes, as on a spectrogram.
#[derive(Clone, Debug)]
pub struct XyMasking {
    masks: [Whole; 2],
    lengths: [Interval; 2],
    filling: Filling,
}

impl Transform for XyMasking {
    const NAME: &'static str = "xy_masking";
    const SUMMARY: &'static str = "Hides upright and level stripes, as on a spectrogram.";
    const EXAMPLE: &'static str =
        r#"{"op": "xy_masking", "masks_x": [1, 3], "masks_y": [1, 2], "length_x": [0.05, 0.1], "length_y": [0.05, 0.1]}"#;
    const REFERENCE: &'static str = "Albumentations 2.0.8 `XYMasking` (Park et al., SpecAugment, 2019); exact.";
    type Params = Params;

    fn read(fields: &mut Fields<'_>) -> Self {
        let mut masks = |name, text| fields.whole(name, Some(Whole::at(1)), (0, 1000), About("stripes", text));
        let masks = [masks("masks_x", "how many upright ones"), masks("masks_y", "how many level ones")];
        let mut length = |name, unit, text| fields.interval(name, Some(Interval::new(0.05, 0.1)), (0.0, 1.0), About(unit, text));
        let lengths = [
            length("length_x", "fraction of the width", "width of an upright stripe"),
            length("length_y", "fraction of the height", "height of a level stripe"),
        ];
        Self { masks, lengths, filling: Filling::read(fields) }
    }

    fn is_fixed(&self) -> bool {
        false
    }

    fn sample(&self, rng: &mut Rng, input: Size) -> Params {
        let mut holes = Vec::new();
        for _ in 0..self.masks[0].draw(rng) {
            let width = part(input.width, self.lengths[0].draw(rng));
            holes.push(anywhere(rng, input, width, input.height));
        }
        for _ in 0..self.masks[1].draw(rng) {
            let height = part(input.height, self.lengths[1].draw(rng));
            holes.push(anywhere(rng, input, input.width, height));
        }
        self.filling.draw(holes, rng)
    }

    fn apply(params: &Params, source: &Image, _tools: &mut Tools, target: &mut [u8]) {
        params.apply(source, target);
    }
}

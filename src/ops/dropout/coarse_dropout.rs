//! Hides rectangles.

use super::holes::{Filling, Params, anywhere, part};
use crate::image::{Image, Size};
use crate::kernels::Tools;
use crate::ops::Transform;
use crate::rng::Rng;
use crate::spec::fields::{About, Fields, Interval, Whole};

/// Hides rectangles at random places.
#[derive(Clone, Debug)]
pub struct CoarseDropout {
    holes: Whole,
    height: Interval,
    width: Interval,
    filling: Filling,
}

impl Transform for CoarseDropout {
    const NAME: &'static str = "coarse_dropout";
    const SUMMARY: &'static str = "Hides rectangles at random places.";
    const EXAMPLE: &'static str =
        r#"{"op": "coarse_dropout", "holes": [2, 5], "hole_height": [0.1, 0.25], "hole_width": [0.1, 0.25]}"#;
    const REFERENCE: &'static str = "Albumentations 2.0.8 `CoarseDropout` (DeVries and Taylor, Cutout, 2017): sides cut to whole pixels, every place inside as likely; exact.";
    type Params = Params;

    fn read(fields: &mut Fields<'_>) -> Self {
        let side = Some(Interval::new(0.1, 0.2));
        Self {
            holes: fields.whole("holes", Some(Whole::new(1, 2)), (1, 10_000), About("holes", "how many")),
            height: fields.interval("hole_height", side, (0.0, 1.0), About("fraction of the height", "height of a hole")),
            width: fields.interval("hole_width", side, (0.0, 1.0), About("fraction of the width", "width of a hole")),
            filling: Filling::read(fields),
        }
    }

    fn is_fixed(&self) -> bool {
        false
    }

    fn sample(&self, rng: &mut Rng, input: Size) -> Params {
        let hole = |rng: &mut Rng| {
            let (height, width) = (part(input.height, self.height.draw(rng)), part(input.width, self.width.draw(rng)));
            anywhere(rng, input, width, height)
        };
        let holes = (0..self.holes.draw(rng)).map(|_| hole(rng)).collect();
        self.filling.draw(holes, rng)
    }

    fn apply(params: &Params, source: &Image, _tools: &mut Tools, target: &mut [u8]) {
        params.apply(source, target);
    }
}

//! Hides one rectangle of a drawn area and shape.

use super::holes::{Filling, Params, anywhere};
use crate::image::{Image, Size};
use crate::kernels::Tools;
use crate::ops::Transform;
use crate::rng::Rng;
use crate::spec::fields::{About, Fields, Interval};

/// Hides a rectangle of a drawn area and shape.
#[derive(Clone, Debug)]
pub struct RandomErasing {
    scale: Interval,
    ratio: Interval,
    count: u64,
    filling: Filling,
}

impl Transform for RandomErasing {
    const NAME: &'static str = "random_erasing";
    const SUMMARY: &'static str = "Hides a rectangle of a drawn area and shape.";
    const EXAMPLE: &'static str = r#"{"op": "random_erasing", "scale": [0.05, 0.2], "fill": "random"}"#;
    const REFERENCE: &'static str = "torchvision `RandomErasing` (Zhong et al., 2017): ten tries of an area and a log-uniform ratio of height to width, else unchanged; exact.";
    type Params = Params;

    fn read(fields: &mut Fields<'_>) -> Self {
        let scale = About("fraction of the area", "area of the rectangle");
        let ratio = About("height by width", "shape of the rectangle; its logarithm is uniform");
        Self {
            scale: fields.interval("scale", Some(Interval::new(0.02, 0.33)), (0.0, 1.0), scale),
            ratio: fields.interval("ratio", Some(Interval::new(0.3, 3.3)), (0.01, 100.0), ratio),
            count: fields.integer("count", Some(1), (1, 100), About("rectangles", "how many")),
            filling: Filling::read(fields),
        }
    }

    fn is_fixed(&self) -> bool {
        false
    }

    fn sample(&self, rng: &mut Rng, input: Size) -> Params {
        let holes = (0..self.count).filter_map(|_| self.rectangle(rng, input)).collect();
        self.filling.draw(holes, rng)
    }

    fn apply(params: &Params, source: &Image, _tools: &mut Tools, target: &mut [u8]) {
        params.apply(source, target);
    }
}

impl RandomErasing {
    /// One rectangle, if one of ten fits.
    fn rectangle(&self, rng: &mut Rng, input: Size) -> Option<[u32; 4]> {
        let (low, high) = (libm::log(self.ratio.low), libm::log(self.ratio.high));
        for _ in 0..10 {
            let area = input.pixels() as f64 * self.scale.draw(rng);
            let ratio = libm::exp(rng.uniform(low, high));
            // Halves go to the even number, as Python rounds.
            let side = |square: f64| square.sqrt().round_ties_even() as u32;
            let (height, width) = (side(area * ratio), side(area / ratio));
            if height < input.height && width < input.width {
                return Some(anywhere(rng, input, width, height));
            }
        }
        None
    }
}

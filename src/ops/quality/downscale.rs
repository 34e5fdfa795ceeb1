//! What a low resolution takes from a picture.

use crate::image::{Image, Size};
use crate::kernels::{Tools, downscale};
use crate::ops::Transform;
use crate::rng::Rng;
use crate::spec::fields::{About, Fields, Interval};
use crate::units::Interpolation;
use serde::{Deserialize, Serialize};

/// Makes the picture small and brings it back to its size.
#[derive(Clone, Debug)]
pub struct Downscale {
    scale: Interval,
    down: Interpolation,
    up: Interpolation,
}

/// What one `downscale` drew.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Params {
    scale: f64,
    down: Interpolation,
    up: Interpolation,
}

impl Transform for Downscale {
    const NAME: &'static str = "downscale";
    const SUMMARY: &'static str = "Makes the picture small and brings it back to its size, as a low resolution does.";
    const EXAMPLE: &'static str = r#"{"op": "downscale", "scale": [0.25, 0.5], "down": "area", "up": "bilinear"}"#;
    const REFERENCE: &'static str = "Albumentations 2.0.8 `Downscale`: `cv2.resize` there and back, sides rounded half to even; `nearest` is `INTER_NEAREST_EXACT` (the middle pixel, so that nothing moves), `bicubic` and `lanczos3` are as in `resize` without antialias, and `area` grows as `bilinear`.";
    type Params = Params;

    fn read(fields: &mut Fields<'_>) -> Self {
        let about = About("factor", "how much of either side is left in between");
        let scale = fields.interval("scale", Some(Interval::at(0.25)), (0.01, 1.0), about);
        let mut way = |name, text| fields.choice(name, Interpolation::Nearest, About("", text));
        let down = way("down", "how the small picture is made: `area` averages all pixels, the others skip some");
        let up = way("up", "how the small picture is brought back: `nearest` shows squares");
        Self { scale, down, up }
    }

    fn is_fixed(&self) -> bool {
        self.scale.is_fixed()
    }

    fn sample(&self, rng: &mut Rng, _input: Size) -> Params {
        Params { scale: self.scale.draw(rng), down: self.down, up: self.up }
    }

    fn apply(params: &Params, source: &Image, tools: &mut Tools, target: &mut [u8]) {
        let side = |side: u32| (f64::from(side) * params.scale).round_ties_even().clamp(1.0, f64::from(side)) as u32;
        let small = Size::new(side(source.size().width), side(source.size().height));
        downscale::downscale(source, small, (params.down, params.up), &mut tools.downscale, target);
    }
}

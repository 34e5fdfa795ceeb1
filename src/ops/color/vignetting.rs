//! Corners that get less light.

use crate::image::{Image, Size};
use crate::kernels::Tools;
use crate::kernels::light::vignette::vignette;
use crate::ops::Transform;
use crate::rng::Rng;
use crate::spec::fields::{About, Fields, Interval};
use serde::{Deserialize, Serialize};

/// Darkens the picture away from a point, as lenses do.
#[derive(Clone, Debug)]
pub struct Vignetting {
    intensity: Interval,
    center_x: Interval,
    center_y: Interval,
}

/// What one `vignetting` drew.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Params {
    intensity: f64,
    /// As fractions of the way from the first column or row to the last.
    center: [f64; 2],
}

impl Transform for Vignetting {
    const NAME: &'static str = "vignetting";
    const SUMMARY: &'static str = "Darkens the picture towards its corners, as lenses do.";
    const EXAMPLE: &'static str = r#"{"op": "vignetting", "intensity": [0.2, 0.5]}"#;
    const REFERENCE: &'static str = "1 - intensity (d / D)^2 at the distance d from the centre, with D that of the farthest corner: the cos^4 law of lenses to the second order, and the first term of the even polynomials by which lenses are calibrated (Goldman, \"Vignette and exposure calibration and compensation\", 2010); rounded to nearest. An own formula, held to NumPy's result; AlbumentationsX has a `Vignetting` too, of other numbers.";
    type Params = Params;

    fn read(fields: &mut Fields<'_>) -> Self {
        let about = About("fractions", "how much of its light the farthest corner loses");
        let intensity = fields.interval("intensity", Some(Interval::new(0.2, 0.5)), (0.0, 1.0), about);
        let middle = Some(Interval::new(0.3, 0.7));
        let about = About("fractions of the width", "the brightest place, from the left");
        let center_x = fields.interval("center_x", middle, (0.0, 1.0), about);
        let about = About("fractions of the height", "the brightest place, from above");
        let center_y = fields.interval("center_y", middle, (0.0, 1.0), about);
        Self { intensity, center_x, center_y }
    }

    fn is_fixed(&self) -> bool {
        self.intensity.is_fixed() && self.center_x.is_fixed() && self.center_y.is_fixed()
    }

    fn sample(&self, rng: &mut Rng, _input: Size) -> Params {
        Params { intensity: self.intensity.draw(rng), center: [self.center_x.draw(rng), self.center_y.draw(rng)] }
    }

    fn apply(params: &Params, source: &Image, tools: &mut Tools, target: &mut [u8]) {
        vignette(source, params.intensity, params.center, &mut tools.light, target);
    }
}

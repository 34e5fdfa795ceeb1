//! Shadows of things that are not seen.

use super::region::Region;
use crate::image::{Image, Size};
use crate::kernels::Tools;
use crate::kernels::weather::shadow;
use crate::ops::Transform;
use crate::rng::Rng;
use crate::spec::fields::{About, Fields, Interval, Whole};
use serde::{Deserialize, Serialize};

/// Darkens polygons.
#[derive(Clone, Debug)]
pub struct Shadow {
    region: Region,
    count: Whole,
    corners: u64,
    intensity: Interval,
}

/// What one `shadow` drew.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Params {
    /// The corners of each polygon, (x, y) in pixels.
    polygons: Vec<Vec<[i64; 2]>>,
    intensities: Vec<f64>,
}

impl Transform for Shadow {
    const NAME: &'static str = "shadow";
    const SUMMARY: &'static str = "Darkens random polygons, as shadows do.";
    const EXAMPLE: &'static str = r#"{"op": "shadow", "num_shadows": [1, 2], "intensity": 0.5}"#;
    const REFERENCE: &'static str = "Albumentations 2.0.8 `RandomShadow`; levels are cut, not rounded.";
    type Params = Params;

    fn read(fields: &mut Fields<'_>) -> Self {
        let region = Region::read(fields, [0.0, 0.5, 1.0, 1.0], "[left, top, right, bottom] of where shadows fall");
        let count = fields.whole("num_shadows", Some(Whole::new(1, 2)), (1, 20), About("", "how many shadows fall"));
        let corners = fields.integer("dimension", Some(5), (3, 50), About("", "corners of each shadow"));
        let about = About("fractions", "how dark a shadow is: 1 is black");
        let intensity = fields.interval("intensity", Some(Interval::at(0.5)), (0.0, 1.0), about);
        Self { region, count, corners, intensity }
    }

    fn is_fixed(&self) -> bool {
        false
    }

    fn sample(&self, rng: &mut Rng, input: Size) -> Params {
        let [columns, rows] = self.region.pixels(input).map(|(first, last)| Whole::new(first, last));
        let count = self.count.draw(rng);
        let polygons = (0..count).map(|_| (0..self.corners).map(|_| [columns.draw(rng), rows.draw(rng)]).collect()).collect();
        Params { polygons, intensities: (0..count).map(|_| self.intensity.draw(rng)).collect() }
    }

    fn apply(params: &Params, source: &Image, tools: &mut Tools, target: &mut [u8]) {
        let shadows = params.polygons.iter().map(Vec::as_slice).zip(params.intensities.iter().copied());
        shadow::shadow(source, shadows, &mut tools.weather, target);
    }
}

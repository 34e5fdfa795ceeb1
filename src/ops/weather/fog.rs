//! Fog.

use crate::image::{Image, Size};
use crate::kernels::Tools;
use crate::kernels::weather::fog::{self, Particle};
use crate::ops::Transform;
use crate::rng::Rng;
use crate::spec::fields::{About, Fields, Interval, Whole};
use serde::{Deserialize, Serialize};

/// White discs, thickest in the middle, and a blur.
#[derive(Clone, Debug)]
pub struct Fog {
    intensity: Interval,
    alpha: Interval,
}

/// What one `fog` drew.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Params {
    intensity: f64,
    alpha: f64,
    /// The discs: x, y and radius, in pixels.
    particles: Vec<[i64; 3]>,
}

impl Transform for Fog {
    const NAME: &'static str = "fog";
    const SUMMARY: &'static str = "Hides the picture in fog, thickest in the middle.";
    const EXAMPLE: &'static str = r#"{"op": "fog", "intensity": [0.3, 1], "alpha": 0.08}"#;
    const REFERENCE: &'static str =
        "Albumentations 2.0.8 `RandomFog`: `cv2.circle`, `cv2.addWeighted` and `cv2.GaussianBlur`, 8-bit, rounded to nearest.";
    type Params = Params;

    fn read(fields: &mut Fields<'_>) -> Self {
        let about = About("fractions", "how thick the fog is, and how large its particles are");
        let intensity = fields.interval("intensity", Some(Interval::new(0.3, 1.0)), (0.05, 1.0), about);
        let about = About("fractions", "how much white a particle of full intensity mixes in");
        let alpha = fields.interval("alpha", Some(Interval::at(0.08)), (0.0, 1.0), about);
        Self { intensity, alpha }
    }

    fn is_fixed(&self) -> bool {
        false
    }

    fn sample(&self, rng: &mut Rng, input: Size) -> Params {
        let (intensity, alpha) = (self.intensity.draw(rng), self.alpha.draw(rng));
        let (mut width, mut height) = (i64::from(input.width), i64::from(input.height));
        let (x, y) = ((width - 1) / 2, (height - 1) / 2);
        let largest = ((width.min(height) as f64 * 0.1 * intensity) as i64).max(2);
        let radii = Whole::new((largest / 2).max(1), largest - 1);
        let region = (((width / 3) as f64 * intensity) as i64).max(1);
        let mut particles = Vec::new();
        for _ in 0..10 {
            if width <= region || height <= region {
                break;
            }
            let count = ((width * height) as f64 / (region * region) as f64 * intensity * 10.0) as usize;
            let (columns, rows) = (Whole::new(x - width / 2, x + width / 2), Whole::new(y - height / 2, y + height / 2));
            particles.extend((0..count).map(|_| [columns.draw(rng), rows.draw(rng), radii.draw(rng)]));
            (width, height) = ((width as f64 * 0.9) as i64, (height as f64 * 0.9) as i64);
        }
        Params { intensity, alpha, particles }
    }

    fn apply(params: &Params, source: &Image, tools: &mut Tools, target: &mut [u8]) {
        let particles = params.particles.iter().map(|p| Particle { x: p[0], y: p[1], radius: p[2] as u32 });
        fog::fog(source, particles, (params.alpha * params.intensity) as f32, &mut tools.weather, target);
    }
}

//! Adds the grain of film.

use crate::image::{Image, Size};
use crate::kernels::Tools;
use crate::kernels::noise::{self, Grain};
use crate::kernels::random::Noise;
use crate::ops::Transform;
use crate::rng::Rng;
use crate::spec::fields::{About, Fields, Interval};
use serde::{Deserialize, Serialize};

/// Adds the grain of film: strongest in the middle tones, none in black and white, and as coarse as its grains.
#[derive(Clone, Debug)]
pub struct FilmGrain {
    intensity: Interval,
    grain_size: Interval,
    per_channel: bool,
}

/// What one `film_grain` drew.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Params {
    intensity: f64,
    /// In pixels.
    grain_size: f64,
    per_channel: bool,
    seed: u64,
}

impl Transform for FilmGrain {
    const NAME: &'static str = "film_grain";
    const SUMMARY: &'static str = "Adds the grain of film: strongest in the middle tones, and as coarse as its grains.";
    const EXAMPLE: &'static str = r#"{"op": "film_grain", "intensity": [0.05, 0.2], "grain_size": [1, 3]}"#;
    const REFERENCE: &'static str = "The random-dot model of film (Nutting 1913, Selwyn 1935): N grains in a pixel, of which a share p is clear, spread by sqrt(p (1 - p) / N); normal noise of that deviation, smoothed by a Gaussian of a quarter of the grain's diameter that keeps the variance; rounded to nearest. An own formula, held to NumPy's result from the same random numbers; AlbumentationsX has a `FilmGrain` too, of other numbers.";
    type Params = Params;

    fn read(fields: &mut Fields<'_>) -> Self {
        let about = About(
            "1 / sqrt(grains in a pixel)",
            "strength; half of it is the standard deviation in middle gray, as a fraction of the full range",
        );
        let intensity = fields.interval("intensity", Some(Interval::new(0.1, 0.3)), (0.0, 1.0), about);
        let about = About("pixels", "diameter of the grains; 1 is noise from pixel to pixel");
        let grain_size = fields.interval("grain_size", Some(Interval::new(1.0, 3.0)), (1.0, 16.0), about);
        let about = About("", "each channel has its own grain, as colour film has; off is gray grain");
        Self { intensity, grain_size, per_channel: fields.flag("per_channel", false, about) }
    }

    fn is_fixed(&self) -> bool {
        false
    }

    fn sample(&self, rng: &mut Rng, _input: Size) -> Params {
        let (intensity, grain_size) = (self.intensity.draw(rng), self.grain_size.draw(rng));
        Params { intensity, grain_size, per_channel: self.per_channel, seed: rng.bits() >> 11 }
    }

    fn apply(params: &Params, source: &Image, tools: &mut Tools, target: &mut [u8]) {
        let Params { intensity, grain_size: size, per_channel, seed } = *params;
        let grain = Grain { intensity, size, per_channel };
        noise::grain(source, grain, Noise::new(seed), &mut tools.noise.grain, target);
    }
}

//! Snow on what is dark, or on all of it.

use crate::image::{Image, Size};
use crate::kernels::Tools;
use crate::kernels::random::Noise;
use crate::kernels::weather::flakes::{self, Texture};
use crate::kernels::weather::snow;
use crate::ops::Transform;
use crate::rng::Rng;
use crate::spec::fields::{About, Choice, Fields, Interval};
use serde::{Deserialize, Serialize};

/// Bleaches what is dark, as snow does, or lays a texture of snow over the picture.
#[derive(Clone, Debug)]
pub struct Snow {
    snow_point: Interval,
    brightness: Interval,
    mode: Mode,
}

/// How snow looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    Bleach,
    Texture,
}

impl Choice for Mode {
    const ALL: &'static [(&'static str, Self)] = &[("bleach", Self::Bleach), ("texture", Self::Texture)];
}

/// What one `snow` drew.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Params {
    snow_point: f64,
    brightness: f64,
    /// Names the texture, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    texture: Option<u64>,
}

impl Transform for Snow {
    const NAME: &'static str = "snow";
    const SUMMARY: &'static str = "Bleaches what is dark, as snow does, or lays a texture of snow over the picture.";
    const EXAMPLE: &'static str = r#"{"op": "snow", "snow_point": [0.1, 0.3], "brightness": 2.5}"#;
    const REFERENCE: &'static str = "Albumentations 2.0.8 `RandomSnow`: bleach through OpenCV's 8-bit HLS, lightness cut to whole levels; texture through its 8-bit HSV, in law, where saturation and value stop at 255 instead of starting again at 0.";
    type Params = Params;

    fn read(fields: &mut Fields<'_>) -> Self {
        let about = About(
            "fractions",
            "how light a place may be to be bleached: 0 is a third of full, 1 five sixths; with `texture`, how much snow lies",
        );
        let snow_point = fields.interval("snow_point", Some(Interval::new(0.1, 0.3)), (0.0, 1.0), about);
        let about = About(
            "factor",
            "what the lightness is multiplied with where snow lies; with `texture`, the value with 1 + it times `snow_point`",
        );
        let brightness = fields.interval("brightness", Some(Interval::at(2.5)), (0.0, 10.0), about);
        let about = About("", "`bleach` lightens what is dark, `texture` adds soft snow, deepest at the top, and sparks");
        let mode = fields.choice("mode", Mode::Bleach, about);
        Self { snow_point, brightness, mode }
    }

    fn is_fixed(&self) -> bool {
        self.mode == Mode::Bleach && self.snow_point.is_fixed() && self.brightness.is_fixed()
    }

    fn sample(&self, rng: &mut Rng, _input: Size) -> Params {
        let (snow_point, brightness) = (self.snow_point.draw(rng), self.brightness.draw(rng));
        Params { snow_point, brightness, texture: (self.mode == Mode::Texture).then(|| rng.bits() >> 11) }
    }

    fn apply(params: &Params, source: &Image, tools: &mut Tools, target: &mut [u8]) {
        let (point, brightness) = (params.snow_point as f32, params.brightness as f32);
        match params.texture.map(Noise::new) {
            Some(noise) => flakes::texture(source, &Texture { point, brightness, noise }, &mut tools.weather, target),
            None => snow::bleach(source, point, brightness, target),
        }
    }
}

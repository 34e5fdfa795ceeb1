//! Brightness and contrast at once, as Albumentations has them.

use crate::image::Size;
use crate::kernels::tone::Tone;
use crate::ops::{Lowered, Serves, Transform};
use crate::rng::Rng;
use crate::spec::fields::{About, Fields, Interval};
use serde::{Deserialize, Serialize};

/// Multiplies all levels and adds to them: `(1 + contrast) x + 255 brightness`.
#[derive(Clone, Debug)]
pub struct BrightnessContrast {
    brightness: Interval,
    contrast: Interval,
    by_max: bool,
}

/// What one `brightness_contrast` drew.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Params {
    brightness: f64,
    contrast: f64,
    by_max: bool,
}

impl Transform for BrightnessContrast {
    const NAME: &'static str = "brightness_contrast";
    const SUMMARY: &'static str = "Multiplies all levels, and adds the same amount to all of them.";
    const EXAMPLE: &'static str = r#"{"op": "brightness_contrast", "brightness": [-0.3, 0.3], "contrast": [-0.4, 0.4]}"#;
    const REFERENCE: &'static str =
        "Albumentations 2.0.8 `RandomBrightnessContrast`: (1 + contrast) x + 255 brightness in single precision, clipped, cut.";
    const SERVES: Option<Serves> = Some(Serves::Any);
    type Params = Params;

    fn read(fields: &mut Fields<'_>) -> Self {
        let share = Some(Interval::new(-0.2, 0.2));
        let brightness = About("fraction of the full range, or of the mean", "what is added; above 0 brightens");
        let contrast = About("fraction", "added to the factor 1; above 0 raises the contrast, about black");
        let by_max = About("", "`brightness` is a fraction of 255; if not, of the mean of all the picture's levels");
        Self {
            brightness: fields.interval("brightness", share, (-1.0, 1.0), brightness),
            contrast: fields.interval("contrast", share, (-1.0, 10.0), contrast),
            by_max: fields.flag("by_max", true, by_max),
        }
    }

    fn is_fixed(&self) -> bool {
        self.brightness.is_fixed() && self.contrast.is_fixed()
    }

    fn sample(&self, rng: &mut Rng, _input: Size) -> Params {
        Params { brightness: self.brightness.draw(rng), contrast: self.contrast.draw(rng), by_max: self.by_max }
    }

    fn lower(params: &Params, _input: Size, lowered: &mut Vec<Lowered>) {
        let scale = 1.0 + params.contrast;
        lowered.push(Lowered::Tone(if params.by_max {
            Tone::Cut { scale: [scale; 3], offset: [255.0 * params.brightness; 3] }
        } else {
            Tone::CutWithMean { scale, share: params.brightness }
        }));
    }
}

//! timm's ops and strengths: magnitudes from 0 to 10, with noise. Source: `timm.data.auto_augment` 1.0.

use super::super::fields::{About, Fields};
use super::part::{Look, Part};
use super::pieces::Pieces;
use serde_json::Value;

/// The magnitude that strengths are measured against.
const WHOLE: f64 = 10.0;
/// A deviation above this means: evenly from 0 to the magnitude.
const EVEN: f64 = 100.0;

/// The law of magnitudes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Levels {
    magnitude: f64,
    deviation: f64,
    most: f64,
    increasing: bool,
}

/// The ops of `RandAugment`; those that can be either way take `increasing` into account.
const OPS: [&str; 15] = [
    "AutoContrast",
    "Equalize",
    "Invert",
    "Rotate",
    "Posterize",
    "Solarize",
    "SolarizeAdd",
    "Color",
    "Contrast",
    "Brightness",
    "Sharpness",
    "ShearX",
    "ShearY",
    "TranslateX",
    "TranslateY",
];
/// Those of `AugMix`, the four that are not in its paper last.
const AUGMIX_OPS: [&str; 13] = [
    "AutoContrast",
    "Equalize",
    "Rotate",
    "Posterize",
    "Solarize",
    "ShearX",
    "ShearY",
    "TranslateX",
    "TranslateY",
    "Color",
    "Contrast",
    "Brightness",
    "Sharpness",
];

impl Levels {
    /// Reads what timm's string says with `mstd`, `mmax` and `inc`.
    pub(super) fn read(fields: &mut Fields<'_>, magnitude: f64) -> Self {
        let about = About("", "timm's mstd: the magnitude is drawn of a normal law; above 100 evenly from 0 to the magnitude");
        let deviation = fields.number("magnitude_std", Some(0.0), (0.0, 1000.0), about);
        let most =
            fields.number("magnitude_max", Some(WHOLE), (0.0, 100.0), About("", "timm's mmax: the magnitude's upper bound"));
        let about = About("", "timm's inc: the ops that grow stronger with the magnitude, instead of those that do not");
        Self { magnitude, deviation, most, increasing: fields.flag("increasing", false, about) }
    }

    /// Exactly this magnitude.
    pub(super) fn at(magnitude: f64) -> Self {
        Self { magnitude, deviation: 0.0, most: WHOLE, increasing: false }
    }

    /// Whether any of it was asked for.
    pub(super) fn is_set(&self) -> bool {
        self.deviation > 0.0 || self.most != WHOLE || self.increasing
    }

    /// The law.
    fn pieces(&self) -> Pieces {
        match self.deviation {
            0.0 => Pieces::at(self.magnitude.min(self.most)),
            even if even > EVEN => Pieces::even(0.0, self.magnitude.min(self.most)),
            deviation => Pieces::normal(self.magnitude, deviation, self.most),
        }
    }
}

/// The op called `name` with strengths of `levels`; those that come both ways as `levels` says.
pub(super) fn op(name: &str, levels: &Levels, look: &Look) -> Value {
    let law = levels.pieces();
    let share = |far: f64| law.map(move |level| level / WHOLE * far);
    let signed = |far: f64| share(far).signed();
    let factor = || match levels.increasing {
        true => signed(0.9).map(|change| (1.0 + change).max(0.1)),
        false => share(1.8).map(|change| change + 0.1),
    };
    // As timm cuts them.
    let bits = |level: f64| (level / WHOLE * 4.0) as i64;
    let level = |level: f64| ((level / WHOLE * 256.0) as i64).min(256);
    let (part, values) = match name {
        "Rotate" => (Part::Rotate, signed(30.0)),
        "ShearX" => (Part::ShearX, signed(0.3)),
        "ShearY" => (Part::ShearY, signed(0.3)),
        "TranslateX" => (Part::SmoothX, signed(0.45)),
        "TranslateY" => (Part::SmoothY, signed(0.45)),
        "Color" => (Part::Saturation, factor()),
        "Contrast" => (Part::Contrast, factor()),
        "Brightness" => (Part::Brightness, factor()),
        "Sharpness" => (Part::Sharpness, factor()),
        "PosterizeOriginal" => (Part::Posterize, law.whole(|at| (bits(at) + 4).min(8))),
        "Posterize" if !levels.increasing => (Part::Posterize, law.whole(|at| bits(at).min(8))),
        "Posterize" | "PosterizeIncreasing" => (Part::Posterize, law.whole(|at| (4 - bits(at)).clamp(0, 8))),
        "Solarize" if levels.increasing => (Part::Solarize, law.whole(|at| 256 - level(at))),
        "Solarize" => (Part::Solarize, law.whole(level)),
        "SolarizeAdd" => (Part::SolarizeAdd, law.whole(|at| ((at / WHOLE * 110.0) as i64).min(128))),
        "Desaturate" => (Part::Saturation, law.map(|at| 1.0 - (0.5 + 0.5 * at / WHOLE).clamp(0.5, 1.0))),
        "GaussianBlurRand" => (Part::Blur, Pieces::even(0.1, 2.0 * (levels.magnitude / WHOLE).clamp(0.05, 1.0))),
        "AutoContrast" => return Part::AutoContrast.plain(look),
        "Equalize" => return Part::Equalize.plain(look),
        _ => return Part::Invert.plain(look),
    };
    part.choice(&values, look)
}

/// The ops of `RandAugment`.
pub(super) fn rand(levels: &Levels, look: &Look) -> Vec<Value> {
    OPS.iter().map(|name| op(name, levels, look)).collect()
}

/// The ops of `AugMix`: magnitudes evenly from 0 to `severity`.
pub(super) fn augmix(severity: f64, all: bool, look: &Look) -> Vec<Value> {
    let levels = Levels { magnitude: severity, deviation: f64::INFINITY, most: WHOLE, increasing: true };
    let count = if all { AUGMIX_OPS.len() } else { AUGMIX_OPS.len() - 4 };
    AUGMIX_OPS[..count].iter().map(|name| op(name, &levels, look)).collect()
}

//! The ops that policies are made of, as steps of a spec.

use super::super::fields::{About, Choice, Fields};
use super::pieces::{Piece, Pieces};
use crate::units::FillMode;
use serde_json::{Value, json};

/// How a policy reads what it moves.
#[derive(Clone, Copy, Debug)]
pub(super) struct Look {
    pub(super) interpolation: Reading,
    pub(super) fill_mode: FillMode,
    pub(super) fill_value: [u8; 3],
    /// What stays in a shear, as `shear` names it.
    pub(super) about: &'static str,
}

/// How values between pixels are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reading {
    Nearest,
    Bilinear,
    Bicubic,
    /// Bilinear or bicubic, drawn each time.
    Random,
}

impl Choice for Reading {
    const ALL: &'static [(&'static str, Self)] =
        &[("nearest", Self::Nearest), ("bilinear", Self::Bilinear), ("bicubic", Self::Bicubic), ("random", Self::Random)];
}

impl Look {
    /// Reads it; `usual` is what the policy's dialect does.
    pub(super) fn read(fields: &mut Fields<'_>, usual: Self) -> Self {
        let about = About("", "how values between pixels are made; `random`, which is timm's, draws bilinear or bicubic");
        let interpolation = fields.choice("interpolation", usual.interpolation, about);
        let about = About("", "what stands outside the picture; keras's is `reflect` if it is not there");
        let fill_mode = fields.choice("fill_mode", usual.fill_mode, about);
        let about = About("levels", "the colour outside, for `constant`; timm's is 128 if it is not there");
        Self { interpolation, fill_mode, fill_value: fields.colour("fill_value", usual.fill_value, about), about: usual.about }
    }
}

/// One op of a policy; its value is said with each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Identity,
    /// Slope.
    ShearX,
    ShearY,
    /// Fraction of the side, cut to whole pixels.
    ShiftX,
    ShiftY,
    /// Fraction of the side.
    SmoothX,
    SmoothY,
    /// Whole pixels.
    PixelsX,
    PixelsY,
    /// Degrees.
    Rotate,
    /// Factors.
    Brightness,
    Saturation,
    Contrast,
    Sharpness,
    /// Bits that are kept.
    Posterize,
    /// The least level that is turned.
    Solarize,
    /// What is added to the levels below 128.
    SolarizeAdd,
    AutoContrast,
    Equalize,
    Invert,
    /// Radius in pixels.
    Blur,
}

impl Part {
    /// The step with every value out of `values`.
    pub(super) fn choice(self, values: &Pieces, look: &Look) -> Value {
        match &values.0[..] {
            [only] => self.step(*only, look),
            several => {
                let steps: Vec<Value> = several.iter().map(|piece| self.step(*piece, look)).collect();
                let weights: Vec<f64> = several.iter().map(|piece| piece.weight).collect();
                json!({"op": "one_of", "of": steps, "weights": weights})
            }
        }
    }

    /// The step that takes no value.
    pub(super) fn plain(self, look: &Look) -> Value {
        self.step(Piece { weight: 1.0, low: 0.0, high: 0.0 }, look)
    }

    fn step(self, Piece { low, high, .. }: Piece, look: &Look) -> Value {
        let range = [low, high];
        let degrees = [low, high].map(|slope| libm::atan(slope).to_degrees());
        match self {
            Self::Identity => json!({"op": "sequential", "steps": []}),
            Self::ShearX => moved(&json!({"op": "shear", "x": degrees, "about": look.about}), look),
            Self::ShearY => moved(&json!({"op": "shear", "y": degrees, "about": look.about}), look),
            Self::ShiftX => moved(&json!({"op": "shift", "x": range, "whole": true}), look),
            Self::ShiftY => moved(&json!({"op": "shift", "y": range, "whole": true}), look),
            Self::SmoothX => moved(&json!({"op": "shift", "x": range}), look),
            Self::SmoothY => moved(&json!({"op": "shift", "y": range}), look),
            Self::PixelsX => moved(&json!({"op": "shift", "pixels_x": low as i64}), look),
            Self::PixelsY => moved(&json!({"op": "shift", "pixels_y": low as i64}), look),
            Self::Rotate => moved(&json!({"op": "rotate", "degrees": range}), look),
            Self::Brightness => json!({"op": "brightness", "factor": range}),
            Self::Saturation => json!({"op": "saturation", "factor": range}),
            Self::Contrast => json!({"op": "contrast", "factor": range, "pivot": "gray_mean"}),
            Self::Sharpness => json!({"op": "sharpness", "factor": range}),
            Self::Posterize => json!({"op": "posterize", "bits": low as i64}),
            Self::Solarize => json!({"op": "solarize", "threshold": range}),
            Self::SolarizeAdd => json!({"op": "solarize", "threshold": 128, "addition": low as i64, "above": "keep"}),
            Self::AutoContrast => json!({"op": "autocontrast"}),
            Self::Equalize => json!({"op": "equalize"}),
            Self::Invert => json!({"op": "invert"}),
            Self::Blur => json!({"op": "gaussian_blur", "sigma": range}),
        }
    }
}

/// `step` as it moves pixels: with the interpolation, or one of two, and the border.
fn moved(step: &Value, look: &Look) -> Value {
    let with = |interpolation: &str| {
        let mut step = step.clone();
        step["interpolation"] = interpolation.into();
        step["fill_mode"] = look.fill_mode.word().into();
        step["fill_value"] = look.fill_value.into();
        step
    };
    match look.interpolation {
        Reading::Random => json!({"op": "one_of", "of": [with("bilinear"), with("bicubic")]}),
        other => with(other.word()),
    }
}

/// `choice` with probability `share`.
pub(super) fn sometimes(mut choice: Value, share: f64) -> Value {
    if share < 1.0 {
        choice["p"] = share.into();
    }
    choice
}

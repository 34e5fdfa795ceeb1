//! Mirrors the picture, exactly.

use crate::image::Size;
use crate::ops::{Lowered, Transform};
use crate::rng::Rng;
use crate::spec::fields::Fields;
use serde::{Deserialize, Serialize};

/// Left and right change sides.
#[derive(Clone, Debug)]
pub struct HorizontalFlip {}

/// Top and bottom change sides.
#[derive(Clone, Debug)]
pub struct VerticalFlip {}

/// A flip draws nothing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Params {}

impl Transform for HorizontalFlip {
    const NAME: &'static str = "horizontal_flip";
    const SUMMARY: &'static str = "Left and right change sides.";
    const EXAMPLE: &'static str = r#"{"op": "horizontal_flip", "p": 0.5}"#;
    const REFERENCE: &'static str = "NumPy `[:, ::-1]`, exact.";
    type Params = Params;

    fn read(_fields: &mut Fields<'_>) -> Self {
        Self {}
    }

    fn is_fixed(&self) -> bool {
        true
    }

    fn sample(&self, _rng: &mut Rng, _input: Size) -> Params {
        Params {}
    }

    fn lower(_params: &Params, _input: Size, lowered: &mut Vec<Lowered>) {
        lowered.push(Lowered::Flip { horizontal: true, vertical: false });
    }
}

impl Transform for VerticalFlip {
    const NAME: &'static str = "vertical_flip";
    const SUMMARY: &'static str = "Top and bottom change sides.";
    const EXAMPLE: &'static str = r#"{"op": "vertical_flip", "p": 0.5}"#;
    const REFERENCE: &'static str = "NumPy `[::-1]`, exact.";
    type Params = Params;

    fn read(_fields: &mut Fields<'_>) -> Self {
        Self {}
    }

    fn is_fixed(&self) -> bool {
        true
    }

    fn sample(&self, _rng: &mut Rng, _input: Size) -> Params {
        Params {}
    }

    fn lower(_params: &Params, _input: Size, lowered: &mut Vec<Lowered>) {
        lowered.push(Lowered::Flip { horizontal: false, vertical: true });
    }
}

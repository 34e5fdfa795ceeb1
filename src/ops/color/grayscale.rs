//! No colour.

use crate::image::{Image, Size};
use crate::kernels::Tools;
use crate::kernels::color;
use crate::ops::Transform;
use crate::rng::Rng;
use crate::spec::fields::{About, Choice, Fields};
use crate::units::Gray;
use serde::{Deserialize, Serialize};

/// Shades of gray, still of three channels.
#[derive(Clone, Debug)]
pub struct Grayscale {
    method: Gray,
}

/// What one `grayscale` drew.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Params {
    method: Gray,
}

impl Transform for Grayscale {
    const NAME: &'static str = "grayscale";
    const SUMMARY: &'static str = "Takes the colour away; the picture keeps three channels.";
    const EXAMPLE: &'static str = r#"{"op": "grayscale"}"#;
    const REFERENCE: &'static str = "`cv2.cvtColor` (`weighted_average` and `from_lab`, as Albumentations' `ToGray`) or Pillow's mode `L` (`luma`), rounded to nearest; `average` and `desaturation` are cut: equal to the pixel. `pca`: `cv2.PCACompute2` and the least level to 0, the greatest to 255, rounded to nearest; its axis points to where its longest part is above 0 (the library leaves it to chance), and one colour alone is black.";
    type Params = Params;

    fn read(fields: &mut Fields<'_>) -> Self {
        Self { method: fields.choice("method", Gray::WeightedAverage, About("", "how the gray is made of the three channels")) }
    }

    fn is_fixed(&self) -> bool {
        true
    }

    fn sample(&self, _rng: &mut Rng, _input: Size) -> Params {
        Params { method: self.method }
    }

    fn apply(params: &Params, source: &Image, _tools: &mut Tools, target: &mut [u8]) {
        color::gray(source.bytes(), params.method, target);
    }
}

impl Choice for Gray {
    const ALL: &'static [(&'static str, Self)] = &[
        ("weighted_average", Self::WeightedAverage),
        ("luma", Self::Luma),
        ("average", Self::Average),
        ("max", Self::Max),
        ("desaturation", Self::Desaturation),
        ("from_lab", Self::FromLab),
        ("pca", Self::Pca),
    ];
}

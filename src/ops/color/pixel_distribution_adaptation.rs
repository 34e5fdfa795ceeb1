//! Colours distributed as those of a reference picture.

use crate::image::{Image, Size};
use crate::kernels::tone::{Likeness, match_levels};
use crate::kernels::{Tools, color};
use crate::ops::{References, Transform};
use crate::rng::Rng;
use crate::spec::fields::{About, Choice, Fields, Interval};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Colours distributed as those of a reference picture.
#[derive(Clone, Debug)]
pub struct PixelDistributionAdaptation {
    references: References,
    transform_type: TransformType,
    blend_ratio: Interval,
}

/// What is taken from the reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum TransformType {
    Pca,
    Standard,
    Minmax,
}

impl Choice for TransformType {
    const ALL: &'static [(&'static str, Self)] = &[("pca", Self::Pca), ("standard", Self::Standard), ("minmax", Self::Minmax)];
}

/// What one `pixel_distribution_adaptation` drew.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Params {
    reference: Arc<str>,
    transform_type: TransformType,
    blend_ratio: f64,
}

impl Transform for PixelDistributionAdaptation {
    const NAME: &'static str = "pixel_distribution_adaptation";
    const SUMMARY: &'static str = "Turns, moves or stretches colours so that they lie as those of a reference picture.";
    const EXAMPLE: &'static str =
        r#"{"op": "pixel_distribution_adaptation", "references": "styles", "transform_type": "pca", "blend_ratio": [0.25, 1]}"#;
    const REFERENCE: &'static str = "Albumentations 2.0.8 `PixelDistributionAdaptation` (qudida's adapter), rounded to nearest; theirs leaves the adapted picture between 0 and 1, so that it darkens, and an axis of a PCA may come out mirrored, where ours goes with the picture's own.";
    type Params = Params;

    fn read(fields: &mut Fields<'_>) -> Self {
        let references = References::read(fields, false);
        let about = About(
            "",
            "what is taken from it: `pca` mean and axes of the colours, `standard` each channel's mean and deviation, `minmax` its least and greatest level",
        );
        let transform_type = fields.choice("transform_type", TransformType::Pca, about);
        let about = About("share", "how much of the adapted picture is mixed in: 0 is the picture as it was");
        let blend_ratio = fields.interval("blend_ratio", Some(Interval::new(0.25, 1.0)), (0.0, 1.0), about);
        Self { references, transform_type, blend_ratio }
    }

    fn is_fixed(&self) -> bool {
        self.references.is_one() && self.blend_ratio.is_fixed()
    }

    fn references(&mut self) -> Option<&mut References> {
        Some(&mut self.references)
    }

    fn sample(&self, rng: &mut Rng, _input: Size) -> Params {
        let reference = self.references.draw(rng);
        Params { reference, transform_type: self.transform_type, blend_ratio: self.blend_ratio.draw(rng) }
    }

    fn apply(params: &Params, source: &Image, tools: &mut Tools, target: &mut [u8]) {
        let reference = tools.references.get(&params.reference);
        let (source, blend) = (source.bytes(), params.blend_ratio);
        match params.transform_type {
            TransformType::Pca => color::adapt(source, &reference.colours, blend, target),
            TransformType::Standard => match_levels(source, &reference.histogram, Likeness::Spread, blend, target),
            TransformType::Minmax => match_levels(source, &reference.histogram, Likeness::Range, blend, target),
        }
    }
}

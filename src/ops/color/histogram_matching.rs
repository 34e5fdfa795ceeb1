//! Levels of a reference picture.

use crate::image::{Image, Size};
use crate::kernels::Tools;
use crate::kernels::tone::{Likeness, match_levels};
use crate::ops::{References, Transform};
use crate::rng::Rng;
use crate::spec::fields::{About, Fields, Interval};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Each channel's levels spread as those of a reference picture.
#[derive(Clone, Debug)]
pub struct HistogramMatching {
    references: References,
    blend_ratio: Interval,
}

/// What one `histogram_matching` drew.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Params {
    reference: Arc<str>,
    blend_ratio: f64,
}

impl Transform for HistogramMatching {
    const NAME: &'static str = "histogram_matching";
    const SUMMARY: &'static str = "Spreads the levels of each channel as those of a reference picture.";
    const EXAMPLE: &'static str = r#"{"op": "histogram_matching", "references": "styles", "blend_ratio": [0.5, 1]}"#;
    const REFERENCE: &'static str = "`skimage.exposure.match_histograms` on each channel, blended as `cv2.addWeighted`: Albumentations 2.0.8 `HistogramMatching`, which brings the reference to the picture's size first; here all of its pixels count.";
    type Params = Params;

    fn read(fields: &mut Fields<'_>) -> Self {
        let references = References::read(fields, false);
        let about = About("share", "how much of the matched picture is mixed in: 0 is the picture as it was");
        Self { references, blend_ratio: fields.interval("blend_ratio", Some(Interval::new(0.5, 1.0)), (0.0, 1.0), about) }
    }

    fn is_fixed(&self) -> bool {
        self.references.is_one() && self.blend_ratio.is_fixed()
    }

    fn references(&mut self) -> Option<&mut References> {
        Some(&mut self.references)
    }

    fn sample(&self, rng: &mut Rng, _input: Size) -> Params {
        Params { reference: self.references.draw(rng), blend_ratio: self.blend_ratio.draw(rng) }
    }

    fn apply(params: &Params, source: &Image, tools: &mut Tools, target: &mut [u8]) {
        let reference = tools.references.get(&params.reference);
        match_levels(source.bytes(), &reference.histogram, Likeness::Shares, params.blend_ratio, target);
    }
}

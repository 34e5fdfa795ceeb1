//! Areas of like pixels, of which some take their mean colour.

use crate::image::{Image, Size};
use crate::kernels::{Tools, superpixels};
use crate::ops::Transform;
use crate::rng::Rng;
use crate::spec::fields::{About, Fields, Interval, Whole};
use crate::units::Interpolation;
use serde::{Deserialize, Serialize};

/// Gives some areas of like pixels their mean colour.
#[derive(Clone, Debug)]
pub struct Superpixels {
    p_replace: Interval,
    n_segments: Whole,
    max_size: u64,
    interpolation: Interpolation,
}

/// What one `superpixels` drew.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Params {
    n_segments: u32,
    /// The picture in which areas are found; its own size if it is left alone.
    #[serde(flatten)]
    size: Size,
    interpolation: Interpolation,
    /// The areas that take their mean colour, numbered in reading order of the grid they grow from.
    replaced: Vec<u32>,
}

impl Transform for Superpixels {
    const NAME: &'static str = "superpixels";
    const SUMMARY: &'static str = "Gives some areas of like pixels their mean colour.";
    const EXAMPLE: &'static str = r#"{"op": "superpixels", "p_replace": [0.1, 0.5], "n_segments": [50, 150]}"#;
    const REFERENCE: &'static str = "Albumentations 2.0.8 `Superpixels` and its `slic` (compactness 10, ten rounds), equal to the pixel where the size stays; every area may be replaced, which Albumentations spares the first.";
    type Params = Params;

    fn read(fields: &mut Fields<'_>) -> Self {
        let about = About("probability", "that an area takes its mean colour");
        let p_replace = fields.interval("p_replace", Some(Interval::new(0.0, 0.1)), (0.0, 1.0), about);
        let about = About("areas", "about how many there are");
        let n_segments = fields.whole("n_segments", Some(Whole::at(100)), (1, 10_000), about);
        let about = About("pixels", "pictures with a longer side are made smaller first, and brought back after");
        let max_size = fields.integer("max_size", Some(128), (1, 65_535), about);
        let about = About("", "how the picture is made smaller and brought back");
        let interpolation = fields.choice("interpolation", Interpolation::Bilinear, about);
        Self { p_replace, n_segments, max_size, interpolation }
    }

    fn is_fixed(&self) -> bool {
        false
    }

    fn sample(&self, rng: &mut Rng, input: Size) -> Params {
        let (p, n_segments) = (self.p_replace.draw(rng), self.n_segments.draw(rng) as u32);
        let longest = u64::from(input.width.max(input.height));
        let most = self.max_size.min(longest);
        let side = |side: u32| ((u64::from(side) * most / longest) as u32).max(1);
        let size = Size::new(side(input.width), side(input.height));
        let replaced = (0..superpixels::middles(size, n_segments)).filter(|_| rng.chance(p)).collect();
        Params { n_segments, size, interpolation: self.interpolation, replaced }
    }

    fn apply(params: &Params, source: &Image, tools: &mut Tools, target: &mut [u8]) {
        let Params { n_segments, size, interpolation, ref replaced } = *params;
        superpixels::superpixels(source, (size, interpolation), n_segments, replaced, &mut tools.superpixels, target);
    }
}

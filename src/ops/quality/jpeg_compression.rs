//! What JPEG takes from a picture.

use crate::image::{Image, Size};
use crate::kernels::{Tools, jpeg};
use crate::ops::Transform;
use crate::rng::Rng;
use crate::spec::fields::{About, Fields, Whole};
use serde::{Deserialize, Serialize};

/// What JPEG at a quality takes from a picture.
#[derive(Clone, Debug)]
pub struct JpegCompression {
    quality: Whole,
}

/// What one `jpeg_compression` drew.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Params {
    quality: u32,
}

impl Transform for JpegCompression {
    const NAME: &'static str = "jpeg_compression";
    const SUMMARY: &'static str = "Takes from the picture what JPEG at a quality takes.";
    const EXAMPLE: &'static str = r#"{"op": "jpeg_compression", "quality": [5, 40]}"#;
    const REFERENCE: &'static str = "`PIL.Image.save` as JPEG (libjpeg's tables, whole-number transform, 4:2:0) and read again; red and blue stay in their places, which Albumentations' `ImageCompression` exchanges.";
    type Params = Params;

    fn read(fields: &mut Fields<'_>) -> Self {
        let about = About("libjpeg's scale", "100 is best; below 50 blocks are seen");
        Self { quality: fields.whole("quality", Some(Whole::new(50, 95)), (1, 100), about) }
    }

    fn is_fixed(&self) -> bool {
        self.quality.is_fixed()
    }

    fn sample(&self, rng: &mut Rng, _input: Size) -> Params {
        Params { quality: self.quality.draw(rng) as u32 }
    }

    fn apply(params: &Params, source: &Image, tools: &mut Tools, target: &mut [u8]) {
        jpeg::compress(source, params.quality, &mut tools.jpeg, target);
    }
}

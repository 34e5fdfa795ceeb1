//! What lossy WebP takes from a picture.

use crate::image::{Image, Size};
use crate::kernels::{Tools, webp};
use crate::ops::Transform;
use crate::rng::Rng;
use crate::spec::fields::{About, Fields, Whole};
use serde::{Deserialize, Serialize};

/// What lossy WebP at a quality takes from a picture.
#[derive(Clone, Debug)]
pub struct WebpCompression {
    quality: Whole,
}

/// What one `webp_compression` drew.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Params {
    quality: u32,
}

impl Transform for WebpCompression {
    const NAME: &'static str = "webp_compression";
    const SUMMARY: &'static str = "Takes from the picture what lossy WebP at a quality takes.";
    const EXAMPLE: &'static str = r#"{"op": "webp_compression", "quality": [5, 40]}"#;
    const REFERENCE: &'static str = "VP8 key frames (RFC 6386) with libwebp's steps, segments, filter and colours, as `PIL.Image.save(.., \"WEBP\")` and read again; which guess a block takes is estimated otherwise, so that single blocks differ, and the error is libwebp's to a third of a decibel.";
    type Params = Params;

    fn read(fields: &mut Fields<'_>) -> Self {
        let about = About("libwebp's scale", "100 is best, and still loses; below 50 areas turn smooth");
        Self { quality: fields.whole("quality", Some(Whole::new(50, 95)), (1, 100), about) }
    }

    fn is_fixed(&self) -> bool {
        self.quality.is_fixed()
    }

    fn sample(&self, rng: &mut Rng, _input: Size) -> Params {
        Params { quality: self.quality.draw(rng) as u32 }
    }

    fn apply(params: &Params, source: &Image, tools: &mut Tools, target: &mut [u8]) {
        webp::compress(source, params.quality.clamp(1, 100), &mut tools.webp, target);
    }
}

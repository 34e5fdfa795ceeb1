//! Low frequencies of a reference picture.

use crate::image::{Image, Size, Sizes};
use crate::kernels::{Tools, spectrum};
use crate::ops::{References, Transform};
use crate::rng::Rng;
use crate::spec::fields::{About, Fields, Interval};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Larger pictures take more memory for their sums than a row should.
const MOST_PIXELS: u64 = 1 << 24;

/// Low frequencies as strong as those of a reference picture.
#[derive(Clone, Debug)]
pub struct FourierDomainAdaptation {
    references: References,
    beta: Interval,
}

/// What one `fourier_domain_adaptation` drew.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Params {
    reference: Arc<str>,
    beta: f64,
}

impl Transform for FourierDomainAdaptation {
    const NAME: &'static str = "fourier_domain_adaptation";
    const SUMMARY: &'static str =
        "Makes low frequencies, which carry light and colour, as strong as those of a reference picture.";
    const EXAMPLE: &'static str = r#"{"op": "fourier_domain_adaptation", "references": "styles", "beta": [0, 0.1]}"#;
    const REFERENCE: &'static str = "Albumentations 2.0.8 `FDA` (Yang and Soatto, CVPR 2020), the reference brought to the picture's size as `cv2.resize` does; rounded to nearest, where the original cuts and so takes half a level.";
    type Params = Params;

    fn read(fields: &mut Fields<'_>) -> Self {
        let references = References::read(fields, true);
        let about = About("shares of the shorter side", "how far from zero frequencies are taken from the reference");
        Self { references, beta: fields.interval("beta", Some(Interval::new(0.0, 0.1)), (0.0, 0.5), about) }
    }

    fn is_fixed(&self) -> bool {
        self.references.is_one() && self.beta.is_fixed()
    }

    fn references(&mut self) -> Option<&mut References> {
        Some(&mut self.references)
    }

    fn sizes(&self, input: Sizes) -> Result<Sizes, String> {
        if input.most.pixels() > MOST_PIXELS {
            return Err(format!("{} is {} pixels, above {MOST_PIXELS} (resize before)", input.most, input.most.pixels()));
        }
        Ok(input)
    }

    fn sample(&self, rng: &mut Rng, _input: Size) -> Params {
        Params { reference: self.references.draw(rng), beta: self.beta.draw(rng) }
    }

    fn apply(params: &Params, source: &Image, tools: &mut Tools, target: &mut [u8]) {
        let Tools { references, resizer, spectrum, .. } = tools;
        let spectra = references.get(&params.reference).spectra.as_ref();
        let spectra = spectra.expect("invariant: the pixels are kept of pictures that this op refers to");
        spectrum::adapt(source, spectra, params.beta, resizer, spectrum, target);
    }
}

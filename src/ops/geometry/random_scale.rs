//! Makes the picture larger or smaller, canvas and all.

use super::rescale::Rescale;
use super::resize::fits_between;
use crate::image::{Size, Sizes};
use crate::ops::{Lowered, Transform};
use crate::rng::Rng;
use crate::spec::fields::{About, Fields, Interval};
use serde::{Deserialize, Serialize};

/// Makes the picture larger or smaller, canvas and all.
#[derive(Clone, Debug)]
pub struct RandomScale {
    scale: Interval,
    rescale: Rescale,
}

/// The factor.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Params {
    scale: f64,
    #[serde(flatten)]
    rescale: Rescale,
}

/// `input` with both sides multiplied and cut to whole pixels.
fn scaled(input: Size, scale: f64) -> Size {
    let side = |side: u32| (f64::from(side) * scale).max(1.0) as u32;
    Size::new(side(input.width), side(input.height))
}

impl Transform for RandomScale {
    const NAME: &'static str = "random_scale";
    const SUMMARY: &'static str = "Makes the picture larger or smaller, canvas and all.";
    const EXAMPLE: &'static str = r#"{"op": "random_scale", "scale": [0.5, 1.5]}"#;
    const REFERENCE: &'static str =
        "Albumentations' `RandomScale` (its limits are factors less one): sides cut to whole pixels; pixels as `resize`.";
    type Params = Params;

    fn read(fields: &mut Fields<'_>) -> Self {
        let about = About("factor", "above 1 enlarges, below 1 shrinks");
        Self { scale: fields.interval("scale", None, (0.01, 100.0), about), rescale: Rescale::read(fields) }
    }

    fn is_fixed(&self) -> bool {
        self.scale.is_fixed()
    }

    fn sizes(&self, input: Sizes) -> Result<Sizes, String> {
        let sizes = Sizes { least: scaled(input.least, self.scale.low), most: scaled(input.most, self.scale.high) };
        fits_between(input, sizes.most)?;
        Ok(sizes)
    }

    fn sample(&self, rng: &mut Rng, _input: Size) -> Params {
        Params { scale: self.scale.draw(rng), rescale: self.rescale }
    }

    fn output_size(params: &Params, input: Size) -> Size {
        scaled(input, params.scale)
    }

    fn lower(params: &Params, input: Size, lowered: &mut Vec<Lowered>) {
        params.rescale.lower(input, scaled(input, params.scale), lowered);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sides_are_cut_and_never_vanish() {
        assert_eq!(scaled(Size::new(10, 7), 0.25), Size::new(2, 1));
        assert_eq!(scaled(Size::new(1, 3), 0.01), Size::new(1, 1));
    }
}

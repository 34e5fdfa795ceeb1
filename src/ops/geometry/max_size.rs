//! Brings one side to a length, and the other along with it.

use super::rescale::Rescale;
use super::resize::fits_between;
use crate::image::{Size, Sizes};
use crate::ops::{Lowered, Transform};
use crate::rng::Rng;
use crate::spec::fields::{About, Fields, Whole};
use serde::{Deserialize, Serialize};

/// Brings the shorter side to a length.
#[derive(Clone, Debug)]
pub struct SmallestMaxSize {
    length: Whole,
    rescale: Rescale,
}

/// Brings the longer side to a length.
#[derive(Clone, Debug)]
pub struct LongestMaxSize {
    length: Whole,
    rescale: Rescale,
}

/// The length of the side that decides.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Params {
    size: u32,
    #[serde(flatten)]
    rescale: Rescale,
}

/// Declares and reads the fields of both.
fn read(fields: &mut Fields<'_>, meaning: &'static str) -> (Whole, Rescale) {
    (fields.whole("size", None, (1, 65_535), About("pixels", meaning)), Rescale::read(fields))
}

/// `input` scaled so that its side `deciding` becomes `length`: `max(1, round(side * (length / deciding)))` in floating
/// point, halves to even, as Albumentations.
fn scaled(input: Size, length: i64, deciding: fn(u32, u32) -> u32) -> Size {
    let scale = length as f64 / f64::from(deciding(input.width, input.height));
    let side = |side: u32| (f64::from(side) * scale).round_ties_even().max(1.0) as u32;
    Size::new(side(input.width), side(input.height))
}

/// The sizes after scaling any of `input`: a side is longest beside the shortest other side.
fn all_scaled(input: Sizes, length: Whole, deciding: fn(u32, u32) -> u32) -> Result<Sizes, String> {
    let Sizes { least, most } = input;
    let of = |width, height, length| scaled(Size::new(width, height), length, deciding);
    let (flat, upright) = ((most.width, least.height), (least.width, most.height));
    let sizes = Sizes {
        least: Size::new(of(upright.0, upright.1, length.low).width, of(flat.0, flat.1, length.low).height),
        most: Size::new(of(flat.0, flat.1, length.high).width, of(upright.0, upright.1, length.high).height),
    };
    fits_between(input, sizes.most)?;
    Ok(sizes)
}

impl Transform for SmallestMaxSize {
    const NAME: &'static str = "smallest_max_size";
    const SUMMARY: &'static str = "Brings the shorter side to a length, and the longer one along with it.";
    const EXAMPLE: &'static str = r#"{"op": "smallest_max_size", "size": [160, 320]}"#;
    const REFERENCE: &'static str =
        "Albumentations' `SmallestMaxSize`: sides rounded to nearest, halves to even; pixels as `resize`.";
    type Params = Params;

    fn read(fields: &mut Fields<'_>) -> Self {
        let (length, rescale) = read(fields, "length of the shorter side");
        Self { length, rescale }
    }

    fn is_fixed(&self) -> bool {
        self.length.is_fixed()
    }

    fn sizes(&self, input: Sizes) -> Result<Sizes, String> {
        all_scaled(input, self.length, u32::min)
    }

    fn sample(&self, rng: &mut Rng, _input: Size) -> Params {
        Params { size: self.length.draw(rng) as u32, rescale: self.rescale }
    }

    fn output_size(params: &Params, input: Size) -> Size {
        scaled(input, i64::from(params.size), u32::min)
    }

    fn lower(params: &Params, input: Size, lowered: &mut Vec<Lowered>) {
        params.rescale.lower(input, Self::output_size(params, input), lowered);
    }
}

impl Transform for LongestMaxSize {
    const NAME: &'static str = "longest_max_size";
    const SUMMARY: &'static str = "Brings the longer side to a length, and the shorter one along with it.";
    const EXAMPLE: &'static str = r#"{"op": "longest_max_size", "size": [160, 320]}"#;
    const REFERENCE: &'static str =
        "Albumentations' `LongestMaxSize`: sides rounded to nearest, halves to even; pixels as `resize`.";
    type Params = Params;

    fn read(fields: &mut Fields<'_>) -> Self {
        let (length, rescale) = read(fields, "length of the longer side");
        Self { length, rescale }
    }

    fn is_fixed(&self) -> bool {
        self.length.is_fixed()
    }

    fn sizes(&self, input: Sizes) -> Result<Sizes, String> {
        all_scaled(input, self.length, u32::max)
    }

    fn sample(&self, rng: &mut Rng, _input: Size) -> Params {
        Params { size: self.length.draw(rng) as u32, rescale: self.rescale }
    }

    fn output_size(params: &Params, input: Size) -> Size {
        scaled(input, i64::from(params.size), u32::max)
    }

    fn lower(params: &Params, input: Size, lowered: &mut Vec<Lowered>) {
        params.rescale.lower(input, Self::output_size(params, input), lowered);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_side_that_decides_gets_its_length() {
        assert_eq!(scaled(Size::new(300, 200), 100, u32::min), Size::new(150, 100));
        assert_eq!(scaled(Size::new(300, 200), 100, u32::max), Size::new(100, 67));
        assert_eq!(scaled(Size::new(1000, 1), 10, u32::max), Size::new(10, 1));
        // 5 * (10 / 20) is half way: to even.
        assert_eq!(scaled(Size::new(5, 20), 10, u32::max), Size::new(2, 10));
    }

    #[test]
    fn every_size_lies_within_the_sizes() {
        for deciding in [u32::min, u32::max] {
            let input = Sizes { least: Size::new(3, 2), most: Size::new(17, 23) };
            let sizes = all_scaled(input, Whole::new(5, 9), deciding).unwrap();
            for (w, h) in (3..=17).flat_map(|w| (2..=23).map(move |h| (w, h))) {
                for length in 5..=9 {
                    let size = Sizes::one(scaled(Size::new(w, h), length, deciding));
                    assert_eq!(sizes.hull(size), sizes, "{w}x{h} {length}");
                }
            }
        }
    }
}

//! Cuts off or adds room, side by side.

use super::padding::{lower_part, read_border};
use super::rescale::Rescale;
use super::resize::fits_between;
use crate::image::{MOST_PIXELS, Size, Sizes};
use crate::ops::{Lowered, Transform};
use crate::rng::Rng;
use crate::spec::fields::{About, Fields, Interval, Whole};
use crate::units::Border;
use serde::{Deserialize, Serialize};

/// Cuts off or adds room on each side, and brings the picture back to its size.
#[derive(Clone, Debug)]
pub struct CropAndPad {
    all: Amount,
    /// What is said of the top, the right, the bottom and the left alone.
    own: [Option<Amount>; 4],
    sample_independently: bool,
    keep_size: bool,
    border: Border,
    rescale: Rescale,
}

/// Pixels on each side: below zero those that were cut off, above zero those that were added.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Params {
    top: i64,
    right: i64,
    bottom: i64,
    left: i64,
    keep_size: bool,
    #[serde(flatten)]
    border: Border,
    #[serde(flatten)]
    rescale: Rescale,
}

/// How much of a side may be cut off or added.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Amount {
    Pixels(Whole),
    Fraction(Interval),
}

impl Amount {
    /// Pixels, or a fraction.
    fn draw(self, rng: &mut Rng) -> f64 {
        match self {
            Self::Pixels(pixels) => pixels.draw(rng) as f64,
            Self::Fraction(fraction) => fraction.draw(rng),
        }
    }

    /// How many pixels what was drawn is of a side of `length`; fractions are cut to whole ones.
    fn of(self, drawn: f64, length: u32) -> i64 {
        match self {
            Self::Pixels(_) => drawn as i64,
            Self::Fraction(_) => (drawn * f64::from(length)) as i64,
        }
    }

    /// The least and the most that may be drawn.
    fn ends(self) -> [f64; 2] {
        match self {
            Self::Pixels(Whole { low, high }) => [low as f64, high as f64],
            Self::Fraction(Interval { low, high }) => [low, high],
        }
    }
}

/// Both ends of a side of `length`, so that at least one pixel of the picture is left: what is lacking is given back
/// evenly, an odd pixel to the first end.
fn leaving_one(ends: [i64; 2], length: u32) -> [i64; 2] {
    let cut = ends.map(|end| (-end).max(0));
    let lacking = (cut[0] + cut[1] - i64::from(length) + 1).max(0);
    let last = (lacking / 2).max(lacking - cut[0]).min(cut[1]);
    [ends[0] + lacking - last, ends[1] + last]
}

/// A side of `length` after both its ends.
fn resized(ends: [i64; 2], length: u32) -> u32 {
    let [first, last] = leaving_one(ends, length);
    u32::try_from(i64::from(length) + first + last).unwrap_or(u32::MAX)
}

impl Params {
    fn kept(&self, input: Size) -> Size {
        let without = |ends: [i64; 2], length| resized(ends.map(|end| end.min(0)), length);
        Size::new(without([self.left, self.right], input.width), without([self.top, self.bottom], input.height))
    }

    fn canvas(&self, input: Size) -> Size {
        Size::new(resized([self.left, self.right], input.width), resized([self.top, self.bottom], input.height))
    }
}

impl Transform for CropAndPad {
    const NAME: &'static str = "crop_and_pad";
    const SUMMARY: &'static str = "Cuts off or adds room on each side, and brings the picture back to its size.";
    const EXAMPLE: &'static str = r#"{"op": "crop_and_pad", "pixels": [-25, 25], "fill_mode": "mirror"}"#;
    const REFERENCE: &'static str = "Albumentations 2.0.8 `CropAndPad`: first cut, then padded, then resized as `resize`; fractions are cut to whole pixels. Where nothing would be left, one pixel is, as in imgaug; Albumentations then gives back more.";
    type Params = Params;

    fn read(fields: &mut Fields<'_>) -> Self {
        let about = About("pixels", "on every side: below 0 cuts off, above 0 adds room");
        let pixels = fields.optional_whole("pixels", (-65_535, 65_535), about);
        let about = About("fraction of the height or the width", "the same, in place of `pixels`");
        let fraction = fields.optional_interval("fraction", BOUNDS, about);
        if pixels.is_some() == fraction.is_some() {
            fields.complain("pixels", "one of `pixels` and `fraction` is needed, and not both");
        }
        let mut side = |name, text| {
            let interval =
                fields.optional_interval(name, (-65_535.0, 65_535.0), About("pixels, or fraction of the side", text))?;
            if fraction.is_none() {
                return Some(Amount::Pixels(Whole::new(interval.low.round() as i64, interval.high.round() as i64)));
            }
            if interval.low < BOUNDS.0 || interval.high > BOUNDS.1 {
                fields.complain(name, &format!("a fraction is from {} to {} (or give `pixels`)", BOUNDS.0, BOUNDS.1));
            }
            Some(Amount::Fraction(interval))
        };
        let own = [
            side("top", "at the top in place of the above, in the same unit; pixels are rounded"),
            side("right", "on the right, likewise"),
            side("bottom", "at the bottom, likewise"),
            side("left", "on the left, likewise"),
        ];
        let about = About("", "every side draws its own; else all that draw from `pixels` or `fraction` are alike");
        let sample_independently = fields.flag("sample_independently", true, about);
        let keep_size = fields.flag("keep_size", true, About("", "the result is resized to the picture's size"));
        let all = fraction.map_or(Amount::Pixels(pixels.unwrap_or(Whole::at(0))), Amount::Fraction);
        let (border, rescale) = (read_border(fields), Rescale::read(fields));
        Self { all, own, sample_independently, keep_size, border, rescale }
    }

    fn is_fixed(&self) -> bool {
        self.sides().iter().all(|side| side.ends()[0] == side.ends()[1])
    }

    fn sizes(&self, input: Sizes) -> Result<Sizes, String> {
        let canvas = self.canvas(input);
        if !self.keep_size {
            return Ok(canvas);
        }
        if canvas.most.pixels() > MOST_PIXELS {
            let (from, to) = (input.most, canvas.most);
            return Err(format!("from {from} to {to} takes {} pixels in between (add less room, or resize first)", to.pixels()));
        }
        fits_between(canvas, input.most)?;
        Ok(input)
    }

    fn sample(&self, rng: &mut Rng, input: Size) -> Params {
        let shared = self.all.draw(rng);
        let lengths = [input.height, input.width, input.height, input.width];
        let mut side = |k: usize| match self.own[k] {
            Some(own) => own.of(own.draw(rng), lengths[k]),
            None if self.sample_independently => self.all.of(self.all.draw(rng), lengths[k]),
            None => self.all.of(shared, lengths[k]),
        };
        let [top, right, bottom, left] = [side(0), side(1), side(2), side(3)];
        let ([top, bottom], [left, right]) = (leaving_one([top, bottom], input.height), leaving_one([left, right], input.width));
        Params { top, right, bottom, left, keep_size: self.keep_size, border: self.border, rescale: self.rescale }
    }

    fn output_size(params: &Params, input: Size) -> Size {
        if params.keep_size { input } else { params.canvas(input) }
    }

    fn lower(params: &Params, input: Size, lowered: &mut Vec<Lowered>) {
        let (kept, canvas) = (params.kept(input), params.canvas(input));
        lower_part(((-params.left).max(0), (-params.top).max(0)), kept, params.border, input, lowered);
        lower_part((-params.left.max(0), -params.top.max(0)), canvas, params.border, kept, lowered);
        if params.keep_size {
            params.rescale.lower(canvas, input, lowered);
        }
    }
}

/// What a fraction may be.
const BOUNDS: (f64, f64) = (-1.0, 10.0);

impl CropAndPad {
    /// What holds for the top, the right, the bottom and the left.
    fn sides(&self) -> [Amount; 4] {
        self.own.map(|own| own.unwrap_or(self.all))
    }

    /// The sizes before the picture is brought back to its own.
    fn canvas(&self, input: Sizes) -> Sizes {
        let [top, right, bottom, left] = self.sides();
        let Sizes { least, most } = input;
        let width = between([left, right], least.width, most.width);
        let height = between([top, bottom], least.height, most.height);
        Sizes { least: Size::new(width.0, height.0), most: Size::new(width.1, height.1) }
    }
}

/// The least and the most that a side of `least` to `most` pixels becomes.
///
/// A longer side becomes no shorter than a shorter one but for what is cut to whole pixels: at most one at each end of either.
fn between(ends: [Amount; 2], least: u32, most: u32) -> (u32, u32) {
    let of = |which: usize, length: u32| resized(ends.map(|end| end.of(end.ends()[which], length)), length);
    let slack = if least == most || ends.iter().all(|end| matches!(end, Amount::Pixels(_))) { 0 } else { 3 };
    (of(0, least).saturating_sub(slack).max(1), of(1, most).saturating_add(slack))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn at_least_one_pixel_is_left() {
        assert_eq!(leaving_one([-3, 4], 10), [-3, 4]);
        assert_eq!(leaving_one([-8, -8], 10), [-4, -5]);
        assert_eq!(leaving_one([-1, -20], 10), [0, -9]);
        assert_eq!(leaving_one([-20, -1], 10), [-9, 0]);
        assert_eq!(leaving_one([-20, 7], 10), [-9, 7]);
        assert_eq!(resized([-1, -1], 1), 1);
    }

    #[test]
    fn every_length_lies_within_the_lengths() {
        for (first, last) in [(-0.4, -0.4), (-1.0, 0.3), (-0.7, -0.3), (0.5, 0.5), (-1.0, -1.0)] {
            let ends = [first, last].map(|fraction| Amount::Fraction(Interval::at(fraction)));
            let (low, high) = between(ends, 1, 60);
            for length in 1..=60 {
                let made = between(ends, length, length);
                assert!(made.0 == made.1 && (low..=high).contains(&made.0), "{first} {last} {length}");
            }
        }
    }

    #[test]
    fn what_pads_sees_only_what_the_crop_left() {
        let border = Border { fill_mode: crate::units::FillMode::Nearest, fill_value: [0; 3] };
        let rescale = Rescale { interpolation: crate::units::Interpolation::Bilinear, antialias: true };
        let params = Params { top: 0, right: 3, bottom: 0, left: -2, keep_size: true, border, rescale };
        let mut lowered = Vec::new();
        CropAndPad::lower(&params, Size::new(6, 4), &mut lowered);
        let [Lowered::Crop { x: 2, y: 0, size: kept }, Lowered::Warp { size: canvas, .. }, Lowered::Resize(_)] = lowered[..]
        else {
            panic!("{lowered:?}")
        };
        assert_eq!((kept, canvas), (Size::new(4, 4), Size::new(7, 4)));
    }
}

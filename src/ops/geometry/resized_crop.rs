//! Cuts out a part of random size and place, and brings it to one size.

use super::crop::read_size;
use super::padding::below;
use super::rescale::Rescale;
use super::resize::fits_between;
use crate::image::{Size, Sizes};
use crate::ops::{Lowered, Transform};
use crate::rng::Rng;
use crate::spec::fields::{About, Fields, Interval, Whole};
use serde::{Deserialize, Serialize};

/// How often a part is drawn before the middle is taken.
const TRIES: usize = 10;

/// Cuts out a part of random area, shape and place.
#[derive(Clone, Debug)]
pub struct RandomResizedCrop {
    size: Size,
    scale: Interval,
    ratio: Interval,
    rescale: Rescale,
}

/// Cuts out a part of random height and place.
#[derive(Clone, Debug)]
pub struct RandomSizedCrop {
    height: Whole,
    ratio: f64,
    size: Size,
    rescale: Rescale,
}

/// The part, and the size that it is brought to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Params {
    x: u32,
    y: u32,
    crop_width: u32,
    crop_height: u32,
    #[serde(flatten)]
    size: Size,
    #[serde(flatten)]
    rescale: Rescale,
}

impl Params {
    fn lower(&self, input: Size, lowered: &mut Vec<Lowered>) {
        let part = Size::new(self.crop_width, self.crop_height);
        if part != input {
            lowered.push(Lowered::Crop { x: self.x, y: self.y, size: part });
        }
        self.rescale.lower(part, self.size, lowered);
    }
}

impl Transform for RandomResizedCrop {
    const NAME: &'static str = "random_resized_crop";
    const SUMMARY: &'static str = "Cuts out a part of random area, shape and place, and brings it to one size.";
    const EXAMPLE: &'static str = r#"{"op": "random_resized_crop", "width": 224, "height": 224}"#;
    const REFERENCE: &'static str = "torchvision's `RandomResizedCrop`: ten tries of area and shape, then the middle with the shape held within `ratio`; pixels as `PIL.Image.resize` of the part.";
    type Params = Params;

    fn read(fields: &mut Fields<'_>) -> Self {
        let size = read_size(fields);
        let area = About("fraction of the picture's area", "area of the part");
        let scale = fields.interval("scale", Some(Interval::new(0.08, 1.0)), (0.0, 1.0), area);
        let shape = About("width / height", "shape of the part, drawn alike for wide and high");
        let ratio = fields.interval("ratio", Some(Interval::new(0.75, 4.0 / 3.0)), (0.01, 100.0), shape);
        Self { size, scale, ratio, rescale: Rescale::read(fields) }
    }

    fn is_fixed(&self) -> bool {
        false
    }

    fn sizes(&self, input: Sizes) -> Result<Sizes, String> {
        fits_between(input, self.size)?;
        Ok(Sizes::one(self.size))
    }

    fn sample(&self, rng: &mut Rng, input: Size) -> Params {
        let (part, x, y) = self.part(rng, input);
        Params { x, y, crop_width: part.width, crop_height: part.height, size: self.size, rescale: self.rescale }
    }

    fn output_size(params: &Params, _input: Size) -> Size {
        params.size
    }

    fn lower(params: &Params, input: Size, lowered: &mut Vec<Lowered>) {
        params.lower(input, lowered);
    }
}

impl RandomResizedCrop {
    /// The part's size and place.
    fn part(&self, rng: &mut Rng, input: Size) -> (Size, u32, u32) {
        let area = f64::from(input.width) * f64::from(input.height);
        let shapes = Interval::new(libm::log(self.ratio.low), libm::log(self.ratio.high));
        for _ in 0..TRIES {
            let (area, ratio) = (area * self.scale.draw(rng), libm::exp(shapes.draw(rng)));
            // Large sides saturate: they do not fit.
            let side = |square: f64| square.sqrt().round_ties_even() as u32;
            let part = Size::new(side(area * ratio), side(area / ratio));
            if (1..=input.width).contains(&part.width) && (1..=input.height).contains(&part.height) {
                let (x, y) = (below(rng, input.width - part.width), below(rng, input.height - part.height));
                return (part, x, y);
            }
        }
        let part = self.middle(input);
        (part, (input.width - part.width) / 2, (input.height - part.height) / 2)
    }

    /// The largest part whose shape is within the range.
    fn middle(&self, input: Size) -> Size {
        let (width, height) = (f64::from(input.width), f64::from(input.height));
        let ratio = width / height;
        let side = |side: f64, most: u32| (side.round_ties_even() as u32).clamp(1, most);
        if ratio < self.ratio.low {
            Size::new(input.width, side(width / self.ratio.low, input.height))
        } else if ratio > self.ratio.high {
            Size::new(side(height * self.ratio.high, input.width), input.height)
        } else {
            input
        }
    }
}

impl Transform for RandomSizedCrop {
    const NAME: &'static str = "random_sized_crop";
    const SUMMARY: &'static str = "Cuts out a part of random height and place, and brings it to one size.";
    const EXAMPLE: &'static str =
        r#"{"op": "random_sized_crop", "min_height": 100, "max_height": 200, "width": 224, "height": 224}"#;
    const REFERENCE: &'static str = "Albumentations' `RandomSizedCrop`: the part's width is cut to whole pixels, and both sides to the picture's; pixels as `PIL.Image.resize` of the part.";
    type Params = Params;

    fn read(fields: &mut Fields<'_>) -> Self {
        let mut height = |name, text| fields.integer(name, None, (1, 65_535), About("pixels", text)) as i64;
        let low = height("min_height", "least height of the part");
        let high = height("max_height", "greatest height of the part");
        if low > high {
            fields.complain("min_height", &format!("{low} is above max_height, which is {high} (give the lower one here)"));
        }
        let size = read_size(fields);
        let ratio = fields.number("w2h_ratio", Some(1.0), (0.01, 100.0), About("width / height", "shape of the part"));
        Self { height: Whole::new(low.min(high), high), ratio, size, rescale: Rescale::read(fields) }
    }

    fn is_fixed(&self) -> bool {
        false
    }

    fn sizes(&self, input: Sizes) -> Result<Sizes, String> {
        fits_between(input, self.size)?;
        Ok(Sizes::one(self.size))
    }

    fn sample(&self, rng: &mut Rng, input: Size) -> Params {
        let height = self.height.draw(rng);
        let width = ((height as f64 * self.ratio) as u32).clamp(1, input.width);
        let height = (height as u32).min(input.height);
        let (x, y) = (below(rng, input.width - width), below(rng, input.height - height));
        Params { x, y, crop_width: width, crop_height: height, size: self.size, rescale: self.rescale }
    }

    fn output_size(params: &Params, _input: Size) -> Size {
        params.size
    }

    fn lower(params: &Params, input: Size, lowered: &mut Vec<Lowered>) {
        params.lower(input, lowered);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Key;
    use crate::units::Interpolation;

    fn op(scale: (f64, f64), ratio: (f64, f64)) -> RandomResizedCrop {
        let rescale = Rescale { interpolation: Interpolation::Bilinear, antialias: true };
        let [scale, ratio] = [scale, ratio].map(|(low, high)| Interval::new(low, high));
        RandomResizedCrop { size: Size::new(8, 8), scale, ratio, rescale }
    }

    #[test]
    fn what_never_fits_becomes_the_middle() {
        let part = |op: &RandomResizedCrop, w, h| op.part(&mut Key::new(1).rng(), Size::new(w, h));
        let whole = op((1.0, 1.0), (0.75, 4.0 / 3.0));
        assert_eq!(part(&whole, 400, 100), (Size::new(133, 100), 133, 0));
        assert_eq!(part(&whole, 100, 401), (Size::new(100, 133), 0, 134));
        let nothing = op((0.0, 0.0), (0.75, 4.0 / 3.0));
        assert_eq!(part(&nothing, 10, 10), (Size::new(10, 10), 0, 0));
        assert_eq!(part(&op((0.0, 0.0), (100.0, 100.0)), 1, 9), (Size::new(1, 1), 0, 4));
    }
}

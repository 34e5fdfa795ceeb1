//! Cuts a part out of the picture.

use super::padding::{below, lower_part, read_border};
use crate::image::{Size, Sizes};
use crate::ops::{Lowered, Transform};
use crate::rng::Rng;
use crate::spec::fields::{About, Fields};
use crate::units::{Border, FillMode};
use serde::{Deserialize, Serialize};

/// Cuts out the part that the spec names.
#[derive(Clone, Debug)]
pub struct Crop {
    params: Params,
}

/// Cuts out the middle; an odd remainder leaves the larger part right and below.
#[derive(Clone, Debug)]
pub struct CenterCrop {
    part: Part,
}

/// Cuts out a part at a random place.
#[derive(Clone, Debug)]
pub struct RandomCrop {
    part: Part,
}

/// Where a crop was cut.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Params {
    /// The left edge; below zero where the picture was padded.
    x: i64,
    /// The top edge.
    y: i64,
    width: u32,
    height: u32,
    /// What stands outside, if the part may reach there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    outside: Option<Border>,
}

impl Params {
    fn size(&self) -> Size {
        Size::new(self.width, self.height)
    }

    fn lower(&self, input: Size, lowered: &mut Vec<Lowered>) {
        let border = self.outside.unwrap_or(Border { fill_mode: FillMode::Constant, fill_value: [0; 3] });
        lower_part((self.x, self.y), self.size(), border, input, lowered);
    }
}

/// The size of a part, and what fills it where the picture is smaller.
#[derive(Clone, Copy, Debug)]
struct Part {
    size: Size,
    outside: Option<Border>,
}

impl Part {
    /// Declares and reads the fields.
    fn read(fields: &mut Fields<'_>) -> Self {
        let size = read_size(fields);
        let pads =
            fields.flag("pad_if_needed", false, About("", "pad smaller pictures, evenly on both sides; else they are an error"));
        let border = read_border(fields);
        Self { size, outside: pads.then_some(border) }
    }

    fn sizes(&self, input: Sizes) -> Result<Sizes, String> {
        if self.outside.is_some() { Ok(Sizes::one(self.size)) } else { fitting(self.size, input) }
    }

    /// The part that begins as far into what a picture of size `input` has more as `place` says.
    fn cut(&self, input: Size, mut place: impl FnMut(u32) -> u32) -> Params {
        let Size { width, height } = self.size;
        let mut at = |side: u32, part: u32| match side.checked_sub(part) {
            Some(room) => i64::from(place(room)),
            None => -i64::from((part - side) / 2),
        };
        Params { x: at(input.width, width), y: at(input.height, height), width, height, outside: self.outside }
    }
}

impl Transform for Crop {
    const NAME: &'static str = "crop";
    const SUMMARY: &'static str = "Cuts out the part that the spec names.";
    const EXAMPLE: &'static str = r#"{"op": "crop", "x": 16, "y": 32, "width": 200, "height": 180}"#;
    const REFERENCE: &'static str =
        "NumPy slicing, as Albumentations' `Crop` and torchvision's `crop` inside the picture; exact.";
    type Params = Params;

    fn read(fields: &mut Fields<'_>) -> Self {
        let mut edge = |name, text| fields.integer(name, None, (0, 65_534), About("pixels", text)) as i64;
        let (x, y) = (edge("x", "left edge"), edge("y", "top edge"));
        let Size { width, height } = read_size(fields);
        Self { params: Params { x, y, width, height, outside: None } }
    }

    fn is_fixed(&self) -> bool {
        true
    }

    fn sizes(&self, input: Sizes) -> Result<Sizes, String> {
        let Params { x, y, width, height, .. } = self.params;
        let within = |at: i64, len: u32, side: u32| at + i64::from(len) <= i64::from(side);
        if within(x, width, input.least.width) && within(y, height, input.least.height) {
            return Ok(Sizes::one(self.params.size()));
        }
        let part = self.params.size();
        Err(format!(
            "a {part} crop at ({x}, {y}) reaches outside the picture, which is {input} here (crop less, or pad or resize first)"
        ))
    }

    fn sample(&self, _rng: &mut Rng, _input: Size) -> Params {
        self.params.clone()
    }

    fn output_size(params: &Params, _input: Size) -> Size {
        params.size()
    }

    fn lower(params: &Params, input: Size, lowered: &mut Vec<Lowered>) {
        params.lower(input, lowered);
    }
}

impl Transform for CenterCrop {
    const NAME: &'static str = "center_crop";
    const SUMMARY: &'static str = "Cuts out the middle.";
    const EXAMPLE: &'static str = r#"{"op": "center_crop", "width": 224, "height": 224}"#;
    const REFERENCE: &'static str = "NumPy slicing; an odd remainder leaves the larger part right and below, as torchvision and Albumentations; pads as Albumentations' `pad_if_needed`.";
    type Params = Params;

    fn read(fields: &mut Fields<'_>) -> Self {
        Self { part: Part::read(fields) }
    }

    fn is_fixed(&self) -> bool {
        true
    }

    fn sizes(&self, input: Sizes) -> Result<Sizes, String> {
        self.part.sizes(input)
    }

    fn sample(&self, _rng: &mut Rng, input: Size) -> Params {
        self.part.cut(input, |room| room / 2)
    }

    fn output_size(params: &Params, _input: Size) -> Size {
        params.size()
    }

    fn lower(params: &Params, input: Size, lowered: &mut Vec<Lowered>) {
        params.lower(input, lowered);
    }
}

impl Transform for RandomCrop {
    const NAME: &'static str = "random_crop";
    const SUMMARY: &'static str = "Cuts out a part at a random place.";
    const EXAMPLE: &'static str = r#"{"op": "random_crop", "width": 224, "height": 224}"#;
    const REFERENCE: &'static str =
        "NumPy slicing; every place is equally likely; pads as Albumentations' `pad_if_needed`, in the middle.";
    type Params = Params;

    fn read(fields: &mut Fields<'_>) -> Self {
        Self { part: Part::read(fields) }
    }

    fn is_fixed(&self) -> bool {
        false
    }

    fn sizes(&self, input: Sizes) -> Result<Sizes, String> {
        self.part.sizes(input)
    }

    fn sample(&self, rng: &mut Rng, input: Size) -> Params {
        self.part.cut(input, |room| below(rng, room))
    }

    fn output_size(params: &Params, _input: Size) -> Size {
        params.size()
    }

    fn lower(params: &Params, input: Size, lowered: &mut Vec<Lowered>) {
        params.lower(input, lowered);
    }
}

/// Declares and reads `width` and `height`.
pub(super) fn read_size(fields: &mut Fields<'_>) -> Size {
    let mut side = |name, text| fields.integer(name, None, (1, 65_535), About("pixels", text)) as u32;
    Size::new(side("width", "width of the result"), side("height", "height of the result"))
}

fn fitting(crop: Size, input: Sizes) -> Result<Sizes, String> {
    if crop.width <= input.least.width && crop.height <= input.least.height {
        return Ok(Sizes::one(crop));
    }
    Err(format!(
        "a {crop} crop is larger than the picture, which is {input} here (crop less, resize first, or say \"pad_if_needed\": true)"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_a_smaller_picture_begins_outside() {
        let part = Part { size: Size::new(5, 4), outside: None };
        let cut = part.cut(Size::new(2, 9), |room| room / 2);
        assert_eq!((cut.x, cut.y), (-1, 2));
    }
}

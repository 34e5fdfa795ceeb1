//! Cuts a part out of the picture.

use crate::image::{Size, Sizes};
use crate::ops::{Lowered, Transform};
use crate::rng::Rng;
use crate::spec::fields::{About, Fields};
use serde::{Deserialize, Serialize};

/// Cuts out the middle; an odd remainder leaves the larger part right and below.
#[derive(Clone, Debug)]
pub struct CenterCrop {
    size: Size,
}

/// Cuts out a part at a random place.
#[derive(Clone, Debug)]
pub struct RandomCrop {
    size: Size,
}

/// Where a crop was cut.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Params {
    x: u32,
    y: u32,
    width: u32,
    height: u32,
}

impl Params {
    fn lower(&self, lowered: &mut Vec<Lowered>) {
        lowered.push(Lowered::Crop { x: self.x, y: self.y, size: Size::new(self.width, self.height) });
    }
}

impl Transform for CenterCrop {
    const NAME: &'static str = "center_crop";
    const SUMMARY: &'static str = "Cuts out the middle.";
    const EXAMPLE: &'static str = r#"{"op": "center_crop", "width": 224, "height": 224}"#;
    const REFERENCE: &'static str =
        "NumPy slicing; an odd remainder leaves the larger part right and below, as torchvision and Albumentations.";
    type Params = Params;

    fn read(fields: &mut Fields<'_>) -> Self {
        Self { size: read_size(fields) }
    }

    fn is_fixed(&self) -> bool {
        true
    }

    fn sizes(&self, input: Sizes) -> Result<Sizes, String> {
        fitting(self.size, input)
    }

    fn sample(&self, _rng: &mut Rng, input: Size) -> Params {
        let Size { width, height } = self.size;
        Params { x: (input.width - width) / 2, y: (input.height - height) / 2, width, height }
    }

    fn output_size(params: &Params, _input: Size) -> Size {
        Size::new(params.width, params.height)
    }

    fn lower(params: &Params, _input: Size, lowered: &mut Vec<Lowered>) {
        params.lower(lowered);
    }
}

impl Transform for RandomCrop {
    const NAME: &'static str = "random_crop";
    const SUMMARY: &'static str = "Cuts out a part at a random place.";
    const EXAMPLE: &'static str = r#"{"op": "random_crop", "width": 224, "height": 224}"#;
    const REFERENCE: &'static str = "NumPy slicing; every place is equally likely.";
    type Params = Params;

    fn read(fields: &mut Fields<'_>) -> Self {
        Self { size: read_size(fields) }
    }

    fn is_fixed(&self) -> bool {
        false
    }

    fn sizes(&self, input: Sizes) -> Result<Sizes, String> {
        fitting(self.size, input)
    }

    fn sample(&self, rng: &mut Rng, input: Size) -> Params {
        let Size { width, height } = self.size;
        let mut below = |room: u32| u32::try_from(rng.below(u64::from(room) + 1)).unwrap_or(room);
        Params { x: below(input.width - width), y: below(input.height - height), width, height }
    }

    fn output_size(params: &Params, _input: Size) -> Size {
        Size::new(params.width, params.height)
    }

    fn lower(params: &Params, _input: Size, lowered: &mut Vec<Lowered>) {
        params.lower(lowered);
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
    Err(format!("a {crop} crop is larger than the picture, which is {input} here (crop less, or resize first)"))
}

//! Every augmentation. The table below is the only list of them; a new op is one file and one line.

mod blur;
mod color;
mod dropout;
mod geometry;
mod lowered;
mod noise;
mod quality;
mod table;
mod weather;

pub use lowered::{Lowered, Resampling};

use crate::image::{Image, Size, Sizes};
use crate::kernels::Tools;
use crate::rng::Rng;
use crate::spec::fields::Fields;
use serde::{Serialize, de::DeserializeOwned};
use table::ops;

ops! {
    Geometry {
        geometry::resize::Resize,
        geometry::crop::CenterCrop,
        geometry::crop::RandomCrop,
        geometry::rotate::Rotate,
        geometry::zoom::Zoom,
        geometry::shift::Shift,
        geometry::shear::Shear,
        geometry::affine::Affine,
        geometry::flip::HorizontalFlip,
        geometry::flip::VerticalFlip,
    }
    Color {
        color::brightness::Brightness,
        color::contrast::Contrast,
    }
    Blur {}
    Noise {}
    Dropout {}
    Weather {}
    Quality {}
}

/// What kind of op one is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// Moves pixels.
    Geometry,
    /// Changes colours.
    Color,
    /// Mixes neighbours.
    Blur,
    /// Adds randomness to each pixel.
    Noise,
    /// Hides parts.
    Dropout,
    /// Paints weather and light.
    Weather,
    /// Loses detail, as storage and transport do.
    Quality,
}

/// What the table says of an op.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// The word in the spec.
    pub name: &'static str,
    /// Its family.
    pub family: Family,
    /// What it does, in one line.
    pub summary: &'static str,
    /// A step that uses it, as JSON.
    pub example: &'static str,
    /// Where its formula comes from, and how it rounds.
    pub reference: &'static str,
}

/// One augmentation: `self` says what may vary, `Params` what was drawn.
///
/// Randomness and pixels never meet: `sample` sees no pixels, `lower` and `apply` see no ranges and no generator.
pub trait Transform: Sized {
    /// The word in the spec.
    const NAME: &'static str;
    /// What it does, in one line.
    const SUMMARY: &'static str;
    /// A step that uses it, as JSON, on a picture of 256x256.
    const EXAMPLE: &'static str;
    /// Where its formula comes from, and how it rounds.
    const REFERENCE: &'static str;
    /// What one application draws: the log, the replay input and the parity fixture.
    type Params: Serialize + DeserializeOwned;

    /// Declares and reads the fields of a step.
    fn read(fields: &mut Fields<'_>) -> Self;

    /// Whether every application does the same.
    fn is_fixed(&self) -> bool;

    /// The sizes after this op; an error says why a picture of such a size cannot be taken.
    ///
    /// # Errors
    /// If the op cannot be applied to every picture whose size is in `input`.
    fn sizes(&self, input: Sizes) -> Result<Sizes, String> {
        Ok(input)
    }

    /// Decides.
    fn sample(&self, rng: &mut Rng, input: Size) -> Self::Params;

    /// The size that a picture of size `input` has after what was drawn.
    fn output_size(_params: &Self::Params, input: Size) -> Size {
        input
    }

    /// Adds what to do to the pixels of a picture of size `input`, so that it can be joined with its neighbours;
    /// or, if nothing is said, a pass of its own, which is [`Self::apply`].
    fn lower(params: &Self::Params, input: Size, lowered: &mut Vec<Lowered>) {
        lowered.push(Lowered::Apply(Self::output_size(params, input)));
    }

    /// Fills `target`, which has [`Self::output_size`], from `source`.
    fn apply(_params: &Self::Params, _source: &Image, _tools: &mut Tools, _target: &mut [u8]) {
        unreachable!("invariant: what is lowered to kernels is not applied");
    }
}

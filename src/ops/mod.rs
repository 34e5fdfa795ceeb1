//! Every augmentation. The table below is the only list of them; a new op is one file and one line.

mod affine;
mod brightness;
mod contrast;
mod crop;
mod flip;
mod lowered;
mod pose;
mod resize;
mod rotate;
mod shear;
mod shift;
mod table;
mod zoom;

pub use lowered::{Lowered, Resampling};

use crate::image::Size;
use crate::rng::Rng;
use crate::spec::fields::Fields;
use serde::{Serialize, de::DeserializeOwned};
use table::ops;

ops! {
    resize::Resize,
    crop::CenterCrop,
    crop::RandomCrop,
    rotate::Rotate,
    zoom::Zoom,
    shift::Shift,
    shear::Shear,
    affine::Affine,
    flip::HorizontalFlip,
    flip::VerticalFlip,
    brightness::Brightness,
    contrast::Contrast,
}

/// One augmentation: `self` says what may vary, `Params` what was drawn.
///
/// Randomness and pixels never meet: `sample` sees no pixels, `lower` sees no ranges and no generator.
pub trait Transform: Sized {
    /// The word in the spec.
    const NAME: &'static str;
    /// What it does, in one line.
    const SUMMARY: &'static str;
    /// A step that uses it, as JSON.
    const EXAMPLE: &'static str;
    /// What one application draws: the log, the replay input and the parity fixture.
    type Params: Serialize + DeserializeOwned;

    /// Declares and reads the fields of a step.
    fn read(fields: &mut Fields<'_>) -> Self;

    /// Whether every application does the same.
    fn is_fixed(&self) -> bool;

    /// The size after this op; an error says why a picture of this size cannot be taken.
    ///
    /// # Errors
    /// If the op cannot be applied to a picture of size `input`.
    fn output_size(&self, input: Size) -> Result<Size, String> {
        Ok(input)
    }

    /// Decides.
    fn sample(&self, rng: &mut Rng, input: Size) -> Self::Params;

    /// Adds what to do to the pixels of a picture of size `input`.
    fn lower(params: &Self::Params, input: Size, lowered: &mut Vec<Lowered>);
}

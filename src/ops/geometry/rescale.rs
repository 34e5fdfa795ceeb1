//! How an op that resizes makes values between pixels.

use crate::image::Size;
use crate::kernels::resize::Scaling;
use crate::ops::Lowered;
use crate::spec::fields::{About, Fields};
use crate::units::Interpolation;
use serde::{Deserialize, Serialize};

/// Interpolation, and whether shrinking averages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Rescale {
    pub(super) interpolation: Interpolation,
    pub(super) antialias: bool,
}

impl Rescale {
    /// Declares and reads `interpolation` and `antialias`.
    pub(super) fn read(fields: &mut Fields<'_>) -> Self {
        let interpolation =
            fields.choice("interpolation", Interpolation::Bilinear, About("", "how values between pixels are made"));
        let meaning = "average what falls together when shrinking, as Pillow; off as OpenCV and tf.image";
        Self { interpolation, antialias: fields.flag("antialias", true, About("", meaning)) }
    }

    /// Adds the resize of a picture of size `input` to the size `to`; nothing if it has it.
    pub(super) fn lower(self, input: Size, to: Size, lowered: &mut Vec<Lowered>) {
        let Self { interpolation, antialias } = self;
        if input != to {
            lowered.push(Lowered::Resize(Scaling { to, x: 0, y: 0, size: to, interpolation, antialias }));
        }
    }
}

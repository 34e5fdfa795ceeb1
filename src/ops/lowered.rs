//! What ops come down to: a handful of things that can be done to pixels, and fused.

use crate::image::Size;
use crate::kernels::field::Field;
use crate::kernels::matrix::Matrix;
use crate::kernels::resize::Scaling;
use crate::kernels::tiles::Tile;
use crate::kernels::tone::Tone;
use crate::spec::fields::{About, Choice, Fields};
use crate::units::{Border, FillMode, Interpolation};
use serde::{Deserialize, Serialize};

/// One thing to do to the pixels of a picture.
#[derive(Clone, Debug, PartialEq)]
pub enum Lowered {
    /// Resample to another size, or to a part of it.
    Resize(Scaling),
    /// Cut out a part.
    Crop {
        /// Left edge.
        x: u32,
        /// Top edge.
        y: u32,
        /// Size of the part.
        size: Size,
    },
    /// Mirror, exactly.
    Flip {
        /// Left and right change sides.
        horizontal: bool,
        /// Top and bottom change sides.
        vertical: bool,
    },
    /// Rows for columns, about the diagonal from the top left, exactly.
    Transpose,
    /// Move pixels by an affine map.
    Warp {
        /// From output to source coordinates.
        map: Matrix,
        /// Size of the output.
        size: Size,
        /// Interpolation and border.
        resampling: Resampling,
    },
    /// Move pixels by a field of coordinates.
    Remap {
        /// From output to source coordinates.
        field: Field,
        /// Size of the output.
        size: Size,
        /// Interpolation and border.
        resampling: Resampling,
    },
    /// Lay pieces of the picture, which keeps its size, at other places.
    Tiles(Vec<Tile>),
    /// Change levels, each pixel alone.
    Tone(Tone),
    /// Run the op's own pass, which makes a picture of this size.
    Apply(Size),
}

/// How a geometric op reads its source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resampling {
    /// How values between pixels are made.
    pub interpolation: Interpolation,
    /// What stands outside.
    #[serde(flatten)]
    pub border: Border,
}

/// What can be read at a place between pixels; the other interpolations need the size that is made.
const BETWEEN_PIXELS: &[(&str, Interpolation)] =
    &[("nearest", Interpolation::Nearest), ("bilinear", Interpolation::Bilinear), ("bicubic", Interpolation::Bicubic)];

impl Resampling {
    /// Declares and reads `interpolation`, `fill_mode` and `fill_value`.
    pub fn read(fields: &mut Fields<'_>) -> Self {
        let interpolation = fields.choice_of(
            "interpolation",
            BETWEEN_PIXELS,
            Interpolation::Bilinear,
            "`area` and `lanczos3` are for resize",
            About("", "how values between pixels are made"),
        );
        let fill_mode = fields.choice("fill_mode", FillMode::Nearest, About("", "what stands outside the picture"));
        let fill_value = fields.colour("fill_value", [0; 3], About("levels", "the colour outside, for `constant`"));
        Self { interpolation, border: Border { fill_mode, fill_value } }
    }
}

impl Choice for Interpolation {
    const ALL: &'static [(&'static str, Self)] = &[
        ("nearest", Self::Nearest),
        ("bilinear", Self::Bilinear),
        ("bicubic", Self::Bicubic),
        ("lanczos3", Self::Lanczos3),
        ("area", Self::Area),
    ];
}

impl Choice for FillMode {
    const ALL: &'static [(&'static str, Self)] = &[
        ("constant", Self::Constant),
        ("nearest", Self::Nearest),
        ("reflect", Self::Reflect),
        ("mirror", Self::Mirror),
        ("wrap", Self::Wrap),
    ];
}

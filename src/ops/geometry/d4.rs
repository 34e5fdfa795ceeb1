//! The eight ways to lay a square, exactly.

use super::rotate90::{swapped, turn};
use crate::image::{Size, Sizes};
use crate::ops::{Lowered, Transform};
use crate::rng::Rng;
use crate::spec::fields::Fields;
use serde::{Deserialize, Serialize};

/// Rows for columns.
#[derive(Clone, Debug)]
pub struct Transpose {}

/// A transposition draws nothing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TransposeParams {}

/// One of the eight turns and mirrorings of a square.
#[derive(Clone, Debug)]
pub struct D4 {}

/// Which of them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Params {
    element: Element,
}

/// The symmetries of a square.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Element {
    /// As it is.
    E,
    /// A quarter turn, counter-clockwise as seen.
    R90,
    /// Half a turn.
    R180,
    /// Three quarters.
    R270,
    /// Upside down.
    V,
    /// Mirrored about the diagonal from the top right.
    Hvt,
    /// Left and right change sides.
    H,
    /// Mirrored about the diagonal from the top left.
    T,
}

impl Element {
    const ALL: [Self; 8] = [Self::E, Self::R90, Self::R180, Self::R270, Self::V, Self::Hvt, Self::H, Self::T];

    fn swaps(self) -> bool {
        matches!(self, Self::R90 | Self::R270 | Self::Hvt | Self::T)
    }
}

impl Transform for Transpose {
    const NAME: &'static str = "transpose";
    const SUMMARY: &'static str = "Mirrors the picture about its diagonal from the top left; width and height change places.";
    const EXAMPLE: &'static str = r#"{"op": "transpose"}"#;
    const REFERENCE: &'static str = "`cv2.transpose`, as Albumentations' `Transpose` and `tf.image.transpose`; exact.";
    type Params = TransposeParams;

    fn read(_fields: &mut Fields<'_>) -> Self {
        Self {}
    }

    fn is_fixed(&self) -> bool {
        true
    }

    fn sizes(&self, input: Sizes) -> Result<Sizes, String> {
        Ok(input.map(swapped))
    }

    fn sample(&self, _rng: &mut Rng, _input: Size) -> TransposeParams {
        TransposeParams {}
    }

    fn output_size(_params: &TransposeParams, input: Size) -> Size {
        swapped(input)
    }

    fn lower(_params: &TransposeParams, _input: Size, lowered: &mut Vec<Lowered>) {
        lowered.push(Lowered::Transpose);
    }
}

impl Transform for D4 {
    const NAME: &'static str = "d4";
    const SUMMARY: &'static str =
        "One of the eight turns and mirrorings of a square, all equally likely; four of them swap width and height.";
    const EXAMPLE: &'static str = r#"{"op": "d4"}"#;
    const REFERENCE: &'static str = "Albumentations' `D4`, by `np.rot90` and `cv2.transpose`; exact.";
    type Params = Params;

    fn read(_fields: &mut Fields<'_>) -> Self {
        Self {}
    }

    fn is_fixed(&self) -> bool {
        false
    }

    fn sizes(&self, input: Sizes) -> Result<Sizes, String> {
        Ok(input.hull(input.map(swapped)))
    }

    fn sample(&self, rng: &mut Rng, _input: Size) -> Params {
        Params { element: Element::ALL[rng.below(8) as usize] }
    }

    fn output_size(params: &Params, input: Size) -> Size {
        if params.element.swaps() { swapped(input) } else { input }
    }

    fn lower(params: &Params, _input: Size, lowered: &mut Vec<Lowered>) {
        match params.element {
            Element::E => {}
            Element::R90 => turn(1, lowered),
            Element::R180 => turn(2, lowered),
            Element::R270 => turn(3, lowered),
            Element::V => lowered.push(Lowered::Flip { horizontal: false, vertical: true }),
            Element::H => lowered.push(Lowered::Flip { horizontal: true, vertical: false }),
            Element::T => lowered.push(Lowered::Transpose),
            Element::Hvt => {
                turn(2, lowered);
                lowered.push(Lowered::Transpose);
            }
        }
    }
}

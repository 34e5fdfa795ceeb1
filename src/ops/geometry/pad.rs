//! Adds room around the picture.

use super::padding::{Position, lower_part, read_border};
use crate::image::{Size, Sizes};
use crate::ops::{Lowered, Transform};
use crate::rng::Rng;
use crate::spec::fields::{About, Fields};
use crate::units::Border;
use serde::{Deserialize, Serialize};

/// Adds so many pixels on each side.
#[derive(Clone, Debug)]
pub struct Pad {
    params: Params,
}

/// Adds what a picture lacks.
#[derive(Clone, Debug)]
pub struct PadIfNeeded {
    width: Need,
    height: Need,
    position: Position,
    border: Border,
}

/// How much was added on each side, and what stands there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Params {
    left: u32,
    right: u32,
    top: u32,
    bottom: u32,
    #[serde(flatten)]
    border: Border,
}

impl Params {
    fn padded(&self, input: Size) -> Size {
        let side = |side: u32, before: u32, after: u32| side.saturating_add(before).saturating_add(after);
        Size::new(side(input.width, self.left, self.right), side(input.height, self.top, self.bottom))
    }

    fn lower(&self, input: Size, lowered: &mut Vec<Lowered>) {
        let at = (-i64::from(self.left), -i64::from(self.top));
        lower_part(at, self.padded(input), self.border, input, lowered);
    }
}

/// What a side must be, at least.
#[derive(Clone, Copy, Debug)]
struct Need {
    least: u32,
    divisor: u32,
}

impl Need {
    /// What a side of `side` pixels becomes.
    fn of(self, side: u32) -> u32 {
        let least = side.max(self.least);
        least.checked_next_multiple_of(self.divisor).unwrap_or(u32::MAX)
    }
}

impl Transform for Pad {
    const NAME: &'static str = "pad";
    const SUMMARY: &'static str = "Adds room around the picture: so many pixels on each side.";
    const EXAMPLE: &'static str = r#"{"op": "pad", "left": 20, "right": 20, "top": 20, "bottom": 20, "fill_mode": "mirror"}"#;
    const REFERENCE: &'static str = "`cv2.copyMakeBorder`, as Albumentations' `Pad` and torchvision's `pad`; exact.";
    type Params = Params;

    fn read(fields: &mut Fields<'_>) -> Self {
        let mut side = |name, text| fields.integer(name, Some(0), (0, 65_535), About("pixels", text)) as u32;
        let (left, right) = (side("left", "room on the left"), side("right", "room on the right"));
        let (top, bottom) = (side("top", "room above"), side("bottom", "room below"));
        Self { params: Params { left, right, top, bottom, border: read_border(fields) } }
    }

    fn is_fixed(&self) -> bool {
        true
    }

    fn sizes(&self, input: Sizes) -> Result<Sizes, String> {
        Ok(input.map(|size| self.params.padded(size)))
    }

    fn sample(&self, _rng: &mut Rng, _input: Size) -> Params {
        self.params.clone()
    }

    fn output_size(params: &Params, input: Size) -> Size {
        params.padded(input)
    }

    fn lower(params: &Params, input: Size, lowered: &mut Vec<Lowered>) {
        params.lower(input, lowered);
    }
}

impl Transform for PadIfNeeded {
    const NAME: &'static str = "pad_if_needed";
    const SUMMARY: &'static str = "Adds room until both sides are long enough, or multiples of a number.";
    const EXAMPLE: &'static str = r#"{"op": "pad_if_needed", "min_width": 300, "height_divisor": 100}"#;
    const REFERENCE: &'static str = "Albumentations' `PadIfNeeded`; an odd pixel goes right and below; a side given both becomes the first multiple that is long enough; exact.";
    type Params = Params;

    fn read(fields: &mut Fields<'_>) -> Self {
        let mut need = |least, divisor, side: [&'static str; 2]| {
            let least = fields.optional_integer(least, (1, 65_535), About("pixels", side[0]));
            let divisor = fields.optional_integer(divisor, (1, 65_535), About("pixels", side[1]));
            Need { least: least.unwrap_or(1) as u32, divisor: divisor.unwrap_or(1) as u32 }
        };
        let width = need("min_width", "width_divisor", ["the width is at least this", "the width is a multiple of this"]);
        let height = need("min_height", "height_divisor", ["the height is at least this", "the height is a multiple of this"]);
        Self { width, height, position: Position::read(fields), border: read_border(fields) }
    }

    fn is_fixed(&self) -> bool {
        self.position.is_fixed()
    }

    fn sizes(&self, input: Sizes) -> Result<Sizes, String> {
        Ok(input.map(|size| self.padded(size)))
    }

    fn sample(&self, rng: &mut Rng, input: Size) -> Params {
        let padded = self.padded(input);
        let room = Size::new(padded.width - input.width, padded.height - input.height);
        let (left, top) = self.position.place(room, rng);
        Params { left, right: room.width - left, top, bottom: room.height - top, border: self.border }
    }

    fn output_size(params: &Params, input: Size) -> Size {
        params.padded(input)
    }

    fn lower(params: &Params, input: Size, lowered: &mut Vec<Lowered>) {
        params.lower(input, lowered);
    }
}

impl PadIfNeeded {
    fn padded(&self, input: Size) -> Size {
        Size::new(self.width.of(input.width), self.height.of(input.height))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_side_needs() {
        let need = |least, divisor, side| Need { least, divisor }.of(side);
        assert_eq!([need(10, 1, 7), need(10, 1, 12), need(1, 8, 16), need(1, 8, 17), need(10, 8, 3)], [10, 12, 16, 24, 16]);
    }
}

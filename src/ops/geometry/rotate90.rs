//! Quarter turns, exactly.

use crate::image::{Size, Sizes};
use crate::ops::{Lowered, Transform};
use crate::rng::Rng;
use crate::spec::fields::{About, Fields, Whole};
use serde::{Deserialize, Serialize};

/// Turns the picture by quarters.
#[derive(Clone, Debug)]
pub struct Rotate90 {
    turns: Whole,
}

/// How often it was turned.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Params {
    /// Quarters, counter-clockwise as seen.
    turns: u8,
}

impl Transform for Rotate90 {
    const NAME: &'static str = "rotate90";
    const SUMMARY: &'static str = "Turns the picture by quarters; width and height change places with an odd number of them.";
    const EXAMPLE: &'static str = r#"{"op": "rotate90", "turns": [1, 3]}"#;
    const REFERENCE: &'static str = "`np.rot90`, as Albumentations' `RandomRotate90`; exact.";
    type Params = Params;

    fn read(fields: &mut Fields<'_>) -> Self {
        let about = About("quarter turns", "counter-clockwise as seen");
        Self { turns: fields.whole("turns", Some(Whole::new(0, 3)), (0, 3), about) }
    }

    fn is_fixed(&self) -> bool {
        self.turns.is_fixed()
    }

    fn sizes(&self, input: Sizes) -> Result<Sizes, String> {
        let turned = input.map(swapped);
        Ok(match self.turns.is_fixed() {
            true if self.turns.low % 2 == 0 => input,
            true => turned,
            false => input.hull(turned),
        })
    }

    fn sample(&self, rng: &mut Rng, _input: Size) -> Params {
        Params { turns: self.turns.draw(rng) as u8 }
    }

    fn output_size(params: &Params, input: Size) -> Size {
        if params.turns.is_multiple_of(2) { input } else { swapped(input) }
    }

    fn lower(params: &Params, _input: Size, lowered: &mut Vec<Lowered>) {
        turn(params.turns, lowered);
    }
}

/// Adds so many quarter turns, counter-clockwise as seen.
pub(super) fn turn(quarters: u8, lowered: &mut Vec<Lowered>) {
    let mirrored = Lowered::Flip { horizontal: true, vertical: false };
    match quarters % 4 {
        1 => lowered.extend([mirrored, Lowered::Transpose]),
        2 => lowered.push(Lowered::Flip { horizontal: true, vertical: true }),
        3 => lowered.extend([Lowered::Transpose, mirrored]),
        _ => {}
    }
}

/// The size with width and height in each other's place.
pub(super) fn swapped(size: Size) -> Size {
    Size::new(size.height, size.width)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_known_if_the_turns_are() {
        let oblong = Sizes::one(Size::new(3, 2));
        let sizes = |low, high| Rotate90 { turns: Whole::new(low, high) }.sizes(oblong).unwrap();
        assert_eq!(sizes(2, 2), oblong);
        assert_eq!(sizes(1, 1), Sizes::one(Size::new(2, 3)));
        assert_eq!(sizes(0, 3), Sizes { least: Size::new(2, 2), most: Size::new(3, 3) });
    }
}

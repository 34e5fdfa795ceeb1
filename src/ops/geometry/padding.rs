//! Room around a picture: what pads, letterboxes and crops that reach outside share.

use crate::image::Size;
use crate::kernels::matrix::Matrix;
use crate::ops::{Lowered, Resampling};
use crate::rng::Rng;
use crate::spec::fields::{About, Choice, Fields};
use crate::units::{Border, FillMode, Interpolation};

/// Where a picture lies in the room that it is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Position {
    Center,
    TopLeft,
    TopRight,
    BottomLeft,
    BottomRight,
    Random,
}

impl Choice for Position {
    const ALL: &'static [(&'static str, Self)] = &[
        ("center", Self::Center),
        ("top_left", Self::TopLeft),
        ("top_right", Self::TopRight),
        ("bottom_left", Self::BottomLeft),
        ("bottom_right", Self::BottomRight),
        ("random", Self::Random),
    ];
}

impl Position {
    /// Declares and reads `position`.
    pub(super) fn read(fields: &mut Fields<'_>) -> Self {
        fields.choice("position", Self::Center, About("", "where the picture lies; an odd pixel goes right and below"))
    }

    pub(super) fn is_fixed(self) -> bool {
        self != Self::Random
    }

    /// How much of `room`, which is what a picture lacks, comes left of it and above it.
    pub(super) fn place(self, room: Size, rng: &mut Rng) -> (u32, u32) {
        let Size { width, height } = room;
        match self {
            Self::Center => (width / 2, height / 2),
            Self::TopLeft => (0, 0),
            Self::TopRight => (width, 0),
            Self::BottomLeft => (0, height),
            Self::BottomRight => (width, height),
            Self::Random => (below(rng, width), below(rng, height)),
        }
    }
}

/// Uniform from 0 to `room`, both included.
pub(super) fn below(rng: &mut Rng, room: u32) -> u32 {
    u32::try_from(rng.below(u64::from(room) + 1)).unwrap_or(room)
}

/// Declares and reads `fill_mode` and `fill_value` of a pad.
pub(super) fn read_border(fields: &mut Fields<'_>) -> Border {
    let fill_mode = fields.choice("fill_mode", FillMode::Constant, About("", "what stands outside the picture"));
    let fill_value = fields.colour("fill_value", [0; 3], About("levels", "the colour outside, for `constant`"));
    Border { fill_mode, fill_value }
}

/// Adds the copy that shows a part of `size` of a picture of size `input` from (`x`, `y`) on, which may lie outside; nothing
/// if that is the picture itself.
pub(super) fn lower_part((x, y): (i64, i64), size: Size, border: Border, input: Size, lowered: &mut Vec<Lowered>) {
    let within = |at: i64, len: u32, side: u32| at >= 0 && at + i64::from(len) <= i64::from(side);
    if (x, y, size) == (0, 0, input) {
        return;
    }
    if within(x, size.width, input.width) && within(y, size.height, input.height) {
        return lowered.push(Lowered::Crop { x: x as u32, y: y as u32, size });
    }
    let resampling = Resampling { interpolation: Interpolation::Nearest, border };
    lowered.push(Lowered::Warp { map: Matrix::translation(x as f64, y as f64), size, resampling });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Key;

    #[test]
    fn an_odd_pixel_goes_right_and_below() {
        let place = |position: Position| position.place(Size::new(5, 3), &mut Key::new(1).rng());
        assert_eq!(place(Position::Center), (2, 1));
        assert_eq!(place(Position::TopRight), (5, 0));
        assert_eq!(place(Position::BottomLeft), (0, 3));
    }

    #[test]
    fn a_part_inside_is_a_crop_and_one_outside_a_copy_with_a_border() {
        let border = Border { fill_mode: FillMode::Wrap, fill_value: [0; 3] };
        let lowered = |at, size| {
            let mut lowered = Vec::new();
            lower_part(at, size, border, Size::new(4, 4), &mut lowered);
            lowered
        };
        assert_eq!(lowered((0, 0), Size::new(4, 4)), []);
        assert!(matches!(lowered((1, 2), Size::new(3, 2))[..], [Lowered::Crop { x: 1, y: 2, .. }]));
        assert!(matches!(lowered((-1, 0), Size::new(4, 4))[..], [Lowered::Warp { .. }]));
    }
}

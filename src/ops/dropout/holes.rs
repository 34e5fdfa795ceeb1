//! Rectangles painted over: what the ops of the family draw and share.

use crate::image::{Image, Size};
use crate::kernels::drop::{self, Hole, Paint};
use crate::kernels::random::Noise;
use crate::rng::Rng;
use crate::spec::fields::{About, Choice, Fields};
use serde::{Deserialize, Serialize};

/// What holes are filled with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Fill {
    Constant,
    Random,
    Uniform,
}

impl Choice for Fill {
    const ALL: &'static [(&'static str, Self)] =
        &[("constant", Self::Constant), ("random", Self::Random), ("uniform", Self::Uniform)];
}

/// How an op fills its holes.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Filling {
    fill: Fill,
    fill_value: [u8; 3],
}

impl Filling {
    /// Declares and reads `fill` and `fill_value`.
    pub(super) fn read(fields: &mut Fields<'_>) -> Self {
        let about = About("", "`random` draws every level, `uniform` a colour for each hole, `constant` takes `fill_value`");
        let fill = fields.choice("fill", Fill::Constant, about);
        Self { fill, fill_value: fields.colour("fill_value", [0; 3], About("levels", "the colour, for `constant`")) }
    }

    /// What is painted, if `seed` names what is random.
    pub(super) fn paint(self, seed: u64) -> Paint {
        match self.fill {
            Fill::Constant => Paint::Flat(self.fill_value),
            Fill::Random => Paint::Levels(Noise::new(seed)),
            Fill::Uniform => Paint::Colours(Noise::new(seed)),
        }
    }

    /// What one application draws, with its holes.
    pub(super) fn draw(self, holes: Vec<[u32; 4]>, rng: &mut Rng) -> Params {
        Params { holes, filling: self, seed: rng.bits() >> 11 }
    }
}

/// The holes of one application, and what they are filled with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Params {
    /// Left edge, top edge, width and height of each.
    pub(super) holes: Vec<[u32; 4]>,
    #[serde(flatten)]
    pub(super) filling: Filling,
    pub(super) seed: u64,
}

impl Params {
    /// Fills `target` with the picture and its holes.
    pub(super) fn apply(&self, source: &Image, target: &mut [u8]) {
        let paint = self.filling.paint(self.seed);
        target.copy_from_slice(source.bytes());
        for (k, [x, y, width, height]) in self.holes.iter().copied().enumerate() {
            drop::paint(source.size(), (k, Hole { x, y, width, height }), paint, target);
        }
    }
}

/// A place for `width` by `height` pixels in a picture of `size`, every one as likely.
pub(super) fn anywhere(rng: &mut Rng, size: Size, width: u32, height: u32) -> [u32; 4] {
    let mut below = |room: u32| u32::try_from(rng.below(u64::from(room) + 1)).unwrap_or(room);
    [below(size.width.saturating_sub(width)), below(size.height.saturating_sub(height)), width, height]
}

/// So many pixels as `share` of `side` is, at least one.
pub(super) fn part(side: u32, share: f64) -> u32 {
    ((f64::from(side) * share) as u32).clamp(1, side.max(1))
}

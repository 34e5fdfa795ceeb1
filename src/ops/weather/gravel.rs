//! Gravel on the road.

use super::region::Region;
use crate::image::{Image, Size};
use crate::kernels::Tools;
use crate::kernels::weather::gravel::{self, Piece};
use crate::ops::Transform;
use crate::rng::Rng;
use crate::spec::fields::{About, Fields, Whole};
use serde::{Deserialize, Serialize};

/// Small squares of one lightness, in a few patches.
#[derive(Clone, Debug)]
pub struct Gravel {
    region: Region,
    patches: Whole,
}

/// What one `gravel` drew.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Params {
    /// The pieces: left edge, top edge, width, height (pixels) and lightness.
    pieces: Vec<[u32; 5]>,
}

impl Transform for Gravel {
    const NAME: &'static str = "gravel";
    const SUMMARY: &'static str = "Strews gravel: small squares of one lightness, in a few patches.";
    const EXAMPLE: &'static str = r#"{"op": "gravel", "number_of_patches": 2}"#;
    const REFERENCE: &'static str = "Albumentations 2.0.8 `RandomGravel`, through OpenCV's 8-bit HLS; what no piece covers stays as it is, where that one brings the whole picture to 8-bit hues.";
    type Params = Params;

    fn read(fields: &mut Fields<'_>) -> Self {
        let region = Region::read(fields, [0.1, 0.4, 0.9, 0.9], "[left, top, right, bottom] of where gravel lies");
        let about = About("patches", "each a tenth to a fifth of the region across and down, with a piece to 100 pixels");
        Self { region, patches: fields.whole("number_of_patches", Some(Whole::at(2)), (1, 100), about) }
    }

    fn is_fixed(&self) -> bool {
        false
    }

    fn sample(&self, rng: &mut Rng, input: Size) -> Params {
        let [columns, rows] = self.region.edges(input);
        let mut pieces = Vec::new();
        for _ in 0..self.patches.draw(rng) {
            let length = |rng: &mut Rng, (first, behind): (i64, i64)| {
                let side = behind - first;
                Whole::new(side / 10, side / 5).draw(rng)
            };
            let (width, height) = (length(rng, columns), length(rng, rows));
            let place = |rng: &mut Rng, (first, behind): (i64, i64), side| Whole::new(first, behind - side).draw(rng);
            let (x, y) = (place(rng, columns, width), place(rng, rows, height));
            let (xs, ys) = (Whole::new(x, x + width), Whole::new(y, y + height));
            pieces.extend((0..width * height / 100).map(|_| {
                let (x, y, reach) = (xs.draw(rng), ys.draw(rng), Whole::new(1, 3).draw(rng));
                let level = Whole::new(0, 255).draw(rng) as u32;
                let ([left, width], [top, height]) = (around(x, reach, input.width), around(y, reach, input.height));
                [left, top, width, height, level]
            }));
        }
        Params { pieces }
    }

    fn apply(params: &Params, source: &Image, _tools: &mut Tools, target: &mut [u8]) {
        let pieces = params.pieces.iter().map(|[x, y, width, height, level]| Piece {
            columns: (*x, x.saturating_add(*width)),
            rows: (*y, y.saturating_add(*height)),
            level: (*level).min(255) as u8,
        });
        gravel::gravel(source, pieces, target);
    }
}

/// The pixels from `reach` before `at` up to, not with, `reach` after it: the first, and how many. As in Albumentations,
/// the last pixel of a side is never one of them.
fn around(at: i64, reach: i64, side: u32) -> [u32; 2] {
    let first = (at - reach).max(0) as u32;
    let behind = (at + reach).min(i64::from(side) - 1) as u32;
    [first, behind.saturating_sub(first)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_cut_at_the_edges() {
        assert_eq!(around(5, 2, 100), [3, 4]);
        assert_eq!(around(1, 3, 100), [0, 4]);
        assert_eq!(around(99, 3, 100), [96, 3]);
        assert_eq!(around(0, 1, 1), [0, 0]);
    }
}

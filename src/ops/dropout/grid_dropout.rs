//! Hides the cells of a grid in part.

use super::holes::{Filling, Params};
use crate::image::{Image, Size};
use crate::kernels::Tools;
use crate::ops::Transform;
use crate::rng::Rng;
use crate::spec::fields::{About, Fields, Whole};

/// Hides a rectangle in each cell of a grid.
#[derive(Clone, Debug)]
pub struct GridDropout {
    ratio: f64,
    unit: Option<Whole>,
    holes: [Option<u64>; 2],
    shift: [u64; 2],
    random_offset: bool,
    filling: Filling,
}

impl Transform for GridDropout {
    const NAME: &'static str = "grid_dropout";
    const SUMMARY: &'static str = "Hides a rectangle in each cell of a grid.";
    const EXAMPLE: &'static str = r#"{"op": "grid_dropout", "ratio": 0.5, "unit": [32, 64]}"#;
    const REFERENCE: &'static str = "Albumentations 2.0.8 `GridDropout`: cells of `unit` pixels (or as many as `holes_x`, `holes_y` say, or a tenth of the width), of which a square of `ratio` is hidden; exact.";
    type Params = Params;

    fn read(fields: &mut Fields<'_>) -> Self {
        let ratio = fields.number("ratio", Some(0.5), (0.01, 1.0), About("fraction of a cell's side", "side of what is hidden"));
        let unit = fields.optional_whole("unit", (2, 65_535), About("pixels", "side of a cell"));
        let mut count = |name, text| fields.optional_integer(name, (1, 1000), About("cells", text));
        let holes = [count("holes_x", "in a row, if `unit` is not there"), count("holes_y", "in a column, likewise")];
        let mut shift = |name, text| fields.integer(name, Some(0), (0, 65_535), About("pixels", text));
        let shift = [shift("shift_x", "from the left, without `random_offset`"), shift("shift_y", "from the top, likewise")];
        let random_offset = fields.flag("random_offset", true, About("", "every place of the grid is as likely"));
        Self { ratio, unit, holes, shift, random_offset, filling: Filling::read(fields) }
    }

    fn is_fixed(&self) -> bool {
        false
    }

    fn sample(&self, rng: &mut Rng, input: Size) -> Params {
        let side = |side: u32, holes: Option<u64>| match holes {
            Some(count) => (u64::from(side) / count).clamp(1, 65_535) as u32,
            None => (input.width / 10).max(2),
        };
        let [width, height] = match self.unit {
            Some(unit) => [unit.draw(rng) as u32; 2],
            None => [side(input.width, self.holes[0]), side(input.height, self.holes[1])],
        };
        let hidden = |unit: u32| ((f64::from(unit) * self.ratio) as u32).clamp(1, unit);
        let (across, down) = (hidden(width), hidden(height));
        let mut from = |shift: u64, unit: u32, hidden: u32| {
            let room = u64::from(unit - hidden);
            let at = if self.random_offset { rng.below(room + 1) } else { shift.min(room) };
            u32::try_from(at).unwrap_or(0)
        };
        let (left, top) = (from(self.shift[0], width, across), from(self.shift[1], height, down));
        let columns = || (left..input.width).step_by(width as usize);
        let rows = (top..input.height).step_by(height as usize);
        let holes = rows.flat_map(|y| columns().map(move |x| [x, y, across.min(input.width - x), down.min(input.height - y)]));
        self.filling.draw(holes.collect(), rng)
    }

    fn apply(params: &Params, source: &Image, _tools: &mut Tools, target: &mut [u8]) {
        params.apply(source, target);
    }
}

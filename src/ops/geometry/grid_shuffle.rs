//! Cuts the picture into tiles, and lays them in another order.

use crate::image::Size;
use crate::kernels::tiles::Tile;
use crate::ops::{Lowered, Transform};
use crate::rng::Rng;
use crate::spec::fields::{About, Fields};
use serde::{Deserialize, Serialize};

/// Cuts the picture into tiles, and lays them in another order.
#[derive(Clone, Debug)]
pub struct GridShuffle {
    rows: u64,
    columns: u64,
}

/// What one `grid_shuffle` drew.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Params {
    rows: usize,
    columns: usize,
    /// For each tile, row by row, the one that is shown there; of the same size.
    tiles: Vec<usize>,
}

/// Where a side of `len` pixels is cut into `parts`: the first ones are a pixel longer, if it does not come out even.
fn cuts(len: u32, parts: usize) -> Vec<usize> {
    let (each, longer) = (len as usize / parts, len as usize % parts);
    (0..=parts).map(|i| i * each + i.min(longer)).collect()
}

/// Left, top, width and height of every tile, row by row.
fn tiles(size: Size, rows: usize, columns: usize) -> Vec<[usize; 4]> {
    let (xs, ys) = (cuts(size.width, columns), cuts(size.height, rows));
    let row = |y: &[usize]| {
        let (top, height) = (y[0], y[1] - y[0]);
        xs.windows(2).map(move |x| [x[0], top, x[1] - x[0], height]).collect::<Vec<_>>()
    };
    ys.windows(2).flat_map(row).collect()
}

impl Transform for GridShuffle {
    const NAME: &'static str = "grid_shuffle";
    const SUMMARY: &'static str = "Cuts the picture into tiles, and lays them in another order.";
    const EXAMPLE: &'static str = r#"{"op": "grid_shuffle", "rows": 3, "columns": 3}"#;
    const REFERENCE: &'static str =
        "Albumentations 2.0.8 `RandomGridShuffle`: tiles change places with tiles of their own size; exact.";
    type Params = Params;

    fn read(fields: &mut Fields<'_>) -> Self {
        let mut count = |name, text| fields.integer(name, Some(3), (1, 64), About("tiles", text));
        Self { rows: count("rows", "from top to bottom"), columns: count("columns", "from left to right") }
    }

    fn is_fixed(&self) -> bool {
        self.rows * self.columns == 1
    }

    fn sample(&self, rng: &mut Rng, input: Size) -> Params {
        let rows = (self.rows as usize).min(input.height.max(1) as usize);
        let columns = (self.columns as usize).min(input.width.max(1) as usize);
        let places = tiles(input, rows, columns);
        let mut tiles: Vec<usize> = (0..places.len()).collect();
        // Those of one size among themselves.
        let mut sizes: Vec<[usize; 2]> = places.iter().map(|[_, _, width, height]| [*width, *height]).collect();
        sizes.sort_unstable();
        sizes.dedup();
        for size in sizes {
            let alike: Vec<usize> = (0..places.len()).filter(|i| places[*i][2..] == size).collect();
            let mut shuffled = alike.clone();
            rng.shuffle(&mut shuffled);
            alike.into_iter().zip(shuffled).for_each(|(to, from)| tiles[to] = from);
        }
        Params { rows, columns, tiles }
    }

    fn lower(params: &Params, input: Size, lowered: &mut Vec<Lowered>) {
        let places = tiles(input, params.rows.max(1), params.columns.max(1));
        let corner = |[x, y, ..]: [usize; 4]| (x as u32, y as u32);
        let tile = |(to, from): (&[usize; 4], &usize)| {
            let [.., width, height] = *to;
            Tile { from: corner(places[*from]), to: corner(*to), size: Size::new(width as u32, height as u32) }
        };
        lowered.push(Lowered::Tiles(places.iter().zip(&params.tiles).map(tile).collect()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Key;

    #[test]
    fn every_tile_is_shown_once_and_in_its_size() {
        let (size, shuffle) = (Size::new(11, 7), GridShuffle { rows: 2, columns: 3 });
        let places = tiles(size, 2, 3);
        assert_eq!(places[1], [4, 0, 4, 4]);
        assert_eq!(places[5], [8, 4, 3, 3]);
        for seed in 0..50 {
            let drawn = shuffle.sample(&mut Key::new(seed).rng(), size);
            let mut sorted = drawn.tiles.clone();
            sorted.sort_unstable();
            assert_eq!(sorted, [0, 1, 2, 3, 4, 5]);
            assert!(drawn.tiles.iter().enumerate().all(|(to, from)| places[to][2..] == places[*from][2..]));
        }
    }
}

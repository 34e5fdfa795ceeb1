//! How masks follow a row's pixels: each pixel of the result is traced back through all passes, and has the id of the pixel
//! where that ends. So no id comes from between two, and edges are rounded to pixels once, however many passes there are.

use super::geometry::{Geometry, View};
use super::program::{Canvas, Pass, Program};
use crate::image::{Image, Size};
use crate::kernels::field::{Field, Net};
use crate::kernels::resize::Scaling;
use crate::kernels::tiles::Tile;
use crate::targets::mask;
use crate::units::{Border, FillMode};

/// What tracing keeps from one mask to the next.
#[derive(Debug, Default)]
pub(super) struct Tracing {
    /// A net for each remap.
    nets: Vec<Net>,
    /// For each pixel of a picture of tiles, how far away it was: one list for each pass that lays some.
    moved: Vec<Vec<[f64; 2]>>,
    /// Where the pixels of a row come from; not a number for those that show no picture.
    xs: Vec<f64>,
    ys: Vec<f64>,
}

impl Program {
    /// Fills `target` with what the program, which was lowered for pictures of the size of `source`, makes of this mask: a
    /// picture of ids (see [`mask`]). Where pictures are filled with a colour beyond their border, it has the id `ignore`.
    /// What changes levels alone, or paints over parts, changes no mask.
    ///
    /// # Panics
    /// If `target` is not [`Program::output_size`] in bytes.
    pub fn run_mask(&self, source: &Image, ignore: u32, canvas: &mut Canvas, target: &mut [u8]) {
        assert_eq!(target.len() as u64, self.output.bytes(), "invariant: three bytes a pixel");
        if self.passes.iter().all(|pass| matches!(pass, Pass::Tones { .. } | Pass::Apply { .. })) {
            return target.copy_from_slice(source.bytes());
        }
        let tracing = &mut canvas.following.tracing;
        self.prepare_tracing(tracing);
        let nothing = mask::pixel(ignore);
        for (y, row) in target.chunks_exact_mut((self.output.width as usize * 3).max(1)).enumerate() {
            self.trace_row(y, tracing);
            for (out, (x, y)) in row.chunks_exact_mut(3).zip(tracing.xs.iter().zip(&tracing.ys)) {
                let pixel = match (nearest(*x, self.input.width), nearest(*y, self.input.height)) {
                    (Some(x), Some(y)) => &source.row(y)[x as usize * 3..][..3],
                    _ => &nothing,
                };
                out.copy_from_slice(pixel);
            }
        }
    }

    /// Works out what all rows share.
    fn prepare_tracing(&self, tracing: &mut Tracing) {
        let (mut input, mut remaps, mut tiled) = (self.input, 0, 0);
        for pass in &self.passes {
            match pass {
                Pass::Remap { field, size, .. } if !matches!(field, Field::Projective(_)) => {
                    place(&mut tracing.nets, remaps).prepare(field, *size, input);
                    remaps += 1;
                }
                Pass::Tiles { tiles, size } => {
                    spread(tiles, *size, place(&mut tracing.moved, tiled));
                    tiled += 1;
                }
                _ => {}
            }
            input = pass.size();
        }
        // They are asked for from the last pass to the first.
        tracing.nets[..remaps].reverse();
        tracing.moved[..tiled].reverse();
    }

    /// Finds where the pixels of row `y` come from.
    fn trace_row(&self, y: usize, tracing: &mut Tracing) {
        let Tracing { nets, moved, xs, ys } = tracing;
        xs.clear();
        xs.extend((0..self.output.width).map(f64::from));
        ys.clear();
        ys.resize(xs.len(), y as f64);
        let (mut nets, mut moved) = (nets.iter(), moved.iter());
        let mut each = |back: &dyn Fn(f64, f64) -> (f64, f64)| {
            xs.iter_mut().zip(ys.iter_mut()).for_each(|(x, y)| (*x, *y) = back(*x, *y));
        };
        for (n, pass) in self.passes.iter().enumerate().rev() {
            let input = n.checked_sub(1).map_or(self.input, |before| self.passes[before].size());
            match pass {
                Pass::Resize { view, scaling } => each(&|x, y| unscaled(*view, scaling, (x, y))),
                Pass::Geometry(geometry) => each(&|x, y| unmoved(geometry, (x, y))),
                Pass::Remap { field: Field::Projective(map), resampling, .. } => {
                    each(&|x, y| bordered(map.at(x, y), input, resampling.border));
                }
                Pass::Remap { resampling, .. } => {
                    let net = nets.next().expect("invariant: a net for each remap");
                    each(&|x, y| bordered(net.at(x, y), input, resampling.border));
                }
                Pass::Tiles { size, .. } => {
                    let moved = moved.next().expect("invariant: a list for each pass of tiles");
                    each(&|x, y| unlaid(moved, *size, (x, y)));
                }
                Pass::Tones { .. } | Pass::Apply { .. } => {}
            }
        }
    }
}

/// The place `n` of a list that grows.
fn place<T: Default>(list: &mut Vec<T>, n: usize) -> &mut T {
    if list.len() == n {
        list.push(T::default());
    }
    &mut list[n]
}

/// The pixel that a coordinate lies in, if it is in the picture.
fn nearest(at: f64, side: u32) -> Option<u32> {
    let pixel = (at + 0.5).floor();
    (pixel >= 0.0 && pixel < f64::from(side)).then_some(pixel as u32)
}

/// Before a resize, whose outer pixels are held at the edge.
fn unscaled(view: View, scaling: &Scaling, (x, y): (f64, f64)) -> (f64, f64) {
    let axis = |at: f64, part: u32, to: u32, from: u32| {
        let read = (at + 0.5 + f64::from(part)) * (f64::from(from) / f64::from(to)) - 0.5;
        hold(read, f64::from(from))
    };
    let Scaling { to, x: left, y: top, .. } = scaling;
    let (x, y) = (axis(x, *left, to.width, view.size.width), axis(y, *top, to.height, view.size.height));
    (x + f64::from(view.x), y + f64::from(view.y))
}

/// Before a map.
fn unmoved(geometry: &Geometry, (x, y): (f64, f64)) -> (f64, f64) {
    let View { x: left, y: top, size } = geometry.view;
    let read = geometry.map.map(x, y);
    let (x, y) = geometry.resampling.map_or(read, |resampling| bordered(read, size, resampling.border));
    (x + f64::from(left), y + f64::from(top))
}

/// Before tiles were laid.
fn unlaid(moved: &[[f64; 2]], size: Size, (x, y): (f64, f64)) -> (f64, f64) {
    match (nearest(x, size.width), nearest(y, size.height)) {
        (Some(i), Some(j)) => {
            let [right, down] = moved[j as usize * size.width as usize + i as usize];
            (x - right, y - down)
        }
        _ => (f64::NAN, f64::NAN),
    }
}

/// Fills `moved` with how far to the right and down each pixel of a picture of tiles has come.
fn spread(tiles: &[Tile], size: Size, moved: &mut Vec<[f64; 2]>) {
    moved.clear();
    moved.resize(size.pixels() as usize, [0.0; 2]);
    for Tile { from, to, size: part } in tiles {
        let by = [f64::from(to.0) - f64::from(from.0), f64::from(to.1) - f64::from(from.1)];
        for y in to.1..to.1 + part.height {
            moved[(y as usize * size.width as usize + to.0 as usize)..][..part.width as usize].fill(by);
        }
    }
}

/// The point of a picture of `size` that stands for one which may lie outside.
fn bordered((x, y): (f64, f64), size: Size, border: Border) -> (f64, f64) {
    let fold = |at: f64, side: u32| folded(at, f64::from(side), border.fill_mode);
    (fold(x, size.width), fold(y, size.height))
}

/// One coordinate of it, on a side of `n` pixels, whose ends are at -1/2 and n - 1/2.
fn folded(at: f64, n: f64, mode: FillMode) -> f64 {
    if at >= -0.5 && at < n - 0.5 {
        return at;
    }
    match mode {
        FillMode::Constant => f64::NAN,
        FillMode::Nearest => hold(at, n),
        FillMode::Wrap => hold((at + 0.5).rem_euclid(n) - 0.5, n),
        FillMode::Reflect => {
            let r = (at + 0.5).rem_euclid(2.0 * n);
            hold(r.min(2.0 * n - r) - 0.5, n)
        }
        FillMode::Mirror if n <= 1.0 => 0.0,
        FillMode::Mirror => {
            let r = at.rem_euclid(2.0 * n - 2.0);
            hold(r.min(2.0 * n - 2.0 - r), n)
        }
    }
}

/// The nearest coordinate of an outer pixel's centre, for what lies beyond it.
fn hold(at: f64, n: f64) -> f64 {
    at.clamp(0.0, n - 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::warp::border_index;

    #[test]
    fn whole_coordinates_are_folded_as_pixels_are() {
        for mode in [FillMode::Constant, FillMode::Nearest, FillMode::Reflect, FillMode::Mirror, FillMode::Wrap] {
            for n in [1, 2, 5] {
                for i in -13..13 {
                    let found = nearest(folded(f64::from(i), f64::from(n), mode), n);
                    assert_eq!(found, border_index(i.into(), n, mode), "{i} of {n} {mode:?}");
                }
            }
        }
    }

    #[test]
    fn a_row_is_traced_through_two_maps_and_a_fill() {
        use crate::ops::Drawn;
        use crate::pipeline::{Recipe, Taken};
        let drawn = |json: &str| Taken::Op(serde_json::from_str::<Drawn>(json).unwrap());
        let recipe: Recipe = vec![
            drawn(r#"{"op": "horizontal_flip"}"#),
            drawn(r#"{"op": "grid_shuffle", "rows": 1, "columns": 2, "tiles": [1, 0]}"#),
        ];
        let ids = [7, 300, 70_000, mask::MOST];
        let source = Image::from_bytes(Size::new(4, 1), ids.iter().flat_map(|id| mask::pixel(*id)).collect());
        let (mut program, mut made) = (Program::default(), vec![0; 12]);
        program.lower(&recipe, source.size(), true);
        program.run_mask(&source, 9, &mut Canvas::default(), &mut made);
        let shown: Vec<u32> = made.chunks_exact(3).map(|p| mask::id([p[0], p[1], p[2]])).collect();
        assert_eq!(shown, [300, 7, mask::MOST, 70_000]);
    }
}

//! Geometry in a row: crops, flips, turns and warps as one map and one resampling.

use crate::image::{Image, Size, Window};
use crate::kernels::matrix::Matrix;
use crate::kernels::{Tools, copy::copy_pixels, warp::warp};
use crate::ops::{Lowered, Resampling};
use crate::units::{Border, FillMode, Interpolation};

/// One resampling, or an exact copy: `map` reads from the part `view` of the source.
#[derive(Clone, Debug)]
pub(super) struct Geometry {
    pub(super) view: View,
    pub(super) map: Matrix,
    pub(super) size: Size,
    pub(super) resampling: Option<Resampling>,
    cropped_after: bool,
}

/// A part of a picture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct View {
    pub(super) x: u32,
    pub(super) y: u32,
    pub(super) size: Size,
}

impl Geometry {
    pub(super) fn from_lowered(lowered: &Lowered, input: Size) -> Self {
        let whole = View::whole(input);
        let exact = |map, size, cropped_after| Self { view: whole, map, size, resampling: None, cropped_after };
        match *lowered {
            Lowered::Crop { x, y, size } => exact(Matrix::translation(f64::from(x), f64::from(y)), size, true),
            Lowered::Flip { horizontal, vertical } => {
                let axis = |mirrored, side: u32| if mirrored { (-1.0, f64::from(side) - 1.0) } else { (1.0, 0.0) };
                let ((a, c), (e, f)) = (axis(horizontal, input.width), axis(vertical, input.height));
                exact(Matrix([a, 0.0, c, 0.0, e, f]), input, false)
            }
            Lowered::Transpose => exact(Matrix([0.0, 1.0, 0.0, 1.0, 0.0, 0.0]), Size::new(input.height, input.width), false),
            Lowered::Warp { map, size, resampling } => {
                Self { view: whole, map, size, resampling: Some(resampling), cropped_after: false }
            }
            Lowered::Resize(_) | Lowered::Remap { .. } | Lowered::Tiles(_) | Lowered::Tone(_) | Lowered::Apply(_) => {
                unreachable!("invariant: not a geometric step")
            }
        }
    }

    /// `self` and then `next` as one, if one pass can show the same.
    pub(super) fn join(&self, next: &Self) -> Option<Self> {
        match (self.resampling, next.resampling) {
            // A copy after anything: the map goes on, the border is as it was.
            (_, None) => Some(Self {
                map: self.map.after(&next.map),
                size: next.size,
                cropped_after: self.cropped_after || next.cropped_after,
                ..self.clone()
            }),
            // A warp after copies: it sees what they left, and no more.
            (None, Some(resampling)) => {
                let view = self.seen();
                let local = Matrix::translation(-f64::from(view.x), -f64::from(view.y)).after(&self.map);
                Some(Self {
                    view,
                    map: local.after(&next.map),
                    size: next.size,
                    resampling: Some(resampling),
                    cropped_after: false,
                })
            }
            (Some(a), Some(b)) if a == b && !self.cropped_after && self.size == self.view.size => {
                Some(Self { map: self.map.after(&next.map), size: next.size, ..self.clone() })
            }
            _ => None,
        }
    }

    /// The part of the source that an exact copy shows.
    fn seen(&self) -> View {
        let (x0, y0) = self.map.map(0.0, 0.0);
        let (x1, y1) = self.map.map(f64::from(self.size.width) - 1.0, f64::from(self.size.height) - 1.0);
        let side = |from: f64, to: f64| (from - to).abs() as u32 + 1;
        let size = Size::new(side(x0, x1), side(y0, y1));
        View { x: self.view.x + x0.min(x1) as u32, y: self.view.y + y0.min(y1) as u32, size }
    }

    /// The part of the source that is shown as it is, if that is all.
    pub(super) fn cropped(&self) -> Option<View> {
        let Matrix([a, b, _, d, e, _]) = self.map;
        (self.resampling.is_none() && [a, b, d, e] == [1.0, 0.0, 0.0, 1.0]).then(|| self.seen())
    }

    pub(super) fn run(&self, source: &Image, tools: &mut Tools, target: &mut [u8]) {
        let border = Border { fill_mode: FillMode::Nearest, fill_value: [0; 3] };
        // A copy reads whole pixels, where bilinear reading copies.
        let copy = Resampling { interpolation: Interpolation::Bilinear, border };
        let Resampling { interpolation, border } = self.resampling.unwrap_or(copy);
        let seen = self.view.of(source);
        if !copy_pixels(seen, &self.map, border, self.size, &mut tools.copy, target) {
            warp(seen, &self.map, (interpolation, border), self.size, &mut tools.warp, target);
        }
    }
}

impl View {
    pub(super) fn whole(size: Size) -> Self {
        Self { x: 0, y: 0, size }
    }

    pub(super) fn of(self, source: &Image) -> Window<'_> {
        source.window().part(self.x, self.y, self.size)
    }
}

//! Resampling to another size, one axis after the other.

#[cfg(target_arch = "x86_64")]
mod across_avx2;
#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod down_avx2;
#[cfg(target_arch = "x86_64")]
mod gather_avx2;
mod plain;
pub(super) mod taps;
#[cfg(target_arch = "x86_64")]
mod wide_avx2;

use crate::image::{Image, Size, Window};
use crate::units::Interpolation;
use std::ops::Range;
use taps::Axis;

/// A picture brought to another size, and the part of that which is kept.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scaling {
    /// The other size.
    pub to: Size,
    /// Left edge of the part.
    pub x: u32,
    /// Top edge of the part.
    pub y: u32,
    /// Size of the part.
    pub size: Size,
    /// How values between pixels are made.
    pub interpolation: Interpolation,
    /// Whether shrinking averages all pixels that fall together.
    pub antialias: bool,
}

/// Brings pictures to other sizes. Keeps its memory, and the weights of the last sizes, from one picture to
/// the next.
#[derive(Debug, Default)]
pub struct Resizer {
    plain: plain::Workspace,
    #[cfg(target_arch = "x86_64")]
    avx2: avx2::Workspace,
}

impl Resizer {
    /// Fills `target` with the part of `source` at another size that `scaling` names; what is not kept is
    /// not made.
    ///
    /// Pixel centres keep their relative place (`s = (x + 1/2) W/w - 1/2`).
    ///
    /// # Algorithm
    /// ```text
    /// weights of output x:  k((i - s) / t) over its support, summing to one
    /// t = max(1, W/w) if antialias (Pillow), else 1 with neighbours held at the edge (tf.image, OpenCV)
    /// k: triangle, Keys's cubic with a = -1/2, Lanczos with 3 lobes
    /// area: the share of each pixel under output x when shrinking, else the triangle
    /// nearest: the pixel at floor((x + 1/2) W/w)
    /// ```
    /// Weights are made once per axis in basic arithmetic and rounded to as many bits as 16-bit numbers can
    /// hold; first across, then down, each rounded to whole levels as Pillow does. Integers only in the loops.
    ///
    /// # Panics
    /// If `target` is not `scaling.size` in bytes, or the part does not lie inside.
    pub fn resize(&mut self, source: &Image, scaling: &Scaling, target: &mut [u8]) {
        self.resize_part(source.window(), scaling, target);
    }

    /// [`Resizer::resize`] of a part of a picture, which is all that is read.
    ///
    /// # Panics
    /// As [`Resizer::resize`].
    pub fn resize_part(&mut self, source: Window<'_>, scaling: &Scaling, target: &mut [u8]) {
        #[cfg(target_arch = "x86_64")]
        if super::cpu::avx2() {
            return resize_by(source, scaling, target, |across, down, target| self.avx2.resize(source, across, down, target));
        }
        resize_by(source, scaling, target, |across, down, target| self.plain.resize(source, across, down, target));
    }
}

/// Both axes of a resize of a picture of size `from`: across and down.
///
/// # Panics
/// If the part does not lie inside.
pub(super) fn axes(from: Size, scaling: &Scaling) -> (Axis, Axis) {
    let Scaling { to, x, y, size, interpolation, antialias } = *scaling;
    let inside = |at: u32, len: u32, side: u32| u64::from(at) + u64::from(len) <= u64::from(side);
    assert!(inside(x, size.width, to.width) && inside(y, size.height, to.height), "invariant: a part");
    let axis = |from: u32, to: u32, part: Range<u32>| Axis { from, to, part, interpolation, antialias };
    (axis(from.width, to.width, x..x + size.width), axis(from.height, to.height, y..y + size.height))
}

/// Copies if nothing changes, for which every interpolation gives the same levels; else lets `resample` do the
/// axes, across and down.
fn resize_by(source: Window<'_>, scaling: &Scaling, target: &mut [u8], resample: impl FnOnce(&Axis, &Axis, &mut [u8])) {
    assert_eq!(target.len() as u64, scaling.size.bytes(), "invariant: room for the part");
    let (across, down) = axes(source.size(), scaling);
    if across.is_identity() && down.is_identity() {
        return copy(source, target);
    }
    resample(&across, &down, target);
}

fn copy(source: Window<'_>, target: &mut [u8]) {
    for (y, row) in target.chunks_exact_mut((source.size().width as usize * 3).max(1)).enumerate() {
        row.copy_from_slice(source.row(y as u32));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Interpolation; 5] =
        [Interpolation::Nearest, Interpolation::Bilinear, Interpolation::Bicubic, Interpolation::Lanczos3, Interpolation::Area];

    fn whole(to: Size, interpolation: Interpolation, antialias: bool) -> Scaling {
        Scaling { to, x: 0, y: 0, size: to, interpolation, antialias }
    }

    fn made(source: &Image, scaling: &Scaling) -> Vec<u8> {
        let mut target = vec![0; scaling.size.bytes() as usize];
        Resizer::default().resize(source, scaling, &mut target);
        target
    }

    fn resized(source: &Image, size: Size, interpolation: Interpolation, antialias: bool) -> Vec<u8> {
        made(source, &whole(size, interpolation, antialias))
    }

    fn row(levels: &[u8], width: u32, interpolation: Interpolation, antialias: bool) -> Vec<u8> {
        let source = Image::from_bytes(Size::new(levels.len() as u32, 1), levels.iter().flat_map(|l| [*l; 3]).collect());
        resized(&source, Size::new(width, 1), interpolation, antialias).chunks_exact(3).map(|p| p[0]).collect()
    }

    #[test]
    fn known_rows() {
        assert_eq!(row(&[0, 100], 4, Interpolation::Bilinear, false), [0, 25, 75, 100]);
        assert_eq!(row(&[0, 100, 200, 40], 2, Interpolation::Area, false), [50, 120]);
        assert_eq!(row(&[0, 90, 180], 2, Interpolation::Area, false), [30, 150]);
        assert_eq!(row(&[1, 2, 3, 4], 2, Interpolation::Nearest, false), [2, 4]);
        assert_eq!(row(&[0, 100, 200, 40], 2, Interpolation::Bilinear, false), [50, 120]);
    }

    #[test]
    fn a_flat_picture_stays_flat() {
        let source = Image::from_bytes(Size::new(7, 5), vec![200; 105]);
        for interpolation in ALL {
            for antialias in [false, true] {
                for size in [Size::new(3, 2), Size::new(20, 9), Size::new(1, 1), Size::new(7, 30)] {
                    assert!(resized(&source, size, interpolation, antialias).iter().all(|v| *v == 200), "{interpolation:?}");
                }
            }
        }
    }

    #[test]
    fn one_pixel_grows_to_any_size() {
        for interpolation in ALL {
            assert_eq!(row(&[5], 4, interpolation, true), [5; 4]);
            assert_eq!(row(&[5], 4, interpolation, false), [5; 4]);
        }
    }

    #[test]
    fn a_part_is_a_part_of_the_whole() {
        let from = Size::new(40, 30);
        let source = Image::from_bytes(from, (0..from.bytes()).map(|i| (i * i / 7 % 256) as u8).collect());
        for interpolation in ALL {
            for to in [Size::new(20, 21), Size::new(55, 44), from] {
                let all = Image::from_bytes(to, resized(&source, to, interpolation, true));
                let (x, y, size) = (3, 5, Size::new(11, 9));
                let seen = all.window().part(x, y, size);
                let kept: Vec<u8> = (0..9).flat_map(|y| seen.row(y).to_vec()).collect();
                let part = made(&source, &Scaling { x, y, size, ..whole(to, interpolation, true) });
                // The weights of a part may have a bit more.
                assert!(kept.iter().zip(&part).all(|(a, b)| a.abs_diff(*b) <= 1), "{interpolation:?} {to}");
            }
        }
    }

    /// Both ways, each of which keeps what it made.
    #[cfg(target_arch = "x86_64")]
    #[derive(Default)]
    struct Both(plain::Workspace, avx2::Workspace);

    #[cfg(target_arch = "x86_64")]
    impl Both {
        fn agree(&mut self, source: &Image, scaling: &Scaling) {
            let [mut plain, mut fast] = [0, 1].map(|level| vec![level; scaling.size.bytes() as usize]);
            resize_by(source.window(), scaling, &mut plain, |across, down, target| {
                self.0.resize(source.window(), across, down, target)
            });
            resize_by(source.window(), scaling, &mut fast, |across, down, target| {
                self.1.resize(source.window(), across, down, target)
            });
            assert_eq!(plain, fast, "{}: {scaling:?}", source.size());
        }

        /// All interpolations, the whole and a part.
        fn agree_on_all(&mut self, source: &Image, to: Size) {
            let (x, y) = (to.width / 3, to.height / 4);
            let size = Size::new((to.width - x).div_ceil(2), (to.height - y).div_ceil(2));
            for interpolation in ALL {
                for antialias in [false, true] {
                    let whole = whole(to, interpolation, antialias);
                    self.agree(source, &whole);
                    self.agree(source, &Scaling { x, y, size, ..whole });
                }
            }
        }
    }

    /// Noise with many extreme levels.
    #[cfg(target_arch = "x86_64")]
    fn noise(size: Size, rng: &mut crate::rng::Rng) -> Image {
        let level = |bits: u64| [0, 255, (bits >> 8) as u8][bits as usize % 3];
        Image::from_bytes(size, (0..size.bytes()).map(|_| level(rng.bits())).collect())
    }

    #[test]
    #[cfg(target_arch = "x86_64")]
    fn the_vector_way_gives_the_same_bytes() {
        if !super::super::cpu::avx2() {
            return;
        }
        let (mut rng, mut both) = (crate::rng::Key::new(3).rng(), Both::default());
        let sizes =
            [(1, 1), (1, 40), (40, 1), (2, 3), (7, 5), (31, 17), (67, 45), (256, 3), (3, 900)].map(|(w, h)| Size::new(w, h));
        for from in sizes {
            let source = noise(from, &mut rng);
            sizes.iter().for_each(|to| both.agree_on_all(&source, *to));
        }
    }

    #[test]
    #[cfg(target_arch = "x86_64")]
    fn the_vector_way_gives_the_same_bytes_for_random_sizes() {
        if !super::super::cpu::avx2() {
            return;
        }
        let (mut rng, mut both) = (crate::rng::Key::new(4).rng(), Both::default());
        for _ in 0..150 {
            // Every power of two as often, so that all ratios come up.
            let mut side = || 1 + (rng.bits() >> 32) as u32 % (2 << (rng.bits() % 8));
            let (from, to) = (Size::new(side(), side()), Size::new(side(), side()));
            let source = noise(from, &mut rng);
            both.agree_on_all(&source, to);
        }
    }
}

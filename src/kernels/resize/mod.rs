//! Resampling to another size, one axis after the other.

#[cfg(target_arch = "x86_64")]
mod avx2;
mod plain;
mod taps;

use crate::image::{Image, Size, Window};
use crate::units::Interpolation;
use std::ops::Range;
use taps::Taps;

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

/// Fills `target` with the part of `source` at another size that `scaling` names; what is not kept is not made.
/// `narrow` is room for what lies between the two directions.
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
pub fn resize(source: &Image, scaling: &Scaling, narrow: &mut Image, target: &mut [u8]) {
    resize_by(ways(), source, scaling, narrow, target);
}

/// Resamples one axis of a picture into the bytes of another.
type Way = fn(Window<'_>, &Taps, &mut [u8]);

/// How rows and columns are resampled: all ways give the same bytes.
#[derive(Clone, Copy)]
struct Ways {
    across: Way,
    down: Way,
}

const PLAIN: Ways = Ways { across: plain::across, down: plain::down };
#[cfg(target_arch = "x86_64")]
const AVX2: Ways = Ways { across: avx2::across, down: avx2::down };

/// The fastest ways that this machine has.
fn ways() -> Ways {
    #[cfg(target_arch = "x86_64")]
    if super::cpu::avx2() {
        return AVX2;
    }
    PLAIN
}

fn resize_by(ways: Ways, source: &Image, scaling: &Scaling, narrow: &mut Image, target: &mut [u8]) {
    let Scaling { to, x, y, size, interpolation, antialias } = *scaling;
    let from = source.size();
    let taps = |from: u32, to: u32, part: Range<u32>| {
        (from != to || part != (0..to)).then(|| Taps::new(from, to, part, interpolation, antialias))
    };
    let (across, down) = (taps(from.width, to.width, x..x + size.width), taps(from.height, to.height, y..y + size.height));
    match (across, down) {
        (None, None) => target.copy_from_slice(source.bytes()),
        (Some(across), None) => (ways.across)(source.window(), &across, target),
        (None, Some(down)) => (ways.down)(source.window(), &down, target),
        (Some(across), Some(mut down)) => {
            let rows = down.keep_used();
            let used = source.window().part(0, rows.start, Size::new(from.width, rows.end - rows.start));
            narrow.reshape(Size::new(size.width, used.size().height));
            (ways.across)(used, &across, narrow.bytes_mut());
            (ways.down)(narrow.window(), &down, target);
        }
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

    fn made(ways: Ways, source: &Image, scaling: &Scaling) -> Vec<u8> {
        let mut target = vec![0; scaling.size.bytes() as usize];
        resize_by(ways, source, scaling, &mut Image::default(), &mut target);
        target
    }

    fn resized(source: &Image, size: Size, interpolation: Interpolation, antialias: bool) -> Vec<u8> {
        made(ways(), source, &whole(size, interpolation, antialias))
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
                let part = made(ways(), &source, &Scaling { x, y, size, ..whole(to, interpolation, true) });
                // The weights of a part may have a bit more.
                assert!(kept.iter().zip(&part).all(|(a, b)| a.abs_diff(*b) <= 1), "{interpolation:?} {to}");
            }
        }
    }

    #[test]
    #[cfg(target_arch = "x86_64")]
    fn the_vector_way_gives_the_same_bytes() {
        if !super::super::cpu::avx2() {
            return;
        }
        let mut rng = crate::rng::Key::new(3).rng();
        let sizes = [(1, 1), (1, 40), (40, 1), (2, 3), (7, 5), (31, 17), (67, 45), (256, 3)];
        for (width, height) in sizes {
            let from = Size::new(width, height);
            let level = |bits: u64| [0, 255, (bits >> 8) as u8][bits as usize % 3];
            let source = Image::from_bytes(from, (0..from.bytes()).map(|_| level(rng.bits())).collect());
            for (width, height) in sizes {
                for interpolation in ALL {
                    for antialias in [false, true] {
                        let to = Size::new(width, height);
                        let (x, y) = (width / 3, height / 4);
                        let part =
                            Scaling { x, y, size: Size::new(width - x, height - y), ..whole(to, interpolation, antialias) };
                        for scaling in [part, whole(to, interpolation, antialias)] {
                            assert_eq!(made(PLAIN, &source, &scaling), made(AVX2, &source, &scaling), "{from}: {scaling:?}");
                        }
                    }
                }
            }
        }
    }
}

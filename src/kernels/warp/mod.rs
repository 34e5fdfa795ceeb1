//! Reads a picture through an affine map.

pub(super) mod bicubic;
pub(super) mod bilinear;
#[cfg(target_arch = "x86_64")]
pub(super) mod bilinear_avx2;
#[cfg(target_arch = "x86_64")]
pub(super) mod bilinear_avx512;
pub(super) mod fixed;
pub(super) mod fold;
mod nearest;
mod upright;

pub use upright::Scratch;

use super::matrix::Matrix;
use crate::image::{Size, Window};
use crate::units::{Border, FillMode, Interpolation};
use bilinear::Run;
use fixed::{Line, Position, fixed};
use fold::{Fold, Stretch};

/// Fills `target` (`size`, three bytes a pixel) with what `map` reads from `source`.
///
/// # Algorithm
/// ```text
/// s = map(x, y)              stepped along the row with 32 bits behind the point, rounded to 1/2^15
/// nearest:   the pixel at floor(s + 1/2)
/// bilinear:  fx rounded to 1/120, levels times 120 between the steps:
///            top = p00 (120 - fx) + p01 fx, bottom likewise, round((top + round((bottom - top) fy)) / 120)
/// bicubic:   s rounded to 1/256 pixel; Keys's kernel with a = -1/2 over 4x4 pixels
/// ```
/// A neighbour outside the picture follows `border`; under `constant` it has the fill colour, as with
/// OpenCV's `BORDER_CONSTANT`. Integers only, so that the bytes are the same on every machine.
///
/// # Panics
/// If `target` is not `size` in bytes.
pub fn warp(
    source: Window<'_>,
    map: &Matrix,
    (interpolation, border): (Interpolation, Border),
    size: Size,
    scratch: &mut Scratch,
    target: &mut [u8],
) {
    assert_eq!(target.len() as u64, size.bytes(), "invariant: three bytes a pixel");
    let stride = size.width as usize * 3;
    if stride == 0 {
        return;
    }
    let bilinear = !matches!(interpolation, Interpolation::Nearest | Interpolation::Bicubic);
    if bilinear && !super::cpu::plain() && upright::is_upright(map) {
        return upright::warp(source, map, border, size, scratch, target);
    }
    let line = lines(map);
    let read_run = run_reader(source);
    for (y, row) in target.chunks_exact_mut(stride).enumerate() {
        let line = line(y);
        match interpolation {
            Interpolation::Nearest => nearest::read_row(source, border, line, row),
            Interpolation::Bicubic => bicubic::read_row(source, border, line, row),
            Interpolation::Bilinear | Interpolation::Area | Interpolation::Lanczos3 => {
                bilinear_row(source, border, line, read_run, row);
            }
        }
    }
}

/// The line in the source that each output row shows.
pub(super) fn lines(map: &Matrix) -> impl Fn(usize) -> Line {
    let step = (fixed(map.0[0]), fixed(map.0[3]));
    move |y| {
        let (sx, sy) = map.map(0.0, y as f64);
        Line { from: (Position::of(sx), Position::of(sy)), step }
    }
}

/// The index that stands for `i` in a side of `len` pixels; `None` where the fill colour stands.
pub fn border_index(i: i64, len: u32, mode: FillMode) -> Option<u32> {
    let n = i64::from(len);
    let inside = match mode {
        _ if (0..n).contains(&i) => i,
        FillMode::Constant => return None,
        FillMode::Nearest => i.clamp(0, n - 1),
        FillMode::Wrap => i.rem_euclid(n),
        FillMode::Reflect => {
            let r = i.rem_euclid(2 * n);
            r.min(2 * n - 1 - r)
        }
        FillMode::Mirror if n == 1 => 0,
        FillMode::Mirror => {
            let r = i.rem_euclid(2 * n - 2);
            r.min(2 * n - 2 - r)
        }
    };
    u32::try_from(inside).ok()
}

/// The level of each channel at pixel (`x`, `y`), which may lie outside.
pub(in crate::kernels) fn pixel(source: Window<'_>, border: Border, x: i64, y: i64) -> [u8; 3] {
    let Size { width, height } = source.size();
    match (border_index(x, width, border.fill_mode), border_index(y, height, border.fill_mode)) {
        (Some(x), Some(y)) => {
            let at = x as usize * 3;
            let p = &source.row(y)[at..at + 3];
            [p[0], p[1], p[2]]
        }
        _ => border.fill_value,
    }
}

/// Fills a row piece by piece: along each, both axes go on straight.
fn bilinear_row(source: Window<'_>, border: Border, line: Line, read_run: ReadRun, row: &mut [u8]) {
    let Size { width, height } = source.size();
    let mut done = 0;
    while done < row.len() {
        let (x, y) = line.at(done / 3);
        let across = match bilinear::copies((x, y), line.step) {
            Some(_) => Stretch::of_copy(x.quantum(), width, border.fill_mode),
            None => Stretch::at(x.quantum(), width, border.fill_mode),
        };
        let down = Stretch::at(y.quantum(), height, border.fill_mode);
        let left = ((row.len() - done) / 3) as u64;
        let piece = 3 * down.steps(y, line.step.1, across.steps(x, line.step.0, left)) as usize;
        let out = &mut row[done..done + piece];
        let folds = (across.fold, down.fold);
        match Run::new(across.line(x, line.step.0), down.line(y, line.step.1), folds) {
            Some(run) => read_run(source, &run, out),
            None if folds.0 == Fold::Outside || folds.1 == Fold::Outside => {
                out.chunks_exact_mut(3).for_each(|out| out.copy_from_slice(&border.fill_value));
            }
            None => rim(source, border, line, done / 3, out),
        }
        done += piece;
    }
}

/// Fills the bytes with a run of the picture.
type ReadRun = fn(Window<'_>, &Run, &mut [u8]);

/// The fastest way to read runs that this machine has; all give the same bytes.
fn run_reader(source: Window<'_>) -> ReadRun {
    #[cfg(target_arch = "x86_64")]
    if super::cpu::avx2() && bilinear_avx2::fits(source) {
        return if super::cpu::avx512_gathers() { bilinear_avx512::run } else { bilinear_avx2::run };
    }
    bilinear::run
}

/// Pixel by pixel, where a neighbour is the fill colour or lies at the other end of the picture.
fn rim(source: Window<'_>, border: Border, line: Line, first: usize, out: &mut [u8]) {
    for (n, out) in out.chunks_exact_mut(3).enumerate() {
        out.copy_from_slice(&blended(source, border, line.at(first + n)));
    }
}

/// The blend of the four pixels around a position, which may lie outside.
pub(in crate::kernels) fn blended(source: Window<'_>, border: Border, (x, y): (Position, Position)) -> [u8; 3] {
    let (ix, iy) = (x.quantum() >> fixed::WEIGHT, y.quantum() >> fixed::WEIGHT);
    let p = |dx, dy| pixel(source, border, ix + dx, iy + dy);
    let (p00, p01, p10, p11) = (p(0, 0), p(1, 0), p(0, 1), p(1, 1));
    std::array::from_fn(|c| bilinear::level((p00[c], p01[c]), (p10[c], p11[c]), x.beyond(), y.beyond()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::Image;

    const ALL: [Interpolation; 3] = [Interpolation::Nearest, Interpolation::Bilinear, Interpolation::Bicubic];

    fn gray(size: Size, levels: &[u8]) -> Image {
        Image::from_bytes(size, levels.iter().flat_map(|l| [*l; 3]).collect())
    }

    fn warped(source: &Image, map: Matrix, interpolation: Interpolation, fill_mode: FillMode, size: Size) -> Vec<u8> {
        let mut target = vec![0; size.bytes() as usize];
        let border = Border { fill_mode, fill_value: [9; 3] };
        warp(source.window(), &map, (interpolation, border), size, &mut Scratch::default(), &mut target);
        target.chunks_exact(3).map(|p| p[0]).collect()
    }

    #[test]
    fn whole_steps_copy_under_every_interpolation() {
        let source = gray(Size::new(3, 2), &[1, 2, 3, 4, 5, 6]);
        for interpolation in ALL {
            let show = |map| warped(&source, map, interpolation, FillMode::Nearest, Size::new(3, 2));
            assert_eq!(show(Matrix::IDENTITY), [1, 2, 3, 4, 5, 6]);
            assert_eq!(show(Matrix::translation(1.0, 0.0)), [2, 3, 3, 5, 6, 6]);
            assert_eq!(show(Matrix([-1.0, 0.0, 2.0, 0.0, 1.0, 0.0])), [3, 2, 1, 6, 5, 4]);
        }
    }

    #[test]
    fn each_border_shows_its_picture() {
        let source = gray(Size::new(4, 1), &[10, 20, 30, 40]);
        let expected: [(FillMode, [u8; 12]); 5] = [
            (FillMode::Constant, [9, 9, 9, 9, 10, 20, 30, 40, 9, 9, 9, 9]),
            (FillMode::Nearest, [10, 10, 10, 10, 10, 20, 30, 40, 40, 40, 40, 40]),
            (FillMode::Reflect, [40, 30, 20, 10, 10, 20, 30, 40, 40, 30, 20, 10]),
            (FillMode::Mirror, [30, 40, 30, 20, 10, 20, 30, 40, 30, 20, 10, 20]),
            (FillMode::Wrap, [10, 20, 30, 40, 10, 20, 30, 40, 10, 20, 30, 40]),
        ];
        for (mode, levels) in expected {
            let shown = warped(&source, Matrix::translation(-4.0, 0.0), Interpolation::Nearest, mode, Size::new(12, 1));
            assert_eq!(shown, levels, "{mode:?}");
        }
    }

    #[test]
    fn half_way_is_the_mean() {
        let source = gray(Size::new(2, 2), &[0, 100, 100, 201]);
        let map = Matrix::translation(0.5, 0.5);
        assert_eq!(warped(&source, map, Interpolation::Bilinear, FillMode::Nearest, Size::new(1, 1)), [100]);
    }

    #[test]
    fn a_flat_picture_stays_flat() {
        let source = gray(Size::new(5, 3), &[77; 15]);
        let map = Matrix([0.7, 0.3, -1.0, -0.2, 1.3, 0.4]);
        for interpolation in ALL {
            for mode in [FillMode::Nearest, FillMode::Reflect, FillMode::Mirror, FillMode::Wrap] {
                assert_eq!(warped(&source, map, interpolation, mode, Size::new(7, 4)), [77; 28]);
            }
        }
    }

    #[test]
    fn strange_maps_and_tiny_pictures_are_no_panic() {
        for size in [Size::new(1, 1), Size::new(1, 7), Size::new(7, 1)] {
            let source = Image::new(size);
            for interpolation in ALL {
                for mode in [FillMode::Constant, FillMode::Nearest, FillMode::Reflect, FillMode::Mirror, FillMode::Wrap] {
                    for m in [f64::NAN, f64::INFINITY, -1e300, 1e12, 0.0] {
                        warped(&source, Matrix([m; 6]), interpolation, mode, Size::new(5, 5));
                    }
                }
            }
        }
    }

    /// A picture of noise with black and white in it.
    fn noise(size: Size, seed: u64) -> Image {
        let mut rng = crate::rng::Key::new(seed).rng();
        let level = |bits: u64| [0, 255, (bits >> 8) as u8, (bits >> 16) as u8][bits as usize % 4];
        Image::from_bytes(size, (0..size.bytes()).map(|_| level(rng.bits())).collect())
    }

    fn bilinear(source: Window<'_>, map: &Matrix, border: Border, read: ReadRun, size: Size) -> Vec<u8> {
        let mut target = vec![0; size.bytes() as usize];
        let line = lines(map);
        for (y, row) in target.chunks_exact_mut(size.width as usize * 3).enumerate() {
            bilinear_row(source, border, line(y), read, row);
        }
        target
    }

    /// Bilinear reading as its formula stands: four neighbours by `border_index`, in floating point.
    fn formula(source: Window<'_>, map: &Matrix, border: Border, size: Size) -> Vec<f64> {
        let mut out = Vec::new();
        for y in 0..size.height {
            for x in 0..size.width {
                let (sx, sy) = map.map(f64::from(x), f64::from(y));
                let (fx, fy) = (sx - sx.floor(), sy - sy.floor());
                let p = |dx: i64, dy: i64| pixel(source, border, sx.floor() as i64 + dx, sy.floor() as i64 + dy).map(f64::from);
                let (p00, p01, p10, p11) = (p(0, 0), p(1, 0), p(0, 1), p(1, 1));
                let across = |a: f64, b: f64| a * (1.0 - fx) + b * fx;
                out.extend((0..3).map(|c| across(p00[c], p01[c]) * (1.0 - fy) + across(p10[c], p11[c]) * fy));
            }
        }
        out
    }

    /// Maps of every kind: turns, scales, shears, flips, whole and half steps, far away.
    fn maps(rng: &mut crate::rng::Rng) -> Vec<Matrix> {
        let mut any = |reach: f64| rng.uniform(-reach, reach);
        let mut maps = vec![
            Matrix::translation(-3.0, 2.0),
            Matrix::translation(0.5, -0.25),
            Matrix([-1.0, 0.0, 7.0, 0.0, 1.0, 0.0]),
            Matrix([0.0, 1.0, 0.0, -1.0, 0.0, 9.0]),
            Matrix([0.0, 0.0, 3.3, 0.0, 0.0, 1.7]),
            Matrix([40.0, -3.0, -200.0, 7.0, 31.0, -90.0]),
        ];
        maps.extend((0..30).map(|_| Matrix([any(2.0), any(2.0), any(20.0), any(2.0), any(2.0), any(20.0)])));
        maps
    }

    fn every_case(mut check: impl FnMut(Window<'_>, &Matrix, Border, Size)) {
        let mut rng = crate::rng::Key::new(5).rng();
        for (i, (w, h)) in [(1, 1), (1, 9), (9, 1), (2, 2), (3, 7), (31, 17), (64, 33)].into_iter().enumerate() {
            let source = noise(Size::new(w, h), i as u64);
            for map in maps(&mut rng) {
                for fill_mode in [FillMode::Constant, FillMode::Nearest, FillMode::Reflect, FillMode::Mirror, FillMode::Wrap] {
                    let border = Border { fill_mode, fill_value: [9, 200, 255] };
                    check(source.window(), &map, border, Size::new(41, 13));
                    if w > 4 && h > 4 {
                        check(source.window().part(1, 2, Size::new(w - 3, h - 4)), &map, border, Size::new(19, 3));
                    }
                }
            }
        }
    }

    #[test]
    fn bilinear_is_its_formula_within_rounding() {
        every_case(|source, map, border, size| {
            let made = bilinear(source, map, border, bilinear::run, size);
            for (i, (made, exact)) in made.iter().zip(formula(source, map, border, size)).enumerate() {
                assert!(
                    (f64::from(*made) - exact).abs() < 1.65,
                    "{made} for {exact} at {i}: {map:?} {border:?} {:?}",
                    source.size()
                );
            }
        });
    }

    #[test]
    #[cfg(target_arch = "x86_64")]
    fn the_vector_way_gives_the_same_bytes() {
        if !super::super::cpu::avx2() {
            return;
        }
        every_case(|source, map, border, size| {
            let plain = bilinear(source, map, border, bilinear::run, size);
            let fast = bilinear(source, map, border, bilinear_avx2::run, size);
            assert_eq!(plain, fast, "{map:?} {border:?} {:?}", source.size());
            if super::super::cpu::avx512_gathers() {
                let fastest = bilinear(source, map, border, bilinear_avx512::run, size);
                assert_eq!(plain, fastest, "AVX-512: {map:?} {border:?} {:?}", source.size());
            }
        });
    }

    #[test]
    fn nearest_and_bicubic_read_inside_as_at_the_border() {
        every_case(|source, map, border, size| {
            for line in (0..size.height as usize).map(lines(map)) {
                let (mut plain, mut fast) = (vec![0; size.width as usize * 3], vec![0; size.width as usize * 3]);
                nearest::read(source, border, line, 0, &mut plain);
                nearest::read_row(source, border, line, &mut fast);
                assert_eq!(plain, fast, "nearest {map:?} {border:?} {:?}", source.size());
                bicubic::read(source, border, line, 0, &mut plain);
                bicubic::read_row(source, border, line, &mut fast);
                assert_eq!(plain, fast, "bicubic {map:?} {border:?} {:?}", source.size());
            }
        });
    }

    #[test]
    fn upright_maps_give_the_same_bytes() {
        let mut scratch = Scratch::default();
        every_case(|source, map, border, size| {
            let upright = Matrix([map.0[0], 0.0, map.0[2], 0.0, map.0[4], map.0[5]]);
            let plain = bilinear(source, &upright, border, bilinear::run, size);
            let mut fast = vec![0; plain.len()];
            upright::warp(source, &upright, border, size, &mut scratch, &mut fast);
            assert_eq!(plain, fast, "{upright:?} {border:?} {:?}", source.size());
            upright::warp_plain(source, &upright, border, size, &mut scratch, &mut fast);
            assert_eq!(plain, fast, "without vectors: {upright:?} {border:?} {:?}", source.size());
        });
    }
}
